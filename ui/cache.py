"""
Everything the pages keep between runs; the only `st.cache_data` and `st.cache_resource` of the project.

Frames are handed out as they are, so never change one in place. Keys are data versions, not frames: what depends
on status is keyed by the status of the cameras it rests on, so that a camera failing in one province costs the
border of another nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st
from data.fleet import Fleet, shared
from numpy.typing import NDArray

from data import availability as availability_of
from data import border, geography
from data.border import LineCover
from data.database import Database, open_database
from data.settings import settings
from geo import coverage
from geo.chainage import Line
from geo.levels import BORDER_LEVEL_PX_M
from ui.palette import STATUS_CODES

STATUS_NAMES = np.array([name for name, _ in sorted(STATUS_CODES.items(), key=lambda item: item[1])])
LINKED_GOAL = 0.20  # the programme: a fifth of the cameras of every province
CHANGED_MOST = 500  # cameras drawn over the tiles; more of them, and the tiles are made anew
TILES_LAST_S = 30.0


def now() -> datetime:
    """Return this moment, aware UTC; pages ask here and pass it down."""
    return datetime.now(UTC)


@st.cache_resource(show_spinner=False)
def database() -> Database:
    """Return the database of this process."""
    return open_database(settings().url)


def fleet() -> Fleet:
    """Return every camera in memory; it follows the database by itself."""
    return shared(settings().url)


def cameras() -> gpd.GeoDataFrame:
    """Return the inventory, a row a camera; status, since and reason in it may be old: ask the fleet for them."""
    return fleet().frame


def live_status() -> NDArray[np.str_]:
    """Return the status of each camera now as a word, in the order of `cameras()`."""
    return STATUS_NAMES[np.asarray(fleet().status)]


def counts() -> dict[str, int]:
    """Return how many cameras have each status now, unknown among them."""
    found = np.bincount(np.asarray(fleet().status), minlength=len(STATUS_NAMES))
    return {str(name): int(n) for name, n in zip(STATUS_NAMES, found, strict=True)}


def demo() -> bool:
    """Return whether any camera is invented."""
    return _demo(fleet().inventory_version)


def border_line() -> Line:
    """Return the Sa Kaeo line with its chainage."""
    return geography.load_border()


def border_cover(level_px_m: float = BORDER_LEVEL_PX_M, light: str = coverage.DAY) -> LineCover:
    """Return which camera covers which stretch of the border, kept per inventory version."""
    return _border_cover(fleet().inventory_version, level_px_m, light)


def stretches(level_px_m: float, light: str, when: str) -> pd.DataFrame:
    """Return the whole border cut into stretches: from_m, to_m, band (certain, possible, open)."""
    return _stretches(*_border_key(level_px_m, light, when))


def border_sums(
    level_px_m: float = BORDER_LEVEL_PX_M, light: str = coverage.DAY, when: str = border.LIVE
) -> Mapping[str, float]:
    """Return total_m, certain_m, possible_m, open_m of the border."""
    return border.sums(stretches(level_px_m, light, when))


def gaps(
    level_px_m: float = BORDER_LEVEL_PX_M, light: str = coverage.DAY, when: str = border.LIVE
) -> gpd.GeoDataFrame:
    """Return the gaps of the border with their places, north to south; see `data.border.gap_table`."""
    return _gaps(*_border_key(level_px_m, light, when))


def redundancy(level_px_m: float, light: str, when: str) -> pd.DataFrame:
    """Return how many cameras see each stretch of the border; see `data.border.redundancy`."""
    return _redundancy(*_border_key(level_px_m, light, when))


def availability(days: float) -> pd.DataFrame:
    """Return availability by camera over the last days up to this minute: see `data.availability.by_camera`."""
    return _availability(now().replace(second=0, microsecond=0), days)


def linked_share(by: str) -> pd.DataFrame:
    """
    Return the share of linked cameras by `province` or `agency` (the owner), worst first.

    Columns: name, cameras, linked, unknown, share (linked of all), short (cameras missing to the 20 % goal).
    """
    return _linked_share(fleet().inventory_version, by)


@dataclass
class _Base:
    version: str = ""
    seq: int = 0
    inventory: int = -1
    made: float = 0.0


def tile_base() -> tuple[str, int]:
    """
    Return the version of the tiles all maps show now, and the sequence number up to which they are true.

    It moves at most every TILES_LAST_S, or when more changed since than is good to draw over them.
    """
    base, now_known = _base(), fleet()
    moved = now_known.seq != base.seq
    old = monotonic() - base.made > TILES_LAST_S
    if base.inventory != now_known.inventory_version or (moved and (old or _changed(base.seq) > CHANGED_MOST)):
        base.seq, base.inventory, base.made = now_known.seq, now_known.inventory_version, monotonic()
        base.version = f"{base.inventory}.{base.seq}"
    return base.version, base.seq


@st.cache_resource(show_spinner=False)
def _base() -> _Base:
    return _Base()


def _changed(seq: int) -> int:
    return len(fleet().changed_since(seq))


def _border_key(level_px_m: float, light: str, when: str) -> tuple[int, float, str, str, bytes]:
    # As planned every camera works, so status is no part of the key.
    if when == border.PLANNED:
        return fleet().inventory_version, level_px_m, light, when, b""
    rows = np.unique(border_cover(level_px_m, light).row)
    seen_by = np.asarray(fleet().status)[rows].astype(np.uint8)
    return fleet().inventory_version, level_px_m, light, when, seen_by.tobytes()


@st.cache_resource(show_spinner=False, max_entries=2)
def _demo(_version: int) -> bool:
    return bool(cameras()["demo"].any())


@st.cache_resource(show_spinner=False, max_entries=16)
def _border_cover(_version: int, level_px_m: float, light: str) -> LineCover:
    return border.cover(border_line(), cameras(), level_px_m, light)


@st.cache_resource(show_spinner=False, max_entries=32)
def _stretches(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> pd.DataFrame:
    return border.stretches(border_cover(level_px_m, light), fleet().status, when)


@st.cache_resource(show_spinner=False, max_entries=32)
def _redundancy(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> pd.DataFrame:
    return border.redundancy(border_cover(level_px_m, light), fleet().status, when)


@st.cache_resource(show_spinner=False, max_entries=32)
def _gaps(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> gpd.GeoDataFrame:
    cover = border_cover(level_px_m, light)
    return border.gap_table(cover, cameras(), fleet().status, when, since=fleet().since)


@st.cache_resource(show_spinner=False, max_entries=4)
def _availability(end: datetime, days: float) -> pd.DataFrame:
    return availability_of.by_camera(database(), end - timedelta(days=days), end)


@st.cache_resource(show_spinner=False, max_entries=8)
def _linked_share(_version: int, by: str) -> pd.DataFrame:
    frame = cameras()
    name = frame[{"province": "province", "agency": "owner"}[by]]
    table = pd.DataFrame(
        {"name": name, "linked": frame["linked"] == "linked", "unknown": frame["linked"] == "unknown"}
    )
    table = table.groupby("name").agg(
        cameras=("linked", "size"), linked=("linked", "sum"), unknown=("unknown", "sum")
    )
    table["share"] = table["linked"] / table["cameras"]
    goal = np.ceil(LINKED_GOAL * table["cameras"] - 1e-9)  # a fifth of 5 is 1, not 2 by a rounding error
    table["short"] = (goal - table["linked"]).clip(lower=0).astype(int)
    return table.sort_values(["share", "short"], ascending=[True, False]).reset_index()
