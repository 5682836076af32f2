"""What changed, written down: status, outages and the spans we were watching. Idempotent, safe for two workers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, bindparam, case, func, insert, true, update
from sqlalchemy import select as select_
from sqlmodel import col, select

from data.database import Database, next_number
from data.models import SEQ, SUMMED, Camera, CameraState, Counter, Outage, Status, UtcDateTime, WatchSpan
from data.watch.history import check_window
from data.watch.status import KNOWN, UPLINK_LOST
from data.watch.tables import Spell, SpellKind

ALIVE_S = 30.0  # a worker that has not moved its span for so long is not watching
BATCH = 500
_ALL: ColumnElement[bool] = true()


@dataclass(frozen=True, slots=True)
class Change:
    """A camera's new status; `base_seq` is the row it was decided on (None: there was none)."""

    camera_id: int
    status: Status
    since: datetime
    reason: str
    base_seq: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database believes after `record`; `won` is False where another worker was there first."""

    status: Status
    since: datetime
    reason: str
    seq: int
    won: bool


def record(db: Database, changes: Sequence[Change]) -> dict[int, Stored]:
    """
    Write changes in one transaction and return what is now stored for each camera that still exists.

    A change counts only if the row it was decided on is still there; else what another worker wrote stays, and
    the caller takes it over. At most one change a camera in a call.
    """
    if not changes:
        return {}
    ids = [change.camera_id for change in changes]
    with db.write() as session:
        number = next_number(session, SEQ)  # also the lock: what is read below cannot change any more
        connection = session.connection()
        existing = set(connection.scalars(select_(col(Camera.id)).where(col(Camera.id).in_(ids))))
        there = {
            row.camera_id: Stored(row.status, row.since, row.reason, row.seq, won=False)
            for row in session.exec(select(CameraState).where(col(CameraState.camera_id).in_(ids)))
        }
        won = [c for c in changes if c.camera_id in existing and _seq(there.get(c.camera_id)) == c.base_seq]
        _write_states(connection, won, there, number)
        _write_outages(connection, won)
        _write_watched(connection, won)
        _write_spells(connection, won)
        _forget_sums(connection, won)
    return there | {c.camera_id: Stored(c.status, c.since, c.reason, number, won=True) for c in won}


def _seq(stored: Stored | None) -> int | None:
    return stored.seq if stored else None


def _write_states(connection: Connection, won: Iterable[Change], there: dict[int, Stored], number: int) -> None:
    rows = [
        {"at_camera": c.camera_id, "status": c.status, "since": c.since, "reason": c.reason, "seq": number}
        for c in won
    ]
    fresh = [_renamed(row) for row in rows if row["at_camera"] not in there]
    known = [row for row in rows if row["at_camera"] in there]
    if fresh:
        connection.execute(insert(CameraState), fresh)
    if known:
        one = col(CameraState.camera_id) == bindparam("at_camera")
        named: dict[str, Any] = {name: bindparam(name) for name in ("status", "since", "reason", "seq")}
        connection.execute(update(CameraState).where(one).values(named), known)


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {("camera_id" if name == "at_camera" else name): value for name, value in row.items()}


def _write_outages(connection: Connection, won: Sequence[Change]) -> None:
    # While our uplink is lost an outage stays open: it may well go on. The span is not watched, so not counted.
    _close(connection, Outage, [c for c in won if c.status is not Status.DOWN and c.reason != UPLINK_LOST])
    _begin(
        connection,
        Outage,
        [
            {"camera_id": c.camera_id, "began_at": c.since, "ended_at": None, "reason": c.reason}
            for c in won
            if c.status is Status.DOWN
        ],
    )


def _write_watched(connection: Connection, won: Sequence[Change]) -> None:
    _close(connection, WatchSpan, [c for c in won if c.status not in KNOWN])
    _begin(
        connection,
        WatchSpan,
        [
            {"camera_id": c.camera_id, "worker": "", "began_at": c.since, "ended_at": None}
            for c in won
            if c.status in KNOWN
        ],
    )


def _write_spells(connection: Connection, won: Sequence[Change]) -> None:
    for kind in SpellKind:
        this = col(Spell.kind) == kind
        _close(connection, Spell, [c for c in won if c.status != kind.value], this)
        _begin(
            connection,
            Spell,
            [
                {"camera_id": c.camera_id, "kind": kind, "began_at": c.since, "ended_at": None, "reason": c.reason}
                for c in won
                if c.status == kind.value
            ],
            this,
        )


def _forget_sums(connection: Connection, won: Sequence[Change]) -> None:
    """Give up the sums of every hour from the earliest that these changes reach back into."""
    if won:
        hour = int(min(c.since for c in won).timestamp() // 3600)
        summed = col(Counter.value)
        connection.execute(update(Counter).where(col(Counter.name) == SUMMED, summed > hour).values(value=hour))


_Table = type[Outage] | type[WatchSpan] | type[Spell]


def _begin(
    connection: Connection, table: _Table, rows: Sequence[dict[str, Any]], which: ColumnElement[bool] = _ALL
) -> None:
    """Open spans for cameras that have none open."""
    of, ids = col(table.camera_id), [row["camera_id"] for row in rows]
    if not ids:
        return
    there = set(connection.scalars(select_(of).where(of.in_(ids), col(table.ended_at).is_(None), which)))
    if begun := [row for row in rows if row["camera_id"] not in there]:
        connection.execute(insert(table), begun)


def _close(
    connection: Connection, table: _Table, changes: Sequence[Change], which: ColumnElement[bool] = _ALL
) -> None:
    if not changes:
        return
    end = bindparam("end", type_=UtcDateTime())
    began = col(table.began_at)
    # A clock that was set back must not end a span before it began.
    connection.execute(
        update(table)
        .where(col(table.camera_id) == bindparam("at_camera"), col(table.ended_at).is_(None), which)
        .values(ended_at=case((began > end, began), else_=end)),
        [{"at_camera": change.camera_id, "end": change.since} for change in changes],
    )


def beat(db: Database, worker: str, span_id: int | None, at: datetime) -> int:
    """Move a worker's own span forward to `at`, or begin one (span_id None); returns its id."""
    with db.write() as session:
        span = session.get(WatchSpan, span_id) if span_id is not None else None
        if span is None:
            span = WatchSpan(worker=worker, began_at=at)
        span.ended_at = max(at, span.began_at)
        session.add(span)
        session.flush()
        assert span.id is not None
        return span.id


def last_beat(db: Database) -> datetime | None:
    """When a worker last said it was watching; None if none ever did."""
    with db.read() as session:
        newest = func.max(col(WatchSpan.ended_at))
        found: datetime | None = session.exec(select(newest).where(col(WatchSpan.camera_id).is_(None))).one()
        return found


def is_watching(beat: datetime | None, at: datetime) -> bool:
    """Whether a worker was watching, its uplink working, at `at`; by its last beat."""
    return beat is not None and (at - beat).total_seconds() <= ALIVE_S


def summary(db: Database, at: datetime) -> dict[str, Any]:
    """
    Count cameras by status at `at`, beside how old and how whole that knowledge is.

    `unknown` includes `never_looked_at`. `worker_alive` says that a worker is watching with its uplink working;
    `uplink_lost` counts the cameras we stopped knowing because it is not.
    """
    as_of = last_beat(db)
    with db.read() as session:
        total = session.exec(select(func.count()).select_from(Camera)).one()
        status = col(CameraState.status)
        counts = dict(session.exec(select(status, func.count()).group_by(status)).all())
        lost = session.exec(
            select(func.count()).select_from(CameraState).where(col(CameraState.reason) == UPLINK_LOST)
        ).one()
        demo = session.exec(select(col(Camera.id)).where(col(Camera.demo)).limit(1)).first() is not None
    never = total - sum(counts.values())
    counts[Status.UNKNOWN] = counts.get(Status.UNKNOWN, 0) + never
    age_s = None if as_of is None else max(0.0, (at - as_of).total_seconds())
    return {
        "total": total,
        **{str(status): counts.get(status, 0) for status in Status},
        "never_looked_at": never,
        "uplink_lost": lost,
        "as_of": None if as_of is None else as_of.isoformat(),
        "age_s": age_s,
        "worker_alive": is_watching(as_of, at),
        "demo": demo,
    }


def outages(db: Database, begin: datetime, end: datetime) -> pd.DataFrame:
    """Every outage that touches [begin, end): camera_code, began_at, ended_at (NaT while it lasts), reason."""
    check_window(begin, end)
    columns = ["camera_code", "began_at", "ended_at", "reason"]
    query = (
        select_(col(Camera.code), col(Outage.began_at), col(Outage.ended_at), col(Outage.reason))
        .join(Camera, col(Camera.id) == col(Outage.camera_id))
        .where(col(Outage.began_at) < end, col(Outage.ended_at).is_(None) | (col(Outage.ended_at) > begin))
        .order_by(col(Outage.began_at), col(Camera.code))
    )
    with db.read() as session:
        frame = pd.DataFrame(session.connection().execute(query).all(), columns=columns)
    for name in ("began_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
