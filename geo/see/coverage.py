"""
Cameras -> the ground each covers at a level of detail, by day or by night, certain or only possible.

What each camera's ground rests on is told in `geo.see.poses`; here it is drawn.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import EPSG_LONLAT, WGS84, Floats
from geo.see.poses import DAY, LIGHTS, NIGHT, Flags, Poses, numbers, poses
from geo.see.sector import sectors
from geo.see.shade import cut

__all__ = ["CERTAIN", "DAY", "LIGHTS", "NIGHT", "POSSIBLE", "footprints", "kinds", "poses", "reach_m", "share"]

CERTAIN, POSSIBLE = "certain", "possible"


def footprints(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> gpd.GeoDataFrame:
    """
    Ground each camera covers at a level, as if it worked.

    Parameters
    ----------
    cameras
        One row a camera, as `data.inventory.load_cameras` gives it: id, code and the columns of `geo.see.poses`;
        perhaps those of `geo.see.shade`, of what is hidden from it.
    level_px_m
        Pixels per metre, above 0.
    light
        "day" or "night".

    Returns
    -------
    footprints
        EPSG:4326; row (position in `cameras`), camera_id, camera_code, kind ("certain" or "possible"), level_px_m,
        light, range_m, near_m, share (of the time, see `Poses`), geometry. A camera has what it surely sees, what
        it may see, which holds the former, or both; where the two are the same it has only the certain one.
        Cameras that see nothing at this level have no row.

    Raises
    ------
    ValueError
        If `level_px_m` is not above 0 or `light` is neither day nor night.
    """
    drawn = poses(cameras, level_px_m, light)
    lon, lat = tips(numbers(cameras, "lon")[drawn.row], numbers(cameras, "lat")[drawn.row], drawn)
    shapes = sectors(lon, lat, drawn.bearing_deg, drawn.hfov_deg, drawn.range_m, drawn.near_m)
    entry, certain, shapes = cut(shapes, drawn.row, drawn.certain, cameras)
    drawn = drawn.of(entry)
    row = drawn.row
    return gpd.GeoDataFrame(
        {
            "row": row,
            "camera_id": cameras["id"].to_numpy()[row],
            "camera_code": cameras["code"].iloc[row].to_numpy(object),
            "kind": np.where(certain, CERTAIN, POSSIBLE),
            "level_px_m": float(level_px_m),
            "light": light,
            "range_m": drawn.range_m,
            "near_m": drawn.near_m,
            "share": drawn.share,
        },
        geometry=shapes,
        crs=EPSG_LONLAT,
    )


def tips(lon: Floats, lat: Floats, drawn: Poses) -> tuple[Floats, Floats]:
    """Where the sectors of poses have their tips, by where their cameras stand. [°]"""
    moved = np.flatnonzero(drawn.forward_m)
    lon, lat = lon.copy(), lat.copy()
    lon[moved], lat[moved], _ = WGS84.fwd(lon[moved], lat[moved], drawn.bearing_deg[moved], drawn.forward_m[moved])
    return lon, lat


def kinds(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> tuple[NDArray[np.int64], Flags]:
    """Which cameras see anything at a level, by position, and whether any of it for certain: undrawn."""
    undrawn = poses(cameras, level_px_m, light)
    row, first = np.unique(undrawn.row, return_index=True)
    return row, undrawn.certain[first]  # what is certain comes first


def reach_m(cameras: pd.DataFrame, level_px_m: float, light: str = DAY) -> Floats:
    """Distance on the ground beyond which each camera sees nothing at a level; 0: it sees nothing. [m]"""
    undrawn = poses(cameras, level_px_m, light)
    farthest = np.zeros(len(cameras))
    np.maximum.at(farthest, undrawn.row, undrawn.range_m + np.abs(undrawn.forward_m))
    return farthest


def share(zone: shapely.Geometry, polygons: NDArray[np.object_]) -> float:
    """Share of a zone's area that polygons cover, 0-1; both in one projected CRS [m]."""
    if shapely.is_empty(zone) or not zone.area:
        raise ValueError("a zone needs an area; draw it as a polygon")
    if not len(polygons):
        return 0.0
    return float(min(shapely.intersection(shapely.union_all(polygons), zone).area / zone.area, 1.0))
