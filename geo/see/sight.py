"""A point -> the cameras that see it: `geo.see.coverage` asked the other way round, without drawing a polygon."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.bearing import difference, normalise
from geo.crs import WGS84, Floats, metres_per_degree
from geo.see import optics
from geo.see.coverage import tips
from geo.see.poses import COLUMNS, DAY, THERMAL, Poses, at_one_metre_px, poses
from geo.see.shade import at_point

LEAST_PX_M = 12.5  # the lowest level of any edition: less shows nobody anything
ALL_ROUND_DEG = 360.0
_NEAREST_M = 0.1  # a click on the camera itself has no finite density
_APEX_M = 0.001
_FLAT_MARGIN = 1.05
_MARGIN = 1.001  # the box is made of degrees of one latitude, the distance is geodesic


def seen_from(
    cameras: pd.DataFrame, lon: float, lat: float, light: str = DAY, *, least_px_m: float = LEAST_PX_M
) -> pd.DataFrame:
    """
    Cameras whose ground holds a point, as if they worked, the one that shows most first.

    A camera is listed with a density of at least some level where `coverage.footprints` at that level holds
    the point; one that may stand nearer, or tells people by fewer pixels, with less.

    Parameters
    ----------
    cameras
        One row a camera, the columns `geo.see.coverage.footprints` asks for.
    lon, lat
        The point, WGS 84. [°]
    light
        "day" or "night".
    least_px_m
        Density below which nobody cares, above 0. [px/m]

    Returns
    -------
    seeing
        row (position in `cameras`), distance_m (geodesic, on the ground), bearing_deg (from the camera to the
        point), density_px_m (on a target at the point, by the slant range), certain (bool).

    Raises
    ------
    ValueError
        If the point is none, `least_px_m` is not above 0 or `light` is neither day nor night.
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError(f"lon, lat must lie in -180-180, -90-90, got {lon}, {lat}; mixed up?")
    row = _in_box(cameras, lon, lat, _farthest_m(cameras, least_px_m))
    few = _some(cameras, row)
    pose = poses(few, least_px_m, light)
    # ground first, as it is cheap: one telephoto lens in the country makes the box a city
    near = np.flatnonzero(_flat_m(few, lon, lat)[pose.row] <= _FLAT_MARGIN * (pose.range_m + pose.forward_m) + 1.0)
    pose = pose.of(near)
    holds = _holds(few, pose, lon, lat)
    of, first = np.unique(pose.row[holds], return_index=True)  # what is certain comes first
    seen, certain = at_point(cameras, row[of], pose.certain[holds][first], lon, lat)
    of, certain = of[seen], certain[seen]
    few, row = _some(few, of), row[of]
    forward, _, distance_m = WGS84.inv(
        few["lon"].to_numpy(), few["lat"].to_numpy(), np.full(len(few), lon), np.full(len(few), lat)
    )
    found = pd.DataFrame(
        {
            "row": row,
            "distance_m": distance_m,
            "bearing_deg": normalise(forward),
            "density_px_m": _density_px_m(few, distance_m),
            "certain": certain,
        }
    )
    return found.sort_values("density_px_m", ascending=False, kind="stable", ignore_index=True)


def _some(cameras: pd.DataFrame, row: NDArray[np.int64]) -> pd.DataFrame:
    """Columns that poses are made of, of some of the cameras."""
    wanted = [name for name in ("lon", "lat", *COLUMNS) if name in cameras]
    return pd.DataFrame({name: cameras[name].iloc[row].array for name in wanted})


def _holds(cameras: pd.DataFrame, pose: Poses, lon: float, lat: float) -> NDArray[np.bool_]:
    """Whether each sector holds a point."""
    tip_lon, tip_lat = tips(cameras["lon"].to_numpy()[pose.row], cameras["lat"].to_numpy()[pose.row], pose)
    there = np.full(len(tip_lon), lon), np.full(len(tip_lon), lat)
    forward, _, distance_m = WGS84.inv(tip_lon, tip_lat, *there)
    within = (distance_m + _APEX_M >= pose.near_m) & (distance_m <= pose.range_m)
    turn_deg = np.abs(difference(forward, pose.bearing_deg))
    # at the tip itself there is no bearing; the point of a sector is part of it
    within &= (pose.hfov_deg >= ALL_ROUND_DEG) | (turn_deg <= pose.hfov_deg / 2) | (distance_m < _APEX_M)
    return np.asarray(within)


def _density_px_m(cameras: pd.DataFrame, distance_m: Floats) -> Floats:
    """Pixels per metre on a target so far away on the ground, by the rules of `geo.see.coverage`."""
    height_m = np.nan_to_num(cameras["mount_height_m"].to_numpy(np.float64, na_value=np.nan))
    slant_m = np.hypot(distance_m, np.maximum(height_m, 0.0))
    return np.asarray(at_one_metre_px(cameras) / np.maximum(slant_m, _NEAREST_M), np.float64)


def _flat_m(cameras: pd.DataFrame, lon: float, lat: float) -> Floats:
    """Distance on a plane: within 5 % up to some hundred kilometres in these latitudes."""
    across, along = metres_per_degree(lat)
    east = np.abs(cameras["lon"].to_numpy(np.float64) - lon)
    north = cameras["lat"].to_numpy(np.float64) - lat
    return np.asarray(np.hypot(np.minimum(east, 360.0 - east) * across, north * along), np.float64)


def _farthest_m(cameras: pd.DataFrame, least_px_m: float) -> float:
    """Distance no camera of these sees further than: the most pixels behind the narrowest lens. [m]"""
    thermal = (cameras["kind"] == THERMAL).to_numpy(bool)
    reach_m = _reach_m(cameras, least_px_m)
    if thermal.any():  # few; told by fewer pixels, they reach further
        reach_m = max(reach_m, _reach_m(cameras[thermal], min(least_px_m, optics.JOHNSON_LEAST_PX_M)))
    off_m = _most(cameras["position_accuracy_m"])
    return reach_m + (off_m if off_m > 0 else 0.0)


def _reach_m(cameras: pd.DataFrame, least_px_m: float) -> float:
    usual = optics.CLASS_DEFAULTS.values()
    pixels = max(_most(cameras["pixels_h"]), *(one.pixels_h for one in usual))
    narrowest = min(one.hfov_deg for one in usual)
    given = cameras["hfov_deg"].to_numpy(np.float32, na_value=np.nan)
    computed = optics.hfov_deg(_most(cameras["focal_length_mm"]), _least(cameras["sensor_width_mm"]))
    tours = cameras["presets"].dropna() if "presets" in cameras else ()
    aimed = [preset.hfov_deg for tour in tours for preset in tour]
    narrowest = float(np.nanmin([narrowest, _least(pd.Series(given)), computed, *aimed]))
    # pixels per radian are the more generous of the two formulae at every angle
    return float(optics.range_m(pixels, narrowest, least_px_m, angular=True))


def _most(column: "pd.Series[float]") -> float:
    return float(np.fmax.reduce(column.to_numpy(np.float32, na_value=np.nan), initial=-np.inf))


def _least(column: "pd.Series[float]") -> float:
    """Least of the values above 0; infinite where there is none."""
    values = column.to_numpy(np.float32, na_value=np.nan)
    return float(np.fmin.reduce(values, initial=np.inf, where=values > 0))


def _in_box(cameras: pd.DataFrame, lon: float, lat: float, reach_m: float) -> NDArray[np.int64]:
    """Positions of the cameras no further north, south, east or west of a point than a reach."""
    _, along = metres_per_degree(0.0)  # a degree of latitude is shortest at the equator
    high = _MARGIN * reach_m / float(along)
    across, _ = metres_per_degree(min(abs(lat) + high, 89.0))
    wide = _MARGIN * reach_m / float(across)
    rows = np.flatnonzero(np.abs(cameras["lat"].to_numpy(np.float64) - lat) <= high)
    turn = np.abs(cameras["lon"].to_numpy(np.float64)[rows] - lon)
    return rows[(turn <= wide) | (turn >= 360 - wide)]
