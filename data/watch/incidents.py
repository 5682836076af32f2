"""Incidents: one cause that took several cameras down at once, kept with the cameras that belong to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.database import Database


class Kind(StrEnum):
    """What the cameras of an incident have in common, from narrow to wide."""

    SITE = "site"  # one pole, cabinet or switch
    NETWORK = "network"  # one carrier or VLAN
    AREA = "area"  # one owner in one district; its key is "owner · district"
    STORM = "storm"  # many at once with nothing else in common; its key is the rule they broke


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An incident as pages show it; open while `ended_at` is None.

    Attributes
    ----------
    cameras
        How many belong to it.
    back
        How many of those answer again now.
    """

    id: int
    kind: Kind
    key: str
    began_at: datetime
    ended_at: datetime | None
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
    raise NotImplementedError


def past_incidents(db: Database, begin: datetime, end: datetime) -> list[Shown]:
    """Incidents that touch [begin, end), newest first."""
    raise NotImplementedError


def children(db: Database, incident_id: int, limit: int = 500) -> list[Child]:
    """Cameras of an incident, those still down first."""
    raise NotImplementedError


def of_camera(db: Database, camera_id: int, limit: int = 20) -> list[Shown]:
    """Incidents a camera was part of, newest first; the open one, if any, leads."""
    raise NotImplementedError
