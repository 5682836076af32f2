"""What buildings leave of cameras' ground: lengths worked out by hand, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geo.crs import metres_per_degree
from geo.see.shade import MAYBE, SURE, Buildings, Standing, cut, maybe_grounds, sure_grounds

LON, LAT = 102.51, 13.66
SCALE = np.array(metres_per_degree(LAT))
AHEAD = box(-10, 50, 10, 60)  # 20 m wide, 50 m north
NAN = np.nan


def degrees(shape):
    return shapely.transform(shape, lambda xy: xy / SCALE + [LON, LAT])


def metres(shape):
    return shape and shapely.transform(shape, lambda xy: (xy - [LON, LAT]) * SCALE)


def standing(mount_m=NAN, off_m=0.0, reach_m=200.0, east_m=0.0, north_m=0.0):
    columns = (LON + east_m / SCALE[0], LAT + north_m / SCALE[1], mount_m, off_m, reach_m)
    return Standing(*(np.array([float(value)]) for value in columns))


def buildings(*drawn):
    """Buildings of (shape in metres, height)."""
    shapes, heights = zip(*drawn, strict=True) if drawn else ((), ())
    return Buildings.of([degrees(shape) for shape in shapes], heights)


def sure(*drawn, **camera):
    return metres(sure_grounds(standing(**camera), buildings(*drawn))[0])


def maybe(*drawn, **camera):
    return metres(maybe_grounds(standing(**camera), buildings(*drawn))[0])


def open_m(ground, north_m=100.0, half_m=150.0):
    """How much of a line from west to east is in sight. [m]"""
    line = LineString([(-half_m, north_m), (half_m, north_m)])
    return line.length if ground is None else ground.intersection(line).length


def test_a_wall_20_m_wide_and_50_m_off_hides_40_m_of_a_line_100_m_off():
    assert 300 - open_m(sure((AHEAD, NAN))) == pytest.approx(40, abs=0.01)
    assert 300 - open_m(maybe((AHEAD, 8.0), mount_m=6.0)) == pytest.approx(40, abs=0.01)


@pytest.mark.parametrize(
    ("height_m", "mount_m", "possible"),
    [(8.0, 6.0, False), (6.0, 6.0, False), (5.9, 6.0, True), (NAN, 6.0, True), (8.0, NAN, True), (NAN, NAN, True)],
)
def test_behind_a_building_it_is_possible_unless_both_heights_are_known_and_it_is_as_high(
    height_m, mount_m, possible
):
    assert not sure((AHEAD, height_m), mount_m=mount_m).covers(Point(0, 100))
    ground = maybe((AHEAD, height_m), mount_m=mount_m)
    assert (ground is None or ground.covers(Point(0, 100))) == possible


def test_beyond_its_reach_what_may_be_seen_goes_on_and_what_is_sure_ends():
    assert maybe((AHEAD, 9.0), mount_m=4.0).covers(Point(0, 5_000))
    assert not maybe((AHEAD, 9.0), mount_m=4.0).covers(Point(0, 190))
    assert not sure((AHEAD, 9.0)).covers(Point(0, -201))
    assert sure((AHEAD, 9.0)).covers(Point(0, -199))


def test_where_no_building_is_near_nothing_is_cut():
    assert sure((box(900, 900, 910, 910), 5.0)) is None
    assert maybe((box(900, 900, 910, 910), 5.0), mount_m=3.0) is None
    assert sure() is None


@pytest.mark.parametrize(("east", "north"), [(0, 0), (0, 5), (-5, -5), (3, 2)])
def test_a_camera_in_or_on_an_outline_hangs_outside_on_its_wall(east, north):
    house = box(-5, -5, 5, 5)
    ground = sure((house, 9.0), (AHEAD, 9.0), mount_m=3.0, east_m=east, north_m=north)
    assert ground.covers(Point(0, -60))
    assert ground.covers(Point(60, 0))
    assert not ground.covers(Point(0, 100))  # what is ahead hides all the same
    high = maybe((house, 9.0), (AHEAD, 9.0), mount_m=3.0, east_m=east, north_m=north)
    assert high.covers(Point(0, -60))
    assert not high.covers(Point(0, 100))


def test_of_a_row_of_houses_only_its_own_does_not_hide():
    # three joined houses from west to east; the camera is in the middle one
    row = [(box(x, -5, x + 10, 5), 9.0) for x in (-15, -5, 5)]
    ground = sure(*row)
    assert ground.covers(Point(0, 60))
    assert ground.covers(Point(0, -60))
    assert not ground.covers(Point(60, 0))
    assert not ground.covers(Point(-60, 0))


def test_through_a_gate_and_over_a_courtyard_one_sees():
    court = box(-50, -50, 50, 50) - box(-10, -10, 10, 10) - box(-1, 10, 1, 60)
    ground = sure((court, NAN))
    assert ground.covers(Point(0, 150))
    assert not ground.covers(Point(20, 150))
    assert not ground.covers(Point(0, -20))


def test_a_low_building_that_overlaps_a_high_one_does_not_lower_it():
    low, high = box(-30, 50, 0, 60), box(-10, 50, 10, 60)
    ground = maybe((low, 2.0), (high, 9.0), mount_m=5.0)
    assert not ground.covers(Point(-5, 100))
    assert ground.covers(Point(-40, 100))


def test_a_position_that_may_be_off_widens_what_is_not_sure_and_narrows_what_is_not_possible():
    # 4 m off counts as 5: the wall is 30 m wide and from 45 m on; 3 m off it is 14 m wide and from 53 m on
    assert 300 - open_m(sure((AHEAD, NAN), off_m=4.0)) == pytest.approx(30 * 100 / 45, abs=0.1)
    assert 300 - open_m(maybe((AHEAD, 9.0), mount_m=4.0, off_m=3.0)) == pytest.approx(14 * 100 / 53, abs=0.1)
    assert maybe((AHEAD, 9.0), mount_m=4.0, off_m=30.0) is None  # it may stand beside it


def test_a_wall_nearer_than_a_position_may_be_off_is_taken_as_drawn():
    beside = sure((box(3, -50, 6, 50), NAN), off_m=5.0)
    assert beside.covers(Point(-50, 0))
    assert beside.covers(Point(0, 100))
    assert not beside.covers(Point(50, 0))


def frame(ground_sure, ground_maybe):
    return pd.DataFrame({SURE: [ground_sure], MAYBE: [ground_maybe]}, dtype=object)


def parted(entries, certain, polygons):
    return [(int(e), bool(c), p.area) for e, c, p in zip(entries, certain, polygons, strict=True)]


def test_what_is_hidden_from_sure_sight_stays_possible():
    sector = np.array([box(0, 0, 10, 10)], object)
    found = cut(sector, np.array([0]), np.array([True]), frame(box(0, 0, 4, 10), box(0, 0, 8, 10)))
    assert parted(*found) == [(0, True, 40.0), (0, False, 80.0)]


def test_nothing_left_to_see_is_no_entry():
    both = np.array([box(0, 0, 10, 10), box(0, 0, 20, 10)], object)
    flags = np.array([True, False])
    found = cut(both, np.array([0, 0]), flags, frame(box(50, 0, 60, 10), None))
    assert parted(*found) == [(1, False, 200.0)]
    found = cut(both, np.array([0, 0]), flags, frame(box(50, 0, 60, 10), box(50, 0, 60, 10)))
    assert parted(*found) == []


def test_cameras_of_a_table_without_the_columns_are_not_cut():
    both, rows, flags = np.array([box(0, 0, 1, 1)] * 2, object), np.array([0, 1]), np.array([True, False])
    assert parted(*cut(both, rows, flags, pd.DataFrame({"id": [1, 2]}))) == [(0, True, 1.0), (1, False, 1.0)]


PLACE, SIDE, HEIGHT = st.floats(-90, 90), st.floats(1, 30), st.floats(1, 12) | st.just(NAN)
HOUSES = st.lists(st.tuples(PLACE, PLACE, SIDE, SIDE, HEIGHT), min_size=1, max_size=7)


@settings(deadline=None)
@given(houses=HOUSES, more=HOUSES, mount_m=st.floats(1, 12) | st.just(NAN), off_m=st.sampled_from([0.0, 0.0, 3.0]))
def test_another_building_never_shows_more_and_what_is_sure_may_be_seen(houses, more, mount_m, off_m):
    few, many = (
        [(box(x, y, x + w, y + h), high) for x, y, w, h, high in some] for some in (houses, houses + more)
    )
    everything = Point(0, 0).buffer(30_000)
    camera = {"mount_m": mount_m, "off_m": off_m}
    sure_few, sure_many, may_few, may_many = (
        what(*drawn, **camera) or everything for what in (sure, maybe) for drawn in (few, many)
    )
    for less, all_of_it in (
        (sure_many, sure_few),
        (may_many, may_few),
        (sure_few, may_few),
        (sure_many, may_many),
    ):
        assert less.is_valid
        assert less.difference(all_of_it).area < 0.5  # of 125,000 m²: what rims and rounding do
