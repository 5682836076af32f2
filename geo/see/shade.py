"""
Buildings around cameras -> the ground that is surely in sight of each, and the ground that may be.

Behind a building nothing is sure, whatever its height: a camera that looks over it sees some of what is behind,
and nobody knows how much. What is behind is not even possible only where the building is known to be at least as
high as the camera hangs. A camera in a building's outline is taken to hang outside on its wall: outlines and
positions are metres off, and nobody hangs a camera into a wall. So that building hides nothing from it, but those
it is joined with do.

How far off a position may be counts: for what is sure every building is wider by that much, for what may be seen
narrower, so that both hold wherever within it the camera stands. A building that holds the camera only when it is
widened stays as it is drawn.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Floats, metres_per_degree
from geo.see.sector import discs
from geo.see.walls import Walls, areas, visible

SURE, MAYBE = "sure_ground", "maybe_ground"  # columns of cameras: what is not hidden; None: nothing is
FAR_M = 20_000.0  # of what may be seen nothing is taken away beyond a camera's reach, up to here
_OFFS_M = np.array([0, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000])
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Buildings:
    """Buildings as they are drawn, with their heights."""

    footprints: Shapes  # polygons in EPSG:4326; may overlap, may have holes
    height_m: Floats  # NaN: unknown
    tree: shapely.STRtree

    @classmethod
    def of(cls, footprints: ArrayLike, height_m: ArrayLike) -> Self:
        """Buildings of footprints and heights above the ground, NaN where unknown."""
        shapes = np.asarray(footprints, dtype=object).ravel()
        return cls(shapes, np.asarray(height_m, np.float64), shapely.STRtree(shapes))

    def near(self, lon: Floats, lat: Floats, reach_m: Floats) -> tuple[Ints, Ints]:
        """Pairs of camera (ascending) and a building that may be in its reach."""
        across, along = metres_per_degree(lat)
        wide, high = reach_m / across, reach_m / along
        camera, building = self.tree.query(shapely.box(lon - wide, lat - high, lon + wide, lat + high))
        order = np.argsort(camera, kind="stable")
        return camera[order], building[order]


@dataclass(frozen=True)
class Standing:
    """Where cameras stand, an entry a camera."""

    lon: Floats
    lat: Floats
    mount_m: Floats  # NaN: unknown
    off_m: Floats  # how far off the position may be
    reach_m: Floats  # how far is looked

    def of(self, rows: Ints) -> "Standing":
        """Return some of them."""
        return Standing(*(column[rows] for column in vars(self).values()))

    def __len__(self) -> int:
        return len(self.lon)


def sure_grounds(cameras: Standing, buildings: Buildings) -> Shapes:
    """Ground in sight of each camera however low the buildings are, out to its reach; None: no building near."""
    return _grounds(cameras, buildings, _rounded(cameras.off_m), np.full(len(cameras), -np.inf))


def maybe_grounds(cameras: Standing, buildings: Buildings) -> Shapes:
    """
    Ground in sight of each camera over all buildings but those known to be as high as it hangs; None: all.

    Beyond the reach of a camera nothing is taken away.
    """
    known = np.flatnonzero(cameras.mount_m > 0)
    found = np.full(len(cameras), None, object)
    some = cameras.of(known)
    ground = _grounds(some, buildings, -_rounded(some.off_m), some.mount_m)
    cut = np.flatnonzero(~shapely.is_missing(ground))
    lon, lat, reach = some.lon[cut], some.lat[cut], some.reach_m[cut]
    hidden = areas(shapely.difference(discs(lon, lat, reach), ground[cut]))
    everywhere = discs(lon, lat, np.maximum(2 * reach, FAR_M))
    something = ~shapely.is_empty(hidden)
    found[known[cut[something]]] = areas(shapely.difference(everywhere[something], hidden[something]))
    return found


def cut(polygons: Shapes, row: Ints, certain: Flags, cameras: pd.DataFrame) -> tuple[Ints, Flags, Shapes]:
    """
    Take what is hidden away from what cameras cover.

    Parameters
    ----------
    polygons, row, certain
        What cameras cover on open flat ground, an entry each: of the camera at a position of `cameras`, for
        certain or possibly; what may be seen holds what is certain, and may be left out where it is the same.
    cameras
        Perhaps with columns `SURE` and `MAYBE`; without, nothing is hidden.

    Returns
    -------
    entry, certain, polygons
        What is left, each made of a given entry, by row and the certain first. What is not certain any more is
        possible.
    """
    entry = np.arange(len(row))
    if SURE not in cameras:
        return entry, certain, polygons
    sure = np.flatnonzero(certain)
    limits = limited(cameras, SURE, row[sure])
    short = sure[~shapely.is_missing(limits)]
    # what is hidden may be seen all the same: a camera that had no such entry gets one, of what it saw for certain
    also = short[~np.isin(row[short], row[~certain])]
    entry = np.concatenate([entry, also])
    polygons, certain = polygons[entry], np.concatenate([certain, np.zeros(len(also), bool)])
    polygons[short] = _within(polygons[short], limits[~shapely.is_missing(limits)])
    may = np.flatnonzero(~certain)
    limits = limited(cameras, MAYBE, row[entry[may]])
    short = ~shapely.is_missing(limits)
    polygons[may[short]] = _within(polygons[may[short]], limits[short])
    order = np.argsort(2 * row[entry] + ~certain, kind="stable")
    order = order[~shapely.is_empty(polygons[order])]
    return entry[order], certain[order], polygons[order]


def at_point(cameras: pd.DataFrame, rows: Ints, certain: Flags, lon: float, lat: float) -> tuple[Flags, Flags]:
    """
    Which of the cameras that would see a point on open flat ground may see it, and which surely do.

    Parameters
    ----------
    rows, certain
        Cameras as positions of `cameras`, each once, and whether they would surely see it.
    """
    certain = certain.copy()
    sure = np.flatnonzero(certain)
    certain[sure] = _hold(limited(cameras, SURE, rows[sure]), lon, lat)
    may, possible = certain.copy(), np.flatnonzero(~certain)
    may[possible] = _hold(limited(cameras, MAYBE, rows[possible]), lon, lat)
    return may, certain


def limited(cameras: pd.DataFrame, column: str, rows: Ints) -> Shapes:
    """Return what a column, `SURE` or `MAYBE`, says of some rows; None for all where there is no such column."""
    found = np.full(len(rows), None, object)
    if column in cameras and len(rows):
        once, back = np.unique(rows, return_inverse=True)
        found[:] = cameras[column].iloc[once].to_numpy(object)[back]
    return found


def _hold(grounds: Shapes, lon: float, lat: float) -> Flags:
    return np.asarray(shapely.is_missing(grounds) | shapely.intersects_xy(grounds, lon, lat), bool)


def _within(polygons: Shapes, grounds: Shapes) -> Shapes:
    return areas(shapely.intersection(polygons, grounds))


def _rounded(off_m: Floats) -> Floats:
    """How far off positions may be, rounded up to few different numbers. [m]"""
    off = np.maximum(np.nan_to_num(off_m), 0.0)
    step = np.minimum(np.searchsorted(_OFFS_M, off), len(_OFFS_M) - 1)
    return np.asarray(np.maximum(_OFFS_M[step], off), np.float64)


def _grounds(cameras: Standing, buildings: Buildings, wider_m: Floats, least_m: Floats) -> Shapes:
    """Ground in sight past the buildings of some least height each, drawn wider by so much."""
    found = np.full(len(cameras), None, object)
    camera, building = buildings.near(cameras.lon, cameras.lat, cameras.reach_m)
    high = ~(buildings.height_m[building] < least_m[camera])
    high &= np.isfinite(buildings.height_m[building]) | np.isinf(least_m[camera])
    camera, building = camera[high], building[high]
    kinds = np.stack([wider_m, least_m], axis=1)[camera]
    for wider, least in np.unique(kinds, axis=0) if len(kinds) else ():
        pairs = (kinds[:, 0] == wider) & (kinds[:, 1] == least)
        rows = np.unique(camera[pairs])
        found[rows] = _past(cameras.of(rows), buildings.footprints[np.unique(building[pairs])], float(wider))
    return found


def _past(cameras: Standing, drawn: Shapes, wider_m: float) -> Shapes:
    """Ground in sight of cameras past buildings drawn wider by so much."""
    widened = _widened(drawn, wider_m)
    tree, points = shapely.STRtree(widened), shapely.points(cameras.lon, cameras.lat)
    inside = np.zeros(len(cameras), bool)
    for shapes in (tree, shapely.STRtree(drawn)) if wider_m else (tree,):
        inside[shapes.query(points, predicate="intersects")[0]] = True
    found = np.full(len(cameras), None, object)
    free = np.flatnonzero(~inside)
    found[free] = _seen(cameras.of(free), widened)
    for row in np.flatnonzero(inside).tolist():
        one, point = cameras.of(np.array([row])), points[row]
        in_reach = tree.query(discs(one.lon, one.lat, one.reach_m)[0])
        own = shapely.intersects(drawn[in_reach], point)
        closed_in = shapely.intersects(widened[in_reach], point)
        shapes = np.where(closed_in, drawn[in_reach], widened[in_reach])[~own]
        found[row] = _seen(one, shapes)[0]
    return found


def _seen(cameras: Standing, shapes: Shapes) -> Shapes:
    walls = Walls.of(shapes[~shapely.is_empty(shapes)])
    return visible(cameras.lon, cameras.lat, 0.0, 360.0, cameras.reach_m, 0.0, walls)[0]


def _widened(shapes: Shapes, wider_m: float) -> Shapes:
    """Shapes in degrees, each wider on all sides by so many metres, or narrower."""
    if not wider_m or not len(shapes):
        return shapes
    _, lat = shapely.get_coordinates(shapely.centroid(shapes)).T
    scale = np.stack(metres_per_degree(lat), axis=1)
    flat = shapes.copy()
    corners, of = shapely.get_coordinates(flat, return_index=True)
    flat = shapely.set_coordinates(flat, corners * scale[of])
    flat = shapely.buffer(flat, wider_m, join_style="mitre", mitre_limit=2.0)
    corners, of = shapely.get_coordinates(flat, return_index=True)
    return np.asarray(shapely.set_coordinates(flat, corners / scale[of]), object)
