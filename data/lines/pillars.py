"""Boundary pillars along a line: each on its chainage, and stretches told by the pillars around them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import metres_per_degree
from geo.line.chainage import Line

NEAR_M = 500.0  # a pillar further from a line stands on another
COLUMNS = ("pillar_from", "pillar_to")
NONE = pd.DataFrame({"at_m": pd.Series(dtype=float), "name": pd.Series(dtype=object)})


def on_line(line: Line, pillars: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Put pillars on a line.

    Parameters
    ----------
    pillars
        As `data.ground.layers.features` gives them: name, geometry (points).

    Returns
    -------
    pillars
        at_m, name of those within `NEAR_M` that have a name, in the line's order; not to be changed.
    """
    named = pillars[pillars["name"] != ""]
    lon, lat = (get(named.geometry.to_numpy()) for get in (shapely.get_x, shapely.get_y))
    west, south, east, north = line.geometry.bounds
    a_lon, a_lat = (float(v) for v in metres_per_degree(north))
    x, y = 2 * NEAR_M / a_lon, 2 * NEAR_M / a_lat
    near = np.flatnonzero((lon > west - x) & (lon < east + x) & (lat > south - y) & (lat < north + y))
    rows = [(*line.locate(lon[i], lat[i]), named["name"].iloc[i]) for i in near]
    found = pd.DataFrame([(at_m, name) for at_m, off_m, name in rows if off_m <= NEAR_M], columns=["at_m", "name"])
    return found.astype({"at_m": float}).sort_values("at_m", kind="stable", ignore_index=True)


def around(pillars: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """Return `COLUMNS` of stretches (from_m, to_m): the last pillar before, the first after; "" where none is."""
    names = np.array(["", *pillars["name"], ""], dtype=object)
    at_m = pillars["at_m"].to_numpy(np.float64)
    before = np.searchsorted(at_m, stretches["from_m"], side="right")
    after = np.searchsorted(at_m, stretches["to_m"], side="left") + 1
    return pd.DataFrame(dict(zip(COLUMNS, (names[before], names[after]), strict=True)), dtype=object)
