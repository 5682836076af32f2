"""Time each cell of a line was seen: by hand, by brute force, and by a second method."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.line.counting import Counter
from geo.line.hours import Watchers

SPAN_US = 60


@st.composite
def watches(draw):
    """Up to eight cameras, the cells each sees of twenty, and when each worked within an hour."""
    cameras = draw(st.integers(1, 8))
    first, last, camera = [], [], []
    for one in range(cameras):
        for _ in range(draw(st.integers(0, 2))):
            begin = draw(st.integers(0, 19))
            first.append(begin)
            last.append(draw(st.integers(begin + 1, 20)))
            camera.append(one)
    times = [sorted(draw(st.sets(st.integers(0, SPAN_US), max_size=6))) for _ in range(cameras)]
    begin = np.full((cameras, 3), SPAN_US)
    end = begin.copy()
    for one, cuts in enumerate(times):
        for number, (since, until) in enumerate(zip(cuts[::2], cuts[1::2], strict=False)):
            begin[one, number], end[one, number] = since, until
    return tuple(np.array(part, np.int64) for part in (first, last, camera, begin, end))


def minute_by_minute(first, last, camera, begin, end) -> np.ndarray:
    seen = np.zeros((20, SPAN_US), bool)
    for begins, ends, one in zip(first, last, camera, strict=True):
        for since, until in zip(begin[one], end[one], strict=True):
            seen[begins:ends, since:until] = True
    return seen.sum(axis=1)


@given(watches())
def test_each_cell_is_seen_for_as_long_as_minute_by_minute(watch):
    first, last, camera, begin, end = watch
    assert np.array_equal(Watchers.of(first, last, camera, 20).covered_us(begin, end), minute_by_minute(*watch))


def test_two_cameras_over_one_place_by_hand():
    begin, end = np.array([[0, 300], [100, 600]]), np.array([[200, 400], [350, 600]])
    # the first 0-200 and 300-400, the second 100-350: together 0-400
    found = Watchers.of(np.array([0, 1]), np.array([2, 3]), np.array([0, 1]), 4).covered_us(begin, end)
    assert found.tolist() == [300, 400, 250, 0]


def test_a_sweep_through_time_over_a_counter_finds_the_same_metre_hours():
    rng = np.random.default_rng(11)
    cameras, length_m, span = 200, 20_000.0, 30 * 86_400_000_000
    from_m = rng.uniform(0, length_m - 300, cameras)
    to_m = from_m + rng.uniform(30, 300, cameras)
    turns = np.sort(rng.integers(1, span, (cameras, 20)), axis=1)
    begin = np.c_[np.zeros(cameras, np.int64), turns[:, 1::2]]
    end = np.c_[turns[:, 0::2], np.full(cameras, span)]
    row = np.arange(cameras)
    one = Counter.of(length_m, row, from_m, to_m, np.ones(cameras, bool), cameras)
    first, last = (np.searchsorted(one.edges_m, ends) for ends in (from_m, to_m))
    lengths = np.diff(one.edges_m)
    cells = (Watchers.of(first, last, row, len(lengths)).covered_us(begin, end) * lengths).sum()

    everyone = np.ones(cameras, bool)
    one.set_all(everyone, everyone)
    swept, before = 0.0, 0
    for at, camera, works in sorted(
        zip(turns.ravel(), row.repeat(20), np.tile([False, True], 2_000), strict=True)
    ):
        swept += one.covered_m() * (at - before)
        one.flip(int(camera), works=bool(works), may=bool(works))
        before = at
    swept += one.covered_m() * (span - before)
    assert abs(swept / cells - 1) < 1e-9
