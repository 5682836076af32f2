"""Letting go of what is older than the settings keep, a few thousand rows in a transaction."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from data.database import Database
from data.models import Outage, WatchSpan
from data.watch.alarm_rules import State
from data.watch.groups import HOUR_US
from data.watch.spans import micros
from data.watch.tables import Alarm, Incident, Maintenance, Spell, UptimeHour

AT_ONCE = 2_000  # rows in one transaction: the worker waits for no more than that


def purge(
    db: Database, at: datetime, *, journal_days: float, hours_days: float, alarms_days: float, most: int = 100_000
) -> int:
    """
    Delete what ended longer ago than it is kept; what lasts is kept however long it has.

    Parameters
    ----------
    journal_days
        Outages, spells, times of watching, and maintenance that is over.
    hours_days
        Sums of hours.
    alarms_days
        Alarms that are gone, with what happened to them, and incidents that are over.
    most
        Rows to delete at most of each table: an old database is thinned over several calls.

    Returns
    -------
    rows
        How many were deleted, those that went with an alarm or an incident not counted.
    """
    journal, alarms = at - timedelta(days=journal_days), at - timedelta(days=alarms_days)
    hours = micros(at - timedelta(days=hours_days)) // HOUR_US
    is_open = col(Alarm.state) != State.GONE
    of_alarms = select(col(Alarm.id)).where(col(Alarm.incident_id) == col(Incident.id), is_open)
    old: list[tuple[Any, Any]] = [
        (col(table.id), col(table.ended_at) < journal) for table in (Outage, WatchSpan, Spell)
    ]
    old += [
        (col(Maintenance.id), col(Maintenance.ends_at) < journal),
        (col(Alarm.id), (col(Alarm.state) == State.GONE) & (col(Alarm.returned_at) < alarms)),
        (col(Incident.id), (col(Incident.ended_at) < alarms) & ~of_alarms.exists()),
    ]
    gone = sum(_delete(db, key, which, most) for key, which in old)
    with db.write() as session:
        gone += session.connection().execute(delete(UptimeHour).where(col(UptimeHour.hour) < hours)).rowcount
    return gone


def _delete(db: Database, key: Any, which: Any, most: int) -> int:
    done = 0
    while done < most:
        with db.write() as session:
            those = select(key).where(which).limit(AT_ONCE)
            count = session.connection().execute(delete(key.class_).where(key.in_(those))).rowcount
        done += count
        if count < AT_ONCE:
            break
    return done
