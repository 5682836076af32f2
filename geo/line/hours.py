"""How long each cell of a line was seen, from the times each camera worked; whole microseconds, exact."""

from typing import NamedTuple

import numpy as np

from geo.line.gaps import Ints


class _Alike(NamedTuple):
    """Cells that equally many cameras see."""

    cell: Ints
    camera: Ints  # of each of those cells its cameras, shape (cells, cameras)


def covered_us(
    first: Ints, last: Ints, camera: Ints, cells: int, begin_us: Ints, end_us: Ints, span_us: int
) -> Ints:
    """
    Time each cell was seen by at least one camera. [µs]

    Parameters
    ----------
    first, last, camera
        Of each interval the cells [first, last) it lies over, and whose it is; a camera may see a cell twice.
    cells
        How many cells there are.
    begin_us, end_us
        When each camera worked, shape (cameras, k): stretches [begin, end) since the window began, in their order
        and apart; a camera with fewer of them is filled up with empty ones at `span_us`.
    span_us
        How long the window is.

    Returns
    -------
    covered_us
        Of each cell, shape (cells,).
    """
    covered = np.zeros(cells, np.int64)
    alone_us = (end_us - begin_us).sum(axis=1)
    for alike in _alike(first, last, camera, cells):
        count = alike.camera.shape[1]
        if count == 1:
            covered[alike.cell] = alone_us[alike.camera[:, 0]]
            continue
        # Sorted apart, the n-th beginning after the n-th end leaves nobody looking between them, and only then.
        begins = np.sort(begin_us[alike.camera].reshape(len(alike.cell), -1), axis=1)
        ends = np.sort(end_us[alike.camera].reshape(len(alike.cell), -1), axis=1)
        unseen = np.maximum(begins[:, 1:] - ends[:, :-1], 0).sum(axis=1)
        covered[alike.cell] = span_us - begins[:, 0] - (span_us - ends[:, -1]) - unseen
    return covered


def _alike(first: Ints, last: Ints, camera: Ints, cells: int) -> list[_Alike]:
    """Group cells by how many cameras see them, so that each group is a table without holes."""
    size = last - first
    cell = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - first, size)
    most = int(camera.max(initial=0)) + 1
    cell, of = np.divmod(np.unique(cell * most + np.repeat(camera, size)), most)
    count = np.bincount(cell, minlength=cells)
    start = np.cumsum(count) - count
    groups = []
    for number in np.unique(count[count > 0]).tolist():
        which = np.flatnonzero(count == number)
        groups.append(_Alike(which, of[start[which][:, None] + np.arange(number)]))
    return groups
