"""The map as a Streamlit component: which script draws it, what it is sent, and the words it says."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import streamlit as st
from streamlit.elements.lib.layout_utils import HeightWithoutContent

from data.settings import HOUSE
from ui.palette import STATUS_CODES
from ui.words import t

SCRIPT = HOUSE / "web" / "assets" / "built" / "map.js"  # made by `make setup`, served by web/files.py
DIGITS = 16  # of the script's SHA-256 in its address: a new script has a new one
BANDS = ("possible", "open")


@dataclass(frozen=True)
class Data:
    """
    What the script is sent; see web/assets/map/livemap.js.

    Attributes
    ----------
    spec
        pydeck's specification. The same one again draws nothing anew.
    fly
        n, lon, lat, zoom: flown to once for each n.
    v, gaps
        Version of the tiles and mark of the gaps when the page ran; the script follows them from there.
    """

    key: str
    spec: str
    style: str
    view: dict[str, float]
    fly: dict[str, float] | None
    query: str
    v: str
    gaps: str
    link: bool
    tools: bool
    picks: bool
    reports: bool
    alt: str
    ink: list[int]
    language: str
    words: dict[str, Any]


def mount(
    data: Data,
    *,
    name: str,
    height: HeightWithoutContent,
    on_click: Callable[[], None],
    on_view: Callable[[], None],
) -> None:
    """Draw the map; `st.session_state[name]` holds what it told while the callbacks run."""
    component = _component(_digest(SCRIPT.stat().st_mtime_ns))
    component(key=name, data=asdict(data), height=height, on_click_change=on_click, on_view_change=on_view)


def words() -> dict[str, Any]:
    """Return the words of the map in the language of the page."""
    names = (
        *("nearer", "farther", "north", "credits", "measure", "measure_how", "no_webgl", "lost_webgl"),
        *("cluster", "gap", "more"),
    )
    return {
        **{name: t(f"live.{name}") for name in names},
        "statuses": [t(f"status.{name}") for name, _ in sorted(STATUS_CODES.items(), key=lambda item: item[1])],
        "bands": {band: t(f"band.{band}") for band in BANDS},
        "units": t("clock.units"),
        "m": t("unit.m"),
        "km": t("unit.km"),
    }


@cache
def _digest(_changed_at: int) -> str:
    return hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:DIGITS]


@cache
def _component(digest: str) -> Any:
    # Streamlit takes a script of one line for the name of a file
    script = (
        f"const {{draw}} = await import(location.origin + '/assets/map.js?h={digest}');\nexport default draw;\n"
    )
    return st.components.v2.component(
        "takhai_map", html='<div class="map-box"></div>', js=script, isolate_styles=False
    )
