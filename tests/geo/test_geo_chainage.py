"""Chainage, bearings and metres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from geo.bearing import compass_name, difference, from_to, normalise
from geo.crs import WGS84, distance_m, metres_per_degree, utm_epsg
from geo.line.chainage import Line, chainage

# one degree up the meridian, then one along the parallel of 14 N
CORNER = Line.of(LineString([(102, 13), (102, 14), (103, 14)]))
UP_M = WGS84.inv(102, 13, 102, 14)[2]


def test_length_is_that_of_the_geodesics():
    assert CORNER.length_m == pytest.approx(UP_M + WGS84.inv(102, 14, 103, 14)[2])
    assert CORNER.chainage_m.tolist() == pytest.approx([0, UP_M, CORNER.length_m])


def test_point_at_a_chainage():
    assert CORNER.point_at(0) == (102, 13)
    assert CORNER.point_at(UP_M) == pytest.approx((102, 14))
    assert CORNER.point_at(UP_M / 4) == pytest.approx((102, 13.25))


def test_part_keeps_the_vertices_inside():
    assert list(CORNER.part(0, CORNER.length_m).coords) == list(CORNER.geometry.coords)
    assert len(CORNER.part(UP_M - 10, UP_M + 10).coords) == 3
    assert len(CORNER.part(10, 20).coords) == 2


@pytest.mark.parametrize(("from_m", "to_m"), [(-5, 5), (5, 5), (6, 5), (0, 1e9)])
def test_part_off_the_line_is_refused(from_m, to_m):
    with pytest.raises(ValueError, match="must run forward"):
        CORNER.part(from_m, to_m)


def test_position_beside_the_line_is_located_on_it():
    at, away = CORNER.locate(102.001, 13.5)
    # places inside a segment are linear in degrees: within 2 m of the geodesic middle on a segment of 110 km
    assert at == pytest.approx(WGS84.inv(102, 13, 102, 13.5)[2], abs=2)
    assert away == pytest.approx(distance_m(102.001, 13.5, 102, 13.5), abs=0.01)


@given(share=st.floats(0.001, 0.999))
def test_a_point_of_the_line_is_located_where_it_was_taken(share):
    at, away = CORNER.locate(*CORNER.point_at(share * CORNER.length_m))
    assert at == pytest.approx(share * CORNER.length_m, abs=0.5)
    assert away < 0.001


def test_repeated_vertices_change_nothing():
    again = Line.of(LineString([(102, 13), (102, 13), (102, 14), (102, 14), (103, 14)]))
    assert again.chainage_m.tolist() == CORNER.chainage_m.tolist()


def test_chainage_is_written_as_it_is_said():
    assert [chainage(m) for m in (0, 7, 999.6, 12340.4, 184_430)] == [
        "0+000",
        "0+007",
        "1+000",
        "12+340",
        "184+430",
    ]


def test_bearings():
    assert normalise([-90, 360, 720.5, -1e-18]).tolist() == [270, 0, 0.5, 0]
    assert difference([10, 350, 180], [350, 10, 0]).tolist() == [20, -20, -180]
    assert from_to(102, 13, 102, 14) == pytest.approx(0)
    assert from_to(102, 13, 101, 13) == pytest.approx(270, abs=0.2)
    assert [compass_name(b) for b in (0, 348.8, 22.5, 200, 359)] == ["N", "N", "NNE", "SSW", "N"]


def test_metres_a_degree_at_the_equator_and_at_sa_kaeo():
    assert [float(m) for m in metres_per_degree(0)] == pytest.approx([111_319.49, 110_574.28], abs=0.01)
    east, north = metres_per_degree(13.69)
    assert distance_m(102.5, 13.69, 102.501, 13.69) == pytest.approx(east / 1000, abs=1e-5)
    assert distance_m(102.5, 13.6895, 102.5, 13.6905) == pytest.approx(north / 1000, abs=1e-5)


def test_the_seam_of_the_zones_runs_through_sa_kaeo():
    assert (utm_epsg(101.9999), utm_epsg(102), utm_epsg(100.5)) == (32647, 32648, 32647)
    with pytest.raises(ValueError, match="mixed up"):
        utm_epsg(1366.2)


def test_line_needs_two_points():
    with pytest.raises(ValueError, match="two different points"):
        Line.of(LineString([(102, 13), (102, 13)]))


def test_locating_on_a_hairpin_picks_the_nearer_leg():
    hairpin = Line.of(LineString([(102, 13), (102, 13.1), (102.002, 13.1), (102.002, 13)]))
    assert hairpin.locate(102.0005, 13.05)[0] == pytest.approx(hairpin.length_m / 2 - 5_600, abs=200)
    assert hairpin.locate(102.0015, 13.05)[0] == pytest.approx(hairpin.length_m / 2 + 5_600, abs=200)
    assert np.isfinite(hairpin.locate(100, 10)[1])
