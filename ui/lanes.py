"""The lane matrix as a table, and lanes on the map; each state is told by a sign and a word."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd
import pydeck as pdk

from data.files.formats import ENDINGS
from data.files.lanes import LaneView
from data.fleet import Snapshot
from data.posts.lanes import Lane
from data.posts.matrix import NOT_SEEN, NOT_WORKING, POSSIBLE, SEEN, STATES, UNKNOWN_STATE
from data.posts.openings import Opening
from geo.see.coverage import LIGHTS
from ui import cards, glyphs
from ui.layers import DASHED
from ui.palette import Palette, Theme, palette, rgba
from ui.style import sheet
from ui.words import moment, percent, pick, span, t

CSS = sheet("lanes")
_OPEN_STATES = (SEEN, NOT_WORKING, POSSIBLE, NOT_SEEN)  # hours of which something is known
_NARROW_PX = 3  # a lane is drawn at least so wide
Row = Mapping[Hashable, Any]


def named(lane: Lane) -> str:
    """Name of a lane, its code where it has none."""
    return pick(lane.drawn.name_th, lane.drawn.name_en) or lane.drawn.code


def finding(now: pd.DataFrame) -> str:
    """Say how many of the lanes that want to be seen by day are, and what keeps the others from it."""
    day = now[now["light"] == LIGHTS[0]]
    count = day["state"].value_counts()
    told = {name: int(count.get(name, 0)) for name in (SEEN, NOT_WORKING, POSSIBLE, NOT_SEEN)}
    return t("lanes.finding", count=len(day), **told)


def table(
    lanes: Sequence[Lane],
    now: pd.DataFrame,
    past: pd.DataFrame,
    known: Snapshot,
    *,
    posts: Mapping[str, str],
    openings: Mapping[str, Opening],
) -> str:
    """
    Return the matrix as HTML.

    Parameters
    ----------
    now, past
        As `data.posts.matrix.matrix` and `matrix_over` give them.
    posts, openings
        Name of each checkpoint, and what holds of its opening, by code.
    """
    states = {(row["lane_id"], row["light"]): row for row in now.to_dict("records")}
    over = {(row["lane_id"], row["light"]): row for row in past.to_dict("records")}
    head = [t("lanes.lane"), t("lanes.use"), t("lanes.asks"), t("lanes.day"), t("lanes.night"), t("lanes.worst")]
    heads = "".join(
        f'<th scope="col"{_wide(at)}>{escape(text)}</th>' for at, text in enumerate([*head, t("lanes.period")])
    )
    body, last = [], ""
    for lane in lanes:
        if lane.checkpoint != last:
            last = lane.checkpoint
            body.append(_post(posts.get(last, last), openings.get(last), len(head) + 1))
        body.append(_lane(lane, states, over, known))
    return f'<table class="lanes"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def key() -> str:
    """Return what the signs mean, as HTML."""
    names = (SEEN, NOT_WORKING, POSSIBLE, NOT_SEEN, UNKNOWN_STATE, "closed")
    parts = (f'<span><i class="sign {name}"></i>{escape(t(f"lanes.{name}_long"))}</span>' for name in names)
    return f'<div class="lane-key">{"".join(parts)}</div>'


def files(view: LaneView) -> str:
    """Return links to the lanes of a view as files, as HTML."""
    asked = escape(view.query())
    links = "".join(
        f'<a class="download" download href="/exports/lanes{ending}?{asked}">{ending[1:]}</a>'
        for ending in ENDINGS
    )
    return f'<p class="soft downloads">{escape(t("lanes.files"))} {links}</p>'


def layers(theme: Theme, lanes: Sequence[Lane], now: pd.DataFrame) -> list[pdk.Layer]:
    """Return lanes as ribbons of their width, by their state by day (by night where only that is asked for)."""
    colours, told = palette(theme), now.drop_duplicates("lane_id").set_index("lane_id")["state"]
    rows = [
        {
            "p": [[round(x, 7), round(y, 7)] for x, y in lane.drawn.points],
            "w": lane.drawn.width_m,
            "c": list(rgba(_colour(told.get(lane.id, NOT_SEEN), colours), 220)),
            "d": [2, 1.5] if told.get(lane.id) == POSSIBLE else [0, 0],
        }
        for lane in lanes
    ]
    return [
        pdk.Layer(
            "PathLayer", id="lanes", data=rows, get_path="p", get_color="c", get_width="w",
            width_min_pixels=_NARROW_PX, extensions=[DASHED], get_dash_array="d",
        )
    ]  # fmt: skip


def _colour(state: str, colours: Palette) -> str:
    if state in (SEEN, POSSIBLE):
        return colours.up
    return colours.gap_live if state == NOT_WORKING else colours.gap_planned


def _wide(at: int) -> str:
    return ' class="wide"' if at in (1, 2) else ""  # left out where there is no room


def _post(name: str, opening: Opening | None, columns: int) -> str:
    said = f"<small>{escape(opened(opening))}</small>" if opening else ""
    return f'<tr><th colspan="{columns}" scope="colgroup">{escape(name)}{said}</th></tr>'


def opened(opening: Opening) -> str:
    """Say whether a checkpoint is open, with since when that holds."""
    said = t(f"checkpoints.{opening.status}")
    if opening.from_at is None:
        return t("lanes.opening_undated", status=said)
    return t("lanes.opening_since", status=said, at=moment(opening.from_at))


def _lane(lane: Lane, states: Mapping[Any, Row], over: Mapping[Any, Row], known: Snapshot) -> str:
    drawn = lane.drawn
    tag = f' <span class="tag">{escape(t("lanes.demo"))}</span>' if lane.demo else ""
    asks = t("lanes.level_width", level=f"{drawn.level_px_m:g}", width=f"{drawn.width_m:g}")
    cells = [
        f"<b>{escape(named(lane))}</b>{tag}<small>{escape(drawn.code)}</small>",
        f"{escape(t(f'lanes.use_{drawn.use}'))}",
        f"{escape(asks)}<small>{escape(t(f'lanes.facing_{drawn.facing}'))}</small>",
        *(_state(states.get((lane.id, light))) for light in LIGHTS),
        _worst([states[lane.id, light] for light in LIGHTS if (lane.id, light) in states], known),
        "".join(_past(over[lane.id, light], light) for light in LIGHTS if (lane.id, light) in over),
    ]
    kinds = ["", ' class="wide"', ' class="wide"', ' class="state"', ' class="state"', ' class="worst"', ""]
    return f"<tr>{''.join(f'<td{kind}>{cell}</td>' for kind, cell in zip(kinds, cells, strict=True))}</tr>"


def _state(row: Row | None) -> str:
    if row is None:
        return f'<span class="soft">{escape(t("lanes.not_asked"))}</span>'
    low, high = (f"{100 * share:.0f}" for share in (row["certain"], row["certain"] + row["possible"]))
    share = low if low == high else f"{low}–{high}"
    of = t("lanes.share", share=share, cameras=row["cameras"])
    said = t(f"lanes.{row['state']}")
    return f'<i class="sign {row["state"]}"></i>{escape(said)}<small>{escape(of)}</small>'


def _worst(rows: Sequence[Row], known: Snapshot) -> str:
    """Camera that matters most of those that are not up, with since when: by day, else by night."""
    row = next((row for row in rows if row["worst_row"] >= 0), None)
    if row is None:
        return '<span class="soft">–</span>'
    camera, status = known.camera(int(row["worst_row"])), str(row["worst_status"])
    said = t(f"status.{status}")
    if pd.notna(row["worst_since"]):
        said += " " + t("lanes.since", at=moment(row["worst_since"].to_pydatetime()))
    link = cards.camera_link(camera, str(camera["code"]))
    return f"{glyphs.html(status)} {link}<small>{escape(said)}</small>"


def _past(row: Row, light: str) -> str:
    """Share of the open hours a lane was in each state, drawn and in words; unknown and closed hours apart."""
    names = (*_OPEN_STATES, UNKNOWN_STATE, "closed")
    whole = sum(row[f"{name}_s"] for name in names)
    if not whole:
        return ""
    parts = "".join(
        f'<i class="{name}" style="width:{100 * row[f"{name}_s"] / whole:.2f}%"></i>'
        for name in names
        if row[f"{name}_s"] > 0
    )
    judged = sum(row[f"{name}_s"] for name in _OPEN_STATES)
    opened = sum(row[f"{name}_s"] for name in STATES)
    words = [t(f"light.{light}")]
    if judged:
        words.append(t("lanes.seen_share", share=percent(row["seen_s"] / judged)))
        words += [
            f"{t(f'lanes.{name}')} {percent(row[f'{name}_s'] / judged)}%"
            for name in (NOT_WORKING, POSSIBLE)
            if row[f"{name}_s"] > 0
        ]
    if row["unknown_s"] > 0:
        words.append(t("lanes.unknown_share", share=percent(row["unknown_s"] / opened)))
    if row["closed_s"] > 0:
        words.append(t("lanes.closed_for", time=span(timedelta(seconds=row["closed_s"]))))
    said = escape(" · ".join(words))
    return f'<div class="over" role="img" aria-label="{said}">{parts}</div><small>{said}</small>'
