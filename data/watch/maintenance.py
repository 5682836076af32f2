"""Planned maintenance: windows in which cameras are not expected to answer, and whom they concern."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as select_
from sqlmodel import Session, col, select

from data.database import Database
from data.models import Agency, Camera
from data.watch.tables import Maintenance

NAME_MOST, TEXT_MOST = 80, 500  # characters
KEYS_MOST = 1_000  # names in a list


class Scope(StrEnum):
    """What a window is planned for; its key is the camera's id, else the name the inventory has for it."""

    CAMERA = "camera"
    SITE = "site"
    NETWORK = "network"
    CONTRACT = "contract"
    AGENCY = "agency"  # the owner, by its Thai name
    PROVINCE = "province"  # by its two-digit code or its Thai name


@dataclass(frozen=True, slots=True)
class Window:
    """A planned window [begins_at, ends_at); `cameras` is how many the inventory has in it now."""

    id: int
    scope: Scope
    key: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    by: str
    cancelled_at: datetime | None
    cameras: int


def plan(
    db: Database,
    scope: Scope,
    key: str,
    begins_at: datetime,
    ends_at: datetime,
    *,
    reason: str,
    by: str,
    at: datetime,
) -> int:
    """
    Plan a window and return its id.

    Raises
    ------
    ValueError
        If it ends before it begins or is over already, has no reason or no name, or concerns no camera.
    """
    if ends_at <= begins_at:
        raise ValueError(f"maintenance ends after it begins, got {begins_at.isoformat()} to {ends_at.isoformat()}")
    if ends_at <= at:
        raise ValueError(
            f"maintenance is planned ahead, but this ended at {ends_at.isoformat()}; choose a later end"
        )
    reason, by = said("reason", reason, TEXT_MOST), said("name", by, NAME_MOST)
    with db.write() as session:
        key = _camera_key(session, key) if scope is Scope.CAMERA else key.strip()
        if not _cameras(session, scope, key):
            raise ValueError(f"no camera has the {scope} {key!r}; write it as the inventory does")
        window = Maintenance(scope=scope, key=key, begins_at=begins_at, ends_at=ends_at, reason=reason, by=by)
        session.add(window)
        session.flush()
        assert window.id is not None
        return window.id


def cancel(db: Database, window_id: int, *, by: str, at: datetime) -> None:
    """
    Call a window off: one that has begun ends now, one to come never begins.

    Raises
    ------
    ValueError
        If there is no such window, or it is over or called off.
    """
    with db.write() as session:
        window = session.get(Maintenance, window_id)
        if window is None:
            raise ValueError(f"there is no maintenance with the number {window_id}")
        if window.cancelled_at is not None:
            raise ValueError(f"maintenance {window_id} was called off at {window.cancelled_at.isoformat()}")
        if window.ends_at <= at:
            raise ValueError(f"maintenance {window_id} is over since {window.ends_at.isoformat()}")
        window.cancelled_at = at
        window.by = f"{window.by}; {said('name', by, NAME_MOST)}" if by.strip() != window.by else window.by
        session.add(window)


def keys(db: Database, scope: Scope, text: str = "", most: int = KEYS_MOST) -> list[tuple[str, int]]:
    """
    What the inventory has of a scope, in order, and how many cameras each; cameras themselves are not listed.

    Parameters
    ----------
    text
        Only names with this in them, in capitals or not.
    """
    name: Any = {
        Scope.SITE: col(Camera.site), Scope.NETWORK: col(Camera.network), Scope.CONTRACT: col(Camera.contract),
        Scope.PROVINCE: col(Camera.province), Scope.AGENCY: col(Agency.name_th),
    }[scope]  # fmt: skip
    query = select_(name, func.count(col(Camera.id))).select_from(Camera)
    if scope is Scope.AGENCY:
        query = query.join(Agency, col(Agency.id) == col(Camera.owner_id))
    query = query.where(name.is_not(None), name != "")
    if text:
        query = query.where(name.icontains(text, autoescape=True))
    with db.read() as session:
        return [(key, count) for key, count in session.execute(query.group_by(name).order_by(name).limit(most))]


def windows(db: Database, at: datetime, *, past: bool = False, most: int | None = None) -> list[Window]:
    """
    Windows that are open or to come at `at`, the next to begin first; with `past` all there ever were.

    With `most` only so many, those that begin last.
    """
    query = select(Maintenance).order_by(col(Maintenance.begins_at).desc(), col(Maintenance.id).desc()).limit(most)
    if not past:
        query = query.where(col(Maintenance.ends_at) > at, col(Maintenance.cancelled_at).is_(None))
    with db.read() as session:
        return [
            Window(
                id=row.id or 0, scope=Scope(row.scope), key=row.key, begins_at=row.begins_at, ends_at=row.ends_at,
                reason=row.reason, by=row.by, cancelled_at=row.cancelled_at,
                cameras=_cameras(session, Scope(row.scope), row.key),
            )
            for row in reversed(session.exec(query).all())
        ]  # fmt: skip


def excused(db: Database, at: datetime) -> dict[int, datetime]:
    """Cameras in a window open at `at`, and when the last of their windows ends: what the worker does not ask."""
    open_now = select(Maintenance).where(
        col(Maintenance.begins_at) <= at, col(Maintenance.ends_at) > at, col(Maintenance.cancelled_at).is_(None)
    )
    found: dict[int, datetime] = {}
    with db.read() as session:
        for window in session.exec(open_now.order_by(col(Maintenance.ends_at))):
            ids = session.exec(select(col(Camera.id)).where(_of(Scope(window.scope), window.key)))
            found.update((camera_id, window.ends_at) for camera_id in ids if camera_id is not None)
    return found


def said(what: str, text: str, most: int) -> str:
    """Return what a person wrote, refused if it is empty or longer than `most` characters."""
    text = text.strip()
    if not text:
        raise ValueError(f"a {what} is needed; it is kept beside what you did")
    if len(text) > most:
        raise ValueError(f"a {what} has at most {most} characters, got {len(text)}; shorten it")
    return text


def _of(scope: Scope, key: str) -> ColumnElement[bool]:
    """Which cameras a window is for."""
    if scope is Scope.CAMERA:
        return col(Camera.id) == int(key)
    if scope is Scope.AGENCY:
        return col(Camera.owner_id).in_(select(col(Agency.id)).where(col(Agency.name_th) == key))
    if scope is Scope.PROVINCE:
        return or_(col(Camera.province_code) == key, col(Camera.province) == key)
    return {
        Scope.SITE: col(Camera.site), Scope.NETWORK: col(Camera.network), Scope.CONTRACT: col(Camera.contract)
    }[scope] == key  # fmt: skip


def _cameras(session: Session, scope: Scope, key: str) -> int:
    return session.exec(select(func.count(col(Camera.id))).where(_of(scope, key))).one()


def _camera_key(session: Session, key: str) -> str:
    """Return the id of a camera given by its id or its code."""
    ids = session.exec(select(col(Camera.id)).where(col(Camera.code) == key.strip())).all()
    if len(ids) > 1:
        raise ValueError(f"{len(ids)} cameras have the code {key.strip()!r}; give the id of one: {_listed(ids)}")
    if not ids and not (key.strip().isascii() and key.strip().isdigit()):
        raise ValueError(f"no camera has the code {key.strip()!r}; write it as the inventory does")
    return str(ids[0]) if ids else key.strip()


def _listed(ids: Sequence[int | None]) -> str:
    return ", ".join(map(str, ids[:5]))
