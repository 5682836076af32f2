"""WGS 84 in and out, and metres: the ellipsoid, metres a degree, and which projected CRS a job needs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

Floats = NDArray[np.float64]

WGS84 = Geod(ellps="WGS84")
EPSG_LONLAT = 4326
SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_2 = (2 - 1 / 298.257223563) / 298.257223563
_ECCENTRICITY = float(np.sqrt(ECCENTRICITY_2))


def utm_epsg(lon: float) -> int:
    """
    EPSG code of the northern UTM zone a longitude lies in.

    The seam of zones 47 and 48, 102° E, runs through Sa Kaeo: ask once for a job, by the place the job is about,
    and never mix two zones in one union.
    """
    if not -180 <= lon < 180:
        raise ValueError(f"lon must lie in [-180, 180), got {lon}; longitude and latitude mixed up?")
    return 32601 + int((lon + 180) // 6)


def radii_m(lat: ArrayLike) -> tuple[Floats, Floats]:
    """Radii of curvature of the ellipsoid [m] at latitudes [°]: across the meridian (N), along it (M)."""
    sine = np.sin(np.radians(np.asarray(lat, dtype=np.float64)))
    w = 1 - ECCENTRICITY_2 * sine * sine
    across = SEMI_MAJOR_M / np.sqrt(w)
    return across, across * (1 - ECCENTRICITY_2) / w


def metres_per_degree(lat: ArrayLike) -> tuple[Floats, Floats]:
    """Metres a degree of longitude and a degree of latitude are worth at latitudes [°]."""
    across, along = radii_m(lat)
    parallel = across * np.cos(np.radians(np.asarray(lat, dtype=np.float64)))
    return np.radians(parallel), np.radians(along)


def distance_m(lon: ArrayLike, lat: ArrayLike, other_lon: ArrayLike, other_lat: ArrayLike) -> Floats:
    """Geodesic distance between points, element by element. [m]"""
    points = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (lon, lat, other_lon, other_lat)))
    _, _, distance = WGS84.inv(points[0], points[1], points[2], points[3])
    return np.asarray(distance, dtype=np.float64)


def mercator(lonlat: ArrayLike) -> Floats:
    """
    Lon, lat [°] on a Mercator map of the ellipsoid, shape (n, 2): conformal, so nearest there is nearest here.

    Its unit is a metre at the equator and shrinks with latitude, by 0.04 % over 10 km in Thailand.
    """
    lon, lat = np.radians(np.asarray(lonlat, dtype=np.float64)).T
    y = np.arcsinh(np.tan(lat)) - _ECCENTRICITY * np.arctanh(_ECCENTRICITY * np.sin(lat))
    return np.asarray(SEMI_MAJOR_M * np.stack([lon, y], axis=1), np.float64)


def from_mercator(xy: ArrayLike) -> Floats:
    """Lon, lat [°] of points of a Mercator map, shape (n, 2)."""
    lon, y = np.asarray(xy, dtype=np.float64).T / SEMI_MAJOR_M
    lat = np.arcsin(np.tanh(y))
    for _ in range(6):  # each step leaves less than a hundredth of the error
        lat = np.arcsin(np.tanh(y + _ECCENTRICITY * np.arctanh(_ECCENTRICITY * np.sin(lat))))
    return np.asarray(np.degrees(np.stack([lon, lat], axis=1)), np.float64)
