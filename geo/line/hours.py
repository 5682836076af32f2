"""How long each cell of a line was seen, from the times each camera worked; whole microseconds, exact."""

from dataclasses import dataclass

import numpy as np

from geo.line.gaps import Ints, laid_out


@dataclass(frozen=True, eq=False)
class Watchers:
    """Which cameras see which cells of a line; build it by `of`, once for a geometry."""

    cells: int
    _alike: tuple[tuple[Ints, Ints], ...]  # cells that equally many see, and of each those: (n,) and (n, cameras)

    @classmethod
    def of(cls, first: Ints, last: Ints, camera: Ints, cells: int) -> "Watchers":
        """
        Group cells by how many cameras see them, so that each group is a table without holes.

        Parameters
        ----------
        first, last, camera
            Of each interval the cells [first, last) it lies over, and whose it is; a camera may see a cell twice.
        cells
            How many cells there are.
        """
        which, cell = laid_out(first, last)
        most = int(camera.max(initial=0)) + 1
        cell, of = np.divmod(np.unique(cell * most + camera[which]), most)
        count = np.bincount(cell, minlength=cells)
        start = np.cumsum(count) - count
        groups = []
        for number in np.unique(count[count > 0]).tolist():
            which = np.flatnonzero(count == number)
            groups.append((which, of[start[which][:, None] + np.arange(number)]))
        return cls(cells, tuple(groups))

    def covered_us(self, begin_us: Ints, end_us: Ints) -> Ints:
        """
        Time each cell was seen by at least one camera, shape (cells,). [µs]

        Parameters
        ----------
        begin_us, end_us
            When each camera worked, shape (cameras, k): stretches [begin, end) in their order and apart; a camera
            with fewer of them is filled up with empty ones at the window's end.
        """
        covered = np.zeros(self.cells, np.int64)
        alone_us = (end_us - begin_us).sum(axis=1)
        for cell, camera in self._alike:
            if camera.shape[1] == 1:
                covered[cell] = alone_us[camera[:, 0]]
                continue
            # Sorted apart, what lies between an end and the next beginning is when nobody looked, and only that.
            begins = np.sort(begin_us[camera].reshape(len(cell), -1), axis=1)
            ends = np.sort(end_us[camera].reshape(len(cell), -1), axis=1)
            unseen = np.maximum(begins[:, 1:] - ends[:, :-1], 0).sum(axis=1)
            covered[cell] = ends[:, -1] - begins[:, 0] - unseen
        return covered
