"""The map to print: as long as the figures say, in scale, north up, and no word over the line."""

import re

import numpy as np
import pandas as pd
import pytest

from data.files.drawing import HEIGHT_MM, MOST_SYMBOLS, WIDTH_MM, Drawing, draw
from data.geography import load_border, load_crossings, load_provinces
from data.lines import border_now
from data.lines.border import sums
from geo.crs import distance_m

LINE = load_border()
PENS = {
    "open": 'stroke="#D55E00" stroke-width="1.7"', "possible": 'stroke="#0072B2" stroke-width="1.7"',
    "certain": 'stroke="#0072B2" stroke-width=".8"',
}  # fmt: skip


def drawn(known, within=(0.0, LINE.length_m), cameras=None) -> Drawing:
    bands = border_now.stretches(known[1], 20, "day", "live")
    cameras = known[1].frame if cameras is None else cameras
    return draw(LINE, bands, cameras, load_crossings(), load_provinces(), within)


def lines_of(drawing: Drawing, pen: str) -> list[np.ndarray]:
    """The lines drawn with a pen, in millimetres."""
    [path] = re.findall(rf'<path d="([^"]+)"[^>]*{re.escape(pen)}', drawing.svg.decode())
    return [
        np.array([point.split(",") for point in part.split("L")], np.float64) for part in path.split("M") if part
    ]


def mm_of(lines: list[np.ndarray]) -> float:
    return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines))


def test_each_band_is_as_long_on_paper_as_in_the_figures(known):
    drawing, told = drawn(known), sums(border_now.stretches(known[1], 20, "day", "live"))
    mm_per_m = drawing.bar_mm / drawing.bar_m
    for band, pen in PENS.items():
        assert mm_of(lines_of(drawing, pen)) / mm_per_m == pytest.approx(told[f"{band}_m"], rel=0.02)


@pytest.mark.parametrize("within", [(0.0, LINE.length_m), (85_000.0, 112_000.0), (20_000.0, 20_500.0)])
def test_the_scale_holds_and_the_stretch_fills_the_panel(known, within):
    drawing = drawn(known, within)
    assert 20 <= drawing.bar_mm <= 50
    whole = np.concatenate(lines_of(drawing, 'stroke="#fff" stroke-width="2.6"'))
    ends = [LINE.point_at(at_m) for at_m in within]
    places = [whole[np.abs(LINE.chainage_m - at_m).argmin()] for at_m in (0.0, LINE.length_m)]
    far = distance_m(*LINE.lonlat[0], *LINE.lonlat[-1])
    assert np.hypot(*(places[1] - places[0])) / float(far) == pytest.approx(
        drawing.bar_mm / drawing.bar_m, rel=0.006
    )
    assert places[0][1] < places[1][1]  # the northern end is the upper one
    assert ends[0] != ends[1]
    marks = [label for label in drawing.labels if label["kind"] == "chainage"]
    assert len(marks) >= 3


@pytest.mark.parametrize("within", [(0.0, LINE.length_m), (85_000.0, 112_000.0), (60_000.0, 75_000.0)])
def test_no_word_leaves_the_panel_or_lies_on_another(known, within):
    labels = [label for label in drawn(known, within).labels if label["kind"] != "grid" and label["text"]]
    assert labels
    for label in labels:
        assert 0 < label["x"] < WIDTH_MM
        assert 0 < label["y"] < HEIGHT_MM
    heights = sorted((round(label["y"], 1), label["side"]) for label in labels if label["kind"] == "crossing")
    assert len(heights) == len(set(heights))


def test_every_crossing_beside_the_line_has_its_name(known):
    names = {label["text"] for label in drawn(known).labels if label["kind"] == "crossing"}
    assert {"จุดผ่านแดนถาวรบ้านคลองลึก", "จุดผ่านแดนถาวรบ้านเขาดิน", "จุดผ่อนปรนการค้าบ้านตาพระยา"} <= names


def test_cameras_are_drawn_where_they_do_not_hide_the_line(known):
    few = drawn(known)
    assert few.has_cameras
    assert few.svg.count(b"translate(") >= 150
    crowd = pd.concat([known[1].frame] * (MOST_SYMBOLS // 150 + 1))
    assert not drawn(known, cameras=crowd).has_cameras
