"""
One camera's past as a bar, Bangkok days below: what a time was is told by height as well as colour.

Down fills the bar, a bad picture its lower half over pale "up", maintenance a stripe; unwatched time is grey and
never skipped.
"""

from datetime import datetime, timedelta
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.palette import Theme, palette
from ui.words import BANGKOK, clock, day, moment, span, t

HEIGHT_PX, TOP_PX, BAR_PX = 62, 4, 34
ROW_PX, TALL_PX = 36, 300
LABELS = 6
FONT = "Sarabun"


def chart(past: pd.DataFrame, theme: Theme) -> alt.LayerChart:
    """
    Draw a history.

    Parameters
    ----------
    past
        As `data.watch.history.history` gives it: began_at, ended_at, state, without holes.
    """
    colours = palette(theme)
    begin, end = past["began_at"].iloc[0], past["ended_at"].iloc[-1]
    bars = _bars(past, begin)
    x = alt.X("a:Q", axis=None, scale=alt.Scale(domain=[0, _hours(end - begin)], nice=False))
    tips = [alt.Tooltip(f"{name}:N", title=t(f"camera.{name}")) for name in ("state_word", "from", "to", "lasted")]
    layers = [
        alt.Chart(bars[bars["state"] == state])
        .mark_rect(
            color=colours.status(colour), opacity=opacity, strokeWidth=1,
            stroke=colours.status(colour) if opacity == 1 and bottom - top > 0.1 else None,
        )
        .encode(x=x, x2=alt.X2("b"), y=_height(top), y2=_height(bottom), tooltip=tips)
        for state, colour, opacity, top, bottom in _SHADES
    ]  # fmt: skip
    labels = alt.Chart(_days(begin, end))
    tick = labels.mark_rule(color=colours.line).encode(x=x, y=alt.value(BAR_PX), y2=alt.value(BAR_PX + 6))
    text = labels.mark_text(font=FONT, fontSize=12, color=colours.soft, baseline="top", align="left", dx=3)
    drawn: alt.LayerChart = (
        alt.layer(*layers, tick, text.encode(x=x, y=alt.value(BAR_PX + 5), text="t:N"))
        .properties(height=HEIGHT_PX, width="container", background="transparent", padding=0)
        .configure(font=FONT, view=alt.ViewConfig(stroke=None))
    )
    return drawn


def outage_table(outages: pd.DataFrame, at: datetime) -> None:
    """List outages as `data.watch.history.outages_of` gives them; one that lasts says so."""
    lasting = outages["ended_at"].isna()
    ended = outages["ended_at"].fillna(pd.Timestamp(at))
    table = pd.DataFrame(
        {
            "began": outages["began_at"].map(moment),
            "ended": ended.map(moment).mask(lasting, t("camera.lasting")),
            "lasted": (ended - outages["began_at"]).map(span),
            "reason": outages["reason"].map(lambda key: t(f"reason.{key or 'never'}")),
        }
    )
    columns = {str(name): st.column_config.TextColumn(t(f"camera.{name}")) for name in table}
    st.dataframe(
        table, key="outages", hide_index=True, row_height=ROW_PX, column_config=columns,
        height=min(TALL_PX, ROW_PX * (len(table) + 1) + 3),
    )  # fmt: skip


def key() -> str:
    """Return what the shades mean, as HTML."""
    parts = (f'<span><i class="key past-{name}"></i>{escape(t(f"past.{name}"))}</span>' for name in _STATES)
    return f'<div class="strip-key">{"".join(parts)}</div>'


# state, colour, opacity, from and to which height of the bar
_SHADES = (
    ("up", "up", 0.28, 0.0, 1.0),
    ("degraded", "up", 0.28, 0.0, 0.5),
    ("degraded", "degraded", 1.0, 0.5, 1.0),
    ("down", "down", 1.0, 0.0, 1.0),
    ("maintenance", "maintenance", 1.0, 0.36, 0.64),
    ("unknown", "unknown", 0.45, 0.0, 1.0),
)
_STATES = ("up", "degraded", "down", "maintenance", "unknown")

CSS = """
.key.past-up{background:color-mix(in srgb,var(--up) 28%,transparent)} .key.past-down{background:var(--down)}
.key.past-degraded{background:linear-gradient(color-mix(in srgb,var(--up) 28%,transparent) 50%,var(--degraded) 0)}
.key.past-maintenance{background:linear-gradient(transparent 36%,var(--maintenance) 36% 64%,transparent 64%)}
.key.past-unknown{background:var(--unknown);opacity:.45}
"""


def _height(share: float) -> Any:
    return alt.value(TOP_PX + share * (BAR_PX - TOP_PX))


def _bars(past: pd.DataFrame, begin: datetime) -> pd.DataFrame:
    words = {name: t(f"past.{name}") for name in _STATES}
    spans = list(zip(past["began_at"], past["ended_at"], strict=True))
    return pd.DataFrame(
        {
            "a": [_hours(one - begin) for one, _ in spans],
            "b": [_hours(other - begin) for _, other in spans],
            "state": past["state"].to_numpy(),
            "state_word": past["state"].map(words).to_numpy(),
            "from": [moment(one) for one, _ in spans],
            "to": [moment(other) for _, other in spans],
            "lasted": [span(other - one) for one, other in spans],
        }
    )


def _days(begin: datetime, end: datetime) -> pd.DataFrame:
    """A label at some of the Bangkok midnights, at hours where the window is short."""
    length = end - begin
    local = begin.astimezone(BANGKOK)
    step = timedelta(days=max(1, round(length.days / LABELS))) if length.days > 1 else timedelta(hours=4)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    while at < end:
        # the last one would run over the edge
        if begin <= at < end - step * 0.4:
            rows.append({"a": _hours(at - begin), "t": day(at) if length.days > 1 else clock(at)})
        at += step
    return pd.DataFrame(rows, columns=["a", "t"])


def _hours(length: timedelta) -> float:
    return length.total_seconds() / 3600
