"""
Cameras -> the ground each covers at a level of detail, by day or by night, certain or only possible.

Certain needs a position (known to 50 m), a bearing where the camera does not look all round, and its optics. All
else is possible: an unknown bearing is a disc of the camera's range, unknown optics are those of its class. A PTZ
is a circle of what it could turn to, never certain. By night the infrared light limits the range; thermal cameras
need none.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import EPSG_LONLAT, Floats
from geo.see import optics
from geo.see.sector import sectors

CERTAIN, POSSIBLE = "certain", "possible"
DAY, NIGHT = "day", "night"
LIGHTS = (DAY, NIGHT)
CERTAIN_ACCURACY_M = 50.0
ALL_ROUND_DEG = 180.0  # a dome or fisheye with at least this lens, hung level, sees all round
ALL_ROUND_KINDS = ("dome", "fisheye")
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Poses:
    """What the sectors are drawn from, one entry a camera."""

    bearing_deg: Floats  # 0 where unknown: a disc then
    hfov_deg: Floats  # width of the sector drawn; 360 is a disc
    near_m: Floats
    range_m: Floats  # on the ground; 0: sees nothing
    certain: Flags

    @property
    def seeing(self) -> Flags:
        """Whether any ground is seen at all."""
        return np.asarray((self.range_m > 0) & (self.near_m < self.range_m))


def footprints(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> gpd.GeoDataFrame:
    """
    Ground each camera covers at a level, as if it worked.

    Parameters
    ----------
    cameras
        One row a camera, as `data.inventory.load_cameras` gives it: id, code, lon, lat, position_accuracy_m, kind,
        bearing_deg, hfov_deg, tilt_deg, mount_height_m, pixels_h, pixels_v, focal_length_mm, sensor_width_mm,
        ir_range_m.
    level_px_m
        Pixels per metre, above 0.
    light
        "day" or "night".

    Returns
    -------
    footprints
        EPSG:4326; row (position in `cameras`), camera_id, camera_code, kind ("certain" or "possible"), level_px_m,
        light, range_m, near_m, geometry. Cameras that see nothing at this level have no row.

    Raises
    ------
    ValueError
        If `level_px_m` is not above 0 or `light` is neither day nor night.
    """
    drawn = poses(cameras, level_px_m, light)
    row = np.flatnonzero(drawn.seeing)
    lon, lat = _numbers(cameras, "lon")[row], _numbers(cameras, "lat")[row]
    reach, near = drawn.range_m[row], drawn.near_m[row]
    return gpd.GeoDataFrame(
        {
            "row": row,
            "camera_id": cameras["id"].to_numpy()[row],
            "camera_code": cameras["code"].iloc[row].to_numpy(object),
            "kind": np.where(drawn.certain[row], CERTAIN, POSSIBLE),
            "level_px_m": float(level_px_m),
            "light": light,
            "range_m": reach,
            "near_m": near,
        },
        geometry=sectors(lon, lat, drawn.bearing_deg[row], drawn.hfov_deg[row], reach, near),
        crs=EPSG_LONLAT,
    )


def kinds(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> tuple[NDArray[np.int64], Flags]:
    """Which cameras see anything at a level, by position, and whether for certain: `footprints` undrawn."""
    undrawn = poses(cameras, level_px_m, light)
    row = np.flatnonzero(undrawn.seeing)
    return row, undrawn.certain[row]


def reach_m(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> Floats:
    """Distance on the ground beyond which each camera sees nothing at a level; 0: it sees nothing. [m]"""
    return poses(cameras, level_px_m, light).range_m


def share(zone: shapely.Geometry, polygons: NDArray[np.object_]) -> float:
    """Share of a zone's area that polygons cover, 0-1; both in one projected CRS [m]."""
    if shapely.is_empty(zone) or not zone.area:
        raise ValueError("a zone needs an area; draw it as a polygon")
    if not len(polygons):
        return 0.0
    return float(min(shapely.intersection(shapely.union_all(polygons), zone).area / zone.area, 1.0))


def poses(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> Poses:
    """Where each camera looks and how far it sees at a level, an entry a row; arguments as of `footprints`."""
    if light not in LIGHTS:
        raise ValueError(f"light must be day or night, got {light!r}")
    kind, usual = _usual(cameras)
    ptz, round_kind = kind == "ptz", np.isin(kind, ALL_ROUND_KINDS)
    given_hfov, given_pixels = _hfov(cameras), _above_zero(_numbers(cameras, "pixels_h"))
    bearing_known = np.isfinite(_numbers(cameras, "bearing_deg"))
    roughly_placed = _numbers(cameras, "position_accuracy_m") > CERTAIN_ACCURACY_M
    aimed = bearing_known | (round_kind & (given_hfov >= ALL_ROUND_DEG))
    certain = aimed & np.isfinite(given_hfov) & np.isfinite(given_pixels) & ~ptz & ~roughly_placed

    hfov = np.where(np.isfinite(given_hfov), given_hfov, usual.hfov_deg)
    pixels = np.where(np.isfinite(given_pixels), given_pixels, usual.pixels_h)
    fisheye = kind == "fisheye"  # a dome with an ordinary lens is an ordinary camera in a round housing
    slant = optics.range_m(pixels, hfov, level_px_m, angular=fisheye)
    if light == NIGHT:
        lit, thermal = _numbers(cameras, "ir_range_m"), kind == "thermal"
        certain &= thermal | np.isfinite(lit)
        lit = np.where(np.isfinite(lit), lit, usual.ir_range_m)
        slant = np.where(thermal, slant, np.minimum(slant, lit))

    # A disc where the camera looks all round or may look anywhere; a picture's edges mean nothing there.
    disc = ptz | ~bearing_known | (round_kind & ~(given_hfov < 360))
    height = _above_zero(_numbers(cameras, "mount_height_m"))
    vfov = optics.vfov_deg(hfov, pixels, _numbers(cameras, "pixels_v"), angular=fisheye)
    near, far = optics.edges_m(height, _numbers(cameras, "tilt_deg"), vfov)
    ground = optics.ground_range_m(slant, height)
    return Poses(
        bearing_deg=np.nan_to_num(_numbers(cameras, "bearing_deg")),
        hfov_deg=np.where(disc, 360.0, hfov),
        near_m=np.where(disc, 0.0, near),
        range_m=np.where(disc, ground, np.minimum(ground, far)),
        certain=certain,
    )


@dataclass(frozen=True)
class _Usual:
    """Optics a camera's class is taken to have, one entry a camera."""

    hfov_deg: Floats
    pixels_h: Floats
    ir_range_m: Floats


def _usual(cameras: pd.DataFrame) -> tuple[NDArray[np.object_], _Usual]:
    """Kind of each camera, and the optics its class is taken to have."""
    codes, words = pd.factorize(cameras["kind"], use_na_sentinel=False)
    odd = sorted(set(map(str, words)) - optics.CLASS_DEFAULTS.keys())
    if odd:
        raise ValueError(f"kind of camera must be one of {', '.join(optics.CLASS_DEFAULTS)}, got {odd[0]!r}")
    classes = [optics.CLASS_DEFAULTS[str(word)] for word in words]
    columns = (
        np.array([getattr(one, name) for one in classes], np.float64)[codes]
        for name in ("hfov_deg", "pixels_h", "ir_range_m")
    )
    return np.array([str(word) for word in words], object)[codes], _Usual(*columns)


def _hfov(cameras: pd.DataFrame) -> Floats:
    given = _numbers(cameras, "hfov_deg")
    computed = optics.hfov_deg(_numbers(cameras, "focal_length_mm"), _numbers(cameras, "sensor_width_mm"))
    given = np.where((given > 0) & (given <= 360), given, np.nan)
    return np.where(np.isfinite(given), given, computed)


def _above_zero(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _numbers(cameras: pd.DataFrame, column: str) -> Floats:
    return cameras[column].to_numpy(dtype=np.float64, na_value=np.nan)
