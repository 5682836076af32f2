"""What screens ask of the watch: capture times, how far the last look went, looks under way; and their wishes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import String, bindparam, delete, insert, type_coerce
from sqlalchemy import select as select_
from sqlmodel import col, select

from data.database import Database, fetched, in_parts
from data.inventory import read_times
from data.models import Camera, Still, StillWish, UtcDateTime
from data.settings import settings
from data.watch.tables import LookNow, Sight, StillKept

GOOD, BAD = "good", "bad"  # the last picture before a fault, the first after it
_READ_AT_ONCE = 50_000


def wish(db: Database, ids: Sequence[int], at: datetime) -> None:
    """Tell the worker that cameras are on a screen, in one transaction; those that are gone are passed over."""
    wanted = bindparam("at", at, UtcDateTime())
    with db.write() as session:
        for part in in_parts(sorted(set(ids))):
            session.connection().execute(delete(StillWish).where(col(StillWish.camera_id).in_(part)))
            there = select(col(Camera.id), wanted).where(col(Camera.id).in_(part))
            session.connection().execute(insert(StillWish).from_select(["camera_id", "wanted_at"], there))


def captured(db: Database, ids: Sequence[int]) -> dict[int, datetime]:
    """When the latest still of each camera was captured; a camera without one is left out."""
    found: dict[int, datetime] = {}
    with db.read() as session:
        for part in in_parts(ids):
            query = select(Still.camera_id, Still.captured_at).where(col(Still.camera_id).in_(part))
            found |= dict(session.exec(query).all())
    return found


def sight(db: Database, camera_id: int) -> Sight | None:
    """How far the last look at a camera went; None if none was written down yet."""
    with db.read() as session:
        return session.get(Sight, camera_id)


def look(db: Database, camera_id: int) -> LookNow | None:
    """What became of the last wish to see a camera now; None if there was none."""
    with db.read() as session:
        return session.get(LookNow, camera_id)


def kept(db: Database, camera_id: int) -> dict[str, StillKept]:
    """Kept pictures of a camera, as far as there are: the last good under GOOD, the first bad under BAD."""
    with db.read() as session:
        rows = session.exec(select(StillKept).where(StillKept.camera_id == camera_id)).all()
    return {row.which: row for row in rows}


def kept_picture(db: Database, camera_id: int, which: str) -> tuple[bytes, datetime] | None:
    """Return a kept picture of a camera and when it was captured; None if there is none."""
    with db.read() as session:
        row = session.get(StillKept, (camera_id, which))
    if row is None:
        return None
    try:
        return (settings().var / "stills" / row.path).read_bytes(), row.captured_at
    except FileNotFoundError:
        return None


def captured_all(db: Database, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """When the latest still of each camera was captured, microseconds since the epoch; 0 for none. [µs]"""
    found = np.zeros(len(ids), np.int64)
    query: Any = select_(col(Still.camera_id), type_coerce(col(Still.captured_at), String))
    with db.read() as session:
        for part in fetched(session, query, _READ_AT_ONCE):
            camera, at = zip(*part, strict=True)
            wanted = np.array(camera, np.int64)
            row = np.minimum(np.searchsorted(ids, wanted), max(len(ids) - 1, 0))
            there = ids[row] == wanted if len(ids) else np.zeros(len(wanted), bool)
            found[row[there]] = read_times(at).astype(np.int64)[there]
    return found
