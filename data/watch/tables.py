"""Tables of looking: what looks reached, spells, incidents, maintenance, alarms, hourly sums and kept pictures."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from data.models import UtcDateTime, words_of

_OPEN = text("ended_at IS NULL")


class Sight(SQLModel, table=True):
    """What the last look at a camera reached; written in batches when it changes or grows old."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    depth: int = -1  # see data.watch.status.Depth; -1: nothing was reached
    reason: str = ""  # why no deeper, a key of reasons
    looked_at: datetime = Field(sa_type=UtcDateTime)
    last_ok_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    still_every_s: float | None = None  # between the last stills, a running mean
    fallback: str = ""  # the way that works where the plain one does not: "" or "udp"


class SpellKind(StrEnum):
    """A state that is no outage, kept as spans of time."""

    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"


class Spell(SQLModel, table=True):
    """A span [began_at, ended_at) of a camera degraded or in maintenance; open while ended_at is None."""

    __table_args__ = (
        Index("one_open_spell", "camera_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("spell_of_camera", "camera_id", "ended_at", "began_at"),
        Index("spell_begun", "began_at", "camera_id"),
        Index("spell_ended", "ended_at", "camera_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    camera_id: int = Field(foreign_key="camera.id", ondelete="CASCADE")
    kind: SpellKind = Field(sa_type=words_of(SpellKind))
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class Incident(SQLModel, table=True):
    """
    One cause that took several cameras down at once; open while ended_at is None.

    Attributes
    ----------
    kind
        What they have in common: "site", "network", "area" or "storm" (many at once, nothing else in common).
    key
        Which one, as the inventory names it.
    """

    __table_args__ = (
        Index("one_open_incident", "kind", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str
    began_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cameras: int = 0  # that belong to it, at most
    reason: str = ""


class IncidentCamera(SQLModel, table=True):
    """A camera that went down with an incident."""

    incident_id: int = Field(primary_key=True, foreign_key="incident.id", ondelete="CASCADE")
    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE", index=True)


class Maintenance(SQLModel, table=True):
    """A planned window in which cameras are not expected to answer; it is neither up nor down."""

    id: int | None = Field(default=None, primary_key=True)
    scope: str  # camera, site, network, contract, agency or province
    key: str  # the camera's id, or the name the inventory has for it
    begins_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    reason: str
    by: str
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Alarm(SQLModel, table=True):
    """Something a person has to know of, after ISA-18.2; what became of it is in AlarmEvent."""

    __table_args__ = (
        Index(
            "one_open_alarm", "rule", "subject", unique=True,
            sqlite_where=text("state <> 'gone'"), postgresql_where=text("state <> 'gone'"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    rule: str  # down, degraded, incident, storm
    subject: str  # "camera:17", "incident:4": of one rule and subject there is one open alarm
    camera_id: int | None = Field(default=None, foreign_key="camera.id", ondelete="CASCADE", index=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id", ondelete="CASCADE", index=True)
    priority: int  # 1 high, 2 medium, 3 low
    state: str  # unacknowledged, acknowledged, returned, shelved, gone
    raised_at: datetime = Field(sa_type=UtcDateTime, index=True)
    returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str = ""
    assignee: str = ""
    shelved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shelved_why: str = ""
    reason: str = ""  # of what it tells, a key of reasons


class AlarmEvent(SQLModel, table=True):
    """One thing that happened to an alarm; only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    alarm_id: int = Field(foreign_key="alarm.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    what: str  # raised, acknowledged, returned, shelved, unshelved, assigned, comment, suppressed, gone
    by: str = ""  # a person; "" if it happened by itself
    text: str = ""


class UptimeHour(SQLModel, table=True):
    """Exact sums of one hour over a group of cameras: what long windows are added up from. [s]"""

    grouping: str = Field(primary_key=True)  # all, province, agency or contract
    key: str = Field(primary_key=True)
    hour: int = Field(primary_key=True, index=True)  # since the epoch
    cameras: int = 0
    up_s: float = 0.0  # degraded too: it answers
    down_s: float = 0.0
    degraded_s: float = 0.0  # part of up_s
    maintenance_s: float = 0.0
    unknown_s: float = 0.0
    outages: int = 0  # that began in it
    repairs: int = 0  # that ended in it
    repair_s: float = 0.0  # how long those had lasted
    # Cameras in each state when it ended, whether anybody was looking or not: what is added up onwards from there
    end_up: int = 0
    end_down: int = 0
    end_degraded: int = 0  # of those up
    end_maintenance: int = 0


class StillKept(SQLModel, table=True):
    """The last good picture before a fault, and the first bad one after it."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    which: str = Field(primary_key=True)  # good, bad
    captured_at: datetime = Field(sa_type=UtcDateTime)
    path: str  # below var/stills
    reason: str = ""


class Baseline(SQLModel, table=True):
    """How a camera's picture usually is at an hour of the day; see worker/still/baselines.py."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    hour: int = Field(primary_key=True)  # 0-23, Bangkok
    content: bytes = Field(sa_type=LargeBinary)


class LookNow(SQLModel, table=True):
    """Somebody wants to see a camera now, and for a while: the app writes it, the worker looks."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime, index=True)
    reason: str = ""  # why there is no picture, a key of reasons; "" while there is nothing to say
