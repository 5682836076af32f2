"""
Cameras in a GeoPackage, read as the SQLite file it is.

Not by GDAL: that would also open whatever else a file named .gpkg may be, such as a virtual format that reads
other files of this machine. Here only plain tables are read; views, triggers and virtual tables never run.
"""

import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from pysqlite3 import dbapi2 as sqlite

from data.intake.sources.geojson import feed
from data.intake.sources.record import ROWS_MOST, Feed, SourceError

NAME = "gpkg"
_MARKS = (b"GPKG", b"GP10", b"GP11")  # the application's id, in the header of the file
_ENVELOPES = (0, 32, 48, 48, 64)  # bytes before the geometry, by the code in its flags
_BYTES_MOST = 300_000_000
_GEOMETRY_MOST = 1_000  # bytes; a point needs under a hundred, and nothing else is a camera
_SHAPE_MOST = 1_000_000  # a line or an area of some 60,000 points
_UNDEFINED = (0, -1)

Place = tuple[float, float] | None


@dataclass(frozen=True)
class _Layer:
    """The first feature table of a file: geometries as they are stored, what stands beside them, their system."""

    blobs: list[object]
    facts: list[dict[str, Any]]
    srs: int
    to_degrees: Transformer | None
    notes: tuple[str, ...]


def read(path: Path) -> Feed:
    """Return the feed of the first feature table that holds points."""
    layer = _opened(path)
    return feed(_places(layer.blobs, layer.to_degrees), layer.facts, NAME, notes=layer.notes)


def shapes(path: Path) -> tuple[NDArray[np.object_], list[dict[str, Any]]]:
    """
    Return geometries in WGS 84 (None where a row has none that can be read), and what stands beside each.

    Raises
    ------
    SourceError
        If the file is damaged, no GeoPackage, or does not say which coordinate system its numbers are of.
    """
    layer = _opened(path)
    if layer.srs in _UNDEFINED:
        raise SourceError(f"{path.name} names no coordinate system (CRS); export it in WGS 84 (EPSG:4326)")
    found = shapely.from_wkb([_wkb(blob, _SHAPE_MOST) for blob in layer.blobs], on_invalid="ignore")
    if layer.to_degrees:
        found = shapely.transform(found, layer.to_degrees.transform, interleaved=False)
    return found, layer.facts


def _opened(path: Path) -> _Layer:
    if path.stat().st_size > _BYTES_MOST:
        raise SourceError(f"{path.name} is larger than {_BYTES_MOST // 1_000_000} MB; save the list as .csv")
    with path.open("rb") as file:
        if file.read(100)[68:72] not in _MARKS:
            raise SourceError(
                f"{path.name} is an SQLite file but no GeoPackage; export the layer as GeoPackage again"
            )
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite.connect(address, uri=True)) as connection:
            return _read(connection, path.name)
    except (sqlite.Error, struct.error) as error:
        raise SourceError(f"{path.name} is a damaged GeoPackage; export the layer again") from error


def _read(connection: Any, name: str) -> _Layer:
    connection.text_factory = lambda content: content.decode("utf-8", "replace")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.set_authorizer(_only_reading)
    layers = connection.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchall()
    plain = {
        table
        for table, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        if not str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
    }
    layers = [layer for layer in layers if layer[0] in plain]
    if not layers:
        raise SourceError(f"{name} has no table of features; export the layer of cameras")
    table, column, srs = layers[0]
    notes = tuple(f"only layer {table!r} is read; not read: {layer[0]!r}" for layer in layers[1:])
    cursor = connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT {ROWS_MOST + 1}")  # noqa: S608
    headings = [entry[0] for entry in cursor.description]
    rows = cursor.fetchall()
    if column not in headings:
        raise SourceError(f"{name} names the geometry {column!r}, which {table!r} does not have; export it again")
    at = headings.index(column)
    facts = [{head: value for head, value in zip(headings, row, strict=True) if head != column} for row in rows]
    return _Layer([row[at] for row in rows], facts, srs, _to_degrees(connection, srs, name), notes)


def _only_reading(action: int, *_: object) -> int:
    return int(sqlite.SQLITE_OK if action in (sqlite.SQLITE_SELECT, sqlite.SQLITE_READ) else sqlite.SQLITE_DENY)


def _places(blobs: list[object], to_degrees: Transformer | None) -> list[Place]:
    geometries = shapely.from_wkb([_wkb(blob) for blob in blobs], on_invalid="ignore")
    single = shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOINT
    geometries = np.where(
        single & (shapely.get_num_geometries(geometries) == 1), shapely.get_geometry(geometries, 0), geometries
    )
    x, y = shapely.get_x(geometries), shapely.get_y(geometries)  # NaN for all that is no point
    if to_degrees:
        x, y = to_degrees.transform(x, y)
    return [(float(lon), float(lat)) if np.isfinite(lon + lat) else None for lon, lat in zip(x, y, strict=True)]


def _wkb(blob: object, most: int = _GEOMETRY_MOST) -> bytes | None:
    if not isinstance(blob, bytes) or not blob.startswith(b"GP") or not 8 < len(blob) <= most:
        return None
    envelope = blob[3] >> 1 & 7
    return blob[8 + _ENVELOPES[envelope] :] if envelope < len(_ENVELOPES) else None


def _to_degrees(connection: Any, srs: int, name: str) -> Transformer | None:
    if srs in _UNDEFINED:
        return None
    row = connection.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    try:
        organization, number, definition = row
        crs = CRS.from_epsg(number) if str(organization).upper() == "EPSG" else CRS.from_wkt(str(definition))
        return None if crs.to_epsg() == 4326 else Transformer.from_crs(crs, 4326, always_xy=True)
    except (ProjError, TypeError, ValueError):  # GDAL writes a plane that lies nowhere where there is no system
        raise SourceError(
            f"{name} names no coordinate system (CRS) of the earth we can read; export it in WGS 84 (EPSG:4326)"
        ) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
