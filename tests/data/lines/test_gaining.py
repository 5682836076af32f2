"""What one more camera gains: by hand, then against counting again with it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from data.fleet import Fleet
from data.geography import load_border
from data.lines import border
from data.lines.gaining import Pose, added, as_frame, best_turned, gain, towards_line_deg
from data.models import Kind
from geo.line.chainage import Line
from geo.see.coverage import LIGHTS
from tests.data.border_inventory import STATUSES, cameras_along_the_border, frame
from tests.pages.small_country import settle

STRAIGHT = Line.of(LineString([(102.5, 13.6), (102.5, 13.7)]))
REACH_M = 64.0  # 2560 / (2 · 20 · tan 45°)
THERE = cameras_along_the_border(60)


def one_at(at_m, status="up", **more):
    """The straight line with one camera that sees the 64 m north of a chainage."""
    lon, lat = STRAIGHT.point_at(at_m)
    cameras = frame(lon=[lon], lat=[lat], bearing_deg=[0.0], hfov_deg=[90.0], pixels_h=[2560.0], ir_range_m=[64.0])
    return border.cover(STRAIGHT, cameras.assign(**more), 20), [status]


def pose_at(at_m, **more):
    lon, lat = STRAIGHT.point_at(at_m)
    flat = {"bearing_deg": 0.0, "hfov_deg": 90.0, "mount_height_m": 0.5, "tilt_deg": 0.0, "ir_range_m": 30.0}
    return Pose(lon, lat, **(flat | more))


def test_it_closes_what_nobody_saw_and_backs_up_what_one_did():
    found = added(*one_at(1000), "live", as_frame(pose_at(1040)))
    assert found.sees_m == found.may_m == pytest.approx(REACH_M, abs=1)
    assert found.certain_m == found.open_m == found.any_m == pytest.approx(40, abs=1)
    assert found.again_m == found.twice_m == pytest.approx(24, abs=1)
    assert found.stretches[["was", "band"]].to_numpy().tolist() == [["open", "certain"]]
    assert found.longest_m[0] - found.longest_m[1] == pytest.approx(40, abs=1)


def test_what_was_only_possible_becomes_certain():
    found = added(*one_at(1000, "unknown"), "live", as_frame(pose_at(1040)))
    assert found.certain_m == pytest.approx(REACH_M, abs=1)
    assert found.open_m == pytest.approx(40, abs=1)
    assert found.again_m == 0
    assert found.stretches["was"].tolist() == ["possible", "open"]


def test_by_night_it_sees_as_far_as_its_light_and_an_unknown_light_is_only_possible():
    cover = border.cover(STRAIGHT, THERE.iloc[:0], 20, "night")
    assert added(cover, [], "live", as_frame(pose_at(1000))).sees_m == pytest.approx(30, abs=1)
    assert added(cover, [], "live", as_frame(pose_at(1000, ir_range_m=0.0))).may_m == 0
    unknown = added(cover, [], "live", as_frame(pose_at(1000, ir_range_m=None)))
    assert unknown.sees_m == 0 < unknown.may_m


def test_a_ptz_closes_nothing_for_certain():
    cover = border.cover(STRAIGHT, THERE.iloc[:0], 20)
    found = added(cover, [], "live", as_frame(pose_at(1000, kind=Kind.PTZ)))
    assert found.certain_m == 0 < found.any_m
    assert found.stretches["band"].tolist() == ["possible"]


def test_without_a_tilt_the_horizon_is_the_upper_edge_of_the_picture():
    row = as_frame(pose_at(1000, hfov_deg=60.0, tilt_deg=None, mount_height_m=6.0))
    assert row["tilt_deg"].iloc[0] == pytest.approx(17.99, abs=0.02)  # half of 2 atan(tan 30° · 9/16)
    far = added(border.cover(STRAIGHT, THERE.iloc[:0], 20), [], "live", row)
    assert 85 < far.sees_m < 111  # 110.9 m but for the blind ground at its foot


@pytest.mark.parametrize(
    ("name", "value"), [("bearing_deg", 361.0), ("hfov_deg", 0.0), ("pixels_h", 12), ("mount_height_m", -3.0)]
)
def test_what_no_camera_can_be_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"{name} of the camera must lie in .*, got {value:g}"):
        replace(pose_at(1000), **{name: value})


def test_the_wrong_side_of_the_line_is_refused_with_how_far_to_go(database, at):
    settle(database, at)
    known = Fleet(database).now()
    with pytest.raises(ValueError, match=r"is 70\d m beyond the line; a camera stands on the Thai side"):
        gain(known, Pose(102.563, 13.656, 0.0), 20.0, "live")


def test_turned_to_where_it_gains_most_it_gains_no_less(database, at):
    settle(database, at)
    known, line = Fleet(database).now(), load_border()
    lon, lat = line.point_at(21_250)
    pose = Pose(lon - 0.0003, lat, bearing_deg=270.0)
    turned = best_turned(known, pose, 20.0, "live")
    gains = [gain(known, one, 20.0, "live")["day"].certain_m for one in (pose, turned)]
    assert gains[0] < gains[1]
    far = Pose(102.0, 13.8, bearing_deg=12.0)
    assert best_turned(known, far, 20.0, "live") == far
    assert towards_line_deg(STRAIGHT, 102.49, 13.65) == pytest.approx(90, abs=0.1)


statuses = st.lists(st.sampled_from(STATUSES.tolist()), min_size=60, max_size=60)
COVERS = {light: border.cover(load_border(), THERE, 5, light) for light in LIGHTS}


@given(
    statuses, st.floats(0, 184_000), st.floats(0, 359), st.sampled_from(LIGHTS), st.sampled_from(border.WHENS),
    st.sampled_from(list(Kind)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_the_gain_is_what_counting_again_with_it_gives(status, at_m, bearing, light, when, kind):
    lon, lat = load_border().point_at(at_m)
    camera = as_frame(Pose(lon - 0.001, lat, bearing, kind=kind))
    found = added(COVERS[light], status, when, camera)
    more = pd.concat([THERE, camera.assign(id=61, code="new", status="up")], ignore_index=True)
    with_it = border.cover(load_border(), more, 5, light)
    before = border.sums(border.stretches(COVERS[light], status, when))
    after = border.sums(border.stretches(with_it, [*status, "up"], when))
    assert found.certain_m == pytest.approx(after["certain_m"] - before["certain_m"], abs=1e-3)
    assert found.any_m == pytest.approx(before["open_m"] - after["open_m"], abs=1e-3)
    assert found.certain_m + found.again_m == pytest.approx(found.sees_m, abs=1e-6)
    assert found.twice_m <= found.again_m + 1e-9
    assert found.longest_m[1] <= found.longest_m[0]
    assert np.isfinite(found.may_m)
