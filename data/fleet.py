"""
Every camera in memory, for the app: arrays, ground and tiles that follow the database.

A `Snapshot` never changes; `Fleet.refresh` puts a new one in its place, so a reader takes `fleet.now()` once and
works on one moment. The tiles stand still for a while (`Snapshot.version`): what changed since is a short list
that a page draws over them.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Row, String, func, type_coerce
from sqlmodel import col, select

from data.database import Database, open_database
from data.inventory import load_cameras
from data.models import INVENTORY, SEQ, CameraState, Counter, WatchSpan
from geo.coverage import footprints
from geo.levels import BORDER_LEVEL_PX_M
from geo.tiles import STATUSES, Layout, Tiles, lay_out, with_status

UNKNOWN, UP, DOWN, DEGRADED, MAINTENANCE = range(5)  # as in geo/tiles.STATUSES
POLL_S = 1.0
TILES_STAND_S = 45.0  # how long tiles stay while the list of what changed since is short
OVERLAY_MOST = 400  # more changed cameras than this are folded into the tiles sooner
TILES_REST_S = 4.0  # but never oftener than this
_BOOT = secrets.token_hex(4)  # another process may have counted to the same numbers on another database
_log = logging.getLogger(__name__)
_CODE = {name: code for code, name in enumerate(STATUSES)}
Rows = NDArray[np.int64]
_shared: dict[str, tuple["Fleet", threading.Event]] = {}
_sharing = threading.Lock()


@dataclass(frozen=True)
class Snapshot:
    """
    Every camera at one moment. Arrays have an entry a camera, in the order of the ids, and are read-only.

    Attributes
    ----------
    status, since, reason
        Status code (index of `geo.tiles.STATUSES`), since when (UTC, NaT if never seen), key of the reason.
    changed
        Status number each camera last changed at; -1 if it was never looked at.
    as_of
        When a worker last said that it was watching.
    footprints
        Ground by day at the border's level, as `geo.coverage.footprints` gives it.
    tiles, version, base_seq
        Tiles as they were at status number `base_seq`; `version` is what tile addresses carry.
    """

    inventory: gpd.GeoDataFrame
    ids: Rows
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    status: NDArray[np.uint8]
    since: NDArray[np.datetime64]
    reason: NDArray[np.object_]
    changed: Rows
    seq: int
    inventory_version: int
    as_of: datetime | None
    footprints: gpd.GeoDataFrame
    tiles: Tiles
    version: str
    base_seq: int
    layout: Layout = field(repr=False)

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """Every camera as `load_cameras` gives it, with the status of this moment; never change it in place."""
        frame = self.inventory.copy(deep=False)
        frame["status"] = np.array(STATUSES, object)[self.status]
        frame["since"] = pd.to_datetime(self.since, utc=True)
        frame["reason"] = self.reason
        return frame

    def changed_since(self, seq: int) -> Rows:
        """Rows of the cameras whose status changed after a status number, such as `base_seq`."""
        return np.flatnonzero(self.changed > seq)

    def row_of(self, camera_id: int) -> int | None:
        """Row of a camera; None if there is no such camera."""
        row = int(np.searchsorted(self.ids, camera_id))
        return row if row < len(self.ids) and self.ids[row] == camera_id else None


class Fleet:
    """Holds the latest snapshot; many may read while one refreshes."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock  # a stopwatch: only the time between two readings counts
        self._refreshing = threading.Lock()
        self._latest: Snapshot | None = None
        self._moved_at = 0.0

    def now(self) -> Snapshot:
        """Return the latest snapshot; the first call loads it."""
        return self._latest or self.refresh()

    def refresh(self) -> Snapshot:
        """Follow the database: one small query if nothing changed, the changed rows, or all of a new inventory."""
        with self._refreshing:
            last = self._latest
            inventory, seq, as_of = self._numbers()
            if last is None or inventory != last.inventory_version:
                fresh = self._load(inventory, seq, as_of)
            elif seq > last.seq:
                fresh = replace(last, as_of=as_of, **self._news(last, seq))
            elif as_of != last.as_of:
                fresh = replace(last, as_of=as_of)
            else:
                fresh = last
            self._latest = fresh = self._folded(fresh)
        return fresh

    def _numbers(self) -> tuple[int, int, datetime | None]:
        beat = select(func.max(WatchSpan.ended_at)).where(col(WatchSpan.camera_id).is_(None)).scalar_subquery()
        with self._db.read() as session:
            rows = session.execute(select(Counter.name, Counter.value, beat.label("beat"))).all()
        numbers = {row.name: row.value for row in rows}
        return numbers.get(INVENTORY, 0), numbers.get(SEQ, 0), rows[0].beat if rows else None

    def _load(self, inventory: int, seq: int, as_of: datetime | None) -> Snapshot:
        frame = load_cameras(self._db)
        ground = footprints(frame, BORDER_LEVEL_PX_M)
        ids, lon, lat = (_frozen(frame[name].to_numpy(copy=True)) for name in ("id", "lon", "lat"))
        layout = lay_out(ids, lon, lat, frame["kind"].to_numpy(str), ground)
        count = len(frame)
        states = {
            "status": np.full(count, UNKNOWN, np.uint8),
            "since": np.full(count, np.datetime64("NaT"), "datetime64[us]"),
            "reason": np.full(count, "", object),
            "changed": np.full(count, -1, np.int64),
        }
        seq = max(seq, _apply(states, ids, self._states(-1)))
        self._moved_at = self._clock()
        return Snapshot(
            inventory=frame,
            ids=ids,
            lon=lon,
            lat=lat,
            **_all_frozen(states),
            seq=seq,
            inventory_version=inventory,
            as_of=as_of,
            footprints=ground,
            tiles=with_status(layout, states["status"]),
            version=_version(inventory, seq),
            base_seq=seq,
            layout=layout,
        )

    def _news(self, last: Snapshot, seq: int) -> dict[str, Any]:
        """Return the arrays that differ after the changes since the last snapshot."""
        states: dict[str, NDArray[Any]] = {
            name: getattr(last, name).copy() for name in ("status", "since", "reason", "changed")
        }
        # rows may be newer than the number asked for before them, never older
        seq = max(seq, _apply(states, last.ids, self._states(last.seq)))
        return {**_all_frozen(states), "seq": seq}

    def _states(self, after: int) -> list[Row[Any]]:
        # the status as the word it is stored as: making an enum member of each costs more than the query
        columns = (
            CameraState.camera_id,
            type_coerce(col(CameraState.status), String),
            CameraState.since,
            CameraState.reason,
            CameraState.seq,
        )
        query = select(*columns).where(col(CameraState.seq) > after)  # type: ignore[call-overload]
        with self._db.read() as session:
            return list(session.execute(query).all())

    def _folded(self, fresh: Snapshot) -> Snapshot:
        """Move the tiles to this moment if they stood long enough or too much has changed since."""
        waiting = len(fresh.changed_since(fresh.base_seq))
        stood_s = self._clock() - self._moved_at
        if not waiting or stood_s < (TILES_REST_S if waiting > OVERLAY_MOST else TILES_STAND_S):
            return fresh
        self._moved_at = self._clock()
        return replace(
            fresh,
            tiles=with_status(fresh.layout, fresh.status),
            version=_version(fresh.inventory_version, fresh.seq),
            base_seq=fresh.seq,
        )

    def follow(self, stop: threading.Event, every_s: float = POLL_S) -> None:
        """Refresh until told to stop; a database that is away for a while is not the end."""
        failing = False
        while not stop.wait(every_s):
            try:
                self.refresh()
                failing = False
            except Exception:  # whatever it is, the next round may succeed; the age of the data says the rest
                if not failing:
                    _log.exception("the fleet cannot follow the database; trying on")
                failing = True


def shared(db_url: str) -> Fleet:
    """Return the one fleet of this process for a database; a thread of its own keeps it current."""
    with _sharing:
        if db_url not in _shared:
            fleet, stop = Fleet(open_database(db_url)), threading.Event()
            threading.Thread(target=fleet.follow, args=(stop,), name="fleet", daemon=True).start()
            _shared[db_url] = fleet, stop
        return _shared[db_url][0]


def end_shared() -> None:
    """Let go of every shared fleet and end its thread."""
    with _sharing:
        for _, stop in _shared.values():
            stop.set()
        _shared.clear()


def _apply(states: dict[str, NDArray[Any]], ids: Rows, news: list[Row[Any]]) -> int:
    """Write changed rows into the arrays; returns the highest number among them, 0 if there are none."""
    if not news:
        return 0
    camera, status, since, reason, seq = zip(*news, strict=True)
    wanted = np.array(camera, np.int64)
    row = np.searchsorted(ids, wanted)
    known = row < len(ids)  # a camera newer than our inventory comes with the next one
    known[known] = ids[row[known]] == wanted[known]
    row = row[known]
    states["status"][row] = np.array([_CODE[word] for word in status], np.uint8)[known]
    states["since"][row] = np.array([at.replace(tzinfo=None) for at in since], "datetime64[us]")[known]
    states["reason"][row] = np.array(reason, object)[known]
    states["changed"][row] = np.array(seq, np.int64)[known]
    return int(max(seq))


def _version(inventory: int, seq: int) -> str:
    return f"{_BOOT}-{inventory}-{seq}"


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _all_frozen(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {name: _frozen(array) for name, array in arrays.items()}
