"""
The lane matrix: which lanes cameras see, now and over time.

A lane is seen where one working camera or another surely sees, from the side it wants to be seen from, at least
95 % of its middle line. "Not working": it would be, if every camera worked, and known faults keep it from it. A
camera nobody knows the status of, a fault in a picture, and coverage that is itself only possible make a lane
possible, never seen and never "not working".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.database import Database
from data.fleet import DEGRADED, DOWN, MAINTENANCE, UNKNOWN, UP, Snapshot
from data.kept import Kept
from data.lines import border
from data.lines.past import Stretches, read_worked
from data.posts.facing import faced
from data.posts.lanes import Lane
from data.posts.openings import opening_changes
from data.posts.tables import Facing, LaneLight, OpenStatus
from data.watch.history import check_window
from data.watch.spans import Micros, micros
from geo.daylight import daylight, light_at
from geo.line.chainage import Line
from geo.line.gaps import Cells, Flags, Ints
from geo.see.coverage import DAY, LIGHTS
from geo.tile.tiles import STATUSES

SEEN, NOT_WORKING, POSSIBLE, UNKNOWN_STATE, NOT_SEEN = STATES = (
    "seen", "not_working", "possible", "unknown", "not_seen",
)  # fmt: skip
LANE_SHARE = 0.95  # of a lane's length, seen at once
KEPT = 2048  # covers of lanes, each a few kilobytes, and a few periods
_NEAR_DEG = 0.1  # 11 km: no camera tells anything of a lane from further off
_ROUNDING = 1e-9
_WORST_FIRST = (DOWN, MAINTENANCE, UNKNOWN, DEGRADED)
_SECOND_US = 1e6


@dataclass(frozen=True, eq=False)
class LaneCover:
    """
    What cameras could see of a lane at its level, by day or by night, whatever their status.

    Attributes
    ----------
    rows
        Cameras that see some of it, as rows of the inventory, sorted.
    cell_m
        Lengths the lane is cut into, at every end of what a camera sees. [m]
    sure, any
        Whether each camera surely sees, or sees or might see, each cell; shape (cells, cameras).
    """

    rows: Ints
    cell_m: NDArray[np.float64]
    sure: Flags
    any: Flags

    def lengths_m(self, grid: Flags, on: Flags) -> NDArray[np.float64]:
        """Length over which one of the cameras that are `on`, shape (cameras, moments), has its flag. [m]"""
        # whole numbers by floats: that product is many times as fast, and exact
        covered = (grid.astype(np.float32) @ on.astype(np.float32)) > 0
        return np.asarray(self.cell_m @ covered, np.float64)

    def states(self, works: Flags, showed: Flags, may: Flags) -> NDArray[np.int8]:
        """
        State of the lane at some moments, as numbers of `STATES`.

        Parameters
        ----------
        works, showed, may
            Shape (cameras, moments): surely worked; worked, be it with a fault in its picture; or nobody knows.
        """
        enough = LANE_SHARE * self.cell_m.sum() - _ROUNDING

        def sure(on: Flags) -> Flags:
            return np.asarray(self.lengths_m(self.sure, on) >= enough)

        def maybe(on: Flags) -> Flags:
            return np.asarray(self.lengths_m(self.any, on) >= enough)

        in_turn = (
            (sure(works), SEEN),
            (sure(showed) | (sure(may) & maybe(showed)), POSSIBLE),
            (sure(may), UNKNOWN_STATE),
            (sure(np.ones_like(may)), NOT_WORKING),
            (maybe(showed), POSSIBLE),
            (maybe(may), UNKNOWN_STATE),
        )
        found = np.select(
            [so for so, _ in in_turn], [STATES.index(name) for _, name in in_turn], STATES.index(NOT_SEEN)
        )
        return np.asarray(found, np.int8)


def cover(known: Snapshot, lane: Lane, light: str = DAY) -> LaneCover:
    """Return what cameras could see of a lane from the side it wants to be seen from; kept for the inventory."""
    kept: Kept = known.kept.get("lanes", lambda: Kept(KEPT))
    # a lane that is drawn anew has another id
    return kept.get(("cover", lane.id, light), lambda: cover_of(lane, known.inventory, light))


def cover_of(lane: Lane, cameras: pd.DataFrame, light: str = DAY) -> LaneCover:
    """Return what cameras, as `data.inventory.load_cameras` gives them, could see of a lane."""
    line = Line.of(lane.drawn.line)
    west, south, east, north = shapely.bounds(line.geometry)
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    near = np.flatnonzero(
        (lon > west - _NEAR_DEG) & (lon < east + _NEAR_DEG) & (lat > south - _NEAR_DEG) & (lat < north + _NEAR_DEG)
    )
    seen = border.cover(line, cameras.iloc[near], lane.drawn.level_px_m, light)
    row = near[seen.row]
    cut = faced(line, lon[row], lat[row], seen.from_m, seen.to_m, Facing(lane.drawn.facing))
    cells = Cells.of(cut.from_m, cut.to_m, line.length_m)
    rows, camera = np.unique(row[cut.which], return_inverse=True)
    sure, any_ = (np.zeros((len(cells.edges_m) - 1, len(rows)), bool) for _ in range(2))
    spans = zip(cells.first, cells.last, camera, seen.certain[cut.which], strict=True)
    for first, last, one, certain in spans:
        any_[first:last, one] = True
        sure[first:last, one] |= certain
    return LaneCover(rows, np.diff(cells.edges_m), sure, any_)


def asked(lane: Lane, light: str) -> bool:
    """Whether a lane wants to be seen by day, or by night."""
    return lane.drawn.light in (LaneLight.BOTH, light)


def matrix(known: Snapshot, lanes: Sequence[Lane]) -> pd.DataFrame:
    """
    State of every lane now, by day and by night, where it wants to be seen then.

    Returns
    -------
    matrix
        A row a lane and light, in the order of `lanes`: lane_id, checkpoint, code, light, state (of `STATES`, but
        "possible" for "unknown"), certain and possible (shares of its length seen for certain, and only
        possibly, 0-1), cameras (that could see some of it), worst_row (of the inventory; -1: none), worst_status,
        worst_since of the camera not up that matters most to it.
    """
    rows = [_now(known, lane, light) for lane in lanes for light in LIGHTS if asked(lane, light)]
    columns = ["lane_id", "checkpoint", "code", "light", "state", "certain", "possible", "cameras"]
    return pd.DataFrame(rows, columns=[*columns, "worst_row", "worst_status", "worst_since"])


def _now(known: Snapshot, lane: Lane, light: str) -> dict[str, Any]:
    seen = cover(known, lane, light)
    status = known.status[seen.rows][:, None]
    works, showed = status == UP, (status == UP) | (status == DEGRADED)
    may = showed | (status == UNKNOWN)
    state = STATES[int(seen.states(works, showed, may)[0])]
    whole = seen.cell_m.sum()
    certain = float(seen.lengths_m(seen.sure, works)[0] / whole)
    at_all = float(seen.lengths_m(seen.any, may)[0] / whole)
    worst = _worst(seen, status[:, 0])
    row = int(seen.rows[worst]) if worst >= 0 else -1
    return {
        "lane_id": lane.id, "checkpoint": lane.checkpoint, "code": lane.drawn.code, "light": light,
        "state": POSSIBLE if state == UNKNOWN_STATE else state, "certain": certain,
        "possible": max(at_all - certain, 0.0), "cameras": len(seen.rows), "worst_row": row,
        "worst_status": STATUSES[known.status[row]] if row >= 0 else "",
        "worst_since": pd.Timestamp(known.since[row], tz="UTC") if row >= 0 else pd.NaT,
    }  # fmt: skip


def _worst(seen: LaneCover, status: NDArray[np.uint8]) -> int:
    """Camera that is not up, the worst status first, then who sees most of the lane; -1 if all are up."""
    grid = seen.sure if seen.sure.any() else seen.any
    length_m = seen.cell_m @ grid
    for code in _WORST_FIRST:
        among = np.where((status == code) & (length_m > 0), length_m, 0.0)
        if among.any():
            return int(np.argmax(among))
    return -1


def matrix_over(
    db: Database, known: Snapshot, lanes: Sequence[Lane], begin: datetime, end: datetime
) -> pd.DataFrame:
    """
    Time each lane was in each state over [begin, end), by day and by night.

    Cameras and lanes are taken to have stood as they do now. Hours in which the checkpoint was closed are apart;
    those of which nobody wrote down whether it was open are among the states, and told beside them.

    Returns
    -------
    matrix
        A row a lane and light: lane_id, checkpoint, code, light; seen_s, not_working_s, possible_s, unknown_s,
        not_seen_s, closed_s, which add up to the time it was day, or night; undated_s (of the first five, in which
        it is not known whether it was open).

    Raises
    ------
    ValueError
        If the window has no time in it.
    """
    check_window(begin, end)
    changes = {code: opening_changes(db, code, begin, end) for code in sorted({lane.checkpoint for lane in lanes})}
    key = (
        tuple(lane.id for lane in lanes),
        begin,
        end,
        tuple((c, *map(tuple, told)) for c, told in changes.items()),
    )
    kept: Kept = known.kept.get("lanes", lambda: Kept(KEPT))
    return kept.get(("over", key), lambda: _over(db, known, lanes, begin, end, changes))


Changes = dict[str, list[tuple[datetime, OpenStatus]]]


def _over(
    db: Database, known: Snapshot, lanes: Sequence[Lane], begin: datetime, end: datetime, changes: Changes
) -> pd.DataFrame:
    covers = {
        (lane.id, light): cover(known, lane, light) for lane in lanes for light in LIGHTS if asked(lane, light)
    }
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *(one.rows for one in covers.values())]))
    with db.read() as session:
        worked = read_worked(session.connection(), known.ids[rows], begin, end)
    span = micros(end) - micros(begin)
    table = []
    for lane in lanes:
        knots = daylight(*lane.drawn.points[0], begin, end)
        told = [(max(micros(from_at) - micros(begin), 0), status) for from_at, status in changes[lane.checkpoint]]
        for light in LIGHTS:
            if (seen := covers.get((lane.id, light))) is None:
                continue
            mine = np.searchsorted(rows, seen.rows)
            parts = [Stretches(p.begin[mine], p.end[mine]) for p in (worked.works, worked.showed, worked.may)]
            edges = [part.begin.ravel() for part in parts] + [part.end.ravel() for part in parts]
            cuts = np.unique(np.concatenate([*edges, [0, span], [at for at, _ in told]]))
            by_day = light_at(knots, cuts)
            time_us = np.diff(by_day if light == DAY else cuts - by_day)
            state = seen.states(*(_during(part, cuts[:-1]) for part in parts))
            table.append(
                {"lane_id": lane.id, "checkpoint": lane.checkpoint, "code": lane.drawn.code, "light": light}
                | _shared_out(state, time_us, cuts[:-1], told)
            )
    columns = ["lane_id", "checkpoint", "code", "light", *(f"{name}_s" for name in (*STATES, "closed", "undated"))]
    return pd.DataFrame(table, columns=columns)


def _during(part: Stretches, at_us: Micros) -> Flags:
    """Whether each camera's stretches hold each time, shape (cameras, times)."""
    on = np.zeros((len(part.begin), len(at_us)), bool)
    for camera, (begin, end) in enumerate(zip(part.begin, part.end, strict=True)):
        on[camera] = np.searchsorted(begin, at_us, "right") > np.searchsorted(end, at_us, "right")
    return on


def _shared_out(
    state: NDArray[np.int8], time_us: Micros, at_us: Micros, told: list[tuple[int, OpenStatus]]
) -> dict[str, float]:
    held = np.searchsorted([at for at, _ in told], at_us, "right") - 1
    status = np.array([status.value for _, status in told], object)[held]
    shut = status == OpenStatus.CLOSED
    found = {
        f"{name}_s": float(time_us[(state == number) & ~shut].sum() / _SECOND_US)
        for number, name in enumerate(STATES)
    }
    undated = float(time_us[status == OpenStatus.UNKNOWN].sum() / _SECOND_US)
    return found | {"closed_s": float(time_us[shut].sum() / _SECOND_US), "undated_s": undated}
