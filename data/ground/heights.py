"""
Heights of the ground out of a terrain model somebody has: a GeoTIFF, read a window at a time, never the whole.

Metres are taken for granted only where nothing says feet; a model in feet would raise hills by three.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.intake.sources.record import SourceError
from geo.crs import EPSG_LONLAT, metres_per_degree
from geo.see.terrain import Heights

COUNTRY_DEG = (97.3, 5.6, 105.7, 20.5)  # west, south, east, north: Thailand
# Phou Bia in Laos, 2,819 m, is the highest within those degrees.
HIGHEST_M, LOWEST_M = 3_000.0, -500.0
BLOCK_MOST_BYTES = 64 * 2**20  # what has to be read to know the height of one place
SIDE_MOST = 512  # cells of a window: finer ones are averaged, the error of the model is metres
_SAMPLED = 12  # places across and down at which a new model is looked at
_PAD_CELLS = 2
_FEET = ("ft", "foot", "feet", "us-ft", "us survey foot", "ftus", "sftus")
Near = Callable[[float, float, float], Heights | None]


def check_heights(path: Path) -> None:
    """
    Look at a terrain model before anything rests on it.

    Raises
    ------
    SourceError
        If it cannot be read, has no coordinate system or several bands, is in feet, holds nothing of Thailand or
        can only be read in large pieces; in one sentence.
    """
    with _opened(path) as model:
        name = path.name
        if model.count != 1:
            raise SourceError(
                f"{name} has {model.count} bands, a terrain model has one, of heights; save that band by itself"
            )
        if model.crs is None:
            raise SourceError(f"{name} names no coordinate system; save it with one, such as EPSG:4326")
        if unit := _feet(model):
            raise SourceError(f"{name} is in {unit}, heights are read in metres; multiply it by 0.3048 and say so")
        rows, columns = model.block_shapes[0]
        size = rows * columns * np.dtype(model.dtypes[0]).itemsize
        if size > BLOCK_MOST_BYTES:
            raise SourceError(
                f"{name} can only be read {size / 2**20:,.0f} MB at a time, at most "
                f"{BLOCK_MOST_BYTES // 2**20} MB are; save it in tiles (gdal_translate -co TILED=YES)"
            )
        _check_sample(name, _sample(model))


@contextmanager
def reading(path: Path) -> Iterator[Near]:
    """
    Open a checked terrain model, and give what returns the heights around a place.

    That is asked with lon, lat [°] and how far around [m]; it returns None where the model holds nothing.

    Raises
    ------
    SourceError
        If the model cannot be read (any more).
    """
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioError
    from rasterio.vrt import WarpedVRT

    with _opened(path) as model:
        scale, offset = model.scales[0], model.offsets[0]
        nodata = LOWEST_M * 10 if model.nodata is None else model.nodata
        with WarpedVRT(
            model, crs=f"EPSG:{EPSG_LONLAT}", nodata=nodata, dtype="float32", resampling=Resampling.bilinear
        ) as grid:

            def near(lon: float, lat: float, around_m: float) -> Heights | None:
                try:
                    return _window(grid, lon, lat, around_m, scale, offset)
                except RasterioError as error:
                    raise SourceError(_unreadable(path, error)) from None

            yield near


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import rasterio  # a second to import: only where there is a model

    logging.getLogger("rasterio").setLevel(logging.CRITICAL)  # what it says of files comes back as our sentences
    try:
        # no other driver: what a file of another kind makes GDAL do is nobody's wish here
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(path, driver="GTiff") as model:
            yield model
    except rasterio.errors.RasterioError as error:
        raise SourceError(_unreadable(path, error)) from None


def _unreadable(path: Path, error: Exception) -> str:
    said = str(error.__cause__ or error).replace(str(path), path.name)
    return f"{path.name} cannot be read as a GeoTIFF of heights: {said}"


def _feet(model: Any) -> str:
    """Name of the unit of its heights if that is feet, by all a file may say of it; "" if nothing says so."""
    from pyproj import CRS

    tags = {**model.tags(), **model.tags(1)}
    told = [model.units[0] or "", *(value for name, value in tags.items() if "unit" in name.lower())]
    system = CRS.from_wkt(model.crs.to_wkt())
    told += [axis.unit_name for part in system.sub_crs_list if part.is_vertical for axis in part.axis_info]
    for unit in map(str, told):
        if unit.strip().lower() in _FEET or "foot" in unit.lower() or "feet" in unit.lower():
            return unit.strip()
    return ""


def _sample(model: Any) -> NDArray[np.float64]:
    """Heights at places of a grid over what the model holds of Thailand; NaN where it holds nothing."""
    from rasterio.warp import transform, transform_bounds

    west, south, east, north = transform_bounds(model.crs, EPSG_LONLAT, *model.bounds)
    low_lon, low_lat = max(west, COUNTRY_DEG[0]), max(south, COUNTRY_DEG[1])
    high_lon, high_lat = min(east, COUNTRY_DEG[2]), min(north, COUNTRY_DEG[3])
    if low_lon >= high_lon or low_lat >= high_lat:
        return np.full(1, np.nan)
    share = (np.arange(_SAMPLED) + 0.5) / _SAMPLED
    lon, lat = np.meshgrid(low_lon + share * (high_lon - low_lon), low_lat + share * (high_lat - low_lat))
    x, y = transform(EPSG_LONLAT, model.crs, lon.ravel().tolist(), lat.ravel().tolist())
    found = [one[0] for one in model.sample(list(zip(x, y, strict=True)), masked=True)]
    heights = np.array([np.nan if one is np.ma.masked else float(one) for one in found])
    return _metres(heights, model.scales[0], model.offsets[0])


def _check_sample(name: str, heights: NDArray[np.float64]) -> None:
    if not np.isfinite(heights).any():
        west, south, east, north = COUNTRY_DEG
        raise SourceError(
            f"{name} holds no heights of Thailand ({west:g} to {east:g} east, {south:g} to {north:g} north); "
            "choose the piece that does"
        )
    if (most := float(np.nanmax(heights))) > HIGHEST_M:
        raise SourceError(
            f"{name} is {most:,.0f} high in Thailand, where nothing is above {HIGHEST_M:,.0f} m; is it in feet?"
        )


def _window(grid: Any, lon: float, lat: float, around_m: float, scale: float, offset: float) -> Heights | None:
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    across, along = (float(one) for one in metres_per_degree(lat))
    step_lon, step_lat = grid.transform.a, -grid.transform.e
    wide, high = around_m / across / step_lon + _PAD_CELLS, around_m / along / step_lat + _PAD_CELLS
    column, row = (lon - grid.transform.c) / step_lon, (grid.transform.f - lat) / step_lat
    left, right = max(floor(column - wide), 0), min(ceil(column + wide), grid.width)
    top, low = max(floor(row - high), 0), min(ceil(row + high), grid.height)
    if left >= right or top >= low:
        return None
    rows, columns = min(low - top, SIDE_MOST), min(right - left, SIDE_MOST)
    window = Window(left, top, right - left, low - top)
    read = grid.read(1, window=window, out_shape=(rows, columns), masked=True, resampling=Resampling.average)
    heights = _metres(read.astype(np.float64).filled(np.nan), scale, offset)
    if not np.isfinite(heights).any():
        return None
    step_lon, step_lat = step_lon * (right - left) / columns, step_lat * (low - top) / rows
    return Heights(
        heights, grid.transform.c + left * grid.transform.a + step_lon / 2,
        grid.transform.f + top * grid.transform.e - step_lat / 2, step_lon, step_lat,
    )  # fmt: skip


def _metres(heights: NDArray[np.float64], scale: float, offset: float) -> NDArray[np.float64]:
    """Heights as they are meant; what cannot be one, as -9999 where no value for "none" is named, is none."""
    heights = heights * scale + offset
    return np.where(heights > LOWEST_M, heights, np.nan)
