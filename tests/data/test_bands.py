"""What broken cameras cost: where the border is worse now than with every camera working."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data.lines.bands import lost


def line(*stretches):
    return pd.DataFrame(stretches, columns=["from_m", "to_m", "band"])


def test_a_stretch_a_camera_would_see_is_lost_and_one_nobody_ever_saw_is_not():
    planned = line((0, 40, "certain"), (40, 100, "open"))
    live = line((0, 10, "certain"), (10, 100, "open"))
    assert lost(live, planned).to_numpy().tolist() == [[10, 40, "open"]]


def test_an_unknown_camera_makes_a_stretch_possible_and_that_is_worse_than_certain():
    planned = line((0, 100, "certain"))
    live = line((0, 30, "certain"), (30, 60, "possible"), (60, 100, "open"))
    assert lost(live, planned).to_numpy().tolist() == [[30, 60, "possible"], [60, 100, "open"]]


def test_nothing_is_lost_when_every_camera_works():
    planned = line((0, 40, "certain"), (40, 70, "possible"), (70, 100, "open"))
    assert lost(planned, planned).empty


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=12))
def test_lost_metres_are_those_whose_band_fell(cells):
    names = ["certain", "possible", "open"]
    frames = [line(*((i * 10, i * 10 + 10, names[cell[kind]]) for i, cell in enumerate(cells))) for kind in (0, 1)]
    found = lost(*frames)
    assert (found["to_m"] - found["from_m"]).sum() == sum(10 for now, best in cells if now > best)
