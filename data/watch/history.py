"""One camera's past as a line without holes: up, down, or unknown because nobody was watching."""

from bisect import bisect_right
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlmodel import col, select

from data.database import Database
from data.models import Outage, WatchSpan

UP, DOWN, UNKNOWN = "up", "down", "unknown"


def history(db: Database, camera_id: int, begin: datetime, end: datetime) -> pd.DataFrame:
    """
    What is known of a camera over [begin, end), second for second.

    Returns
    -------
    history
        began_at, ended_at (UTC), state ("up", "down", "unknown"); neighbours differ, together the whole window.
        A camera was watched where it had a verdict while a worker was looking; down only where it was watched.
    """
    if end <= begin:
        raise ValueError(f"the window must end after it begins, got {begin.isoformat()} to {end.isoformat()}")
    outages, verdicts, looking = _spans(db, camera_id, begin, end)
    inside = [min(max(at, begin), end) for span in (*outages, *verdicts, *looking) for at in span]
    edges = sorted({begin, end, *inside})
    first, last = edges[:-1], edges[1:]
    watched = _over(first, verdicts) & _over(first, looking)
    state = np.where(watched, np.where(_over(first, outages), DOWN, UP), UNKNOWN)
    keep = np.flatnonzero(np.r_[True, state[1:] != state[:-1]])
    ends = [last[i - 1] for i in keep[1:]] + [end]
    return pd.DataFrame({"began_at": [first[i] for i in keep], "ended_at": ends, "state": state[keep]})


def outages_of(db: Database, camera_id: int, begin: datetime, end: datetime) -> pd.DataFrame:
    """Outages of a camera in [begin, end), newest first: began_at, ended_at (NaT while it lasts), reason."""
    query = (
        select(Outage)
        .where(Outage.camera_id == camera_id, col(Outage.began_at) < end)
        .where(col(Outage.ended_at).is_(None) | (col(Outage.ended_at) > begin))
        .order_by(col(Outage.began_at).desc())
    )
    with db.read() as session:
        rows = [(row.began_at, row.ended_at, row.reason) for row in session.exec(query)]
    frame = pd.DataFrame(rows, columns=["began_at", "ended_at", "reason"])
    for name in ("began_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


_Span = tuple[datetime, datetime]


def _spans(
    db: Database, camera_id: int, begin: datetime, end: datetime
) -> tuple[list[_Span], list[_Span], list[_Span]]:
    """Outages and verdicts of the camera, and when any worker was looking; what is open lasts past the end."""
    beyond = end + timedelta(seconds=1)
    of = col(WatchSpan.camera_id)
    found = []
    with db.read() as session:
        for table, mine in (
            (Outage, col(Outage.camera_id) == camera_id),
            (WatchSpan, of == camera_id),
            (WatchSpan, of.is_(None)),
        ):
            rows = session.exec(
                select(table.began_at, table.ended_at).where(
                    mine,
                    col(table.began_at) < end,
                    col(table.ended_at).is_(None) | (col(table.ended_at) > begin),
                )
            )
            found.append([(began, ended or beyond) for began, ended in rows])
    return found[0], found[1], found[2]


def _over(at: list[datetime], spans: list[_Span]) -> NDArray[np.bool_]:
    """Whether any span lies over each time."""
    begun, ended = sorted(began for began, _ in spans), sorted(end for _, end in spans)
    return np.array([bisect_right(begun, one) > bisect_right(ended, one) for one in at], dtype=np.bool_)
