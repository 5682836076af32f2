"""Optics against numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.see import optics


@pytest.mark.parametrize(
    ("hfov", "level", "metres"),
    [(90, 20, 64), (90, 40, 32), (90, 80, 16), (90, 250, 5.12), (10, 20, 731.52), (10, 80, 182.88)],
)
def test_four_megapixels_reach_as_far_as_worked_out(hfov, level, metres):
    assert optics.range_m(2560, hfov, level) == pytest.approx(metres, abs=0.01)


def test_fisheye_spreads_its_pixels_evenly_over_the_angle():
    # 2560 px over pi radians are 814.87 px a radian: at 20 px/m that is an arc of one metre in 40.74 m
    assert optics.range_m(2560, 180, 20) == pytest.approx(40.7437, abs=1e-4)
    assert optics.range_m(2560, 90, 20, angular=True) == pytest.approx(81.4873, abs=1e-4)
    assert optics.range_m(2560, 120, 20) == pytest.approx(2560 / (20 * 2.0943951), abs=1e-4)


def test_density_at_the_range_is_the_level():
    assert optics.density_px_m(2560, 90, 64) == pytest.approx(20)


def test_field_of_view_comes_from_focal_length_and_sensor():
    # a 1/2.8" sensor is 5.12 mm wide: half of it at 2.56 mm focal length is 45 degrees
    assert optics.hfov_deg(2.56, 5.12) == pytest.approx(90)
    assert np.isnan(optics.hfov_deg(np.nan, 5.12))
    assert np.isnan(optics.hfov_deg(0, 5.12))


def test_vertical_field_of_view_follows_the_shape_of_the_picture():
    assert optics.vfov_deg(90, 1920, 1080) == pytest.approx(58.7155, abs=1e-4)  # 2 atan(9/16)
    assert optics.vfov_deg(90, 1000, 1000) == pytest.approx(90)
    assert optics.vfov_deg(90, 1920, np.nan) == pytest.approx(58.7155, abs=1e-4)
    assert optics.vfov_deg(160, 2000, 1000) == pytest.approx(80)


def test_edges_of_a_picture_that_looks_down():
    # 6 m up, axis 30 degrees down, 30 degrees high: from 45 to 15 degrees down
    near, far = optics.edges_m(6, 30, 30)
    assert (near, far) == (pytest.approx(6), pytest.approx(22.3923, abs=1e-4))


def test_a_picture_that_holds_the_horizon_has_no_far_edge():
    near, far = optics.edges_m(6, 10, 40)
    assert near == pytest.approx(10.3923, abs=1e-4)
    assert np.isinf(far)


def test_a_picture_of_the_sky_has_no_ground_and_unknown_tilt_has_no_edges():
    assert np.isinf(optics.edges_m(6, -30, 40)[0])
    assert optics.edges_m(6, np.nan, 40) == (0, np.inf)
    assert optics.edges_m(6, 80, 40)[0] == 0  # it looks straight down too


def test_ground_range_is_the_other_leg_of_the_triangle():
    assert optics.ground_range_m(5, 3) == pytest.approx(4)
    assert optics.ground_range_m(5, np.nan) == pytest.approx(5)
    assert optics.ground_range_m(5, 6) == 0


@pytest.mark.parametrize("level", [0, -20, np.nan])
def test_a_level_without_meaning_is_refused(level):
    with pytest.raises(ValueError, match="above 0 px/m"):
        optics.range_m(2560, 90, level)


@given(pixels=st.integers(320, 8000), hfov=st.floats(1, 360), level=st.floats(0.5, 1500))
def test_twice_the_level_is_half_the_range(pixels, hfov, level):
    assert optics.range_m(pixels, hfov, 2 * level) == pytest.approx(optics.range_m(pixels, hfov, level) / 2)
