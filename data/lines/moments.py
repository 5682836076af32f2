"""The border as it was at a moment of the past: statuses then, for whatever takes the statuses of now."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from data.database import Database
from data.fleet import DEGRADED, DOWN, MAINTENANCE, UNKNOWN, UP, Snapshot
from data.lines import border_now
from data.lines.watched import WatchedLine
from data.watch.spans import What, micros, read

_MOMENT = timedelta(microseconds=1)


def status_then(
    db: Database, known: Snapshot, at: datetime, level_px_m: float, line: WatchedLine | None = None
) -> NDArray[np.uint8]:
    """
    Return the status code of every camera of the inventory at a time, as in `Snapshot.status`.

    Only cameras that see the line, the Sa Kaeo border unless given, at the level are looked up; all others are
    unknown. Whoever nobody was looking at, or had no verdict, is unknown too.
    """
    rows = border_now.watching(known, level_px_m, line)
    ids = known.ids[rows]
    with db.read() as session:
        spans = read(session.connection(), ids, at, at + _MOMENT, ids.tolist())
    when = micros(at)

    def among(what: What) -> NDArray[np.bool_]:
        held = spans[what]
        holds = (held.begin <= when) & (when < held.end)
        found = np.zeros(len(rows), bool)
        found[held.camera[holds]] = True
        return np.full(len(rows), bool(holds.any())) if what is What.LOOKING else found

    looking, kept, judged = among(What.LOOKING), among(What.MAINTENANCE), among(What.WATCHED)
    then = np.full(len(rows), UP, np.uint8)
    then[among(What.DEGRADED)] = DEGRADED
    then[among(What.OUTAGES)] = DOWN
    then[~judged] = UNKNOWN
    then[kept] = MAINTENANCE
    then[~looking] = UNKNOWN
    status = np.full(len(known.ids), UNKNOWN, np.uint8)
    status[rows] = then
    return status
