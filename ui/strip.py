"""
The strip as a chart: a line laid out straight, its beginning on the left, the same on every page.

Lengths across are kilometres and heights are pixels, so one chart fits any width; names hide themselves where the
width leaves them no room. Certain is solid, possible hatched, open bare, down cameras orange, unwatched grey.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from PIL import ImageFont

from ui.labels import FONTS
from ui.palette import Palette, Theme, palette
from ui.strip_data import DOWN, StripData
from ui.words import table

CELL, STRETCH = "cell", "stretch"  # names of the two selections
HEIGHT_PX = 180.0
NOMINAL_PX = 1180  # width the strokes are laid out for; other widths stretch them
FONT, FONT_PX = "Sarabun", 12.5
KM_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
KM_MARKS = 10  # at most so many, and the end

_ROWS = {"day": 62.0, "night": 84.0}
_BAR, _STROKE_PX, _LEAN_PX, _SLIM_PX = 16.0, 5.5, 7.0, 3.0
_SEEN, _HEAT, _AXIS = (110.0, 136.0), (144.0, 158.0), 164.0
_SEEN_CAMERAS = 3.0  # top of the step line, at least
_WORST = 0.7  # availability at which the heat row is darkest
_GAP_PX = 10.0  # between two names


def chart(data: StripData, theme: Theme, *, scale: float = 1.0, language: str = "th") -> alt.LayerChart:
    """
    Draw the strip.

    Parameters
    ----------
    scale
        Of heights and letters; 1 on a desk, more on a wall.
    language
        "th" or "en".

    Returns
    -------
    chart
        As wide as its container. Selections: CELL (`a`, the cell's first km) by a click, STRETCH (`a`, from and
        to) by a drag.
    """
    pen = _Pen(data, palette(theme), scale, language)
    layers = [*_places(pen), *_bands(pen), *_seen_by(pen), *_heat(pen), *_frame(pen), *_hits(pen)]
    padding = {"left": pen.px(62), "right": 10, "top": 0, "bottom": 0}
    drawn: alt.LayerChart = (
        alt.layer(*layers)
        .resolve_scale(color="independent", y="independent", opacity="independent")
        .properties(height=pen.px(HEIGHT_PX), width="container", background="transparent", padding=padding)
        .configure(font=FONT, view=alt.ViewConfig(stroke=None))
    )
    return drawn


class _Pen:
    """Data, colours and scale of one chart, and how x and y are said."""

    def __init__(self, data: StripData, colours: Palette, scale: float, language: str) -> None:
        self.data, self.colours, self.scale, self.language = data, colours, scale, language
        self.words = table(language)
        self._x = alt.Scale(domain=[0, data.length], nice=False)
        self._y = alt.Scale(domain=[0, HEIGHT_PX], range=[0, self.px(HEIGHT_PX)], nice=False, zero=False)

    def px(self, value: float) -> float:
        return value * self.scale

    def km(self, px: float) -> float:
        return px * self.data.length / NOMINAL_PX

    def x(self, field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=self._x, axis=None)

    def between(self, top: float, bottom: float) -> dict[str, Any]:
        return {
            "x": self.x("a"),
            "x2": alt.X2("b"),
            "y": self.at(top),
            "y2": self.down_to(bottom),
        }

    def at(self, y: float) -> alt.YValue:
        return alt.YValue(self.px(y))  # type: ignore[no-untyped-call]

    def down_to(self, y: float) -> alt.Y2Value:
        return alt.Y2Value(self.px(y))  # type: ignore[no-untyped-call]

    def along(self, y: float) -> dict[str, Any]:
        return {"x": self.x("a"), "x2": alt.X2("b"), "y": self.at(y)}

    def stroke(self) -> dict[str, Any]:
        return {
            "x": self.x("a"),
            "x2": alt.X2("b"),
            "y": alt.Y("y:Q", scale=self._y, axis=None),
            "y2": alt.Y2("y2"),
        }

    def text(self, frame: pd.DataFrame, colour: str, size: float = FONT_PX, **mark: Any) -> alt.Chart:
        drawn: alt.Chart = alt.Chart(frame).mark_text(font=FONT, fontSize=self.px(size), color=colour, **mark)
        return drawn


def _places(pen: _Pen) -> list[alt.Chart]:
    tambon = pen.data.subdistricts.assign(text=pen.data.subdistricts[pen.language])
    tambon["mid"] = (tambon["a"] + tambon["b"]) / 2
    wide = tambon["text"].map(_width_px) * pen.scale + _GAP_PX
    tambon["need"] = wide / (tambon["b"] - tambon["a"]) * pen.data.length  # chart width from which the name fits
    posts = pen.data.crossings.assign(text=pen.data.crossings[pen.language])
    posts["need"] = _room(posts["a"], posts["text"].map(_width_px) * pen.scale, pen.data.length)
    return [
        alt.Chart(tambon).mark_rule(color=pen.colours.line).encode(
            x=pen.x("a"), y=pen.at(3), y2=pen.down_to(40)
        ),
        pen.text(tambon, pen.colours.soft, baseline="middle").encode(
            x=pen.x("mid"), y=pen.at(12), text=alt.Text("text:N"), opacity=_where_it_fits()
        ),
        alt.Chart(posts).mark_point(
            shape="triangle-up", filled=True, color=pen.colours.text, opacity=1, size=38 * pen.scale**2
        ).encode(x=pen.x("a"), y=pen.at(53)),
        pen.text(posts, pen.colours.text, FONT_PX * 0.94, dy=pen.px(-13)).encode(
            x=pen.x("a"), y=pen.at(53), text=alt.Text("text:N"), opacity=_where_it_fits()
        ),
    ]  # fmt: skip


def _where_it_fits() -> Any:
    # `width` is the chart's own signal: the browser decides, as only it knows how wide the page is.
    return alt.condition("width > datum.need", alt.value(1), alt.value(0))


def _room(at: pd.Series, width_px: pd.Series, length: float) -> list[float]:
    """Chart width from which each name clears all that come before it in rank."""
    need = []
    for i in range(len(at)):
        apart = np.abs(at.iloc[:i] - at.iloc[i]) / length
        half = (width_px.iloc[:i] + width_px.iloc[i]) / 2 + _GAP_PX
        need.append(float((half / np.maximum(apart, 1e-9)).max()) if i else 0.0)
    return need


def _bands(pen: _Pen) -> list[alt.Chart]:
    layers, runs = [], pen.data.runs
    for row, y in _ROWS.items():
        mine = runs[runs["row"] == row]
        band = {name: alt.Chart(mine[mine["band"] == name]) for name in ("certain", DOWN)}
        maybe = mine[mine["band"] == "possible"]
        slim = maybe["b"] - maybe["a"] < pen.km(_SLIM_PX)  # too narrow for a stroke: a tint says it
        foot = alt.Chart(pd.DataFrame({"a": [0.0], "b": [pen.data.length]}))
        layers += [
            foot.mark_rule(color=pen.colours.line, strokeWidth=1).encode(**pen.along(y + _BAR)),
            band["certain"].mark_rect(color=pen.colours.up).encode(**pen.between(y, y + _BAR)),
            alt.Chart(maybe[slim]).mark_rect(color=pen.colours.up, opacity=0.4).encode(**pen.between(y, y + _BAR)),
            alt.Chart(maybe[~slim])
            .mark_rect(fillOpacity=0, stroke=pen.colours.up, strokeWidth=0.8)
            .encode(**pen.between(y, y + _BAR)),
            alt.Chart(_strokes(pen, maybe[~slim], y))
            .mark_rule(color=pen.colours.up, strokeWidth=1.1 * pen.scale)
            .encode(**pen.stroke()),
            band[DOWN].mark_rect(color=pen.colours.down).encode(**pen.between(y + _BAR - 6, y + _BAR + 1)),
        ]
    return layers


def _strokes(pen: _Pen, runs: pd.DataFrame, y: float) -> pd.DataFrame:
    """Diagonals through the runs, cut where a run ends; on one grid, so that neighbours continue each other."""
    step, lean = pen.km(_STROKE_PX), pen.km(_LEAN_PX)
    found = []
    for begin, end in zip(runs["a"], runs["b"], strict=True):
        start = np.arange(np.floor((begin - lean) / step), np.ceil(end / step)) * step
        a, b = np.maximum(start, begin), np.minimum(start + lean, end)
        inside = a < b
        start, a, b = start[inside], a[inside], b[inside]
        found.append(np.stack([a, b, *(y + _BAR - (edge - start) / lean * _BAR for edge in (a, b))], axis=1))
    return pd.DataFrame(np.concatenate([np.empty((0, 4)), *found]), columns=["a", "b", "y", "y2"])


def _seen_by(pen: _Pen) -> list[alt.Chart]:
    cells = pen.data.cells[["a", "cameras"]]
    steps = pd.concat([cells, cells.tail(1).assign(a=pen.data.length)])  # the last step has a width too
    peak = steps.nlargest(1, "cameras").assign(t=lambda row: row["cameras"].map("{:.0f}".format))
    top = max(_SEEN_CAMERAS, float(steps["cameras"].max()))
    scale = alt.Scale(domain=[0, top], range=[pen.px(_SEEN[1]), pen.px(_SEEN[0])])
    y = alt.Y("cameras:Q", axis=None, scale=scale)
    line = alt.Chart(steps).mark_line(interpolate="step-after", color=pen.colours.text, strokeWidth=pen.px(1))
    # The highest step says its number: that is the row's only scale.
    figure = pen.text(
        peak[peak["cameras"] >= 1], pen.colours.soft, FONT_PX * 0.85, align="right", dx=pen.px(-4), dy=pen.px(3)
    )
    return [line.encode(x=pen.x("a"), y=y), figure.encode(x=pen.x("a"), y=y, text=alt.Text("t:N"))]


def _heat(pen: _Pen) -> list[alt.Chart]:
    # Two layers, as a conditional colour would drop the cells without a figure.
    cells = pen.data.cells[["a", "b", "availability", "watched"]]
    known = cells["availability"].notna()
    shade = alt.Scale(
        domain=[_WORST, 1], range=[pen.colours.quiet, _mix(pen.colours.quiet, pen.colours.land, 0.88)], clamp=True
    )
    place = pen.between(*_HEAT)
    return [
        alt.Chart(cells[~known & cells["watched"]])
        .mark_rect(color=pen.colours.unknown, opacity=0.75)
        .encode(**place),
        alt.Chart(cells[known]).mark_rect().encode(
            **place, color=alt.Color("availability:Q", scale=shade, legend=None)
        ),
    ]  # fmt: skip


def _frame(pen: _Pen) -> list[alt.Chart]:
    middles = {row: y + _BAR / 2 for row, y in _ROWS.items()} | {
        "seen": sum(_SEEN) / 2 + 3,
        "heat": sum(_HEAT) / 2,
    }
    names = [
        pen.text(_word(pen, row), pen.colours.soft, align="right", baseline="middle", dx=-8).encode(
            x=pen.x("a"), y=pen.at(y), text=alt.Text("t:N")
        )
        for row, y in middles.items()
    ]  # fmt: skip
    marks = km_marks(pen.data.length)
    axis = pen.text(marks, pen.colours.soft, FONT_PX * 0.9, baseline="top")
    return [*names, axis.encode(x=pen.x("a"), y=pen.at(_AXIS), text=alt.Text("t:N"))]


def km_marks(length_km: float) -> pd.DataFrame:
    """Return where kilometres are written below a line, and how: a, t; the last at its end."""
    step = next((step for step in KM_STEPS if length_km / step <= KM_MARKS), KM_STEPS[-1])
    marks = pd.DataFrame({"a": [*np.arange(0, length_km - step / 2, step), length_km]})
    return marks.assign(t=marks["a"].map(("{:.0f}" if step >= 1 else "{:.1f}").format))


def _word(pen: _Pen, row: str) -> pd.DataFrame:
    return pd.DataFrame({"a": [0.0], "t": [pen.words[f"strip.{row}"]]})


def _hits(pen: _Pen) -> list[alt.Chart]:
    clicked = alt.selection_point(name=CELL, fields=["a"], on="click", empty=False)
    dragged = alt.selection_interval(
        name=STRETCH,
        encodings=["x"],
        mark=alt.BrushConfig(fill=pen.colours.text, fillOpacity=0.08, stroke=pen.colours.text),
    )
    cells = _told(pen)
    bars = alt.Chart(cells).mark_rect(opacity=0.001, color=pen.colours.text)
    names = [name for name in _TOLD if name != "pillars" or cells["pillars"].ne("").any()]
    told = [alt.Tooltip(f"{name}:N", title=pen.words[f"strip.{name}"]) for name in names]
    bars = bars.encode(**pen.between(0, 160), tooltip=told)
    chosen = alt.Chart(cells).mark_rect(fillOpacity=0, stroke=pen.colours.text, strokeWidth=1.5)
    return [chosen.encode(**pen.between(58, 160)).transform_filter(clicked), bars.add_params(clicked, dragged)]


_TOLD = ("from_to", "pillars", "place", "by_day", "by_night", "codes", "uptime", "dark_since")


def _told(pen: _Pen) -> pd.DataFrame:
    cells, words = pen.data.cells, pen.words
    rows = {
        f"by_{row}": [
            " · ".join(
                f"{words[f'band.{band}']} {km:.2f}" for band, km in zip(_BANDS, kms, strict=True) if km > 0.005
            )
            for kms in cells[[f"{row}_{band}" for band in _BANDS]].to_numpy()
        ]
        for row in _ROWS
    }
    nobody = cells["watched"].map({True: words["strip.unwatched"], False: "–"})
    share = cells["availability"].map("{:.1%}".format).where(cells["availability"].notna(), nobody)
    since = cells["since"].dt.tz_convert("Asia/Bangkok").dt.strftime("%d/%m %H:%M").fillna("–")
    return cells[["a", "b", "from_to"]].assign(
        pillars=pillars(cells, words),
        place=cells[pen.language],
        codes=cells["codes"].replace("", "–"),
        uptime=share,
        dark_since=since,
        **rows,
    )


def pillars(stretches: pd.DataFrame, words: Mapping[str, str]) -> list[str]:
    """Return stretches told by the pillars around them (pillar_from, pillar_to); "" where there are none."""

    def said(first: str, last: str) -> str:
        key = {(True, True): "between", (True, False): "after", (False, True): "before"}.get(
            (first != "", last != "")
        )
        return words[f"pillar.{key}"].format(first=first, last=last) if key else ""

    return list(map(said, stretches["pillar_from"], stretches["pillar_to"]))


_BANDS = ("certain", "possible", "open")


@cache
def _width_px(text: str) -> float:
    """Width of a name at scale 1, shaped as the browser shapes it."""
    return float(_font().getlength(text, language="th"))


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / "Sarabun-Regular.ttf"), FONT_PX, layout_engine=ImageFont.Layout.RAQM)


def _mix(one: str, other: str, share: float) -> str:
    """#RRGGBB between two colours, `share` of the way from one to the other."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)
