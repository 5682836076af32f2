"""Alarms after ISA-18.2: raised and returned by what we believe, answered by people; each change is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.database import Database
from data.watch.alarm_rules import Rule, State

SHELVED_MOST = timedelta(hours=24)
NAME_MOST, TEXT_MOST = 80, 500  # characters


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm as a list shows it; `camera_id` or `incident_id` says of what. `reason` is a key of reasons."""

    id: int
    rule: Rule
    priority: int  # 1 high, 2 medium, 3 low
    state: State
    camera_id: int | None
    camera_code: str
    incident_id: int | None
    incident_kind: str  # see incidents.Kind; "" if it is one camera's
    incident_key: str
    cameras: int  # it speaks for
    raised_at: datetime
    returned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    assignee: str
    shelved_until: datetime | None
    shelved_why: str
    reason: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an alarm's history."""

    at: datetime
    what: str  # raised, acknowledged, returned, shelved, unshelved, assigned, comment, suppressed, gone
    by: str  # "" if it happened by itself
    text: str


def listed(
    db: Database,
    *,
    states: Sequence[State] = (State.UNACKNOWLEDGED, State.RETURNED, State.ACKNOWLEDGED),
    camera_id: int | None = None,
    limit: int = 500,
) -> list[Shown]:
    """Alarms in some states, the urgent first and then the newest; of one camera with `camera_id`."""
    raise NotImplementedError


def one(db: Database, alarm_id: int) -> Shown | None:
    """One alarm, None if there is none."""
    raise NotImplementedError


def counts(db: Database) -> dict[State, int]:
    """How many open alarms stand in each state, every state but `gone` named."""
    raise NotImplementedError


def history(db: Database, alarm_id: int) -> list[Happened]:
    """What happened to an alarm, oldest first."""
    raise NotImplementedError


def acknowledge(db: Database, ids: Sequence[int], *, by: str, text: str = "", at: datetime) -> None:
    """
    Say that somebody knows of these alarms; all of them or none.

    Raises
    ------
    ValueError
        If one does not exist or is not to be acknowledged now, or `by` is empty; one sentence for the person.
    """
    raise NotImplementedError


def shelve(db: Database, ids: Sequence[int], *, until: datetime, why: str, by: str, at: datetime) -> None:
    """
    Set alarms aside until a time at most 24 hours away, with a reason; all of them or none.

    Raises
    ------
    ValueError
        As `acknowledge`, or if `until` is past or too far, or `why` is empty.
    """
    raise NotImplementedError


def unshelve(db: Database, ids: Sequence[int], *, by: str, at: datetime) -> None:
    """Take alarms off the shelf before their time; refuses as `acknowledge` does."""
    raise NotImplementedError


def assign(db: Database, ids: Sequence[int], *, assignee: str, by: str, at: datetime) -> None:
    """Give open alarms to somebody, "" to nobody; refuses as `acknowledge` does."""
    raise NotImplementedError


def comment(db: Database, alarm_id: int, *, text: str, by: str, at: datetime) -> None:
    """Add a remark to an alarm, a closed one too; refuses as `acknowledge` does."""
    raise NotImplementedError
