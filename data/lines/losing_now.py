"""
What a line loses with whom, by day and by night, as the fleet of one moment sees it; kept until that changes.

Poles, networks and contracts are groups only where keepers named them; a camera without a name hangs on none.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sqlmodel import col, select

from data.database import Database, in_parts
from data.fleet import Snapshot
from data.kept import Kept
from data.lines import border_now, losing
from data.lines.losing import Loss
from data.lines.watched import WatchedLine, sakaeo
from data.models import Camera
from geo.line.gaps import Ints
from geo.see.coverage import LIGHTS

CAMERA, SITE, NETWORK, AGENCY, CONTRACT = "camera", "site", "network", "agency", "contract"
BYS = (CAMERA, SITE, NETWORK, AGENCY, CONTRACT)
HUNG = (SITE, NETWORK, CONTRACT)  # what a camera hangs on beside its agency, as columns of its table
_KEPT = 48  # five groupings, a few levels and moments


def hung(db: Database, known: Snapshot, level_px_m: float, line: WatchedLine | None = None) -> pd.DataFrame:
    """
    On what the cameras that see a line hang.

    Returns
    -------
    hung
        By row of the snapshot: site, network, contract, as their keepers name them; "" where they do not.
    """

    def make() -> pd.DataFrame:
        return named(db, known, border_now.watching(known, level_px_m, line))

    return _kept(known).get(("hung", (line or sakaeo()).key, level_px_m), make)


def named(db: Database, known: Snapshot, rows: Ints) -> pd.DataFrame:
    """On what some cameras hang, by their row; the columns of `hung`."""
    ids = known.ids[rows].tolist()
    query = select(col(Camera.id), col(Camera.site), col(Camera.network), col(Camera.contract))
    found: list[Any] = []
    with db.read() as session:
        for part in in_parts(ids):
            found += session.execute(query.where(col(Camera.id).in_(part))).all()
    names = pd.DataFrame(found, columns=["id", *HUNG]).set_index("id").reindex(ids).fillna("")
    return pd.DataFrame({name: names[name].str.strip().to_numpy(object) for name in HUNG}, index=rows)


def groups(known: Snapshot, by: str, hung: pd.DataFrame) -> tuple[Ints, list[Any]]:
    """
    Of every camera its group, -1 for none, and the key of each group.

    Keys are the rows of cameras, the names of all else. Raises ValueError for what cameras are not grouped by.
    """
    if by not in BYS:
        raise ValueError(f"cameras are grouped by {', '.join(BYS)}, got {by!r}")
    rows = hung.index.to_numpy(np.int64)
    group = np.full(len(known.ids), -1, np.int64)
    if by == CAMERA:
        group[rows] = np.arange(len(rows))
        return group, rows.tolist()
    names = known.inventory["owner"].iloc[rows].astype(object) if by == AGENCY else hung[by].replace("", None)
    group[rows], keys = pd.factorize(names.to_numpy(object))
    return group, list(keys)


def members(known: Snapshot, by: str, key: Any, hung: pd.DataFrame) -> Ints:
    """Rows of the cameras of a group that see the border; a camera is a group of its own, also far from it."""
    if by == CAMERA:
        return np.array([int(key)])
    group, keys = groups(known, by, hung)
    return np.flatnonzero(group == keys.index(key)) if key in keys else np.zeros(0, np.int64)


def off(
    known: Snapshot, switched_off: Ints, level_px_m: float, when: str, line: WatchedLine | None = None
) -> Mapping[str, Loss]:
    """What a line loses by day and by night when cameras are switched off; see `data.lines.losing.off`."""
    return {
        light: losing.off(border_now.cover(known, level_px_m, light, line), known.status, when, switched_off)
        for light in LIGHTS
    }


def worst(
    known: Snapshot, by: str, hung: pd.DataFrame, level_px_m: float, when: str, line: WatchedLine | None = None
) -> pd.DataFrame:
    """
    What a line loses with each camera, pole, network, agency or contract, the most first.

    Returns
    -------
    losses
        key (see `groups`); of the cameras that see the border by day or night: cameras (that work or might),
        unsure (how many of these do not surely work), dark (that see nothing now: down, or in maintenance); then
        {day,night}_{certain,open,any,most}_m, see `data.lines.losing.Loss`. In the order of what is surely seen
        and would no longer be, by the light it is more; what cannot cost anything is left out.
    """
    seen = tuple(border_now.seen_by(known, level_px_m, light, when, line) for light in LIGHTS)

    def make() -> pd.DataFrame:
        group, keys = groups(known, by, hung)
        found = pd.DataFrame({"key": pd.Series(keys, dtype=object)}).assign(
            **_counts(known, group, len(keys), when)
        )
        for light in LIGHTS:
            cover = border_now.cover(known, level_px_m, light, line)
            lost = losing.worst(cover, known.status, when, group, len(keys))
            found = found.join(lost.add_prefix(f"{light}_"))
        return _ordered(found)

    return _kept(known).get(("worst", (line or sakaeo()).key, by, level_px_m, when, *seen), make)


def _counts(known: Snapshot, group: Ints, groups: int, when: str) -> dict[str, Ints]:
    rows = np.flatnonzero(group >= 0)
    works, may = losing.working(rows, known.status, when)
    return {
        name: np.bincount(group[rows[some]], minlength=groups)
        for name, some in (("cameras", may), ("unsure", may & ~works), ("dark", ~may))
    }


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    most = found[[f"{light}_most_m" for light in LIGHTS]].max(axis=1)
    certain = found[[f"{light}_certain_m" for light in LIGHTS]].max(axis=1)
    order = pd.DataFrame({"certain": -certain.round(3), "most": -most.round(3)}).sort_values(
        ["certain", "most"], kind="stable"
    )
    kept = order[order["most"] < 0].index
    return found.loc[kept].reset_index(drop=True)


def _kept(known: Snapshot) -> Kept:
    kept: Kept = known.kept.get("what if", lambda: Kept(_KEPT))
    return kept
