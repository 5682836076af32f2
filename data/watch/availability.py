"""Availability, time to repair and time between failures: exact interval arithmetic for all cameras at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, String, select, type_coerce
from sqlmodel import col

from data.database import Database
from data.models import Camera, Outage, WatchSpan

Micros = NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Spans:
    """Half-open spans [begin, end) in microseconds, one row each; `camera` is an index from 0."""

    camera: NDArray[np.intp]
    begin: Micros
    end: Micros


@dataclass(frozen=True)
class Availability:
    """How one camera did over a window; None where nothing can be said."""

    watched_s: float
    down_s: float
    unknown_s: float
    availability: float | None
    outages: int
    mttr: timedelta | None
    mtbf: timedelta | None


def availability(
    cameras: int, outages: Spans, watched: Spans, looking: Spans, begin: int, end: int
) -> pd.DataFrame:
    """
    Availability of every camera over [begin, end), unknown time left out and reported.

    Parameters
    ----------
    cameras
        How many there are.
    outages
        Spans each camera was down.
    watched
        Spans each camera had a verdict.
    looking
        Spans any worker was looking (its `camera` is not used). A camera was watched where both overlap.
    begin, end
        The window. [µs]

    Returns
    -------
    frame
        A row a camera: watched_s, down_s, unknown_s, availability (NaN if never watched), outages (that touch the
        window), repairs (those of them that ended in it), mttr_s (of these, whole length), mtbf_s (up time between
        failures that began in it). Spans that overlap count once.
    """
    out, seen = _clip(outages, begin, end), _clip(watched, begin, end)
    camera = np.concatenate([out.camera, out.camera, seen.camera, seen.camera])
    at = np.concatenate([out.begin, out.end, seen.begin, seen.end])
    n_out, n_seen = len(out.camera), len(seen.camera)
    step_out = np.repeat(np.array([1, -1, 0, 0], np.int64), [n_out, n_out, n_seen, n_seen])
    step_seen = np.repeat(np.array([0, 0, 1, -1], np.int64), [n_out, n_out, n_seen, n_seen])
    order = np.lexsort((at, camera))
    camera, at = camera[order], at[order]
    # One sweep over every camera's edges: each camera's steps sum to nought, so no stretch leaks into the next.
    is_out, is_seen = np.cumsum(step_out[order]) > 0, np.cumsum(step_seen[order]) > 0
    looked = np.diff(_looked_until(_clip(looking, begin, end), at), append=0)
    watched_us = _total(camera[is_seen], looked[is_seen], cameras)
    both = is_seen & is_out
    down_us = _total(camera[both], looked[both], cameras)
    frame = pd.DataFrame({"watched_s": watched_us / 1e6, "down_s": down_us / 1e6})
    frame["unknown_s"] = (end - begin - watched_us) / 1e6
    with np.errstate(invalid="ignore", divide="ignore"):
        frame["availability"] = 1 - down_us / np.where(watched_us > 0, watched_us, np.nan)
        return frame.assign(**_failures(outages, out, cameras, begin, end, (watched_us - down_us) / 1e6))


def _clip(spans: Spans, begin: int, end: int) -> Spans:
    first, last = np.maximum(spans.begin, begin), np.minimum(spans.end, end)
    inside = first < last
    return Spans(spans.camera[inside], first[inside], last[inside])


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


def _failures(
    outages: Spans, touching: Spans, cameras: int, begin: int, end: int, up_s: NDArray[np.float64]
) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    closed = (outages.end > begin) & (outages.end <= end)
    repairs = np.bincount(outages.camera[closed], minlength=cameras)
    repairing = _total(outages.camera[closed], (outages.end - outages.begin)[closed], cameras) / 1e6
    begun = (outages.begin >= begin) & (outages.begin < end)
    failures = np.bincount(outages.camera[begun], minlength=cameras)
    return {
        "outages": np.bincount(touching.camera, minlength=cameras),
        "repairs": repairs,
        "mttr_s": np.where(repairs > 0, repairing / repairs, np.nan),
        "mtbf_s": np.where(failures > 0, up_s / failures, np.nan),
    }


def by_camera(db: Database, begin: datetime, end: datetime, camera_id: int | None = None) -> pd.DataFrame:
    """
    Availability of every camera over a window, or of one.

    Returns
    -------
    frame
        camera_id (sorted) and the columns of `availability`.
    """
    if end <= begin:
        raise ValueError(f"the window must end after it begins, got {begin.isoformat()} to {end.isoformat()}")
    wanted = select(col(Camera.id)).order_by(col(Camera.id))
    if camera_id is not None:
        wanted = wanted.where(col(Camera.id) == camera_id)
    with db.read() as session:
        connection = session.connection()
        ids = np.array(connection.scalars(wanted).all(), np.int64)
        rows = {
            "outages": connection.execute(_touching(Outage, begin, end, camera_id)).all(),
            "watched": connection.execute(_touching(WatchSpan, begin, end, camera_id)).all(),
            "looking": connection.execute(_touching(WatchSpan, begin, end, None, workers=True)).all(),
        }
    spans = {name: _spans(found, ids) for name, found in rows.items()}
    frame = availability(len(ids), **spans, begin=_micros(begin), end=_micros(end))
    frame.insert(0, "camera_id", ids)
    return frame


def of_camera(db: Database, camera_id: int, begin: datetime, end: datetime) -> Availability | None:
    """Availability of one camera over a window; None if there is no such camera."""
    frame = by_camera(db, begin, end, camera_id)
    if frame.empty:
        return None
    row = frame.iloc[0]
    return Availability(
        watched_s=float(row.watched_s),
        down_s=float(row.down_s),
        unknown_s=float(row.unknown_s),
        availability=None if np.isnan(row.availability) else float(row.availability),
        outages=int(row.outages),
        mttr=_timedelta(row.mttr_s),
        mtbf=_timedelta(row.mtbf_s),
    )


def _timedelta(seconds: float) -> timedelta | None:
    return None if np.isnan(seconds) else timedelta(seconds=float(seconds))


def _touching(
    table: type[Outage] | type[WatchSpan],
    begin: datetime,
    end: datetime,
    camera_id: int | None,
    *,
    workers: bool = False,
) -> Select[int | None, str, str]:
    of: ColumnElement[bool] = col(table.camera_id).is_(None) if workers else col(table.camera_id).is_not(None)
    if camera_id is not None:
        of = col(table.camera_id) == camera_id
    # Times come as the database keeps them: a million datetime objects would take longer than all the rest.
    began, ended = type_coerce(col(table.began_at), String), type_coerce(col(table.ended_at), String)
    return select(col(table.camera_id), began, ended).where(
        of, col(table.began_at) < end, col(table.ended_at).is_(None) | (col(table.ended_at) > begin)
    )


def _spans(rows: Sequence[Any], ids: Micros) -> Spans:
    frame = pd.DataFrame(rows, columns=["camera", "begin", "end"])
    last = _column_micros(frame["end"])
    last[frame["end"].isna().to_numpy()] = np.iinfo(np.int64).max  # still open
    known = frame["camera"].to_numpy(np.float64, na_value=0.0).astype(np.int64)
    return Spans(np.searchsorted(ids, known).astype(np.intp), _column_micros(frame["begin"]), last)


def _column_micros(times: "pd.Series[Any]") -> Micros:
    parsed = pd.to_datetime(times, utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    return np.array(parsed.astype("int64"), np.int64)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
