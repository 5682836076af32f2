"""What the app leaves on the worker's desk, and what is cleared from it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from data.database import Database
from data.models import Still, StillWish
from data.watch.tables import LookNow, Sight
from data.watch.thumbnails import purge

MOST_WISHES = 2_000
WISH_KEEP = timedelta(hours=1)


def wishes(db: Database, since: datetime) -> list[int]:
    """Cameras somebody has on screen, the latest wish first."""
    with db.read() as session:
        query = select(StillWish.camera_id).where(col(StillWish.wanted_at) >= since)
        return list(session.exec(query.order_by(col(StillWish.wanted_at).desc()).limit(MOST_WISHES)))


def look_now(db: Database, camera_id: int, at: datetime, seconds: float) -> datetime:
    """Ask the worker to look at a camera now and for some seconds; returns until when."""
    until_at = at + timedelta(seconds=seconds)
    with db.write() as session:
        session.merge(LookNow(camera_id=camera_id, asked_at=at, until_at=until_at, reason=""))
    return until_at


def looks(db: Database, at: datetime) -> dict[int, datetime]:
    """Cameras somebody wants to see now, and until when; those that were refused are left out."""
    with db.read() as session:
        query = select(LookNow.camera_id, LookNow.until_at).where(LookNow.until_at > at, LookNow.reason == "")
        return dict(session.exec(query).all())


def refuse_look(db: Database, camera_id: int, reason: str) -> None:
    """Say why a look brings no picture, as the key of a reason; asking anew is a new look."""
    with db.write() as session:
        session.connection().execute(
            update(LookNow).where(col(LookNow.camera_id) == camera_id).values(reason=reason)
        )


def still_every_s(db: Database) -> float | None:
    """How far apart pictures of a camera really are, the mean over the fleet; None while that is not known. [s]"""
    with db.read() as session:
        found: float | None = session.exec(select(func.avg(Sight.still_every_s))).one()
    return found


def fallbacks(db: Database) -> dict[int, str]:
    """Cameras for which another reader than the plain one works, and which."""
    with db.read() as session:
        return dict(session.exec(select(Sight.camera_id, Sight.fallback).where(Sight.fallback != "")).all())


def still_ages_s(db: Database, at: datetime) -> dict[int, float]:
    """How old each camera's still is. [s]"""
    with db.read() as session:
        rows = session.exec(select(Still.camera_id, Still.captured_at)).all()
    return {camera_id: max(0.0, (at - captured_at).total_seconds()) for camera_id, captured_at in rows}


def tidy(db: Database, at: datetime, keep_h: float) -> int:
    """Delete stills older than the hours they may be kept, and wishes long past; returns how many stills."""
    gone = purge(db, at - timedelta(hours=keep_h))
    with db.write() as session:
        session.connection().execute(delete(StillWish).where(col(StillWish.wanted_at) < at - WISH_KEEP))
    return gone
