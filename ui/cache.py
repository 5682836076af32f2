"""
Everything the pages keep between runs; the only `st.cache_data` and `st.cache_resource` of the project.

Frames are resources: they are handed out as they are, so never change one in place. Keys are data versions, not
frames: what depends on status is keyed by the status of the cameras it rests on, so that a camera failing in one
province costs the border of another nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from data.database import Database, open_database
from data.settings import settings

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from data.border import LineCover
    from data.fleet import Fleet
    from geo.chainage import Line

STATUS_NAMES = np.array(["unknown", "up", "down", "degraded", "maintenance"])  # index = status code


def now() -> datetime:
    """Return this moment, aware UTC; pages ask here and pass it down."""
    return datetime.now(UTC)


@st.cache_resource(show_spinner=False)
def database() -> Database:
    """Return the database of this process."""
    return open_database(settings().url)


def fleet() -> "Fleet":
    """Return every camera in memory; it follows the database by itself."""
    from data.fleet import shared

    return shared(settings().url)


def cameras() -> "GeoDataFrame":
    """Return the inventory, a row a camera; read only. Live status is `fleet().status`."""
    return fleet().frame


def counts() -> dict[str, int]:
    """Return how many cameras have each status now, unknown among them."""
    found = np.bincount(np.asarray(fleet().status), minlength=len(STATUS_NAMES))
    return {str(name): int(n) for name, n in zip(STATUS_NAMES, found, strict=True)}


@st.cache_resource(show_spinner=False)
def border_line() -> "Line":
    """Return the Sa Kaeo line with its chainage."""
    from data.geography import load_border

    return load_border()


def border_cover(level_px_m: float, light: str) -> "LineCover":
    """Return which camera covers which stretch of the border, kept per inventory version."""
    return _border_cover(fleet().inventory_version, level_px_m, light)


def stretches(level_px_m: float, light: str, when: str) -> pd.DataFrame:
    """Return the whole border cut into stretches: from_m, to_m, band (certain, possible, open)."""
    return _stretches(*_border_key(level_px_m, light, when))


def border_sums(level_px_m: float, light: str, when: str) -> Mapping[str, float]:
    """Return total_m, certain_m, possible_m, open_m of the border."""
    return _border_sums(*_border_key(level_px_m, light, when))


def gaps(level_px_m: float, light: str, when: str) -> "GeoDataFrame":
    """Return the gaps of the border with their places, longest first."""
    return _gaps(*_border_key(level_px_m, light, when))


def availability(days: float) -> pd.DataFrame:
    """Return availability by camera over the last days up to this minute, as data/availability gives it."""
    return _availability(_minute(), days)


def linked_share(by: str) -> pd.DataFrame:
    """
    Return the share of linked cameras by `province` or `agency`, worst first.

    Columns: name, cameras, linked, unknown, share (linked of all), short (cameras missing to the 20 % goal).
    """
    return _linked_share(fleet().inventory_version, by)


def _border_key(level_px_m: float, light: str, when: str) -> tuple[int, float, str, str, bytes]:
    # As planned every camera works, so status is no part of the key.
    seen_by = border_cover(level_px_m, light).rows if when == "live" else np.empty(0, int)
    status = np.asarray(fleet().status)[np.unique(seen_by)]
    return fleet().inventory_version, level_px_m, light, when, status.astype(np.uint8).tobytes()


@st.cache_resource(show_spinner=False, max_entries=16)
def _border_cover(_version: int, level_px_m: float, light: str) -> "LineCover":
    from data.border import cover

    return cover(border_line(), cameras(), level_px_m, light)


@st.cache_resource(show_spinner=False, max_entries=32)
def _stretches(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> pd.DataFrame:
    from data.border import stretches as cut

    return cut(border_cover(level_px_m, light), live_status(), when)


@st.cache_resource(show_spinner=False, max_entries=32)
def _border_sums(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> Mapping[str, float]:
    from data.border import sums

    return sums(stretches(level_px_m, light, when))


@st.cache_resource(show_spinner=False, max_entries=32)
def _gaps(_version: int, level_px_m: float, light: str, when: str, _status: bytes) -> "GeoDataFrame":
    from data.border import gap_table

    frame = cameras()
    return gap_table(
        border_line(), border_cover(level_px_m, light), frame.assign(status=live_status()), when, light, level_px_m
    ).sort_values("length_m", ascending=False, ignore_index=True)


def live_status() -> np.ndarray:
    """Return the status of each camera now as a word, in the order of `cameras()`."""
    return STATUS_NAMES[np.asarray(fleet().status)]


def _minute() -> datetime:
    return now().replace(second=0, microsecond=0)


@st.cache_resource(show_spinner=False, max_entries=4)
def _availability(end: datetime, days: float) -> pd.DataFrame:
    from data.availability import by_camera

    return by_camera(database(), end - timedelta(days=days), end)


LINKED_GOAL = 0.20  # the programme: a fifth of every province's cameras


@st.cache_data(show_spinner=False, max_entries=8)
def _linked_share(_version: int, by: str) -> pd.DataFrame:
    column = {"province": "province", "agency": "owner"}[by]
    frame = cameras()
    state = frame["linked"]
    table = (
        pd.DataFrame({"name": frame[column], "linked": state == "linked", "unknown": state == "unknown"})
        .groupby("name")
        .agg(cameras=("linked", "size"), linked=("linked", "sum"), unknown=("unknown", "sum"))
    )
    table["share"] = table["linked"] / table["cameras"]
    table["short"] = (np.ceil(LINKED_GOAL * table["cameras"] - 1e-9) - table["linked"]).clip(lower=0).astype(int)
    return table.sort_values(["share", "short"], ascending=[True, False]).reset_index()
