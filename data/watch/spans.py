"""Spans of time as the journal keeps them, as arrays: outages, verdicts, spells, and when anybody was looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, String, case, func, select, type_coerce, union
from sqlmodel import col

from data.models import Outage, WatchSpan
from data.watch.tables import Spell, SpellKind

Micros = NDArray[np.int64]
FOREVER = np.iinfo(np.int64).max  # the end of what is still open
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Spans:
    """Half-open spans [begin, end) in microseconds since the epoch, one row each; `camera` is an index from 0."""

    camera: NDArray[np.intp]
    begin: Micros
    end: Micros


NONE = Spans(np.zeros(0, np.intp), np.zeros(0, np.int64), np.zeros(0, np.int64))


class What(StrEnum):
    """Which spans."""

    OUTAGES = "outages"
    WATCHED = "watched"  # a camera had a verdict
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    LOOKING = "looking"  # any worker was looking; these have no camera


Table = type[Outage] | type[WatchSpan] | type[Spell]
_TABLES: tuple[Table, ...] = (Outage, WatchSpan, Spell)


def table_of(what: What) -> tuple[Table, ColumnElement[bool]]:
    """Return where spans are kept, and which rows of that table they are."""
    if what is What.OUTAGES:
        return Outage, col(Outage.camera_id).is_not(None)
    if what in (What.WATCHED, What.LOOKING):
        of = col(WatchSpan.camera_id)
        return WatchSpan, of.is_(None) if what is What.LOOKING else of.is_not(None)
    return Spell, col(Spell.kind) == SpellKind(what.value)


def turned(begin: datetime, end: datetime) -> Any:
    """Select the cameras of which any span begins or ends in [begin, end]."""
    return union(
        *(
            select(col(table.camera_id)).where(edge >= begin, edge <= end, col(table.camera_id).is_not(None))
            for table in _TABLES
            for edge in (col(table.began_at), col(table.ended_at))
        )
    )


def read(
    connection: Connection, ids: Micros, begin: datetime, end: datetime, among: Select[Any] | Any = None
) -> dict[What, Spans]:
    """
    Read every kind of span that touches [begin, end).

    Parameters
    ----------
    ids
        Cameras, sorted; `Spans.camera` is a place among them. Spans of others are left out.
    among
        A select of camera ids: only these are read. None: all there are.
    """
    return {what: _read(connection, what, ids, begin, end, among) for what in What}


def _read(connection: Connection, what: What, ids: Micros, begin: datetime, end: datetime, among: Any) -> Spans:
    table, which = table_of(what)
    began, ended = col(table.began_at), col(table.ended_at)
    # Times come as the database keeps them: a million datetime objects would take longer than all the rest. When
    # something began before the window matters for outages only (a repair counts whole), so the rest is not read.
    first: ColumnElement[Any] = type_coerce(began, String)
    if what is not What.OUTAGES:
        first = case((began <= begin, None), else_=first)
    query = select(col(table.camera_id), first, type_coerce(ended, String)).where(
        which, began < end, ended.is_(None) | (ended > begin)
    )
    if among is not None and what is not What.LOOKING:
        query = query.where(col(table.camera_id).in_(among))
    cursor = connection.execute(query)
    rows = cursor.all()
    if not rows:
        return NONE
    owners, begins, ends = zip(*rows, strict=True)
    first_us, last_us = column_micros(begins, micros(begin)), column_micros(ends, FOREVER)
    if what is What.LOOKING:
        return Spans(np.zeros(len(rows), np.intp), first_us, last_us)
    owner = np.array(owners, np.int64)
    place = np.searchsorted(ids, owner)
    known = place < len(ids)
    known[known] = ids[place[known]] == owner[known]
    return Spans(place[known].astype(np.intp), first_us[known], last_us[known])


def column_micros(times: Sequence[Any], missing: int) -> Micros:
    """Microseconds since the epoch of times as a driver gives them: SQLite text, PostgreSQL aware times."""
    found = np.full(len(times), missing, np.int64)
    there = [place for place, time in enumerate(times) if time is not None]
    if not there:
        return found
    said = [times[place] for place in there]
    if isinstance(said[0], str):
        found[there] = np.array(said, "datetime64[us]").astype(np.int64)
    else:
        found[there] = [micros(time) for time in said]
    return found


def micros(at: datetime) -> int:
    """Microseconds since the epoch."""
    return (at - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """Return the time so many microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=us)


def first_begun(connection: Connection) -> datetime | None:
    """When anybody first began to look; None if nobody ever did."""
    _, which = table_of(What.LOOKING)
    found: datetime | None = connection.execute(select(func.min(col(WatchSpan.began_at))).where(which)).scalar()
    return found
