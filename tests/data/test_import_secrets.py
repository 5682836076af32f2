"""Internal addresses, users and passwords in a list never lie open: not in the database file, not in a report."""

import json
import sqlite3
from io import StringIO

import geopandas as gpd
import pytest
from openpyxl import Workbook
from shapely import Point
from sqlmodel import select

from data.intake.importing import import_file
from data.models import Camera
from data.sealing import join_address

SECRET = "Xk29-hunter"
INSIDE = "10.77.9."
STREAM = f"rtsp://svc:{SECRET}@{INSIDE}1:554/live"
NAME = f"ประตู {INSIDE}2 รหัสผ่าน {SECRET}"
CODE = f"CAM-{INSIDE}3"
PLACE = {"lat": 13.6621, "lon": 102.5487}


def table():
    return {
        "รหัสกล้อง": CODE,
        "ชื่อกล้อง": NAME,
        "หน่วยงาน": f"ศูนย์ {INSIDE}4",
        "อำเภอ": f"user=svc password={SECRET}",
        "ละติจูด": PLACE["lat"],
        "ลองจิจูด": PLACE["lon"],
        "RTSP": STREAM,
        "Snapshot": f"https://still.trial.go.th/a.jpg?user=svc&pwd={SECRET}",
        "ONVIF": f"http://svc:{SECRET}@{INSIDE}5/onvif",
        "IP Address": f"{INSIDE}6",
        "Username": "svc",
        "Password": SECRET,
        "หมายเหตุ": f"เข้าด้วย svc/{SECRET}",
        "ทิศทาง": f"{INSIDE}7",
        "ความสูง": f"svc:{SECRET}@{INSIDE}8",
        f"เครื่อง {INSIDE}9": "x",
        "ประเภทกล้อง": f"password {SECRET}",
        "จังหวัด": f"ห้อง {INSIDE}10",
    }


def as_csv(path):
    frame = gpd.pd.DataFrame([table()])
    path.write_text(frame.to_csv(index=False), encoding="utf-8")


def as_cp874(path):
    out = StringIO()
    gpd.pd.DataFrame([table()]).to_csv(out, index=False)
    path.write_bytes(out.getvalue().encode("cp874"))


def as_xlsx(path):
    book = Workbook()
    book.active.append(list(table()))
    book.active.append(list(table().values()))
    book.save(path)


def as_layer(path):
    layer = gpd.GeoDataFrame([table()], geometry=[Point(PLACE["lon"], PLACE["lat"])], crs=4326)
    layer.to_file(path, driver="GPKG" if path.suffix == ".gpkg" else "GeoJSON", engine="pyogrio")


def as_longdo(path):
    entry = {"title": NAME, "camid": CODE, "latitude": str(PLACE["lat"]), "longitude": str(PLACE["lon"])}
    entry |= {
        "organization": f"ศูนย์ {INSIDE}4",
        "hls_url": STREAM,
        "imgurl": f"http://{INSIDE}1/{SECRET}.jpg",
        "link": STREAM,
    }
    path.write_text(json.dumps([entry], ensure_ascii=False), encoding="utf-8")


def as_bmatraffic(path):
    path.write_text(
        f"<html><script>var locations = [['{CODE}', '{NAME}', '-', '-', '-', {PLACE['lat']}, {PLACE['lon']}, "
        f"'{INSIDE}1', 'p']];",
        encoding="utf-8",
    )


def as_osm(path):
    tags = {
        "man_made": "surveillance",
        "name": NAME,
        "operator": f"ศูนย์ {INSIDE}4",
        "contact:webcam": STREAM,
        "height": STREAM,
    }
    path.write_text(json.dumps({"elements": [{"type": "node", "id": 1, **PLACE, "tags": tags}]}), encoding="utf-8")


def as_milestone(path):
    path.write_text(
        "HardwareName,HardwareAddress,MacAddress,UserName,Password,ConfigurationId,Latitude,Longitude\n"
        f'"{NAME}",{STREAM},00408C,svc,{SECRET},{CODE},{PLACE["lat"]},{PLACE["lon"]}\n',
        encoding="utf-8",
    )


MAKERS = {
    "list.csv": as_csv,
    "old.csv": as_cp874,
    "book.xlsx": as_xlsx,
    "layer.geojson": as_layer,
    "layer.gpkg": as_layer,
    "feed.json": as_longdo,
    "page.html": as_bmatraffic,
    "osm.json": as_osm,
    "hardware.csv": as_milestone,
}


@pytest.mark.parametrize("name", MAKERS)
def test_no_secret_of_any_source_lies_open_in_the_raw_database_or_the_report(database, tmp_path, at, var, name):
    path = tmp_path / name
    MAKERS[name](path)
    report = import_file(database, path, at=at)
    assert (report.read, report.added) == (1, 1)
    report.write_csv(tmp_path / "report.csv")
    said = (tmp_path / "report.csv").read_bytes() + json.dumps(report.as_dict(), ensure_ascii=False).encode()
    database.dispose()
    kept = {file.name: file.read_bytes() for file in var.iterdir()}
    assert any(b"SQLite format 3" in content for content in kept.values())
    for where, content in {**kept, "report": said}.items():
        assert SECRET.encode() not in content, where
        assert SECRET.encode("utf-16-le") not in content, where
        assert INSIDE.encode() not in content, where
    with database.read() as session:
        camera = session.exec(select(Camera)).one()
    if name != "page.html":
        assert camera.stream_address is None
        assert join_address(None, camera.stream_sealed) == STREAM


def test_a_code_that_tells_an_address_is_replaced_by_one_that_stays(database, tmp_path, at):
    path = tmp_path / "list.csv"
    path.write_text(f"code,lat,lon\n{INSIDE}1,13.66,102.54\n{INSIDE}2,13.66,102.54\n", encoding="utf-8")
    first, second = (import_file(database, path, at=at) for _ in range(2))
    assert (first.added, first.repaired, second.unchanged) == (2, 2, 2)


def test_a_list_without_headings_does_not_repeat_its_cells_in_the_error(database, tmp_path, at):
    path = tmp_path / "list.csv"
    path.write_text(f"CAM1,13.66,102.54,svc,{SECRET}\nCAM2,13.66,102.54,svc,{SECRET}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Latitude and Longitude") as caught:
        import_file(database, path, at=at)
    assert SECRET not in str(caught.value)


def test_the_key_lies_beside_the_database_not_in_it(database, tmp_path, at, var):
    path = tmp_path / "list.csv"
    as_csv(path)
    import_file(database, path, at=at)
    key = (var / "takhai.key").read_bytes()
    with sqlite3.connect(var / "takhai.db") as connection:
        dump = "\n".join(connection.iterdump()).encode()
    connection.close()
    assert key not in dump
