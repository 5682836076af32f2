"""Covered share of the zones around checkpoints, worked out by hand."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from data.checkpoints import checkpoint_coverage, zones
from data.geography import load_border
from geo.crs import WGS84

sys.path.append(str(Path(__file__).parent))
from border_inventory import cameras_along_the_border, frame

INLAND, KHLONG_LUEK = (102.06, 13.82), (102.5487, 13.6621)


def checkpoint(place, zone=None):
    return pd.DataFrame(
        {
            "code": ["X1"], "name_th": ["ด่าน"], "name_en": ["Gate"], "type": ["permanent"],
            "province_code": ["27"],
            "certainty": ["high"], "opening": ["unknown"], "opening_on": [None], "zone_wkt": [zone],
            "lon": [place[0]], "lat": [place[1]],
        }
    )  # fmt: skip


def panorama(place, status="up"):
    """A camera that sees 64 m all round: 64 = px a radian / 20, so it has 64 * 20 * 2 pi pixels."""
    return frame(
        lon=[place[0]],
        lat=[place[1]],
        kind=["fisheye"],
        hfov_deg=[360.0],
        pixels_h=[64 * 20 * 2 * np.pi],
        status=[status],
    )


def test_a_zone_nobody_drew_is_a_circle_of_500_m():
    zone = zones(checkpoint(INLAND)).iloc[0]
    assert (zone["assumed"], zone["cut"]) == (True, False)
    assert abs(WGS84.geometry_area_perimeter(zone.geometry)[0]) == pytest.approx(np.pi * 500**2, rel=1e-3)


def test_a_circle_at_the_border_is_cut_to_the_thai_side():
    zone = zones(checkpoint(KHLONG_LUEK)).iloc[0]
    assert (zone["assumed"], zone["cut"]) == (True, True)
    assert 0.5 < abs(WGS84.geometry_area_perimeter(zone.geometry)[0]) / (np.pi * 500**2) < 0.9
    _, away = load_border().locate(*zone.geometry.exterior.coords[0])
    assert away < 501


def test_share_is_that_of_the_two_circles():
    row = checkpoint_coverage(panorama(INLAND), checkpoint(INLAND), 20).iloc[0]
    assert row["certain"] == pytest.approx((64 / 500) ** 2, rel=2e-3)
    assert (row["possible"], row["open"]) == (0, pytest.approx(1 - row["certain"]))
    assert (row["cameras"], row["up"], row["down"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("status", "certain", "possible"), [("down", 0, 0), ("unknown", 0, 1), ("degraded", 0, 1), ("up", 1, 0)]
)
def test_share_follows_the_status(status, certain, possible):
    disc = (64 / 500) ** 2
    row = checkpoint_coverage(panorama(INLAND, status), checkpoint(INLAND), 20).iloc[0]
    assert (row["certain"], row["possible"]) == pytest.approx((certain * disc, possible * disc), rel=2e-3)
    assert row[status] == 1
    planned = checkpoint_coverage(panorama(INLAND, status), checkpoint(INLAND), 20, when="planned").iloc[0]
    assert planned["certain"] == pytest.approx(disc, rel=2e-3)


def test_a_drawn_zone_is_taken_as_it_is():
    lon, lat = INLAND
    drawn = box(lon - 0.0001, lat - 0.0001, lon + 0.0001, lat + 0.0001)  # all of it within 64 m
    row = checkpoint_coverage(panorama(INLAND), checkpoint(INLAND, drawn.wkt), 20).iloc[0]
    assert (row["assumed"], row["cut"], row["certain"]) == (False, False, pytest.approx(1))
    assert row["area_m2"] == pytest.approx(0.0002**2 * 108_130 * 110_640, rel=2e-3)


def test_a_camera_outside_the_zone_may_see_into_it_but_does_not_stand_in_it():
    row = checkpoint_coverage(panorama((INLAND[0] + 0.005, INLAND[1])), checkpoint(INLAND), 20).iloc[
        0
    ]  # 541 m east
    assert row["cameras"] == 0
    assert 0 < row["certain"] < 0.005


def test_no_cameras_see_nothing():
    row = checkpoint_coverage(panorama(INLAND).iloc[:0], checkpoint(INLAND), 20).iloc[0]
    assert (row["certain"], row["open"], row["cameras"]) == (0, 1, 0)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_shares_are_shares(seed):
    row = checkpoint_coverage(cameras_along_the_border(2000, seed), checkpoint(KHLONG_LUEK), 20).iloc[0]
    assert min(row["certain"], row["possible"], row["open"]) >= 0
    assert row["certain"] + row["possible"] + row["open"] == pytest.approx(1)
