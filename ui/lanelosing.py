"""Lanes of checkpoints that would be lost when something is switched off, and what the most lanes hang on."""

from collections.abc import Callable
from html import escape
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from data.fleet import Snapshot
from data.geography import checkpoints
from data.lines.losing_now import CAMERA
from data.posts import losing as lanes_of
from data.posts.lanes import Lane
from data.posts.lanes import lanes as lanes_in_use
from data.posts.matrix import NOT_SEEN, SEEN
from geo.see.coverage import LIGHTS
from geo.tile.tiles import STATUSES
from ui import cache, cards, lanes, losing
from ui.labels import short_name
from ui.palette import Theme
from ui.words import pick, t

KEY = "lanes-lost"
MOST = 50
ROW_PX, TALL_PX = 36, 260


def chosen(known: Snapshot, drawn: list[Lane]) -> losing.Chosen | None:
    """Return what the link says is off, with the rows of its cameras that see a lane; None if there are none."""
    return losing.chosen(known, lanes_of.hung(cache.database(), known, drawn))


def drawn_lanes() -> list[Lane]:
    """Return the lanes in use."""
    return lanes_in_use(cache.database())


def lost(known: Snapshot, drawn: list[Lane], when: str) -> pd.DataFrame | None:
    """Return the lanes that get worse without what the link says; None if it says nothing that sees a lane."""
    what = chosen(known, drawn)
    return None if what is None else lanes_of.off(known, drawn, what.rows, when)


def said(worse: pd.DataFrame | None) -> str:
    """Return what the page's sentence says of lanes; nothing where none is lost."""
    return t("lanes_lost.said", lanes=_band(worse)) if worse is not None and len(worse) else ""


def figures(worse: pd.DataFrame | None) -> list[cards.Figure]:
    """Return how many lanes are lost by day or by night, as a figure; none where no lane is seen by these."""
    if worse is None:
        return []
    blind = worse[(worse["was"] == SEEN) & (worse["now"] == NOT_SEEN)]["lane_id"].nunique()
    note = t("lanes_lost.blind", count=blind) if blind else ""
    return [cards.Figure(_band(worse), "", t("lanes_lost.count"), note)]


def _band(worse: pd.DataFrame) -> str:
    """Lanes surely lost, to those that may be, by day or by night."""
    surely = worse[(worse["was"] == SEEN) & (worse["now"] != SEEN)]["lane_id"].nunique()
    return _ends(surely, worse["lane_id"].nunique())


def show(
    known: Snapshot, drawn: list[Lane], worse: pd.DataFrame | None, theme: Theme, when: str,
    *, by: str, on_choose: Callable[[str, Any], None],
) -> None:  # fmt: skip
    """List the lanes that get worse, and what most hang on; `on_choose` is told kind and key of a row."""
    if worse is not None:
        cards.part(t("lanes_lost.title"), _table(drawn, worse))
    cards.part(t("lanes_lost.worst_title"))
    if not drawn:
        st.html(f'<p class="soft">{escape(t("lanes_lost.no_lanes"))}</p>')
        return
    hung = lanes_of.hung(cache.database(), known, drawn)
    table = lanes_of.worst(known, drawn, by, hung, when)
    if table.empty:
        st.html(f'<p class="soft">{escape(t("lanes_lost.worst_none"))}</p>')
        return
    shown = table.head(MOST)
    keys = list(shown["key"])
    name = (
        f"{KEY}-{crc32(repr((by, keys)).encode())}"  # another list is another table: nothing is picked in it yet
    )

    def clicked() -> None:
        cells = st.session_state[name].selection.cells
        if cells and cells[0][0] < len(keys):
            on_choose(by, keys[cells[0][0]])

    st.dataframe(
        _words(known, shown, by, theme), key=name, hide_index=True, row_height=ROW_PX, column_config=_columns(by),
        height=min(TALL_PX, ROW_PX * (len(shown) + 1) + 3), on_select=clicked, selection_mode="single-cell",
        placeholder="",
    )  # fmt: skip
    if len(table) > MOST:
        st.html(f'<p class="soft fine">{escape(t("lanes_lost.more", count=f"{len(table):,}", most=MOST))}</p>')


def _table(drawn: list[Lane], worse: pd.DataFrame) -> str:
    if worse.empty:
        return f'<p class="soft">{escape(t("lanes_lost.none"))}</p>'
    by_id = {lane.id: lane for lane in drawn}
    known = checkpoints(cache.database())
    names = {row["code"]: pick(short_name(row["name_th"]), row["name_en"]) for row in known.to_dict("records")}
    heads = (t("lanes.lane"), t("lanes.use"), t("lanes.light"), t("lanes_lost.becomes"))
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        _row(by_id[row["lane_id"]], row, names.get(row["checkpoint"], row["checkpoint"]))
        for row in worse.to_dict("records")
    )
    return f'<table class="lanes"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(lane: Lane, row: Any, post: str) -> str:
    was, now = (f'<i class="sign {row[end]}"></i>{escape(t(f"lanes.{row[end]}"))}' for end in ("was", "now"))
    same = row["was"] == row["now"]
    told = (
        f"{was}<small>{escape(t('lanes_lost.maybe'))}</small>"
        if same
        else t("lanes_lost.change", was=was, now=now)
    )
    cells = (
        f"<b>{escape(lanes.named(lane))}</b><small>{escape(post)} · {escape(lane.drawn.code)}</small>",
        escape(t(f"lanes.use_{lane.drawn.use}")),
        escape(t(f"light.{row['light']}")),
        told,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _words(known: Snapshot, table: pd.DataFrame, by: str, theme: Theme) -> pd.DataFrame:
    counts = {
        light: [_ends(*pair) for pair in zip(table[f"{light}_lost"], table[f"{light}_most"], strict=True)]
        for light in LIGHTS
    }
    if by == CAMERA:
        rows = table["key"].astype(int)
        names: dict[str, Any] = {
            "glyph": [cards.glyph_uri(STATUSES[known.status[row]], theme) for row in rows],
            "name": [losing.camera_name(known, row) for row in rows],
        }
    else:
        names = {"name": table["key"].astype(str).tolist(), "cameras": table["cameras"].tolist()}
    return pd.DataFrame(names | counts | {"posts": table["posts"].tolist()})


def _columns(by: str) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    first: dict[str, Any] = {"glyph": st.column_config.ImageColumn("", width=36)} if by == CAMERA else {}
    cameras = {} if by == CAMERA else {"cameras": number(t("lanes_lost.cameras"), width=66)}
    counts = {light: text(t(f"lanes_lost.{light}"), width=96, alignment="right") for light in LIGHTS}
    last = {"posts": number(t("lanes_lost.posts"), width=96)}
    return first | {"name": text(t(f"whatif.{by}"), width=270)} | cameras | counts | last


def _ends(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
