"""The strip as a chart: its parts lie where they should, its names never over each other."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from data.geography import load_border
from data.lines import border
from tests.data.border_inventory import cameras_along_the_border
from ui import strip, strip_data


@pytest.fixture(scope="module")
def data():
    cameras = cameras_along_the_border(200)
    covers = {light: border.cover(load_border(), cameras, 20, light) for light in ("day", "night")}
    return strip_data.prepare(covers, cameras, cameras["status"], "live")


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_as_wide_as_its_place_and_speaks_sarabun(data, theme, language):
    drawn = strip.chart(data, theme, scale=1.5, language=language).to_dict()
    assert drawn["width"] == "container"
    assert drawn["height"] == pytest.approx(270)
    fonts = {layer["mark"]["font"] for layer in drawn["layer"] if layer["mark"]["type"] == "text"}
    assert fonts == {"Sarabun"}


def test_a_click_and_a_drag_can_be_heard(data):
    names = {one["name"] for one in strip.chart(data, "light").to_dict()["params"]}
    assert names == {strip.CELL, strip.STRETCH}


def test_unwatched_cells_are_grey_and_not_left_out(data):
    drawn = strip.chart(data, "light").to_dict()
    grey = [layer for layer in drawn["layer"] if layer["mark"].get("color") == "#8A9299"]
    rows = drawn["datasets"][grey[0]["data"]["name"]]
    assert len(rows) == data.cells["watched"].sum() > 0  # nobody watched any of them


@settings(deadline=None)  # how long a drawing takes says nothing here
@given(
    begin=some.floats(0, 180), length=some.floats(0.5, 4), scale=some.sampled_from([1.0, 1.4]),
)  # fmt: skip
def test_strokes_stay_inside_their_run_and_their_bar(data, begin, length, scale):
    pen = strip._Pen(data, strip.palette("light"), scale, "th")
    run = pd.DataFrame({"a": [begin], "b": [min(begin + length, data.length)]})
    strokes = strip._strokes(pen, run, 62.0)
    assert len(strokes) > 0
    assert (strokes["a"] >= run["a"][0] - 1e-9).all()
    assert (strokes["b"] <= run["b"][0] + 1e-9).all()
    assert strokes[["y", "y2"]].to_numpy().min() >= 62 - 1e-9
    assert strokes[["y", "y2"]].to_numpy().max() <= 78 + 1e-9


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("scale", [1.0, 1.6])
@pytest.mark.parametrize("width", [420, 640, 1180, 1720])
def test_names_that_are_shown_do_not_lie_over_each_other(data, width, scale, language):
    drawn = strip.chart(data, "light", scale=scale, language=language).to_dict()
    rows = [
        drawn["datasets"][layer["data"]["name"]]
        for layer in drawn["layer"]
        if layer["mark"]["type"] == "text" and "condition" in layer["encoding"].get("opacity", {})
    ]
    assert len(rows) == 2  # subdistricts and crossings
    for names in rows:
        shown = [row for row in names if width > row["need"]]
        at = [
            (row.get("mid", row["a"]) / data.length * width, strip._width_px(row["text"]) * scale) for row in shown
        ]
        spans = sorted((x - w / 2, x + w / 2) for x, w in at)
        assert all(right <= left for (_, right), (left, _) in itertools.pairwise(spans))
        assert width < 1000 or shown


def test_the_first_of_two_crossings_too_near_keeps_its_name():
    need = strip._room(pd.Series([50.0, 52.0]), pd.Series([60.0, 60.0]), 100.0)
    assert need[0] == 0
    assert need[1] == pytest.approx((60 + strip._GAP_PX) / 0.02)
    assert np.isfinite(need).all()
