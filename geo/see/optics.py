"""
Sensor and focal length -> field of view; pixels per metre -> reach; height and tilt -> near and far edge.

Every function takes arrays (or numbers) and returns arrays; NaN in means "unknown" and comes out as NaN.
Formulae: rectilinear lenses after IEC 62676-4, N_h / (2 · level · tan(hfov/2)); wide and panoramic lenses spread
their pixels evenly over the angle, so there pixels per radian count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.crs import Floats

RECTILINEAR_BELOW_DEG = 120.0  # from here on a lens maps angles, not tangents
USUAL_MOUNT_M = 6.0  # height of a camera on a pole where nobody says it
USUAL_ASPECT = 9 / 16  # picture height by width where only the width is known


@dataclass(frozen=True)
class Optics:
    """What a class of camera is taken to have where its keeper does not say; such coverage is only possible."""

    pixels_h: int
    hfov_deg: float
    ir_range_m: float


# Modest members of each class, so that the possible coverage of an unknown camera is not flattered. A PTZ is taken
# at a middling zoom; a dome and a fisheye look all round through a half-sphere.
CLASS_DEFAULTS: dict[str, Optics] = {
    "fixed": Optics(pixels_h=1920, hfov_deg=80.0, ir_range_m=30.0),
    "ptz": Optics(pixels_h=1920, hfov_deg=10.0, ir_range_m=100.0),
    "dome": Optics(pixels_h=1920, hfov_deg=180.0, ir_range_m=20.0),
    "fisheye": Optics(pixels_h=2560, hfov_deg=180.0, ir_range_m=10.0),
    "thermal": Optics(pixels_h=640, hfov_deg=25.0, ir_range_m=0.0),
}


# Thermal cameras tell a person by pixels across the critical dimension, with a probability of one half (Johnson's
# criteria: 1, 4 and 6.4 cycles; some makers count less). Contrast, rain and haze take from it.
CRITICAL_M = 0.5  # across a person
JOHNSON_PX = {"johnson": (2.0, 8.0, 12.8), "maker": (1.5, 6.0, 12.0)}  # to detect, recognise, identify
JOHNSON_LEAST_PX_M = min(pixels[0] for pixels in JOHNSON_PX.values()) / CRITICAL_M
RECOGNISE_FROM_PX_M, IDENTIFY_FROM_PX_M = 80.0, 250.0  # levels that ask for more than to detect


def hfov_deg(focal_length_mm: ArrayLike, sensor_width_mm: ArrayLike) -> Floats:
    """Horizontal field of view of a rectilinear lens. [°]"""
    focal, width = _floats(focal_length_mm), _floats(sensor_width_mm)
    known = (focal > 0) & (width > 0)
    ratio = np.divide(width, 2 * focal, out=np.full(np.broadcast(focal, width).shape, np.nan), where=known)
    return np.asarray(np.degrees(2 * np.arctan(ratio)), np.float64)


def vfov_deg(hfov: ArrayLike, pixels_h: ArrayLike, pixels_v: ArrayLike, angular: ArrayLike = False) -> Floats:
    """Vertical field of view from the horizontal one and the shape of the picture (16:9 where unknown). [°]"""
    wide, across, down = _floats(hfov), _floats(pixels_h), _floats(pixels_v)
    aspect = np.where((across > 0) & (down > 0), down / np.where(across > 0, across, 1), USUAL_ASPECT)
    tangent = np.tan(np.radians(np.minimum(wide, 179.0)) / 2) * aspect
    return np.where(_angular(wide, angular), wide * aspect, np.degrees(2 * np.arctan(tangent)))


def range_m(pixels_h: ArrayLike, hfov: ArrayLike, level_px_m: float, angular: ArrayLike = False) -> Floats:
    """
    Slant range at which the pixels per metre fall to a level. [m]

    Parameters
    ----------
    pixels_h
        Pixels across the picture.
    hfov
        Horizontal field of view. [°]
    level_px_m
        Pixels per metre wanted, above 0.
    angular
        True for a fisheye; lenses of 120° and more always are taken so.
    """
    if not level_px_m > 0:
        raise ValueError(f"level must be above 0 px/m, got {level_px_m}; borders use 20, lanes 125")
    return _pixels_at_one_metre(pixels_h, hfov, angular) / level_px_m


def thermal_range_m(
    pixels_h: ArrayLike, hfov: ArrayLike, level_px_m: float, criteria: str = "johnson", angular: ArrayLike = False
) -> Floats:
    """
    Slant range at which a thermal camera tells a person as a level asks, once in two times. [m]

    A level below 80 px/m asks to detect, one below 250 px/m to recognise, any other to identify. What is W across
    spans n pixels at R = W · f / (p · n).
    """
    if criteria not in JOHNSON_PX:
        raise ValueError(f"thermal criteria are one of {', '.join(JOHNSON_PX)}, got {criteria!r}")
    step = (level_px_m >= RECOGNISE_FROM_PX_M) + (level_px_m >= IDENTIFY_FROM_PX_M)
    return range_m(pixels_h, hfov, JOHNSON_PX[criteria][step] / CRITICAL_M, angular)


def density_px_m(pixels_h: ArrayLike, hfov: ArrayLike, slant_m: ArrayLike, angular: ArrayLike = False) -> Floats:
    """Pixels per metre on a target at a slant range [m] above 0."""
    return _pixels_at_one_metre(pixels_h, hfov, angular) / _floats(slant_m)


def ground_range_m(slant_m: ArrayLike, mount_height_m: ArrayLike) -> Floats:
    """Distance on the ground of what is a slant range away; 0 where the range ends above the ground."""
    slant, height = np.broadcast_arrays(_floats(slant_m), np.nan_to_num(_floats(mount_height_m)))
    return np.asarray(np.sqrt(np.maximum(slant * slant - height * height, 0.0)), np.float64)


def edges_m(mount_height_m: ArrayLike, tilt_deg: ArrayLike, vfov: ArrayLike) -> tuple[Floats, Floats]:
    """
    Near and far edge of the picture on flat ground. [m]

    The near edge is 0 where the picture reaches straight down or height, tilt or vfov are unknown; the far edge is
    infinite where the picture holds the horizon or they are unknown.
    """
    height, tilt, half = _floats(mount_height_m), _floats(tilt_deg), _floats(vfov) / 2
    height, tilt, half = np.broadcast_arrays(height, tilt, half)
    known = (height > 0) & np.isfinite(tilt) & np.isfinite(half)
    lowest, highest = tilt + half, tilt - half
    near = np.where(known & (lowest > 0) & (lowest < 90), height / _tangent(lowest), 0.0)
    near = np.where(known & (lowest <= 0), np.inf, near)  # the whole picture is above the horizon
    far = np.where(known & (highest > 0), height / _tangent(highest), np.inf)
    return near, far


def usual_near_m(mount_height_m: ArrayLike, tilt_deg: ArrayLike, vfov: ArrayLike) -> Floats:
    """
    Near edge of the picture where height or tilt is unknown: a usual pole, the horizon at the picture's top. [m]

    0 where the vertical field of view is unknown or reaches straight down.
    """
    height, tilt, wide = np.broadcast_arrays(_floats(mount_height_m), _floats(tilt_deg), _floats(vfov))
    height = np.where(height > 0, height, USUAL_MOUNT_M)
    near, _ = edges_m(height, np.where(np.isfinite(tilt), tilt, wide / 2), wide)
    return near


def _pixels_at_one_metre(pixels_h: ArrayLike, hfov: ArrayLike, angular: ArrayLike) -> Floats:
    pixels, wide = _floats(pixels_h), _floats(hfov)
    half = np.radians(np.clip(wide, 1e-6, 179.0)) / 2
    return np.where(
        _angular(wide, angular), pixels / np.maximum(np.radians(wide), 1e-9), pixels / (2 * np.tan(half))
    )


def _angular(hfov: Floats, angular: ArrayLike) -> np.ndarray:
    return np.asarray(angular, dtype=bool) | (hfov >= RECTILINEAR_BELOW_DEG)


def _tangent(angle_deg: Floats) -> Floats:
    return np.tan(np.radians(np.clip(angle_deg, 1e-6, 89.999999)))


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
