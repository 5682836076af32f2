"""What opened and closed the border's gaps over time: when, where, which camera, and why."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from data.database import Database, in_parts
from data.fleet import Snapshot
from data.lines import border_now
from data.lines.border import SHORTEST_GAP_M
from data.lines.losing import counter_of
from data.lines.past import Worked, read_worked
from data.lines.watched import WatchedLine
from data.models import Outage
from data.watch.history import check_window
from data.watch.spans import micros, moment
from data.watch.tables import Incident, IncidentCamera, Spell
from geo.line.counting import Counter
from geo.line.gaps import Ints
from geo.see.coverage import DAY

COLUMNS = (
    "at", "opened", "from_m", "to_m", "length_m", "camera_id", "camera_code", "reason", "incident_id", "kind",
    "key",
)  # fmt: skip
UNWATCHED = "unwatched"  # nobody was looking, or there was no verdict
_BEFORE = timedelta(minutes=5)  # by so much an incident may begin before the last of its cameras falls


def openings(
    db: Database,
    known: Snapshot,
    level_px_m: float,
    begin: datetime,
    end: datetime,
    light: str = DAY,
    line: WatchedLine | None = None,
) -> pd.DataFrame:
    """
    Every moment of [begin, end) at which certain coverage of a line was lost or came back.

    Returns
    -------
    openings
        Newest first: at (UTC), opened (False: closed again), from_m, to_m (of the farthest ends), length_m (what
        really changed between them, a metre at least), camera_id, camera_code, reason (why the camera did not see,
        or had not seen until then: that of the outage or the fault, "maintenance", or "unwatched" where nothing
        was known), incident_id, kind, key (of the incident it fell with, if it did). Of cameras that turned in the
        same moment the last one counts.

    Raises
    ------
    ValueError
        If the window has no time in it.
    """
    check_window(begin, end)
    cover = border_now.cover(known, level_px_m, light, line)
    counter, rows = counter_of(cover)
    ids = known.ids[rows]
    with db.read() as session:
        worked = read_worked(session.connection(), ids, begin, end)
        found = pd.DataFrame(_turns(counter, worked, micros(begin), micros(end)), columns=list(_TURN))
        reasons = _Reasons(session, ids, begin, end)
        who = found["camera"].to_numpy(np.int64)
        found["camera_id"] = ids[who]
        found["camera_code"] = known.inventory["code"].iloc[rows[who]].to_numpy(object)
        told = list(map(reasons.of, found["camera_id"], found["at_us"], found["opened"]))
    why = pd.DataFrame(told, columns=["reason", "incident_id", "kind", "key"], index=found.index)
    found = found.join(why.astype({"incident_id": "Int64"}))
    found["at"] = pd.to_datetime(found["at_us"], unit="us", utc=True)
    return found[list(COLUMNS)].iloc[::-1].reset_index(drop=True)


_TURN = ("at_us", "opened", "from_m", "to_m", "length_m", "camera")
Reason = tuple[str, int | None, str, str]


def _turns(
    counter: Counter, worked: Worked, begin: int, end: int
) -> list[tuple[int, bool, float, float, float, int]]:
    """Go through time, camera by camera as they turn; those that return before those that fall at one time."""
    works = worked.works
    camera = np.repeat(np.arange(len(works.begin)), works.begin.shape[1])
    first, last = works.begin.ravel(), works.end.ravel()
    real = last > first
    camera, first, last = camera[real], first[real], last[real]
    starts = np.zeros(counter.cameras, bool)
    starts[camera[first == 0]] = True
    counter.set_all(starts, starts)
    rises, falls = first > 0, last < end - begin
    at = np.concatenate([first[rises], last[falls]])
    who = np.concatenate([camera[rises], camera[falls]])
    up = np.concatenate([np.ones(rises.sum(), bool), np.zeros(falls.sum(), bool)])
    found = []
    for place in np.lexsort((~up, at)).tolist():
        one, rose = int(who[place]), bool(up[place])
        stake = counter.at_stake(one)
        counter.flip(one, works=rose, may=rose)
        length_m = float(np.diff(stake, axis=1).sum())
        if length_m >= SHORTEST_GAP_M:
            ends = float(stake[0, 0]), float(stake[-1, 1])
            found.append((begin + int(at[place]), not rose, *ends, length_m, one))
    return found


class _Reasons:
    """Why cameras did not see, by camera and the time from which, or until which, they did not."""

    def __init__(self, session: Session, ids: Ints, begin: datetime, end: datetime) -> None:
        self._since: dict[tuple[int, int], str] = {}
        self._until: dict[tuple[int, int], str] = {}
        self._incidents: dict[int, list[tuple[datetime, datetime | None, int, str, str]]] = defaultdict(list)
        for part in in_parts(ids.tolist()):
            self._read_spans(session, part, begin, end)
            self._read_incidents(session, part, end)

    def _read_spans(self, session: Session, ids: Sequence[int], begin: datetime, end: datetime) -> None:
        for table, kind in ((Spell, col(Spell.kind)), (Outage, col(Outage.reason))):
            began, ended = col(table.began_at), col(table.ended_at)
            query: Any = select(col(table.camera_id), began, ended, kind, col(table.reason)).where(
                col(table.camera_id).in_(ids), began < end, ended.is_(None) | (ended > begin)
            )
            for camera, since, until, what, reason in session.connection().execute(query):
                why = str(what) if str(what) == "maintenance" else str(reason)
                self._since[camera, micros(since)] = why
                if until is not None:
                    self._until[camera, micros(until)] = why

    def _read_incidents(self, session: Session, ids: Sequence[int], end: datetime) -> None:
        query: Any = (
            select(
                col(IncidentCamera.camera_id), col(Incident.began_at), col(Incident.ended_at), col(Incident.id),
                col(Incident.kind), col(Incident.key),
            )
            .join(Incident, col(Incident.id) == col(IncidentCamera.incident_id))
            .where(col(IncidentCamera.camera_id).in_(ids), col(Incident.began_at) < end)
        )  # fmt: skip
        for camera, *incident in session.connection().execute(query):
            self._incidents[camera].append(tuple(incident))

    def of(self, camera: int, at_us: int, opened: bool) -> Reason:
        """Why a camera stopped to see, and with which incident; or why it had not seen until then."""
        if not opened:
            return (self._until.get((camera, at_us), UNWATCHED), None, "", "")
        why, at = self._since.get((camera, at_us), UNWATCHED), moment(at_us)
        if why != UNWATCHED:
            for began, ended, number, kind, key in self._incidents.get(camera, ()):
                if began - _BEFORE <= at and (ended is None or at < ended):
                    return (why, number, kind, key)
        return (why, None, "", "")
