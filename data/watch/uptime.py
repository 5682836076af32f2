"""How cameras were kept, by agency, province, contract or camera: the table a page shows and a file holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlmodel import col

from data.database import Database, in_parts
from data.models import Camera
from data.watch import availability, groups
from data.watch.availability import SUMS, with_ratios
from data.watch.history import check_window
from data.watch.service import BANGKOK, ServiceHours
from data.watch.spans import micros

GROUPS = ("agency", "province", "contract", "camera")
STATES_S = ("down_s", "degraded_s", "up_s", "maintenance_s", "unknown_s")
MOST_CAMERAS = 2_000  # listed one by one; a country is told by groups
COLUMNS = (
    "name", "key", "cameras", "availability", "unknown", "maintenance", "degraded", "down_h", "outages", "repairs",
    "mttr_s", "mtbf_s",
)  # fmt: skip


def uptime(
    db: Database,
    by: str,
    begin: datetime,
    end: datetime,
    hours: ServiceHours | None = None,
    cameras: Sequence[int] = (),
) -> pd.DataFrame:
    """
    How cameras did over a window, the worst first; who was never watched comes last.

    Parameters
    ----------
    by
        One of GROUPS, or "all": one row.
    hours
        Only the time in these service hours counts.
    cameras
        Whom to list by camera, at most MOST_CAMERAS; by group all count.

    Returns
    -------
    table
        COLUMNS: key as of `groups.by_group`, a camera's id by camera; availability (0-1, NaN if never watched);
        unknown, maintenance (shares of all time); degraded (share of the time up); down_h [h]; outages (that
        began), repairs (that ended), mttr_s, mtbf_s [s].

    Raises
    ------
    ValueError
        If it cannot be listed so.
    """
    check_window(begin, end)
    if by not in ("all", *GROUPS):
        raise ValueError(f"uptime is told by {', '.join(GROUPS)}, got {by[:40]!r}")
    if len(cameras) > MOST_CAMERAS:
        raise ValueError(
            f"at most {MOST_CAMERAS:,} cameras are listed one by one, got {len(cameras):,}; filter them"
        )
    if by != "camera":
        return told(groups.by_group(db, by, begin, end, hours))
    return told(_of_cameras(db, begin, end, hours, sorted(set(cameras))))


def by_day(db: Database, by: str, key: str, begin: datetime, end: datetime) -> pd.DataFrame:
    """
    How one group or camera did on each Bangkok day of a window: for a chart.

    Returns
    -------
    frame
        day (date), every one of the window; availability; and STATES_S, up_s without the time its picture had a
        fault. A day nothing is known of is unknown.
    """
    if by == "camera":
        kept = [(first, availability.of_camera(db, int(key), first, last)) for first, last in _days(begin, end)]
        rows = [(first.astimezone(BANGKOK).date(), *_sums(0, one)[1:]) for first, one in kept if one]
        found = with_ratios(pd.DataFrame(rows, columns=["day", *SUMS]))
    else:
        found = _of_group(db, by, key, begin, end)
    found = found.assign(up_s=found["up_s"] - found["degraded_s"]).set_index("day")[[*STATES_S, "availability"]]
    found = found.reindex(
        pd.Index([first.astimezone(BANGKOK).date() for first, _ in _days(begin, end)], name="day")
    )
    found["unknown_s"] = found["unknown_s"].fillna(1.0)  # nothing else is known of such a day
    return found.fillna(dict.fromkeys(STATES_S, 0.0)).reset_index()


def _of_group(db: Database, by: str, key: str, begin: datetime, end: datetime) -> pd.DataFrame:
    """Days of a group from sums of hours; those with time not summed up, as a rule today, from the journal."""
    until = groups.daily_until(db) or end
    exact = [
        groups.by_group(db, by, first, last).assign(day=first.astimezone(BANGKOK).date())
        for first, last in _days(begin, end)
        if last > until or micros(first) % groups.HOUR_US
    ]
    summed = groups.daily(db, by, begin, end)
    summed = summed[~summed["day"].isin([table["day"].iloc[0] for table in exact if len(table)])]
    found = pd.concat([summed, *exact])
    return found[found["key"] == key]


def _days(begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    first, found = begin, []
    while first < end:
        midnight = first.astimezone(BANGKOK).replace(hour=0, minute=0, second=0, microsecond=0)
        last = min(end, midnight + timedelta(days=1))
        found.append((first, last.astimezone(begin.tzinfo)))
        first = found[-1][1]
    return found


def told(sums: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of a frame of sums (name, key, cameras and SUMS), the worst first; see `uptime`."""
    known = sums["up_s"] + sums["down_s"] + sums["maintenance_s"] + sums["unknown_s"]
    table = with_ratios(sums).assign(
        unknown=_share(sums["unknown_s"], known),
        maintenance=_share(sums["maintenance_s"], known),
        degraded=_share(sums["degraded_s"], sums["up_s"]),
        down_h=sums["down_s"] / 3600,
    )
    order = ["availability", "down_h"]
    return table.sort_values(order, ascending=[True, False], na_position="last", ignore_index=True)[list(COLUMNS)]


def _of_cameras(
    db: Database, begin: datetime, end: datetime, hours: ServiceHours | None, ids: Sequence[int]
) -> pd.DataFrame:
    with db.read() as session:
        query = select(col(Camera.id), col(Camera.code))
        rows = [
            row
            for part in in_parts(ids)
            for row in session.connection().execute(query.where(col(Camera.id).in_(part)))
        ]
    codes = pd.DataFrame(rows, columns=["key", "name"]).assign(cameras=1)
    if hours is None:
        sums = availability.by_camera(db, begin, end, ids).rename(columns={"camera_id": "key"})
    else:
        found = [(one, availability.of_camera(db, one, begin, end, hours)) for one in ids]
        sums = pd.DataFrame([_sums(one, kept) for one, kept in found if kept], columns=["key", *SUMS])
    return codes.merge(sums[["key", *SUMS]], on="key")


def _sums(camera_id: int, kept: availability.Availability) -> tuple[float, ...]:
    repair_s = kept.mttr.total_seconds() * kept.repairs if kept.mttr else 0.0
    return (
        camera_id, kept.up_s, kept.down_s, kept.degraded_s, kept.maintenance_s, kept.unknown_s, kept.outages,
        kept.repairs, repair_s,
    )  # fmt: skip


def _share(part: "pd.Series[float]", whole: "pd.Series[float]") -> "pd.Series[float]":
    return part / whole.where(whole > 0, np.nan)
