"""What makes alarms by itself: what we believe of cameras, open incidents, and time running out on the shelf."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as select_
from sqlmodel import Session, col, select

from data.database import Database
from data.models import Camera, CameraState, Linked, Status
from data.watch.alarm_rules import FLOOD, FLOOD_S, Rule, State, Step, delay_of, priority_of
from data.watch.alarms import OPEN, note, standing_of, take
from data.watch.incidents import STORM_LASTS, Kind, held, members, storm_key
from data.watch.status import UPLINK_LOST
from data.watch.tables import Alarm, Incident, IncidentCamera

_OF_ONE = {Status.DOWN: Rule.DOWN, Status.DEGRADED: Rule.DEGRADED}
_BATCH = 2_000  # alarms changed in one transaction


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that asks for an alarm."""

    rule: Rule
    subject: str
    priority: int
    reason: str
    camera_id: int | None = None
    incident_id: int | None = None


def follow(db: Database, at: datetime) -> list[int]:
    """
    Raise, return and suppress alarms as things are at `at`, take off the shelf what is due; return those raised.

    One camera's alarm is raised once it has been so for a while (`alarm_rules.delay_of`), and not while an open
    incident has the camera: that has one alarm for all. More than 20 raised within a minute are made a storm, with
    one alarm. While our own uplink is lost nothing returns: we do not know.
    """
    with db.read() as session:  # most of the time nothing is to be done, and then nobody has to wait for us
        wanted = _of_cameras(session, at)
        shelved, *over = _dues(at)
        busy = any(session.scalars(query).first() for query in (shelved, *over))
        if not (busy or wanted or _of_incidents(session) or _spoken_for(session)):
            return []
    with db.write() as session:
        for alarm in session.scalars(shelved).all():
            take(session, alarm, Step.UNSHELVE, at)
        _suppress(session, at)
        for query in over:
            for alarm in session.scalars(query.limit(_BATCH)).all():
                take(session, alarm, Step.RETURN, at)
        wanted = _without_floods(session, wanted, at)
        _suppress(session, at)
        return [_raise(session, cause, at) for cause in [*wanted, *_of_incidents(session)]]


def _dues(at: datetime) -> tuple[Any, Any, Any]:
    """Select open alarms whose time on the shelf is over, and whose cause is gone: cameras', and incidents'."""
    shelved = select_(Alarm).where(OPEN, col(Alarm.state) == State.SHELVED, col(Alarm.shelved_until) <= at)
    active = select_(Alarm).where(OPEN, col(Alarm.returned_at).is_(None))
    of_cameras = active.join(CameraState, col(CameraState.camera_id) == col(Alarm.camera_id)).where(
        col(CameraState.status) != col(Alarm.rule), col(CameraState.reason) != UPLINK_LOST
    )
    of_incidents = active.join(Incident, col(Incident.id) == col(Alarm.incident_id)).where(
        col(Incident.ended_at).is_not(None)
    )
    return shelved, of_cameras, of_incidents


def _spoken_for(session: Session) -> list[tuple[Alarm, Incident]]:
    """Alarms of cameras that an open incident speaks for."""
    query = (
        select_(Alarm, Incident)
        .join(IncidentCamera, col(IncidentCamera.camera_id) == col(Alarm.camera_id))
        .join(Incident, col(Incident.id) == col(IncidentCamera.incident_id))
        .where(col(Incident.ended_at).is_(None), OPEN)
    )
    return [(alarm, one) for alarm, one in session.execute(query) if _speaks(one, alarm.raised_at)]


def _speaks(incident: Incident, since: datetime) -> bool:
    """Whether an incident speaks for what one of its cameras did then: a storm not for what came long after."""
    return incident.kind != Kind.STORM or since <= incident.began_at + STORM_LASTS


def _suppress(session: Session, at: datetime) -> None:
    for alarm, incident in _spoken_for(session):
        take(session, alarm, Step.SUPPRESS, at, text=f"incident {incident.id}")


def _of_cameras(session: Session, at: datetime) -> list[Cause]:
    """What cameras ask for that no alarm stands for and no incident speaks for."""
    query = (
        select_(
            col(Camera.id), col(Camera.linked), col(CameraState.status), col(CameraState.since),
            col(CameraState.reason),
        )
        .join(CameraState, col(CameraState.camera_id) == col(Camera.id))
        .join(
            Alarm,
            (col(Alarm.camera_id) == col(Camera.id)) & (col(Alarm.rule) == col(CameraState.status))
            & OPEN & col(Alarm.returned_at).is_(None),
            isouter=True,
        )
        .where(col(CameraState.status).in_(_OF_ONE), col(Alarm.id).is_(None))
    )  # fmt: skip
    lasting = {one.id: one for one in session.exec(select(Incident).where(col(Incident.ended_at).is_(None)))}
    held_by = members(session)  # not in SQL, which would ask for each camera whether an incident has it
    rows: Any = session.execute(query).all()
    found = []
    for camera_id, linked, status, since, reason in rows:
        rule, is_linked = _OF_ONE[status], linked is Linked.LINKED
        incident = lasting.get(held_by.get(camera_id))
        if incident is not None and _speaks(incident, since):
            continue
        if since + delay_of(rule, linked=is_linked) <= at:
            priority = priority_of(rule, linked=is_linked)
            found.append(Cause(rule, f"camera:{camera_id}", priority, reason, camera_id=camera_id))
    return found


def _of_incidents(session: Session) -> list[Cause]:
    known = select(Alarm.id).where(col(Alarm.incident_id) == col(Incident.id)).exists()
    found = []
    for incident in session.exec(select(Incident).where(col(Incident.ended_at).is_(None), ~known)):
        rule = Rule.STORM if incident.kind == Kind.STORM else Rule.INCIDENT
        linked = session.exec(
            select(Camera.id)
            .join(IncidentCamera, col(IncidentCamera.camera_id) == col(Camera.id))
            .where(IncidentCamera.incident_id == incident.id, Camera.linked == Linked.LINKED)
            .limit(1)
        ).first()
        priority = priority_of(rule, linked=linked is not None, cameras=incident.cameras)
        subject = f"incident:{incident.id}"
        found.append(Cause(rule, subject, priority, incident.reason, incident_id=incident.id))
    return found


def _without_floods(session: Session, wanted: list[Cause], at: datetime) -> list[Cause]:
    """Make a storm of the causes of a rule that are too many, with what was raised in the minute before them."""
    since = at - timedelta(seconds=FLOOD_S)
    lately = select(Alarm.camera_id).where(col(Alarm.camera_id).is_not(None), col(Alarm.raised_at) > since, OPEN)
    for rule in _OF_ONE.values():
        cameras = {cause.camera_id for cause in wanted if cause.rule is rule}
        if cameras and len(cameras | (raised := set(session.exec(lately.where(Alarm.rule == rule))))) > FLOOD:
            those = {camera_id for camera_id in cameras | raised if camera_id is not None}
            held(session, Kind.STORM, storm_key(session, rule, at), at, those, rule)
            wanted = [cause for cause in wanted if cause.rule is not rule]
    return wanted


def _raise(session: Session, cause: Cause, at: datetime) -> int:
    """Raise a new alarm, or again one that had returned unseen."""
    query = select(Alarm).where(Alarm.rule == cause.rule, Alarm.subject == cause.subject)
    alarm = session.exec(query.where(OPEN)).first()
    if alarm is None:
        alarm = Alarm(
            rule=cause.rule, subject=cause.subject, camera_id=cause.camera_id, incident_id=cause.incident_id,
            priority=cause.priority, state=State.UNACKNOWLEDGED, raised_at=at, reason=cause.reason,
        )  # fmt: skip
        session.add(alarm)
        session.flush()
        note(session, alarm, at, "raised")
    elif not standing_of(alarm).active:
        alarm.reason = cause.reason
        take(session, alarm, Step.RAISE, at)
    assert alarm.id is not None
    return alarm.id
