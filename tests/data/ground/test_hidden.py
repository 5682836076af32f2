"""Buildings and terrain in what cameras cover: brought, they open gaps, removed, they close them."""

import json
import logging

import numpy as np
import pytest
import shapely
from shapely import Polygon

from data.files.export import export_coverage
from data.fleet import Fleet
from data.geography import load_border
from data.ground.hidden import Considered, bare, obstacles_of
from data.ground.layers import bring, remove
from data.ground.tables import LayerKind
from data.intake.sources.record import SourceError
from data.inventory import plain
from data.lines import border, border_now
from data.lines.gaining import Pose, gain
from data.models import Camera, Kind
from data.settings import settings
from geo.crs import WGS84, metres_per_degree
from geo.see.coverage import footprints
from geo.see.levels import Edition
from geo.see.shade import MAYBE, SURE
from geo.see.sight import seen_from
from tests.conftest import stock
from tests.data.ground.models import write_model

AT_M, OFF_M = 30_000.0, 30.0  # chainage, and how far on the Thai side the camera stands
LINE = load_border()


def away(lon, lat, bearing_deg, distance_m):
    return WGS84.fwd(lon, lat, bearing_deg, distance_m)[:2]


def straight_place():
    """Middle of the longest straight piece of the line, its bearing, and its chainage."""
    corners = shapely.get_coordinates(LINE.geometry)
    bearing, _, length = WGS84.inv(*corners[:-1].T, *corners[1:].T)
    longest = int(np.argmax(length))
    lon, lat = corners[longest : longest + 2].mean(axis=0)
    return lon, lat, float(bearing[longest])


MIDDLE_LON, MIDDLE_LAT, ALONG_DEG = straight_place()
TO_LINE_DEG = (ALONG_DEG - 90) % 360  # the line runs from north to south, Thailand lies to its right
LON, LAT = away(MIDDLE_LON, MIDDLE_LAT, TO_LINE_DEG + 180, OFF_M)


def wall(wide_m=10.0, ahead_m=15.0, deep_m=2.0):
    """A wall before the camera, along the line."""
    near, far = (away(LON, LAT, TO_LINE_DEG, m) for m in (ahead_m, ahead_m + deep_m))
    corners = [
        away(*place, ALONG_DEG, along) for place, along in
        ((near, -wide_m / 2), (near, wide_m / 2), (far, wide_m / 2), (far, -wide_m / 2))
    ]  # fmt: skip
    return Polygon(corners)


@pytest.fixture
def bring_walls(database, tmp_path, at):
    def write(*walls, name="town"):
        told = [
            {"type": "Feature", "properties": {"height_m": height}, "geometry": shape.__geo_interface__}
            for shape, height in walls
        ]
        path = tmp_path / "walls.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": told}), encoding="utf-8")
        bring(database, path, LayerKind.BUILDING, name, by="สมชาย", at=at, credit="เทศบาล")

    return write


@pytest.fixture
def fleet(database, at):
    """One camera that looks at the line and sees 64 m far at 20 px/m, one far away."""
    told = {"owner_id": 1, "kind": Kind.FIXED, "hfov_deg": 90.0, "pixels_h": 2560, "updated_at": at}
    stock(
        database,
        [
            Camera(code="C1", lon=LON, lat=LAT, bearing_deg=TO_LINE_DEG, **told),
            Camera(code="C2", lon=100.5, lat=13.75, bearing_deg=0.0, **told),
        ],
    )
    return Fleet(database)


def seen_m(known):
    """Metres of the line surely seen, and only possibly, if every camera works."""
    sums = border.sums(border_now.stretches(known, 20.0, "day", "planned"))
    return sums["certain_m"], sums["possible_m"]


def test_a_building_opens_a_gap_in_the_border_and_taken_away_closes_it(database, fleet, bring_walls):
    before = fleet.refresh()
    sure, possible = seen_m(before)
    assert sure == pytest.approx(60, abs=1)  # 2 · 30 m · tan 45°
    assert SURE not in before.inventory
    bring_walls((wall(), None))
    hides = fleet.refresh()
    # 10 m wide and 15 of 30 m away: 20 m, of unknown height
    assert seen_m(hides) == (pytest.approx(sure - 20, abs=0.1), pytest.approx(possible + 20, abs=0.1))
    assert hides.version != before.version
    remove(database, "town")
    after = fleet.refresh()
    assert seen_m(after) == (sure, possible)
    assert SURE not in after.inventory


@pytest.mark.parametrize(("height_m", "mount_m", "possible_m"), [(3.0, 4.0, 20), (4.0, 4.0, 0), (9.0, None, 20)])
def test_what_a_building_as_high_as_the_camera_hides_is_not_even_possible(
    database, fleet, bring_walls, at, height_m, mount_m, possible_m
):
    with database.write() as session:
        session.get(Camera, 1).mount_height_m = mount_m
    bring_walls((wall(), height_m))
    known = Fleet(database).now()
    sure, possible = seen_m(known)
    assert sure == pytest.approx(40, abs=1.0)
    # of unknown mount or tilt a camera may see what is just before it; the line is 30 m away
    assert possible == pytest.approx(possible_m, abs=1.0)


def test_a_layer_of_another_kind_costs_nothing_and_the_same_one_is_not_worked_out_again(
    fleet, bring_walls, database
):
    bring_walls((wall(), None))
    first = fleet.refresh()
    with database.write() as session:
        session.get(Camera, 2).name_th = "อื่น"
        session.get(Camera, 2).updated_at = first.inventory["updated_at"].max().to_pydatetime().replace(year=2027)
    stock(database, [], agencies=())
    second = fleet.refresh()
    assert second.inventory is not first.inventory
    assert obstacles_of(second.inventory) is obstacles_of(first.inventory)
    assert seen_m(second) == seen_m(first)


def test_everything_that_asks_who_sees_a_place_says_the_same(fleet, bring_walls):
    bring_walls((wall(), None))
    known = fleet.refresh()
    hidden_place = away(LON, LAT, TO_LINE_DEG, 25.0)
    seen_place = away(LON, LAT, TO_LINE_DEG + 30, 25.0)
    assert seen_from(known.inventory, *hidden_place)["certain"].tolist() == [False]
    assert seen_from(known.inventory, *seen_place)["certain"].tolist() == [True]
    prints = footprints(known.inventory, 20.0)
    sure = prints[(prints["kind"] == "certain") & (prints["row"] == 0)].geometry.iloc[0]
    assert not shapely.contains_xy(sure, *hidden_place)
    assert shapely.contains_xy(sure, *seen_place)


def test_a_place_not_even_possibly_seen_is_seen_by_nobody(database, fleet, bring_walls):
    with database.write() as session:
        session.get(Camera, 1).mount_height_m = 2.0
    bring_walls((wall(), 9.0))
    assert seen_from(Fleet(database).now().inventory, *away(LON, LAT, TO_LINE_DEG, 25.0)).empty


def test_a_camera_that_is_thought_of_is_blinded_as_well(fleet, bring_walls):
    pose = Pose(LON, LAT, TO_LINE_DEG, hfov_deg=90.0, pixels_h=2560, mount_height_m=1.0)
    free = gain(fleet.refresh(), pose, 20.0, "live")["day"].sees_m
    bring_walls((wall(), 9.0))
    assert free - gain(fleet.refresh(), pose, 20.0, "live")["day"].sees_m == pytest.approx(20, abs=0.1)


def test_it_is_told_what_is_considered_of_a_camera(fleet, bring_walls):
    bring_walls((wall(), None), (wall(ahead_m=22.0), 3.0))
    bring_walls((wall(ahead_m=40.0), 3.0), name="market")
    known = fleet.refresh()
    around = obstacles_of(known.inventory).around
    assert around(known.inventory.iloc[[0]]) == Considered({"market": 1, "town": 2}, None)
    assert not around(known.inventory.iloc[[1]])


def test_a_file_says_what_was_looked_past_and_whose_it_is(fleet, bring_walls, tmp_path, at):
    def exported():
        path = tmp_path / "coverage.geojson"
        asked = {"edition": Edition.Y2025, "light": "day", "when": "planned", "at": at}
        said = export_coverage(fleet.refresh(), path, 20.0, **asked)
        return said, json.loads(path.read_text())["features"]

    said, rows = exported()
    assert "buildings and trees are not looked at" in said["method"]
    assert len(rows) == 4  # for certain, and the ground before a pole of unknown height
    bring_walls((wall(), None))
    said, rows = exported()
    assert "but for buildings of town; trees are not looked at" in said["method"]
    assert "ground behind buildings or hills" in said["assumptions"]
    assert said["credits"].endswith("; เทศบาล")
    sure = [row for row in rows if row["properties"]["kind"] == "certain"]
    assert not shapely.contains_xy(shapely.geometry.shape(sure[0]["geometry"]), *away(LON, LAT, TO_LINE_DEG, 25.0))


def test_grounds_are_no_facts_of_a_camera(fleet, bring_walls):
    bring_walls((wall(), None))
    known = fleet.refresh()
    assert {SURE, MAYBE} <= set(known.inventory)
    assert not {SURE, MAYBE} & set(plain(known.inventory, 0))
    assert not {SURE, MAYBE} & set(known.camera(0))
    assert not {SURE, MAYBE} & set(bare(known.inventory))
    grounds = known.inventory[SURE]
    assert grounds.iloc[1] is None
    assert grounds.iloc[[0, 1]].to_numpy(object)[0].geom_type == "Polygon"
    with pytest.raises(ValueError, match="cannot be missing"):
        known.inventory.reindex([0, 99])


def ridge(tmp_path, monkeypatch, height_m=20.0):
    """Name a terrain model with a ridge across the way, 60 m from the line."""
    east, north = np.meshgrid(np.arange(400), np.arange(400))
    step = 1 / 10_800  # 10 m
    west, top = LON - 200 * step, LAT + 200 * step
    across, along = metres_per_degree(LAT)
    to_east = (west + (east + 0.5) * step - LON) * across
    to_north = (top - (north + 0.5) * step - LAT) * along
    turn = np.radians(TO_LINE_DEG)
    ahead = to_east * np.sin(turn) + to_north * np.cos(turn)
    path = write_model(tmp_path / "dem.tif", np.where(ahead > 15, height_m, 0.0), west=west, north=top, step=step)
    monkeypatch.setenv("TAKHAI_HEIGHTS", str(path))
    settings.cache_clear()
    return path


def test_behind_a_ridge_the_line_is_possible_at_best(database, fleet, tmp_path, monkeypatch):
    sure, possible = seen_m(fleet.refresh())
    ridge(tmp_path, monkeypatch)
    assert seen_m(Fleet(database).now()) == (0, pytest.approx(sure + possible, abs=0.1))


def test_over_a_plain_nothing_is_cut(database, fleet, tmp_path, monkeypatch):
    flat = seen_m(fleet.refresh())
    ridge(tmp_path, monkeypatch, height_m=0.0)
    known = Fleet(database).now()
    assert seen_m(known) == flat
    assert obstacles_of(known.inventory).around(known.inventory.iloc[[0]]) == Considered({}, "dem.tif")


def test_a_terrain_model_nothing_may_rest_on_is_refused_when_the_app_starts(
    database, fleet, tmp_path, monkeypatch
):
    write_model(tmp_path / "dem.tif", np.zeros((9, 9)), crs=None)
    monkeypatch.setenv("TAKHAI_HEIGHTS", str(tmp_path / "dem.tif"))
    settings.cache_clear()
    with pytest.raises(SourceError, match="dem.tif names no coordinate system"):
        Fleet(database).now()


def test_a_terrain_model_that_is_lost_leaves_nothing_certain(database, fleet, tmp_path, monkeypatch, caplog):
    path = ridge(tmp_path, monkeypatch, height_m=0.0)
    known = Fleet(database).now()
    path.unlink()
    with caplog.at_level(logging.CRITICAL, "data.ground.hidden"):
        sure, possible = seen_m(known)
    assert sure == 0
    assert possible > 50
