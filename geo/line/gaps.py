"""What polygons cover of a line: intervals by chainage, how many lie over each other, what lies between."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Floats
from geo.line.chainage import Line

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
SAME_PLACE_M = 1e-6  # pieces of one polygon that meet at a vertex of the line are one interval

_LINESTRING = 1
_FIRST = np.zeros(1, np.int64)


def intervals(line: Line, polygons: NDArray[np.object_]) -> tuple[Ints, Floats, Floats]:
    """
    Intervals of a line inside each polygon.

    Returns
    -------
    row, from_m, to_m
        One entry an interval: index of the polygon and chainages, sorted by polygon and chainage. A polygon has
        several intervals where the line leaves it and comes back. Places where they only touch are left out.
    """
    row, segment = line.tree.query(polygons, predicate="intersects")
    # segment by segment, never by projecting onto the whole line: a line that doubles back has two nearest places
    part, pair = shapely.get_parts(shapely.intersection(line.segments[segment], polygons[row]), return_index=True)
    linear = shapely.get_type_id(part) == _LINESTRING
    part, pair = part[linear], pair[linear]
    row, segment = row[pair], segment[pair]
    start, along = line.lonlat[segment], line.lonlat[segment + 1] - line.lonlat[segment]
    ends = [_fraction(shapely.get_point(part, end), start, along) for end in (0, -1)]
    length = np.diff(line.chainage_m)[segment]
    from_m = line.chainage_m[segment] + np.minimum(*ends) * length
    to_m = line.chainage_m[segment] + np.maximum(*ends) * length
    return _merged(row.astype(np.int64), from_m, to_m)


def _fraction(points: NDArray[np.object_], start: Floats, along: Floats) -> Floats:
    offset = np.stack([shapely.get_x(points), shapely.get_y(points)], axis=1) - start
    return np.asarray(np.clip((offset * along).sum(axis=1) / (along * along).sum(axis=1), 0.0, 1.0), np.float64)


def _merged(row: Ints, from_m: Floats, to_m: Floats) -> tuple[Ints, Floats, Floats]:
    if not len(row):
        return row, from_m, to_m
    order = np.lexsort((from_m, row))
    row, from_m, to_m = row[order], from_m[order], to_m[order]
    begins = np.r_[True, (row[1:] != row[:-1]) | (from_m[1:] > to_m[:-1] + SAME_PLACE_M)]
    first = np.flatnonzero(begins)
    return row[first], from_m[first], np.maximum.reduceat(to_m, first)


def told_apart(row: Ints, from_m: Floats, to_m: Floats, certain: Flags) -> tuple[Ints, Floats, Floats, Flags]:
    """
    Intervals of each row that no longer overlap: where one is certain, what is only possible is left out.

    Returns
    -------
    row, from_m, to_m, certain
        Sorted by row and chainage; neighbours of one row and kind are one interval.
    """
    begins = np.r_[np.ones(len(row), np.int64), np.full(len(row), -1)]
    rows, at_m, sure = np.r_[row, row], np.r_[from_m, to_m], np.r_[certain, certain]
    order = np.lexsort((at_m, rows))
    rows, at_m = rows[order], at_m[order]
    # how many of a row lie over what follows each end; they come to 0 where a row is done
    surely, possibly = (np.cumsum(np.where(kind, begins, 0)[order]) for kind in (sure, ~sure))
    found = []
    for kind, here in ((True, surely > 0), (False, (surely == 0) & (possibly > 0))):
        first = np.flatnonzero(here[:-1] & (at_m[1:] > at_m[:-1]))
        found.append((*_merged(rows[first], at_m[first], at_m[first + 1]), kind))
    row, from_m, to_m = (np.concatenate([part[n] for part in found]) for n in range(3))
    certain = np.repeat([kind for *_, kind in found], [len(part[0]) for part in found])
    order = np.lexsort((from_m, row))
    return row[order], from_m[order], to_m[order], certain[order]


def laid_out(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Every cell of every interval [first, last), one after the other: which interval, and which cell."""
    size = last - first
    which = np.repeat(np.arange(len(size)), size)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(size) - size - first, size)


@dataclass(frozen=True, eq=False)
class Cells:
    """
    A line cut at every end of every interval, so that a change of status is only a recount.

    Attributes
    ----------
    edges_m
        Chainages of the cuts, from 0 to the line's length, shape (cells + 1,). [m]
    first, last
        For each interval the cells [first, last) it covers.
    """

    edges_m: Floats
    first: Ints
    last: Ints

    @classmethod
    def of(cls, from_m: Floats, to_m: Floats, length_m: float) -> "Cells":
        """Cut a line of a length at the ends of its intervals."""
        edges = np.unique(np.concatenate([[0.0, length_m], from_m, to_m]))
        return cls(edges, np.searchsorted(edges, from_m), np.searchsorted(edges, to_m))

    def count(self, counted: Flags | Ints) -> Ints:
        """How many of the counted intervals, by flags or by their numbers, lie over each cell."""
        size = len(self.edges_m)
        opened = np.bincount(self.first[counted], minlength=size)
        closed = np.bincount(self.last[counted], minlength=size)
        return np.cumsum(opened - closed)[:-1]


def runs(edges_m: Floats, value: NDArray[np.generic]) -> tuple[Floats, Floats, NDArray[np.generic]]:
    """Neighbouring cells of one value joined: from_m, to_m, value of each run; together the whole line."""
    first = np.flatnonzero(np.r_[True, value[1:] != value[:-1]])
    return edges_m[first], edges_m[np.r_[first[1:], len(value)]], value[first]


def between(cuts_m: Floats, weight: NDArray[np.generic], edges_m: Floats) -> Floats:
    """
    Metres times weight between neighbouring edges, along the last axis; exact: the sum is linear between cuts.

    Parameters
    ----------
    cuts_m, weight
        Ends of cells, shape (cells + 1,), and a number for each cell, shape (cells,).
    """
    total = np.concatenate([[0.0], np.cumsum(np.diff(cuts_m) * weight.astype(np.float64))])
    return np.asarray(np.diff(np.interp(edges_m, cuts_m, total)), np.float64)


def where(edges_m: Floats, holds: Flags) -> Floats:
    """Runs of cells of which something holds, shape (n, 2): from, to. [m]"""
    turns = np.flatnonzero(holds[1:] != holds[:-1]) + 1
    ends = [_FIRST, turns] if holds[0] else [turns]
    if holds[-1]:
        ends.append(np.array([len(holds)]))
    return np.asarray(edges_m[np.concatenate(ends)].reshape(-1, 2), np.float64)


def gaps(line: Line, polygons: NDArray[np.object_]) -> Floats:
    """Stretches of a line outside all polygons, shape (n, 2): from, to. [m]"""
    _, from_m, to_m = intervals(line, polygons)
    cells = Cells.of(from_m, to_m, line.length_m)
    return where(cells.edges_m, cells.count(np.ones(len(from_m), bool)) == 0)
