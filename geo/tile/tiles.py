"""
Cameras -> vector tiles: clusters far out, cameras near, and from close by the ground they cover.

A layout is made once an inventory, and once a filter; statuses are laid over it in milliseconds. Positions are web
Mercator with y down, as tile addresses count, in 2^32ths of the world (9 mm): a tile's unit is then a shift away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.tile.mvt import EXTENT, Ints, point_layer

CAMERA_ZOOM = 13  # clusters below
SECTOR_ZOOM = 15
MAX_ZOOM = 16  # nearer, the map enlarges these tiles: a unit is 0.15 m
CLUSTER_CELLS = 8  # cells a tile's side; 64 px each on the 512 px tiles of deck.gl
STATUSES = ("unknown", "up", "down", "degraded", "maintenance")  # index = code, the same everywhere
WORST_FIRST = (2, 3, 0, 4, 1)
_SEVERITY = -np.argsort(WORST_FIRST)  # by status code; the worst is the greatest
Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Fixed = NDArray[np.uint32]  # web Mercator, the world from 0 to 2^32

_BITS = 32  # of a position
_DEPTH = 24  # bits of it in the Morton order; any tile up to that zoom is one run of rows
_CELL_BITS = CLUSTER_CELLS.bit_length() - 1
_UNIT_BITS = EXTENT.bit_length() - 1
_CELL_UNITS = EXTENT // CLUSTER_CELLS
_PX_UNITS = EXTENT // 512  # of a pixel, where a tile is drawn at its own size
_MERCATOR_LAT = 85.0511287


@dataclass(frozen=True)
class _Cells:
    """The cells of one zoom that hold a camera."""

    starts: NDArray[np.int32]  # first row of each, and the number of rows at the end
    x: Fixed  # mean position of its cameras
    y: Fixed


@dataclass(frozen=True)
class Layout:
    """Where cameras lie, one entry a camera in Morton order."""

    ids: Ints  # in the caller's order, of every camera
    order: NDArray[np.int32]  # the caller's row of each camera
    morton: NDArray[np.uint64]
    x: Fixed
    y: Fixed
    cells: tuple[_Cells, ...]  # a zoom each, below CAMERA_ZOOM

    def only(self, keep: Flags) -> "Layout":
        """Return the layout of some of the cameras: `keep` has an entry a camera, in the caller's order."""
        chosen = np.flatnonzero(keep[self.order])
        return _laid_out(self.ids, self.order[chosen], self.morton[chosen], self.x[chosen], self.y[chosen])

    def runs(self, z: int, x: ArrayLike, y: ArrayLike) -> Ints:
        """First row of each tile of a zoom, and the row after its last; shape (tiles, 2)."""
        return runs(self.morton, z, x, y)


@dataclass(frozen=True)
class Tiles:
    """A layout and the statuses of one moment; never changes, so any thread may read it."""

    layout: Layout
    status: Codes  # of each camera of the layout, in its order
    counts: tuple[NDArray[np.int32], ...]  # a zoom each, shape (cells, statuses)

    def tile(self, z: int, x: int, y: int, only: frozenset[int] | None = None) -> bytes:
        """
        Bytes of a tile's cameras; empty where there are none.

        Layers: `clusters` (n, a count a status, worst, label, r, lon, lat) or `cams` (st: status code). The
        ground they cover is `geo.tile.grounds.Ground.tile`.

        Parameters
        ----------
        only
            Status codes to show; all unless given.

        Raises
        ------
        ValueError
            If there is no such tile.
        """
        check_address(z, x, y)
        return self._clusters(z, x, y, only) if z < CAMERA_ZOOM else self._cameras(z, x, y, only)

    def _clusters(self, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        cells = self.layout.cells[z]
        first, last = np.searchsorted(cells.starts, self.layout.runs(z, x, y)[0])
        counts = self.counts[z][first:last]
        if only is not None:
            counts = np.where(np.isin(np.arange(len(STATUSES)), list(only)), counts, 0)
        total = counts.sum(axis=1)
        shown = np.flatnonzero(total)
        if not len(shown):
            return b""
        counts, total = counts[shown], total[shown]
        radius_px = np.round(8 + 4 * np.log10(total)).astype(np.int64)
        across, at_x = _with_room(cells.x[first:last][shown], z, x, radius_px)
        down, at_y = _with_room(cells.y[first:last][shown], z, y, radius_px)
        lon, lat = lonlat(at_x, at_y)
        columns = {
            "n": total,
            **{name: counts[:, code] for code, name in enumerate(STATUSES)},
            "worst": np.array(WORST_FIRST)[np.argmax(counts[:, WORST_FIRST] > 0, axis=1)],
            "label": [_short(number) for number in total.tolist()],
            "r": radius_px,
            "lon": np.round(lon, 4),
            "lat": np.round(lat, 4),
        }
        return point_layer("clusters", across, down, columns)

    def _cameras(self, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        layout = self.layout
        first, last = layout.runs(z, x, y)[0]
        status = self.status[first:last]
        # the worst is drawn last: of several cameras on one mast it lies on top
        rows = np.argsort(_SEVERITY[status], kind="stable")
        if only is not None:
            rows = rows[np.isin(status[rows], list(only))]
        if not len(rows):
            return b""
        ids = layout.ids[layout.order[first:last][rows]]
        across = _units(layout.x[first:last][rows], z, x)
        down = _units(layout.y[first:last][rows], z, y)
        return point_layer("cams", across, down, {"st": status[rows]}, ids)


def lay_out(ids: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> Layout:
    """Put cameras in order for tiles: one entry a camera; WGS 84 [°]."""
    x, y = _fixed(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    morton = _morton(x >> np.uint32(_BITS - _DEPTH), y >> np.uint32(_BITS - _DEPTH))
    order = np.argsort(morton, kind="stable").astype(np.int32)
    return _laid_out(np.asarray(ids, np.int64), order, morton[order], x[order], y[order])


def with_status(layout: Layout, status: Codes) -> Tiles:
    """Lay the statuses of one moment, of every camera in the caller's order, over a layout."""
    ordered = status[layout.order]
    each = ordered == np.arange(len(STATUSES), dtype=np.uint8)[:, None]
    finest = layout.cells[-1].starts
    counts = [_summed(each, finest[:-1])]
    for cells in layout.cells[-2::-1]:
        # a cell's rows are whole cells of the zoom below: add those up instead of cameras
        counts.append(_summed(counts[-1].T, np.searchsorted(finest[:-1], cells.starts[:-1])))
        finest = cells.starts
    return Tiles(layout, ordered, tuple(reversed(counts)))


def check_address(z: int, x: int, y: int) -> None:
    """Raise ValueError if there is no such tile."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise ValueError(f"there is no tile {z}/{x}/{y}: zoom 0-{MAX_ZOOM}, x and y below 2^zoom")


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return x and y of the tile a place lies in at a zoom."""
    x, y = _fixed(np.array([lon]), np.array([lat]))
    return int(x[0]) >> (_BITS - z), int(y[0]) >> (_BITS - z)


def runs(morton: NDArray[np.uint64], z: int, x: ArrayLike, y: ArrayLike) -> Ints:
    """First of the sorted Morton numbers inside each tile of a zoom, and the one after the last; (tiles, 2)."""
    key = _morton(np.atleast_1d(x), np.atleast_1d(y))
    ends = np.stack([key, key + np.uint64(1)], axis=1) << np.uint64(2 * (_DEPTH - z))
    return np.searchsorted(morton, ends).astype(np.int64)


def lonlat(x: Fixed, y: Fixed) -> tuple[Floats, Floats]:
    """Longitude and latitude of positions, WGS 84. [°]"""
    return (x / 2**_BITS - 0.5) * 360, np.degrees(np.arctan(np.sinh((0.5 - y / 2**_BITS) * 2 * np.pi)))


def _laid_out(ids: Ints, order: NDArray[np.int32], morton: NDArray[np.uint64], x: Fixed, y: Fixed) -> Layout:
    cells, starts = list[_Cells](), np.arange(len(morton), dtype=np.int32)
    sums = np.stack([x, y]).astype(np.float64)
    for zoom in reversed(range(CAMERA_ZOOM)):
        # each zoom is made of the cells of the one below it, of which there are fewer and fewer
        cell = morton[starts] >> np.uint64(2 * (_DEPTH - zoom - _CELL_BITS))
        first = np.flatnonzero(np.append(True, cell[1:] != cell[:-1])) if len(cell) else np.zeros(0, np.int64)
        starts, sums = starts[first], np.add.reduceat(sums, first, axis=1) if len(first) else sums
        ends = np.append(starts, len(morton)).astype(np.int32)
        mean = (sums / np.maximum(np.diff(ends), 1)).astype(np.uint32)
        cells.append(_Cells(ends, mean[0], mean[1]))
    return Layout(ids, order, morton, x, y, tuple(reversed(cells)))


def _summed(each: NDArray[np.generic], starts: NDArray[np.integer]) -> NDArray[np.int32]:
    """Sums of columns from each start to the next, shape (starts, rows of `each`)."""
    if not len(starts):
        return np.zeros((0, len(each)), np.int32)
    return np.ascontiguousarray(np.add.reduceat(each, starts, axis=1, dtype=np.int32).T)


def _fixed(lon: Floats, lat: Floats) -> tuple[Fixed, Fixed]:
    below_one = np.nextafter(1.0, 0.0)
    phi = np.radians(np.clip(lat, -_MERCATOR_LAT, _MERCATOR_LAT))
    x, y = lon / 360 + 0.5, 0.5 - np.arcsinh(np.tan(phi)) / (2 * np.pi)
    across, down = (np.floor(np.clip(v, 0.0, below_one) * 2.0**_BITS).astype(np.uint32) for v in (x, y))
    return across, down


def _units(at: Fixed, z: int, tile: int) -> Ints:
    return (at >> np.uint32(_BITS - _UNIT_BITS - z)).astype(np.int64) - (tile << _UNIT_BITS)


def _with_room(at: Fixed, z: int, tile: int, radius_px: Ints) -> tuple[Ints, Fixed]:
    """
    Move discs into their cells, as far as they are wide, so that no two of them hide each other's count.

    Returns
    -------
    units, position
        In the tile, and in the world.
    """
    units = _units(at, z, tile)
    cell, room = units // _CELL_UNITS * _CELL_UNITS, np.minimum(radius_px * _PX_UNITS, _CELL_UNITS // 2)
    moved: Ints = np.clip(units, cell + room, cell + _CELL_UNITS - np.maximum(room, 1))
    return moved, (at.astype(np.int64) + (moved - units << _BITS - _UNIT_BITS - z)).astype(np.uint32)


def _morton(x: NDArray[np.generic], y: NDArray[np.generic]) -> NDArray[np.uint64]:
    return _spread(x) | _spread(y) << np.uint64(1)


def _spread(values: ArrayLike) -> NDArray[np.uint64]:
    """Put a zero bit before each of the 24 bits of a whole number."""
    out = np.asarray(values).astype(np.uint64)
    for shift, mask in (
        (16, 0xFFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        out = (out | out << np.uint64(shift)) & np.uint64(mask)
    return out


def _short(number: int) -> str:
    """874, 1.2k, 12k, 1.2M: short enough for a disc on the map."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}{letter}" if number < 10 * size else f"{number // size}{letter}"
    return str(number)
