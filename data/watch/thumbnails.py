"""Still files: the latest picture of each camera, the last good and the first bad one; whole or not at all."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import delete
from sqlmodel import col, select

from data.database import Database, in_parts, upsert_of_cameras
from data.models import CaptureClock, Still
from data.settings import settings
from data.watch.tables import StillKept

Which = Literal["good", "bad"]
_PART = ".part"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picture:
    """A still: JPEG or WebP bytes, when it was captured and by whose clock, its size in pixels."""

    body: bytes
    captured_at: datetime
    clock: CaptureClock
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture kept beside the latest: the last good one before a fault, or the first bad one, and the fault."""

    camera_id: int
    which: Which
    body: bytes
    captured_at: datetime
    reason: str


def media_type(body: bytes) -> str:
    """What the bytes of a still are to be served as."""
    return "image/webp" if body[8:12] == b"WEBP" else "image/jpeg"


def still_path(camera_id: int, kind: str = "image/jpeg", which: Which | None = None) -> Path:
    """Where a still of a camera lies; thousand a folder, so that a million do not share one."""
    end = "webp" if kind == "image/webp" else "jpg"
    name = f"{camera_id}.{which}.{end}" if which else f"{camera_id}.{end}"
    return _stills() / f"{camera_id // 1000:03d}" / name


def write_stills(db: Database, batch: Sequence[tuple[int, Picture]]) -> None:
    """Keep pictures as their cameras' latest: all the files first, then their rows in one transaction."""
    rows = {}
    for camera_id, picture in batch:
        path = still_path(camera_id, media_type(picture.body))
        _put(path, picture.body, picture.captured_at)
        rows[camera_id] = {
            "camera_id": camera_id,
            "captured_at": picture.captured_at,
            "clock": picture.clock,
            "path": path.relative_to(_stills()).as_posix(),
            "width": picture.width,
            "height": picture.height,
        }
    with db.write() as session:
        upsert_of_cameras(session, Still, list(rows.values()))


def keep_stills(db: Database, kept: Sequence[Kept]) -> None:
    """Keep pictures beside the latest, in place of the ones of the fault before; no purge takes them."""
    rows = {}
    for one in kept:
        path = still_path(one.camera_id, media_type(one.body), one.which)
        _put(path, one.body, one.captured_at)
        rows[one.camera_id, one.which] = {
            "camera_id": one.camera_id,
            "which": one.which,
            "captured_at": one.captured_at,
            "path": path.relative_to(_stills()).as_posix(),
            "reason": one.reason,
        }
    with db.write() as session:
        upsert_of_cameras(session, StillKept, list(rows.values()))


def _put(path: Path, body: bytes, captured_at: datetime) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}{_PART}")
    try:
        try:
            part.write_bytes(body)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(body)
        # The capture time travels with the bytes: a reader between file and row still gets the pair that belongs.
        nanoseconds = (captured_at - _EPOCH) // timedelta(microseconds=1) * 1000
        os.utime(part, ns=(nanoseconds, nanoseconds))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_still(db: Database, camera_id: int) -> Picture | None:
    """Latest picture of a camera with the time it was captured, or None."""
    with db.read() as session:
        row = session.get(Still, camera_id)
    found = _get(row.path) if row else None
    return Picture(*found, row.clock, row.width, row.height) if row and found else None


def read_stills(
    db: Database, cameras: Sequence[int], newer: Mapping[int, datetime]
) -> Iterator[tuple[int, Picture]]:
    """Latest pictures of some cameras, one at a time; only those captured after the time `newer` has for them."""
    for part in in_parts(cameras):
        with db.read() as session:
            rows = session.exec(select(Still).where(col(Still.camera_id).in_(part))).all()
        for row in rows:
            before = newer.get(row.camera_id)
            found = _get(row.path) if before is None or row.captured_at > before else None
            if found is not None:
                yield row.camera_id, Picture(*found, row.clock, row.width, row.height)


def _get(path: str) -> tuple[bytes, datetime] | None:
    """Bytes and capture time of a file."""
    try:
        with (_stills() / path).open("rb") as file:
            body, changed_ns = file.read(), os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None
    return body, _EPOCH + timedelta(microseconds=changed_ns // 1000)


def age_s(picture: Picture, at: datetime) -> float:
    """Seconds since a picture was captured; never negative, a camera's clock may run ahead. [s]"""
    return max(0.0, (at - picture.captured_at).total_seconds())


def purge(db: Database, before: datetime) -> int:
    """
    Delete stills captured before a time, but none of the kept ones; returns how many.

    The row goes first: after a kill in between a file without a row is left, which nobody is shown and the next
    purge removes.
    """
    with db.write() as session:
        old = session.exec(select(Still).where(col(Still.captured_at) < before)).all()
        session.connection().execute(delete(Still).where(col(Still.captured_at) < before))
    for row in old:
        (_stills() / row.path).unlink(missing_ok=True)
    _sweep(db, before)
    return len(old)


def _sweep(db: Database, before: datetime) -> None:
    with db.read() as session:
        owned = {*session.exec(select(Still.path)), *session.exec(select(StillKept.path))}
    for file in _stills().glob("*/*"):
        try:
            stale = file.stat().st_mtime < before.timestamp()
        except FileNotFoundError:  # a worker beside us was quicker
            continue
        if stale and file.relative_to(_stills()).as_posix() not in owned:
            file.unlink(missing_ok=True)


def _stills() -> Path:
    return settings().var / "stills"
