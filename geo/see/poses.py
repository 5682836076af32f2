"""
Cameras -> where each looks and how far it sees at a level of detail: surely, and possibly.

Surely needs a position, a bearing where the camera does not look all round, its optics, and by night its light;
how far off position and bearing may be cuts the ground back. Where nobody says how far, they are taken as given.
All else is possible only: an unknown bearing is a disc of the camera's range, unknown optics are those of its
class, the ground before a pole of unknown height may be below the picture. A PTZ may look anywhere in its circle;
surely it looks where its one preset is, and at each of several for a share of the time. A thermal camera may tell
people as far as Johnson's criteria say, surely as far as its pixels do; it needs no light.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.crs import Floats
from geo.see import doubt, optics

DAY, NIGHT = "day", "night"
LIGHTS = (DAY, NIGHT)
ALL_ROUND_DEG = 180.0  # a dome or fisheye with at least this lens, hung level, sees all round
ALL_ROUND_KINDS = ("dome", "fisheye")
PTZ, THERMAL, FISHEYE = "ptz", "thermal", "fisheye"
# What poses are made of; lon and lat besides. The last three may be missing.
COLUMNS = (
    "position_accuracy_m", "kind", "bearing_deg", "hfov_deg", "tilt_deg", "mount_height_m", "pixels_h", "pixels_v",
    "focal_length_mm", "sensor_width_mm", "ir_range_m", "bearing_accuracy_deg", "thermal_criteria", "presets",
)  # fmt: skip
Flags = NDArray[np.bool_]
Kinds = NDArray[np.object_]


@dataclass(frozen=True)
class Poses:
    """
    What the sectors are drawn from: for a camera what it surely sees, what it may see, or both.

    Attributes
    ----------
    row
        Position of the camera in the table, rising; what it surely sees comes first.
    certain
        Whether that ground is surely seen. What may be seen holds it; it is left out where it is the same.
    share
        Of the time a camera looks there: of a PTZ's presets their share of its tour; NaN: could look there.
    bearing_deg
        0 where unknown: a disc then.
    forward_m
        How far along the bearing the tip of the sector lies before the camera; below 0: behind it.
    hfov_deg
        Width of the sector; 360 is a disc.
    near_m, range_m
        From the tip, on the ground; each entry sees something.
    """

    row: NDArray[np.int64]
    certain: Flags
    share: Floats
    bearing_deg: Floats
    forward_m: Floats
    hfov_deg: Floats
    near_m: Floats
    range_m: Floats

    def of(self, kept: NDArray[np.int64] | Flags) -> "Poses":
        """Return some of the entries."""
        return Poses(*(getattr(self, one.name)[kept] for one in fields(self)))


@dataclass(frozen=True)
class Preset:
    """Where a PTZ looks for a share of its tour; None: unknown."""

    bearing_deg: float
    hfov_deg: float
    tilt_deg: float | None
    share: float  # of the time, above 0 and up to 1


def poses(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> Poses:
    """
    Where each camera looks and how far it sees at a level.

    Parameters
    ----------
    cameras
        A row a camera: `COLUMNS`; presets holds a tuple of `Preset` where a PTZ has some.
    level_px_m
        Pixels per metre, above 0.
    light
        "day" or "night".
    """
    if light not in LIGHTS:
        raise ValueError(f"light must be day or night, got {light!r}")
    kind = _kinds(cameras)
    found = _looking(cameras, kind, level_px_m, light, kind != PTZ)
    found += _touring(cameras, kind, level_px_m, light)
    together = Poses(*(np.concatenate([getattr(one, name.name) for one in found]) for name in fields(Poses)))
    return together.of(np.argsort(2 * together.row + ~together.certain, kind="stable"))


def at_one_metre_px(cameras: pd.DataFrame) -> Floats:
    """Pixels per metre on a target one metre from each camera; those of its class where its optics are unknown."""
    lens = _Lens.of(cameras, _kinds(cameras))
    return optics.range_m(lens.pixels_h, lens.hfov_deg, 1.0, angular=lens.angular)


def _looking(cameras: pd.DataFrame, kind: Kinds, level_px_m: float, light: str, can_be_sure: Flags) -> list[Poses]:
    """Poses as the cameras hang: what is surely seen, and what may be seen where that is more."""
    lens = _Lens.of(cameras, kind)
    sure_m, may_m, certain = _slant_m(cameras, kind, lens, level_px_m, light)
    bearing = numbers(cameras, "bearing_deg")
    round_kind = np.isin(kind, ALL_ROUND_KINDS)
    aimed = np.isfinite(bearing) | (round_kind & (lens.given_hfov_deg >= ALL_ROUND_DEG))
    # A disc where the camera looks all round or may look anywhere; a picture's edges mean nothing there.
    disc = (kind == PTZ) | ~np.isfinite(bearing) | (round_kind & ~(lens.given_hfov_deg < doubt.FULL_DEG))
    wide = np.where(disc, doubt.FULL_DEG, lens.hfov_deg)
    height, tilt = _above_zero(numbers(cameras, "mount_height_m")), numbers(cameras, "tilt_deg")
    near, far = optics.edges_m(height, tilt, lens.vfov_deg)
    far = np.where(disc, np.inf, far)
    near = np.where(disc, 0.0, near)
    hung = disc | (np.isfinite(height) & np.isfinite(tilt))
    sure_near = np.where(hung, near, optics.usual_near_m(height, tilt, lens.vfov_deg))
    off = _off(cameras, "position_accuracy_m"), _off(cameras, "bearing_accuracy_deg")
    sure_m, may_m = (np.minimum(optics.ground_range_m(slant, height), far) for slant in (sure_m, may_m))
    sure = doubt.surely(wide, sure_near, sure_m, *off)
    may = doubt.maybe(wide, near, may_m, *off)
    certain = certain & can_be_sure & aimed & sure.seeing
    same = certain & (off[0] + off[1] == 0) & (sure_near == near) & (sure_m == may_m)
    share = np.where(kind == PTZ, np.nan, 1.0)
    bearing = np.nan_to_num(bearing)
    return [
        _entries(np.flatnonzero(certain), sure, True, share, bearing),
        _entries(np.flatnonzero(may.seeing & ~same), may, False, share, bearing),
    ]


def _touring(cameras: pd.DataFrame, kind: Kinds, level_px_m: float, light: str) -> list[Poses]:
    """Poses of the presets of PTZ cameras; only one that is never left is surely seen."""
    if "presets" not in cameras:
        return []
    rows = np.flatnonzero(cameras["presets"].notna().to_numpy(bool) & (kind == PTZ))
    tours: list[tuple[Preset, ...]] = [cameras["presets"].iloc[row] for row in rows]
    of, presets = np.repeat(rows, [len(tour) for tour in tours]), [preset for tour in tours for preset in tour]
    if not presets:
        return []
    fixed = pd.DataFrame({name: cameras[name].iloc[of].array for name in COLUMNS[:-1] if name in cameras})
    for name in ("bearing_deg", "hfov_deg", "tilt_deg"):
        fixed[name] = np.array([getattr(preset, name) for preset in presets], np.float64)
    share = np.array([preset.share for preset in presets])
    found = _looking(fixed, np.full(len(of), "fixed", object), level_px_m, light, share >= 1.0)
    return [replace(part, row=of[part.row], share=share[part.row]) for part in found]


def _entries(
    rows: NDArray[np.int64], drawn: doubt.Sectors, certain: bool, share: Floats, bearing: Floats
) -> Poses:
    return Poses(
        rows, np.full(len(rows), certain), share[rows], bearing[rows], drawn.forward_m[rows], drawn.hfov_deg[rows],
        drawn.near_m[rows], drawn.range_m[rows],
    )  # fmt: skip


@dataclass(frozen=True)
class _Lens:
    """Lens and sensor of each camera: as given, or of its class."""

    given_hfov_deg: Floats  # NaN: unknown
    hfov_deg: Floats
    vfov_deg: Floats
    pixels_h: Floats
    ir_range_m: Floats  # of its class
    known: Flags
    angular: Flags  # a dome with an ordinary lens is an ordinary camera in a round housing, a fisheye is not

    @classmethod
    def of(cls, cameras: pd.DataFrame, kind: Kinds) -> "_Lens":
        """Read the lens of each camera."""
        hfov, pixels = _hfov(cameras), _above_zero(numbers(cameras, "pixels_h"))
        words, codes = np.unique(kind.astype(str), return_inverse=True)
        classes = [optics.CLASS_DEFAULTS[word] for word in words]
        usual_hfov, usual_pixels, usual_ir = (
            np.array([getattr(one, name) for one in classes], np.float64)[codes]
            for name in ("hfov_deg", "pixels_h", "ir_range_m")
        )
        wide = np.where(np.isfinite(hfov), hfov, usual_hfov)
        across = np.where(np.isfinite(pixels), pixels, usual_pixels)
        angular = kind == FISHEYE
        vfov = optics.vfov_deg(wide, across, numbers(cameras, "pixels_v"), angular=angular)
        return cls(hfov, wide, vfov, across, usual_ir, np.isfinite(hfov) & np.isfinite(pixels), angular)


def _slant_m(
    cameras: pd.DataFrame, kind: Kinds, lens: _Lens, level_px_m: float, light: str
) -> tuple[Floats, Floats, Flags]:
    """Slant range surely reached, the one that may be reached, and whether lens and light are known. [m]"""
    sure = optics.range_m(lens.pixels_h, lens.hfov_deg, level_px_m, angular=lens.angular)
    thermal, known = kind == THERMAL, lens.known
    if light == NIGHT:
        lit = numbers(cameras, "ir_range_m")
        known = known & (thermal | np.isfinite(lit))
        lit = np.where(np.isfinite(lit), lit, lens.ir_range_m)
        sure = np.where(thermal, sure, np.minimum(sure, lit))
    may = sure
    if thermal.any():
        maker = "thermal_criteria" in cameras and (cameras["thermal_criteria"] == "maker").to_numpy(bool)
        for criteria, so in (("johnson", thermal & ~np.asarray(maker)), ("maker", thermal & maker)):
            reach = optics.thermal_range_m(lens.pixels_h, lens.hfov_deg, level_px_m, criteria)
            may = np.where(so, np.maximum(may, reach), may)
    return sure, may, known


def _kinds(cameras: pd.DataFrame) -> Kinds:
    """Kind of each camera, as words."""
    codes, words = pd.factorize(cameras["kind"], use_na_sentinel=False)
    odd = sorted(set(map(str, words)) - optics.CLASS_DEFAULTS.keys())
    if odd:
        raise ValueError(f"kind of camera must be one of {', '.join(optics.CLASS_DEFAULTS)}, got {odd[0]!r}")
    return np.array([str(word) for word in words], object)[codes]


def _hfov(cameras: pd.DataFrame) -> Floats:
    given = numbers(cameras, "hfov_deg")
    computed = optics.hfov_deg(numbers(cameras, "focal_length_mm"), numbers(cameras, "sensor_width_mm"))
    given = np.where((given > 0) & (given <= 360), given, np.nan)
    return np.where(np.isfinite(given), given, computed)


def _off(cameras: pd.DataFrame, column: str) -> Floats:
    """How far off something may be; where nobody says so it is taken as given."""
    return np.maximum(np.nan_to_num(numbers(cameras, column)), 0.0)


def _above_zero(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def numbers(cameras: pd.DataFrame, column: str) -> Floats:
    """Return a column as floats, NaN where nothing is known or there is no such column."""
    if column not in cameras:
        return np.full(len(cameras), np.nan)
    return cameras[column].to_numpy(dtype=np.float64, na_value=np.nan)
