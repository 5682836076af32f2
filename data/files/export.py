"""Cameras, coverage, outages and uptime as files that say in themselves how old they are and what they rest on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from data.cells import BUDDHIST_FROM, BUDDHIST_YEARS
from data.database import Database
from data.files import formats
from data.files.about import about, as_of, is_demo, iso
from data.filters import CameraFilter, counts, rows
from data.fleet import Rows, Snapshot
from data.geography import CREDITS
from data.ground.hidden import bare
from data.inventory import DETAILS, STATUS_WORDS, load_cameras
from data.lines.border import live_kind
from data.watch import journal
from data.watch.service import BANGKOK, ServiceHours
from data.watch.uptime import MOST_CAMERAS, uptime
from geo.crs import EPSG_LONLAT
from geo.see.coverage import CERTAIN, POSSIBLE, footprints
from geo.see.levels import Edition

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
_ROW_FACTS = ("as_of", "written_at", "filter", "cameras", "credits")
_FLAT = (".csv", ".xlsx")  # lon and lat are columns of their own
_DERIVED = ("owner_id",)
EVERYTHING = CameraFilter()


def export_cameras(
    db: Database, known: Snapshot, output: Path, chosen: CameraFilter = EVERYTHING, *, at: datetime
) -> dict[str, Any]:
    """
    Write the cameras a filter lets through, one row each, with their status of one moment; no addresses.

    Returns
    -------
    summary
        rows, cameras (counts), filter (in words and as a link's query), as_of, demo, file.
    """
    formats.check_path(output)
    shown, ending = rows(known, chosen), formats.ending_of(output)
    facts = {
        "as_of": iso(known.as_of),
        "written_at": iso(at),
        **_filtered(chosen),
        "cameras": len(shown),
        **{f"cameras_{word}": count for word, count in counts(known, chosen).items()},
        "demo": is_demo(known.inventory.iloc[shown]),
        "credits": CREDITS,
    }
    # in a CSV every row repeats them, a million times over
    told = {name: facts[name] for name in _ROW_FACTS} if ending == ".csv" and len(shown) else facts
    frames = camera_rows(db, known, shown, points=ending not in _FLAT)
    written = formats.write(frames, told, output, brief=True, layer="cameras")
    return {"rows": written, **facts, "file": str(output)}


def export_coverage(
    known: Snapshot,
    output: Path,
    level_px_m: float,
    *,
    edition: Edition,
    light: str,
    when: str,
    at: datetime,
    chosen: CameraFilter = EVERYTHING,
) -> dict[str, Any]:
    """
    Write what each camera covers, one row a camera that covers anything.

    Live: cameras that are down or in maintenance have no row, and only those that are up are certain.

    Parameters
    ----------
    chosen
        Whose coverage; its own level and light are not asked.

    Returns
    -------
    summary
        rows, cameras (counts of all that the filter lets through), filter, level, edition, light, when, as_of,
        demo, file.
    """
    formats.check_path(output)
    chosen = replace(chosen, level_px_m=level_px_m, light=light)
    shown = rows(known, chosen)
    cameras, status = known.inventory.iloc[shown], known.status[shown]
    facts = about(
        cameras,
        status,
        level_px_m,
        edition=edition,
        light=light,
        when=when,
        as_of=as_of(known, when),
        written_at=at,
    )
    facts = _filtered(chosen) | facts

    def parts() -> Iterator[gpd.GeoDataFrame]:
        for part in formats.parts(len(shown)):
            prints = live_footprints(cameras.iloc[part], status[part], level_px_m, light, when)
            row = prints["row"].to_numpy()
            yield prints.assign(
                owner=cameras["owner"].iloc[part].iloc[row].to_numpy(object),
                status=np.array(STATUS_WORDS, object)[status[part][row]],
                edition=edition.value,
                when=when,
            )[[*_COVERAGE, "geometry"]]

    written = formats.write(parts(), facts, output, brief=True, layer="coverage")
    return {"rows": written, **facts, "file": str(output)}


def export_outages(db: Database, output: Path | None, begin: str, end: str, *, at: datetime) -> dict[str, Any]:
    """
    Write every outage that touches a span, as CSV: camera_code, began_at, ended_at, reason.

    Times are ISO 8601, without a zone Bangkok's; an outage that lasts has no `ended_at`.
    """
    if output:
        formats.check_path(output, (".csv",))
    first, last = parse_span(begin, end)
    outages = journal.outages(db, first, last)
    if output:
        formats.write(outages, {}, output)
    return {
        "outages": len(outages),
        "lasting": int(outages["ended_at"].isna().sum()),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "as_of": iso(journal.last_beat(db)),
        "written_at": iso(at),
        "file": str(output) if output else None,
    }


def export_uptime(
    db: Database,
    known: Snapshot,
    output: Path,
    by: str,
    begin: str,
    end: str,
    *,
    hours: str = "",
    chosen: CameraFilter = EVERYTHING,
    at: datetime,
) -> dict[str, Any]:
    """
    Write how cameras were kept over a span, as CSV or an Excel workbook: the table of `data.watch.uptime.uptime`.

    Parameters
    ----------
    hours
        Service hours such as "mon-fri 06:00-22:00"; "" for all time.
    chosen
        Whom to list by camera, the first MOST_CAMERAS of them; by group all count.

    Returns
    -------
    summary
        rows, by, from, to, hours, filter (by camera), as_of, demo, file.
    """
    formats.check_path(output, (".csv", ".xlsx"))
    first, last = parse_time(begin, "--from"), parse_time(end, "--to")
    alone = by == "camera"
    ids = known.ids[rows(known, chosen)][:MOST_CAMERAS].tolist() if alone else []
    table = uptime(db, by, first, last, ServiceHours.parse(hours) if hours else None, ids)
    facts = {
        "by": by,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "hours": hours or None,
        **(_filtered(chosen) if alone else {}),
        "as_of": iso(known.as_of),
        "written_at": iso(at),
        "demo": is_demo(known.inventory),
    }
    formats.write(table, facts, output, layer="uptime")
    return {"rows": len(table), **facts, "file": str(output)}


def live_footprints(
    cameras: pd.DataFrame, status: ArrayLike, level_px_m: float, light: str, when: str
) -> gpd.GeoDataFrame:
    """`geo.see.coverage.footprints` as true of a status: planned as they are, live without what is dark."""
    prints = footprints(cameras, level_px_m, light)
    sure = (prints["kind"] == CERTAIN).to_numpy(bool)
    certain, seen = live_kind(prints["row"].to_numpy(), sure, status, when)
    # what a camera may see holds what it surely sees: where nothing is sure now, the latter says no more
    within = sure & ~certain & prints["row"].duplicated(keep="last").to_numpy(bool)
    return prints.assign(kind=np.where(certain, CERTAIN, POSSIBLE))[seen & ~within].reset_index(drop=True)


def parse_time(text: str, name: str) -> datetime:
    """Read an ISO 8601 time; without a zone it is Bangkok's, without a clock its midnight."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{name} must be an ISO 8601 time such as 2026-11-23T06:00, got {text!r}") from None
    if time.year >= BUDDHIST_FROM:
        raise ValueError(f"{name}: {time.year} is a Buddhist year; write {time.year - BUDDHIST_YEARS}")
    return time if time.tzinfo else time.replace(tzinfo=BANGKOK)


def parse_span(begin: str, end: str) -> tuple[datetime, datetime]:
    """Read --from and --to as `parse_time` does; the first must lie before the second."""
    first, last = parse_time(begin, "--from"), parse_time(end, "--to")
    if first >= last:
        raise ValueError(f"--from must lie before --to, got from {first.isoformat()} to {last.isoformat()}")
    return first, last


def camera_rows(db: Database, known: Snapshot, shown: Rows, *, points: bool) -> Iterator[pd.DataFrame]:
    """The inventory's rows with status and what is not held in memory, some at a time; with a point each."""
    frame = bare(known.frame).drop(columns=list(_DERIVED))
    for part in formats.parts(len(shown)):
        cameras = frame.iloc[shown[part]]
        more = load_cameras(db, cameras["id"].tolist(), ("id", *DETAILS)).set_index("id").reindex(cameras["id"])
        more.index = cameras.index  # whoever was deleted meanwhile keeps its row, without details
        table = cameras.join(more)
        at = gpd.points_from_xy(table["lon"], table["lat"]) if points else None
        yield gpd.GeoDataFrame(table, geometry=at, crs=EPSG_LONLAT) if points else table


def _filtered(chosen: CameraFilter) -> dict[str, str]:
    return {"filter": chosen.said(), "filter_query": chosen.query()}
