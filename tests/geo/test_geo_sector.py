"""Sectors against pyproj's geodesics and against areas worked out by hand."""

from math import pi, radians

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.bearing import difference
from geo.crs import WGS84
from geo.see import sector as drawing
from geo.see.sector import discs, sectors

LON, LAT = 102.51, 13.66


def area_m2(polygon):
    return abs(WGS84.geometry_area_perimeter(polygon)[0])


def test_camera_facing_north_sees_nothing_south_of_itself():
    (sector,) = sectors([LON], [LAT], 0, 60, 100)
    assert sector.bounds[1] == pytest.approx(LAT)


def test_sector_lies_around_its_bearing():
    (sector,) = sectors([LON], [LAT], 350, 60, 1000)
    arc = np.array(sector.exterior.coords)[1:-1]
    bearing, _, reach = WGS84.inv(np.full(len(arc), LON), np.full(len(arc), LAT), arc[:, 0], arc[:, 1])
    assert reach == pytest.approx(1000, abs=0.001)
    assert difference(bearing[0], 350) == pytest.approx(-30, abs=1e-4)
    assert difference(bearing[-1], 350) == pytest.approx(30, abs=1e-4)


@pytest.mark.parametrize(("reach", "tolerance_m"), [(200, 0.0001), (1_000, 0.001), (5_000, 0.02), (20_000, 0.001)])
def test_arc_points_agree_with_pyproj(reach, tolerance_m):
    rng = np.random.default_rng(1)
    n = 500
    lon, lat = rng.uniform(97, 106, n), rng.uniform(5.6, 20.5, n)
    bearing, hfov = rng.uniform(0, 360, n), rng.uniform(1, 359, n)
    worst = 0.0
    for i, sector in enumerate(sectors(lon, lat, bearing, hfov, reach)):
        arc = np.array(sector.exterior.coords)[1:-1]
        true = bearing[i] - hfov[i] / 2 + hfov[i] * np.arange(len(arc)) / (len(arc) - 1)
        same = np.zeros(len(arc))
        x, y, _ = WGS84.fwd(same + lon[i], same + lat[i], true, same + reach)
        worst = max(worst, WGS84.inv(x, y, arc[:, 0], arc[:, 1])[2].max())
    assert worst < tolerance_m


def test_a_chord_spans_at_most_3_75_degrees():
    for sector, hfov in zip(
        sectors(np.full(4, LON), np.full(4, LAT), 0, [1, 45, 190, 360], 100), [1, 45, 190, 360], strict=True
    ):
        assert hfov / 3.75 <= len(sector.exterior.coords) - 1 <= hfov / 3.75 + 18


@given(bearing=st.floats(0, 360), hfov=st.floats(5, 359), reach=st.floats(20, 5_000))
def test_area_is_that_of_the_circular_sector(bearing, hfov, reach):
    (sector,) = sectors([LON], [LAT], bearing, hfov, reach)
    assert sector.is_valid
    assert area_m2(sector) == pytest.approx(radians(hfov) / 2 * reach**2, rel=1e-3)


@given(bearing=st.floats(0, 360), hfov=st.floats(5, 359), near=st.floats(1, 90))
def test_a_near_edge_takes_the_inner_sector_away(bearing, hfov, near):
    (sector,) = sectors([LON], [LAT], bearing, hfov, 100, near)
    assert sector.is_valid
    assert area_m2(sector) == pytest.approx(radians(hfov) / 2 * (100**2 - near**2), rel=1e-3)
    assert not sector.intersects(shapely.Point(LON, LAT))


def test_discs_and_rings_go_all_round():
    (disc,) = discs([LON], [LAT], 100)
    (ring,) = sectors([LON], [LAT], 0, 360, 100, 50)
    assert area_m2(disc) == pytest.approx(pi * 100**2, rel=1e-3)
    assert area_m2(ring) == pytest.approx(pi * (100**2 - 50**2), rel=1e-3)
    assert disc.is_valid
    assert ring.is_valid


def test_a_mixed_fleet_keeps_its_order():
    hfov = np.array([60.0, 360, 10, 360, 60, 200])
    near = np.array([0.0, 0, 20, 30, 5, 0])
    lon = LON + np.arange(6) / 10
    for i, polygon in enumerate(sectors(lon, np.full(6, LAT), 90, hfov, 100, near)):
        alone = sectors([lon[i]], [LAT], 90, hfov[i], 100, near[i])[0]
        assert polygon.equals_exact(alone, 1e-12)


def test_chunks_do_not_show(monkeypatch):
    rng = np.random.default_rng(2)
    pose = (
        rng.uniform(97, 106, 60),
        rng.uniform(6, 20, 60),
        rng.uniform(0, 360, 60),
        rng.choice([40.0, 90, 360], 60),
    )
    near = rng.choice([0.0, 20], 60)
    whole = sectors(*pose, 100, near)
    monkeypatch.setattr(drawing, "_CHUNK", 7)
    assert shapely.equals_exact(sectors(*pose, 100, near), whole).all()


def test_no_cameras_make_no_sectors():
    assert len(sectors([], [], [], [], [])) == 0


@pytest.mark.parametrize(
    ("hfov", "reach", "near", "rule"),
    [
        (0, 10, 0, "hfov_deg"),
        (361, 10, 0, "hfov_deg"),
        (60, 0, 0, "range_m"),
        (60, np.inf, 0, "range_m"),
        (60, 10, 10, "near_m"),
    ],
)
def test_poses_out_of_range_are_refused(hfov, reach, near, rule):
    with pytest.raises(ValueError, match=f"row 0: {rule}"):
        sectors([LON], [LAT], 0, hfov, reach, near)
