"""The same rows in every format, opened again by programs not ours, and compared with the numbers of the page."""

import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from data.files import formats, shapefile
from data.files.export import export_cameras, export_coverage
from data.files.gaps import GapView, export_gaps
from data.lines import border_now
from data.lines.border import SHORTEST_GAP_M
from data.texts import BLOCK, PackedTexts
from geo.see.levels import Edition
from tests.data.files.conftest import LONG, NOON

PAGE = GapView(within=(20_000.0, 120_000.0), shortest_m=SHORTEST_GAP_M)
MAPS = (".geojson", ".gpkg", ".shp.zip", ".kml", ".parquet")


@pytest.fixture(scope="module")
def folder(known, tmp_path_factory):
    """The gaps of one view, the cameras and their coverage in every format."""
    database, fleet = known
    folder = tmp_path_factory.mktemp("files")
    for ending in formats.ENDINGS:
        export_gaps(database, fleet, folder / f"gaps{ending}", PAGE, at=NOON)
        export_cameras(database, fleet, folder / f"cameras{ending}", at=NOON)
        export_coverage(
            fleet, folder / f"coverage{ending}", 20, edition=Edition.Y2025, light="day", when="live", at=NOON
        )
    return folder


def on_screen(fleet) -> pd.DataFrame:
    """What the page lists: its own table, cut to the stretch as `data.lines.border.touching` cuts it."""
    gaps = border_now.gaps(fleet, 20, "day", "live")
    return gaps[(gaps["from_m"] < 120_000) & (gaps["to_m"] > 20_000)]


def opened(file: Path) -> gpd.GeoDataFrame:
    """Open a file by geopandas."""
    if file.name.endswith(".parquet"):
        return gpd.read_parquet(file)
    return gpd.read_file(file, **({"layer": file.name.split(".")[0]} if file.name.endswith(".gpkg") else {}))


def sheet(file: Path, name: str) -> list[tuple]:
    """The values of a workbook's sheet, row by row."""
    return list(openpyxl.load_workbook(file)[name].iter_rows(values_only=True))


def told_by_fiona(file: Path) -> list[dict]:
    """The rows as another, older GDAL reads them."""
    fiona = pytest.importorskip("fiona", reason="fiona has no wheel for this Python: the second GDAL is left out")
    fiona.drvsupport.supported_drivers["KML"] = "r"
    place = f"zip://{file}" if file.name.endswith(".zip") else file
    layer = {"layer": file.name.split(".")[0]} if not file.name.endswith(".geojson") else {}
    with fiona.open(place, **layer) as rows:
        return [{**row["properties"], "geometry": row["geometry"]} for row in rows]


@pytest.mark.parametrize("ending", [*MAPS, ".csv", ".xlsx"])
def test_the_rows_of_a_file_add_up_to_what_the_page_shows(known, folder, ending):
    shown, file = on_screen(known[1]), folder / f"gaps{ending}"
    if ending == ".csv":
        rows = pd.read_csv(file, encoding="utf-8-sig")
    elif ending == ".xlsx":
        rows = pd.read_excel(file, sheet_name="gaps")
    else:
        rows = opened(file)
    length = rows["len_m" if ending == ".shp.zip" else "length_m"].astype(float)
    assert len(rows) == len(shown) > 20
    for band in ("open", "possible"):
        assert length[rows["band"] == band].sum() == pytest.approx(
            shown["length_m"][shown["band"] == band].sum(), abs=0.001
        )
    assert rows["from"].tolist() == shown["from"].tolist()
    assert rows["subdist_th" if ending == ".shp.zip" else "subdistrict_th"].tolist() == (
        shown["subdistrict_th"].tolist()
    )


@pytest.mark.parametrize("ending", MAPS)
def test_shapes_come_back_where_they_were(known, folder, ending):
    shown, rows = on_screen(known[1]), opened(folder / f"gaps{ending}")
    assert rows.crs.to_epsg() in (4326, None) or rows.crs.to_string() == "OGC:CRS84"
    for mine, theirs in zip(shown.geometry, rows.geometry, strict=True):
        assert shapely.hausdorff_distance(mine, shapely.force_2d(theirs)) < 1e-8
    ground = opened(folder / f"coverage{ending}")
    assert ground.geometry.is_valid.all()
    assert len(ground) == len(opened(folder / "coverage.geojson"))


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp.zip"])
def test_another_gdal_reads_the_same_rows(known, folder, ending):
    shown, rows = on_screen(known[1]), told_by_fiona(folder / f"gaps{ending}")
    name = "len_m" if ending == ".shp.zip" else "length_m"
    assert sum(row[name] for row in rows) == pytest.approx(shown["length_m"].sum(), abs=0.001)
    cameras = told_by_fiona(folder / f"cameras{ending}")
    assert [row["name_th"] for row in cameras][5:] == [f"กล้อง {i}" for i in range(5, 150)]
    assert {row["geometry"]["type"] for row in cameras} == {"Point"}
    assert cameras[0]["name_th"] == "=1+1"


def test_another_gdal_reads_the_kml(known, folder):
    rows = told_by_fiona(folder / "gaps.kml")
    assert [row["Name"] for row in rows] == (
        on_screen(known[1])["from"] + "–" + on_screen(known[1])["to"]
    ).tolist()
    assert {row["geometry"]["type"] for row in rows} == {"LineString"}


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_every_file_says_how_old_it_is_and_what_it_rests_on(folder, ending):
    file = folder / f"gaps{ending}"
    if ending == ".shp.zip":
        said = zipfile.ZipFile(file).read("about.txt").decode()
    elif ending == ".parquet":
        said = pq.read_schema(file).metadata[b"takhai"].decode()
    elif ending == ".xlsx":
        said = " ".join(str(cell) for row in sheet(file, "about") for cell in row)
    elif ending == ".gpkg":
        said = " ".join(pd.DataFrame(gpd.read_file(file, layer="about")).astype(str).to_numpy().ravel())
    else:
        said = file.read_text(encoding="utf-8-sig")
    for fact in (
        "2026-11-23T04:59:00+00:00", "2025", "overview", "takhai 2: flat open ground", "OpenStreetMap",
        "unknown optics (fixed 1920 px 80°", "20+000–120+000", "not a legal boundary",
    ):  # fmt: skip
        assert fact in said, fact


@pytest.mark.parametrize(
    "query",
    [
        "",
        "when=planned&light=night&level=12.5",
        "from_m=20000&to_m=21000.5&least=25",
        "province=x&q=1",
        "village=500&road=250.5&water=1000",
        "line=cambodia",
    ],
)
def test_a_view_is_spelled_as_a_link_and_read_again(database, query):
    view = GapView.read(database, query, edition=Edition.Y2014)
    assert GapView.read(database, view.query(), edition=Edition.Y2014) == view


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("least=101", "least= takes a score from 0 to 100, got 101"),
        ("least=many", "least= takes a score from 0 to 100, got 'many'"),
        ("from_m=a&to_m=1", "from_m= takes metres along the border, got 'a'"),
        ("from_m=0&to_m=inf", "to_m= takes metres along the border, got 'inf'"),
        ("from_m=2&to_m=1", "from a lower chainage to a higher one"),
        ("village=0", "village= takes metres above 0, got 0"),
        ("road=near", "road= takes metres on the ground, got 'near'"),
        ("water=nan", "water= takes metres on the ground, got 'nan'"),
        ("when=now", "when= takes live or planned, got 'now'"),
        ("line=moon", "line= takes sakaeo, cambodia, got 'moon'"),
    ],
)
def test_a_view_without_meaning_is_refused(database, query, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        GapView.read(database, query, edition=Edition.Y2025)


def test_gaps_below_a_priority_are_left_out_and_the_file_says_so(known, tmp_path):
    whole = export_gaps(*known, tmp_path / "whole.geojson", GapView(), at=NOON)
    said = export_gaps(*known, tmp_path / "part.geojson", GapView(least=50), at=NOON)
    rows, part = (gpd.read_file(tmp_path / f"{name}.geojson") for name in ("whole", "part"))
    assert part["from"].tolist() == rows[rows["score"] >= 0.5]["from"].tolist()
    assert 0 < len(part) == said["gaps_listed"] < whole["gaps_listed"]
    assert said["total_m"] == whole["total_m"]
    assert (said["least_score"], said["filter_query"]) == (50, "when=live&level=20&light=day&least=50")
    assert said["priority"].startswith("(2 x length + 1 x open + 1 x crossing)")


def test_a_shapefile_is_whole_in_thai_and_says_what_it_shortened(folder):
    with zipfile.ZipFile(folder / "cameras.shp.zip") as files:
        parts = [f"cameras.{end}" for end in ("cpg", "dbf", "prj", "shp", "shx")]
        assert files.namelist() == ["about.txt", *parts, "names.csv"]
        assert files.read("cameras.cpg") == b"UTF-8"
        names = files.read("names.csv").decode("utf-8-sig")
        assert "name_th in 1 rows" in files.read("about.txt").decode()
    rows = opened(folder / "cameras.shp.zip")
    short = [line.split(",") for line in names.split()[1:]]
    assert [field for field, _ in short] == [name for name in rows.columns if name != "geometry"]
    assert all(re.fullmatch("[a-z0-9_]{1,10}", field) for field, _ in short)
    assert dict(short)["pos_acc_m"] == "position_accuracy_m"
    cut = rows["name_th"].iloc[1]
    assert LONG.startswith(cut)
    assert 250 < len(cut.encode()) <= 254
    assert rows["updated"].iloc[0] == "2026-11-20T05:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ก" * 84 + "น้ำ", "ก" * 84),  # 252 bytes, then a letter with a mark: neither without the other
        ("ก" * 84, "ก" * 84),
        ("a" * 253 + "ข", "a" * 253),
        ("a" * 251 + "น้", "a" * 251),
    ],
)
def test_text_is_cut_at_a_letters_edge(text, kept):
    assert shapefile.shorten(text) == kept


def test_short_names_are_never_alike():
    names = ["district_th", "a_very_long_name_1", "a_very_long_name_2", "ชื่อ", "ที่", "district_en"]
    short = shapefile.short_names(names)
    assert list(short) == names
    assert len(set(short.values())) == len(names)
    assert short["a_very_long_name_2"] == "a_very_lo2"


def test_a_workbook_holds_numbers_times_and_words_as_what_they_are(folder, known):
    heads, *rows = sheet(folder / "gaps.xlsx", "gaps")
    first = dict(zip(heads, rows[0], strict=True))
    assert isinstance(first["length_m"], float)
    assert "since (Bangkok time)" in heads
    opened_at = {dict(zip(heads, row, strict=True))["since (Bangkok time)"] for row in rows} - {None}
    assert opened_at == {datetime(2026, 11, 23, 11, 0)}  # noqa: DTZ001  an hour before noon in Bangkok
    cameras = openpyxl.load_workbook(folder / "cameras.xlsx")["cameras"]
    column = [cell.value for cell in cameras[1]].index("name_th") + 1
    cells = [cameras.cell(row, column) for row in range(2, 6)]
    assert [(cell.value, cell.data_type) for cell in cells][0::3] == [("=1+1", "s"), ("#REF!", "s")]
    assert cells[1].value == LONG
    assert cells[2].value == 'จุดตรวจ <เขาดิน> & "ตลาด"'
    assert not [cell for row in cameras for cell in row if cell.data_type == "f"]


def test_a_kml_is_xml_whatever_a_camera_is_called(folder):
    from xml.etree import ElementTree

    tree = ElementTree.parse(folder / "cameras.kml")
    space = {"k": "http://www.opengis.net/kml/2.2"}
    named = [place.text for place in tree.findall(".//k:Placemark/k:name", space)]
    assert named[0] == "C0 =1+1"
    assert named[2] == 'C2 จุดตรวจ <เขาดิน> & "ตลาด"'
    styles = {f"#{style.get('id')}" for style in tree.findall(".//k:Style", space)}
    assert {place.text for place in tree.findall(".//k:styleUrl", space)} <= styles


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_no_file_holds_an_address(folder, ending):
    rows = folder / f"cameras{ending}"
    if ending in (".csv", ".kml", ".geojson"):
        assert not re.search("address|sealed", rows.read_text(encoding="utf-8-sig"))
    elif ending == ".xlsx":
        assert not [name for name in sheet(rows, "cameras")[0] if "sealed" in name]
    else:
        assert not [name for name in opened(rows).columns if "address" in name or "sealed" in name]


@pytest.mark.parametrize("ending", [".xlsx", ".shp.zip"])
def test_more_rows_than_a_format_takes_are_refused_and_leave_nothing(known, tmp_path, monkeypatch, ending):
    for module in (formats.workbook, formats.shapefile):
        monkeypatch.setattr(module, "MOST_ROWS", 10)
    with pytest.raises(ValueError, match="takes at most 10 rows"):
        export_gaps(*known, tmp_path / f"gaps{ending}", PAGE, at=NOON)
    assert [place.name for place in tmp_path.iterdir() if place.name != "var"] == []


@pytest.mark.parametrize("ending", formats.ENDINGS)
@pytest.mark.parametrize("what", ["gaps", "cameras"])
def test_in_small_parts_a_file_is_the_same(known, folder, tmp_path, monkeypatch, ending, what):
    monkeypatch.setattr(formats, "PART_ROWS", 7)
    file = tmp_path / f"{what}{ending}"
    if what == "gaps":
        export_gaps(*known, file, PAGE, at=NOON)
    else:
        export_cameras(*known, file, at=NOON)
    if ending in (".geojson", ".kml", ".csv", ".shp.zip"):
        assert file.read_bytes() == (folder / file.name).read_bytes()
    elif ending == ".xlsx":
        mine, whole = (sheet(place, what) for place in (file, folder / file.name))
        assert mine == whole
    else:
        pd.testing.assert_frame_equal(opened(file), opened(folder / file.name))


def test_geoparquet_is_what_its_standard_asks(folder):
    said = json.loads(pq.read_schema(folder / "coverage.parquet").metadata[b"geo"])
    assert said["version"] == "1.1.0"
    assert said["columns"][said["primary_column"]]["encoding"] == "WKB"


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_more_names_than_are_packed_together_are_written(tmp_path, ending):
    texts = pa.array([f"กล้อง {i}" for i in range(2 * BLOCK + 1)])
    names = pd.Series(PackedTexts.of([texts[:BLOCK], texts[BLOCK:]]))
    frame = gpd.GeoDataFrame({"name_th": names}, geometry=[shapely.Point(102.5, 13.5)] * len(names), crs=4326)
    file = tmp_path / f"cameras{ending}"
    assert formats.write([frame], {"as_of": "now"}, file, layer="cameras") == len(names)
    if ending == ".xlsx":
        found = [row[0] for row in sheet(file, "cameras")[1:]]
    else:
        found = (pd.read_csv(file) if ending == ".csv" else opened(file))["name_th"].tolist()
    assert found == names.tolist()
