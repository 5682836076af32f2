"""A layer from a file somebody drew in a GIS: GeoJSON or GeoPackage, checked before anything is kept."""

from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.ground.tables import LayerKind
from data.intake.sources import geojson, gpkg
from data.intake.sources.record import SourceError
from data.watch.service import BANGKOK
from geo.crs import EPSG_LONLAT

ENDINGS = ("geojson", "json", "gpkg")
FEATURES_MOST = 1_000_000
NAME_MOST = 120
HEIGHT_MOST_M = 1_000.0
# Where Thailand and what borders it lies; what is elsewhere has longitude and latitude mixed up, or is in metres.
REGION_DEG = (95.0, 4.0, 108.0, 22.0)  # west, south, east, north
_LINES, _AREAS, _POINTS = ("LineString",), ("Polygon",), ("Point",)
SHAPES: dict[LayerKind, tuple[str, ...]] = {
    LayerKind.LINE: _LINES,
    LayerKind.ZONE: _AREAS,
    LayerKind.PILLAR: _POINTS,
    LayerKind.BAND: _AREAS,
    LayerKind.BUILDING: _AREAS,
    LayerKind.ROAD: _LINES,
    LayerKind.VILLAGE: (*_POINTS, *_AREAS),
    LayerKind.WATER: (*_LINES, *_AREAS),
    LayerKind.INCIDENT: _POINTS,
}
# Names a column may have; the first is ours.
_NAMES = ("name", "name_th", "ชื่อ", "number", "no", "หมายเลข", "id")
_HEIGHTS = ("height_m", "height", "ความสูง")
_TIMES = ("at", "time", "date", "วันที่")


def read_layer(path: Path, kind: LayerKind) -> gpd.GeoDataFrame:
    """
    Return the features of a file, multi-part ones taken apart.

    Returns
    -------
    features
        EPSG:4326: name ("" where none is given), height_m (NaN unknown), at (aware UTC, NaT unknown), geometry (of
        the types in `SHAPES`); in the order of the file.

    Raises
    ------
    SourceError
        If the file is damaged, names no coordinate system, holds nothing, or a row breaks a rule; names the row.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        raise SourceError(f"{path.name} ends in {ending!r}, a layer is read from .geojson or .gpkg; export it so")
    shapes, facts = gpkg.shapes(path) if ending == "gpkg" else geojson.shapes(path)
    if len(facts) > FEATURES_MOST:
        raise SourceError(f"{path.name} holds {len(facts):,} rows, at most {FEATURES_MOST:,} are read; cut it up")
    rows = [f"row {number} of {path.name}" for number in range(1, len(facts) + 1)]
    for shape, row in zip(shapes, rows, strict=True):
        check(shape, kind, row)
    parts, of = shapely.get_parts(shapes, return_index=True)
    told = list(zip(facts, rows, strict=True))
    times = pd.Series([_time(_text(one, _TIMES), row) for one, row in told], dtype=object)
    table = pd.DataFrame(
        {
            "name": [_text(one, _NAMES)[:NAME_MOST] for one in facts],
            "height_m": [_height(_text(one, _HEIGHTS), row) for one, row in told],
            "at": pd.to_datetime(times, utc=True),
        }
    )
    return gpd.GeoDataFrame(table.iloc[of].reset_index(drop=True), geometry=parts, crs=EPSG_LONLAT)


def check(shape: shapely.Geometry | None, kind: LayerKind, called: str) -> None:
    """Raise SourceError, a sentence, unless a shape in EPSG:4326 can be a feature of a layer of this kind."""
    wanted = SHAPES[kind]
    if shape is None or shape.is_empty:
        raise SourceError(f"{called} has no shape that can be read, a {kind} is a {' or '.join(wanted)}; draw it")
    parts: NDArray[np.object_] = shapely.get_parts(shape)
    found = sorted({part.geom_type for part in parts} - set(wanted))
    if found:
        raise SourceError(
            f"{called} is a {found[0]}, a {kind} is a {' or '.join(wanted)}; choose the layer's kind"
        )
    west, south, east, north = REGION_DEG
    if not all(map(isfinite, shape.bounds)) or not shapely.box(*REGION_DEG).covers(shapely.box(*shape.bounds)):
        raise SourceError(
            f"{called} lies at {shape.bounds[0]:g}, {shape.bounds[1]:g}, layers are {west:g} to {east:g} east "
            f"and {south:g} to {north:g} north; save it in WGS 84 (EPSG:4326), longitude first"
        )
    if kind is LayerKind.LINE:
        _check_line(parts, called)
    elif wanted == _AREAS and not shape.is_valid:
        raise SourceError(
            f"{called} is an area whose edge is wrong: {shapely.is_valid_reason(shape)}; mend it in the GIS"
        )
    if wanted == _AREAS and not shape.area > 0:
        raise SourceError(f"{called} is a {kind} with no area, got {shape.wkt[:80]}; draw it around what it is")


def _check_line(parts: NDArray[np.object_], called: str) -> None:
    if len(parts) > 1:
        raise SourceError(
            f"{called} is a line in {len(parts)} pieces, a line to be watched is one; join them, or bring each by "
            "itself"
        )
    if not parts[0].is_simple:
        raise SourceError(
            f"{called} is a line that crosses itself, a line to be watched does not; cut it in two where it does"
        )
    if not parts[0].length > 0:
        raise SourceError(
            f"{called} is a line with no length, got {parts[0].wkt[:80]}; draw it through two places"
        )


def _text(told: dict[str, Any], columns: tuple[str, ...]) -> str:
    low = {str(name).lower(): value for name, value in told.items()}
    found = next((low[name] for name in columns if low.get(name) not in (None, "")), "")
    return str(found).strip()


def _height(text: str, row: str) -> float:
    if not text:
        return float("nan")
    try:
        height_m = float(text)
    except ValueError:
        raise SourceError(f"{row} has the height {text[:40]!r}, which is no number; write metres, 6.5") from None
    if not 0 < height_m <= HEIGHT_MOST_M:
        raise SourceError(f"{row} has the height {text[:40]}, heights lie above 0 and up to {HEIGHT_MOST_M:g} m")
    return height_m


def _time(text: str, row: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SourceError(
            f"{row} has the time {text[:40]!r}; write it as 2026-11-23 or 2026-11-23T05:00"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=BANGKOK)
