"""
Availability of provinces, agencies, contracts and the country over any window, without reading the whole journal.

Whole hours come from `UptimeHour`. The edges of the window come from the nearest hour's end: how many cameras were
in which state then is known, so only the cameras that turned since need be read.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, String, cast, func, literal, null, select
from sqlmodel import col

from data.database import Database
from data.models import SUMMED, Agency, Camera, Counter
from data.watch.availability import SUMS, looked_us, swept, with_ratios
from data.watch.history import check_window
from data.watch.service import BANGKOK, ServiceHours
from data.watch.spans import (
    FOREVER,
    Micros,
    Spans,
    What,
    column_micros,
    failed,
    fetch,
    first_begun,
    joined,
    micros,
    moment,
    read,
    turned,
)
from data.watch.tables import UptimeHour

HOUR_US = 3_600_000_000
GROUPINGS = ("all", "province", "agency", "contract")
ENDS = ("end_up", "end_down", "end_degraded", "end_maintenance")
_STATES = ("up_s", "down_s", "degraded_s", "maintenance_s")  # in the order of ENDS


def by_group(
    db: Database, grouping: str, begin: datetime, end: datetime, hours: ServiceHours | None = None
) -> pd.DataFrame:
    """
    Availability of groups of cameras over a window, exact.

    Parameters
    ----------
    grouping
        "all", "province", "agency" (the owner) or "contract".
    hours
        Only the time in these service hours counts.

    Returns
    -------
    frame
        A row a group: key (province code, agency id, contract; "" for none), name (in Thai), cameras (now), up_s,
        down_s, degraded_s (part of up_s), maintenance_s, unknown_s, outages (that began), repairs (that ended),
        repair_s, availability, mttr_s, mtbf_s (NaN where nothing can be said). Whole hours count the cameras a
        group had then, the rest those it has now.
    """
    check_window(begin, end)
    _check_grouping(grouping)
    with db.read() as session:
        connection = session.connection()
        groups = _groups(connection, grouping)
        reader = _Reader(connection, grouping, groups["cameras"])
        for first, last in hours.windows(begin, end) if hours else [(begin, end)]:
            reader.add(micros(first), micros(last))
    table = groups.join(reader.sums, how="outer").fillna({"name": "", "cameras": 0, **dict.fromkeys(SUMS, 0.0)})
    return with_ratios(table.rename_axis("key").reset_index())


def daily(db: Database, grouping: str, begin: datetime, end: datetime) -> pd.DataFrame:
    """
    Availability of groups by Bangkok day, of the whole hours in a window that are summed up: for charts.

    Returns
    -------
    frame
        day (date), key and the figures of `by_group`; no row for a day nothing is known of. Hours of its first
        day before anybody looked are unknown.
    """
    check_window(begin, end)
    _check_grouping(grouping)
    first, last = -(-micros(begin) // HOUR_US), micros(end) // HOUR_US
    hour, shift = col(UptimeHour.hour), BANGKOK.utcoffset(None) // timedelta(hours=1)
    day = (hour + shift) // 24
    with db.read() as session:
        connection = session.connection()
        began, until = summed(connection)
        query = (
            select(day, col(UptimeHour.key), func.count(hour), *_sums_of_hours())
            .where(col(UptimeHour.grouping) == grouping, hour >= first, hour < min(last, until))
            .group_by(day, col(UptimeHour.key))
            .order_by(day, col(UptimeHour.key))
        )
        rows = connection.execute(query).all()
    frame = pd.DataFrame(rows, columns=["day", "key", "hours", *SUMS])
    hours_s = frame[["up_s", "down_s", "maintenance_s", "unknown_s"]].sum(axis=1) / frame.pop("hours")
    unwatched = (began - (frame["day"].astype("int64") * 24 - shift).clip(lower=first)).clip(lower=0)
    frame["unknown_s"] += unwatched * hours_s
    frame["day"] = pd.to_datetime(frame["day"].astype("int64"), unit="D").dt.date
    return with_ratios(frame)


def daily_until(db: Database) -> datetime | None:
    """Until when `daily` tells all there is: the end of the hours summed up, else when anybody first looked."""
    with db.read() as session:
        first, last = summed(session.connection())
        return first_begun(session.connection()) if first == last else moment(last * HOUR_US)


def summed(connection: Connection) -> tuple[int, int]:
    """Hours since the epoch [first, last) of which sums are kept and hold; the same twice if there are none."""
    hour = col(UptimeHour.hour)
    mark = select(col(Counter.value)).where(col(Counter.name) == SUMMED).scalar_subquery()
    first, last = connection.execute(
        select(func.min(hour), func.max(hour)).where(
            col(UptimeHour.grouping) == "all", col(UptimeHour.key) == "", hour < mark
        )
    ).one()
    return (0, 0) if first is None else (first, last + 1)


def key_of(grouping: str) -> Any:
    """Return the SQL that says which group a camera belongs to."""
    if grouping == "agency":
        return cast(col(Camera.owner_id), String)
    if grouping == "all":
        return literal("")
    return func.coalesce(col(Camera.province_code if grouping == "province" else Camera.contract), "")


def states_at(spans: dict[What, Spans], cameras: int, at: int) -> list[NDArray[np.bool_]]:
    """Which cameras are in each of ENDS at a moment [µs], if anybody were looking."""

    def over(what: What) -> NDArray[np.bool_]:
        these = spans[what]
        found = np.zeros(cameras, bool)
        found[these.camera[(these.begin <= at) & (at < these.end)]] = True
        return found

    kept = over(What.MAINTENANCE)
    seen = over(What.WATCHED) & ~kept
    down = seen & over(What.OUTAGES)
    up = seen & ~down
    return [up, down, up & over(What.DEGRADED), kept]


def _sums_of_hours() -> list[Any]:
    return [func.sum(getattr(UptimeHour, name)) for name in SUMS]


def _check_grouping(grouping: str) -> None:
    if grouping not in GROUPINGS:
        raise ValueError(f"availability is summed by {', '.join(GROUPINGS)}, not by {grouping!r}")


def _groups(connection: Connection, grouping: str) -> pd.DataFrame:
    """Name and number of cameras of each group, by key."""
    column: Any = {
        "province": col(Camera.province_code), "agency": col(Camera.owner_id), "contract": col(Camera.contract)
    }.get(grouping, null())  # fmt: skip
    # counted in an index; the name of each group is looked up once
    counted = select(column.label("key"), func.count().label("cameras")).select_from(Camera)
    if grouping != "all":
        counted = counted.group_by(column)
    groups = counted.subquery()
    name: Any = {
        "province": select(col(Camera.province)).where(col(Camera.province_code) == groups.c.key).limit(1),
        "agency": select(col(Agency.name_th)).where(col(Agency.id) == groups.c.key),
    }.get(grouping)
    shown = groups.c.key if name is None else name.scalar_subquery()
    rows = connection.execute(select(groups.c.key, shown, groups.c.cameras)).all()
    frame = pd.DataFrame(
        [("" if key is None else str(key), name or "", cameras) for key, name, cameras in rows],
        columns=["key", "name", "cameras"],
    )
    return frame.groupby("key").agg({"name": "first", "cameras": "sum"})


class _Reader:
    """Adds up windows of one grouping."""

    def __init__(self, connection: Connection, grouping: str, cameras: "pd.Series[int]") -> None:
        self._connection, self._grouping, self._cameras = connection, grouping, cameras
        self._first, self._last = summed(connection)
        begun = first_begun(connection)
        self._begun = None if begun is None else micros(begun)
        self.sums = pd.DataFrame(0.0, index=cameras.index, columns=list(SUMS))

    def add(self, begin: int, end: int) -> None:
        """Add the window [begin, end). [µs]"""
        first = max(-(-begin // HOUR_US), self._first)
        last = min(end // HOUR_US, self._last)
        if first >= last:
            self._add_piece(begin, end)
            return
        self._add_piece(begin, first * HOUR_US)
        self._add_hours(first, last)
        self._add_piece(last * HOUR_US, end)

    def _add_hours(self, first: int, last: int) -> None:
        hour, key = col(UptimeHour.hour), col(UptimeHour.key)
        query = (
            select(key, *_sums_of_hours())
            .where(col(UptimeHour.grouping) == self._grouping, hour >= first, hour < last)
            .group_by(key)
        )
        rows = pd.DataFrame(self._connection.execute(query).all(), columns=["key", *SUMS]).set_index("key")
        self._add(rows.astype(float))

    def _add_piece(self, begin: int, end: int) -> None:
        """Add a stretch that is not summed up."""
        if begin >= end:
            return
        if self._begun is None or end <= self._begun:
            self._add(pd.DataFrame({"unknown_s": self._cameras * ((end - begin) / 1e6)}))
            return
        base = self._base(begin, end)
        found, spans, cameras = self._swept(base, begin, end)
        sums = found[list(SUMS)].groupby(found["key"]).sum()
        self._add(sums)
        if base is None:
            return
        ends = self._ends(base)
        for name, there in zip(ENDS, states_at(spans, cameras, base), strict=True):
            # those that turned are counted one by one above; a camera may have changed its group since
            ends[name] = ends[name].sub(found["key"][there].value_counts(), fill_value=0).clip(lower=0)
        rest = self._cameras.sub(found["key"].value_counts(), fill_value=0)
        looked = looked_us(spans[What.LOOKING], begin, end) / 1e6
        still = ends.rename(columns=dict(zip(ENDS, _STATES, strict=True))) * looked
        known = still["up_s"] + still["down_s"] + still["maintenance_s"]
        still["unknown_s"] = (rest * ((end - begin) / 1e6)).sub(known, fill_value=0).clip(lower=0)
        self._add(still)

    def _base(self, begin: int, end: int) -> int | None:
        """Return the nearest end of a summed hour at or before the stretch, or at or after it. [µs]"""
        if self._first == self._last:
            return None
        before = min(begin // HOUR_US, self._last)
        after = max(-(-end // HOUR_US), self._first + 1)
        near = [begin - before * HOUR_US] if before > self._first else []
        near += [after * HOUR_US - end] if after <= self._last else []
        if not near:
            return None
        least = min(near)
        return before * HOUR_US if before > self._first and least == near[0] else after * HOUR_US

    def _swept(self, base: int | None, begin: int, end: int) -> tuple[pd.DataFrame, dict[What, Spans], int]:
        """Return figures and spans of the cameras that turned between base and stretch, of all without a base."""
        query = select(col(Camera.id), key_of(self._grouping)).order_by(col(Camera.id))
        among, failures, first, last = None, [], begin, end
        if base is not None:
            first, last = min(base, begin), max(base, end)
            among = turned(moment(first), moment(last))
            query = query.where(col(Camera.id).in_(among))
            failures = fetch(self._connection, failed(moment(first), moment(last), key_of(self._grouping)))
        keys = dict(fetch(self._connection, query))
        # What only failed or came back had a verdict throughout: a verdict or spell that begins or ends with it is
        # written with it. So of most cameras that turned no more than that outage need be read.
        only = [row for row in failures if row[0] not in keys]
        keys |= {row[0]: row[1] for row in only}
        ids: Micros = np.array(sorted(keys), np.int64)
        spans = read(self._connection, ids, moment(first), moment(last + 1), among)
        if only:
            owners, _, begins, ends = zip(*only, strict=True)
            place = np.searchsorted(ids, np.array(owners, np.int64))
            outages = Spans(place, column_micros(begins, first), column_micros(ends, FOREVER))
            always = np.unique(place)
            watched = Spans(always, np.full(len(always), first), np.full(len(always), FOREVER))
            spans[What.OUTAGES] = joined(spans[What.OUTAGES], outages)
            spans[What.WATCHED] = joined(spans[What.WATCHED], watched)
        frame = swept(len(ids), spans, begin, end)
        return frame.assign(key=[keys[one] for one in ids.tolist()]), spans, len(ids)

    def _ends(self, base: int) -> pd.DataFrame:
        """How many cameras of each group were in which state at the end of an hour."""
        query = select(col(UptimeHour.key), *(getattr(UptimeHour, name) for name in ENDS)).where(
            col(UptimeHour.grouping) == self._grouping, col(UptimeHour.hour) == base // HOUR_US - 1
        )
        return pd.DataFrame(self._connection.execute(query).all(), columns=["key", *ENDS]).set_index("key")

    def _add(self, more: pd.DataFrame) -> None:
        self.sums = self.sums.add(more.reindex(columns=list(SUMS)).fillna(0.0), fill_value=0.0)
