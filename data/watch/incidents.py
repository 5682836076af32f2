"""Incidents: one cause that took several cameras down at once, kept with the cameras that belong to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case, delete, func, insert, literal
from sqlalchemy import select as select_
from sqlmodel import Session, col, select, update

from data.database import Database, in_parts
from data.models import Agency, Camera, CameraState, Status
from data.watch.status import KNOWN
from data.watch.tables import Incident, IncidentCamera

STORM_LASTS = timedelta(minutes=5)  # what follows within so long belongs to the same one
BACK_SHARE = 0.8  # an incident is over when so many of its cameras answer again


class Kind(StrEnum):
    """What the cameras of an incident have in common, from narrow to wide."""

    SITE = "site"  # one pole, cabinet or switch
    NETWORK = "network"  # one carrier or VLAN
    AREA = "area"  # one owner in one district; its key is "owner · district"
    STORM = "storm"  # many at once with nothing else in common; its key says which kind, and the minute it began


@dataclass(frozen=True, slots=True)
class Fallen:
    """A camera that is down, since when, and what it has in common with others; "" where that is not known."""

    camera_id: int
    since: datetime
    site: str
    network: str
    area: str

    def key(self, kind: Kind) -> str:
        """Which site, network or area it belongs to."""
        return {Kind.SITE: self.site, Kind.NETWORK: self.network, Kind.AREA: self.area}.get(kind, "")


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An incident as pages show it; open while `ended_at` is None.

    Attributes
    ----------
    cameras
        How many belong to it.
    back
        How many of those answer again now, or are in maintenance.
    """

    id: int
    kind: Kind
    key: str
    began_at: datetime
    ended_at: datetime | None
    reason: str  # what its cameras are: "down", of a storm also "degraded"
    cameras: int
    back: int


@dataclass(frozen=True, slots=True)
class Child:
    """A camera of an incident with its status of now."""

    camera_id: int
    code: str
    status: str
    since: datetime | None


def open_incidents(db: Database) -> list[Shown]:
    """Incidents that last, the largest first."""
    found = _shown(db, col(Incident.ended_at).is_(None))
    return sorted(found, key=lambda one: (-one.cameras, one.id))


def children(db: Database, incident_id: int, limit: int = 500) -> list[Child]:
    """Cameras of an incident, those still down first."""
    status = col(CameraState.status)
    query = (
        select_(col(Camera.id), col(Camera.code), status, col(CameraState.since))
        .join(IncidentCamera, col(IncidentCamera.camera_id) == col(Camera.id))
        .join(CameraState, col(CameraState.camera_id) == col(Camera.id), isouter=True)
        .where(col(IncidentCamera.incident_id) == incident_id)
        .order_by(case((status == Status.DOWN, 0), else_=1), col(Camera.code))
        .limit(limit)
    )
    with db.read() as session:
        rows: Any = session.connection().execute(query).all()
    return [Child(id_, code, str(status or Status.UNKNOWN), since) for id_, code, status, since in rows]


def of_camera(db: Database, camera_id: int, limit: int = 20) -> list[Shown]:
    """Incidents a camera was part of, newest first; the open one, if any, leads."""
    mine = select(col(IncidentCamera.incident_id)).where(col(IncidentCamera.camera_id) == camera_id)
    found = _shown(db, col(Incident.id).in_(mine))
    return sorted(found, key=lambda one: one.ended_at is not None)[:limit]


def fallen(db: Database, since: datetime) -> list[Fallen]:
    """Cameras that are down now and went down after `since`, those of storms and smaller incidents among them."""
    query = (
        select_(
            col(Camera.id), col(CameraState.since), func.coalesce(col(Camera.site), ""),
            func.coalesce(col(Camera.network), ""), _AREA,
        )
        .join(CameraState, col(CameraState.camera_id) == col(Camera.id))
        .join(Agency, col(Agency.id) == col(Camera.owner_id))
        .where(col(CameraState.status) == Status.DOWN, col(CameraState.since) > since)
    )  # fmt: skip
    with db.read() as session:
        rows: Any = session.connection().execute(query).all()
    return [Fallen(*row) for row in rows]


def watched(db: Database) -> dict[tuple[Kind, str], int]:
    """How many cameras of each site, network and area have a verdict, up or down; reads the whole inventory."""
    found: dict[tuple[Kind, str], int] = {}
    keys: dict[Kind, Any] = {Kind.SITE: col(Camera.site), Kind.NETWORK: col(Camera.network), Kind.AREA: _AREA}
    with db.read() as session:
        for kind, key in keys.items():
            query = (
                select_(key, func.count(col(Camera.id)))
                .join(CameraState, col(CameraState.camera_id) == col(Camera.id))
                .join(Agency, col(Agency.id) == col(Camera.owner_id))
                .where(col(CameraState.status).in_(KNOWN), key.is_not(None))
                .group_by(key)
            )
            for name, count in session.connection().execute(query):
                found[kind, name] = count
    return found


def hold(
    db: Database, kind: Kind, key: str, began_at: datetime, cameras: Collection[int], reason: str = "down"
) -> int:
    """
    Open an incident with these cameras, or let the open one of that kind and key grow by them; return its id.

    A camera is in one open incident: it leaves the one it was in. One left without cameras was part of this one;
    it ends at the next `close`.
    """
    with db.write() as session:
        if kind is Kind.STORM:
            key = storm_key(session, reason, began_at)
        return held(session, kind, key, began_at, cameras, reason)


def held(session: Session, kind: Kind, key: str, began_at: datetime, cameras: Collection[int], reason: str) -> int:
    """Do what `hold` does inside a transaction."""
    same = (Incident.kind == kind, Incident.key == key, col(Incident.ended_at).is_(None))
    incident = session.exec(select(Incident).where(*same)).first() or Incident(
        kind=kind, key=key, began_at=began_at, reason=reason
    )
    incident.began_at = min(incident.began_at, began_at)
    session.add(incident)
    session.flush()
    assert incident.id is not None
    lasting = select(col(Incident.id)).where(col(Incident.ended_at).is_(None), col(Incident.id) != incident.id)
    for ids in in_parts(sorted(cameras)):
        mine = col(IncidentCamera.camera_id).in_(ids)
        session.execute(delete(IncidentCamera).where(mine, col(IncidentCamera.incident_id).in_(lasting)))
        there = set(
            session.exec(select(IncidentCamera.camera_id).where(mine, IncidentCamera.incident_id == incident.id))
        )
        exist = session.exec(select(col(Camera.id)).where(col(Camera.id).in_(ids))).all()
        if fresh := [{"incident_id": incident.id, "camera_id": one} for one in exist if one not in there]:
            session.execute(insert(IncidentCamera), fresh)
    _count(session, incident.id)
    return incident.id


def close(db: Database, at: datetime) -> list[int]:
    """End the open incidents of which at least 80 % of the cameras are back; return their ids."""
    over = [one.id for one in open_incidents(db) if one.back >= BACK_SHARE * one.cameras]
    if over:
        with db.write() as session:
            session.exec(
                update(Incident)
                .where(col(Incident.id).in_(over), col(Incident.ended_at).is_(None))
                .values(ended_at=case((col(Incident.began_at) > at, col(Incident.began_at)), else_=at))
            )
    return over


def standing(db: Database) -> tuple[dict[int, int], dict[int, tuple[Kind, str]]]:
    """Return the open incident of each camera that is in one, and kind and key of each open incident."""
    with db.read() as session:
        lasting = session.exec(select(Incident).where(col(Incident.ended_at).is_(None)))
        return members(session), {one.id: (Kind(one.kind), one.key) for one in lasting if one.id is not None}


def storm_key(session: Session, reason: str, began_at: datetime) -> str:
    """Return the key of the open storm that began about then, else of a new one."""
    lately = (col(Incident.began_at) > began_at - STORM_LASTS, col(Incident.ended_at).is_(None))
    query = select(Incident.key).where(Incident.kind == Kind.STORM, Incident.reason == reason, *lately)
    found = session.exec(query.order_by(col(Incident.began_at).desc())).first()
    return found or f"{reason} {began_at:%Y-%m-%dT%H:%MZ}"


def members(session: Session) -> dict[int, int]:
    """Return the open incident of each camera that is in one."""
    query = (
        select(IncidentCamera.camera_id, IncidentCamera.incident_id)
        .join(Incident, col(Incident.id) == col(IncidentCamera.incident_id))
        .where(col(Incident.ended_at).is_(None))
    )
    return dict(session.exec(query).all())


_AREA: Any = func.coalesce(col(Agency.name_th) + literal(" · ") + col(Camera.district), "")


def _shown(db: Database, *which: Any) -> list[Shown]:
    """Incidents, newest first, with how many of their cameras are back."""
    of_pictures = col(Incident.reason) == "degraded"
    status = col(CameraState.status)
    # unknown is not back: it may as well be down still
    back = case(
        (status.in_((Status.UP, Status.MAINTENANCE)), 1),
        ((status == Status.DEGRADED) & ~of_pictures, 1),
        else_=0,
    )
    query = (
        select_(Incident, func.count(col(IncidentCamera.camera_id)), func.coalesce(func.sum(back), 0))
        .join(IncidentCamera, col(IncidentCamera.incident_id) == col(Incident.id), isouter=True)
        .join(CameraState, col(CameraState.camera_id) == col(IncidentCamera.camera_id), isouter=True)
        .where(*which)
        .group_by(col(Incident.id))
        .order_by(col(Incident.began_at).desc(), col(Incident.id).desc())
    )
    with db.read() as session:
        return [
            Shown(
                one.id or 0, Kind(one.kind), one.key, one.began_at, one.ended_at, one.reason, cameras, int(again)
            )
            for one, cameras, again in session.execute(query)
        ]


def _count(session: Session, incident_id: int) -> None:
    count = select(func.count()).where(IncidentCamera.incident_id == incident_id).scalar_subquery()
    session.exec(update(Incident).where(col(Incident.id) == incident_id).values(cameras=count))
