"""What the strip draws, on a line of ten kilometres worked out by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from data.lines import border
from data.lines.border import LineCover
from geo.line.chainage import Line
from geo.line.gaps import Cells
from ui import strip_data

LINE = Line.of(LineString([(102.0, 13.5), (102.0, 13.5 + 10_000 / 110_629)]))  # north, 10 km
SINCE = pd.Timestamp("2026-11-23 04:00", tz="UTC")


@pytest.fixture(autouse=True)
def cells_of_a_kilometre(monkeypatch):
    """As those of a long line: the numbers here are worked out for them."""
    monkeypatch.setattr(border, "SHORT_LINE_M", 0.0)


def cover(row, from_m, to_m, certain, light="day"):
    return LineCover(
        LINE, 20.0, light, np.array(row), np.array(from_m, float), np.array(to_m, float), np.array(certain, bool),
        Cells.of(np.array(from_m, float), np.array(to_m, float), LINE.length_m),
    )  # fmt: skip


# A sees 0-2 km, B 1.5-3 km, C may see 5-6 km, D sees 5.5-6 km; by night only A and half of B
COVERS = {
    "day": cover([0, 1, 2, 3], [0, 1500, 5000, 5500], [2000, 3000, 6000, 6000], [1, 1, 0, 1]),
    "night": cover([0, 1], [0, 1500], [2000, 2250], [1, 1], "night"),
}
CAMERAS = pd.DataFrame({"id": [11, 12, 13, 14], "code": list("ABCD"), "since": SINCE})


def prepared(status, when="live", availability=None):
    return strip_data.prepare(COVERS, CAMERAS, np.array(status), when, availability)


def bands(data, row):
    mine = data.runs[data.runs["row"] == row]
    return [
        (round(a, 2), round(b, 2), band) for a, b, band in zip(mine["a"], mine["b"], mine["band"], strict=True)
    ]


def test_what_only_a_broken_camera_would_see_is_told_from_what_nothing_sees():
    data = prepared(["up", "down", "up", "up"])
    assert bands(data, "day") == [
        (0, 2, "certain"), (2, 3, "down"), (3, 5, "open"),
        (5, 5.5, "possible"), (5.5, 6, "certain"), (6, 10, "open"),
    ]  # fmt: skip
    assert bands(data, "night") == [(0, 2, "certain"), (2, 2.25, "down"), (2.25, 10, "open")]


def test_as_planned_nothing_is_down():
    data = prepared(["down"] * 4, when="planned")
    assert "down" not in set(data.runs["band"])
    assert bands(data, "day")[0] == (0, 3, "certain")


@pytest.mark.parametrize("when", ["live", "planned"])
@pytest.mark.parametrize("row", ["day", "night"])
def test_the_runs_of_a_row_are_the_whole_line(row, when):
    runs = prepared(["down", "up", "unknown", "degraded"], when).runs
    mine = runs[runs["row"] == row]
    assert mine["a"].iloc[0] == 0
    assert mine["b"].iloc[-1] == pytest.approx(LINE.length_m / 1000)
    assert mine["a"].tolist()[1:] == mine["b"].tolist()[:-1]


def test_a_cell_names_its_cameras_those_down_first_and_since_when():
    cells = prepared(["up", "down", "up", "up"]).cells
    assert cells["codes"].tolist()[:6] == ["A", "B, A", "B", "", "", "C, D"]
    assert cells["since"].notna().tolist()[:3] == [False, True, True]
    assert cells["from_to"].iloc[1] == "1+000–2+000"
    assert cells[["day_certain", "day_possible", "day_open"]].iloc[5].tolist() == pytest.approx([0.5, 0.5, 0])


def test_availability_of_a_cell_is_that_of_its_cameras_by_watched_time():
    known = pd.DataFrame({"camera_id": [11, 12], "watched_s": [300.0, 100.0], "down_s": [30.0, 50.0]})
    cells = prepared(["up"] * 4, availability=known).cells
    assert cells["availability"].iloc[0] == pytest.approx(1 - 30 / 300)
    assert cells["availability"].iloc[1] == pytest.approx(1 - 80 / 400)
    assert np.isnan(cells["availability"].iloc[5])
    assert cells["watched"].tolist()[3:6] == [False, False, True]  # nobody there; there, but nobody was watching


def test_a_drag_snaps_outwards_and_stays_on_the_line():
    assert strip_data.stretch_m([2.34, 1.01], LINE) == (1000.0, 2400.0)
    assert strip_data.stretch_m([-1, 99], LINE) == (0.0, pytest.approx(LINE.length_m))


def test_a_click_gives_its_cell_and_the_last_one_ends_with_the_line():
    assert strip_data.cell_m(3.0, LINE) == (3000.0, 4000.0)
    assert strip_data.cell_m(9.0, LINE)[1] <= LINE.length_m


def test_a_short_line_has_cells_of_a_hundred_metres(monkeypatch):
    monkeypatch.undo()
    assert strip_data.cell_m(3.0, LINE) == (3000.0, 3100.0)
    data = prepared(["up"] * 4)
    assert len(data.cells) == 101, "the last one half a metre"
    assert data.cells["codes"].iloc[[0, 15, 30]].tolist() == ["A", "A, B", ""]


def test_crossings_of_the_border_are_called_as_people_call_them():
    from data.geography import load_border

    posts = strip_data._crossings(load_border())
    assert {"คลองลึก", "หนองเอี่ยน", "เขาดิน"} <= set(posts["th"])
    assert {"Khlong Luek", "Nong Ian", "Khao Din"} <= set(posts["en"])
    assert isinstance(posts, pd.DataFrame)
    assert not isinstance(posts, gpd.GeoDataFrame)
