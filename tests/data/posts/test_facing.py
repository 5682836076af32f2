"""The stretch of a lane a camera faces, worked out by hand."""

import numpy as np
import pytest
from shapely import LineString

from data.posts.facing import faced
from data.posts.tables import Facing
from geo.crs import metres_per_degree
from geo.line.chainage import Line

LON, LAT = 102.06, 13.82
A_LON, A_LAT = (float(one) for one in metres_per_degree(LAT))


def place(east_m, north_m):
    return LON + east_m / A_LON, LAT + north_m / A_LAT


NORTH = Line.of(LineString([place(0, 0), place(0, 100)]))  # 100 m, travelling north
CORNER = Line.of(LineString([place(0, 0), place(0, 50), place(50, 50)]))  # then turning east


def cut(line, camera, facing, span=(0.0, 100.0)):
    lon, lat = (np.array([axis]) for axis in place(*camera))
    found = faced(line, lon, lat, np.array([span[0]]), np.array([span[1]]), facing)
    assert set(found.which) <= {0}
    return [(a, b) for a, b in zip(found.from_m, found.to_m, strict=True)]


def test_a_camera_ahead_on_the_lane_sees_all_of_it_coming():
    assert cut(NORTH, (0, 120), Facing.ONCOMING) == [pytest.approx((0, 100), abs=1e-3)]
    assert cut(NORTH, (0, 120), Facing.LEAVING) == []


def test_a_camera_behind_sees_all_of_it_leaving():
    assert cut(NORTH, (0, -20), Facing.LEAVING) == [pytest.approx((0, 100), abs=1e-3)]
    assert cut(NORTH, (0, -20), Facing.ONCOMING) == []


@pytest.mark.parametrize("side", [-10, 10])
def test_beside_the_lane_the_angle_is_sixty_degrees_a_known_way_from_the_foot(side):
    before = 10 / np.tan(np.radians(60))  # 5.77 m
    assert cut(NORTH, (side, 40), Facing.ONCOMING) == [pytest.approx((0, 40 - before), abs=0.01)]
    assert cut(NORTH, (side, 40), Facing.LEAVING) == [pytest.approx((40 + before, 100), abs=0.01)]


def test_any_side_is_left_as_it_is():
    assert cut(NORTH, (10, 40), Facing.ANY, (20.0, 60.0)) == [(20.0, 60.0)]


def test_only_what_was_seen_is_faced():
    assert cut(NORTH, (0, 120), Facing.ONCOMING, (20.0, 60.0)) == [pytest.approx((20, 60), abs=1e-3)]


def test_around_a_corner_each_segment_counts_by_itself():
    # north of the corner: those on the first leg come towards it; on the second it looks across, 60° after 28.9 m
    assert cut(CORNER, (0, 100), Facing.ONCOMING) == [pytest.approx((0, 50), abs=0.01)]
    assert cut(CORNER, (0, 100), Facing.LEAVING) == [pytest.approx((50 + 28.87, 100), abs=0.02)]
