"""
Which lanes are lost with a camera, or with all that hangs on one pole, network, agency or contract.

As of the border (`data.lines.losing`) a loss is a band: lanes that were surely seen and no longer are, and at most
those that the fallen might see and nobody else surely does. All groups are counted in one pass over the cells they
see, of all lanes together; no lane is worked out anew for any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.database import Database
from data.fleet import Snapshot
from data.kept import Kept
from data.lines import losing_now
from data.lines.losing import working
from data.posts.lanes import Lane
from data.posts.matrix import LANE_SHARE, NOT_SEEN, POSSIBLE, SEEN, asked, cover
from geo.crs import Floats
from geo.line.gaps import Flags, Ints
from geo.see.coverage import LIGHTS

WAYS = (SEEN, POSSIBLE, NOT_SEEN)  # what a lane is for those who ask what would be: why not is another question
_SEEN, _POSSIBLE, _NOT_SEEN = range(3)
_ROUNDING = 1e-9
_KEPT = 48


@dataclass(frozen=True, eq=False)
class Stack:
    """
    The lanes that want to be seen by one light, their cells one after the other.

    Attributes
    ----------
    lanes
        The lanes, in the order of their numbers.
    lane, cell_m
        Of each cell its lane and its length. [m]
    rows
        Cameras that see some of a lane, as rows of the inventory, sorted.
    camera, cell, sure
        An entry a camera and cell it sees or might: its index in `rows`, the cell, and whether it surely sees it.
    """

    lanes: tuple[Lane, ...]
    lane: Ints
    cell_m: Floats
    rows: Ints
    camera: Ints
    cell: Ints
    sure: Flags


def stack(known: Snapshot, lanes: Sequence[Lane], light: str) -> Stack:
    """Return the cells of the lanes that want to be seen by a light, and who sees them; kept for the inventory."""
    wanted = tuple(lane for lane in lanes if asked(lane, light))
    ids = tuple(lane.id for lane in wanted)  # a lane that is drawn anew has another id
    return _kept(known).get(("stack", light, ids), lambda: _stack(known, wanted, light))


def _stack(known: Snapshot, wanted: tuple[Lane, ...], light: str) -> Stack:
    none = np.zeros(0, np.int64)
    lane, cell_m, row, cell, sure = [none], [np.zeros(0)], [none], [none], [np.zeros(0, bool)]
    count = 0
    for number, one in enumerate(wanted):
        seen = cover(known, one, light)
        place, camera = np.nonzero(seen.any)
        lane.append(np.full(len(seen.cell_m), number, np.int64))
        cell_m.append(seen.cell_m)
        row.append(seen.rows[camera])
        cell.append(place + count)
        sure.append(seen.sure[place, camera])
        count += len(seen.cell_m)
    rows, local = np.unique(np.concatenate(row), return_inverse=True)
    return Stack(
        wanted,
        np.concatenate(lane),
        np.concatenate(cell_m),
        rows,
        local,
        np.concatenate(cell),
        np.concatenate(sure),
    )


def changes(held: Stack, works: Flags, may: Flags, group: Ints) -> pd.DataFrame:
    """
    What becomes of lanes without each group of cameras, all groups at once.

    Parameters
    ----------
    works, may
        Whether each camera of `held.rows` surely works, and whether it works or might.
    group
        Of each of these cameras its group, from 0; below 0: it belongs to none.

    Returns
    -------
    changes
        A row a group and lane that it sees some of, or might: group, lane (number in `held.lanes`), was and now
        (index of `WAYS`), most (whether the lane may be lost: the group might see of it what nobody else surely
        does, it may be seen now, and the others do not surely see enough of it).
    """
    cells, lanes = len(held.lane), len(held.lanes)
    on = may[held.camera]
    surely = on & held.sure & works[held.camera]
    any_n, sure_n = (np.bincount(held.cell[some], minlength=cells) for some in (on, surely))
    whole = np.bincount(held.lane, held.cell_m, lanes)
    enough = LANE_SHARE * whole - _ROUNDING
    sure_m, any_m = (np.bincount(held.lane, held.cell_m * (n > 0), lanes) for n in (sure_n, any_n))

    mine = group[held.camera]
    counted = on & (mine >= 0)
    pair, place = np.unique(mine[counted] * cells + held.cell[counted], return_inverse=True)
    any_mine = np.bincount(place, minlength=len(pair))
    sure_mine = np.bincount(place[surely[counted]], minlength=len(pair))
    of, cell = np.divmod(pair, max(cells, 1))
    lone = sure_mine == sure_n[cell]
    touched, which = np.unique(of * max(lanes, 1) + held.lane[cell], return_inverse=True)

    def lost(cells_lost: Flags) -> Floats:
        return np.bincount(which, held.cell_m[cell] * cells_lost, len(touched)).astype(np.float64)

    found, lane = np.divmod(touched, max(lanes, 1))
    sure_left = sure_m[lane] - lost(lone & (sure_mine > 0))
    any_left = any_m[lane] - lost(any_mine == any_n[cell])
    now = _way(sure_left >= enough[lane], any_left >= enough[lane])
    was = _way(sure_m >= enough, any_m >= enough)[lane]
    most = (was < _NOT_SEEN) & (now > _SEEN) & (lost(lone) > 0)
    return pd.DataFrame({"group": found, "lane": lane, "was": was, "now": now, "most": most})


def _way(sure: Flags, maybe: Flags) -> NDArray[np.int8]:
    return np.where(sure, _SEEN, np.where(maybe, _POSSIBLE, _NOT_SEEN)).astype(np.int8)


def off(known: Snapshot, lanes: Sequence[Lane], switched_off: Ints, when: str) -> pd.DataFrame:
    """
    Which lanes are lost when cameras are switched off, by day and by night.

    Parameters
    ----------
    switched_off
        Rows of the cameras that fall.
    when
        "planned" (as if every camera worked) or "live".

    Returns
    -------
    lost
        A row a lane and light that gets worse, or may, in the order of `lanes`: lane_id, checkpoint, code, light,
        was and now (words of `WAYS`; the same where it only may be lost).
    """
    parts = [_off(stack(known, lanes, light), known, switched_off, when).assign(light=light) for light in LIGHTS]
    order = {lane.id: number for number, lane in enumerate(lanes)}
    found = pd.concat(parts, ignore_index=True)
    found = found.iloc[np.argsort(found["lane_id"].map(order).to_numpy(np.int64), kind="stable")]
    return found.reset_index(drop=True)[["lane_id", "checkpoint", "code", "light", "was", "now"]]


def _off(held: Stack, known: Snapshot, switched_off: Ints, when: str) -> pd.DataFrame:
    group = np.where(np.isin(held.rows, switched_off), 0, -1)
    found = changes(held, *working(held.rows, known.status, when), group)
    found = found[found["most"] | (found["now"] > found["was"])]
    mine = [held.lanes[number] for number in found["lane"]]
    words = np.array(WAYS, object)
    told = {
        "lane_id": [lane.id for lane in mine], "checkpoint": [lane.checkpoint for lane in mine],
        "code": [lane.drawn.code for lane in mine], "was": words[found["was"]], "now": words[found["now"]],
    }  # fmt: skip
    return pd.DataFrame(told).astype({"lane_id": np.int64})


def hung(db: Database, known: Snapshot, lanes: Sequence[Lane]) -> pd.DataFrame:
    """On what the cameras that see any of the lanes hang; see `data.lines.losing_now.hung`."""
    held = [stack(known, lanes, light) for light in LIGHTS]
    rows = np.unique(np.concatenate([one.rows for one in held]))
    key = ("hung", *(tuple(lane.id for lane in one.lanes) for one in held))
    return _kept(known).get(key, lambda: losing_now.named(db, known, rows))


def worst(known: Snapshot, lanes: Sequence[Lane], by: str, hung: pd.DataFrame, when: str) -> pd.DataFrame:
    """
    How many lanes are lost with each camera, pole, network, agency or contract, the most first.

    Parameters
    ----------
    by
        One of `data.lines.losing_now.BYS`.
    hung
        As `hung` gives it for these lanes.

    Returns
    -------
    losses
        key (see `data.lines.losing_now.groups`), cameras (of the group, that see any of a lane), posts (with
        a lane that is lost, or may be); {day,night}_lost (lanes surely seen, and no longer), {day,night}_blind
        (of these, lanes that nothing even might see then), {day,night}_most (lanes that may be lost, those that
        surely are among them). What costs no lane is left out.
    """
    held = {light: stack(known, lanes, light) for light in LIGHTS}
    ids = tuple(lane.id for lane in lanes)
    seen_by = tuple(known.status[one.rows].tobytes() if when != "planned" else b"" for one in held.values())
    return _kept(known).get(("worst", by, when, ids, *seen_by), lambda: _worst(known, held, by, hung, when))


def _worst(known: Snapshot, held: dict[str, Stack], by: str, hung: pd.DataFrame, when: str) -> pd.DataFrame:
    group, keys = losing_now.groups(known, by, hung)
    mine = group[hung.index.to_numpy(np.int64)]
    found: dict[str, Any] = {"cameras": np.bincount(mine[mine >= 0], minlength=len(keys))}
    posts = []
    for light, one in held.items():
        table = changes(one, *working(one.rows, known.status, when), group[one.rows])
        lost = (table["was"] == _SEEN) & (table["now"] > _SEEN)
        for name, some in (("lost", lost), ("blind", lost & (table["now"] == _NOT_SEEN)), ("most", table["most"])):
            found[f"{light}_{name}"] = np.bincount(table["group"][some], minlength=len(keys))
        table = table[table["most"]]
        code = np.array([lane.checkpoint for lane in one.lanes], object)[table["lane"]]
        posts.append(pd.DataFrame({"group": table["group"], "post": code}))
    counted = pd.concat(posts).drop_duplicates().groupby("group").size()
    result = pd.DataFrame({"key": pd.Series(keys, dtype=object), **found})
    result["posts"] = counted.reindex(range(len(keys)), fill_value=0).to_numpy()
    order = pd.DataFrame(
        {name: result[[f"{light}_{name}" for light in LIGHTS]].max(axis=1) for name in ("lost", "most")}
    )
    order = order[order["most"] > 0].sort_values(["lost", "most"], ascending=False, kind="stable")
    return result.loc[order.index].reset_index(drop=True)


def _kept(known: Snapshot) -> Kept:
    kept: Kept = known.kept.get("lanes what if", lambda: Kept(_KEPT))
    return kept
