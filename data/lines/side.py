"""On which side of a line a place lies: cameras stand on the Thai one."""

import numpy as np

from geo.crs import metres_per_degree
from geo.line.chainage import Line

_SAME_PLACE_M = 1e-6


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
