"""
Cameras -> vector tiles: clusters far out, cameras near, and the ground they cover as polygons.

A layout is built once an inventory; statuses are laid over it in milliseconds. Positions are web Mercator, the
whole world 0-1 with y down, as tile addresses count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.mvt import EXTENT, Ints, point_layer, polygon_layer

CAMERA_ZOOM = 13  # clusters below
SECTOR_ZOOM = 13
MAX_ZOOM = 16  # nearer, the map enlarges these tiles: a unit is 0.15 m
CLUSTER_CELLS = 8  # cells a tile's side; 64 px each on the 512 px tiles of deck.gl
MOST_VERTICES = 24  # of a ring
STATUSES = ("unknown", "up", "down", "degraded", "maintenance")  # index = code, the same everywhere
WORST_FIRST = (2, 3, 0, 4, 1)
_SEVERITY = -np.argsort(WORST_FIRST)  # by status code; the worst is the greatest
Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

_DEPTH = 24  # bits of a position in the Morton order; any tile up to that zoom is one run of rows
_CELL_BITS = CLUSTER_CELLS.bit_length() - 1
_MERCATOR_LAT = 85.0511287
_FINEST = 0.004  # first tolerance of the simplification, as a share of the polygon's size


@dataclass(frozen=True)
class _Clusters:
    starts: Ints  # first row of each cell, and the number of rows at the end
    x: Floats
    y: Floats


@dataclass(frozen=True)
class _Polygons:
    """Simplified ground polygons; those with rings of the same sizes are encoded together."""

    row: Ints  # of the camera, in the caller's order
    possible: Codes
    sizes: list[tuple[int, ...]]  # distinct ring sizes
    kind: Ints  # of each polygon, into `sizes`
    offset: Ints  # of each polygon's first vertex
    vertices: Floats
    tree: shapely.STRtree


@dataclass(frozen=True)
class Layout:
    """Where everything lies, in Morton order."""

    order: Ints  # the caller's row of each camera
    position: Ints  # of each of the caller's rows in that order
    morton: NDArray[np.uint64]
    ids: Ints
    x: Floats
    y: Floats
    kind: NDArray[np.str_]
    possible: Codes
    clusters: tuple[_Clusters, ...]  # a zoom each
    polygons: _Polygons


@dataclass(frozen=True)
class Tiles:
    """A layout and the statuses of one moment; never changes, so any thread may read it."""

    layout: Layout
    status: Codes  # in the caller's order
    sorted_status: Codes
    sums: NDArray[np.int32]  # (rows + 1, statuses): cameras of each status before a row

    def tile(self, z: int, x: int, y: int, only: frozenset[int] | None = None) -> bytes:
        """
        Bytes of a tile; empty where there is nothing.

        Layers: `clusters` (n, a count a status, worst, label, r, lon, lat), `cams` and `sectors` (st: status code,
        poss: 1 if only possible, kind; id: the camera's).

        Parameters
        ----------
        only
            Status codes to show; all unless given.

        Raises
        ------
        ValueError
            If there is no such tile.
        """
        if not (0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise ValueError(f"there is no tile {z}/{x}/{y}: zoom 0-{MAX_ZOOM}, x and y below 2^zoom")
        if z < CAMERA_ZOOM:
            return self._clusters(z, x, y, only)
        return self._cameras(z, x, y, only) + (self._sectors(z, x, y, only) if z >= SECTOR_ZOOM else b"")

    def _clusters(self, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        cells = self.layout.clusters[z]
        first, last = np.searchsorted(cells.starts, _run(self.layout, z, x, y))
        counts = np.diff(self.sums[cells.starts[first : last + 1]], axis=0)
        if only is not None:
            counts[:, [code for code in range(len(STATUSES)) if code not in only]] = 0
        total = counts.sum(axis=1)
        shown = np.flatnonzero(total)
        if not len(shown):
            return b""
        counts, total = counts[shown], total[shown]
        at_x, at_y = cells.x[first:last][shown], cells.y[first:last][shown]
        lon, lat = _lonlat(at_x, at_y)
        columns = {
            "n": total,
            **{name: counts[:, code] for code, name in enumerate(STATUSES)},
            "worst": np.array(WORST_FIRST)[np.argmax(counts[:, WORST_FIRST] > 0, axis=1)],
            "label": [_short(number) for number in total.tolist()],
            "r": np.round(9 + 5 * np.log10(total)).astype(np.int64),
            "lon": np.round(lon, 4),
            "lat": np.round(lat, 4),
        }
        # a mean may round onto the tile's edge
        return point_layer("clusters", _inside(_units(at_x, z, x)), _inside(_units(at_y, z, y)), columns)

    def _cameras(self, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        layout = self.layout
        rows = np.arange(*_run(layout, z, x, y))
        if only is not None:
            rows = rows[np.isin(self.sorted_status[rows], list(only))]
        if not len(rows):
            return b""
        # the worst is drawn last: of several cameras on one mast it lies on top
        rows = rows[np.argsort(_SEVERITY[self.sorted_status[rows]], kind="stable")]
        columns = {
            "st": self.sorted_status[rows],
            "poss": layout.possible[rows],
            "kind": layout.kind[rows],
        }
        across, down = _units(layout.x[rows], z, x), _units(layout.y[rows], z, y)
        return point_layer("cams", across, down, columns, layout.ids[rows])

    def _sectors(self, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        ground = self.layout.polygons
        box = shapely.box(x / 2**z, y / 2**z, (x + 1) / 2**z, (y + 1) / 2**z)
        found = np.sort(ground.tree.query(box, predicate="intersects"))
        if only is not None:
            found = found[np.isin(self.status[ground.row[found]], list(only))]
        batches = list(_batches(ground, found, z, x, y))
        if not batches:
            return b""
        rows = self.layout.position[ground.row[found]]
        columns = {
            "st": self.sorted_status[rows],
            "poss": ground.possible[found],
            "kind": self.layout.kind[rows],
        }
        return polygon_layer("sectors", batches, columns, self.layout.ids[rows])


def lay_out(
    ids: ArrayLike, lon: ArrayLike, lat: ArrayLike, kind: ArrayLike, footprints: gpd.GeoDataFrame
) -> Layout:
    """
    Put cameras and the ground they cover in order for tiles.

    Parameters
    ----------
    ids, lon, lat, kind
        One entry a camera; WGS 84 [°]; kind as a word.
    footprints
        As `geo.coverage.footprints` gives them: row, kind ("certain" or "possible"), geometry in EPSG:4326.
    """
    x, y = _mercator(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    cells = 2**_DEPTH
    morton = _spread(x * cells) | _spread(y * cells) << np.uint64(1)
    order = np.argsort(morton, kind="stable")
    rows = footprints["row"].to_numpy(np.int64)
    unsure = (footprints["kind"] == "possible").to_numpy()
    certain = np.zeros(len(order), bool)
    certain[rows[~unsure]] = True
    return Layout(
        order=order,
        position=np.argsort(order),
        morton=morton[order],
        ids=np.asarray(ids, np.int64)[order],
        x=x[order],
        y=y[order],
        kind=np.asarray(kind, np.str_)[order],
        possible=(~certain[order]).astype(np.uint8),
        clusters=tuple(_cluster(morton[order], x[order], y[order], zoom) for zoom in range(CAMERA_ZOOM)),
        polygons=_simplified(rows, unsure.astype(np.uint8), footprints.geometry.to_numpy()),
    )


def with_status(layout: Layout, status: Codes) -> Tiles:
    """Lay the statuses of one moment, in the order the layout was made from, over it."""
    ordered = status[layout.order]
    sums = np.zeros((len(ordered) + 1, len(STATUSES)), np.int32)
    np.cumsum(ordered[:, None] == np.arange(len(STATUSES)), axis=0, out=sums[1:])
    return Tiles(layout, status, ordered, sums)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return x and y of the tile a place lies in at a zoom."""
    x, y = _mercator(np.array([lon]), np.array([lat]))
    return int(x[0] * 2**z), int(y[0] * 2**z)


def _run(layout: Layout, z: int, x: int, y: int) -> Ints:
    """First row of a tile, and the row after its last."""
    key = int(_spread(np.array([x]))[0]) | int(_spread(np.array([y]))[0]) << 1
    ends = np.array([key, key + 1], np.uint64) << np.uint64(2 * (_DEPTH - z))
    run: Ints = np.searchsorted(layout.morton, ends).astype(np.int64)
    return run


def _cluster(morton: NDArray[np.uint64], x: Floats, y: Floats, zoom: int) -> _Clusters:
    if not len(morton):
        return _Clusters(np.zeros(1, np.int64), x, y)
    cell = morton >> np.uint64(2 * (_DEPTH - zoom - _CELL_BITS))
    starts = np.concatenate([[0], np.flatnonzero(cell[1:] != cell[:-1]) + 1])
    sizes = np.diff(np.append(starts, len(morton)))
    mean_x, mean_y = np.add.reduceat(x, starts) / sizes, np.add.reduceat(y, starts) / sizes
    return _Clusters(np.append(starts, len(morton)), mean_x, mean_y)


def _simplified(rows: Ints, possible: Codes, geometry: NDArray[np.object_]) -> _Polygons:
    parts, of = shapely.get_parts(geometry, return_index=True)
    whole = ~shapely.is_empty(parts) & (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON)
    parts, of = parts[whole], of[whole]
    few = _fewer_vertices(parts)
    world = shapely.transform(few, lambda at: np.column_stack(_mercator(at[:, 0], at[:, 1])))
    # y runs down here, so what shapely calls counter-clockwise is the clockwise a tile's outer ring must be
    world = np.asarray(shapely.orient_polygons(world, exterior_cw=False), dtype=object)
    rings, ring_of = shapely.get_rings(world, return_index=True)
    sizes = shapely.get_num_coordinates(rings) - 1
    vertices = shapely.get_coordinates(rings)
    ends = np.cumsum(sizes + 1)
    first = np.flatnonzero(np.diff(ring_of, prepend=-1))  # each polygon's outer ring
    shapes = [tuple(part.tolist()) for part in np.split(sizes, first[1:])] if len(first) else []
    distinct = sorted(set(shapes))
    number = {shape: at for at, shape in enumerate(distinct)}
    kept = np.delete(vertices, ends - 1, axis=0)  # without the vertex that closes a ring
    return _Polygons(
        row=rows[of],
        possible=possible[of],
        sizes=distinct,
        kind=np.array([number[shape] for shape in shapes], np.int64),
        offset=(np.cumsum(sizes) - sizes)[first],
        vertices=kept,
        tree=shapely.STRtree(world),
    )


def _fewer_vertices(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Coarsen polygons until no ring has more than MOST_VERTICES; those that are small enough stay as they are."""
    out = np.array(polygons, dtype=object)
    bounds = shapely.bounds(out)
    tolerance = _FINEST * np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    todo = np.arange(len(out))
    while len(todo := todo[_most_vertices(out[todo]) > MOST_VERTICES]):
        # the quick way tears a thin ring now and then; the way that keeps it whole takes twelve times as long
        coarse = shapely.simplify(polygons[todo], tolerance[todo], preserve_topology=False)
        torn = ~shapely.is_valid(coarse) | (shapely.area(coarse) < 0.9 * shapely.area(polygons[todo]))
        torn |= shapely.get_type_id(coarse) != shapely.GeometryType.POLYGON
        coarse[torn] = shapely.simplify(polygons[todo[torn]], tolerance[todo[torn]])
        out[todo] = coarse
        tolerance[todo] *= 1.8
    return out


def _most_vertices(polygons: NDArray[np.object_]) -> Ints:
    rings, of = shapely.get_rings(polygons, return_index=True)
    most = np.zeros(len(polygons), np.int64)
    np.maximum.at(most, of, shapely.get_num_coordinates(rings) - 1)
    return most


def _batches(
    ground: _Polygons, found: Ints, z: int, x: int, y: int
) -> Iterator[tuple[Ints, tuple[int, ...], Ints]]:
    for kind in np.unique(ground.kind[found]).tolist():
        sizes = ground.sizes[kind]
        rows = np.flatnonzero(ground.kind[found] == kind)
        at = ground.vertices[ground.offset[found[rows]][:, None] + np.arange(sum(sizes))]
        units = np.stack([_units(at[..., 0], z, x), _units(at[..., 1], z, y)], axis=2)
        # what is smaller than a unit has no area left; it is a camera's glyph then and no ground
        outer = _area(units[:, : sizes[0]]) > 0
        holes, start = outer.copy(), sizes[0]
        for size in sizes[1:]:
            holes &= _area(units[:, start : start + size]) < 0
            start += size
        if holes.any():
            yield rows[holes], sizes, units[holes]
        if (filled := outer & ~holes).any():
            yield rows[filled], sizes[:1], units[filled, : sizes[0]]


def _area(ring: Ints) -> Ints:
    """Twice the signed area of rings, shape (n, vertices, 2); above 0 is clockwise as seen."""
    following = np.roll(ring, -1, axis=1)
    cross: Ints = (ring[..., 0] * following[..., 1] - following[..., 0] * ring[..., 1]).sum(axis=1)
    return cross


def _mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    below_one = np.nextafter(1.0, 0.0)
    phi = np.radians(np.clip(lat, -_MERCATOR_LAT, _MERCATOR_LAT))
    x, y = lon / 360 + 0.5, 0.5 - np.arcsinh(np.tan(phi)) / (2 * np.pi)
    return np.clip(x, 0.0, below_one), np.clip(y, 0.0, below_one)


def _lonlat(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return (x - 0.5) * 360, np.degrees(np.arctan(np.sinh((0.5 - y) * 2 * np.pi)))


def _units(world: Floats, z: int, tile: int) -> Ints:
    units: Ints = np.floor((world * 2**z - tile) * EXTENT).astype(np.int64)
    return units


def _inside(units: Ints) -> Ints:
    return np.clip(units, 0, EXTENT - 1)


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
