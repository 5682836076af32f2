"""Camera poses -> ground sectors, rings and discs, for a whole inventory at once, on open flat ground."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import WGS84, Floats, radii_m

ARC_STEP_DEG = 2.0  # chord error below 0.02 % of the range; a surveyed bearing is worse
SERIES_LIMIT_M = 5_000.0  # the series is 13 mm off here and grows with the cube; beyond, pyproj steps instead


def sectors(
    lon: ArrayLike,
    lat: ArrayLike,
    bearing_deg: ArrayLike,
    hfov_deg: ArrayLike,
    range_m: ArrayLike,
    near_m: ArrayLike = 0.0,
) -> NDArray[np.object_]:
    """
    Ground sectors of many cameras, as polygons in EPSG:4326.

    Parameters
    ----------
    lon, lat
        Camera positions, WGS 84. [°]
    bearing_deg
        Optical axes, clockwise from true north; ignored for a full circle. [°]
    hfov_deg
        Horizontal fields of view, 0 < hfov <= 360; 360 is a disc. [°]
    range_m, near_m
        Far and near edge on the ground, 0 <= near < range; a near edge makes a ring's sector. [m]

    Raises
    ------
    ValueError
        If an angle or an edge is out of range; the message names the first row.
    """
    columns = np.broadcast_arrays(
        *(np.asarray(v, np.float64) for v in (lon, lat, bearing_deg, hfov_deg, range_m, near_m))
    )
    x, y, bearing, hfov, far, near = (np.atleast_1d(column) for column in columns)
    _refuse(~((hfov > 0) & (hfov <= 360)), hfov, "hfov_deg must lie in (0, 360]")
    _refuse(~((far > 0) & np.isfinite(far)), far, "range_m must be above 0 and finite")
    _refuse(~((near >= 0) & (near < far)), near, "near_m must lie in [0, range_m)")
    full, ringed = hfov == 360, near > 0
    # arcs in steps of 8° times four, so that a fleet has few different vertex counts and each is one numpy batch
    arc = 4 * np.ceil(hfov / (4 * ARC_STEP_DEG)).astype(np.int64) + np.where(full, 0, 1)
    sizes = np.where(full, arc + 1, np.where(ringed, 2 * arc + 1, arc + 2))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    holes = full & ringed
    vertices = np.empty((int(starts[-1]), 2))
    for count, is_full, is_ringed in {*zip(arc.tolist(), full.tolist(), ringed.tolist(), strict=True)}:
        rows = np.flatnonzero((arc == count) & (full == is_full) & (ringed == is_ringed))
        step = np.radians(hfov[rows] / (count if is_full else count - 1))
        first = np.radians(np.where(is_full, 0.0, bearing[rows] - hfov[rows] / 2))
        outer = _arc(x[rows], y[rows], first, step, far[rows], count)
        if is_full:
            ring = np.concatenate([outer, outer[:, :1]], axis=1)
        elif is_ringed:
            inner = _arc(x[rows], y[rows], first, step, near[rows], count)[:, ::-1]
            ring = np.concatenate([outer, inner, outer[:, :1]], axis=1)
        else:
            apex = np.stack([x[rows], y[rows]], axis=1)[:, None]
            ring = np.concatenate([apex, outer, apex], axis=1)
        vertices[starts[rows][:, None] + np.arange(ring.shape[1])] = ring
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, vertices, (starts, np.arange(len(starts))))
    if holes.any():
        inner_discs = discs(x[holes], y[holes], near[holes])
        polygons[holes] = shapely.difference(polygons[holes], inner_discs)
    return np.asarray(polygons, dtype=object)


def discs(lon: ArrayLike, lat: ArrayLike, range_m: ArrayLike) -> NDArray[np.object_]:
    """Discs of many cameras that look, or may look, all round; polygons in EPSG:4326."""
    return sectors(lon, lat, 0.0, 360.0, range_m)


def _arc(lon: Floats, lat: Floats, first_rad: Floats, step_rad: Floats, range_m: Floats, count: int) -> Floats:
    """Points of an arc from left to right, shape (n, count, 2). [°]"""
    across, along = radii_m(lat)
    east_deg = np.degrees(1 / (across * np.cos(np.radians(lat))))
    north_deg = np.degrees(1 / along)
    tangent = np.tan(np.radians(lat))
    east, north = np.sin(first_rad) * range_m, np.cos(first_rad) * range_m
    sine, cosine = np.sin(step_rad), np.cos(step_rad)
    points = np.empty((len(lon), count, 2))
    for k in range(count):
        # second-order series of the direct geodesic (Legendre): the first order is 0.8 m off at 5 km
        points[:, k, 0] = lon + east * east_deg * (1 + tangent * north / across)
        points[:, k, 1] = lat + north_deg * (north - tangent * east * east / (2 * across))
        # turn by one step instead of a sine and a cosine a vertex: four times faster
        east, north = east * cosine + north * sine, north * cosine - east * sine
    far = np.flatnonzero(range_m > SERIES_LIMIT_M)
    if len(far):
        points[far] = _stepped(lon[far], lat[far], first_rad[far], step_rad[far], range_m[far], count)
    return points


def _stepped(lon: Floats, lat: Floats, first_rad: Floats, step_rad: Floats, range_m: Floats, count: int) -> Floats:
    bearings = np.degrees(first_rad[:, None] + step_rad[:, None] * np.arange(count))
    same = np.zeros_like(bearings)
    arc_lon, arc_lat, _ = WGS84.fwd(lon[:, None] + same, lat[:, None] + same, bearings, range_m[:, None] + same)
    return np.stack([arc_lon, arc_lat], axis=-1)


def _refuse(wrong: NDArray[np.bool_], values: Floats, rule: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"row {row}: {rule}, got {values[row]}")
