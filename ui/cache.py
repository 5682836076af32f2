"""
Everything the pages keep between runs; the only `st.cache_data` and `st.cache_resource` of the project.

Frames are handed out as they are, so never change one in place. Keys are data versions, not frames: what depends
on status is keyed by the status of the cameras it rests on, so that a camera failing in one province costs the
border of another nothing. No argument may begin with an underscore: Streamlit leaves those out of the key.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data import checkpoints, geography, inventory
from data.database import Database, open_database
from data.fleet import Fleet, Snapshot, shared
from data.geography import SAKAEO
from data.lines import border, border_now, moments
from data.lines import openings as lines_openings
from data.lines import past as lines_past
from data.lines.past import CoveredTime
from data.lines.watched import WatchedLine, lines_of, no_line
from data.settings import settings
from data.watch import availability as availability_of
from data.watch import screen
from data.watch import uptime as uptimes
from data.watch.service import ServiceHours
from geo.line.chainage import Line
from geo.see import coverage
from geo.see.levels import BORDER_LEVEL_PX_M
from ui import strip, strip_data
from ui.palette import STATUS_CODES, Theme

STATUS_NAMES = np.array([name for name, _ in sorted(STATUS_CODES.items(), key=lambda item: item[1])])
STRIP_DAYS = 30
STRIP_FRESH_MINUTES = 10  # its 30 days change slowly, and drawing it takes a third of a second
BANGKOK_AHEAD = timedelta(hours=7)  # all the year
CHECKPOINT_NEAR_DEG = 0.1  # cameras further off do not reach a checkpoint's zone
LINKED_GOAL = 0.20  # the programme: a fifth of the cameras of every province


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


def snapshot() -> Snapshot:
    """Return every camera at this moment; take it once and work on one moment."""
    return fleet().now()


def camera(row: int) -> dict[str, Any]:
    """Return all that is known of one camera, its status of this moment included, as plain values."""
    known = snapshot()
    return known.camera(row) | _details(known.inventory_version, int(known.ids[row]))


def counts(known: Snapshot | None = None) -> dict[str, int]:
    """Return how many cameras have each status now, unknown among them."""
    found = np.bincount((known or snapshot()).status, minlength=len(STATUS_NAMES))
    return {str(name): int(n) for name, n in zip(STATUS_NAMES, found, strict=True)}


def demo() -> bool:
    """Return whether any camera is invented."""
    return _demo(snapshot().inventory_version)


def border_line(line: str = SAKAEO) -> Line:
    """Return a line with its chainage, that of Sa Kaeo unless named."""
    return watched(line).line


def lines() -> Mapping[str, WatchedLine]:
    """Return the lines that are watched by name, the usual one first."""
    return lines_of(database(), snapshot())


def watched(line: str = SAKAEO) -> WatchedLine:
    """Return a line that is watched; ValueError if there is none of that name."""
    known = lines()
    if line not in known:
        raise no_line(line, known)
    return known[line]


def border_sums(
    level_px_m: float = BORDER_LEVEL_PX_M, light: str = coverage.DAY, when: str = border.LIVE, line: str = SAKAEO
) -> Mapping[str, float]:
    """Return total_m, certain_m, possible_m, open_m of a line."""
    return border.sums(border_now.stretches(snapshot(), level_px_m, light, when, watched(line)))


def gaps(
    level_px_m: float = BORDER_LEVEL_PX_M, light: str = coverage.DAY, when: str = border.LIVE, line: str = SAKAEO
) -> gpd.GeoDataFrame:
    """Return the gaps of a line with their places, in its order; see `data.lines.border.gap_table`."""
    return border_now.gaps(snapshot(), level_px_m, light, when, watched(line))


def redundancy(level_px_m: float, light: str, when: str, line: str = SAKAEO) -> tuple[float, float]:
    """Return how deep coverage of a line is; see `data.lines.border_now.redundancy`."""
    return border_now.redundancy(snapshot(), level_px_m, light, when, watched(line))


def checkpoint_coverage(level_px_m: float, light: str, when: str) -> pd.DataFrame:
    """Return how much of each checkpoint's zone is seen; see `data.checkpoints.checkpoint_coverage`."""
    known = snapshot()
    rows = _near_checkpoints(known.inventory_version)
    seen_by = b"" if when == border.PLANNED else known.status[rows].tobytes()
    drawn = tuple(geography.checkpoints(database())["zone_wkt"])  # one that was just drawn counts at once
    return _checkpoint_coverage(known.inventory_version, _minute(), level_px_m, light, when, seen_by, drawn)


def strip_chart(
    theme: Theme,
    language: str,
    *,
    when: str = border.LIVE,
    level_px_m: float = BORDER_LEVEL_PX_M,
    scale: float = 1.0,
    line: str = SAKAEO,
) -> alt.LayerChart:
    """Return the border strip, day and night, with the availability of the last 30 days; see `ui.strip.chart`."""
    known = snapshot()
    of = watched(line)
    day, night = (border_now.seen_by(known, level_px_m, light, when, of) for light in coverage.LIGHTS)
    version, minute = known.inventory_version, _minute(STRIP_FRESH_MINUTES)
    return _strip_chart(version, minute, level_px_m, when, day, night, theme, language, scale, line)


def kept_up(level_px_m: float, line: str = SAKAEO) -> pd.DataFrame:
    """Return how the cameras that see a line were kept over the days a strip tells of."""
    return _kept_up(snapshot().inventory_version, _minute(STRIP_FRESH_MINUTES), level_px_m, line)


def window(days: int) -> tuple[datetime, datetime]:
    """Return the last days, to this minute; they begin with a whole hour, which needs nothing but sums."""
    end = _minute()
    return (end - timedelta(days=days)).replace(minute=0), end


def uptime(by: str, days: int, hours: ServiceHours | None = None, cameras: tuple[int, ...] = ()) -> pd.DataFrame:
    """Return how cameras were kept over the last days; see `data.watch.uptime.uptime`."""
    return _uptime(by, *window(days), hours, cameras)


def uptime_by_day(by: str, key: str, days: int) -> pd.DataFrame:
    """Return how a group or camera did on each of the last days; see `data.watch.uptime.by_day`."""
    return _uptime_by_day(by, key, *window(days))


def past_window(days: int) -> tuple[datetime, datetime]:
    """Return the last days as figures of the border's past count them; see `data.lines.past.last_days`."""
    return lines_past.last_days(now(), days)


def covered_time(days: int, level_px_m: float, line: str = SAKAEO) -> CoveredTime:
    """Return how long each place of a line was seen over the last days; see `data.lines.past`."""
    return _covered_time(snapshot().inventory_version, *past_window(days), level_px_m, line)


def covered_by_day(days: int, level_px_m: float, line: str = SAKAEO) -> pd.DataFrame:
    """Return a line's kilometre-hours of each of the last days in Bangkok, by day and by night."""
    return _covered_by_day(snapshot().inventory_version, *past_window(days), level_px_m, line)


def seen_shares(days: int, level_px_m: float, light: str, line: str = SAKAEO) -> pd.DataFrame:
    """Return which share of the last days each part of a line was seen; see `data.lines.past`."""
    return _seen_shares(snapshot().inventory_version, *past_window(days), level_px_m, light, line)


def openings(days: int, level_px_m: float, line: str = SAKAEO) -> pd.DataFrame:
    """Return what opened and closed gaps over the last days; see `data.lines.openings`."""
    return _openings(snapshot().inventory_version, *past_window(days), level_px_m, line)


def status_then(at: datetime, level_px_m: float, line: str = SAKAEO) -> NDArray[np.uint8]:
    """Return statuses of a moment of the past; see `data.lines.moments.status_then`."""
    return _status_then(snapshot().inventory_version, at, level_px_m, line)


def border_sums_then(at: datetime, level_px_m: float, light: str, line: str = SAKAEO) -> dict[str, float]:
    """Return total_m, certain_m, possible_m, open_m of a line at a moment of the past."""
    covered = border_now.cover(snapshot(), level_px_m, light, watched(line))
    return border.sums(border.stretches(covered, status_then(at, level_px_m, line), border.LIVE))


def gaps_then(at: datetime, level_px_m: float, line: str = SAKAEO) -> gpd.GeoDataFrame:
    """Return the gaps by day at a moment of the past."""
    return _gaps_then(snapshot().inventory_version, at, level_px_m, line)


def strip_then(at: datetime, level_px_m: float, theme: Theme, language: str, line: str = SAKAEO) -> alt.LayerChart:
    """Return the strip of a moment of the past."""
    return _strip_then(snapshot().inventory_version, at, level_px_m, theme, language, line)


def captured(known: Snapshot) -> NDArray[np.int64]:
    """When the latest picture of each camera was captured, as of this minute; 0 for none. [µs]"""
    return _captured(known.inventory_version, _minute())


def linked_share(by: str) -> pd.DataFrame:
    """
    Return the share of linked cameras by `province` or `agency` (the owner), worst first.

    Columns: name, cameras, linked, unknown, share (linked of all), short (cameras missing to the 20 % goal).
    """
    return _linked_share(snapshot().inventory_version, by)


def _minute(of: int = 1) -> datetime:
    """Return the last whole minute, or the last of every so many."""
    at = now().replace(second=0, microsecond=0)
    return at - timedelta(minutes=at.minute % of)


@st.cache_resource(show_spinner=False, max_entries=64)
def _details(version: int, camera_id: int) -> dict[str, Any]:
    return inventory.details(database(), camera_id)


@st.cache_resource(show_spinner=False, max_entries=2)
def _demo(version: int) -> bool:
    return bool(snapshot().inventory["demo"].any())


@st.cache_resource(show_spinner=False, max_entries=2)
def _near_checkpoints(version: int) -> NDArray[np.intp]:
    known, places = snapshot(), geography.checkpoints(database())
    near = np.zeros(len(known.ids), bool)
    for lon, lat in zip(places["lon"], places["lat"], strict=True):
        near |= (np.abs(known.lon - lon) < CHECKPOINT_NEAR_DEG) & (np.abs(known.lat - lat) < CHECKPOINT_NEAR_DEG)
    return np.flatnonzero(near)


@st.cache_resource(show_spinner=False, max_entries=8)
def _checkpoint_coverage(
    version: int,
    minute: datetime,
    level_px_m: float,
    light: str,
    when: str,
    status: bytes,
    drawn: tuple[str | None, ...],
) -> pd.DataFrame:
    known, places = snapshot(), geography.checkpoints(database())
    return checkpoints.checkpoint_coverage(known.inventory, places, level_px_m, light, when, status=known.status)


@st.cache_resource(show_spinner=False, max_entries=8)
def _kept_up(version: int, minute: datetime, level_px_m: float, line: str) -> pd.DataFrame:
    known = snapshot()
    near = known.ids[border_now.watching(known, level_px_m, watched(line))].tolist()
    return availability_of.by_camera(database(), minute - timedelta(days=STRIP_DAYS), minute, near)


@st.cache_resource(show_spinner=False, max_entries=16)
def _strip_chart(
    version: int,
    minute: datetime,
    level_px_m: float,
    when: str,
    day: bytes,
    night: bytes,
    theme: Theme,
    language: str,
    scale: float,
    line: str,
) -> alt.LayerChart:
    known, of = snapshot(), watched(line)
    covers = {light: border_now.cover(known, level_px_m, light, of) for light in coverage.LIGHTS}
    kept = _kept_up(version, minute, level_px_m, line)
    data = strip_data.prepare(
        covers, known.inventory, known.status, when, kept, since=known.since, pillars=of.pillars
    )
    return strip.chart(data, theme, scale=scale, language=language)


@st.cache_resource(show_spinner=False, max_entries=16)
def _uptime(
    by: str, begin: datetime, end: datetime, hours: ServiceHours | None, cameras: tuple[int, ...]
) -> pd.DataFrame:
    return uptimes.uptime(database(), by, begin, end, hours, cameras)


@st.cache_resource(show_spinner=False, max_entries=64)
def _uptime_by_day(by: str, key: str, begin: datetime, end: datetime) -> pd.DataFrame:
    return uptimes.by_day(database(), by, key, begin, end)


@st.cache_resource(show_spinner=False, max_entries=4)
def _covered_time(version: int, begin: datetime, end: datetime, level_px_m: float, line: str) -> CoveredTime:
    return lines_past.covered_time(database(), snapshot(), level_px_m, begin, end, watched(line))


@st.cache_resource(show_spinner=False, max_entries=8)
def _covered_by_day(version: int, begin: datetime, end: datetime, level_px_m: float, line: str) -> pd.DataFrame:
    return _covered_time(version, begin, end, level_px_m, line).by_day(BANGKOK_AHEAD)


@st.cache_resource(show_spinner=False, max_entries=8)
def _seen_shares(
    version: int, begin: datetime, end: datetime, level_px_m: float, light: str, line: str
) -> pd.DataFrame:
    return _covered_time(version, begin, end, level_px_m, line).by_stretch(light)


@st.cache_resource(show_spinner=False, max_entries=4)
def _openings(version: int, begin: datetime, end: datetime, level_px_m: float, line: str) -> pd.DataFrame:
    return lines_openings.openings(database(), snapshot(), level_px_m, begin, end, line=watched(line))


@st.cache_resource(show_spinner=False, max_entries=16)
def _status_then(version: int, at: datetime, level_px_m: float, line: str) -> NDArray[np.uint8]:
    return moments.status_then(database(), snapshot(), at, level_px_m, watched(line))


@st.cache_resource(show_spinner=False, max_entries=8)
def _gaps_then(version: int, at: datetime, level_px_m: float, line: str) -> gpd.GeoDataFrame:
    known = snapshot()
    never = np.full(len(known.ids), np.datetime64("NaT"), "datetime64[us]")  # the openings say since when
    of = watched(line)
    covered = border_now.cover(known, level_px_m, line=of)
    return border.gap_table(
        covered, known.inventory, status_then(at, level_px_m, line), since=never, pillars=of.pillars
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _strip_then(
    version: int, at: datetime, level_px_m: float, theme: Theme, language: str, line: str
) -> alt.LayerChart:
    known, of = snapshot(), watched(line)
    covers = {light: border_now.cover(known, level_px_m, light, of) for light in coverage.LIGHTS}
    never = np.full(len(known.ids), np.datetime64("NaT"), "datetime64[us]")
    status = status_then(at, level_px_m, line)
    data = strip_data.prepare(covers, known.inventory, status, border.LIVE, None, since=never, pillars=of.pillars)
    return strip.chart(data, theme, language=language)


@st.cache_resource(show_spinner=False, max_entries=2)
def _captured(version: int, minute: datetime) -> NDArray[np.int64]:
    return screen.captured_all(database(), snapshot().ids)


@st.cache_resource(show_spinner=False, max_entries=8)
def _linked_share(version: int, by: str) -> pd.DataFrame:
    frame = snapshot().inventory
    name = frame[{"province": "province", "agency": "owner"}[by]]
    table = pd.DataFrame(
        {"name": name, "linked": frame["linked"] == "linked", "unknown": frame["linked"] == "unknown"}
    )
    table = table.groupby("name", observed=True).agg(
        cameras=("linked", "size"), linked=("linked", "sum"), unknown=("unknown", "sum")
    )
    table["share"] = table["linked"] / table["cameras"]
    goal = np.ceil(LINKED_GOAL * table["cameras"] - 1e-9)  # a fifth of 5 is 1, not 2 by a rounding error
    table["short"] = (goal - table["linked"]).clip(lower=0).astype(int)
    return table.sort_values(["share", "short"], ascending=[True, False]).reset_index()
