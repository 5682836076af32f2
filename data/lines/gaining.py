"""What one more camera would see of a line, before anybody puts it up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from data.corrections import LIMITS
from data.fleet import Snapshot
from data.ground.hidden import hidden, obstacles_of
from data.lines import border, border_now
from data.lines.border import LineCover
from data.lines.losing import bands, changed, working
from data.lines.side import RIGHT, right_of_m
from data.lines.watched import WatchedLine, cambodia, sakaeo
from data.models import Kind
from geo.crs import WGS84
from geo.line.chainage import Line
from geo.line.counting import Counter
from geo.see import optics
from geo.see.coverage import DAY, LIGHTS

PIXELS_H = (640, 8192)  # across a picture, fewest and most
BORDER_NEAR_M = 50_000.0  # further from the border nothing is told of its side
TURNS_DEG = 10.0  # between the bearings that are tried
_ALL_ROUND = (Kind.PTZ, Kind.DOME, Kind.FISHEYE)


@dataclass(frozen=True)
class Pose:
    """
    A camera that is thought of.

    Attributes
    ----------
    tilt_deg
        Below the horizon; None: so that the horizon is the upper edge of its picture.
    ir_range_m
        Reach of its infrared light; 0: it has none; None: not known, so that its night is only possible.
    """

    lon: float
    lat: float
    bearing_deg: float
    hfov_deg: float = 60.0
    pixels_h: int = 2560
    mount_height_m: float = 6.0
    tilt_deg: float | None = None
    ir_range_m: float | None = 80.0
    kind: Kind = Kind.FIXED

    def __post_init__(self) -> None:
        """Refuse what no camera can be, naming it."""
        limits = LIMITS | {"pixels_h": PIXELS_H}
        for name, (low, high) in limits.items():
            value = getattr(self, name, None)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} of the camera must lie in {low:g}-{high:g}, got {value:g}; put it right")


@dataclass(frozen=True, eq=False)
class Gain:
    """
    What a line gains by one light, if the camera works.

    Attributes
    ----------
    sees_m, may_m
        What it surely sees of the line; what it sees or might. [m]
    certain_m
        Of these surely seen by nobody before: the part of gaps that it closes. [m]
    open_m
        Of `certain_m`, what nothing even might see before. [m]
    any_m
        Seen or possibly seen now, by nothing before. [m]
    again_m
        Surely seen by it and by others: what stays seen when one of them fails. [m]
    twice_m
        Of `again_m`, what one other camera alone saw before. [m]
    longest_m
        The longest stretch of the whole line that is not surely seen, before and afterwards. [m]
    stretches
        What it closes or may close, as `data.lines.losing.changed` gives it.
    """

    sees_m: float
    may_m: float
    certain_m: float
    open_m: float
    any_m: float
    again_m: float
    twice_m: float
    longest_m: tuple[float, float]
    stretches: gpd.GeoDataFrame


def gain(
    known: Snapshot, pose: Pose, level_px_m: float, when: str, line: WatchedLine | None = None
) -> Mapping[str, Gain]:
    """
    What a line, the Sa Kaeo border unless given, gains by day and by night with one more camera that works.

    Raises
    ------
    ValueError
        If it would not stand on the Thai side of the line and of every band of uncertain boundary.
    """
    check_side(line or sakaeo(), pose.lon, pose.lat)
    one = standing(known, pose)
    return {
        light: added(border_now.cover(known, level_px_m, light, line), known.status, when, one) for light in LIGHTS
    }


def check_side(line: WatchedLine, lon: float, lat: float) -> None:
    """Refuse a place that is not on the Thai side of a line, or where the boundary is uncertain."""
    if in_band(line, lon, lat):
        raise ValueError(
            f"{lat:.5f}, {lon:.5f} lies in a band where the boundary is uncertain; a camera stands on the Thai"
            " side of it, so move it out"
        )
    over_m = beyond_m(line, lon, lat)
    if over_m > 0:
        raise ValueError(
            f"{lat:.5f}, {lon:.5f} is {over_m:,.0f} m beyond the line; a camera stands on the Thai side,"
            " so move it at least that far back across"
        )


def in_band(line: WatchedLine, lon: float, lat: float) -> bool:
    """Whether a place lies where the boundary may run."""
    return line.uncertain is not None and bool(shapely.intersects_xy(line.uncertain, lon, lat))


def beyond_m(line: WatchedLine, lon: float, lat: float) -> float:
    """How far a place lies beyond the border of a line, see `border_of`, on the foreign side; 0 if on ours. [m]"""
    border = border_of(line, lon, lat)
    if border is None:
        return 0.0
    right_m = right_of_m(border.line, lon, lat)
    return max(0.0, -right_m if border.thai_side == RIGHT else right_m)


def border_of(line: WatchedLine, lon: float, lat: float) -> WatchedLine | None:
    """
    Return the border a camera at a place must not be beyond: the line itself where Thailand is on one side of it.

    Of a line with Thailand on both sides it is the Thai-Cambodian one, where the place is near it; None where
    nobody knows one.
    """
    if line.thai_side is not None:
        return line
    border = cambodia()
    at_m, off_m = border.line.locate(lon, lat)
    return border if off_m < BORDER_NEAR_M and 0 < at_m < border.line.length_m else None


def added(cover: LineCover, status: ArrayLike, when: str, camera: pd.DataFrame) -> Gain:
    """
    What a line gains by the light of a cover with one more camera.

    Parameters
    ----------
    status, when
        Of the cameras there are, as of `data.lines.losing.counted`.
    camera
        One row, as `as_frame` gives it.
    """
    new = border.cover(cover.line, camera, cover.level_px_m, cover.light)
    rows, local = np.unique(cover.row, return_inverse=True)
    before = Counter.of(
        cover.line.length_m, np.append(local, np.full(len(new.row), len(rows))),
        np.append(cover.from_m, new.from_m), np.append(cover.to_m, new.to_m),
        np.append(cover.certain, new.certain), len(rows) + 1,
    )  # fmt: skip
    before.set_all(*(np.append(flags, False) for flags in working(rows, status, when)))
    after = before.copy()
    after.flip(len(rows), works=True, may=True)
    was, now, step = bands(before), bands(after), np.diff(before.edges_m)
    sees, may = after.sure_n > before.sure_n, after.any_n > before.any_n
    fresh = sees & (before.sure_n == 0)
    return Gain(
        sees_m=float(step[sees].sum()),
        may_m=float(step[may].sum()),
        certain_m=float(step[fresh].sum()),
        open_m=float(step[fresh & (before.any_n == 0)].sum()),
        any_m=float(step[may & (before.any_n == 0)].sum()),
        again_m=float(step[sees & ~fresh].sum()),
        twice_m=float(step[sees & (before.sure_n == 1)].sum()),
        longest_m=(before.longest_m(), after.longest_m()),
        stretches=changed(cover, before.edges_m, was, now, now < was),
    )


def best_turned(
    known: Snapshot, pose: Pose, level_px_m: float, when: str, light: str = DAY, line: WatchedLine | None = None
) -> Pose:
    """Return the camera turned to where it closes most of a line's gaps; where none is closed, as it was."""
    cover = border_now.cover(known, level_px_m, light, line)
    turned = [replace(pose, bearing_deg=float(deg)) for deg in np.arange(0.0, 360.0, TURNS_DEG)]
    gains = [added(cover, known.status, when, standing(known, one)) for one in turned]
    worth = [(round(one.certain_m), round(one.any_m), round(one.again_m)) for one in gains]
    best = int(np.argmax([certain * 1e12 + any_ * 1e6 + again for certain, any_, again in worth]))
    return turned[best] if any(worth[best]) else pose


def towards_line_deg(line: Line, lon: float, lat: float) -> float:
    """Bearing from a place to the nearest point of a line."""
    foot_lon, foot_lat = line.point_at(line.locate(lon, lat)[0])
    bearing, _, _ = WGS84.inv(lon, lat, foot_lon, foot_lat)
    return float(bearing % 360)


def standing(known: Snapshot, pose: Pose) -> pd.DataFrame:
    """Return a camera that is thought of as `as_frame` does, with what buildings and terrain hide from it."""
    return hidden(as_frame(pose), obstacles_of(known.inventory))


def as_frame(pose: Pose) -> pd.DataFrame:
    """Return a camera that is thought of as a table of one row, as `geo.see.coverage.footprints` takes it."""
    tilt = pose.tilt_deg
    if tilt is None and pose.kind not in _ALL_ROUND:
        tilt = float(optics.vfov_deg(pose.hfov_deg, pose.pixels_h, np.nan)) / 2
    row = {
        "id": 0, "code": "", "lon": pose.lon, "lat": pose.lat, "kind": pose.kind.value,
        "bearing_deg": pose.bearing_deg, "hfov_deg": pose.hfov_deg, "pixels_h": float(pose.pixels_h),
        "mount_height_m": pose.mount_height_m, "tilt_deg": np.nan if tilt is None else tilt,
        "ir_range_m": np.nan if pose.ir_range_m is None else pose.ir_range_m,
        **dict.fromkeys(("position_accuracy_m", "pixels_v", "focal_length_mm", "sensor_width_mm"), np.nan),
    }  # fmt: skip
    return pd.DataFrame([row])
