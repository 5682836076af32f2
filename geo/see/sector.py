"""Camera poses -> ground sectors, rings and discs, for a whole inventory at once, on open flat ground."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import WGS84, Floats, radii_m

CHORD_DEG = 3.75  # a chord lies within 0.054 % of the range of its arc; a surveyed bearing is worse
CHORDS = 16  # for each 60° begun: few different counts in a fleet, so that each is one numpy batch
SERIES_LIMIT_M = 5_000.0  # the series is 13 mm off here and grows with the cube; beyond, pyproj steps instead
_CHUNK = 4_000  # cameras drawn together: their columns and rings stay in the processor's cache


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
    polygons = np.empty(len(x), dtype=object)
    full, ringed, chords = hfov == 360, near > 0, chord_counts(hfov)
    kinds = 4 * chords + 2 * full + ringed  # in a number, as sets of a million are slow
    for kind in np.flatnonzero(np.bincount(kinds)).tolist():
        count, is_full, is_ringed = kind // 4, bool(kind & 2), bool(kind & 1)
        alike = np.flatnonzero(kinds == kind)
        for rows in np.split(alike, range(_CHUNK, len(alike), _CHUNK)):
            pose = x[rows], y[rows], bearing[rows], hfov[rows]
            if is_full and is_ringed:
                polygons[rows] = shapely.difference(
                    _pies(*pose, far[rows], count), _pies(*pose, near[rows], count)
                )
            elif is_ringed:
                polygons[rows] = _bands(*pose, far[rows], near[rows], count)
            else:
                polygons[rows] = _pies(*pose, far[rows], count)
    return polygons


def discs(lon: ArrayLike, lat: ArrayLike, range_m: ArrayLike) -> NDArray[np.object_]:
    """Discs of many cameras that look, or may look, all round; polygons in EPSG:4326."""
    return sectors(lon, lat, 0.0, 360.0, range_m)


def chord_counts(hfov_deg: Floats) -> NDArray[np.int64]:
    """How many chords an arc of each width is drawn with."""
    return CHORDS * np.ceil(hfov_deg / (CHORDS * CHORD_DEG)).astype(np.int64)


def draw_arcs(lon: Floats, lat: Floats, left_deg: Floats, turn_deg: Floats, range_m: Floats, out: Floats) -> None:
    """
    Write the vertices of many arcs into `out`, from left to right.

    Parameters
    ----------
    lon, lat
        Camera positions, WGS 84. [°]
    left_deg, turn_deg
        Bearing of the first vertex, and the turn from one vertex to the next, clockwise. [°]
    range_m
        Distance of every vertex, along the geodesic. [m]
    out
        Shape (cameras, vertices, 2): lon, lat; may be a part of a larger array. [°]
    """
    for start in range(0, len(lon), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        _draw_chunk(lon[chunk], lat[chunk], left_deg[chunk], turn_deg[chunk], range_m[chunk], out[chunk])
    far = np.flatnonzero(range_m > SERIES_LIMIT_M)
    if len(far):
        out[far] = _stepped(lon[far], lat[far], left_deg[far], turn_deg[far], range_m[far], out.shape[1])


def _pies(
    lon: Floats, lat: Floats, bearing_deg: Floats, hfov_deg: Floats, range_m: Floats, count: int
) -> NDArray[np.object_]:
    """Sectors with the camera as first vertex; discs without it."""
    left, turn = bearing_deg - hfov_deg / 2, hfov_deg / count
    if len(hfov_deg) and hfov_deg[0] == 360:
        rings = np.empty((len(lon), count + 1, 2))
        draw_arcs(lon, lat, np.zeros(len(lon)), turn, range_m, rings[:, :-1])
    else:
        rings = np.empty((len(lon), count + 3, 2))
        rings[:, 0, 0], rings[:, 0, 1] = lon, lat
        draw_arcs(lon, lat, left, turn, range_m, rings[:, 1:-1])
    return _closed(rings)


def _bands(
    lon: Floats, lat: Floats, bearing_deg: Floats, hfov_deg: Floats, range_m: Floats, near_m: Floats, count: int
) -> NDArray[np.object_]:
    """Sectors of a ring: the far arc from left to right, the near one back."""
    left, turn = bearing_deg - hfov_deg / 2, hfov_deg / count
    rings = np.empty((len(lon), 2 * count + 3, 2))
    draw_arcs(lon, lat, left, turn, range_m, rings[:, : count + 1])
    draw_arcs(lon, lat, left, turn, near_m, rings[:, -2:count:-1])
    return _closed(rings)


def _closed(rings: Floats) -> NDArray[np.object_]:
    """Polygons of rings of one length, whose last vertex is still to be set."""
    rings[:, -1] = rings[:, 0]
    count, length, _ = rings.shape
    offsets = np.arange(count + 1) * length, np.arange(count + 1)
    return np.asarray(
        shapely.from_ragged_array(shapely.GeometryType.POLYGON, rings.reshape(-1, 2), offsets), object
    )


def _draw_chunk(
    lon: Floats, lat: Floats, left_deg: Floats, turn_deg: Floats, range_m: Floats, out: Floats
) -> None:
    across, along = radii_m(lat)
    east_deg = np.degrees(1 / (across * np.cos(np.radians(lat))))
    north_deg = np.degrees(1 / along)
    # second-order series of the direct geodesic (Legendre): the first order is 0.8 m off at 5 km
    bend = np.tan(np.radians(lat)) / across
    east_bend, north_bend = east_deg * bend, north_deg * bend / 2
    first, step = np.radians(left_deg), np.radians(turn_deg)
    east, north = np.sin(first) * range_m, np.cos(first) * range_m
    sine, cosine = np.sin(step), np.cos(step)
    for k in range(out.shape[1]):
        out[:, k, 0] = lon + east * (east_deg + east_bend * north)
        out[:, k, 1] = lat + (north * north_deg - north_bend * east * east)
        # turn by one step instead of a sine and a cosine a vertex: four times faster
        east, north = east * cosine + north * sine, north * cosine - east * sine


def _stepped(lon: Floats, lat: Floats, left_deg: Floats, turn_deg: Floats, range_m: Floats, count: int) -> Floats:
    bearings = left_deg[:, None] + turn_deg[:, None] * np.arange(count)
    same = np.zeros_like(bearings)
    arc_lon, arc_lat, _ = WGS84.fwd(lon[:, None] + same, lat[:, None] + same, bearings, range_m[:, None] + same)
    return np.stack([arc_lon, arc_lat], axis=-1)


def _refuse(wrong: NDArray[np.bool_], values: Floats, rule: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"row {row}: {rule}, got {values[row]}")
