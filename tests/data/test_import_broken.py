"""A broken file gives one clear sentence and leaves everything as it was."""

import csv
import io
import json
import sqlite3
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from data.intake.importing import import_file
from data.intake.sources.record import SourceError

GOOD = "code,lat,lon\nA,13.66,102.54\n"


def workbook():
    book, content = Workbook(), io.BytesIO()
    for row in [["code", "lat", "lon"], *([f"C{n}", 13.66, 102.54] for n in range(200))]:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def archive(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return content.getvalue()


def lying_archive():
    # The header says the sheet is small; the data is not.
    content = bytearray(archive(xl__workbook_xml="<workbook/>", xl__sheet_xml=b"0" * 1_000_000))
    for place in range(len(content) - 4):
        if content[place : place + 4] == struct.pack("<I", 1_000_000):
            content[place : place + 4] = struct.pack("<I", 1_000)
    return bytes(content)


VRT = """<OGRVRTDataSource><OGRVRTLayer name="passwd">
<SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
BROKEN = {
    "empty.csv": b"",
    "blank.csv": b" \n\n \n",
    "heading_only.csv": b"code,lat,lon\n",
    "no_position.csv": b"code,name\nA,x\n",
    "open_quote.csv": b'code,lat,lon\nA,"13.66,102.54\nB,13.66,102.54\n',
    "rubbish.csv": bytes(range(256)) * 40,
    "no_text.csv": b"\xff\xfe" + b"\xd8\x00" * 99,
    "nul.csv": b"code,lat,lon\nA\x00,13.66,102.54\n",
    "torn_utf8.csv": GOOD.encode() + "ก,13.66,102.54\n".encode()[1:] + "ตลาด".encode() * 3,
    "half_utf8.csv": "รหัส,ละติจูด,ลองจิจูด\nก,13.66,102.54\n".encode()[:-1] + b"\xe0\xb8",
    "picture.xlsx": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "half.xlsx": workbook()[:3000],
    "half_way.xlsx": workbook()[:-400],
    "zip.xlsx": archive(readme="nothing here"),
    "bomb.xlsx": archive(xl__workbook_xml="<workbook/>", xl__sheet_xml=b"0" * 12_000_000),
    "lying.xlsx": lying_archive(),
    "entities.xlsx": archive(xl__workbook_xml=ENTITIES),
    "empty_book.xlsx": archive(xl__workbook_xml="<workbook/>"),
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "places.kmz": archive(doc_kml="x").replace(b"doc_kml", b"doc.kml"),
    "half.json": b'{"type": "FeatureCollection", "features": [{"type": "Feat',
    "deep.json": b"[" * 200_000,
    "number.json": b'[{"camid": ' + b"9" * 6000 + b"}]",
    "other.json": b'{"hello": "world"}',
    "list_of_numbers.json": b"[1, 2, 3]",
    "no_features.geojson": b'{"type": "FeatureCollection", "features": []}',
    "bad_features.geojson": b'{"type": "FeatureCollection", "features": [1, null]}',
    "strange_crs.geojson": json.dumps(
        {"type": "FeatureCollection", "crs": {"properties": {"name": "mine"}}, "features": [{"properties": {}}]}
    ).encode(),
    "no_such_crs.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "crs": {"properties": {"name": "EPSG:99999"}},
            "features": [{"properties": {}}],
        }
    ).encode(),
    "half_call.js": b'longdo.callback.cameras([{"camid": "A", "title": ',
    "half_page.html": b"<html><script>var locations = [['1', 'a', ",
    "other_page.html": b"<!DOCTYPE html><html><body>Not found</body></html>",
    "vrt.geojson": VRT.encode(),
    "vrt.gpkg": VRT.encode(),
    "gdalg.gpkg": b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}',
    "half.gpkg": b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(300),
    "sqlite.gpkg": b"SQLite format 3\x00" + bytes(300),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence_and_changes_nothing(database, tmp_path, at, var, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    database.dispose()
    before = {file.name: file.read_bytes() for file in var.iterdir() if file.suffix == ".db"}
    with pytest.raises(SourceError) as caught:
        import_file(database, path, at=at)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert 20 < len(sentence) < 250
    assert "Traceback" not in sentence
    database.dispose()
    assert {file.name: file.read_bytes() for file in var.iterdir() if file.suffix == ".db"} == before


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_missing_file_is_said_to_be_missing(database, tmp_path, at, name):
    with pytest.raises(SourceError, match="is not there"):
        import_file(database, tmp_path / name, at=at)


@pytest.mark.parametrize("source", ["csv", "xlsx", "geojson", "gpkg", "longdo", "bmatraffic", "osm", "milestone"])
@pytest.mark.parametrize(
    "name", ["rubbish.csv", "half.json", "half.xlsx", "vrt.gpkg", "list_of_numbers.json", "half.gpkg"]
)
def test_a_file_under_a_wrong_name_of_source_is_one_sentence_too(database, tmp_path, at, source, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    with pytest.raises(SourceError):
        import_file(database, path, source=source, at=at)


def test_a_fault_after_many_good_rows_takes_them_all_back(database, tmp_path, at):
    path = tmp_path / "list.csv"
    rows = "".join(f"C{n},13.66,102.54\n" for n in range(60_000))
    path.write_text(f'code,lat,lon\n{rows}X,"open,13.66,102.54\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 60002"):
        import_file(database, path, at=at)
    with database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM camera").scalar() == 0


def test_a_geopackage_with_a_lying_geometry_column_is_one_sentence(database, tmp_path, at):
    path = tmp_path / "odd.gpkg"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            f"PRAGMA application_id = {int.from_bytes(b'GPKG', 'big')};"
            "CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);"
            'CREATE TABLE "a""; DROP TABLE camera; --" (x);'
            "INSERT INTO gpkg_geometry_columns VALUES ('a\"; DROP TABLE camera; --', 'geom', 4326);"
        )
    connection.close()
    with pytest.raises(SourceError, match="does not have"):
        import_file(database, path, at=at)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_a_report_or_one_sentence(database, tmp_path, at, content):
    path = tmp_path / "any"
    path.write_bytes(content)
    try:
        report = import_file(database, path, at=at)
    except SourceError:
        return
    assert report.read == report.added + report.changed + report.unchanged + report.rejected


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "features",
                        "properties",
                        "geometry",
                        "coordinates",
                        "elements",
                        "tags",
                        "camid",
                        "lat",
                        "lon",
                        "latitude",
                        "longitude",
                        "center",
                        "id",
                        "camera:direction",
                        "man_made",
                        "title",
                        "hls_url",
                    ]
                ),
                st.one_of(
                    inner, st.sampled_from(["FeatureCollection", "Point", "surveillance", "90-270", "\ud800"])
                ),
            ),
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_report_or_one_sentence(database, tmp_path, at, content):
    path = tmp_path / "any.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    for source in (None, "geojson", "osm", "longdo"):
        try:
            report = import_file(database, path, source=source, at=at)
        except SourceError:
            continue
        assert report.read == report.added + report.changed + report.unchanged + report.rejected


HEADINGS = ["code", "name", "lat", "lon", "พิกัด", "zone", "bearing", "height", "resolution", "kind", "stream"]
HEADINGS += ["ปีที่ติดตั้ง", "จังหวัด", "owner"]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "13.66",
            "102.54",
            "13.66, 102.54",
            "361",
            "NE",
            "rtsp://a:b@10.0.0.1/",
            "2563",
            "0",
            "=1",
            "-",
            "1e999",
        ]
    ),
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=14), min_size=1, max_size=6))
def test_any_table_is_accounted_for_row_by_row_and_imports_twice_the_same(database, tmp_path, at, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(
            [cell.encode("utf-8", "replace").decode().replace("\x00", "") for cell in row] for row in rows
        )
    try:
        first = import_file(database, path, at=at)
    except SourceError:
        return
    second = import_file(database, path, at=at)
    assert first.read == first.added + first.changed + first.unchanged + first.rejected
    assert (second.added, second.changed, second.rejected) == (0, 0, first.rejected)
    assert len(first.lines) == first.repaired + first.rejected
    assert first.repaired <= first.read - first.rejected
