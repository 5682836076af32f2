"""A filter in a file: what it lets through is what is written, counted and said, in every format alike."""

import csv
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from data.database import Database, next_number, open_database
from data.files import export, formats
from data.filters import CameraFilter, counts, rows
from data.fleet import Fleet, Snapshot
from data.geography import load_border
from data.inventory import STATUS_WORDS
from data.models import INVENTORY, Agency, Camera, Kind, Linked, Status
from data.watch.journal import Change, record
from geo.see.levels import Edition

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
PROVINCES = ("สระแก้ว", "กรุงเทพมหานคร", "ตราด")
ASKED = {"edition": Edition.Y2025, "light": "day", "when": "planned", "at": NOON}
COUNT = 400


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> tuple[Database, Snapshot]:
    """Cameras of every status, kind and province; a third of them at the border, names a spreadsheet would run."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('country') / 'takhai.db'}")
    line, statuses = load_border(), (*Status, None)
    with database.write() as session:
        next_number(session, INVENTORY)
        session.add_all([Agency(id=1, name_th="=กทม."), Agency(id=2, name_th="ตม.")])
        session.flush()
        for i in range(1, COUNT + 1):
            lon, lat = line.point_at(line.length_m * i / (COUNT + 1)) if i % 3 == 0 else (100.5 + i / 1000, 13.7)
            session.add(
                Camera(
                    id=i, code=f"C{i}", owner_id=1 + i % 2, maintainer_id=2, name_th="-1+1" if i % 5 else None,
                    province=PROVINCES[i % 3] if i % 7 else None, district=f"เขต {i % 4}", lon=lon, lat=lat,
                    kind=list(Kind)[i % len(Kind)], linked=list(Linked)[i % 3], bearing_deg=i % 360, tilt_deg=4.8,
                    hfov_deg=60, pixels_h=1920, updated_at=NOON, stream_sealed=b"sealed",
                )
            )  # fmt: skip
    seen = ((i, statuses[i % len(statuses)]) for i in range(1, COUNT + 1))
    record(database, [Change(i, status, NOON, "ok", None) for i, status in seen if status])
    yield database, Fleet(database).now()
    database.dispose()


def some(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(words), max_size=2).map(sorted).map(tuple)


FILTERS = st.builds(
    CameraFilter,
    provinces=some((*PROVINCES, "Atlantis")),
    districts=some(("เขต 1", "เขต 3", "")),
    agencies=some(("=กทม.", "ตม.")),
    statuses=some(STATUS_WORDS),
    kinds=some(tuple(kind.value for kind in Kind)),
    linked=some(tuple(link.value for link in Linked)),
    border=st.booleans(),
    text=st.sampled_from(("", "", "c1", "เขต 2", "=", "nobody")),
)


def written(country, chosen: CameraFilter, ending: str) -> tuple[list[str], dict]:
    """Write the cameras; return the codes found in the file and what was said of it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"cameras{ending}"
        said = export.export_cameras(*country, file, chosen, at=NOON)
        if ending == ".csv":
            with file.open(encoding="utf-8-sig", newline="") as text:
                return [row["code"] for row in csv.DictReader(text)], said
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document["takhai"]["cameras"] == len(document["features"])
        return [feature["properties"]["code"] for feature in document["features"]], said


@tried(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS, st.sampled_from([".csv", ".geojson"]), st.sampled_from([7, 100, 20_000]))
def test_a_file_holds_the_cameras_the_screen_counts(country, chosen, ending, part_rows):
    _, known = country
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "PART_ROWS", part_rows)
        codes, said = written(country, chosen, ending)
    shown = sum(counts(known, chosen).values())
    assert len(codes) == said["rows"] == said["cameras"] == shown
    assert codes == known.inventory["code"].iloc[rows(known, chosen)].tolist()
    assert {word: said[f"cameras_{word}"] for word in STATUS_WORDS} == counts(known, chosen)
    assert CameraFilter.read(said["filter_query"]) == chosen


@tried(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS, st.sampled_from([3, 20_000]))
def test_coverage_is_that_of_the_cameras_the_screen_counts(country, chosen, part_rows):
    _, known = country
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(formats, "PART_ROWS", part_rows)
        file = Path(folder) / "coverage.csv"
        said = export.export_coverage(known, file, 20, **ASKED, chosen=chosen)
        with file.open(encoding="utf-8-sig", newline="") as text:
            found = [row["camera_code"] for row in csv.DictReader(text)]
    assert said["cameras"] == sum(counts(known, chosen).values())
    # as planned each of these cameras covers some ground
    each = list(dict.fromkeys(found))  # a camera may have what it surely sees, and what it may see
    assert each == known.inventory["code"].iloc[rows(known, chosen)].tolist()
    assert said["cameras_certain"] + said["cameras_possible"] == len(each)
    assert said["rows"] == len(found)


def test_every_format_says_the_filter_and_when_it_was_true(country, tmp_path):
    chosen = CameraFilter.read("province=สระแก้ว&status=down&status=up&border=1&q=C")
    said = export.export_cameras(*country, tmp_path / "a.gpkg", chosen, at=NOON)
    words = "province: สระแก้ว; status: down or up; within 2 km of the border; text: C"
    assert (said["filter"], said["written_at"]) == (words, "2026-11-23T05:00:00+00:00")
    points = gpd.read_file(tmp_path / "a.gpkg", layer="cameras")
    assert (len(points), set(points.geom_type), points.crs.to_epsg()) == (said["rows"], {"Point"}, 4326)
    assert set(points["filter"]) == {words}
    assert points["tilt_deg"].iloc[0] == 4.8  # kept in single precision, told as it was written
    assert set(points["maintainer"]) == {"ตม."}
    assert points["updated_at"].dt.tz is not None
    with sqlite3.connect(tmp_path / "a.gpkg") as package:
        about = dict(package.execute("SELECT name, value FROM about"))
    assert (about["filter"], about["cameras"]) == (words, str(said["rows"]))
    export.export_cameras(*country, tmp_path / "a.csv", chosen, at=NOON)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as text:
        row = next(csv.DictReader(text))
    assert (row["filter"], row["cameras"]) == (words, str(said["rows"]))
    assert (row["name_th"], row["tilt_deg"], row["owner"][:2]) in {("'-1+1", "4.8", o) for o in ("'=", "ตม")}
    assert not [name for name in row if "address" in name or "sealed" in name]


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".gpkg"])
def test_a_name_that_matches_nothing_is_a_file_that_says_so(country, tmp_path, ending):
    chosen = CameraFilter.read("province=Atlantis")
    file = tmp_path / f"none{ending}"
    said = export.export_cameras(*country, file, chosen, at=NOON)
    assert (said["rows"], said["cameras"], said["filter"]) == (0, 0, "province: Atlantis")
    if ending == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as text:
            heading, *lines = csv.reader(text)
        assert lines == []
        assert heading[-1].startswith("no rows; ")
        assert "filter=province: Atlantis; " in heading[-1]
        assert "cameras=0" in heading[-1]
        assert {"code", "status", "filter", "as_of"} <= set(heading)
    elif ending == ".geojson":
        facts = json.loads(file.read_text(encoding="utf-8"))["takhai"]
        assert (facts["cameras"], facts["filter"]) == (0, "province: Atlantis")
    else:
        assert len(gpd.read_file(file, layer="cameras")) == 0
        with sqlite3.connect(file) as package:
            assert dict(package.execute("SELECT name, value FROM about"))["filter"] == "province: Atlantis"


def test_a_camera_deleted_meanwhile_keeps_its_row(country, tmp_path):
    database, known = country
    with database.write() as session:
        session.delete(session.get(Camera, 12))
    said = export.export_cameras(database, known, tmp_path / "all.geojson", at=NOON)
    assert said["rows"] == COUNT
    features = json.loads((tmp_path / "all.geojson").read_text(encoding="utf-8"))["features"]
    assert (features[11]["properties"]["code"], features[11]["properties"]["maintainer"]) == ("C12", None)
