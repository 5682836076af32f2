"""What the invented cameras are: kinds, lenses, poles, and how much their keepers wrote down."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import Floats

Range = tuple[float, float]


@dataclass(frozen=True)
class Lens:
    """A class of camera; pairs are from and to."""

    kind: str
    pixels: tuple[int, int]
    hfov_deg: Range
    height_m: Range
    tilt_deg: Range
    ir_m: Range
    sensor_mm: float
    share: float


STREET = (
    Lens("fixed", (1920, 1080), (32, 100), (3.5, 7), (8, 22), (25, 50), 5.37, 0.34),
    Lens("fixed", (2560, 1440), (28, 104), (4, 8), (8, 22), (30, 60), 5.12, 0.24),
    Lens("fixed", (3840, 2160), (28, 108), (4, 9), (8, 20), (30, 80), 7.68, 0.10),
    Lens("dome", (1920, 1080), (78, 106), (3, 5), (20, 40), (15, 30), 5.37, 0.10),
    Lens("dome", (2560, 1440), (84, 108), (3, 5), (20, 40), (20, 30), 5.12, 0.06),
    Lens("ptz", (1920, 1080), (4, 30), (6, 12), (5, 15), (100, 200), 5.37, 0.08),
    Lens("ptz", (3840, 2160), (5, 30), (6, 15), (5, 15), (150, 250), 7.68, 0.02),
    Lens("fisheye", (2560, 2560), (180, 186), (3, 6), (90, 90), (8, 15), 5.12, 0.03),
    Lens("thermal", (640, 512), (12, 32), (5, 10), (3, 8), (0, 0), 7.68, 0.03),
)
CROSSING = (
    Lens("fixed", (2560, 1440), (30, 70), (4, 7), (10, 22), (30, 60), 5.12, 0.45),
    Lens("fixed", (3840, 2160), (30, 80), (4, 8), (10, 22), (40, 80), 7.68, 0.35),
    Lens("dome", (2560, 1440), (84, 108), (3, 5), (20, 40), (20, 30), 5.12, 0.10),
    Lens("ptz", (3840, 2160), (5, 30), (6, 15), (5, 15), (150, 250), 7.68, 0.10),
)
BORDER = (
    Lens("fixed", (2560, 1440), (8.2, 20), (9, 18), (0.2, 0.8), (120, 300), 5.12, 0.42),
    Lens("fixed", (3840, 2160), (12.2, 30), (9, 18), (0.2, 0.8), (150, 400), 7.68, 0.42),
    Lens("thermal", (640, 512), (6, 12), (9, 18), (0.2, 0.8), (0, 0), 7.68, 0.06),
    Lens("ptz", (2560, 1440), (5, 12), (12, 20), (2, 6), (200, 500), 5.12, 0.06),
)
SURVEYED_M = 3.0  # how far off cameras may be that somebody went and measured
_ACCURACY_M = (3.0, 5.0, 10.0, 15.0, 30.0, 100.0, np.nan)
_ACCURACY_SHARE = (0.16, 0.24, 0.26, 0.12, 0.08, 0.04, 0.10)
_ONVIF = ("S", "T", "S,T", "G,S,T", None)


def choose(lenses: Sequence[Lens], number: int, rng: np.random.Generator) -> pd.DataFrame:
    """
    Cameras of the given classes, as if everything about them were known.

    Returns
    -------
    cameras
        kind, pixels_h, pixels_v, hfov_deg, mount_height_m, tilt_deg, ir_range_m, sensor_width_mm.
    """
    share = np.array([lens.share for lens in lenses])
    which = rng.choice(len(lenses), number, p=share / share.sum())

    def between(pairs: Sequence[Range], digits: int) -> Floats:
        low, high = np.array(pairs)[which].T
        return np.asarray((low + rng.random(number) * (high - low)).round(digits))

    pixels = np.array([lens.pixels for lens in lenses])[which]
    return pd.DataFrame(
        {
            "kind": np.array([lens.kind for lens in lenses], object)[which],
            "pixels_h": pixels[:, 0].astype(float),
            "pixels_v": pixels[:, 1].astype(float),
            "hfov_deg": between([lens.hfov_deg for lens in lenses], 1),
            "mount_height_m": between([lens.height_m for lens in lenses], 1),
            "tilt_deg": between([lens.tilt_deg for lens in lenses], 1),
            "ir_range_m": (between([lens.ir_m for lens in lenses], 0) // 5) * 5,
            "sensor_width_mm": np.array([lens.sensor_mm for lens in lenses])[which],
        }
    )


def written_down(cameras: pd.DataFrame, rng: np.random.Generator, *, care: float) -> pd.DataFrame:
    """
    What an inventory says of cameras: less than is true of them.

    Parameters
    ----------
    cameras
        As from `choose`, with bearing_deg.
    care
        1 forgets as much as an ordinary list does, 0 nothing.
    """
    # arrays rather than frame columns: a frame takes 50 times as long for each of these small changes
    said = {str(name): cameras[name].to_numpy(copy=True) for name in cameras}
    number = len(cameras)

    def forget(share: float, *names: str, among: NDArray[np.bool_] | bool = True) -> None:
        lost = (rng.random(number) < share) & among
        for name in names:
            said[name][lost] = np.nan

    # A lens is written as its focal length as often as not; then the angle follows from the sensor.
    half = np.radians(np.minimum(said["hfov_deg"], 170)) / 2
    said["focal_length_mm"] = (said["sensor_width_mm"] / (2 * np.tan(half))).round(1)
    by_focal = (rng.random(number) < 0.3) & (said["hfov_deg"] < 110)
    said["hfov_deg"][by_focal] = np.nan
    forget(0.6, "focal_length_mm", "sensor_width_mm", among=~by_focal)
    forget(0.06 * care, "hfov_deg", "focal_length_mm", "sensor_width_mm", "pixels_h", "pixels_v")
    said["bearing_deg"][said["kind"] == "fisheye"] = np.nan  # hangs level and looks all round: it has none
    forget(0.125 * care, "bearing_deg")
    unlit = rng.random(number) < 0.10
    said["ir_range_m"][unlit] = 0.0
    forget(0.12 * care, "ir_range_m", among=~unlit & (said["kind"] != "thermal"))
    forget(0.25 * care, "tilt_deg")
    forget(0.15 * care, "mount_height_m")
    accuracy = rng.choice(_ACCURACY_M, number, p=_ACCURACY_SHARE)
    said["position_accuracy_m"] = np.where(care < 1, np.minimum(accuracy, SURVEYED_M), accuracy)
    said["onvif_profile"] = np.array(_ONVIF, object)[rng.integers(len(_ONVIF), size=number)]
    return pd.DataFrame(said)
