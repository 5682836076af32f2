"""How cameras were kept, drawn: a bar a day, split by what the cameras were; unknown time grey, never left out."""

from datetime import datetime, time
from typing import Any

import altair as alt
import pandas as pd

from data.watch.uptime import STATES_S
from ui.palette import Theme, palette
from ui.words import BANGKOK, day, percent, t

HEIGHT_PX = 190
FONT = "Sarabun"
LABELLED_MOST = 31  # bars that bear their figure
_PALE = {"up": 0.32, "unknown": 0.4}


def chart(days: pd.DataFrame, theme: Theme) -> alt.LayerChart:
    """
    Draw a group's days.

    Parameters
    ----------
    days
        As `data.watch.uptime.by_day` gives it, a row a day.
    """
    colours = palette(theme)
    bars, heads = _bars(days), _heads(days)
    order = heads["label"].tolist()
    x = alt.X(
        "label:N", sort=order, title=None,
        axis=alt.Axis(labelAngle=0, labelOverlap=True, labelColor=colours.soft, labelFontSize=12, ticks=False,
                      domainColor=colours.line),
    )  # fmt: skip
    y = alt.Y("from:Q", scale=alt.Scale(domain=[0, 1.1], nice=False), axis=None)
    tips = [
        alt.Tooltip(f"{name}:N", title=t(f"uptime.tip_{name}")) for name in ("day", "state", "share", "available")
    ]
    parts = [
        alt.Chart(bars[bars["key"] == name])
        .mark_bar(color=colours.status(name), opacity=_PALE.get(name, 1.0))
        .encode(x=x, y=y, y2="to:Q", tooltip=tips)
        for name in _names()
    ]
    if len(heads) <= LABELLED_MOST:
        figure = alt.Chart(heads).mark_text(font=FONT, fontSize=11, color=colours.text, baseline="bottom", dy=-2)
        parts.append(figure.encode(x=x, y=alt.value(HEIGHT_PX * 0.1 / 1.1), text="available:N"))
    drawn: alt.LayerChart = (
        alt.layer(*parts)
        .properties(height=HEIGHT_PX, width="container", background="transparent", padding=0)
        .configure(font=FONT, view=alt.ViewConfig(stroke=None))
        .configure_scale(bandPaddingInner=0.18)
    )
    return drawn


def _names() -> list[str]:
    return [name.removesuffix("_s") for name in STATES_S]


def _bars(days: pd.DataFrame) -> pd.DataFrame:
    """A row a day and state: from and to which share of the day, 0-1."""
    whole = days[list(STATES_S)].sum(axis=1)
    done = whole * 0
    rows: list[dict[str, Any]] = []
    for column, name in zip(STATES_S, _names(), strict=True):
        share = days[column] / whole
        for at, one, low, available in zip(days["day"], share, done, days["availability"], strict=True):
            rows.append(
                {
                    "label": _label(at), "day": day(_noon(at)), "key": name, "from": low, "to": low + one,
                    "state": t(f"past.{name}"), "share": f"{percent(one)}%", "available": f"{percent(available)}%",
                }
            )  # fmt: skip
        done = done + share
    return pd.DataFrame(rows)


def _heads(days: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"label": [_label(at) for at in days["day"]], "available": [percent(one) for one in days["availability"]]}
    )


def _label(at: Any) -> str:
    """Day and month; the year stands in the tip."""
    return day(_noon(at)).rsplit(" ", 1)[0]


def _noon(at: Any) -> datetime:
    return datetime.combine(at, time(12), BANGKOK)
