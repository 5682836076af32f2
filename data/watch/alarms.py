"""Alarms after ISA-18.2: raised and returned by what we believe, answered by people; each change is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal_column
from sqlmodel import Session, col, select

from data.database import Database
from data.models import Camera
from data.watch.alarm_rules import HIGH, Rule, Standing, State, Step, after
from data.watch.maintenance import NAME_MOST, TEXT_MOST, said
from data.watch.tables import Alarm, AlarmEvent, Incident

# said with the word itself, so that the index of open alarms can be used: most there ever were are gone
OPEN = col(Alarm.state) != literal_column("'gone'")
SHELVED_MOST = timedelta(hours=24)


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
    which: list[Any] = [col(Alarm.state).in_(states)]
    if camera_id is not None:
        which.append(col(Alarm.camera_id) == camera_id)
    return _shown(db, which, limit)


def one(db: Database, alarm_id: int) -> Shown | None:
    """One alarm, None if there is none."""
    return next(iter(_shown(db, [col(Alarm.id) == alarm_id], 1)), None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Alarms nobody has said to know of: how many, how many of high priority, since when the oldest."""

    count: int
    high: int
    oldest_at: datetime | None


def waiting(db: Database) -> Waiting:
    """All that waits for somebody."""
    of = col(Alarm.state).in_((State.UNACKNOWLEDGED, State.RETURNED))
    query = select(func.count(), func.count().filter(col(Alarm.priority) == HIGH), func.min(Alarm.raised_at))
    with db.read() as session:
        return Waiting(*session.exec(query.where(OPEN, of)).one())


def history(db: Database, alarm_id: int) -> list[Happened]:
    """What happened to an alarm, oldest first."""
    query = select(AlarmEvent).where(AlarmEvent.alarm_id == alarm_id).order_by(col(AlarmEvent.id))
    with db.read() as session:
        return [Happened(row.at, row.what, row.by, row.text) for row in session.exec(query)]


def acknowledge(db: Database, ids: Sequence[int], *, by: str, text: str = "", at: datetime) -> None:
    """
    Say that somebody knows of these alarms; all of them or none.

    Raises
    ------
    ValueError
        If one does not exist or is not to be acknowledged now, or `by` is empty; one sentence for the person.
    """
    by, text = said("name", by, NAME_MOST), said("remark", text, TEXT_MOST) if text.strip() else ""
    with db.write() as session:
        for alarm in _those(session, ids):
            take(session, alarm, Step.ACKNOWLEDGE, at, by, text)


def shelve(db: Database, ids: Sequence[int], *, until: datetime, why: str, by: str, at: datetime) -> None:
    """
    Set alarms aside until a time at most 24 hours away, with a reason; all of them or none.

    Raises
    ------
    ValueError
        As `acknowledge`, or if `until` is past or too far, or `why` is empty.
    """
    by, why = said("name", by, NAME_MOST), said("reason", why, TEXT_MOST)
    if not at < until <= at + SHELVED_MOST:
        hours = (until - at) / timedelta(hours=1)
        raise ValueError(f"an alarm is shelved for at most 24 hours from now, got {hours:g}; choose a nearer time")
    with db.write() as session:
        for alarm in _those(session, ids):
            take(session, alarm, Step.SHELVE, at, by, why)
            alarm.shelved_until, alarm.shelved_why = until, why


def unshelve(db: Database, ids: Sequence[int], *, by: str, at: datetime) -> None:
    """Take alarms off the shelf before their time; refuses as `acknowledge` does."""
    by = said("name", by, NAME_MOST)
    with db.write() as session:
        for alarm in _those(session, ids):
            take(session, alarm, Step.UNSHELVE, at, by)


def assign(db: Database, ids: Sequence[int], *, assignee: str, by: str, at: datetime) -> None:
    """Give open alarms to somebody, "" to nobody; refuses as `acknowledge` does."""
    by = said("name", by, NAME_MOST)
    assignee = said("name", assignee, NAME_MOST) if assignee.strip() else ""
    with db.write() as session:
        for alarm in _those(session, ids):
            if alarm.state == State.GONE:
                raise ValueError(f"alarm {alarm.id} is closed; what is closed takes remarks only")
            alarm.assignee = assignee
            note(session, alarm, at, "assigned", by, assignee)


def comment(db: Database, alarm_id: int, *, text: str, by: str, at: datetime) -> None:
    """Add a remark to an alarm, a closed one too; refuses as `acknowledge` does."""
    by, text = said("name", by, NAME_MOST), said("remark", text, TEXT_MOST)
    with db.write() as session:
        for alarm in _those(session, [alarm_id]):
            note(session, alarm, at, "comment", by, text)


def take(session: Session, alarm: Alarm, step: Step, at: datetime, by: str = "", text: str = "") -> None:
    """
    Move an alarm by a step and write that down, in the caller's transaction.

    Raises
    ------
    ValueError
        If the step has no sense where the alarm stands.
    """
    try:
        now = after(standing_of(alarm), step)
    except ValueError as refused:
        raise ValueError(f"alarm {alarm.id} {refused}") from None
    if step is Step.RAISE:
        alarm.raised_at, alarm.returned_at = at, None
    elif not now.active and alarm.returned_at is None:
        alarm.returned_at = at
    if step is Step.ACKNOWLEDGE:
        alarm.acknowledged_at, alarm.acknowledged_by = at, by
    if now.state is not State.SHELVED:
        alarm.shelved_until, alarm.shelved_why = None, ""
    alarm.state = now.state
    note(session, alarm, at, _SAID[step], by, text)
    if now.state is State.GONE:
        note(session, alarm, at, "gone")


def note(session: Session, alarm: Alarm, at: datetime, what: str, by: str = "", text: str = "") -> None:
    """Write down one thing that happened to an alarm."""
    assert alarm.id is not None
    session.add(alarm)
    session.add(AlarmEvent(alarm_id=alarm.id, at=at, what=what, by=by, text=text))


def standing_of(alarm: Alarm) -> Standing:
    """Return what decides where an alarm stands."""
    if alarm.state == State.GONE:
        return Standing(active=False, acknowledged=True, shelved=False)
    return Standing(
        active=alarm.returned_at is None,
        acknowledged=alarm.acknowledged_at is not None,
        shelved=alarm.shelved_until is not None or alarm.state == State.SHELVED,
    )


_SAID = {
    Step.RAISE: "raised",
    Step.RETURN: "returned",
    Step.ACKNOWLEDGE: "acknowledged",
    Step.SHELVE: "shelved",
    Step.UNSHELVE: "unshelved",
    Step.SUPPRESS: "suppressed",
}


def _those(session: Session, ids: Sequence[int]) -> list[Alarm]:
    wanted = sorted(set(ids))
    query = select(Alarm).where(col(Alarm.id).in_(wanted)).order_by(col(Alarm.id)).with_for_update()
    found = list(session.exec(query))
    if missing := set(wanted) - {alarm.id for alarm in found}:
        raise ValueError(f"there is no alarm {min(missing)}; it may have been cleared away")
    return found


def _shown(db: Database, which: Sequence[Any], limit: int) -> list[Shown]:
    query = (
        select(Alarm, col(Camera.code), Incident)
        .join(Camera, col(Camera.id) == col(Alarm.camera_id), isouter=True)
        .join(Incident, col(Incident.id) == col(Alarm.incident_id), isouter=True)
        .where(*which)
        .order_by(col(Alarm.priority), col(Alarm.raised_at).desc(), col(Alarm.id).desc())
        .limit(limit)
    )
    with db.read() as session:
        return [_as_shown(*row) for row in session.exec(query)]


def _as_shown(alarm: Alarm, code: str | None, incident: Incident | None) -> Shown:
    return Shown(
        id=alarm.id or 0,
        rule=Rule(alarm.rule),
        priority=alarm.priority,
        state=State(alarm.state),
        camera_id=alarm.camera_id,
        camera_code=code or "",
        incident_id=alarm.incident_id,
        incident_kind=incident.kind if incident else "",
        incident_key=incident.key if incident else "",
        cameras=incident.cameras if incident else 1,
        raised_at=alarm.raised_at,
        returned_at=alarm.returned_at,
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
        assignee=alarm.assignee,
        shelved_until=alarm.shelved_until,
        shelved_why=alarm.shelved_why or "",
        reason=alarm.reason,
    )
