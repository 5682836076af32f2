"""Coverage, gaps and outages as files that say in themselves how old they are and what they rest on."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from data import formats, journal
from data.border import LIVE, cover, gap_table, live_kind, stretches, sums
from data.database import Database
from data.fleet import Snapshot
from data.geography import CREDITS, load_border
from data.inventory import STATUS_WORDS, status_codes
from geo.coverage import CERTAIN, POSSIBLE, footprints, kinds
from geo.levels import Edition, level_name

METHOD = "takhai 1: flat open ground; terrain, buildings and trees are not looked at"
LINE = "reference line (OpenStreetMap), not a legal boundary"
FINEST_M = 0.001  # a file holds every stretch, so that its lengths add up; lists on screen begin at a metre

_BANGKOK = timezone(timedelta(hours=7))  # no summer time, so no time zone file is needed
_COVERAGE = (
    "camera_code",
    "owner",
    "kind",
    "level_px_m",
    "edition",
    "light",
    "when",
    "range_m",
    "near_m",
    "status",
)


def export_coverage(
    known: Snapshot, output: Path, level_px_m: float, *, edition: Edition, light: str, when: str, at: datetime
) -> dict[str, Any]:
    """
    Write what each camera covers, one row a camera that covers anything.

    Live: cameras that are down or in maintenance have no row, and only those that are up are certain.

    Returns
    -------
    summary
        rows, cameras (counts), level, edition, light, when, as_of, demo, file.
    """
    formats.check_path(output)
    cameras, as_of = known.inventory, _as_of(known, when)
    facts = about(
        cameras, known.status, level_px_m, edition=edition, light=light, when=when, as_of=as_of, written_at=at
    )
    prints = live_footprints(cameras, known.status, level_px_m, light, when)
    rows = prints["row"].to_numpy()
    prints = prints.assign(
        owner=cameras["owner"].iloc[rows].to_numpy(object),
        status=np.array(STATUS_WORDS, object)[known.status[rows]],
        edition=edition.value,
        when=when,
    )
    formats.write(prints[[*_COVERAGE, "geometry"]], facts, output, brief=True, layer="coverage")
    return {"rows": len(prints), **facts, "file": str(output)}


def export_gaps(
    known: Snapshot,
    output: Path | None,
    level_px_m: float,
    *,
    edition: Edition,
    light: str,
    when: str,
    at: datetime,
    within: tuple[float, float] | None = None,
    shortest_m: float = FINEST_M,
) -> dict[str, Any]:
    """
    Write the stretches of the Sa Kaeo border without certain coverage; without `output` only work out the sums.

    Parameters
    ----------
    within
        Only gaps that touch this stretch of chainage. [m]
    shortest_m
        Gaps shorter than this are left out of the file, never out of the sums. [m]

    Returns
    -------
    summary
        gaps (from a metre up), total_m = certain_m + possible_m + open_m, cameras (counts), level, edition, light,
        when, as_of, demo, file.
    """
    if output:
        formats.check_path(output)
    cameras, as_of = known.inventory, _as_of(known, when)
    border = cover(load_border(), cameras, level_px_m, light)
    lengths = sums(stretches(border, known.status, when))
    gaps = gap_table(border, cameras, known.status, when, since=known.since, shortest_m=shortest_m)
    if within:
        gaps = gaps[(gaps["from_m"] < within[1]) & (gaps["to_m"] > within[0])]
    facts = about(
        cameras, known.status, level_px_m, edition=edition, light=light, when=when, as_of=as_of, written_at=at
    )
    facts |= lengths
    if output:
        formats.write(gaps, facts | {"line": LINE}, output, layer="gaps")
    return {"gaps": int((gaps["length_m"] >= 1).sum()), **facts, "file": str(output) if output else None}


def export_outages(db: Database, output: Path | None, begin: str, end: str, *, at: datetime) -> dict[str, Any]:
    """
    Write every outage that touches a span, as CSV: camera_code, began_at, ended_at, reason.

    Times are ISO 8601, without a zone Bangkok's; an outage that lasts has no `ended_at`.
    """
    if output:
        formats.check_path(output, (".csv",))
    first, last = parse_time(begin, "--from"), parse_time(end, "--to")
    if first >= last:
        raise ValueError(f"--from must lie before --to, got from {first.isoformat()} to {last.isoformat()}")
    outages = journal.outages(db, first, last)
    if output:
        formats.write(outages, {}, output)
    as_of = journal.last_beat(db)
    return {
        "outages": len(outages),
        "lasting": int(outages["ended_at"].isna().sum()),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "as_of": _iso(as_of),
        "written_at": _iso(at),
        "file": str(output) if output else None,
    }


def live_footprints(
    cameras: pd.DataFrame, status: ArrayLike, level_px_m: float, light: str, when: str
) -> gpd.GeoDataFrame:
    """`geo.coverage.footprints` as true of a status: planned as they are, live without what is dark."""
    prints = footprints(cameras, level_px_m, light)
    certain, seen = live_kind(prints["row"].to_numpy(), (prints["kind"] == CERTAIN).to_numpy(bool), status, when)
    return prints.assign(kind=np.where(certain, CERTAIN, POSSIBLE))[seen].reset_index(drop=True)


def about(
    cameras: pd.DataFrame,
    status: ArrayLike,
    level_px_m: float,
    *,
    edition: Edition,
    light: str,
    when: str,
    as_of: datetime | None,
    written_at: datetime,
) -> dict[str, Any]:
    """
    What every file says of itself: as-of, level, edition, counts of cameras, method, credits.

    Parameters
    ----------
    cameras, status
        All cameras it rests on, and their status now.
    as_of
        When its data was true: a worker's last sign of life for live, the inventory's last change for planned.
    """
    certain, seen = live_kind(*kinds(cameras, level_px_m, light), status, when)
    by_status = np.bincount(status_codes(status), minlength=len(STATUS_WORDS))
    return {
        "as_of": _iso(as_of),
        "written_at": _iso(written_at),
        "edition": edition.value,
        "level_px_m": float(level_px_m),
        "level": level_name(level_px_m, edition),
        "light": light,
        "when": when,
        "cameras": len(cameras),
        "cameras_certain": int((certain & seen).sum()),
        "cameras_possible": int((seen & ~certain).sum()),
        **{f"cameras_{word}": int(count) for word, count in zip(STATUS_WORDS, by_status, strict=True)},
        "method": METHOD,
        "demo": bool(cameras["demo"].any()),
        "credits": CREDITS,
    }


def gaps_file(frame: gpd.GeoDataFrame, about: dict[str, Any], ending: str) -> bytes:
    """Return a gap table as the bytes of a file, for a download; ending is .geojson, .gpkg or .csv."""
    return formats.to_bytes(frame, about | {"line": LINE}, ending)


def coverage_file(frame: gpd.GeoDataFrame, about: dict[str, Any], ending: str) -> bytes:
    """Return footprints as the bytes of a file, for a download; ending is .geojson, .gpkg or .csv."""
    return formats.to_bytes(frame, about, ending, brief=True)


def parse_time(text: str, name: str) -> datetime:
    """Read an ISO 8601 time; without a zone it is Bangkok's, without a clock its midnight."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{name} must be an ISO 8601 time such as 2026-11-23T06:00, got {text!r}") from None
    if time.year > 2400:
        raise ValueError(f"{name}: {time.year} is a Buddhist year; write {time.year - 543}")
    return time if time.tzinfo else time.replace(tzinfo=_BANGKOK)


def _as_of(known: Snapshot, when: str) -> datetime | None:
    if when == LIVE or known.inventory.empty:
        return known.as_of
    return pd.Timestamp(known.inventory["updated_at"].max()).to_pydatetime()


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
