"""Building walls -> what is left of cameras' sectors behind them, on flat ground."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Floats, metres_per_degree
from geo.see.sector import chord_counts, draw_arcs, sectors
from geo.see.sweep import Edges, ranges, sweep

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
_CHUNK = 100  # cameras swept together: a dense town has thousands of walls in a camera's reach


@dataclass(frozen=True)
class Walls:
    """Buildings that hide the ground behind them: overlapping ones are one, courtyards stay open."""

    buildings: NDArray[np.object_]  # polygons in EPSG:4326; the building is on the left of every ring
    tree: shapely.STRtree  # of the buildings
    ends: Floats  # of the walls, sorted by building; shape (n, 4): lon, lat of the start, lon, lat of the end
    first: Ints  # first wall of each building, and the number of walls
    mended: int  # footprints whose outline touched or crossed itself

    @classmethod
    def of(cls, footprints: ArrayLike) -> Self:
        """
        Walls of building footprints.

        Parameters
        ----------
        footprints
            Polygons or multipolygons in EPSG:4326; may overlap, may have holes. Outlines that touch or cross
            themselves are mended and counted.

        Raises
        ------
        ValueError
            If a footprint is no polygon, is empty or lies outside the degrees of the earth; names the row.
        """
        given = np.asarray(footprints, dtype=object).ravel()
        mended = _checked(given)
        buildings = shapely.get_parts(shapely.disjoint_subset_union_all(mended)) if len(mended) else mended
        buildings = shapely.orient_polygons(buildings[shapely.area(buildings) > 0])
        rings, building = shapely.get_rings(buildings, return_index=True)
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        wall = np.flatnonzero(ring[1:] == ring[:-1])
        counts = np.bincount(building[ring[wall]], minlength=len(buildings))
        return cls(
            buildings=buildings,
            tree=shapely.STRtree(buildings),
            ends=np.concatenate([corners[wall], corners[wall + 1]], axis=1),
            first=np.concatenate([[0], np.cumsum(counts)]),
            mended=int((~shapely.is_valid(given)).sum()),
        )


def visible(
    lon: ArrayLike,
    lat: ArrayLike,
    bearing_deg: ArrayLike,
    hfov_deg: ArrayLike,
    range_m: ArrayLike,
    near_m: ArrayLike,
    walls: Walls,
) -> tuple[NDArray[np.object_], Flags]:
    """
    Ground of cameras' sectors that no wall hides, and for which cameras that is only possible.

    Exact for the polygon `geo.see.sector.sectors` draws: lines straight in longitude and latitude stay so.

    Parameters
    ----------
    lon, lat, bearing_deg, hfov_deg, range_m, near_m
        As for `geo.see.sector.sectors`. Ground nearer than `near_m` is not seen; a wall there hides all the same.
    walls
        Buildings, taken as higher than every camera.

    Returns
    -------
    polygons
        EPSG:4326, one a camera: a polygon; of several parts where `near_m` takes what joins them away or a slit is
        finer than degrees can tell; empty where `near_m` takes all.
    only_possible
        True for cameras in or on a building: position or footprint is wrong, or the camera is on the roof. That
        building is left out, and so are those it is joined with.

    Raises
    ------
    ValueError
        If an angle or an edge is out of range; the message names the first row.
    """
    seen = sectors(lon, lat, bearing_deg, hfov_deg, range_m, near_m)
    columns = (lon, lat, bearing_deg, hfov_deg, range_m, near_m)
    poses = np.stack([np.broadcast_to(np.asarray(column, np.float64), len(seen)) for column in columns])
    camera, building, only_possible = _in_the_way(poses, seen, walls)
    hfov = poses[3]
    chords, walled = chord_counts(hfov), np.zeros(len(seen), dtype=bool)
    walled[camera] = True
    for count, full in {*zip(chords[walled].tolist(), (hfov[walled] == 360).tolist(), strict=True)}:
        alike = np.flatnonzero(walled & (chords == count) & ((hfov == 360) == full))
        for rows in np.split(alike, range(_CHUNK, len(alike), _CHUNK)):
            begin, end = np.searchsorted(camera, rows), np.searchsorted(camera, rows, side="right")
            picked = building[ranges(begin, end - begin)]
            edges = _edges(poses[:2, rows], np.repeat(np.arange(len(rows)), end - begin), picked, walls)
            seen[rows] = _swept(poses[:, rows], seen[rows], count, full, edges)
    return seen, only_possible


def _checked(footprints: NDArray[np.object_]) -> NDArray[np.object_]:
    """Footprints as valid areas; refuses what is none."""
    kind = shapely.get_type_id(footprints)
    areal = (kind == shapely.GeometryType.POLYGON) | (kind == shapely.GeometryType.MULTIPOLYGON)
    for row in np.flatnonzero(~areal)[:1]:
        name = getattr(footprints[row], "geom_type", type(footprints[row]).__name__)
        raise ValueError(f"footprint {row}: must be a polygon, got {name}; a line or a point hides no ground")
    for row in np.flatnonzero(shapely.is_empty(footprints))[:1]:
        raise ValueError(f"footprint {row}: must not be empty; leave buildings without an outline out")
    bounds = shapely.bounds(footprints)
    inside = (np.abs(bounds) <= [180, 90, 180, 90]).all(axis=1)
    for row in np.flatnonzero(~inside)[:1]:
        place = ", ".join(f"{value:g}" for value in bounds[row, :2])
        raise ValueError(
            f"footprint {row}: lon, lat must lie in -180-180, -90-90, got {place}; metres, not degrees?"
        )
    valid = footprints.copy()
    torn = ~shapely.is_valid(footprints)
    valid[torn] = shapely.make_valid(footprints[torn])
    return valid


def _in_the_way(poses: Floats, drawn: NDArray[np.object_], walls: Walls) -> tuple[Ints, Ints, Flags]:
    """Pairs of camera (ascending) and building in its reach, and which cameras stand in or on a building."""
    points = shapely.points(poses[0], poses[1])
    # from the camera on: a wall nearer than the near edge hides what is beyond
    reach = np.asarray(shapely.bounds(drawn)).reshape(-1, 4)
    low, high = np.minimum(reach[:, :2], poses[:2].T), np.maximum(reach[:, 2:], poses[:2].T)
    camera, building = walls.tree.query(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    inside = walls.tree.query(points, predicate="intersects")
    only_possible = np.zeros(len(drawn), dtype=bool)
    only_possible[inside[0]] = True
    count = len(walls.buildings)
    outside = ~np.isin(camera * count + building, inside[0] * count + inside[1])
    order = np.argsort(camera[outside], kind="stable")
    return camera[outside][order], building[outside][order], only_possible


def _edges(places: Floats, camera: Ints, building: Ints, walls: Walls) -> Edges:
    """Walls of each camera's buildings, in metres from it."""
    count = walls.first[building + 1] - walls.first[building]
    wall, camera = ranges(walls.first[building], count), np.repeat(camera, count)
    scale = np.stack(2 * metres_per_degree(places[1]), axis=1)  # twice: for start and end
    ends = walls.ends[wall]
    ends -= np.concatenate([places, places]).T[camera]
    ends *= scale[camera]
    return Edges(camera, ends[:, :2], ends[:, 2:])


def _swept(poses: Floats, drawn: NDArray[np.object_], count: int, full: bool, edges: Edges) -> NDArray[np.object_]:
    """What cameras with rims of one length see of their sectors as drawn, an entry a camera."""
    lon, lat, bearing, hfov, far, near = poses
    scale = np.stack(metres_per_degree(lat), axis=1)
    origin = np.stack([lon, lat], axis=1)
    rims = np.empty((len(lon), count + 1, 2))
    left = np.zeros(len(lon)) if full else bearing - hfov / 2
    draw_arcs(lon, lat, left, hfov / count, far, rims)
    if full:
        rims[:, -1] = rims[:, 0]
    camera, outline = sweep((rims - origin[:, None]) * scale[:, None], full, edges)
    seen = _polygons(camera, outline / scale[camera] + origin[camera], None if full else origin)
    torn = ~shapely.is_valid(seen)
    seen[torn] = shapely.make_valid(seen[torn], method="structure")
    blind = near > 0
    seen[blind] = areas(shapely.intersection(seen[blind], drawn[blind]))
    return seen


def _polygons(camera: Ints, outline: Floats, apex: Floats | None) -> NDArray[np.object_]:
    """Rings closed at the camera, or at their own first vertex where it looks all round."""
    starts = np.flatnonzero(np.diff(camera, prepend=-1))
    ends = np.append(starts[1:], len(camera))
    if apex is None:
        vertices = np.insert(outline, ends, outline[starts], axis=0)
        offsets = np.append(starts, len(camera)) + np.arange(len(starts) + 1)
    else:
        # ends first: where one ring ends and the next begins, that is their order
        vertices = np.insert(outline, np.concatenate([ends, starts]), np.concatenate([apex, apex]), axis=0)
        offsets = np.append(starts, len(camera)) + 2 * np.arange(len(starts) + 1)
    rings = (offsets, np.arange(len(offsets)))
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, vertices, rings), dtype=object)


def areas(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes without the lines and points in which outlines only touch."""
    areal = np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    for row in np.flatnonzero(~areal):
        parts = shapely.get_parts(shapes[row])
        shapes[row] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
    return shapes
