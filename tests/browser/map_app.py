"""
Pages with nothing but maps, to try the map by itself: the routes and the gate of the real app before them.

`streamlit run tests/browser/map_app.py`; the database is that of the settings.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from urllib.parse import urlencode

import streamlit as st

from ui import assets, cache, frame, mapview, style
from web import files, routes

HERE = mapview.View(102.507, 13.692, 17.0)  # Aranyaprathet; see tests/web/conftest.py
BOX = "[class*=st-key-frame-]{position:relative;height:420px!important;flex:none!important}"


def open_page(*maps: str) -> None:
    """Begin a page with room for some maps, and links to the others."""
    style.send(BOX, *(style.fill(name) for name in maps))
    frame.scripts()
    with st.container(horizontal=True):
        for other in PAGES:
            st.page_link(other)


def show(name: str, **how: object) -> None:
    """Draw one map in a box of its own."""
    theme = style.theme()
    with st.container(key=f"frame-{name}"):
        mapview.show_map(
            lambda: mapview.country(theme, query=str(how.get("query", "")), language="th"),
            key=name, theme=theme, view=HERE, alt="the map", **how,
        )  # fmt: skip


def clicked(click: mapview.Click) -> None:
    """Remember a click."""
    st.session_state["click"] = asdict(click)


def one() -> None:
    """One map with everything; what it told is written below."""
    open_page("one")
    statuses = st.query_params.get_all("status")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    with st.container(horizontal=True, key="acts"):
        st.button("again")
        if st.button("fly"):
            mapview.fly("one", 102.52, 13.7, 16)
    show(
        "one", link=True, tools=True, on_click=clicked, on_view=lambda _: None,
        query=urlencode([("status", word) for word in statuses]), ground=st.query_params.get("ground"),
    )  # fmt: skip
    seen = mapview.view_of("one")
    told = {"click": st.session_state.get("click"), "runs": st.session_state["runs"]}
    st.code(json.dumps(told | {"seen": asdict(seen) if seen else None}), language=None)


def two() -> None:
    """Two maps side by side."""
    open_page("left", "right")
    for column, name in zip(st.columns(2), ("left", "right"), strict=True):
        with column:
            show(name)


def none() -> None:
    """No map at all."""
    open_page()
    st.write("nothing here")


PAGES = [st.Page(one, default=True), st.Page(two), st.Page(none)] if st.runtime.exists() else []


def _page() -> None:
    st.set_page_config(layout="wide")
    st.navigation(PAGES, position="hidden").run()


@contextlib.asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    cache.snapshot()
    yield


if st.runtime.exists():
    _page()
else:
    _routes, _gate = routes.serve(files.Drawn(assets.files))
    app = st.App(__file__, routes=_routes, middleware=_gate, lifespan=_life)
