"""Availability, time to repair and time between failures: exact interval arithmetic over any window."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlmodel import col

from data.database import Database, in_parts
from data.models import Camera
from data.watch.history import State, check_window, spans_of, states
from data.watch.service import ServiceHours
from data.watch.spans import NONE, Micros, Spans, What, micros, read

SUMS = ("up_s", "down_s", "degraded_s", "maintenance_s", "unknown_s", "outages", "repairs", "repair_s")
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Availability:
    """
    How one camera did over a window, which is up + down + maintenance + unknown; None where nothing can be said.

    Attributes
    ----------
    up_s, degraded_s
        It answered; the part of that with a fault in its picture.
    outages, repairs
        That began in the window; that ended in it.
    mttr, mtbf
        Mean whole length of the outages that ended in it; time up between failures that began in it.
    """

    up_s: float
    down_s: float
    degraded_s: float
    maintenance_s: float
    unknown_s: float
    outages: int
    repairs: int
    mttr: timedelta | None
    mtbf: timedelta | None

    @property
    def watched_s(self) -> float:
        """Time with a verdict: up or down."""
        return self.up_s + self.down_s

    @property
    def availability(self) -> float | None:
        """Up of watched, 0-1."""
        return self.up_s / self.watched_s if self.watched_s else None


def availability(
    cameras: int,
    outages: Spans,
    watched: Spans,
    looking: Spans,
    begin: int,
    end: int,
    *,
    maintenance: Spans = NONE,
    degraded: Spans = NONE,
) -> pd.DataFrame:
    """
    Availability of every camera over [begin, end), unknown time and maintenance apart.

    Parameters
    ----------
    cameras
        How many there are.
    outages, watched, maintenance, degraded
        Spans each camera was down, had a verdict, was in maintenance, had a fault in its picture.
    looking
        Spans any worker was looking (its `camera` is not used). What nobody was looking at is unknown, maintenance
        too: it may have ended meanwhile.
    begin, end
        The window. [µs]

    Returns
    -------
    frame
        A row a camera: watched_s = up_s + down_s, degraded_s (part of up_s), maintenance_s, unknown_s,
        availability (NaN if never watched), outages (that began in the window), repairs (that ended in it),
        repair_s (of these, whole length), mttr_s, mtbf_s. Spans that overlap count once.
    """
    kinds = [_clip(spans, begin, end) for spans in (outages, watched, maintenance, degraded)]
    camera = np.concatenate([one for spans in kinds for one in (spans.camera, spans.camera)])
    at = np.concatenate([one for spans in kinds for one in (spans.begin, spans.end)])
    order = np.lexsort((at, camera))
    looked = np.diff(_looked_until(_clip(looking, begin, end), at[order]), append=0)
    # One sweep over every camera's edges: each camera's steps sum to nought, so no stretch leaks into the next.
    out, seen, kept, faulty = (np.cumsum(steps[order]) > 0 for steps in _steps(kinds))
    camera = camera[order]

    def total(over: NDArray[np.bool_]) -> Micros:
        return _total(camera[over], looked[over], cameras)

    seen &= ~kept
    watched_us, down_us, maintenance_us = total(seen), total(seen & out), total(kept)
    frame = pd.DataFrame({"watched_s": watched_us / 1e6, "up_s": (watched_us - down_us) / 1e6})
    frame["down_s"] = down_us / 1e6
    frame["degraded_s"] = total(seen & ~out & faulty) / 1e6
    frame["maintenance_s"] = maintenance_us / 1e6
    frame["unknown_s"] = (end - begin - watched_us - maintenance_us) / 1e6
    return with_ratios(frame.assign(**_failures(outages, cameras, begin, end)))


def with_ratios(sums: pd.DataFrame) -> pd.DataFrame:
    """Add availability, mttr_s and mtbf_s to a frame of sums; NaN where there is nothing to divide by."""
    return sums.assign(
        availability=_ratio(sums["up_s"], sums["up_s"] + sums["down_s"]),
        mttr_s=_ratio(sums["repair_s"], sums["repairs"]),
        mtbf_s=_ratio(sums["up_s"], sums["outages"]),
    )


def _ratio(part: "pd.Series[float]", whole: "pd.Series[float]") -> "pd.Series[float]":
    return part / whole.where(whole > 0, np.nan)


def _clip(spans: Spans, begin: int, end: int) -> Spans:
    first, last = np.maximum(spans.begin, begin), np.minimum(spans.end, end)
    inside = first < last
    return Spans(spans.camera[inside], first[inside], last[inside])


def _steps(kinds: Sequence[Spans]) -> Iterable[NDArray[np.int8]]:
    """For each kind, +1 where one of its spans begins and -1 where one ends, among the edges of all kinds."""
    whole, before = 2 * sum(len(spans.begin) for spans in kinds), 0
    for spans in kinds:
        steps, count = np.zeros(whole, np.int8), len(spans.begin)
        steps[before : before + count], steps[before + count : before + 2 * count] = 1, -1
        before += 2 * count
        yield steps


def looked_us(looking: Spans, begin: int, end: int) -> int:
    """How long anybody looked in [begin, end). [µs]"""
    until = _looked_until(_clip(looking, begin, end), np.array([begin, end], np.int64))
    return int(until[1] - until[0])


def _looked_until(looking: Spans, at: Micros) -> Micros:
    """How long anyone had looked in all by each time in `at`."""
    if not len(looking.begin):
        return np.zeros_like(at)
    order = np.argsort(looking.begin)
    begin, end = looking.begin[order], np.maximum.accumulate(looking.end[order])
    begin = np.maximum(begin, np.concatenate([begin[:1], end[:-1]]))  # overlaps of two workers count once
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(end - begin)])
    last = np.searchsorted(begin, at, side="right") - 1
    inside = np.clip(np.minimum(at, end[last]) - begin[last], 0, None)
    return np.where(last >= 0, before[last] + inside, 0)


def _total(camera: NDArray[np.intp], amount: Micros, cameras: int) -> Micros:
    total = np.zeros(cameras, np.int64)  # not bincount: its weights are floats, and these sums are exact
    np.add.at(total, camera, amount)
    return total


def _failures(outages: Spans, cameras: int, begin: int, end: int) -> dict[str, NDArray[Any]]:
    closed = (outages.end > begin) & (outages.end <= end)
    begun = (outages.begin >= begin) & (outages.begin < end)
    return {
        "outages": np.bincount(outages.camera[begun], minlength=cameras),
        "repairs": np.bincount(outages.camera[closed], minlength=cameras),
        "repair_s": _total(outages.camera[closed], (outages.end - outages.begin)[closed], cameras) / 1e6,
    }


def by_camera(db: Database, begin: datetime, end: datetime, cameras: Iterable[int] | None = None) -> pd.DataFrame:
    """
    Availability over a window of some cameras, or of all: of a whole country that takes long, see `by_group`.

    Returns
    -------
    frame
        camera_id (sorted; those that exist) and the columns of `availability`.
    """
    check_window(begin, end)
    query = select(col(Camera.id)).order_by(col(Camera.id))
    parts: list[list[int] | None] = [None]
    if cameras is not None:
        parts = [*in_parts(sorted(set(cameras)))] or [[]]
    frames = []
    with db.read() as session:
        connection = session.connection()
        for part in parts:
            among = query if part is None else query.where(col(Camera.id).in_(part))
            ids = np.array(connection.scalars(among).all(), np.int64)
            spans = read(connection, ids, begin, end, among=part)
            frames.append(swept(len(ids), spans, micros(begin), micros(end)).assign(camera_id=ids))
    return pd.concat(frames, ignore_index=True)


def swept(cameras: int, spans: dict[What, Spans], begin: int, end: int) -> pd.DataFrame:
    """Return `availability` of spans as `read` gives them."""
    return availability(
        cameras, spans[What.OUTAGES], spans[What.WATCHED], spans[What.LOOKING], begin, end,
        maintenance=spans[What.MAINTENANCE], degraded=spans[What.DEGRADED],
    )  # fmt: skip


def of_camera(
    db: Database, camera_id: int, begin: datetime, end: datetime, hours: ServiceHours | None = None
) -> Availability | None:
    """
    Availability of one camera over a window; None if there is no such camera.

    With service `hours` only the time in them counts, as if the rest of the window were not; an outage counts
    where it began or ended in them.
    """
    check_window(begin, end)
    found = spans_of(db, camera_id, begin, end)
    if found is None:
        return None
    windows = hours.windows(begin, end) if hours else [(begin, end)]
    lasted = dict.fromkeys(State, _NOTHING)
    for began, ended, state in states(found, begin, end):
        for first, last in windows:
            if began < last and first < ended:
                lasted[state] += min(ended, last) - max(began, first)
    outages = found[What.OUTAGES]
    begun = sum(first <= began < last for began, _ in outages for first, last in windows)
    repairs = [ended - began for began, ended in outages if any(f < ended <= last for f, last in windows)]
    up = lasted[State.UP] + lasted[State.DEGRADED]
    return Availability(
        up_s=up.total_seconds(),
        down_s=lasted[State.DOWN].total_seconds(),
        degraded_s=lasted[State.DEGRADED].total_seconds(),
        maintenance_s=lasted[State.MAINTENANCE].total_seconds(),
        unknown_s=lasted[State.UNKNOWN].total_seconds(),
        outages=begun,
        repairs=len(repairs),
        mttr=sum(repairs, _NOTHING) / len(repairs) if repairs else None,
        mtbf=up / begun if begun else None,
    )
