"""
Every camera in memory, for the app: a compact frame, arrays and tiles that follow the database.

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

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import String, func, type_coerce
from sqlmodel import col, select

from data.database import Database, fetched, open_database
from data.ground.hidden import hidden, obstacles, obstacles_of
from data.inventory import followed, load_cameras, plain, read_times
from data.kept import Kept
from data.memory import give_back
from data.models import INVENTORY, SEQ, CameraState, Counter, WatchSpan
from data.presets import with_presets
from geo.see.coverage import DAY, poses
from geo.see.levels import BORDER_LEVEL_PX_M
from geo.tile.cuts import Cut
from geo.tile.grounds import Ground
from geo.tile.tiles import STATUSES, Layout, Tiles, lay_out, with_status

UNKNOWN, UP, DOWN, DEGRADED, MAINTENANCE = range(5)  # as in geo/tiles.STATUSES
POLL_S = 0.5  # half of what a change may take to be on every map goes by here and in the browser
TILES_STAND_S = 45.0  # how long tiles stay while the list of what changed since is short
OVERLAY_MOST = 400  # more changed cameras than this are folded into the tiles sooner
TILES_REST_S = 4.0  # but never oftener than this
GIVE_BACK_S = 15.0  # how often memory that is free is handed back to the system
_BOOT = secrets.token_hex(4)  # another process may have counted to the same numbers on another database
_log = logging.getLogger(__name__)
_CODE = {name: code for code, name in enumerate(STATUSES)}
_BATCH = 10_000
Rows = NDArray[np.int64]
_shared: dict[str, tuple["Fleet", threading.Event]] = {}
_sharing = threading.Lock()


@dataclass(frozen=True)
class Snapshot:
    """
    Every camera at one moment. Arrays have an entry a camera, in the order of the ids, and are read-only.

    Attributes
    ----------
    inventory
        As `data.inventory.load_cameras` gives it, with what is hidden from each (`data.ground.hidden`) where
        anything may be; never change it in place.
    status, since, reason
        Status code (index of `geo.tile.tiles.STATUSES`), since when (UTC, NaT: never seen), number of the reason's
        key in `reasons`.
    changed
        Status number each camera last changed at; -1 if it was never looked at.
    as_of
        When a worker last said that it was watching.
    tiles, base_status, version, base_seq
        Tiles, and the statuses they were made of, as they were at status number `base_seq`; `version` is what
        tile addresses carry.
    kept
        What was worked out of this inventory, whatever its cameras' status.
    """

    inventory: pd.DataFrame
    ids: Rows
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    status: NDArray[np.uint8]
    since: NDArray[np.datetime64]
    reason: NDArray[np.uint16]
    reasons: tuple[str, ...]
    changed: Rows
    seq: int
    inventory_version: int
    as_of: datetime | None
    tiles: Tiles
    base_status: NDArray[np.uint8]
    version: str
    base_seq: int
    layout: Layout = field(repr=False)
    kept: Kept = field(repr=False)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The inventory with status, since (UTC) and reason of this moment; never change it in place."""
        frame = self.inventory.copy(deep=False)
        frame["status"] = _words(self.status, STATUSES)
        frame["since"] = pd.Series(self.since, copy=False).dt.tz_localize("UTC")
        frame["reason"] = _words(self.reason, self.reasons)
        return frame

    def camera(self, row: int) -> dict[str, Any]:
        """One camera and its status as plain values; None where nothing is known."""
        return plain(self.frame, row)

    def ground(self, level_px_m: float = BORDER_LEVEL_PX_M, light: str = DAY) -> Ground:
        """What every camera covers at a level and light, ready for tiles."""

        def make() -> Ground:
            cut = Cut.of(self.inventory, level_px_m, light)
            made = Ground.of(self.layout, poses(self.inventory, level_px_m, light), cut)
            give_back()
            return made

        return self.kept.get(("ground", level_px_m, light), make)

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
                fresh = self._load(last, inventory, seq, as_of)
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

    def _load(self, last: Snapshot | None, inventory: int, seq: int, as_of: datetime | None) -> Snapshot:
        """Read the inventory, or what changed of it; statuses of cameras that stayed are kept."""
        before = None if last is None else obstacles_of(last.inventory)
        known = obstacles(self._db, before)
        frame, changed = (load_cameras(self._db), None) if last is None else followed(last.inventory, self._db)
        if last is not None and changed is not None and not len(changed):
            if known is before:
                return replace(last, inventory_version=inventory, as_of=as_of)
            # the same cameras, but other ground in their way: all that was worked out of them goes
            return replace(
                last, inventory=hidden(frame, known), inventory_version=inventory, as_of=as_of, kept=Kept(),
                version=_version(inventory, last.base_seq),
            )  # fmt: skip
        frame = hidden(with_presets(self._db, frame), known)
        ids, lon, lat = (_frozen(frame[name].to_numpy()) for name in ("id", "lon", "lat"))
        layout = lay_out(ids, lon, lat)
        if last is None or changed is None:
            states = _States.unknown(len(ids))
            seq = max(seq, states.read(self._db, ids, after=-1))
        else:
            states = _States.of(last)
            states.forget(changed)  # another camera may have taken the number of one that is gone
            again = states.read(self._db, ids, after=-1, only=ids[changed])
            seq = max(seq, again, states.read(self._db, ids, after=last.seq))
        self._moved_at = self._clock()
        give_back()
        return Snapshot(
            inventory=frame,
            ids=ids,
            lon=lon,
            lat=lat,
            **states.frozen(),
            seq=seq,
            inventory_version=inventory,
            as_of=as_of,
            tiles=with_status(layout, states.status),
            base_status=states.status,
            version=_version(inventory, seq),
            base_seq=seq,
            layout=layout,
            kept=Kept(),
        )

    def _news(self, last: Snapshot, seq: int) -> dict[str, Any]:
        """Return the arrays that differ after the changes since the last snapshot."""
        states = _States.of(last)
        # rows may be newer than the number asked for before them, never older
        seq = max(seq, states.read(self._db, last.ids, after=last.seq))
        return {**states.frozen(), "seq": seq}

    def _folded(self, fresh: Snapshot) -> Snapshot:
        """Move the tiles to this moment if they stood long enough or too much has changed since."""
        waiting = len(fresh.changed_since(fresh.base_seq))
        if not waiting:
            self._moved_at = self._clock()  # a change is heard of first, and folded only when it has stood
        stood_s = self._clock() - self._moved_at
        if not waiting or stood_s < (TILES_REST_S if waiting > OVERLAY_MOST else TILES_STAND_S):
            return fresh
        self._moved_at = self._clock()
        return replace(
            fresh,
            tiles=with_status(fresh.layout, fresh.status),
            base_status=fresh.status,
            version=_version(fresh.inventory_version, fresh.seq),
            base_seq=fresh.seq,
        )

    def follow(self, stop: threading.Event, every_s: float = POLL_S) -> None:
        """Refresh until told to stop; a database that is away for a while is not the end."""
        failing, given_back_at = False, self._clock()
        while not stop.wait(every_s):
            if self._clock() - given_back_at > GIVE_BACK_S:
                # what the border's figures and a filter's layout took in passing is a third of all we hold
                give_back()
                given_back_at = self._clock()
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


@dataclass
class _States:
    """The arrays of a snapshot that statuses are written into."""

    status: NDArray[np.uint8]
    since: NDArray[np.datetime64]
    reason: NDArray[np.uint16]
    reasons: tuple[str, ...]
    changed: Rows

    @classmethod
    def of(cls, last: Snapshot) -> "_States":
        return cls(last.status.copy(), last.since.copy(), last.reason.copy(), last.reasons, last.changed.copy())

    @classmethod
    def unknown(cls, count: int) -> "_States":
        return cls(
            np.full(count, UNKNOWN, np.uint8),
            np.full(count, np.datetime64("NaT"), "datetime64[us]"),
            np.zeros(count, np.uint16),
            ("",),
            np.full(count, -1, np.int64),
        )

    def frozen(self) -> dict[str, Any]:
        arrays = {name: _frozen(getattr(self, name)) for name in ("status", "since", "reason", "changed")}
        return {**arrays, "reasons": self.reasons}

    def forget(self, rows: NDArray[np.intp]) -> None:
        """Make some cameras unknown again."""
        none = _States.unknown(len(rows))
        self.status[rows], self.since[rows] = none.status, none.since
        self.reason[rows], self.changed[rows] = self.reasons.index(""), none.changed

    def read(self, db: Database, ids: Rows, after: int, only: Rows | None = None) -> int:
        """
        Write what changed after a number into the arrays; returns the highest number read, 0 if nothing was.

        `only`: ids of the cameras asked for; all unless given.
        """
        columns = (
            CameraState.camera_id,
            type_coerce(col(CameraState.status), String),
            type_coerce(col(CameraState.since), String),
            CameraState.reason,
            CameraState.seq,
        )
        highest = 0
        query = select(*columns).where(col(CameraState.seq) > after)  # type: ignore[call-overload]
        if only is not None:
            query = query.where(col(CameraState.camera_id).in_(only.tolist()))
        with db.read() as session:
            for rows in fetched(session, query, _BATCH):
                highest = max(highest, self._apply(ids, rows))
        return highest

    def _apply(self, ids: Rows, news: list[tuple[Any, ...]]) -> int:
        camera, status, since, reason, seq = zip(*news, strict=True)
        wanted = np.array(camera, np.int64)
        row = np.searchsorted(ids, wanted)
        known = row < len(ids)  # a camera newer than our inventory comes with the next one
        known[known] = ids[row[known]] == wanted[known]
        row = row[known]
        self.status[row] = np.array([_CODE[word] for word in status], np.uint8)[known]
        self.since[row] = read_times(since)[known]
        self.reasons = (*self.reasons, *sorted(set(reason) - set(self.reasons)))
        number = {word: code for code, word in enumerate(self.reasons)}
        self.reason[row] = np.array([number[word] for word in reason], np.uint16)[known]
        self.changed[row] = np.array(seq, np.int64)[known]
        return int(max(seq))


def _words(codes: NDArray[Any], words: tuple[str, ...]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.astype(np.int16), pd.Index(list(words), dtype="str"))


def _version(inventory: int, seq: int) -> str:
    return f"{_BOOT}-{inventory}-{seq}"


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
