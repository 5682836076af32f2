"""Spans of time as the journal keeps them, as arrays: outages, verdicts, spells, and when anybody was looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    String,
    case,
    func,
    literal,
    select,
    type_coerce,
    union,
    union_all,
)
from sqlmodel import col

from data.models import Camera, Outage, WatchSpan
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


def joined(one: Spans, other: Spans) -> Spans:
    """Return the spans of both."""
    pairs = ((one.camera, other.camera), (one.begin, other.begin), (one.end, other.end))
    return Spans(*(np.concatenate(pair) for pair in pairs))


class What(StrEnum):
    """Which spans."""

    OUTAGES = "outages"
    WATCHED = "watched"  # a camera had a verdict
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    LOOKING = "looking"  # any worker was looking; these have no camera


Table = type[Outage] | type[WatchSpan] | type[Spell]


def table_of(what: What) -> tuple[Table, ColumnElement[bool]]:
    """Return where spans are kept, and which rows of that table they are."""
    if what is What.OUTAGES:
        return Outage, col(Outage.camera_id).is_not(None)
    if what in (What.WATCHED, What.LOOKING):
        of = col(WatchSpan.camera_id)
        return WatchSpan, of.is_(None) if what is What.LOOKING else of.is_not(None)
    return Spell, col(Spell.kind) == SpellKind(what.value)


def turned(begin: datetime, end: datetime) -> CompoundSelect[int]:
    """Select the cameras of which anything but an outage begins or ends in [begin, end]."""
    return union(
        *(
            select(col(table.camera_id)).where(edge >= begin, edge <= end, col(table.camera_id).is_not(None))
            for table in (WatchSpan, Spell)
            for edge in (col(table.began_at), col(table.ended_at))
        )
    )


def failed(begin: datetime, end: datetime, more: Any) -> CompoundSelect[Any]:
    """Select camera, `more` of it, beginning and end of the outages that begin or end in [begin, end]."""
    began, ended = col(Outage.began_at), col(Outage.ended_at)
    query = select(col(Outage.camera_id), more, type_coerce(began, String), type_coerce(ended, String)).join(
        Camera, col(Camera.id) == col(Outage.camera_id)
    )
    return union_all(
        query.where(began >= begin, began <= end), query.where(ended >= begin, ended <= end, began < begin)
    )


def read(
    connection: Connection,
    ids: Micros,
    begin: datetime,
    end: datetime,
    among: CompoundSelect[int] | Sequence[int] | None = None,
) -> dict[What, Spans]:
    """
    Read every kind of span that touches [begin, end).

    Parameters
    ----------
    ids
        Cameras, sorted; `Spans.camera` is a place among them. Spans of others are left out.
    among
        Cameras, as ids or as a select of them: only theirs are read. None: all there are.
    """
    # a select is done once, not for each kind
    theirs: Any = select(among.cte("among")) if isinstance(among, CompoundSelect) else among
    query = union_all(*(part for what in What for part in _parts(what, begin, end, theirs)))
    kinds: dict[str, list[Any]] = {what: [] for what in What}
    for row in fetch(connection, query):
        kinds[row[0]].append(row)
    return {what: _spans(kinds[what], ids, micros(begin)) for what in What}


def fetch(
    connection: Connection, query: CompoundSelect[Any] | Select[Any], values: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Return rows as the driver gives them: a million row objects would take longer than all the rest."""
    cursor = connection.execute(query, values).cursor
    assert cursor is not None
    return list(cursor.fetchall())


def _parts(what: What, begin: datetime, end: datetime, among: Any) -> list[Select[Any]]:
    table, which = table_of(what)
    began, ended = col(table.began_at), col(table.ended_at)
    first: ColumnElement[Any] = type_coerce(began, String)
    if what is not What.OUTAGES:
        # when it began before the window matters for outages only (a repair counts whole), so it is not read
        first = case((began <= begin, None), else_=first)
    query = select(literal(what.value), col(table.camera_id), first, type_coerce(ended, String)).where(
        which, began < end
    )
    if among is None and what is not What.LOOKING:
        return [query.where(ended.is_(None) | (ended > begin))]
    if what is not What.LOOKING:
        query = query.where(col(table.camera_id).in_(among))
    # two ranges of one index, not an OR, which would walk all that each camera ever had
    return [query.where(ended > begin), query.where(ended.is_(None))]


def _spans(rows: Sequence[Any], ids: Micros, begin: int) -> Spans:
    if not rows:
        return NONE
    _, owners, begins, ends = zip(*rows, strict=True)
    first, last = column_micros(begins, begin), column_micros(ends, FOREVER)
    if owners[0] is None:
        return Spans(np.zeros(len(rows), np.intp), first, last)
    owner = np.array(owners, np.int64)
    place = np.searchsorted(ids, owner)
    known = place < len(ids)
    known[known] = ids[place[known]] == owner[known]
    return Spans(place[known].astype(np.intp), first[known], last[known])


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
