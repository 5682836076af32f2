"""The search of the map: one box for cameras, places, coordinates and chainage; a click on a find goes there."""

from collections.abc import Callable
from html import escape

import streamlit as st

from data.finding.found import Found, Kind
from data.finding.gazetteer import inventory_places
from data.finding.search import find_cameras, understand
from ui import cache, cards, mapview, picked, state
from ui.words import pick, t

CAMERAS, PLACES = 8, 5  # listed at most
POINTS = (Kind.POINT, Kind.CHAINAGE)  # a place somebody names to the metre is picked as well

CSS = """
.st-key-found{position:fixed!important;top:calc(var(--bar) + 56px);left:12px;width:360px!important;z-index:7;
 padding:4px;gap:0!important;background:var(--card);border:1px solid var(--line);border-radius:6px;
 box-shadow:0 2px 12px rgba(0,0,0,.16);max-height:calc(100dvh - var(--bar) - 80px);overflow-y:auto}
.st-key-found button>div{justify-content:flex-start}
.st-key-found button{justify-content:flex-start;text-align:left;min-height:32px;border:0;background:none}
.st-key-found [data-testid=stHtml] p{margin:4px 8px;font-size:13px}
"""


def box() -> None:
    """Draw the box; what was found is drawn by `found`."""
    st.text_input(
        t("find.search"), key=state.FIND, placeholder=t("find.search"), label_visibility="collapsed", width=300,
        type="search", live=True,
    )  # fmt: skip


def found() -> None:
    """List what the text may mean."""
    text = (st.session_state.get(state.FIND) or "").strip()
    if not text:
        return
    known = cache.snapshot()
    districts = known.kept.get("places of the inventory", lambda: inventory_places(known.inventory))
    places = understand(text, districts, PLACES)
    rows = find_cameras(known.inventory, text, CAMERAS + 1).tolist()
    with st.container(key="found"):
        for i, place in enumerate(places):
            _offer(f"found-place-{i}", f"{t(f'find.{place.kind}')} · {_title(place)}", _go_to, place)
        for row in rows[:CAMERAS]:
            code, name = known.inventory["code"].iloc[row], _name(row)
            _offer(f"found-{known.ids[row]}", f"{code}  {name}".strip(), _go_to_camera, row)
        if not places and not rows:
            st.html(f'<p class="soft">{escape(t("find.none", text=text))}</p>')
        elif len(rows) > CAMERAS:
            st.html(f'<p class="soft">{escape(t("find.more"))}</p>')


def _offer(key: str, label: str, go: Callable[..., None], what: object) -> None:
    st.button(cards.plain(label), key=key, on_click=go, args=(what,), width="stretch")


def _title(place: Found) -> str:
    note = f" ({t(f'find.{place.note}')})" if place.note else ""
    return pick(place.title_th, place.title_en) + note


def _name(row: int) -> str:
    known = cache.snapshot().inventory
    th, en, province = (known[name].iloc[row] for name in ("name_th", "name_en", "province"))
    said = [text if isinstance(text, str) else None for text in (th, en)]
    return pick(*said) or (province if isinstance(province, str) else "")


def _go_to_camera(row: int) -> None:
    known = cache.snapshot()
    st.session_state[state.FIND] = ""
    picked.camera(row)
    mapview.fly(state.MAP, float(known.lon[row]), float(known.lat[row]))


def _go_to(place: Found) -> None:
    st.session_state[state.FIND] = ""
    if place.kind in POINTS:
        picked.point(place.lon, place.lat)
    mapview.fly(state.MAP, place.lon, place.lat, place.zoom)
