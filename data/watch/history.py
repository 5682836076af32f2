"""One camera's past as a line without holes; what nobody was watching is unknown."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from operator import itemgetter
from typing import Any

import pandas as pd
from sqlalchemy import BindParameter, bindparam, literal, select, union_all
from sqlmodel import col

from data.database import Database
from data.models import Camera, Outage, UtcDateTime
from data.watch.spans import What, fetch, table_of


class State(StrEnum):
    """What a camera was for a while."""

    UP = "up"
    DEGRADED = "degraded"  # it answered, with a fault in its picture
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


Span = tuple[datetime, datetime]
_SECOND = timedelta(seconds=1)


def history(db: Database, camera_id: int, begin: datetime, end: datetime) -> pd.DataFrame:
    """
    What is known of a camera over [begin, end), second for second.

    Returns
    -------
    history
        began_at, ended_at (UTC), state (a word of `State`); neighbours differ, together the whole window. Anything
        but unknown only where a worker was looking; up, degraded and down only where it had a verdict.
    """
    check_window(begin, end)
    found = spans_of(db, camera_id, begin, end)
    line = states(found, begin, end) if found else [(begin, end, State.UNKNOWN)]
    return pd.DataFrame([(*span, str(state)) for *span, state in line], columns=["began_at", "ended_at", "state"])


def check_window(begin: datetime, end: datetime) -> None:
    """Refuse a window without time in it."""
    if end <= begin:
        raise ValueError(f"the window must end after it begins, got {begin.isoformat()} to {end.isoformat()}")


def states(
    spans: dict[What, list[Span]], begin: datetime, end: datetime
) -> list[tuple[datetime, datetime, State]]:
    """Return the line [begin, end) that spans of one camera make: from, to, state; neighbours differ."""
    steps = sorted(
        chain.from_iterable(
            ((began if began > begin else begin, what, 1), (ended if ended < end else end, what, -1))
            for what, those in spans.items()
            for began, ended in those
        ),
        key=itemgetter(0),
    )
    over = dict.fromkeys(What, 0)
    line: list[tuple[datetime, datetime, State]] = []
    since, state = begin, State.UNKNOWN
    for at, what, step in [*steps, (end, None, 0)]:
        if at > since:
            now = _state(over)
            if now is not state:
                if since > begin:
                    line.append((line[-1][1] if line else begin, since, state))
                state = now
            since = at
        if what is not None:
            over[what] += step
    return [*line, (line[-1][1] if line else begin, end, state)]


def _state(over: dict[What, int]) -> State:
    if not over[What.LOOKING]:
        return State.UNKNOWN
    if over[What.MAINTENANCE]:
        return State.MAINTENANCE
    if not over[What.WATCHED]:
        return State.UNKNOWN
    if over[What.OUTAGES]:
        return State.DOWN
    return State.DEGRADED if over[What.DEGRADED] else State.UP


def _of_one() -> Any:
    """Select all there is of one camera: a row for itself, then every span that touches the window."""
    camera: BindParameter[int] = bindparam("camera")
    begin, end = (bindparam(name, type_=UtcDateTime()) for name in ("begin", "end"))
    born = col(Camera.updated_at)
    parts: list[Any] = [select(literal(""), born, born).where(col(Camera.id) == camera)]
    for what in What:
        table, which = table_of(what)
        began, ended = col(table.began_at), col(table.ended_at)
        mine = which if what is What.LOOKING else which & (col(table.camera_id) == camera)
        query = select(literal(what.value), began, ended).where(mine, began < end)
        # two ranges of one index, not an OR, which would walk all a camera ever had
        parts += [query.where(ended > begin), query.where(ended.is_(None))]
    return union_all(*parts)


_OF_ONE = _of_one()


def spans_of(db: Database, camera_id: int, begin: datetime, end: datetime) -> dict[What, list[Span]] | None:
    """Spans of one camera that touch [begin, end), and when anybody looked; None: there is no such camera."""
    found: dict[str, list[Span]] = {what: [] for what in What}
    known, beyond = False, end + _SECOND  # what is open lasts past the end
    with db.read() as session:
        for what, began, ended in fetch(
            session.connection(), _OF_ONE, {"camera": camera_id, "begin": begin, "end": end}
        ):
            if what:
                found[what].append((_aware(began), beyond if ended is None else _aware(ended)))
            else:
                known = True
    return {what: found[what] for what in What} if known else None


def _aware(time: Any) -> datetime:
    """Return a time as a driver gives it, SQLite text or PostgreSQL an aware time, in UTC."""
    return datetime.fromisoformat(f"{time}+00:00") if isinstance(time, str) else time.astimezone(UTC)


def outages_of(db: Database, camera_id: int, begin: datetime, end: datetime) -> pd.DataFrame:
    """Outages of a camera in [begin, end), newest first: began_at, ended_at (NaT while it lasts), reason."""
    began, ended = col(Outage.began_at), col(Outage.ended_at)
    query = (
        select(began, ended, col(Outage.reason))
        .where(col(Outage.camera_id) == camera_id, began < end, ended.is_(None) | (ended > begin))
        .order_by(began.desc())
    )
    with db.read() as session:
        rows = session.connection().execute(query).all()
    frame = pd.DataFrame(rows, columns=["began_at", "ended_at", "reason"])
    for name in ("began_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
