"""How near gaps are to what people brought: metres by hand, names, ages; a tree finds what a search finds."""

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point, Polygon, box

from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.lines import nearness
from data.lines.nearness import UNDATED, near_to, places, weights
from geo.crs import from_mercator, mercator

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
DAY = timedelta(days=1)
GROUND = Geod(ellps="WGS84")
# Two gaps that run east along 13.6° N, one after the other.
WEST, EAST = LineString([(102.50, 13.6), (102.52, 13.6)]), LineString([(102.52, 13.6), (102.56, 13.6)])


def gaps(*lines) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"from_m": np.arange(float(len(lines)))}, geometry=list(lines), crs=4326)


def bring(db, kind, *shapes, names=None, times=None, name=None, **more) -> None:
    """Keep shapes as a layer."""
    table = pd.DataFrame(
        {
            "name": names or [f"{kind} {i}" for i in range(len(shapes))],
            "height_m": np.nan,
            "at": pd.to_datetime(pd.Series(times or [None] * len(shapes), dtype=object), utc=True),
        }
    )
    features = gpd.GeoDataFrame(table, geometry=list(shapes), crs=4326)
    keep(db, features, LayerKind(kind), name or kind, source=f"{kind}.geojson", by="ผู้วางแผน", at=NOON, **more)


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(GROUND.inv(*one, *other)[2])


def test_metres_are_those_on_the_ground_to_any_part_of_the_line(either_database):
    bring(either_database, "village", Point(102.51, 13.61), Point(102.60, 13.6), names=["บ้านเหนือ", "บ้านตะวันออก"])
    bring(either_database, "road", LineString([(102.505, 13.60905), (102.505, 13.70)]))
    found = places(either_database).of(gaps(WEST, EAST), NOON)
    # a hundredth of a degree of latitude here is 1,106.4 m; 0.04° of longitude at 13.6° N are 4,328.7 m
    assert found["village"].tolist() == ["บ้านเหนือ", "บ้านเหนือ"]
    assert found["village_m"][0] == pytest.approx(1_106.4, abs=0.1)
    assert found["village_m"][1] == pytest.approx(apart((102.52, 13.6), (102.51, 13.61)), abs=0.01)
    assert found["road_m"][0] == pytest.approx(0.905 * 1_106.4, abs=0.1)
    assert found["road_m"][1] == pytest.approx(apart((102.52, 13.6), (102.505, 13.60905)), abs=0.1)
    assert places(either_database).of(gaps(LineString([(102.55, 13.6), (102.56, 13.6)])), NOON)["village_m"][
        0
    ] == pytest.approx(4_328.7, abs=0.1)


def test_what_nobody_brought_has_no_column(database):
    assert places(database).of(gaps(WEST), NOON).columns.empty
    bring(database, "water", box(102.0, 13.0, 102.1, 13.1))
    assert places(database).of(gaps(WEST, EAST), NOON).columns.tolist() == ["water_m"]


def test_inside_a_lake_or_a_village_is_no_distance_though_its_edge_is_far(database):
    bring(database, "water", box(102.4, 13.5, 102.54, 13.7), box(102.3, 13.5, 102.39, 13.7))
    bring(database, "village", Point(102.5, 13.6001), box(102.4, 13.5, 102.54, 13.7), names=["จุด", "เขต"])
    found = places(database).of(gaps(WEST, EAST, LineString([(102.6, 13.6), (102.61, 13.6)])), NOON)
    assert found["water_m"].tolist()[:2] == [0, 0]
    assert found["village_m"].tolist()[:2] == [0, 0]
    assert found["village"].tolist() == ["เขต"] * 3
    assert found["water_m"][2] == pytest.approx(apart((102.6, 13.6), (102.54, 13.6)), abs=0.1)


def test_a_lake_with_an_island_is_far_from_who_stands_on_it(database):
    lake = Polygon(box(102.4, 13.5, 102.6, 13.7).exterior, [box(102.45, 13.55, 102.55, 13.65).exterior])
    bring(database, "water", lake)
    found = places(database).of(gaps(LineString([(102.49, 13.6), (102.50, 13.6)])), NOON)
    assert found["water_m"][0] == pytest.approx(apart((102.49, 13.6), (102.45, 13.6)), abs=0.5)


def test_incidents_are_counted_once_each_within_two_kilometres(either_database):
    two_km_north = float(GROUND.fwd(102.51, 13.6, 0, 1_999)[1])
    further = float(GROUND.fwd(102.51, 13.6, 0, 2_001)[1])
    bring(
        either_database, "incident", Point(102.51, 13.6), Point(102.51, two_km_north), Point(102.51, further),
        Point(102.53, 13.6), times=[NOON - 365 * DAY, NOON, NOON, None],
    )  # fmt: skip
    bent = LineString([(102.50, 13.6), (102.51, 13.6), (102.51, 13.599), (102.52, 13.6)])
    found = places(either_database).of(gaps(bent, EAST), NOON)
    # the last lies 1,082 m east of the first gap's end; the first two as far and further west of the second gap
    assert found["incidents"].tolist() == [3, 2]
    # a year old 0.5, of today 1, without a date 0.5
    assert found["incidents_weighed"].tolist() == pytest.approx([2.0, 1.0])
    later = places(either_database).of(gaps(bent, EAST), NOON + 365 * DAY)
    assert later["incidents"].tolist() == [3, 2]
    assert later["incidents_weighed"].tolist() == pytest.approx([0.25 + 0.5 + 0.5, 0.25 + 0.5])


def test_an_incident_without_a_date_or_with_one_that_cannot_be_is_neither_new_nor_old():
    times = pd.to_datetime(pd.Series([NOON, NOON - 730 * DAY, None, NOON + DAY], dtype=object), utc=True)
    counted = weights(times.dt.tz_localize(None).to_numpy("datetime64[us]"), NOON)
    assert counted.tolist() == pytest.approx([1, 0.25, UNDATED, UNDATED])


def test_a_layer_brought_anew_or_taken_away_is_seen_at_once(either_database):
    bring(either_database, "village", Point(102.51, 13.61))
    first = places(either_database)
    assert places(either_database) is first, "what has not changed is not read again"
    bring(either_database, "village", Point(102.51, 13.62))
    assert places(either_database).of(gaps(WEST), NOON)["village_m"][0] == pytest.approx(2_212.8, abs=0.3)
    remove(either_database, "village")
    assert places(either_database).kinds == ()


def test_layers_say_whose_they_are_and_whether_they_are_invented(database):
    bring(database, "village", Point(102.51, 13.61), credit="กรมการปกครอง", title="หมู่บ้าน")
    bring(database, "road", LineString([(102.5, 13.7), (102.6, 13.7)]), credit="กรมการปกครอง")
    assert not places(database).demo
    bring(database, "incident", Point(102.51, 13.61), demo=True)
    found = places(database)
    assert found.credits == ("กรมการปกครอง",)
    assert found.demo
    assert found.kinds == (LayerKind.ROAD, LayerKind.VILLAGE, LayerKind.INCIDENT)
    assert "village: หมู่บ้าน (village.geojson, 2026-11-23)" in found.said


def test_only_gaps_near_to_each_of_what_is_asked_for_stay():
    table = gaps(WEST, EAST, WEST).assign(village_m=[100.0, 500.0, 501.0], road_m=[900.0, 10.0, 10.0])
    assert near_to(table, (("village", 500.0),)).index.tolist() == [0, 1]
    assert near_to(table, (("village", 500.0), ("road", 100.0))).index.tolist() == [1]
    assert near_to(table, ()) is table


@given(st.integers(0, 2**32 - 1))
def test_a_tree_of_pieces_finds_what_measuring_everything_finds(seed):
    rng = np.random.default_rng(seed)
    walks = 102.5 + np.cumsum(rng.normal(0, 0.01, (12, 40, 2)), axis=1) + (0, -88.9)
    lines = [LineString(walk) for walk in walks[:3]]
    features = [LineString(walk + 0.05) for walk in walks[3:8]] + [
        Point(walk[0]).buffer(0.02) for walk in walks[8:]
    ]
    table = gpd.GeoDataFrame(
        {"name": [""] * 9, "at": pd.to_datetime([None] * 9, utc=True)}, geometry=features, crs=4326
    )
    held = nearness._features(table)
    segments, of = nearness._cut(shapely.transform(np.array(lines, object), mercator), 2)
    at, metres = nearness._nearest(segments, of, held, 3)
    on_map = [[shapely.transform(s, mercator) for s in shapes] for shapes in (lines, features)]
    for line, found, far in zip(on_map[0], at, metres, strict=True):
        each = shapely.distance(line, on_map[1])
        assert each[found] == pytest.approx(each.min(), rel=0.004, abs=1e-6)
        scale = 1 / np.cos(np.radians(13.6))
        assert far == pytest.approx(each.min() / scale, rel=0.02, abs=1e-3)


@given(st.floats(95, 108), st.floats(4, 22))
def test_a_place_comes_back_from_the_map_and_shapes_keep_their_angles_there(lon, lat):
    assert from_mercator(mercator([(lon, lat)]))[0] == pytest.approx((lon, lat), abs=1e-11)
    north, east = (GROUND.fwd(lon, lat, bearing, 10)[:2] for bearing in (0, 90))
    here, up, right = mercator([(lon, lat), north, east])
    assert up - here == pytest.approx((0, np.hypot(*(right - here))), rel=1e-5, abs=1e-3)
