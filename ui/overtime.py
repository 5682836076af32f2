"""The border over time, drawn: how much of it was seen each day, and each kilometre's share of the time."""

from datetime import datetime, time
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from data.lines.past import SORTS
from geo.line.chainage import chainage
from geo.see.coverage import LIGHTS
from ui.palette import Theme, palette
from ui.strip import km_marks
from ui.words import BANGKOK, day, moment, percent, t

FONT = "Sarabun"
ROW_PX, GAP_PX, AXIS_PX = 74, 14, 22
TABLE_ROW_PX, TALL_PX = 36, 470
TABLE = "openings"
FRAMED = 600  # columns, day and night: frames of more would grey the whole
LABELS = 10  # dates below the days, at most
_HEIGHT_PX = 2 * ROW_PX + GAP_PX + AXIS_PX
_SHADES = {"certain": ("up", 1.0), "possible": ("up", 0.35), "unknown": ("unknown", 0.45)}  # "open" is left bare

CSS = """
.key.seen-certain{background:var(--up)} .key.seen-possible{background:color-mix(in srgb,var(--up) 35%,transparent)}
.key.seen-unknown{background:color-mix(in srgb,var(--unknown) 45%,transparent)}
.key.seen-open{background:none;border:1px solid var(--line)}
.st-key-then-box{border:1px solid var(--line);border-radius:6px;padding:12px 16px 16px!important}
"""


def days_chart(days: pd.DataFrame, theme: Theme) -> alt.LayerChart:
    """
    Draw a column a day, by day above and by night below.

    Parameters
    ----------
    days
        As `data.lines.past.CoveredTime.by_day` gives it.
    """
    dates = sorted(days["day"].unique())
    place = {date: number for number, date in enumerate(dates)}
    spans = [(place[date] + 0.08, place[date] + 0.92) for date in days["day"]]
    rows = _stacked(days, spans, [day(_noon(date)) for date in days["day"]])
    step = -(-len(dates) // LABELS)
    ticks = pd.DataFrame(
        [(number + 0.5, _short(date)) for date, number in place.items() if number % step == 0], columns=["a", "t"]
    )
    return _chart(rows, ticks, len(dates), theme, t("over_time.tip_day"))


def stretches_chart(stretches: dict[str, pd.DataFrame], theme: Theme) -> alt.LayerChart:
    """
    Draw the line straight, north on the left: of each kilometre which share of the time it was seen.

    Parameters
    ----------
    stretches
        By light, as `data.lines.past.CoveredTime.by_stretch` gives it.
    """
    frame = pd.concat([table.assign(light=light) for light, table in stretches.items()], ignore_index=True)
    spans = list(zip(frame["from_m"] / 1000, frame["to_m"] / 1000, strict=True))
    named = [f"{chainage(a)}–{chainage(b)}" for a, b in zip(frame["from_m"], frame["to_m"], strict=True)]
    length = float(frame["to_m"].max()) / 1000
    return _chart(
        _stacked(frame, spans, named), km_marks(length).iloc[:-1], length, theme, t("over_time.tip_stretch")
    )


def key() -> str:
    """Return what the shades mean, as HTML."""
    parts = (f'<span><i class="key seen-{sort}"></i>{escape(t(f"over_time.{sort}"))}</span>' for sort in SORTS)
    return f'<div class="strip-key">{"".join(parts)}</div>'


def openings_table(openings: pd.DataFrame) -> datetime | None:
    """List what opened and closed gaps, newest first; returns the moment of a row that was clicked."""
    words = pd.DataFrame(
        {
            "at": openings["at"].map(moment),
            "what": openings["opened"].map({True: t("over_time.opened"), False: t("over_time.closed")}),
            "span": [
                f"{chainage(a)}–{chainage(b)}" for a, b in zip(openings["from_m"], openings["to_m"], strict=True)
            ],
            "length": openings["length_m"].round(),
            "camera": openings["camera_code"],
            "why": openings["reason"].map(_why),
            "with": [_incident(kind, of) for kind, of in zip(openings["kind"], openings["key"], strict=True)],
        }
    )
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    picked = st.dataframe(
        words, key=TABLE, hide_index=True, row_height=TABLE_ROW_PX, placeholder="–", on_select="rerun",
        height=min(TALL_PX, TABLE_ROW_PX * (len(words) + 1) + 3), selection_mode="single-row", column_config={
            "at": text(t("over_time.at"), width=140),
            "what": text(t("over_time.what"), width=84),
            "span": text(t("gaps.span"), width=126),
            "length": number(t("over_time.metres"), format="localized", width=70),
            "camera": text(t("over_time.camera"), width=120),
            "why": text(t("over_time.why"), width=170),
            "with": text(t("over_time.with"), width=200),
        },
    )  # fmt: skip
    chosen = [row for row in picked.selection.rows if row < len(openings)]
    return openings["at"].iloc[chosen[0]].to_pydatetime() if chosen else None


def _why(reason: str) -> str:
    return t("over_time.unwatched") if reason == "unwatched" else t(f"reason.{reason}")


def _incident(kind: str, of: str) -> str:
    return t(f"alarms.kind_{kind}", called=of) if kind else "–"


def _noon(date: Any) -> datetime:
    return datetime.combine(date, time(12), BANGKOK)


def _short(date: Any) -> str:
    """Day and month; the year stands in the tip."""
    return day(_noon(date)).rsplit(" ", 1)[0]


def _stacked(frame: pd.DataFrame, spans: list[tuple[float, float]], named: list[str]) -> pd.DataFrame:
    """A row a place and sort: a, b, and from which to which height it reaches; shares of what there was of it."""
    whole = frame[list(SORTS)].sum(axis=1)
    top = {light: number * (ROW_PX + GAP_PX) for number, light in enumerate(LIGHTS)}
    bottom = frame["light"].map(top).astype(float) + ROW_PX
    rows = []
    for sort in SORTS:
        share = (frame[sort] / whole.where(whole > 0)).fillna(0.0)
        upper = bottom - share * ROW_PX
        rows.append(
            pd.DataFrame(
                {
                    "a": [a for a, _ in spans], "b": [b for _, b in spans], "from": bottom, "to": upper,
                    "sort": sort, "light": frame["light"].map(lambda light: t(f"light.{light}")), "named": named,
                    "what": t(f"over_time.{sort}"), "share": share.map(lambda one: f"{percent(one)}%"),
                }
            )
        )  # fmt: skip
        bottom = upper
    table = pd.concat(rows, ignore_index=True)
    return table[table["from"] - table["to"] > 1e-9]


def _chart(rows: pd.DataFrame, ticks: pd.DataFrame, length: float, theme: Theme, title: str) -> alt.LayerChart:
    colours = palette(theme)
    x = alt.X("a:Q", axis=None, scale=alt.Scale(domain=[0, length], nice=False))
    scale = alt.Scale(domain=[0, _HEIGHT_PX], range=[0, _HEIGHT_PX], nice=False, zero=False)
    y = alt.Y("from:Q", axis=None, scale=scale)
    tips = [
        alt.Tooltip("named:N", title=title), alt.Tooltip("light:N", title=t("over_time.tip_light")),
        alt.Tooltip("what:N", title=t("over_time.tip_what")),
        alt.Tooltip("share:N", title=t("over_time.tip_share")),
    ]  # fmt: skip
    layers: list[Any] = [
        alt.Chart(rows[rows["sort"] == sort])
        .mark_rect(color=colours.status(colour), opacity=opacity)
        .encode(x=x, x2="b:Q", y=y, y2="to:Q", tooltip=tips)
        for sort, (colour, opacity) in _SHADES.items()
    ]
    whole = rows.groupby(["a", "b", "light", "named"], as_index=False).agg({"from": "max", "to": "min"})
    if len(whole) > FRAMED:
        whole = whole.groupby("light", as_index=False).agg({"a": "min", "b": "max", "from": "max", "to": "min"})
    frame = alt.Chart(whole).mark_rect(fill=None, stroke=colours.line, strokeWidth=0.6)
    layers.insert(0, frame.encode(x=x, x2="b:Q", y=y, y2="to:Q"))
    bare = alt.Chart(rows[rows["sort"] == "open"]).mark_rect(color=colours.land, opacity=0.01)
    layers.append(bare.encode(x=x, x2="b:Q", y=y, y2="to:Q", tooltip=tips))
    axis = alt.Chart(ticks).mark_text(font=FONT, fontSize=12, color=colours.soft, baseline="bottom")
    layers.append(axis.encode(x=x, y=alt.value(_HEIGHT_PX), text="t:N"))
    sides = pd.DataFrame(
        [(number * (ROW_PX + GAP_PX) + ROW_PX / 2, t(f"light.{light}")) for number, light in enumerate(LIGHTS)],
        columns=["from", "t"],
    )
    named = alt.Chart(sides).mark_text(font=FONT, fontSize=12.5, color=colours.soft, align="right", dx=-8)
    layers.append(named.encode(x=alt.value(0), y=y, text="t:N"))
    drawn: alt.LayerChart = (
        alt.layer(*layers)
        .properties(
            height=_HEIGHT_PX, width="container", background="transparent",
            padding={"left": 62, "right": 10, "top": 0, "bottom": 0},
        )
        .configure(font=FONT, view=alt.ViewConfig(stroke=None))
    )  # fmt: skip
    return drawn
