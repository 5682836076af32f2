"""
A watched line as the fleet of one moment sees it, kept while nothing it rests on changes.

The line is the Sa Kaeo border unless another is given: that one is on every map and recounted at each change.

Each function works on the snapshot it is given: what is kept and the key it is kept under come from one moment.
What depends on status is keyed by the status of the cameras it rests on, so that a camera failing in one province
costs the border of another nothing.
"""

from hashlib import blake2s

import geopandas as gpd
import numpy as np
import pandas as pd

from data.fleet import Snapshot
from data.kept import Kept
from data.lines import border
from data.lines.bands import lost as worse_now
from data.lines.bands import on_line
from data.lines.border import LIVE, PLANNED, LineCover
from data.lines.losing import counted
from data.lines.watched import WatchedLine, sakaeo
from data.memory import give_back
from geo.line.gaps import Ints
from geo.see.coverage import DAY, LIGHTS
from geo.see.levels import BORDER_LEVEL_PX_M

KEPT = 96  # tables of a line: levels, lights, planned and live, and a few moments of each
KEPT_LINES = 8  # looked at in turn; the usual one is asked for each second and never the longest unused
_MARK_BYTES = 6


def cover(
    known: Snapshot, level_px_m: float = BORDER_LEVEL_PX_M, light: str = DAY, line: WatchedLine | None = None
) -> LineCover:
    """Return which camera covers which stretch of a line."""
    watched = line or sakaeo()

    def make() -> LineCover:
        made = border.cover(watched.line, known.inventory, level_px_m, light)
        give_back()  # the polygons it was made of: 80 MB where a million cameras are looked through
        return made

    return _kept(known, watched).get(("cover", level_px_m, light), make)


def watching(known: Snapshot, level_px_m: float, line: WatchedLine | None = None) -> Ints:
    """Return the rows of the cameras that see any of a line at a level, by day or by night, or might."""
    return np.unique(np.concatenate([cover(known, level_px_m, light, line).row for light in LIGHTS]))


def seen_by(known: Snapshot, level_px_m: float, light: str, when: str, line: WatchedLine | None = None) -> bytes:
    """Return the status of every camera a line rests on, a byte each; none for planned."""
    if when == PLANNED:  # every camera works
        return b""
    return known.status[np.unique(cover(known, level_px_m, light, line).row)].tobytes()


def stretches(
    known: Snapshot, level_px_m: float, light: str, when: str, line: WatchedLine | None = None
) -> pd.DataFrame:
    """Return the whole line cut into stretches: from_m, to_m, band (certain, possible, open)."""

    def make() -> pd.DataFrame:
        return border.stretches(cover(known, level_px_m, light, line), known.status, when)

    return _kept(known, line).get(("stretches", *_key(known, level_px_m, light, when, line)), make)


def gaps(
    known: Snapshot, level_px_m: float, light: str, when: str, line: WatchedLine | None = None
) -> gpd.GeoDataFrame:
    """Return the gaps of a line with their places, in its order; see `data.lines.border.gap_table`."""

    def make() -> gpd.GeoDataFrame:
        covered = cover(known, level_px_m, light, line)
        return border.gap_table(
            covered, known.inventory, known.status, when, since=known.since, pillars=(line or sakaeo()).pillars
        )

    return _kept(known, line).get(
        ("gaps", (line or sakaeo()).told_by, *_key(known, level_px_m, light, when, line)), make
    )


def redundancy(
    known: Snapshot, level_px_m: float, light: str, when: str, line: WatchedLine | None = None
) -> tuple[float, float]:
    """Return what two working cameras or more surely see, and the gap a place lies in on average. [m]"""

    def make() -> tuple[float, float]:
        counter, _ = counted(cover(known, level_px_m, light, line), known.status, when)
        return float(counter.redundancy_m(2)[2]), counter.mean_gap_m()

    return _kept(known, line).get(("redundancy", *_key(known, level_px_m, light, when, line)), make)


def lost(
    known: Snapshot, level_px_m: float = BORDER_LEVEL_PX_M, light: str = DAY, line: WatchedLine | None = None
) -> gpd.GeoDataFrame:
    """Return the stretches that are worse now than with every camera working; see `data.lines.bands.lost`."""

    def make() -> gpd.GeoDataFrame:
        live, planned = (stretches(known, level_px_m, light, when, line) for when in (LIVE, PLANNED))
        return on_line(worse_now(live, planned), (line or sakaeo()).line)

    return _kept(known, line).get(("lost", *_key(known, level_px_m, light, LIVE, line)), make)


def mark(known: Snapshot, level_px_m: float, light: str, line: WatchedLine | None = None) -> str:
    """Return a short word, `A.B`: A is another one when the planned gaps are, B when the live ones are."""
    planned = f"{known.inventory_version} {level_px_m:g} {light} {(line or sakaeo()).key}".encode()
    seen = planned + seen_by(known, level_px_m, light, LIVE, line)
    return ".".join(blake2s(part, digest_size=_MARK_BYTES).hexdigest() for part in (planned, seen))


def _key(
    known: Snapshot, level_px_m: float, light: str, when: str, line: WatchedLine | None
) -> tuple[float, str, str, bytes]:
    return level_px_m, light, when, seen_by(known, level_px_m, light, when, line)


def _kept(known: Snapshot, line: WatchedLine | None) -> Kept:
    # of its own: these are many and small, and must not drive out the grounds and layouts of an inventory
    lines: Kept = known.kept.get("the lines now", lambda: Kept(KEPT_LINES))
    kept: Kept = lines.get((line or sakaeo()).key, lambda: Kept(KEPT))
    return kept
