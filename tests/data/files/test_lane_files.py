"""The lane matrix in every format, opened again by programs not ours, and compared with what the page shows."""

import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from data.files import formats
from data.files.about import METHOD
from data.files.lanes import LaneView, export_lanes
from data.fleet import Fleet
from data.lines.past import last_days
from data.models import Status
from data.posts.lanes import lanes, save_lanes
from data.posts.matrix import matrix, matrix_over
from geo.see.levels import Edition
from tests.data.posts.test_matrix import LANE, POST, camera, settle, watched

STATES = ("seen", "not_working", "possible", "not_seen")
WALK = replace(
    LANE, code="WALK", name_th="ทางเท้า =1+1", use="pedestrian", light="both", facing="any",
    points=tuple((x + 0.0005, y) for x, y in LANE.points),
)  # fmt: skip


@pytest.fixture
def country(database, at):
    """IN is seen through C0, which in ten hours was down for two and had a bad picture for one; WALK is not."""
    known = settle(database, at, [camera(), camera(status=Status.DOWN)])
    save_lanes(database, POST, [LANE, WALK], by="สมชาย", at=at)
    watched(database, at, known)
    return database, Fleet(database).now()


A_DAY = LaneView(days=1)


def written(country, at, file: Path, view: LaneView = A_DAY):
    return export_lanes(*country, file, view, edition=Edition.Y2025, at=at)


def opened(file: Path) -> pd.DataFrame:
    if file.name.endswith(".csv"):
        return pd.read_csv(file, encoding="utf-8-sig")
    if file.name.endswith(".xlsx"):
        return pd.read_excel(file, sheet_name="lanes")
    if file.name.endswith(".parquet"):
        return gpd.read_parquet(file)
    return pyogrio.read_dataframe(
        file, **({"layer": "lanes"} if file.name.endswith((".gpkg", ".geojson")) else {})
    )


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_every_format_holds_the_matrix_of_the_page(country, at, tmp_path, ending):
    database, known = country
    summary = written(country, at, tmp_path / f"lanes{ending}")
    rows, held = opened(tmp_path / f"lanes{ending}"), lanes(database)
    now, past = matrix(known, held), matrix_over(database, known, held, *last_days(at, 1))
    length = rows["len_m" if ending == ".shp.zip" else "length_m"].astype(float)
    assert summary["rows"] == len(rows) == len(now) == 3  # IN asks for the day only
    assert rows["code"].tolist() == now["code"].tolist() == ["IN", "WALK", "WALK"]
    assert rows["light"].tolist() == ["day", "day", "night"]
    assert rows["state"].tolist() == now["state"].tolist() == ["seen", "not_seen", "not_seen"]
    assert rows["certain"].astype(float).tolist() == pytest.approx(now["certain"].tolist())
    judged = sum(past[f"{name}_s"] for name in STATES)
    told = rows["seen_share"].astype(float)
    assert told.fillna(-1).tolist() == pytest.approx((past["seen_s"] / judged).fillna(-1).tolist())
    assert told.iloc[0] == pytest.approx(7 / 10, abs=0.35)  # some of the ten hours were night
    assert length.tolist() == pytest.approx([100] * 3, abs=0.1)
    assert rows["name_th"].tolist()[1].removeprefix("'") == "ทางเท้า =1+1"


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp.zip", ".kml", ".parquet"])
def test_lanes_come_back_in_the_direction_of_travel(country, at, tmp_path, ending):
    written(country, at, tmp_path / f"lanes{ending}")
    shape = shapely.force_2d(opened(tmp_path / f"lanes{ending}").geometry.iloc[0])
    assert shapely.get_coordinates(shape) == pytest.approx(shapely.get_coordinates(LANE.line), abs=1e-7)


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_every_file_says_how_old_it_is_and_what_it_rests_on(country, at, tmp_path, ending):
    file = tmp_path / f"lanes{ending}"
    written(country, at, file)
    if ending == ".shp.zip":
        said = zipfile.ZipFile(file).read("about.txt").decode()
    elif ending == ".parquet":
        said = pq.read_schema(file).metadata[b"takhai"].decode()
    elif ending == ".xlsx":
        sheet = openpyxl.load_workbook(file)["about"]
        said = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    elif ending == ".gpkg":
        said = " ".join(map(str, pd.DataFrame(gpd.read_file(file, layer="about")).to_numpy().ravel()))
    else:
        said = file.read_text(encoding="utf-8-sig")
    for fact in (at.isoformat(), "2025", METHOD, "95% of its middle line", "OpenStreetMap",
                 "undated hours count as open", "every lane"):  # fmt: skip
        assert fact in said, fact


def test_a_view_lets_lanes_through_by_checkpoint_and_state(country, at, tmp_path):
    def codes(**view):
        said = written(country, at, tmp_path / "part.geojson", LaneView(days=1, **view))
        return said, pyogrio.read_dataframe(tmp_path / "part.geojson")["code"].tolist()

    said, found = codes(states=("not_seen",))
    assert found == ["WALK", "WALK"]
    assert (said["filter"], said["filter_query"]) == ("now not_seen", "state=not_seen&days=1")
    assert (said["lanes"], said["lanes_listed"], said["day_not_seen"], said["night_not_seen"]) == (2, 1, 1, 1)
    assert codes(states=("seen",), posts=(POST,))[1] == ["IN"]
    said = written(country, at, tmp_path / "none.csv", LaneView(posts=("KH03",)))
    assert said["rows"] == 0


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_a_view_without_lanes_is_a_file_without_rows(country, at, tmp_path, ending):
    assert written(country, at, tmp_path / f"lanes{ending}", LaneView(posts=("KH03",)))["rows"] == 0


@pytest.mark.parametrize("query", ["days=7", "post=KH01%2CKH03&state=seen%2Cnot_seen&days=30"])
def test_a_view_is_spelled_as_a_link_and_read_again(query):
    assert LaneView.read(query).query() == query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=dark", "state= takes seen, not_working, possible, not_seen, got 'dark'"),
        ("days=0", "days= takes whole days from 1 to 366"),
        ("days=many", "got 'many'"),
    ],
)
def test_a_view_that_cannot_be_is_refused(query, words):
    with pytest.raises(ValueError, match=words):
        LaneView.read(query)


def test_a_checkpoint_there_is_not_is_refused_and_nothing_is_written(country, at, tmp_path):
    with pytest.raises(ValueError, match="no checkpoint has the code 'NOPE'"):
        written(country, at, tmp_path / "x.csv", LaneView(posts=("NOPE",)))
    assert not (tmp_path / "x.csv").exists()
