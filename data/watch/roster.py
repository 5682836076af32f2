"""Whom to look at: cameras with their addresses, and what was believed of them last."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, type_coerce
from sqlalchemy import select as select_
from sqlmodel import col, select

from data.database import Database, in_parts
from data.models import INVENTORY, Camera, CameraState, Counter, Linked, Status
from data.sealing import join_address
from data.watch.journal import last_beat
from data.watch.status import Belief

_COLUMNS: tuple[Any, ...] = (
    Camera.id,
    Camera.stream_address,
    Camera.stream_sealed,
    Camera.snapshot_address,
    Camera.snapshot_sealed,
    Camera.linked,
    Camera.maintenance_until,
    Camera.substream_address,
    Camera.substream_sealed,
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A camera as the worker knows it; `address` is the one it is probed at."""

    id: int
    stream: str | None
    snapshot: str | None
    linked: bool
    maintenance_until: datetime | None
    substream: str | None = None  # a smaller stream of the same picture, for stills

    @property
    def address(self) -> str | None:
        """Stream if it has one, else its still."""
        return self.stream or self.snapshot

    def excuse(self, at: datetime) -> str:
        """Why it is not looked at, as the key of a reason; "" if it is."""
        if self.maintenance_until is not None and self.maintenance_until > at:
            return "maintenance"
        if self.address:  # whoever gave us an address wants it looked at, linked on paper or not
            return ""
        return "no_address" if self.linked else "not_linked"


def inventory_number(db: Database) -> int:
    """Return the number that moves with every change of the inventory."""
    with db.read() as session:
        return session.exec(select(Counter.value).where(Counter.name == INVENTORY)).one()


@dataclass(frozen=True, slots=True)
class Roster:
    """
    The cameras there are now, and those of them that are new or changed.

    Attributes
    ----------
    stamps
        Of every camera, what its row was stamped with when it last changed.
    changed
        Cameras another stamp was known of, or none.
    unreadable
        How many of their addresses could not be opened: another key sealed them.
    """

    stamps: dict[int, object]
    changed: list[Watched]
    unreadable: int


def load_roster(db: Database, known: Mapping[int, object], has: Callable[[int], bool] = lambda _: True) -> Roster:
    """Read the cameras that `has` lets through, but only those in full whose stamp is not the `known` one."""
    stamp = type_coerce(col(Camera.updated_at), String)  # as the driver has it: it is only compared
    with db.read() as session:
        connection = session.connection()
        stamps: dict[int, object] = {
            id_: at for id_, at in connection.execute(select_(col(Camera.id), stamp)) if id_ and has(id_)
        }
        new = [camera_id for camera_id, at in stamps.items() if known.get(camera_id) != at]
        rows = [row for part in in_parts(new) for row in _read(connection, part)]
    unreadable = 0

    def opened(plain: str | None, sealed: bytes | None) -> str | None:
        nonlocal unreadable
        try:
            return join_address(plain, sealed)
        except ValueError:
            unreadable += 1
            return None

    changed = [
        Watched(
            id_,
            opened(stream, stream_),
            opened(still, still_),
            linked is not Linked.NOT_LINKED,
            until,
            opened(sub, sub_),
        )
        for id_, stream, stream_, still, still_, linked, until, sub, sub_ in rows
    ]
    return Roster(stamps, changed, unreadable)


def _read(connection: Connection, ids: list[int]) -> Sequence[Any]:
    return connection.execute(select_(*map(col, _COLUMNS)).where(col(Camera.id).in_(ids))).all()


def load_beliefs(db: Database) -> dict[int, tuple[Belief, int]]:
    """What was believed of each camera when a worker last looked, with the number it was written under."""
    seen_at = last_beat(db)
    with db.read() as session:
        states = session.exec(select(CameraState)).all()
    return {
        state.camera_id: (belief_of(state.status, state.since, state.reason, seen_at), state.seq)
        for state in states
    }


def belief_of(status: Status, since: datetime, reason: str, seen_at: datetime | None) -> Belief:
    """Belief as it was written down."""
    fault = reason if status is Status.DEGRADED else ""
    return Belief(status, since, reason, max(seen_at, since) if seen_at else since, fault)
