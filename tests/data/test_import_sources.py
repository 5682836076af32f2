"""Each source: recognised by what is in it, read as it is."""

import json
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import Workbook
from shapely import Point
from sqlmodel import select

from data.intake.importing import import_file
from data.intake.sources.recognise import open_feed, recognise
from data.intake.sources.record import SourceError
from data.models import Agency, Camera, Kind
from data.sealing import join_address

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def bring(database, at):
    """Import a file; return the report and the cameras by code."""

    def bring(path, **options):
        report = import_file(database, path, at=at, **options)
        with database.read() as session:
            cameras = {camera.code: camera for camera in session.exec(select(Camera).order_by(Camera.id))}
        return report, cameras

    return bring


def owner_of(database, camera):
    with database.read() as session:
        return session.get(Agency, camera.owner_id).name_th


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("thai_cp874.csv", "csv"),
        ("bmatraffic.html", "bmatraffic"),
        ("longdo.js", "longdo"),
        ("overpass.json", "osm"),
        ("milestone.csv", "milestone"),
    ],
)
def test_a_source_is_recognised_by_content_not_by_name(name, source, tmp_path):
    disguised = tmp_path / "list.txt"
    disguised.write_bytes((FIXTURES / name).read_bytes())
    assert recognise(disguised) == source


def test_an_old_thai_list_is_read_in_its_encoding(bring):
    report, cameras = bring(FIXTURES / "thai_cp874.csv")
    assert (report.source, report.encoding, report.added) == ("csv", "cp874", 2)
    assert cameras["SK-001"].name_th == "ตลาดโรงเกลือ"
    assert (cameras["SK-001"].lon, cameras["SK-001"].lat, cameras["SK-001"].bearing_deg) == (102.5487, 13.6621, 90)
    assert (cameras["SK-002"].lon, cameras["SK-002"].lat) == (pytest.approx(102.61), pytest.approx(13.615))
    assert [str(camera.verified_on) for camera in cameras.values()] == ["2020-01-01", "2022-01-01"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
def test_the_same_list_in_every_encoding_is_the_same_list(bring, tmp_path, encoding):
    path = tmp_path / "list.csv"
    path.write_text("รหัส,ชื่อ,พิกัด\nก-๑,ตลาดโรงเกลือ,13.66 102.54\n", encoding=encoding)
    _, cameras = bring(path)
    assert cameras["ก-๑"].name_th == "ตลาดโรงเกลือ"


def test_the_bangkok_page_is_read_without_its_inside_addresses(bring, database):
    report, cameras = bring(FIXTURES / "bmatraffic.html")
    assert (report.read, report.added, report.rejected) == (4, 2, 2)
    assert report.lines["row"].tolist() == [3, 4]
    assert (cameras["1456"].name_th, cameras["1456"].name_en) == ("BX-01-01 แยกทดลอง", "Trial Junction")
    assert (cameras["1456"].lon, cameras["1456"].lat) == (100.52159, 13.79723)
    assert cameras["1457"].name_th == "ตลาด \"ใหม่\" ['ก']; ทดลอง"
    assert owner_of(database, cameras["1456"]) == "กรุงเทพมหานคร"


def test_the_longdo_feed_keeps_what_can_be_meant(bring, database):
    report, cameras = bring(FIXTURES / "longdo.js")
    assert (report.source, report.added, report.repaired) == ("longdo", 3, 1)
    highway, suspended, inside = cameras["DOH-TRY-1-001"], cameras["TRY_0002"], cameras["TRY_0003"]
    assert (highway.province_code, highway.district) == ("27", "วัฒนานคร")
    assert highway.stream_address == "https://live.trial.go.th/hls/try1.m3u8"
    assert owner_of(database, highway) == "กรมทดลอง"
    assert (suspended.stream_address, suspended.snapshot_address) == (None, None)
    assert (inside.stream_address, inside.snapshot_address) == (None, None)
    assert join_address(None, inside.stream_sealed) == "rtsp://10.77.2.3:554/live"
    assert inside.owner_id == suspended.owner_id


def test_the_longdo_answer_is_the_same_with_and_without_its_wrapping(bring, tmp_path):
    bring(FIXTURES / "longdo.js")
    path = tmp_path / "answer"
    path.write_text(
        (FIXTURES / "longdo.js").read_text(encoding="utf-8").partition("(")[2].rpartition(")")[0], encoding="utf-8"
    )
    report, _ = bring(path)
    assert (report.source, report.unchanged) == ("longdo", 3)


def test_openstreetmap_nodes_are_read_and_other_sensors_refused(bring, database):
    report, cameras = bring(FIXTURES / "overpass.json")
    assert (report.read, report.added, report.rejected) == (4, 3, 1)
    gate, turning, dome = cameras["node/11"], cameras["node/12"], cameras["way/14"]
    assert (gate.bearing_deg, gate.tilt_deg, gate.mount_height_m, gate.name_en) == (45, 15, 6, "Market gate")
    assert owner_of(database, gate) == "เทศบาลทดลอง"
    assert (turning.kind, turning.bearing_deg, turning.hfov_deg, turning.tilt_deg) == (Kind.PTZ, 20, 60, 20)
    assert turning.stream_address == "https://live.trial.go.th/12.m3u8"
    assert (dome.kind, dome.lon) == (Kind.DOME, 102.57)


def test_openstreetmap_as_geojson_is_the_same(bring, tmp_path):
    elements = json.loads((FIXTURES / "overpass.json").read_text(encoding="utf-8"))["elements"]
    features = [
        {
            "type": "Feature",
            "properties": {"@id": f"node/{element['id']}", **element["tags"]},
            "geometry": {"type": "Point", "coordinates": [element["lon"], element["lat"]]},
        }
        for element in elements[:2]
    ]
    path = tmp_path / "osm.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    bring(FIXTURES / "overpass.json")
    report, _ = bring(path)
    assert (report.source, report.unchanged) == ("osm", 2)


def test_milestone_gives_names_and_streams_but_neither_users_nor_devices(bring):
    report, cameras = bring(FIXTURES / "milestone.csv")
    assert (report.source, report.read, report.added, report.rejected) == ("milestone", 3, 2, 1)
    gate, bridge = cameras.values()
    assert (gate.name_en, gate.stream_address, gate.stream_sealed) == ("Gate camera (***)", None, None)
    assert join_address(None, bridge.stream_sealed) == "rtsp://root:S3CRET@10.77.3.2:554/axis-media/media.amp"


def test_milestone_without_positions_refuses_each_row_for_itself(bring, tmp_path):
    path = tmp_path / "hardware.csv"
    path.write_text(
        "HardwareName,HardwareAddress,UserName,Password\nGate,http://10.77.3.1/,root,S3CRET\n", encoding="utf-8"
    )
    report, _ = bring(path)
    assert (report.source, report.read, report.rejected) == ("milestone", 1, 1)


def points(**more):
    facts = {"รหัสกล้อง": ["A", "B"], "ทิศทาง": [90, None], "ชื่อกล้อง": ["ก", "ข"]}
    return gpd.GeoDataFrame(facts, geometry=[Point(102.5487, 13.6621), Point(102.61, 13.615)], crs=4326, **more)


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
@pytest.mark.parametrize("crs", [4326, 32648, 32647])
def test_layers_are_read_in_their_own_coordinates(bring, tmp_path, suffix, crs):
    path = tmp_path / f"layer.{suffix}"
    points().to_crs(crs).to_file(path, layer="cameras", engine="pyogrio")
    report, cameras = bring(path)
    assert (report.source, report.added, report.repaired) == (suffix, 2, 0)
    assert (cameras["A"].lon, cameras["A"].lat) == (
        pytest.approx(102.5487, abs=1e-6),
        pytest.approx(13.6621, abs=1e-6),
    )
    assert [camera.bearing_deg for camera in cameras.values()] == [90, None]


def test_what_is_no_point_is_refused(bring, tmp_path):
    layer = points()
    layer["geometry"] = [layer.geometry[0], layer.geometry[1].buffer(0.1)]
    for suffix in ("geojson", "gpkg"):
        layer.to_file(tmp_path / f"mixed.{suffix}", engine="pyogrio")
        report, _ = bring(tmp_path / f"mixed.{suffix}")
        assert (report.read, report.rejected, report.lines["row"].tolist()) == (2, 1, [2])


def test_a_geopackage_runs_no_view_and_no_virtual_table(tmp_path):
    path = tmp_path / "layer.gpkg"
    points().to_file(path, layer="cameras", engine="pyogrio")
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE cameras RENAME TO real")
        connection.execute(
            "CREATE VIEW cameras AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS fid, * FROM n, real"
        )
        connection.execute("UPDATE gpkg_geometry_columns SET table_name = 'cameras'")
    connection.close()
    with pytest.raises(SourceError, match="no table of features"):
        open_feed(path)


def book(path, **sheets):
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_a_workbook_gives_the_sheet_that_reads_like_a_list(bring, tmp_path):
    path = book(
        tmp_path / "book.xlsx",
        สรุป=[["สรุป"], ["รวม", 2]],
        กล้อง=[
            ["รายชื่อกล้อง"],
            [],
            ["รหัสกล้อง", "ชื่อกล้อง", "Lat", "Long", "วันที่ติดตั้ง"],
            [1639, "ก", 13.66, 102.54, pd.Timestamp("2020-03-15")],
            [None],
            [1640.0, "ข", "๑๓.๖๗", "102.55", 2563],
        ],
    )
    report, cameras = bring(path)
    assert (report.source, report.read, report.added) == ("xlsx", 2, 2)
    assert list(cameras) == ["1639", "1640"]
    assert [str(camera.verified_on) for camera in cameras.values()] == ["2020-03-15", "2020-01-01"]
    assert any("สรุป" in note for note in report.notes)


def test_a_workbook_and_a_csv_number_their_rows_alike(bring, tmp_path):
    rows = [["รหัสกล้อง", "Lat", "Long"], ["A", 13.66, 102.54], [], ["B", 0, 0]]
    report, _ = bring(book(tmp_path / "book.xlsx", กล้อง=rows))
    (tmp_path / "list.csv").write_text("รหัสกล้อง,Lat,Long\nA,13.66,102.54\n\nB,0,0\n", encoding="utf-8")
    other, _ = bring(tmp_path / "list.csv")
    assert report.lines["row"].tolist() == other.lines["row"].tolist() == [4]


def test_a_named_source_rules_over_the_content(bring, tmp_path):
    report, _ = bring(FIXTURES / "milestone.csv", source="csv")
    assert report.source == "csv"
    with pytest.raises(SourceError, match="there is no source 'genetec'; there are csv, xlsx"):
        bring(FIXTURES / "milestone.csv", source="genetec")
