"""Intervals of one camera told apart: certain first, possible only where nothing is certain."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.line.gaps import told_apart

WHOLE_M = 30


def apart(*spans):
    columns = [np.array(column) for column in zip(*spans, strict=True)]
    return list(zip(*(part.tolist() for part in told_apart(*columns)), strict=True))


def test_what_is_certain_is_cut_out_of_what_is_only_possible():
    assert apart((7, 0.0, 10.0, False), (7, 2.0, 4.0, True)) == [
        (7, 0.0, 2.0, False), (7, 2.0, 4.0, True), (7, 4.0, 10.0, False),
    ]  # fmt: skip


def test_one_camera_takes_nothing_from_another():
    assert apart((1, 0.0, 5.0, True), (2, 1.0, 3.0, False)) == [(1, 0.0, 5.0, True), (2, 1.0, 3.0, False)]


def test_intervals_of_one_kind_that_overlap_or_meet_are_one():
    assert apart((1, 0.0, 5.0, False), (1, 3.0, 8.0, False), (1, 8.0, 9.0, False)) == [(1, 0.0, 9.0, False)]


@st.composite
def spans(draw):
    found = []
    for _ in range(draw(st.integers(1, 12))):
        begin = draw(st.integers(0, WHOLE_M - 1))
        end = draw(st.integers(begin + 1, WHOLE_M))
        found.append((draw(st.integers(0, 3)), float(begin), float(end), draw(st.booleans())))
    return found


@given(spans())
def test_every_metre_is_told_once_and_as_surely_as_it_was(given_spans):
    def metres(told, row, certain):
        return {
            m for r, begin, end, sure in told if r == row and sure is certain for m in range(int(begin), int(end))
        }

    found = apart(*given_spans)
    for row in range(4):
        sure, may = metres(given_spans, row, True), metres(given_spans, row, False)
        assert metres(found, row, True) == sure
        assert metres(found, row, False) == may - sure
        told = [(begin, end) for r, begin, end, _ in found if r == row]
        assert all(end <= begin for (_, end), (begin, _) in pairwise(told))
