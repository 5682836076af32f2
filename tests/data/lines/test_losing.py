"""What a line loses with its cameras: by hand, then against counting again without them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from data.geography import load_border
from data.lines import border
from data.lines.losing import off, worst
from geo.line.chainage import Line
from geo.see.coverage import LIGHTS
from tests.data.border_inventory import STATUSES, cameras_along_the_border, frame

STRAIGHT = Line.of(LineString([(102.5, 13.6), (102.5, 13.7)]))
REACH_M = 64.0  # 2560 / (2 · 20 · tan 45°)
SEED = cameras_along_the_border(60)


def row_of_cameras(*at_m: float, **columns):
    """Cameras on a straight line to the north, each seeing the 64 m north of itself."""
    lon, lat = np.array([STRAIGHT.point_at(m) for m in at_m]).T
    hung = {"mount_height_m": 1e-6, "tilt_deg": 0.0}  # so low that its picture begins at its foot
    same = {"bearing_deg": 0.0, "hfov_deg": 90.0, "pixels_h": 2560.0, "ir_range_m": 64.0}
    return frame(lon=lon, lat=lat, **hung | same | columns)


def cover(cameras, light="day"):
    return border.cover(STRAIGHT, cameras, 20, light)


def test_a_camera_alone_costs_what_it_sees_and_leaves_a_gap_there():
    cameras = row_of_cameras(1000, 5000)
    loss = off(cover(cameras), ["up", "up"], "live", np.array([0]))
    assert [loss.certain_m, loss.open_m, loss.any_m, loss.most_m] == pytest.approx([REACH_M] * 4, abs=0.1)
    gap = loss.gaps.iloc[0]
    assert (gap["from"], gap["to"], gap["was"], gap["band"]) == ("1+000", "1+064", "certain", "open")
    assert gap["length_m"] == pytest.approx(REACH_M, abs=0.1)
    assert gap["gap_m"] == loss.longest_m == pytest.approx(5000, abs=0.1)  # it joins both of its neighbours
    assert gap.geometry.length > 0


def test_what_another_camera_also_sees_is_not_lost():
    cameras = row_of_cameras(1000, 1040)
    loss = off(cover(cameras), ["up", "up"], "live", np.array([0]))
    assert loss.certain_m == loss.most_m == pytest.approx(40, abs=0.1)
    both = off(cover(cameras), ["up", "up"], "live", np.array([0, 1]))
    assert both.certain_m == pytest.approx(40 + REACH_M, abs=0.1)


def test_beside_a_camera_nobody_knows_of_the_loss_is_a_band():
    cameras = row_of_cameras(1000, 1040)
    loss = off(cover(cameras), ["up", "unknown"], "live", np.array([0]))
    assert [loss.open_m, loss.certain_m] == pytest.approx([40, REACH_M], abs=0.1)
    assert loss.gaps[["was", "band"]].to_numpy().tolist() == [["certain", "open"], ["certain", "possible"]]
    unknown = off(cover(cameras), ["up", "unknown"], "live", np.array([1]))
    assert [unknown.open_m, unknown.certain_m] == [0, 0]
    assert [unknown.any_m, unknown.most_m] == pytest.approx([40, 40], abs=0.1)
    assert unknown.gaps[["was", "band"]].to_numpy().tolist() == [["possible", "open"]]
    assert unknown.longest_m == 0, "where nobody surely saw no gap has grown"


def test_a_camera_that_is_down_has_nothing_to_lose_unless_all_are_taken_to_work():
    cameras = row_of_cameras(1000)
    for status in ("down", "maintenance"):
        assert off(cover(cameras), [status], "live", np.array([0])).most_m == 0
    assert off(cover(cameras), ["down"], "planned", np.array([0])).certain_m == pytest.approx(REACH_M, abs=0.1)


def test_a_camera_that_sees_nothing_of_the_line_costs_nothing():
    cameras = row_of_cameras(1000, 2000, bearing_deg=[0.0, 90.0])
    loss = off(cover(cameras), ["up", "up"], "live", np.array([1]))
    assert loss.most_m < 1
    assert loss.gaps.empty
    assert loss.longest_m == 0


def test_no_camera_at_all_loses_nothing():
    covered = border.cover(load_border(), SEED.iloc[:0], 20)
    assert off(covered, [], "live", np.zeros(0, np.int64)).most_m == 0
    assert worst(covered, [], "live", np.zeros(0, np.int64), 0).empty


statuses = st.lists(st.sampled_from(STATUSES.tolist()), min_size=60, max_size=60)
some_rows = st.lists(st.integers(0, 59), max_size=8, unique=True).map(lambda rows: np.array(rows, np.int64))
COVERS = {light: border.cover(load_border(), SEED, 5, light) for light in LIGHTS}  # coarse, so that many overlap


@given(statuses, some_rows, st.sampled_from(border.WHENS), st.sampled_from(LIGHTS))
@settings(max_examples=60, deadline=None)
def test_switching_off_is_what_counting_again_without_them_gives(status, rows, when, light):
    loss = off(COVERS[light], status, when, rows)
    left = SEED.drop(index=rows).reset_index(drop=True)
    fewer = border.cover(load_border(), left, 5, light)
    before = border.sums(border.stretches(COVERS[light], status, when))
    after = border.sums(border.stretches(fewer, np.delete(np.array(status), rows), when))
    assert loss.certain_m == pytest.approx(before["certain_m"] - after["certain_m"], abs=1e-3)
    assert loss.any_m == pytest.approx(after["open_m"] - before["open_m"], abs=1e-3)
    assert -1e-9 <= loss.open_m <= loss.certain_m + 1e-6 <= loss.most_m + 2e-6
    was_certain = loss.gaps[loss.gaps["was"] == "certain"]
    assert was_certain["length_m"].sum() == pytest.approx(loss.certain_m, abs=60)  # but for slivers
    assert was_certain["length_m"].sum() <= loss.certain_m + 1e-6


@given(statuses, st.lists(st.integers(-1, 5), min_size=60, max_size=60), st.sampled_from(border.WHENS))
@settings(max_examples=40, deadline=None)
def test_the_worst_list_is_each_group_switched_off_by_itself(status, group, when):
    of = np.array(group)
    found = worst(COVERS["day"], status, when, of, 6)
    for number, row in enumerate(found.to_dict("records")):
        loss = off(COVERS["day"], status, when, np.flatnonzero(of == number))
        assert [row["certain_m"], row["open_m"], row["any_m"], row["most_m"]] == pytest.approx(
            [loss.certain_m, loss.open_m, loss.any_m, loss.most_m], abs=1e-6
        )


@given(statuses, some_rows, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_whatever_is_true_of_the_unknown_the_loss_lies_in_the_band(status, rows, chance):
    loss = off(COVERS["day"], status, "live", rows)
    # one world of all that may be: each uncertain camera works or not, each uncertain sight is there or not
    up = {"up": True, "down": False, "maintenance": False}
    works = np.array([up.get(word, chance.random() < 0.5) for word in status])
    real = np.array([works[row] and (sure or chance.random() < 0.5) for row, sure in _sights(COVERS["day"])], bool)
    stays = real & ~np.isin(COVERS["day"].row, rows)
    seen = COVERS["day"].cells.count(real) > 0
    left = COVERS["day"].cells.count(stays) > 0
    lost_m = np.diff(COVERS["day"].cells.edges_m)[seen & ~left].sum()
    assert loss.open_m - 1e-6 <= lost_m <= loss.most_m + 1e-6


def _sights(cover):
    return zip(cover.row, cover.certain, strict=True)
