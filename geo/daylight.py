"""When it is day: sunrise and sunset by NOAA's equations, and a clock that runs by day only."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from geo.crs import Floats

Micros = NDArray[np.int64]

ZENITH_DEG = 90.833  # of the sun's middle as its rim touches the horizon, the air's bending included
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = 86_400_000_000


def sun_times(lon: float, lat: float, days: Floats) -> tuple[Floats, Floats]:
    """
    Sunrise and sunset, good to about a minute between 65° south and north.

    Parameters
    ----------
    lon, lat
        Of the place. [°]
    days
        Noons in Greenwich, days since 2000-01-01 12:00 UTC.

    Returns
    -------
    sunrise, sunset
        Days since the same moment. At night all day, both are that day's noon; by day all night, a day apart.
    """
    century = (days - lon / 360) / 36_525
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    mean = 280.46646 + century * (36_000.76983 + 0.0003032 * century)
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1_934.136 * century)
    apparent = np.radians(mean + centre - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.439291 - 0.0130042 * century + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(tilt) * np.sin(apparent))
    eccentric = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    half, twice = np.tan(tilt / 2) ** 2, 2 * np.radians(mean)
    ahead = (
        half * np.sin(twice)
        - 2 * eccentric * np.sin(anomaly)
        + 4 * eccentric * half * np.sin(anomaly) * np.cos(twice)
        - half**2 / 2 * np.sin(2 * twice)
        - 1.25 * eccentric**2 * np.sin(2 * anomaly)
    )
    phi = np.radians(lat)
    cosine = np.cos(np.radians(ZENITH_DEG)) / (np.cos(phi) * np.cos(declination)) - np.tan(phi) * np.tan(
        declination
    )
    reach = np.arccos(np.clip(cosine, -1, 1)) / (2 * np.pi)
    noon = days - lon / 360 - ahead / (2 * np.pi)
    return noon - reach, noon + reach


def daylight(lon: float, lat: float, begin: datetime, end: datetime) -> tuple[Micros, Micros]:
    """
    Knots of a clock that runs by day only at a place, over [begin, end).

    Returns
    -------
    at_us, light_us
        Times since `begin`, from 0 to the window's end, and the daylight until then; between them it is a straight
        line. Whatever lasts from one time to another has as much daylight as this clock moves on. [µs]
    """
    first = np.floor((begin - _J2000) / _DAY) - 1
    days = np.arange(first, np.ceil((end - _J2000) / _DAY) + 2)
    rises, sets = sun_times(lon, lat, days)
    span, since = ((time - origin) // _MICROSECOND for time, origin in ((end, begin), (begin, _J2000)))
    # in whole microseconds before the window is cut out: a sunset is the same moment in every window
    turns = np.rint(np.stack([rises, sets], axis=1).ravel() * _DAY_US).astype(np.int64)
    edges = np.clip(turns - since, 0, span)
    at = np.concatenate([[0], edges, [span]])
    steps = np.diff(at)
    steps[::2] = 0  # from a sunset to the next sunrise, and outside the days looked at
    return at, np.concatenate([[0], np.cumsum(steps)])


def light_at(knots: tuple[Micros, Micros], at_us: Micros) -> Micros:
    """Daylight between the window's begin and times in it. [µs]"""
    found = np.interp(at_us, *knots)  # below 2^53: whole microseconds up to 285 years
    return np.rint(found).astype(np.int64)
