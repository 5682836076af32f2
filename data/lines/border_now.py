"""
The border as the fleet of one moment sees it, kept while nothing it rests on changes.

Each function works on the snapshot it is given: what is kept and the key it is kept under come from one moment.
What depends on status is keyed by the status of the cameras it rests on, so that a camera failing in one province
costs the border of another nothing.
"""

from hashlib import blake2s

import geopandas as gpd
import numpy as np
import pandas as pd

from data.fleet import Snapshot
from data.geography import load_border
from data.kept import Kept
from data.lines import border
from data.lines.bands import lost as worse_now
from data.lines.bands import on_line
from data.lines.border import LIVE, PLANNED, LineCover
from data.lines.losing import counted
from data.memory import give_back
from geo.line.gaps import Ints
from geo.see.coverage import DAY, LIGHTS
from geo.see.levels import BORDER_LEVEL_PX_M

KEPT = 96  # tables of an inventory: levels, lights, planned and live, and a few moments of each
_MARK_BYTES = 6


def cover(known: Snapshot, level_px_m: float = BORDER_LEVEL_PX_M, light: str = DAY) -> LineCover:
    """Return which camera covers which stretch of the border."""

    def make() -> LineCover:
        made = border.cover(load_border(), known.inventory, level_px_m, light)
        give_back()  # the polygons it was made of: 80 MB where a million cameras are looked through
        return made

    return _kept(known).get(("cover", level_px_m, light), make)


def watching(known: Snapshot, level_px_m: float) -> Ints:
    """Return the rows of the cameras that see any of the border at a level, by day or by night, or might."""
    return np.unique(np.concatenate([cover(known, level_px_m, light).row for light in LIGHTS]))


def seen_by(known: Snapshot, level_px_m: float, light: str, when: str) -> bytes:
    """Return the status of every camera the border rests on, a byte each; none for planned."""
    if when == PLANNED:  # every camera works
        return b""
    return known.status[np.unique(cover(known, level_px_m, light).row)].tobytes()


def stretches(known: Snapshot, level_px_m: float, light: str, when: str) -> pd.DataFrame:
    """Return the whole border cut into stretches: from_m, to_m, band (certain, possible, open)."""

    def make() -> pd.DataFrame:
        return border.stretches(cover(known, level_px_m, light), known.status, when)

    return _kept(known).get(("stretches", *_key(known, level_px_m, light, when)), make)


def gaps(known: Snapshot, level_px_m: float, light: str, when: str) -> gpd.GeoDataFrame:
    """Return the gaps of the border with their places, north to south; see `data.lines.border.gap_table`."""

    def make() -> gpd.GeoDataFrame:
        covered = cover(known, level_px_m, light)
        return border.gap_table(covered, known.inventory, known.status, when, since=known.since)

    return _kept(known).get(("gaps", *_key(known, level_px_m, light, when)), make)


def redundancy(known: Snapshot, level_px_m: float, light: str, when: str) -> tuple[float, float]:
    """Return what two working cameras or more surely see, and the gap a place lies in on average. [m]"""

    def make() -> tuple[float, float]:
        counter, _ = counted(cover(known, level_px_m, light), known.status, when)
        return float(counter.redundancy_m(2)[2]), counter.mean_gap_m()

    return _kept(known).get(("redundancy", *_key(known, level_px_m, light, when)), make)


def lost(known: Snapshot, level_px_m: float = BORDER_LEVEL_PX_M, light: str = DAY) -> gpd.GeoDataFrame:
    """Return the stretches that are worse now than with every camera working; see `data.lines.bands.lost`."""

    def make() -> gpd.GeoDataFrame:
        live, planned = (stretches(known, level_px_m, light, when) for when in (LIVE, PLANNED))
        return on_line(worse_now(live, planned), load_border())

    return _kept(known).get(("lost", *_key(known, level_px_m, light, LIVE)), make)


def mark(known: Snapshot, level_px_m: float, light: str) -> str:
    """Return a short word, `A.B`: A is another one when the planned gaps are, B when the live ones are."""
    planned = f"{known.inventory_version} {level_px_m:g} {light}".encode()
    seen = planned + seen_by(known, level_px_m, light, LIVE)
    return ".".join(blake2s(part, digest_size=_MARK_BYTES).hexdigest() for part in (planned, seen))


def _key(known: Snapshot, level_px_m: float, light: str, when: str) -> tuple[float, str, str, bytes]:
    return level_px_m, light, when, seen_by(known, level_px_m, light, when)


def _kept(known: Snapshot) -> Kept:
    # of its own: these are many and small, and must not drive out the grounds and layouts of an inventory
    kept: Kept = known.kept.get("the border now", lambda: Kept(KEPT))
    return kept
