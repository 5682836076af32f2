"""How much of the zone around each checkpoint cameras cover, and which cameras stand in it."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from data.geography import load_provinces
from data.inventory import STATUS_WORDS, status_codes
from data.lines.border import live_kind
from geo.crs import EPSG_LONLAT, Floats, distance_m, utm_epsg
from geo.see import coverage
from geo.see.sector import discs

ASSUMED_RADIUS_M = 500.0
Shapes = NDArray[np.object_]
LEAST_THAI_SHARE = 0.1  # less of the circle in Thailand: the point is too rough to cut by
_COLUMNS = ("code", "name_th", "name_en", "type", "province_code", "certainty", "opening", "opening_on")


def zones(checkpoints: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Zone of each checkpoint.

    Parameters
    ----------
    checkpoints
        As `data.geography.checkpoints` gives them.

    Returns
    -------
    zones
        EPSG:4326, in the order of `checkpoints`: code, assumed (a circle of 500 m, as nobody drew it), cut (that
        circle was cut to the Thai side of the border), geometry.
    """
    drawn = checkpoints["zone_wkt"].notna().to_numpy(bool)
    circles = discs(checkpoints["lon"], checkpoints["lat"], np.full(len(checkpoints), ASSUMED_RADIUS_M))
    thai = shapely.intersection(circles, _thailand_near(circles))
    cut = ~drawn & (shapely.area(thai) >= LEAST_THAI_SHARE * shapely.area(circles))
    cut &= shapely.area(thai) < 0.999999 * shapely.area(circles)
    shapes = np.where(cut, thai, circles)
    shapes[drawn] = shapely.from_wkt(checkpoints["zone_wkt"].to_numpy(object)[drawn])
    columns = {"code": checkpoints["code"].to_numpy(), "assumed": ~drawn, "cut": cut}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=EPSG_LONLAT)


def _thailand_near(
    circles: Shapes,
) -> Shapes:
    """Union of the provinces each circle touches: the land border without joining the whole country."""
    provinces = load_provinces().geometry.to_numpy()
    which, province = shapely.STRtree(provinces).query(circles, predicate="intersects")
    return np.array(
        [shapely.union_all(provinces[province[which == i]]) for i in range(len(circles))], dtype=object
    )


def checkpoint_coverage(
    cameras: pd.DataFrame,
    checkpoints: pd.DataFrame,
    level_px_m: float,
    light: str = coverage.DAY,
    when: str = "live",
    *,
    status: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Share of each checkpoint's zone that cameras cover.

    Parameters
    ----------
    cameras
        As `data.inventory.load_cameras` gives them.
    checkpoints
        As `data.geography.checkpoints` gives them.
    status
        Status of each camera now; that of `cameras` unless given.

    Returns
    -------
    checkpoints
        One row each: code, name_th, name_en, type, province_code, certainty, opening, opening_on, lon, lat,
        assumed, cut (see `zones`), area_m2, certain and possible (shares of the zone, 0-1; possible is what only
        possible coverage adds), open (the rest), cameras (standing in the zone), and how many of those are up,
        degraded, down, maintenance, unknown; when, light, level_px_m.
    """
    places = zones(checkpoints)
    found = zone_cover(cameras, places.geometry.to_numpy(), level_px_m, light, when, status=status)
    facts = checkpoints[[*_COLUMNS, "lon", "lat"]].reset_index(drop=True)
    table = facts.assign(assumed=places["assumed"], cut=places["cut"]).join(found)
    return table.assign(when=when, light=light, level_px_m=float(level_px_m))


def zone_cover(
    cameras: pd.DataFrame,
    shapes: Shapes,
    level_px_m: float,
    light: str = coverage.DAY,
    when: str = "live",
    *,
    status: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Share of zones that cameras cover, whatever zones they are.

    Parameters
    ----------
    shapes
        Areas in EPSG:4326, none empty.

    Returns
    -------
    cover
        A row a zone: area_m2, certain, possible, open, cameras and counts by status, as of `checkpoint_coverage`.
    """
    code = status_codes(cameras["status"] if status is None else status)
    near = _near(cameras, shapes, coverage.reach_m(cameras, level_px_m, light))
    prints = coverage.footprints(cameras.iloc[near], level_px_m, light)
    row = near[prints["row"].to_numpy()]
    certain, seen = live_kind(row, (prints["kind"] == coverage.CERTAIN).to_numpy(bool), code, when)
    ground = prints.geometry.to_numpy()
    covers = shapely.STRtree(ground)
    points = shapely.STRtree(shapely.points(cameras[["lon", "lat"]].to_numpy()[near]))
    found = []
    for zone in shapes:
        hit = covers.query(zone, predicate="intersects")
        shares = _shares(zone, ground[hit[certain[hit]]], ground[hit[seen[hit]]])
        inside = np.bincount(code[near[points.query(zone, predicate="intersects")]], minlength=len(STATUS_WORDS))
        found.append(
            shares | {"cameras": int(inside.sum())} | dict(zip(STATUS_WORDS, inside.tolist(), strict=True))
        )
    return pd.DataFrame(found, columns=_found_columns())


def _found_columns() -> list[str]:
    return ["area_m2", "certain", "possible", "open", "cameras", *STATUS_WORDS]


def _near(cameras: pd.DataFrame, shapes: Shapes, reach_m: Floats) -> NDArray[np.int64]:
    """Cameras that stand in a zone or could see into one: most of a country's need no polygon."""
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    wanted = np.zeros(len(cameras), bool)
    for bounds in shapely.bounds(shapes):
        x, y = (bounds[:2] + bounds[2:]) / 2
        corner_m = distance_m(x, y, bounds[[0, 0, 2, 2]], bounds[[1, 3, 1, 3]]).max()
        # a degree is at most 111.7 km: a cheap sieve first, no geodesic a camera
        wanted |= np.hypot((lon - x) * np.cos(np.radians(y)), lat - y) * 110_000 <= corner_m + reach_m
    return np.flatnonzero(wanted)


def _shares(zone: shapely.Geometry, certain: Shapes, seen: Shapes) -> dict[str, float]:
    lon = float(shapely.centroid(zone).x)
    # one zone of UTM for a job, by the place it is about: 102° E runs through Sa Kaeo
    metres = Transformer.from_crs(EPSG_LONLAT, utm_epsg(lon), always_xy=True)

    def flat(shape: Any) -> Any:
        return shapely.transform(shape, metres.transform, interleaved=False)

    ground = flat(zone)
    sure, any_ = coverage.share(ground, flat(certain)), coverage.share(ground, flat(seen))
    return {
        "area_m2": float(shapely.area(ground)),
        "certain": sure,
        "possible": max(any_ - sure, 0.0),
        "open": 1 - max(any_, sure),
    }
