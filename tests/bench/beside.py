"""What our ways are measured beside: the same as a geopandas user writes it, and the clock both run by."""

from collections.abc import Callable
from math import cos, radians, sin
from time import perf_counter

import geopandas as gpd
import numpy as np
from shapely import Point, Polygon

from geo.crs import utm_epsg


def buffered(lon: float, lat: float, bearing_deg: float, hfov_deg: float, range_m: float) -> Polygon:
    """One sector as a geopandas user writes it: project, buffer, cut by a wedge, project back."""
    place = gpd.GeoSeries([Point(lon, lat)], crs=4326).to_crs(utm_epsg(lon))
    x, y = place.iloc[0].x, place.iloc[0].y
    sides = (radians(bearing_deg + side * hfov_deg) for side in (-0.5, 0, 0.5))
    wedge = Polygon([(x, y), *((x + 2 * range_m * sin(a), y + 2 * range_m * cos(a)) for a in sides)])
    return place.buffer(range_m).intersection(wedge).to_crs(4326).iloc[0]


def median_s(work: Callable[[], object], times: int) -> float:
    """Median of how long it takes. [s]"""
    taken = []
    for _ in range(times):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return float(np.median(taken))
