"""
Sums of whole hours by group of cameras, so that a long window need not read every outage again.

The counter SUMMED is the hour before which every hour's sums hold. A change backdated into an earlier hour lowers
it, in the transaction that writes the change (`journal.record`), and the hours from there on are summed again. An
hour is first claimed, then read, and kept only if no change came in between.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import Session, col

from data.database import Database
from data.models import SUMMED, Camera, Counter
from data.watch.availability import SUMS, swept
from data.watch.groups import ENDS, GROUPINGS, HOUR_US, key_of, states_at
from data.watch.spans import fetch, first_begun, micros, moment, read
from data.watch.tables import UptimeHour

SETTLED = timedelta(minutes=10)  # most of what is backdated into an hour is known by then


def roll_up(db: Database, at: datetime, most: int = 24) -> int:
    """
    Sum up hours that ended more than ten minutes before `at` and are not summed yet, the earliest first.

    Groups are those the inventory has now. Safe beside another worker, and to be called again after a kill.

    Returns
    -------
    hours
        How many were summed, at most `most`; when it is less, nothing is left to do.
    """
    done = 0
    while done < most and (hour := _claim(db, at)) is not None:
        with db.read() as session:
            rows = _sums(session.connection(), hour)
        _keep(db, hour, rows)
        done += 1
    return done


def _claim(db: Database, at: datetime) -> int | None:
    """Take the next hour to sum, None if none is due; what was kept of it is given up."""
    with db.write() as session:
        begun = first_begun(session.connection())
        if begun is None:
            return None
        mark = _mark(session)
        hour = max(mark, micros(begun) // HOUR_US)
        if mark and session.get(UptimeHour, ("all", "", mark - 1)) is None:
            hour = mark - 1  # somebody claimed it and was stopped
        if moment((hour + 1) * HOUR_US) + SETTLED > at:
            return None
        session.execute(delete(UptimeHour).where(col(UptimeHour.hour) == hour))
        session.execute(update(Counter).where(col(Counter.name) == SUMMED).values(value=hour + 1))
        return hour


def _mark(session: Session) -> int:
    query = select(col(Counter.value)).where(col(Counter.name) == SUMMED).with_for_update()
    mark: int = session.execute(query).scalar_one()
    return mark


def _sums(connection: Connection, hour: int) -> list[dict[Any, Any]]:
    begin, end = hour * HOUR_US, (hour + 1) * HOUR_US
    keys: list[Any] = [key_of(grouping) for grouping in GROUPINGS]
    query = select(col(Camera.id), *keys).order_by(col(Camera.id))
    cameras = pd.DataFrame(fetch(connection, query), columns=["id", *GROUPINGS])
    ids = cameras.pop("id").to_numpy(np.int64)
    spans = read(connection, ids, moment(begin), moment(end + 1))
    frame = swept(len(ids), spans, begin, end)[list(SUMS)]
    for name, there in zip(ENDS, states_at(spans, len(ids), end), strict=True):
        frame[name] = there
    frame["cameras"] = 1
    rows: list[dict[Any, Any]] = []
    for grouping in GROUPINGS:
        sums = frame.groupby(cameras[grouping]).sum()
        if grouping == "all" and sums.empty:
            sums.loc[""] = 0  # an hour without a camera is summed too
        rows += [
            {"grouping": grouping, "key": key, "hour": hour, **row} for key, row in sums.to_dict("index").items()
        ]
    return rows


def _keep(db: Database, hour: int, rows: list[dict[Any, Any]]) -> None:
    """Store an hour's sums, unless something was written into that hour since it was claimed."""
    with db.write() as session:
        if _mark(session) > hour:
            session.execute(delete(UptimeHour).where(col(UptimeHour.hour) == hour))
            session.execute(insert(UptimeHour), rows)
