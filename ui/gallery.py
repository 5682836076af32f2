"""Pictures of many cameras, the worst first; what fails meanwhile is told, nothing jumps by itself."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import filters as data_filters
from data.filters import CameraFilter
from data.fleet import DEGRADED, DOWN, Rows, Snapshot
from data.ground.hidden import bare
from data.inventory import STATUS_WORDS
from ui import cache, cards, glyphs, looking, paging, state
from ui.palette import STATUSES, WORST_FIRST
from ui.words import pick, province, t

PAGE = 60
MOST_PAGES = 100  # who wants more narrows the filter
_RANK = np.array([WORST_FIRST.index(word) for word in STATUS_WORDS])  # by status code


@dataclass(frozen=True)
class Order:
    """Which cameras were worst when the reader last asked: ids, of a filter, at a status number."""

    query: str
    inventory_version: int
    seq: int
    ids: NDArray[np.int64]


def order(known: Snapshot, chosen: CameraFilter) -> Order:
    """Return the order this reader sees: it stands until another filter is chosen, or a new order asked for."""
    kept: Order | None = st.session_state.get(state.GALLERY_ORDER)
    if kept and (kept.query, kept.inventory_version) == (chosen.query(), known.inventory_version):
        return kept
    rows = worst_first(known, data_filters.rows(known, chosen), cache.captured(known))[: PAGE * MOST_PAGES]
    fresh = Order(chosen.query(), known.inventory_version, known.seq, known.ids[rows])
    st.session_state[state.GALLERY_ORDER] = fresh
    return fresh


def anew() -> None:
    """Forget the order, and begin at its first page; for a button's callback."""
    st.session_state.pop(state.GALLERY_ORDER, None)
    st.query_params.pop(state.PAGE, None)


def worst_first(known: Snapshot, rows: Rows, captured: NDArray[np.int64]) -> Rows:
    """
    Sort rows by status, the worst first, then by picture, the oldest first; without one before all others.

    Parameters
    ----------
    captured
        When the latest picture of every camera of the fleet was captured, 0 for none. [µs]
    """
    return rows[np.lexsort((captured[rows], _RANK[known.status[rows]]))]


def failed_since(known: Snapshot, chosen: CameraFilter, order: Order) -> int:
    """How many cameras of the filter have failed since an order was made."""
    changed = known.changed_since(order.seq)
    bad = changed[np.isin(known.status[changed], (DOWN, DEGRADED))]
    flags = data_filters.keep(known, chosen)
    bad = bad if flags is None else bad[flags[bad]]
    return len(bad if chosen.codes is None else bad[np.isin(known.status[bad], list(chosen.codes))])


def turned(order: Order, count: int) -> NDArray[np.int64]:
    """Let the reader turn pages; return the cameras of the page shown."""
    page = paging.turned(len(order.ids), PAGE, count)
    return order.ids[page * PAGE : (page + 1) * PAGE]


def counts(known: Snapshot, chosen: CameraFilter) -> str:
    """Return how many cameras of the filter have each status, as HTML; unknown beside the others."""
    number = data_filters.counts(known, chosen)
    signs = "".join(
        f'<span class="{"" if number[name] else "zero"}">{glyphs.html(name)} {escape(t(f"status.{name}"))}'
        f" {number[name]:,}</span>"
        for name in STATUSES
        if name in (chosen.statuses or STATUSES)
    )
    return f'<div class="gallery-counts panel">{signs}</div>'


def tiles(known: Snapshot, ids: NDArray[np.int64]) -> str:
    """Return the pictures of some cameras with what is known of them now, as HTML."""
    rows = [row for camera_id in ids if (row := known.row_of(int(camera_id))) is not None]
    shown = bare(known.inventory.iloc[rows]).to_dict("records")
    drawn = "".join(_tile(known, row, camera) for row, camera in zip(rows, shown, strict=True))
    return f'<div class="tiles panel" {looking.words()}>{drawn}</div>'


def _tile(known: Snapshot, row: int, camera: dict[Any, Any]) -> str:
    status = STATUS_WORDS[known.status[row]]
    reason = t(f"reason.{known.reasons[known.reason[row]] or 'never'}")
    name = pick(_text(camera["name_th"]), _text(camera["name_en"]))
    where = " · ".join(
        part for part in (_text(camera["district"]), province(_text(camera["province"]) or "")) if part
    )
    said = where if status == "up" else " · ".join(filter(None, (reason, where)))
    return (
        f'<a class="tile {status}" href="{cards.camera_address(camera)}" target="_self"'
        f' title="{escape(name)} {escape(where)}">'
        f"{looking.still({**camera, 'status': status})}"
        f"<p>{cards.status(status)} {escape(str(camera['code']))}</p><p>{escape(said)}</p></a>"
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
