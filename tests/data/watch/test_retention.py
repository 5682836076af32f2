"""What is older than it is kept is let go, a few thousand rows in a transaction; what lasts stays."""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from data.models import Agency, Camera, Outage, WatchSpan
from data.watch import retention
from data.watch.tables import (
    Alarm,
    AlarmEvent,
    Incident,
    IncidentCamera,
    Maintenance,
    Spell,
    SpellKind,
    UptimeHour,
)

DAY = timedelta(days=1)


@pytest.fixture
def db(either_database, at):
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        session.add(Camera(id=1, code="C1", owner_id=1, lon=102.5, lat=13.6, updated_at=at))
        session.flush()
        for days in (20, 5):
            began, ended = at - days * DAY, at - (days - 1) * DAY
            session.add(Outage(camera_id=1, began_at=began, ended_at=ended))
            session.add(WatchSpan(camera_id=1, began_at=began, ended_at=ended))
            session.add(Spell(camera_id=1, kind=SpellKind.DEGRADED, began_at=began, ended_at=ended))
            session.add(Maintenance(scope="camera", key="1", begins_at=began, ends_at=ended, reason="ก", by="ข"))
            session.add(UptimeHour(grouping="all", key="", hour=int(began.timestamp() // 3600)))
            incident = Incident(kind="site", key="P", began_at=began, ended_at=ended)
            session.add(incident)
            session.flush()
            session.add(IncidentCamera(incident_id=incident.id, camera_id=1))
            alarm = Alarm(
                rule="incident", subject=f"incident:{incident.id}", incident_id=incident.id, priority=1,
                state="gone", raised_at=began, returned_at=ended,
            )  # fmt: skip
            session.add(alarm)
            session.flush()
            session.add(AlarmEvent(alarm_id=alarm.id, at=began, what="raised"))
        session.add(Outage(camera_id=1, began_at=at - 30 * DAY))
    return either_database


TABLES = (Outage, WatchSpan, Spell, Maintenance, UptimeHour, Incident, IncidentCamera, Alarm, AlarmEvent)


def counted(db) -> list[int]:
    with db.read() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in TABLES]


def purge(db, at, journal=10.0, hours=10.0, alarms=10.0) -> int:
    return retention.purge(db, at, journal_days=journal, hours_days=hours, alarms_days=alarms)


def test_what_ended_too_long_ago_goes_and_what_lasts_stays(db, at):
    assert counted(db) == [3, 2, 2, 2, 2, 2, 2, 2, 2]
    assert purge(db, at) == 7
    assert counted(db) == [2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert purge(db, at) == 0


def test_each_setting_is_its_own(db, at):
    purge(db, at, journal=100, hours=100)
    assert counted(db) == [3, 2, 2, 2, 2, 1, 1, 1, 1]
    purge(db, at, journal=100, hours=10)
    assert counted(db)[4] == 1


def test_an_alarm_nobody_has_seen_is_kept_with_its_incident(db, at):
    with db.write() as session:
        for alarm in session.exec(select(Alarm)):
            alarm.state = "returned"
    purge(db, at)
    assert counted(db)[5:] == [2, 2, 2, 2]


def test_many_rows_go_over_several_transactions_and_calls(db, at, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    with db.write() as session:
        for number in range(10):
            old = at - (50 + number) * DAY
            session.add(Outage(camera_id=1, began_at=old, ended_at=old))
    retention.purge(db, at, journal_days=10, hours_days=10, alarms_days=10, most=6)
    assert counted(db)[0] == 13 - 6
    purge(db, at)
    assert counted(db)[0] == 2
