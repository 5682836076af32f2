"""Bearings: degrees clockwise from true north, 0 <= b < 360."""

import numpy as np
from numpy.typing import ArrayLike

from geo.crs import WGS84, Floats

COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def normalise(bearing_deg: ArrayLike) -> Floats:
    """Bearings brought into [0, 360). [°]"""
    turned = np.mod(np.asarray(bearing_deg, dtype=np.float64), 360.0)
    return np.where(turned == 360.0, 0.0, turned)  # mod of a tiny negative number rounds up to 360


def difference(bearing_deg: ArrayLike, from_deg: ArrayLike) -> Floats:
    """Turn from one bearing to another, clockwise positive, in [-180, 180). [°]"""
    return np.asarray(normalise(np.subtract(bearing_deg, from_deg) + 180.0) - 180.0, dtype=np.float64)


def from_to(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Bearing at which a position sees another, along the geodesic. [°]"""
    forward, _, _ = WGS84.inv(lon, lat, to_lon, to_lat)
    return float(normalise(forward))


def compass_name(bearing_deg: float) -> str:
    """Nearest of the sixteen points of the compass, "NNE"."""
    return COMPASS[int((float(normalise(bearing_deg)) + 11.25) // 22.5) % 16]
