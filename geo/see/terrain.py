"""
Heights of the ground around a camera -> the ground that stays surely in its sight: rays over a terrain model.

A model only ever takes certainty away: its heights are off by metres and may be those of tree tops, so ground in
its shade may be seen all the same, and it never shows what flat ground would not.

The line of sight is drawn lower than it runs, by one error of the model (`RMSE_M`) at either end, but by no more
than half its height there: a line to a target of a metre never clears anything by four, flat ground included.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Floats, metres_per_degree
from geo.see.sector import draw_arcs

# Between MERIT's 2.7 m and SRTM's 5.7 m against surveyed points in Peninsular Malaysia, both worse in forest.
RMSE_M = 4.0
TARGET_M = 1.0  # what is to be seen: somebody who stoops
LOW_MOUNT_M = 4.0  # where nobody says how high a camera hangs: lower than most, as this only takes away
_FEWEST_RAYS, _MOST_RAYS = 72, 360
_MOST_STEPS = 256
_CELLS_BETWEEN = 2.0  # rays lie no further apart than so many cells, as far as there are rays enough
_LEAST_STEP_M = 1.0
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Heights:
    """
    Heights of a piece of ground on a grid of longitude and latitude.

    Attributes
    ----------
    height_m
        Shape (rows, columns), from north to south and from west to east; NaN: not known.
    west, north
        Middle of the first cell. [°]
    step_lon, step_lat
        From one cell to the next, above 0. [°]
    """

    height_m: Floats
    west: float
    north: float
    step_lon: float
    step_lat: float

    @property
    def cell_m(self) -> float:
        """Side of a cell, the shorter one. [m]"""
        across, along = metres_per_degree(self.north)
        return float(min(self.step_lon * across, self.step_lat * along))

    def at(self, lon: Floats, lat: Floats) -> Floats:
        """Heights of places, between the cells by how near each is; NaN outside and where one is not known. [m]"""
        rows, columns = self.height_m.shape
        x, y = (lon - self.west) / self.step_lon, (self.north - lat) / self.step_lat
        inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
        x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
        left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        right, low = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        x, y = x - left, y - top
        upper = self.height_m[top, left] * (1 - x) + self.height_m[top, right] * x
        lower = self.height_m[low, left] * (1 - x) + self.height_m[low, right] * x
        return np.asarray(np.where(inside, upper * (1 - y) + lower * y, np.nan), np.float64)


def clear_ground(
    lon: float,
    lat: float,
    mount_height_m: float,
    reach_m: float,
    heights: Heights,
    *,
    rmse_m: float = RMSE_M,
    target_m: float = TARGET_M,
) -> shapely.Geometry | None:
    """
    Ground around a camera to which its line of sight clears the terrain.

    Parameters
    ----------
    mount_height_m
        Above the ground; NaN is taken as `LOW_MOUNT_M`.
    reach_m
        How far is looked, above 0.
    rmse_m
        Error of the heights.

    Returns
    -------
    ground
        EPSG:4326, out to `reach_m`, in pieces where hollows lie between; empty: none. None where nothing is in the
        way anywhere, or the height of the camera's own ground is not known. Ground of unknown height is taken to
        be as high as the last known on the way there.
    """
    mount_m = mount_height_m if mount_height_m > 0 else LOW_MOUNT_M
    points, distance_m = _rays(lon, lat, reach_m, heights.cell_m)
    ground_m = heights.at(points[..., 0], points[..., 1])
    if not np.isfinite(ground_m[0, 0]):
        return None
    seen = _seen(_filled(ground_m), distance_m, mount_m, target_m, rmse_m)
    if seen.all():
        return None
    return _drawn(points, seen)


def _rays(lon: float, lat: float, reach_m: float, cell_m: float) -> tuple[Floats, Floats]:
    """Points of rays, shape (steps, rays + 1, 2), the last ray the first again; and how far off each step is."""
    count = int(np.clip(np.ceil(2 * np.pi * reach_m / (_CELLS_BETWEEN * cell_m)), _FEWEST_RAYS, _MOST_RAYS))
    steps = int(np.clip(np.ceil(reach_m / max(cell_m / 2, _LEAST_STEP_M)), 2, _MOST_STEPS))
    distance_m = np.linspace(0.0, reach_m, steps + 1)
    points = np.empty((steps + 1, count + 1, 2))
    same = np.ones(steps + 1)
    draw_arcs(lon * same, lat * same, 0 * same, 360 / count * same, distance_m, points)
    points[:, -1] = points[:, 0]
    return points, distance_m


def _filled(ground_m: Floats) -> Floats:
    """Heights along rays, unknown ones as the last known before them."""
    step = np.where(np.isfinite(ground_m), np.arange(len(ground_m))[:, None], 0)
    return np.asarray(np.take_along_axis(ground_m, np.maximum.accumulate(step, axis=0), axis=0), np.float64)


def _seen(ground_m: Floats, distance_m: Floats, mount_m: float, target_m: float, rmse_m: float) -> Flags:
    """Which points of rays the lowered line of sight reaches, shape of `ground_m`; the camera's own are seen."""
    eye_m = ground_m[0, 0] + mount_m - min(rmse_m, mount_m / 2)
    aim_m = ground_m + target_m - min(rmse_m, target_m / 2)
    far = distance_m[1:, None]
    rise = (ground_m[1:] - eye_m) / far
    # what lies between the camera and a point: all before it, never it itself
    horizon = np.full_like(rise, -np.inf)
    np.maximum.accumulate(rise[:-1], axis=0, out=horizon[1:])
    seen = np.ones(ground_m.shape, bool)
    seen[1:] = (aim_m[1:] - eye_m) / far >= horizon
    return seen


def _drawn(points: Floats, seen: Flags) -> shapely.Geometry:
    """Area of the cells between two rays and two steps all of whose corners are seen."""
    cells = seen[:-1, :-1] & seen[1:, :-1] & seen[:-1, 1:] & seen[1:, 1:]
    edge = np.diff(np.pad(cells, ((1, 1), (0, 0))).astype(np.int8), axis=0)
    wedge, begin = np.nonzero((edge == 1).T)
    _, end = np.nonzero((edge == -1).T)
    # each run of cells as one shape with every vertex of its sides, so that neighbours fit without a crack
    runs = [
        np.concatenate([points[first : last + 1, ray], points[last : first - 1 if first else None : -1, ray + 1]])
        for ray, first, last in zip(wedge.tolist(), begin.tolist(), end.tolist(), strict=True)
    ]
    joined = shapely.coverage_union_all([shapely.Polygon(run) for run in runs]) if runs else shapely.Polygon()
    return joined if shapely.is_valid(joined) else shapely.make_valid(joined, method="structure")
