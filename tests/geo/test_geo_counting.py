"""Counting arrays of a line: flips, gaps, what is lost with whom; each against the plain way of doing it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.line.counting import Counter

LENGTH_M = 1000.0
CAMERAS = 12


@st.composite
def covers(draw):
    """Intervals of a dozen cameras on a kilometre: row, from, to, sure; those of one camera lie apart."""
    rows, begins, ends, sure = [], [], [], []
    for camera in range(CAMERAS):
        cuts = sorted(draw(st.sets(st.integers(0, 100), min_size=0, max_size=6)))
        for begin, end in zip(cuts[::2], cuts[1::2], strict=False):
            rows.append(camera)
            begins.append(10.0 * begin)
            ends.append(10.0 * end)
            sure.append(draw(st.booleans()))
    return tuple(map(np.array, (rows or [0], begins or [0.0], ends or [10.0], sure or [True])))


def counter(cover) -> Counter:
    row, from_m, to_m, sure = cover
    return Counter.of(LENGTH_M, row, from_m, to_m, sure, CAMERAS)


flags = st.lists(st.booleans(), min_size=CAMERAS, max_size=CAMERAS).map(np.array)


def seen(cover, counted) -> np.ndarray:
    """How many counted intervals lie over each of a hundred pieces of ten metres."""
    found = np.zeros(100, int)
    for one, begin, end in zip(counted, *cover[1:3], strict=True):
        if one:
            found[int(begin / 10) : int(end / 10)] += 1
    return found


def gap_pieces(gaps) -> np.ndarray:
    found = np.zeros(100, bool)
    for begin, end in gaps:
        found[round(begin / 10) : round(end / 10)] = True
    return found


@given(covers(), flags, flags)
def test_gaps_lie_where_nothing_surely_sees_and_where_nothing_might(cover, works, may):
    one = counter(cover)
    one.set_all(works, may)
    row, _, _, sure = cover
    surely, any_ = seen(cover, sure & works[row]), seen(cover, (works | may)[row])
    assert np.array_equal(gap_pieces(one.gaps()), surely == 0)
    assert np.array_equal(gap_pieces(one.gaps(sure=False)), any_ == 0)
    assert one.covered_m() == pytest.approx(10 * (surely > 0).sum())
    assert one.redundancy_m(2) == pytest.approx(
        [10 * (surely == n).sum() for n in (0, 1)] + [10 * (surely > 1).sum()]
    )
    gaps = one.gaps()
    assert (gaps[1:, 0] > gaps[:-1, 1]).all(), "gaps that touch are one"


@given(covers(), flags, flags, st.lists(st.tuples(st.integers(0, CAMERAS - 1), st.booleans(), st.booleans())))
def test_flips_in_any_order_end_where_counting_anew_ends(cover, works, may, flips):
    one = counter(cover)
    one.set_all(works, may)
    works, may = works.copy(), may | works
    for camera, now, might in flips:
        before = one.gaps().tolist(), one.gaps(sure=False).tolist(), one.redundancy_m().tolist()
        changed = one.flip(camera, now, might)
        works[camera], may[camera] = now, now or might
        after = one.gaps().tolist(), one.gaps(sure=False).tolist(), one.redundancy_m().tolist()
        assert changed or before == after
    anew = counter(cover)
    anew.set_all(works, may)
    assert np.array_equal(one.sure_n, anew.sure_n)
    assert np.array_equal(one.any_n, anew.any_n)


@given(covers(), flags, st.integers(0, CAMERAS - 1))
def test_one_more_camera_never_lengthens_a_gap(cover, works, camera):
    works[camera] = False
    one = counter(cover)
    one.set_all(works, works)
    before, longest_m, mean_m = gap_pieces(one.gaps()), one.longest_m(), one.mean_gap_m()
    one.flip(camera, works=True, may=True)
    assert not (gap_pieces(one.gaps()) & ~before).any()
    assert one.longest_m() <= longest_m
    assert one.mean_gap_m() <= mean_m + 1e-9


@given(covers(), flags, flags)
def test_gaps_of_the_plan_lie_inside_live_ones(cover, works, may):
    planned, live = counter(cover), counter(cover)
    everyone = np.ones(CAMERAS, bool)
    planned.set_all(everyone, everyone)
    live.set_all(works, may)
    for sure in (True, False):
        assert not (gap_pieces(planned.gaps(sure=sure)) & ~gap_pieces(live.gaps(sure=sure))).any()


@given(covers(), flags, st.lists(st.integers(-1, 3), min_size=CAMERAS, max_size=CAMERAS).map(np.array))
@settings(max_examples=60)
def test_what_would_be_lost_is_what_is_lost_when_it_is_taken_out(cover, works, group):
    one = counter(cover)
    one.set_all(works, works)
    covered_m = one.covered_m()
    for camera in range(CAMERAS):
        without = one.copy()
        without.flip(camera, works=False, may=False)
        assert one.losses(np.arange(CAMERAS), CAMERAS)["certain_m"][camera] == pytest.approx(
            covered_m - without.covered_m()
        )
    for number, lost_m in enumerate(one.losses(group, 4)["certain_m"]):
        without = one.copy()
        for camera in np.flatnonzero(group == number):
            without.flip(int(camera), works=False, may=False)
        assert lost_m == pytest.approx(covered_m - without.covered_m())
    assert one.covered_m() == covered_m, "a copy is a counter of its own"


@given(covers(), flags, st.integers(0, CAMERAS - 1))
def test_what_is_at_stake_with_a_camera_is_what_its_turn_changes(cover, works, camera):
    one = counter(cover)
    one.set_all(works, works)
    stake, before = gap_pieces(one.at_stake(camera)), gap_pieces(one.gaps())
    one.flip(camera, works=not works[camera], may=not works[camera])
    assert np.array_equal(stake, before != gap_pieces(one.gaps()))


def test_a_line_nobody_sees_is_one_gap_and_one_all_see_has_none():
    one = Counter.of(LENGTH_M, np.array([0]), np.array([0.0]), np.array([LENGTH_M]), np.array([True]), 1)
    assert one.gaps().tolist() == [[0.0, LENGTH_M]]
    assert (one.longest_m(), one.mean_gap_m()) == (LENGTH_M, LENGTH_M)
    assert one.flip(0, works=True, may=True)
    assert one.gaps().tolist() == []
    assert (one.longest_m(), one.mean_gap_m()) == (0.0, 0.0)


def test_the_mean_gap_is_that_of_a_place_chosen_blindly():
    one = Counter.of(LENGTH_M, np.array([0]), np.array([400.0]), np.array([600.0]), np.array([True]), 1)
    one.flip(0, works=True, may=True)
    assert one.mean_gap_m() == pytest.approx(2 * 400 * 0.4)  # in a gap of 400 m with a chance of 0.4, twice
