"""Surveillance cameras of OpenStreetMap, as GeoJSON or as the JSON answer of Overpass."""

import re
from pathlib import Path
from typing import Any

from data.cells import number
from data.intake.sources import json_text
from data.intake.sources.geojson import points
from data.intake.sources.record import Feed, SourceError, rows_of

NAME = "osm"
COLUMNS = {
    "code": "@id",
    "owner": "operator",
    "name": "name",
    "name_th": "name:th",
    "name_en": "name:en",
    "lon": "lon",
    "lat": "lat",
    "kind": "camera:type",
    "bearing_deg": "camera:direction",
    "hfov_deg": "camera:direction",
    "tilt_deg": "camera:angle",
    "mount_height_m": "height",
    "stream": "contact:webcam",
}
_SENSORS = (None, "camera", "ALPR", "anpr", "webcam")
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*")


def is_surveillance(tags: object) -> bool:
    """Return whether the tags are of something that surveys, camera or not."""
    return isinstance(tags, dict) and (tags.get("man_made") == "surveillance" or "surveillance:type" in tags)


def read(path: Path) -> Feed:
    """Return the feed of surveillance nodes; elements without tags are only parts of others."""
    content, encoding = json_text.load(path)
    elements = _elements(content)
    if elements is None:
        raise SourceError(
            f"{path.name} is neither OSM GeoJSON nor an Overpass answer; ask Overpass for [out:json]"
        )
    broken = {place: fault for place, (tags, _, _) in enumerate(elements) if (fault := _fault(tags))}
    records = [_record(tags, name, place) for tags, name, place in elements]
    return Feed(NAME, rows_of(records, tuple(COLUMNS), broken), len(records), COLUMNS, encoding=encoding)


Element = tuple[dict[str, Any], object, tuple[float, float] | None]  # tags, id, (lon, lat)


def _elements(content: Any) -> list[Element] | None:
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("features"), list):
        features = [feature for feature in content["features"] if isinstance(feature, dict)]
        told = (feature.get("properties") for feature in features)
        facts = [one if isinstance(one, dict) else {} for one in told]
        names = [row.get("@id") or feature.get("id") for row, feature in zip(facts, features, strict=True)]
        return list(zip(facts, names, points(features), strict=True))
    if isinstance(content.get("elements"), list):
        elements = [element for element in content["elements"] if isinstance(element, dict)]
        tagged = [element for element in elements if isinstance(element.get("tags"), dict) and element["tags"]]
        return [(element["tags"], _overpass_id(element), _overpass_place(element)) for element in tagged]
    return None


def _overpass_id(element: dict[str, Any]) -> str | None:
    return f"{element.get('type', 'node')}/{element['id']}" if "id" in element else None


def _overpass_place(element: dict[str, Any]) -> tuple[float, float] | None:
    place = element.get("center", element)
    match place:
        case {"lon": int() | float() as lon, "lat": int() | float() as lat}:
            return float(lon), float(lat)
    return None


def _fault(tags: object) -> str | None:
    if not is_surveillance(tags) or not isinstance(tags, dict):
        return "the element is not tagged man_made=surveillance"
    return (
        None
        if tags.get("surveillance:type") in _SENSORS
        else "the element is tagged as a sensor other than a camera"
    )


def _record(tags: dict[str, Any], name: object, place: tuple[float, float] | None) -> dict[str, object]:
    lon, lat = place or (None, None)
    facing, width = _facing(tags.get("camera:direction") or tags.get("direction"))
    return {
        **{field: tags.get(key) for field, key in COLUMNS.items()},
        "code": name,
        "lon": lon,
        "lat": lat,
        "bearing_deg": facing,
        "hfov_deg": width,
        "tilt_deg": tags.get("camera:angle") or _below(tags.get("camera:tilt")),
    }


def _facing(direction: object) -> tuple[object, object]:
    """Return (bearing, width); "90-270" is the span the camera sees, clockwise."""
    span = _SPAN.fullmatch(direction) if isinstance(direction, str) else None
    if not span:
        return direction, None
    begin, end = float(span[1]), float(span[2])
    width = (end - begin) % 360
    return (begin + width / 2) % 360, width or None


def _below(tilt: object) -> object:
    # camera:tilt counts upwards, ours downwards.
    value = number(tilt) if isinstance(tilt, str) else tilt
    return -value if isinstance(value, int | float) else tilt
