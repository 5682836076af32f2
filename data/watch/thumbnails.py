"""Still files: the latest picture of each camera, written whole or not at all, and how old it is."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlmodel import col, select

from data.database import Database
from data.models import CaptureClock, Still
from data.settings import settings

_PART = ".part"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picture:
    """A still: JPEG bytes, when it was captured and by whose clock, its size in pixels."""

    jpeg: bytes
    captured_at: datetime
    clock: CaptureClock
    width: int
    height: int


def still_path(camera_id: int) -> Path:
    """Where the still of a camera lies; thousand a folder, so that a million do not share one."""
    return _stills() / f"{camera_id // 1000:03d}" / f"{camera_id}.jpg"


def write_still(db: Database, camera_id: int, picture: Picture) -> Path:
    """Keep a picture as the camera's latest; at no moment is there half of one."""
    path = still_path(camera_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}{_PART}")
    try:
        part.write_bytes(picture.jpeg)
        # The capture time travels with the bytes: a reader between file and row still gets the pair that belongs.
        nanoseconds = (picture.captured_at - _EPOCH) // timedelta(microseconds=1) * 1000
        os.utime(part, ns=(nanoseconds, nanoseconds))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with db.write() as session:
        row = session.get(Still, camera_id) or Still(
            camera_id=camera_id, captured_at=picture.captured_at, path="", width=0, height=0
        )
        row.captured_at, row.clock = picture.captured_at, picture.clock
        row.path = path.relative_to(_stills()).as_posix()
        row.width, row.height = picture.width, picture.height
        session.add(row)
    return path


def read_still(db: Database, camera_id: int) -> Picture | None:
    """Latest picture of a camera with the time it was captured, or None."""
    with db.read() as session:
        row = session.get(Still, camera_id)
    if row is None:
        return None
    try:
        with (_stills() / row.path).open("rb") as file:
            jpeg, changed_ns = file.read(), os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None
    captured_at = _EPOCH + timedelta(microseconds=changed_ns // 1000)
    return Picture(jpeg, captured_at, row.clock, row.width, row.height)


def age_s(picture: Picture, at: datetime) -> float:
    """Seconds since a picture was captured; never negative, a camera's clock may run ahead. [s]"""
    return max(0.0, (at - picture.captured_at).total_seconds())


def purge(db: Database, before: datetime) -> int:
    """
    Delete stills captured before a time; returns how many.

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
        kept = set(session.exec(select(Still.path)))
    for file in _stills().glob("*/*"):
        try:
            stale = file.stat().st_mtime < before.timestamp()
        except FileNotFoundError:  # a worker beside us was quicker
            continue
        if stale and file.relative_to(_stills()).as_posix() not in kept:
            file.unlink(missing_ok=True)


def _stills() -> Path:
    return settings().var / "stills"
