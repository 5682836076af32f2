"""Cameras as GeoJSON points; their properties are read by the same headings as a table's."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import CRSError

from data.intake.sources import json_text
from data.intake.sources.record import Feed, SourceError, text
from data.intake.sources.table import read_table

NAME = "geojson"
_GEOMETRY = ("longitude", "latitude")  # headings of the geometry, before those of the properties


def read(path: Path) -> Feed:
    """Return the feed of a GeoJSON file."""
    content, encoding = json_text.load(path)
    features = features_of(content, path.name)
    return feed(
        points(features, to_degrees(content, path.name)),
        [facts_of(feature) for feature in features],
        NAME,
        encoding,
    )


def shapes(path: Path) -> tuple[NDArray[np.object_], list[dict[str, Any]]]:
    """Return geometries in WGS 84 (None where a row has none that can be read), and what stands beside each."""
    content, _ = json_text.load(path)
    features = features_of(content, path.name)
    turn = to_degrees(content, path.name)
    found = np.array([_shape(feature.get("geometry")) for feature in features], object)
    facts = [facts_of(feature) for feature in features]
    return (shapely.transform(found, turn.transform, interleaved=False) if turn else found), facts


def _shape(geometry: object) -> shapely.Geometry | None:
    try:
        return shapely.geometry.shape(geometry)
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        return None  # told with its row


def feed(
    places: list[tuple[float, float] | None],
    facts: list[dict[str, Any]],
    source: str,
    encoding: str | None = None,
    notes: tuple[str, ...] = (),
) -> Feed:
    """Return the feed of points with facts; a point rules over any position among its facts."""
    names = list(dict.fromkeys(name for row in facts for name in row))[:512]
    headings = [*_GEOMETRY, *names]

    def rows() -> Iterator[Sequence[str]]:
        yield headings
        for place, row in zip(places, facts, strict=True):
            yield [
                *([repr(axis) for axis in place] if place else ["", ""]),
                *[text(row.get(name)) or "" for name in names],
            ]

    return read_table(rows, source=source, total=len(facts) + 1, encoding=encoding, notes=notes, numbered=False)


def features_of(content: Any, name: str) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON value."""
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise SourceError(f"{name} is JSON but no GeoJSON FeatureCollection; export the layer as GeoJSON again")
    if not features:
        raise SourceError(f"{name} has no features; export the layer again")
    return features


def points(
    features: list[dict[str, Any]], to_degrees: Transformer | None = None
) -> list[tuple[float, float] | None]:
    """Return (lon, lat) of each feature; None where its geometry is no single point."""
    return [_point(feature.get("geometry"), to_degrees) for feature in features]


def _point(geometry: object, to_degrees: Transformer | None) -> tuple[float, float] | None:
    if not isinstance(geometry, dict):
        return None
    place = geometry.get("coordinates")
    if geometry.get("type") == "MultiPoint" and isinstance(place, list) and len(place) == 1:
        place = place[0]
    elif geometry.get("type") != "Point":
        return None
    match place:
        case [float() | int() as x, float() | int() as y, *_]:
            x, y = to_degrees.transform(x, y) if to_degrees else (x, y)
            return float(x), float(y)
    return None


def facts_of(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a feature, its id among them."""
    facts = feature.get("properties")
    return {**({"id": feature["id"]} if "id" in feature else {}), **(facts if isinstance(facts, dict) else {})}


def to_degrees(content: dict[str, Any], name: str) -> Transformer | None:
    """Return what turns the file's own coordinates into WGS 84, None where they are."""
    crs = content.get("crs")
    if crs is None or "CRS84" in str(crs):
        return None
    found = re.search(r"EPSG:{1,2}(?:[\d.]*:)?(\d{4,5})", str(crs))
    try:
        number = int(found[1]) if found else 0
        return None if number == 4326 else Transformer.from_crs(number, 4326, always_xy=True)
    except CRSError:
        raise SourceError(
            f"{name} names a coordinate system we cannot read; export it in WGS 84 (EPSG:4326)"
        ) from None
