"""
What a line loses with a camera, or with all that hangs on one pole, network, agency or contract.

A loss is a band, as everything about coverage is: what was surely seen and no longer is, and at most what these
cameras might see and nobody else surely does. Cameras that are down already have nothing to lose.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from data.lines.border import BANDS, SHORTEST_GAP_M, LineCover, live_kind
from data.lines.places import along
from geo.crs import EPSG_LONLAT, Floats
from geo.line.chainage import chainage
from geo.line.counting import Counter
from geo.line.gaps import Flags, Ints, runs

_CERTAIN, _POSSIBLE, _OPEN = range(3)  # as in BANDS


@dataclass(frozen=True, eq=False)
class Loss:
    """
    What a line loses by one light; what is really lost lies between `open_m` and `most_m`.

    Attributes
    ----------
    certain_m
        Surely seen before, no longer afterwards. [m]
    open_m
        Of these: afterwards nothing even might see it. [m]
    any_m
        Surely or possibly seen before, by nothing afterwards. [m]
    most_m
        Seen or possibly seen by what falls, and surely by nothing else: `certain_m` and what is uncertain. [m]
    longest_m
        The longest stretch that is not surely seen afterwards, of those that grew; 0: none did. [m]
    gaps
        The stretches that got worse, north to south, as `worse` gives them.
    """

    certain_m: float
    open_m: float
    any_m: float
    most_m: float
    longest_m: float
    gaps: gpd.GeoDataFrame


def counter_of(cover: LineCover) -> tuple[Counter, Ints]:
    """Return a counter in which no camera works yet, and the rows of the cameras it counts."""
    rows, local = np.unique(cover.row, return_inverse=True)
    return Counter.of(cover.line.length_m, local, cover.from_m, cover.to_m, cover.certain, len(rows)), rows


def counted(cover: LineCover, status: ArrayLike, when: str) -> tuple[Counter, Ints]:
    """
    Count who sees each place of a line, and return the rows of the cameras counted.

    Parameters
    ----------
    status
        Of every camera of the frame `cover` was made from; not used for "planned".
    when
        "planned" (as if every camera worked) or "live".
    """
    found, rows = counter_of(cover)
    found.set_all(*working(rows, status, when))
    return found, rows


def working(rows: Ints, status: ArrayLike, when: str) -> tuple[Flags, Flags]:
    """Whether cameras surely work, and whether they work or might."""
    return live_kind(rows, np.ones(len(rows), bool), status, when)


def off(cover: LineCover, status: ArrayLike, when: str, switched_off: Ints) -> Loss:
    """
    What a line loses when cameras are switched off.

    Parameters
    ----------
    status, when
        As of `counted`: what is lost from what is seen now, or from what would be seen if every camera worked.
    switched_off
        Rows of the cameras that fall; those that see nothing of the line cost nothing.
    """
    before, rows = counted(cover, status, when)
    works, may = working(rows, status, when)
    stays = ~np.isin(rows, switched_off)
    after = before.copy()
    after.set_all(works & stays, may & stays)
    was, now, step = bands(before), bands(after), np.diff(before.edges_m)
    touched = (before.any_n > after.any_n) & (now > _CERTAIN)
    found = worse(cover, before.edges_m, was, now)
    grown_m = found["gap_m"][found["was"] == BANDS[_CERTAIN]]
    return Loss(
        certain_m=float(step[(was == _CERTAIN) & (now > _CERTAIN)].sum()),
        open_m=float(step[(was == _CERTAIN) & (now == _OPEN)].sum()),
        any_m=float(step[(was < _OPEN) & (now == _OPEN)].sum()),
        most_m=float(step[touched].sum()),
        longest_m=float(grown_m.max()) if len(grown_m) else 0.0,
        gaps=found,
    )


def worst(cover: LineCover, status: ArrayLike, when: str, group: Ints, groups: int) -> pd.DataFrame:
    """
    What a line loses with each group of cameras, all groups at once.

    Parameters
    ----------
    group
        Of every camera of the frame `cover` was made from, 0 to groups - 1; below 0: it belongs to none.

    Returns
    -------
    losses
        An entry a group: certain_m, open_m, any_m, most_m as in `Loss`.
    """
    counter, rows = counted(cover, status, when)
    return pd.DataFrame(counter.losses(group[rows], groups))


def bands(counter: Counter) -> NDArray[np.int8]:
    """Band of each cell of a counter, as an index of `data.lines.border.BANDS`."""
    some = np.where(counter.any_n > 0, _POSSIBLE, _OPEN)
    return np.where(counter.sure_n > 0, _CERTAIN, some).astype(np.int8)


def worse(cover: LineCover, edges_m: Floats, was: NDArray[np.int8], now: NDArray[np.int8]) -> gpd.GeoDataFrame:
    """
    The stretches of a line whose band got worse.

    Returns
    -------
    gaps
        EPSG:4326; from_m, to_m, length_m, from, to ("12+340"), light, was, band (afterwards), gap_m (length of the
        whole stretch without certain coverage it lies in afterwards), the names of its middle as of
        `data.lines.places.places`, geometry. Stretches below `SHORTEST_GAP_M` are left out.
    """
    return changed(cover, edges_m, was, now, now > was)


def changed(
    cover: LineCover, edges_m: Floats, was: NDArray[np.int8], now: NDArray[np.int8], where: Flags
) -> gpd.GeoDataFrame:
    """Stretches of a line that changed from band to band, where cells say so; as `worse` gives them."""
    from_m, to_m, code = runs(edges_m, np.where(where, 3 * was + now, -1))
    kept = (code.astype(int) >= 0) & (to_m - from_m >= SHORTEST_GAP_M)
    from_m, to_m = from_m[kept], to_m[kept]
    before, after = np.divmod(code[kept].astype(int), 3)
    word = np.asarray(BANDS, dtype=object)
    table = pd.DataFrame(
        {
            "from_m": from_m, "to_m": to_m, "length_m": to_m - from_m,
            "from": [chainage(m) for m in from_m], "to": [chainage(m) for m in to_m],
            "light": cover.light, "was": word[before], "band": word[after],
            "gap_m": _around(edges_m, now, (from_m + to_m) / 2),
        }
    )  # fmt: skip
    lines = [cover.line.part(a, b) for a, b in zip(from_m, to_m, strict=True)]
    return gpd.GeoDataFrame(table.join(along(cover.line, table)), geometry=lines, crs=EPSG_LONLAT)


def _around(edges_m: Floats, band: NDArray[np.int8], at_m: Floats) -> Floats:
    """Length of the stretch without certain coverage around places; 0 where one is surely seen. [m]"""
    begin, end, unseen = runs(edges_m, band > _CERTAIN)
    at = np.clip(np.searchsorted(begin, at_m, side="right") - 1, 0, len(begin) - 1)
    return np.where(unseen[at], (end - begin)[at], 0.0)
