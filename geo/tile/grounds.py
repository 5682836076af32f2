"""
The ground cameras cover -> polygons of vector tiles, drawn from each camera's pose for the tile that is asked for.

A sector is worked out on the ellipsoid to the second order, as in `see.sector`, straight in the tile's units: a
million polygons are never held. What reaches over from a neighbour is found by classes of reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.crs import SEMI_MAJOR_M, radii_m
from geo.see.poses import Poses
from geo.tile.cuts import Cut, in_tile
from geo.tile.mvt import EXTENT, Ints, polygon_layer
from geo.tile.tiles import Codes, Fixed, Floats, Layout, check_address, lonlat, runs

# Cameras are looked for class by class, each in the tiles its reach can touch: few reach far.
_REACHES_M = (150.0, 600.0, 2_400.0, 10_000.0, np.inf)
_DEEPEST = 19  # zoom of the smallest tiles they are looked for in
_STEP_DEG = 10.0  # of an arc, at least: its chord is 0.4 % of the range off
_OFF_UNITS = 1.0  # what a chord may be off where that is more
_STEPS = np.array([6, 12, 24])  # few different vertex counts, so that a tile is a handful of batches
_FULL_DEG = 360.0
_HARDLY = 0.1
_FLAT_M = 1_000.0  # up to here the ground is flat to a tile's unit: 8 cm off
_WORLD_M = 2 * np.pi * SEMI_MAJOR_M
_BITS = 32
Singles = NDArray[np.float32]


@dataclass(frozen=True)
class _Class:
    reach_m: float
    rows: NDArray[np.int32]  # of the layout
    morton: NDArray[np.uint64]


@dataclass(frozen=True)
class Ground:
    """What the cameras of a layout cover at one level and light, as `geo.see.poses` tells it, in its order."""

    layout: Layout
    at: NDArray[np.int32]  # place in the layout of each entry's camera, rising
    bearing_deg: Singles
    forward_m: Singles
    hfov_deg: Singles
    near_m: Singles
    range_m: Singles
    possible: Codes
    classes: tuple[_Class, ...]
    cut: Cut | None  # cameras something may hide ground from

    def tile(self, status: Codes, z: int, x: int, y: int, only: frozenset[int] | None = None) -> bytes:
        """
        Layer `sectors` of a tile (st: status code, poss: 1 if only possible); empty where there is none.

        Polygons overhang the tile; each tile they touch holds them whole, so that they fit together at its seams.

        Parameters
        ----------
        status
            Status code of each camera of the layout, in its order.
        only
            Status codes to show; all unless given.

        Raises
        ------
        ValueError
            If there is no such tile.
        """
        check_address(z, x, y)
        rows = self._reaching(z, x, y)
        if only is not None:
            rows = rows[np.isin(status[self.at[rows]], list(only))]
        cut = _Drawn.none()
        if self.cut is not None:
            cut = _Drawn.of(self.cut, self.layout, self.at[rows].astype(np.int64), z, x, y)
            rows = rows[~np.isin(self.at[rows], cut.instead_of)]
        batches = [*self._batches(rows, z, x, y), *cut.batches(len(rows))]
        if not batches:
            return b""
        at = np.concatenate([self.at[rows], cut.at])
        possible = np.concatenate([self.possible[rows], cut.possible])
        ids = self.layout.ids[self.layout.order[at]]
        return polygon_layer("sectors", batches, {"st": status[at], "poss": possible}, ids)

    def _reaching(self, z: int, x: int, y: int) -> Ints:
        """Entries whose reach, taken all round their cameras, touches a tile; in order."""
        found = [_around(one, z, x, y) for one in self.classes]
        rows = np.sort(np.concatenate([*found, np.zeros(0, np.int64)]))
        x_units, y_units = self.layout.x[self.at[rows]], self.layout.y[self.at[rows]]
        at_x, at_y = x_units / 2.0**_BITS * 2**z - x, y_units / 2.0**_BITS * 2**z - y
        reach = (self.range_m[rows] + np.abs(self.forward_m[rows])) * 1.01 / _tile_m(y_units, z)
        touching = (at_x > -reach) & (at_x < 1 + reach) & (at_y > -reach) & (at_y < 1 + reach)
        reached: Ints = rows[touching]
        return reached

    def _batches(self, rows: Ints, z: int, x: int, y: int) -> Iterator[tuple[Ints, tuple[int, ...], Ints]]:
        hfov, near, reach = self.hfov_deg[rows], self.near_m[rows], self.range_m[rows]
        full, ringed = hfov >= _FULL_DEG, near > 0
        middle = np.array([(2 * y + 1) << (_BITS - z - 1)], np.uint32)
        unit_m = float(_tile_m(middle, z)[0]) / EXTENT
        outer = _steps(hfov, reach / unit_m)
        inner = np.where(ringed, np.minimum(_steps(hfov, near / unit_m), outer), 0)
        inner = np.where(inner > _STEPS[0], outer, inner)
        poses, shapes = _Poses.of(self, rows, z), outer + 100 * inner + 10_000 * full
        for shape in np.unique(shapes).tolist():
            chosen = np.flatnonzero(shapes == shape)
            is_full, count, count_near = shape >= 10_000, shape % 100, shape // 100 % 100
            pose = poses.some(chosen)
            parts = [pose.arc(reach[chosen], count, is_full)]
            sizes: tuple[int, ...] = (count,) if is_full else (count + 2,)
            if count_near:
                parts.append(pose.arc(near[chosen], count_near, is_full)[:, ::-1])
                sizes = (count, count_near) if is_full else (count + count_near + 2,)
            elif not is_full:
                parts.insert(0, pose.apex)
            units = np.floor(np.concatenate(parts, axis=1)).astype(np.int32)  # of the world: below 2^28
            yield from _inside(chosen, sizes, units, x, y)

    @classmethod
    def of(cls, layout: Layout, poses: Poses, cut: Cut | None = None) -> "Ground":
        """Return the ground of a layout's cameras; rows of `poses` are in the caller's order."""
        poses = poses.of(~_hardly_more(poses))
        place = np.empty(len(layout.order), np.int32)
        place[layout.order] = np.arange(len(layout.order), dtype=np.int32)
        order = np.argsort(place[poses.row], kind="stable")
        at = place[poses.row[order]]
        reach = (poses.range_m + np.abs(poses.forward_m))[order]
        classes, below = [], 0.0
        for most in _REACHES_M:
            rows = np.flatnonzero((reach > below) & (reach <= most)).astype(np.int32)
            if len(rows):
                # the name of the class that never ends is its longest member
                classes.append(_Class(min(most, float(reach[rows].max())), rows, layout.morton[at[rows]]))
            below = most
        return cls(
            layout,
            at,
            poses.bearing_deg[order].astype(np.float32),
            poses.forward_m[order].astype(np.float32),
            poses.hfov_deg[order].astype(np.float32),
            poses.near_m[order].astype(np.float32),
            poses.range_m[order].astype(np.float32),
            (~poses.certain[order]).astype(np.uint8),
            tuple(classes),
            cut,
        )


@dataclass(frozen=True)
class _Drawn:
    """Polygons of cameras something hides ground from, in units of a tile."""

    instead_of: Ints  # places in the layout of those cameras, which are not drawn from their poses
    at: Ints  # place of each polygon's camera
    possible: Codes
    rings: list[tuple[int, tuple[int, ...], Ints]]

    @classmethod
    def none(cls) -> "_Drawn":
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8), [])

    @classmethod
    def of(cls, cut: Cut, layout: Layout, at: Ints, z: int, x: int, y: int) -> "_Drawn":
        """Those of the cameras at some places of a layout."""
        at = np.unique(at)
        by_row = np.argsort(layout.order[at])
        rows = layout.order[at][by_row].astype(np.int64)  # in the order of the cameras' table
        rows_cut, row, possible, polygons = cut.drawn(rows)
        places = at[by_row]
        where = places[np.searchsorted(rows, row)]
        rings = list(in_tile(polygons, z, x, y))
        return cls(places[np.searchsorted(rows, rows_cut)], where, possible.astype(np.uint8), rings)

    def batches(self, first: int) -> Iterator[tuple[Ints, tuple[int, ...], Ints]]:
        """The polygons, as rows from `first` on."""
        for entry, sizes, vertices in self.rings:
            yield np.array([first + entry]), sizes, vertices


@dataclass(frozen=True)
class _Poses:
    """Positions and axes of n cameras, in units of a zoom, ready for arcs; points come before cameras: quicker."""

    # x, y, first [rad], hfov [rad], radii of curvature across and along [m], cosine and tangent of the latitude
    numbers: Floats  # shape (8, n)
    per_radian: float

    @classmethod
    def of(cls, ground: Ground, rows: Ints, z: int) -> "_Poses":
        x, y = ground.layout.x[ground.at[rows]], ground.layout.y[ground.at[rows]]
        _, lat = lonlat(x, y)
        axis, hfov = (np.radians(a[rows].astype(np.float64)) for a in (ground.bearing_deg, ground.hfov_deg))
        scale, phi = 2.0 ** (z - _BITS) * EXTENT, np.radians(lat)
        standing = np.stack([x * scale, y * scale, axis, hfov, *radii_m(lat), np.cos(phi), np.tan(phi)])
        poses = cls(standing, EXTENT * 2**z / (2 * np.pi))
        if ground.forward_m[rows].any():
            standing[:2] = poses.arc(ground.forward_m[rows], 1, full=True)[:, 0]
        standing[2] -= hfov / 2
        return poses

    def some(self, chosen: Ints) -> "_Poses":
        """Return those of some of the cameras."""
        return _Poses(self.numbers[:, chosen], self.per_radian)

    @property
    def apex(self) -> Floats:
        """Where the cameras stand, shape (2, 1, n)."""
        return self.numbers[:2, None]

    def arc(self, range_m: Singles, steps: int, full: bool) -> Floats:
        """Points of arcs from left to right, shape (2, points, n), in units of the whole world."""
        x, y, first, hfov, across_m, along_m, cosine, tangent = self.numbers
        share = np.arange(steps if full else steps + 1, dtype=np.float32)[:, None] / np.float32(steps)
        angle = first.astype(np.float32) + hfov.astype(np.float32) * share
        reach = range_m.astype(np.float64)
        east = np.sin(angle) * (reach / (across_m * cosine))
        north = np.cos(angle) * (reach / along_m)
        if reach.size and reach.max() > _FLAT_M:
            # as in geo.see.sector: the second order of the direct geodesic; then that of Mercator's stretching
            turned = east * cosine
            east = east * (1 + tangent * north * (along_m / across_m))
            north = north - tangent * turned * turned * (across_m / (2 * along_m))
            north = north * (1 + north * tangent / 2)
        points = np.empty((2, *angle.shape))
        np.add(x, east * self.per_radian, out=points[0])
        np.subtract(y, north * (self.per_radian / cosine), out=points[1])
        return points


def _hardly_more(poses: Poses) -> NDArray[np.bool_]:
    """What a camera may see where no map would show that it is more than what it surely sees."""
    more = np.zeros(len(poses.row), bool)
    sure, may = slice(None, -1), slice(1, None)
    limit_m = _HARDLY * poses.range_m[sure]
    more[may] = (
        (poses.row[may] == poses.row[sure]) & poses.certain[sure] & ~poses.certain[may]
        & (poses.bearing_deg[may] == poses.bearing_deg[sure])
        & (poses.hfov_deg[may] <= (1 + _HARDLY) * poses.hfov_deg[sure])
        & (poses.range_m[may] - poses.range_m[sure] <= limit_m)
        & (poses.near_m[sure] - poses.near_m[may] <= limit_m)
        & (np.abs(poses.forward_m[may] - poses.forward_m[sure]) <= limit_m)
    )  # fmt: skip
    return more


def _around(one: _Class, z: int, x: int, y: int) -> Ints:
    """Rows of a class in the tiles from which its reach can touch a tile."""
    deep = int(np.clip(np.floor(np.log2(0.9 * _WORLD_M / one.reach_m)), 0, _DEEPEST))
    if deep >= z:
        columns, rows = ((at << deep - z, (at + 1 << deep - z) - 1) for at in (x, y))
    else:
        columns, rows = ((at >> z - deep,) * 2 for at in (x, y))
    most = (1 << deep) - 1
    across, down = (np.arange(max(begin - 1, 0), min(end + 1, most) + 1) for begin, end in (columns, rows))
    found = runs(one.morton, deep, *(grid.ravel() for grid in np.meshgrid(across, down)))
    parts = [one.rows[begin:end] for begin, end in found.tolist() if end > begin]
    return np.concatenate([*parts, np.zeros(0, np.int32)]).astype(np.int64)


def _steps(hfov_deg: Singles, reach_units: Singles) -> Ints:
    """Steps in which arcs are drawn: as many as their size in the tile asks for."""
    # a chord over an angle a is reach · (1 - cos(a/2)) off, nearly reach · a² / 8
    wide_deg = np.degrees(np.sqrt(8 * _OFF_UNITS / np.maximum(reach_units, _OFF_UNITS)))
    needed = hfov_deg / np.maximum(wide_deg, _STEP_DEG)
    steps: Ints = _STEPS[np.minimum(np.searchsorted(_STEPS, needed), len(_STEPS) - 1)]
    return steps


def _tile_m(y: Fixed, z: int) -> Floats:
    """Width of a tile on the ground where cameras stand. [m]"""
    metres: Floats = _WORLD_M / np.cosh((0.5 - y / 2.0**_BITS) * 2 * np.pi) / 2**z
    return metres


def _inside(
    rows: Ints, sizes: tuple[int, ...], units: NDArray[np.int32], x: int, y: int
) -> Iterator[tuple[Ints, tuple[int, ...], Ints]]:
    """
    Those polygons that have an area left and touch the tile, in its units; holes too small to see are filled.

    `units` are of the whole world, shape (2, vertices, n); what is returned has the shape (n, vertices, 2).
    """
    units = units - np.array([x, y], np.int32)[:, None, None] * np.int32(EXTENT)
    here = ((units.max(axis=1) >= 0) & (units.min(axis=1) <= EXTENT)).all(axis=0)
    here &= _area(units[:, : sizes[0]]) > 0
    kept = [(here, sizes)]
    if len(sizes) > 1:
        holes = here & (_area(units[:, sizes[0] :]) < 0)
        kept = [(holes, sizes), (here & ~holes, sizes[:1])]
    for which, rings in kept:
        if which.any():
            yield rows[which], rings, np.ascontiguousarray(units[:, : sum(rings), which].transpose(2, 1, 0))


def _area(ring: NDArray[np.int32]) -> Ints:
    """Twice the signed area of rings, shape (2, vertices, n); above 0 is clockwise as seen."""
    x, y = (ring - ring[:, :1]).astype(np.int64)
    cross: Ints = (x[:-1] * y[1:] - x[1:] * y[:-1]).sum(axis=0)
    return cross
