"""A camera list into the inventory: what is added, changed, repaired, refused."""

import csv
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from data.intake import importing
from data.intake.importing import import_file
from data.intake.sources.record import UNSPECIFIED, SourceError
from data.models import INVENTORY, Agency, Camera, CameraState, Counter, Kind, Linked
from data.sealing import join_address

HEAD = "รหัสกล้อง,ชื่อกล้อง,ละติจูด,ลองจิจูด"


@pytest.fixture
def bring(database, tmp_path, at):
    """Import lines of CSV, and say what became of them."""

    def bring(*lines, **options):
        path = tmp_path / "list.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return import_file(database, path, at=at, **options)

    return bring


def cameras(database):
    with database.read() as session:
        return {camera.code: camera for camera in session.exec(select(Camera).order_by(Camera.id))}


def inventory_number(database):
    with database.read() as session:
        return session.get(Counter, INVENTORY).value


def counts(report):
    return {
        name: getattr(report, name) for name in ("read", "added", "changed", "unchanged", "repaired", "rejected")
    }


def test_a_full_row_fills_every_column(bring, database, at):
    report = bring(
        "code,name_th,name_en,owner,maintainer,linker,province,district,subdistrict,latitude,longitude,accuracy,"
        "วันที่ตรวจสอบ,ประเภทกล้อง,bearing,hfov,tilt,height,resolution,focal length,sensor width,ir range,stream,"
        "snapshot,onvif,เชื่อมโยง",
        "SK-1,ตลาดโรงเกลือ,Rong Kluea,ตม.จว.สระแก้ว,บริษัททดลอง,สตม.,จ.สระแก้ว,อรัญประเทศ,ท่าข้าม,๑๓.๖๖๒๑,102.5487,5 m,"
        "15 มี.ค. 2563,โดม,NE,90,15,6 ม.,1920x1080,4 mm,5.4,30,https://live.trial.go.th/1.m3u8,"
        "https://live.trial.go.th/1.jpg,Profile S,เชื่อมโยงแล้ว",
    )
    assert counts(report) == {"read": 1, "added": 1, "changed": 0, "unchanged": 0, "repaired": 0, "rejected": 0}
    camera = cameras(database)["SK-1"]
    assert (camera.name_th, camera.name_en) == ("ตลาดโรงเกลือ", "Rong Kluea")
    assert (camera.province_code, camera.province, camera.district, camera.subdistrict) == (
        "27",
        "สระแก้ว",
        "อรัญประเทศ",
        "ท่าข้าม",
    )
    assert (camera.lon, camera.lat, camera.position_accuracy_m) == (102.5487, 13.6621, 5)
    assert (camera.verified_on, camera.kind, camera.linked) == (date(2020, 3, 15), Kind.DOME, Linked.LINKED)
    assert (camera.bearing_deg, camera.hfov_deg, camera.tilt_deg, camera.mount_height_m) == (45, 90, 15, 6)
    assert (camera.pixels_h, camera.pixels_v, camera.focal_length_mm, camera.sensor_width_mm) == (
        1920,
        1080,
        4,
        5.4,
    )
    assert (camera.ir_range_m, camera.onvif_profile) == (30, "Profile S")
    assert camera.stream_address == "https://live.trial.go.th/1.m3u8"
    assert camera.snapshot_address == "https://live.trial.go.th/1.jpg"
    assert (camera.source, camera.demo, camera.updated_at) == ("csv", False, at)
    with database.read() as session:
        names = {agency.id: agency.name_th for agency in session.exec(select(Agency))}
    assert [names[id_] for id_ in (camera.owner_id, camera.maintainer_id, camera.linker_id)] == [
        "ตม.จว.สระแก้ว",
        "บริษัททดลอง",
        "สตม.",
    ]


def test_importing_again_changes_nothing_on_either_database(either_database, tmp_path, at):
    path = tmp_path / "list.csv"
    path.write_text(
        f"{HEAD},stream\nA,ก,13.66,102.54,rtsp://u:p@10.1.2.3/x\nB,ข,102.55,13.67,\n", encoding="utf-8"
    )
    first = import_file(either_database, path, at=at)
    number = inventory_number(either_database)
    second = import_file(either_database, path, at=at)
    assert counts(first) == {"read": 2, "added": 2, "changed": 0, "unchanged": 0, "repaired": 1, "rejected": 0}
    assert counts(second) == {"read": 2, "added": 0, "changed": 0, "unchanged": 2, "repaired": 1, "rejected": 0}
    assert inventory_number(either_database) == number == 1
    camera = cameras(either_database)["A"]
    assert camera.stream_address is None
    assert join_address(None, camera.stream_sealed) == "rtsp://u:p@10.1.2.3/x"


def test_a_changed_row_is_written_over_and_moves_the_inventory(either_database, tmp_path, at):
    path = tmp_path / "list.csv"
    path.write_text(f"{HEAD},ทิศทาง\nA,ก,13.66,102.54,90\nB,ข,13.67,102.55,\n", encoding="utf-8")
    import_file(either_database, path, at=at)
    path.write_text(f"{HEAD},ทิศทาง\nA,ก,13.66,102.54,\nB,ข,13.67,102.55,\nC,ค,13.68,102.56,10\n", encoding="utf-8")
    report = import_file(either_database, path, at=at)
    assert counts(report) == {"read": 3, "added": 1, "changed": 1, "unchanged": 1, "repaired": 0, "rejected": 0}
    assert [camera.bearing_deg for camera in cameras(either_database).values()] == [None, None, 10]
    assert inventory_number(either_database) == 2


def test_columns_a_list_does_not_have_keep_what_is_known(bring, database):
    bring(f"{HEAD},ทิศทาง,ประเภทกล้อง,stream", "A,ก,13.66,102.54,90,PTZ,https://live.trial.go.th/a.m3u8")
    report = bring(HEAD, "A,ชื่อใหม่,13.66,102.54")
    camera = cameras(database)["A"]
    assert report.changed == 1
    assert (camera.name_th, camera.bearing_deg, camera.kind) == ("ชื่อใหม่", 90, Kind.PTZ)
    assert camera.stream_address == "https://live.trial.go.th/a.m3u8"


def test_a_dry_run_counts_the_same_and_writes_nothing(bring, database, var):
    lines = (f"{HEAD},stream", "A,ก,13.66,102.54,rtsp://u:p@10.1.2.3/x", "B,ข,0,0,")
    dry = bring(*lines, dry_run=True)
    assert counts(dry) == {"read": 2, "added": 1, "changed": 0, "unchanged": 0, "repaired": 0, "rejected": 1}
    assert cameras(database) == {}
    assert inventory_number(database) == 0
    assert not (var / "takhai.key").exists()
    with database.read() as session:
        assert session.exec(select(Agency)).all() == []
    bring(*lines)
    assert counts(bring(*lines, dry_run=True))["unchanged"] == 1


def test_every_row_is_accounted_for_and_every_fault_has_its_line(bring, database, tmp_path):
    report = bring(
        f"{HEAD},ทิศทาง,ความสูง,จำนวน,stream",
        "A,ดี,13.66,102.54,90,6,1,",
        "B,สลับ,102.54,13.66,90,6,1,",
        "C,ทิศผิด,13.66,102.54,361,-6,1,",
        "D,หลายตัว,13.66,102.54,,,4,file:///etc/passwd",
        ",ไม่มีรหัส,13.66,102.54,,,,",
        "A,รหัสซ้ำ,13.67,102.54,,,,",
        "G,นอกประเทศ,48.85,2.35,,,,",
        "H,ไม่มีพิกัด,,,,,,",
        "",
        "I,ช่องเกิน,13.66,102.54,,,,,,,x",
        "J,ช่องขาด,13.66,102.54",
    )
    assert counts(report) == {"read": 10, "added": 5, "changed": 0, "unchanged": 0, "repaired": 3, "rejected": 5}
    assert report.read == report.added + report.changed + report.unchanged + report.rejected
    path = tmp_path / "report.csv"
    report.write_csv(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["row"], line["outcome"]) for line in lines] == [
        ("3", "repaired"),
        ("4", "repaired"),
        ("5", "repaired"),
        ("6", "rejected"),
        ("7", "rejected"),
        ("8", "rejected"),
        ("9", "rejected"),
        ("11", "rejected"),
    ]
    assert all(line["rule"] and line["way_out"] for line in lines)
    assert lines[1]["column"] == "ทิศทาง; ความสูง"
    assert lines[1]["value"] == "361; -6"
    assert lines[4] | {"rule": "", "way_out": ""} == {
        "row": "7",
        "outcome": "rejected",
        "column": "รหัสกล้อง",
        "value": "A",
        "rule": "",
        "way_out": "",
    }
    found = cameras(database)
    assert (found["B"].lon, found["B"].lat) == (102.54, 13.66)
    assert (found["C"].bearing_deg, found["C"].mount_height_m) == (None, None)
    assert (found["D"].stream_address, found["D"].stream_sealed) == (None, None)


def test_the_column_that_differs_on_every_row_is_the_code(bring, database):
    report = bring("Cam_Code,Cam_ID,Latitude,Longitude", "X-01,7,13.66,102.54", "X-01,8,13.67,102.54")
    assert report.added == 2
    assert list(cameras(database)) == ["7", "8"]
    assert any("Cam_ID" in note for note in report.notes)


def test_a_list_without_codes_gets_ones_that_stay(bring, database):
    lines = ["ชื่อกล้อง,ละติจูด,ลองจิจูด", "แยกหนึ่ง,13.66,102.54", "แยกสอง,13.67,102.54"]
    bring(*lines)
    codes = set(cameras(database))
    report = bring(lines[0], *reversed(lines[1:]))
    assert (report.unchanged, len(codes)) == (2, 2)
    assert set(cameras(database)) == codes


def test_the_same_code_of_another_owner_is_another_camera(bring, database):
    assert bring(f"{HEAD},หน่วยงาน", "A,ก,13.66,102.54,หนึ่ง", "A,ก,13.66,102.54,สอง").added == 2


def test_an_agency_is_one_however_it_is_written(bring, database):
    bring(f"{HEAD},owner", "A,ก,13.66,102.54,Royal Thai Police", "B,ก,13.66,102.54,royal  thai POLICE")
    bring(HEAD, "A,ก,13.66,102.54", owner="Royal Thai police")
    with database.write() as session:
        agency = session.exec(select(Agency)).one()
        agency.name_th, agency.name_en = "สำนักงานตำรวจแห่งชาติ", agency.name_th
        session.add(agency)
    report = bring(f"{HEAD},owner", "A,ก,13.66,102.54,Royal Thai Police", "B,ก,13.66,102.54,สำนักงานตำรวจแห่งชาติ")
    assert report.added == 0
    with database.read() as session:
        assert len(session.exec(select(Agency)).all()) == 1


def test_rows_without_owner_belong_to_the_one_given_or_to_nobody_named(bring, database):
    bring(HEAD, "A,ก,13.66,102.54")
    bring(HEAD, "B,ก,13.66,102.54", owner=" เทศบาล   ทดลอง ")
    with database.read() as session:
        assert set(session.exec(select(Agency.name_th))) == {UNSPECIFIED, "เทศบาล ทดลอง"}


def test_a_missing_province_comes_from_the_position_and_an_unknown_one_is_repaired(bring, database):
    report = bring(
        f"{HEAD},จังหวัด", "A,ก,13.6621,102.5487,", "B,ข,13.7563,100.5018,เมืองทิพย์", "C,ค,13.7,102.5,Sa Kaeo"
    )
    assert [camera.province_code for camera in cameras(database).values()] == ["27", "10", "27"]
    assert report.lines["row"].tolist() == [3]


def test_free_words_under_a_heading_of_bearings_are_no_thousand_repairs(bring, database):
    report = bring(f"{HEAD},ทิศทาง", *(f"C{n},ก,13.66,102.54,มุ่งหน้าซอย {n}" for n in range(20)))
    assert (report.added, report.repaired) == (20, 0)
    assert any("ทิศทาง" in note for note in report.notes)


def test_a_list_may_carry_titles_above_its_headings_and_blank_lines_below(bring):
    report = bring("รายชื่อกล้องวงจรปิด จังหวัดสระแก้ว,,,", ",,,", HEAD, "A,ก,13.66,102.54", ",,,", "B,ข,0,0", "")
    assert counts(report)["read"] == 2
    assert report.lines["row"].tolist() == [6]


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_separators_are_seen(bring, sign):
    assert bring(f"รหัสกล้อง{sign}พิกัด", f'A{sign}"13.66, 102.54"', f'B{sign}"13.67, 102.54"').added == 2


def test_a_status_column_is_never_live_status(bring, database):
    report = bring(f"{HEAD},สถานะ", "A,ก,13.66,102.54,ชำรุด")
    with database.read() as session:
        assert session.exec(select(CameraState)).all() == []
    assert any("we look ourselves" in note for note in report.notes)


def test_the_report_runs_in_no_spreadsheet(bring, tmp_path):
    report = bring(
        HEAD, "=1+1,ก,0,0", "@SUM(A1),ก,0,0", "\t=2,ก,0,0", "＝3,ก,0,0", '"=HYPERLINK(""http://a"")",,=9,=8'
    )
    path = tmp_path / "report.csv"
    report.write_csv(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert report.rejected == 5
    assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@＝"))]


def test_hidden_signs_and_long_text_do_not_get_in(bring, database):
    report = bring(HEAD, "A,ก\u202egpj\u200b.exe\u0007\u0085  ข,13.66,102.54", f"B,{'ย' * 500},13.67,102.54")
    assert cameras(database)["A"].name_th == "กgpj.exe ข"
    assert len(cameras(database)["B"].name_th) == 400
    assert report.lines["row"].tolist() == [3]


def test_a_second_writer_between_comparing_and_writing_is_noticed(database, tmp_path, at, monkeypatch):
    path = tmp_path / "list.csv"
    path.write_text(f"{HEAD}\nA,ก,13.66,102.54\n", encoding="utf-8")
    compare = importing.compare

    def compare_while_another_writes(session, batches):
        found = compare(session, batches)
        monkeypatch.setattr(importing, "compare", compare)
        import_file(database, path, at=at)
        return found

    monkeypatch.setattr(importing, "compare", compare_while_another_writes)
    with pytest.raises(SourceError, match="somebody else"):
        import_file(database, path, at=at)
    assert len(cameras(database)) == 1


def test_progress_ends_at_the_end(bring):
    told = []
    bring(HEAD, "A,ก,13.66,102.54", tick=lambda *news: told.append(news))
    assert told[-1] == (1, 1, "writing")


def test_utm_columns_are_read_and_a_deduced_zone_is_said(bring, database):
    report = bring("รหัส,Easting,Northing", "A,234567,1512345")
    assert (report.added, report.repaired) == (1, 1)
    assert cameras(database)["A"].lon == pytest.approx(102.546, abs=0.001)
    named = bring("รหัส,X (UTM 48N),Y (UTM 48N)", "A,234567,1512345")
    assert (named.unchanged, named.repaired) == (1, 0)


def test_the_real_list_of_bangkok_imports_with_every_row_accounted_for(database, at):
    path = Path(__file__).parents[3] / "shared" / "data" / "real" / "bma_cctv_2567.xlsx"
    if not path.exists():
        pytest.skip("../shared/data/real/bma_cctv_2567.xlsx is not beside the project")
    first = import_file(database, path, at=at)
    assert counts(first) == {"read": 719, "added": 719, "changed": 0, "unchanged": 0, "repaired": 1, "rejected": 0}
    assert counts(import_file(database, path, at=at))["unchanged"] == 719
    book = load_workbook(path)
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    facts = {str(row[0]): dict(zip(head, row, strict=True)) for row in rows}
    found = cameras(database)
    repaired = str(rows[first.lines["row"].item() - 2][0])
    for code, camera in found.items():
        if code != repaired:
            assert (camera.lon, camera.lat) == (facts[code]["Longitude"], facts[code]["Latitude"])
    assert found[repaired].lon == pytest.approx(
        100.514430, abs=1e-6
    )  # its longitude held the latitude; `Correct` stood in
    assert {camera.province_code for camera in found.values()} <= {"10", "11", "12", "13", "74"}


def test_a_list_of_broken_rows_is_refused_row_by_row_and_soon(bring):
    report = bring(HEAD, *(f"C{n},ก,13.66,102.54,x" for n in range(60_000)))
    assert (report.read, report.rejected) == (60_000, 60_000)
    assert report.lines["row"].tolist() == list(range(2, 60_002))
    assert set(report.lines["rule"]) == {"the row has more cells than there are headings, 4"}
