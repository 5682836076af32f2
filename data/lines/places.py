"""Where along a line is where: subdistricts of the Sa Kaeo border, provinces of every other line."""

from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.geography import SA_KAEO, load_border, load_provinces, load_subdistricts
from geo.crs import WGS84, Floats, metres_per_degree
from geo.line.chainage import Line
from geo.line.gaps import runs

NAMES = ("subdistrict_th", "subdistrict_en", "district_th", "district_en", "province_th", "province_en")
FAR_M = 5_000.0  # a place further than this from every province lies in none: at sea, or abroad
_STEP_M = 250.0  # provinces are only known to a few hundred metres anyway
_LEAST_STEPS = 20


@lru_cache(maxsize=32)
def places(line: Line) -> pd.DataFrame:
    """
    Return a line by chainage: from_m, to_m and `NAMES`; "" where nothing is known.

    Only of the Sa Kaeo border subdistricts and districts are known; of others the nearest province, approximate.
    """
    if line is load_border():
        known, province = load_subdistricts(), load_provinces().set_index("code").loc[SA_KAEO]
        return known.assign(province_th=province["name_th"], province_en=province["name_en"])
    return _provinces(line)


def along(line: Line, stretches: pd.DataFrame) -> pd.DataFrame:
    """Return `NAMES` of the middle of each stretch of a line (from_m, to_m)."""
    known = places(line)
    middle = (stretches["from_m"] + stretches["to_m"]) / 2
    at = np.clip(np.searchsorted(known["from_m"], middle, side="right") - 1, 0, len(known) - 1)
    return known.iloc[at][list(NAMES)].reset_index(drop=True)


def _provinces(line: Line) -> pd.DataFrame:
    steps = max(_LEAST_STEPS, int(np.ceil(line.length_m / _STEP_M)))
    edges = np.linspace(0.0, line.length_m, steps + 1)
    middles = np.array([line.point_at(at) for at in (edges[:-1] + edges[1:]) / 2])
    begin, end, nearest = runs(edges, _nearest(middles))
    known = load_provinces()
    row = nearest.astype(int)
    names = {
        name: np.where(row < 0, "", known[name.replace("province", "name")].to_numpy(object)[row])
        for name in NAMES[4:]
    }
    return pd.DataFrame({"from_m": begin, "to_m": end, **dict.fromkeys(NAMES[:4], ""), **names})


def _nearest(points: Floats) -> NDArray[np.int64]:
    """Row of the province each point lies in or nearest to, -1 where none is near."""
    # degrees of longitude shrunk to those of latitude, so that "nearest" is nearest on the ground
    a_lon, a_lat = metres_per_degree(float(points[:, 1].mean()))
    shrink = np.array([float(a_lon / a_lat), 1.0])
    areas = shapely.transform(load_provinces().geometry.to_numpy(), lambda xy: xy * shrink)
    shrunk = shapely.points(points * shrink)
    at = shapely.STRtree(areas).nearest(shrunk)
    ends = shapely.get_coordinates(shapely.shortest_line(shrunk, areas[at])).reshape(-1, 4) / np.tile(shrink, 2)
    _, _, metres = WGS84.inv(*ends.T)
    return np.where(np.asarray(metres) <= FAR_M, at, -1).astype(np.int64)
