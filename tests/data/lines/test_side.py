"""Right and left of a line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from data.geography import load_border
from data.lines.side import right_of_m
from geo.line.chainage import Line

# down, then a sharp spur to the east and back to the west
SPUR = Line.of(LineString([(102.5, 13.70), (102.5, 13.65), (102.6, 13.649), (102.5, 13.648), (102.5, 13.60)]))


def test_the_west_of_a_line_to_the_south_is_right_of_it():
    assert right_of_m(SPUR, 102.49, 13.68) == pytest.approx(1082, abs=2)  # a hundredth of a degree here
    assert right_of_m(SPUR, 102.51, 13.68) == pytest.approx(-1082, abs=2)


def test_beyond_the_tip_of_a_sharp_corner_both_of_its_segments_count():
    for lat in (13.6485, 13.649, 13.6495):
        assert right_of_m(SPUR, 102.61, lat) < 0, "east of the tip"
    assert right_of_m(SPUR, 102.55, 13.649) > 0, "inside the spur"


def test_known_places_lie_in_their_country():
    border = load_border()
    assert right_of_m(border, 102.506, 13.691) > 3_000  # Aranyaprathet
    assert right_of_m(border, 102.563, 13.656) < -600  # Poipet
    assert right_of_m(border, 102.072, 13.814) > 30_000  # Sa Kaeo town
    assert right_of_m(border, 102.975, 13.586) < -30_000  # Sisophon


@given(st.floats(100, 184_300), st.floats(0.2, 4))
def test_a_step_to_either_side_of_the_border_has_its_sign(at_m, step_m):
    border = load_border()
    (lon, lat), (on_lon, on_lat) = border.point_at(at_m), border.point_at(at_m + 0.5)
    north, east = on_lat - lat, on_lon - lon
    step = step_m / 111_000 / np.hypot(north, east)
    assert right_of_m(border, lon + north * step, lat - east * step) > 0
    assert right_of_m(border, lon - north * step, lat + east * step) < 0
