"""How many cameras see each place of a line, kept by count: a camera that fails is a slice, not a recount."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.crs import Floats
from geo.line.gaps import Cells, Flags, Ints, laid_out, where

Counts = NDArray[np.int32]


@dataclass(eq=False)
class Counter:
    """
    A line's cells with the number of cameras over each; build it by `of`.

    Counts are whole numbers, so that no order of changes leaves a rest behind; lengths are added up when asked.

    Attributes
    ----------
    sure_n
        How many working cameras surely see each cell.
    any_n
        How many cameras see each cell or might: those, and what is only possible.
    """

    sure_n: Counts
    any_n: Counts
    _cells: Cells
    _row: Ints  # of each interval its camera, sorted
    _sure: Flags
    _begin: list[int]  # of each camera its first interval, and one more
    _spans: list[tuple[int, int, bool]]
    _works: Flags = field(repr=False)
    _may: Flags = field(repr=False)

    @classmethod
    def of(cls, length_m: float, row: Ints, from_m: Floats, to_m: Floats, sure: Flags, cameras: int) -> "Counter":
        """
        Cut a line at the ends of what cameras cover of it; no camera works yet.

        Parameters
        ----------
        row, from_m, to_m, sure
            One entry an interval: its camera (0 to cameras - 1), chainages [m], and whether the camera surely sees
            it while it works. Intervals of one camera that are alike in `sure` do not overlap.
        """
        order = np.argsort(row, kind="stable")
        row, sure = np.asarray(row, np.int64)[order], np.asarray(sure, bool)[order]
        cells = Cells.of(np.asarray(from_m, np.float64)[order], np.asarray(to_m, np.float64)[order], length_m)
        none = np.zeros(len(cells.edges_m) - 1, np.int32)
        begin = np.searchsorted(row, np.arange(cameras + 1)).tolist()
        spans = list(zip(cells.first.tolist(), cells.last.tolist(), sure.tolist(), strict=True))
        off = np.zeros(cameras, bool)
        return cls(none, none.copy(), cells, row, sure, begin, spans, off, off.copy())

    @property
    def edges_m(self) -> Floats:
        """Chainages of the cuts between cells, shape (cells + 1,). [m]"""
        return self._cells.edges_m

    @property
    def cameras(self) -> int:
        """How many cameras there are, those that see nothing of the line among them."""
        return len(self._works)

    @property
    def length_m(self) -> float:
        """Length of the line. [m]"""
        return float(self.edges_m[-1])

    def copy(self) -> "Counter":
        """A counter of its own, to try things on."""
        return Counter(
            self.sure_n.copy(), self.any_n.copy(), self._cells, self._row, self._sure, self._begin, self._spans,
            self._works.copy(), self._may.copy(),
        )  # fmt: skip

    def set_all(self, works: Flags, may: Flags) -> None:
        """
        Count anew.

        Parameters
        ----------
        works
            Of each camera, whether it surely works.
        may
            Whether it works or might; counted also where `works` says so.
        """
        self._works, self._may = np.array(works, bool), np.array(may, bool) | np.asarray(works, bool)
        firm, of = self._firm
        self.sure_n = self._count(firm[self._works[of]])
        self.any_n = self._count(self._may[self._row])

    def flip(self, camera: int, works: bool, may: bool) -> bool:
        """Learn that a camera works, might, or neither; whether anything of the line changed with it."""
        may = may or works
        sure_step = int(works) - int(self._works[camera])
        any_step = int(may) - int(self._may[camera])
        if not sure_step and not any_step:
            return False
        self._works[camera], self._may[camera] = works, may
        changed = False
        for first, last, sure in self._spans[self._begin[camera] : self._begin[camera + 1]]:
            if any_step:
                self.any_n[first:last] += any_step
                changed = True
            if sure_step and sure:
                self.sure_n[first:last] += sure_step
                changed = True
        return changed

    def at_stake(self, camera: int) -> Floats:
        """Stretches that hang on a camera alone: what its fall opens, or its return closes; shape (n, 2). [m]"""
        others = int(self._works[camera])  # its own count is among those of its cells
        found = [
            where(self.edges_m[first : last + 1], self.sure_n[first:last] == others)
            for first, last, sure in self._spans[self._begin[camera] : self._begin[camera + 1]]
            if sure
        ]
        return np.concatenate(found) if found else np.zeros((0, 2))

    def gaps(self, *, sure: bool = True) -> Floats:
        """Stretches no working camera surely sees, or (`sure=False`) none even might; shape (n, 2). [m]"""
        return where(self.edges_m, (self.sure_n if sure else self.any_n) == 0)

    def covered_m(self, *, sure: bool = True) -> float:
        """Length that is surely seen, or (`sure=False`) surely or possibly. [m]"""
        seen = (self.sure_n if sure else self.any_n) > 0
        return float(np.diff(self.edges_m)[seen].sum())

    def longest_m(self, *, sure: bool = True) -> float:
        """The longest gap. [m]"""
        return float(np.diff(self.gaps(sure=sure), axis=1).max(initial=0.0))

    def mean_gap_m(self, *, sure: bool = True) -> float:
        """
        Length of the gap a place of the line lies in, on average over the line: sum of squares over the length.

        Unlike the mean of the gaps it does not shrink where one of them is cut in two by a sliver. [m]
        """
        return float((np.diff(self.gaps(sure=sure), axis=1) ** 2).sum() / self.length_m)

    def redundancy_m(self, most: int = 3) -> Floats:
        """Length surely seen by 0, 1, 2, ... cameras; the last entry is `most` or more. [m]"""
        seen = np.minimum(self.sure_n, most)
        return np.bincount(seen, weights=np.diff(self.edges_m), minlength=most + 1).astype(np.float64)

    def losses(self, group: Ints, groups: int) -> dict[str, Floats]:
        """
        What would be lost with each group of cameras (each camera, a pole, a network), all groups at once.

        Parameters
        ----------
        group
            Of each camera, 0 to groups - 1; below 0: it belongs to none.

        Returns
        -------
        losses
            Lengths by group [m]: certain_m (only it surely sees), open_m (of these, nothing else even might see),
            any_m (only it sees or might), most_m (it sees or might, and nobody else surely does).
        """
        mine, surely = group[self._row], self._sure & self._works[self._row]
        counted = np.flatnonzero(self._may[self._row] & (mine >= 0))
        which, cell = laid_out(self._cells.first[counted], self._cells.last[counted])
        pair, place = np.unique(mine[counted][which] * len(self.any_n) + cell, return_inverse=True)
        any_n = np.bincount(place, minlength=len(pair))
        sure_n = np.bincount(place[surely[counted][which]], minlength=len(pair))
        of, cell = np.divmod(pair, len(self.any_n))
        most, any_ = sure_n == self.sure_n[cell], any_n == self.any_n[cell]
        certain, step = most & (sure_n > 0), np.diff(self.edges_m)[cell]
        lost = {"certain_m": certain, "open_m": certain & any_, "any_m": any_, "most_m": most}
        return {
            name: np.bincount(of[so], weights=step[so], minlength=groups).astype(np.float64)
            for name, so in lost.items()
        }

    @cached_property
    def _firm(self) -> tuple[Ints, Ints]:
        """Intervals that are surely seen, and their cameras: half of all, as most cameras have both kinds."""
        firm = np.flatnonzero(self._sure)
        return firm, self._row[firm]

    def _count(self, counted: Flags | Ints) -> Counts:
        return self._cells.count(counted).astype(np.int32)
