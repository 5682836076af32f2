"""On which side of a line a place lies: cameras stand on the Thai one."""

import numpy as np
import shapely

from data.geography import load_provinces
from geo.crs import Floats, metres_per_degree
from geo.line.chainage import Line
from geo.line.gaps import Flags

RIGHT, LEFT = "right", "left"
_SAME_PLACE_M = 1e-6
_ASIDE_M = 500.0  # outlines of provinces are no better along the border
_PLACES = 200
_MOST = 0.8  # of the places that tell


def right_of_m(line: Line, lon: float, lat: float) -> float:
    """
    Distance of a place from a line, above 0 to the right of it as the line runs, below 0 to its left. [m]

    From north to south the Sa Kaeo line has Thailand on its right.
    """
    at_m, distance_m = line.locate(lon, lat)
    scale = np.stack(metres_per_degree(lat))
    after = int(np.clip(np.searchsorted(line.chainage_m, at_m, side="right") - 1, 0, len(line.lonlat) - 2))
    # nearest to a corner both of its segments say where right is: one alone is wrong outside the corner
    near = {after}
    if abs(at_m - line.chainage_m[after]) < _SAME_PLACE_M:
        near.add(max(after - 1, 0))
    if abs(at_m - line.chainage_m[after + 1]) < _SAME_PLACE_M:
        near.add(min(after + 1, len(line.lonlat) - 2))
    steps = np.stack([(line.lonlat[i + 1] - line.lonlat[i]) * scale for i in sorted(near)])
    along = (steps / np.hypot(*steps.T)[:, None]).sum(axis=0)
    offset = (np.array([lon, lat]) - line.point_at(at_m)) * scale
    left = along[0] * offset[1] - along[1] * offset[0]
    return -distance_m if left > 0 else distance_m


def thai_side(line: Line) -> str | None:
    """
    On which side of a line Thailand lies as the line runs: RIGHT, LEFT, or None where it cannot be told.

    Told by the provinces half a kilometre to its sides: a road or canal has them on both. Places with none on
    either side, at sea or abroad, tell nothing; where most of a line is such, nothing is told of it. Half a
    kilometre and no more: a road that runs along a border a little inside has Thailand on both.
    """
    edges = np.linspace(0.0, line.length_m, _PLACES + 1)
    begin, end = (np.array([line.point_at(at) for at in ends]) for ends in (edges[:-1], edges[1:]))
    right, left = (_inside(begin, end, turn) for turn in (1.0, -1.0))
    telling = np.count_nonzero(right | left)
    if telling < _PLACES / 2:
        return None
    if np.count_nonzero(right & ~left) >= _MOST * telling:
        return RIGHT
    return LEFT if np.count_nonzero(left & ~right) >= _MOST * telling else None


def _inside(begin: Floats, end: Floats, turn: float) -> Flags:
    """Whether the places beside the middles of steps, to the right (1) or left (-1), lie in a province."""
    middle = (begin + end) / 2
    scale = np.stack(metres_per_degree(middle[:, 1]), axis=1)
    step = (end - begin) * scale
    aside = turn * np.stack([step[:, 1], -step[:, 0]], axis=1) / np.hypot(*step.T)[:, None]
    points = shapely.points(middle + aside * _ASIDE_M / scale)
    which, _ = shapely.STRtree(load_provinces().geometry.to_numpy()).query(points, predicate="intersects")
    inside = np.zeros(len(points), bool)
    inside[which] = True
    return inside
