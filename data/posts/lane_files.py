"""Lanes from a file somebody drew in a GIS: GeoJSON or GeoPackage, one line a lane."""

from pathlib import Path
from typing import Any

import shapely

from data.intake.sources import geojson, gpkg
from data.intake.sources.record import SourceError
from data.posts.lanes import LANES_MOST, USUAL_WIDTH_M, DrawnLane
from data.posts.tables import Facing, LaneLight, Use
from geo.see.levels import LANE_LEVEL_PX_M

ENDINGS = ("geojson", "json", "gpkg")
# Names a column may have; the first is ours.
_COLUMNS = {
    "code": ("code", "id", "รหัส"),
    "name_th": ("name_th", "ชื่อ"),
    "name_en": ("name_en", "name"),
    "use": ("use", "การใช้"),
    "level_px_m": ("level_px_m", "level"),
    "width_m": ("width_m", "width"),
    "facing": ("facing",),
    "light": ("light",),
}


def read_lanes(path: Path) -> list[DrawnLane]:
    """
    Return the lanes of a file, each in the direction in which its line is drawn.

    Columns: use (needed), code, name_th, name_en, level_px_m, width_m, facing, light; what is left out is usual.

    Raises
    ------
    SourceError
        If the file is damaged, names no coordinate system, or a row is no line or says no use; names the row.
    """
    shapes, facts = gpkg.shapes(path) if path.suffix.lower() == ".gpkg" else geojson.shapes(path)
    if len(facts) > LANES_MOST:
        raise SourceError(f"{path.name} holds {len(facts):,} rows, a checkpoint has at most {LANES_MOST} lanes")
    return [
        _lane(shape, told, f"row {number} of {path.name}", number)
        for number, (shape, told) in enumerate(zip(shapes, facts, strict=True), 1)
    ]


def _lane(shape: shapely.Geometry | None, told: dict[str, Any], row: str, number: int) -> DrawnLane:
    if shape is not None and shape.geom_type == "MultiLineString" and len(shape.geoms) == 1:
        shape = shape.geoms[0]  # what some programs call every line
    if shape is None or shape.geom_type != "LineString" or shape.is_empty:
        kind = "nothing that can be read" if shape is None else shape.geom_type
        raise SourceError(f"{row} is {kind}, a lane is one line of 2 points or more; draw it as a LineString")
    said = {name: _said(told, columns) for name, columns in _COLUMNS.items()}
    if not said["use"]:
        raise SourceError(f"{row} has no use, a lane is one of {', '.join(Use)}; add the column `use`")
    return DrawnLane(
        code=said["code"] or f"L{number}",
        points=tuple((round(float(x), 7), round(float(y), 7)) for x, y in shapely.get_coordinates(shape)),
        use=said["use"].lower(),
        name_th=said["name_th"],
        name_en=said["name_en"],
        width_m=_number(said["width_m"], USUAL_WIDTH_M, "width_m", row),
        level_px_m=_number(said["level_px_m"], LANE_LEVEL_PX_M, "level_px_m", row),
        light=said["light"].lower() or LaneLight.BOTH,
        facing=said["facing"].lower() or Facing.ANY,
    )


def _said(told: dict[str, Any], columns: tuple[str, ...]) -> str:
    found = next((told[name] for name in columns if told.get(name) not in (None, "")), "")
    return str(found).strip()


def _number(text: str, usual: float, column: str, row: str) -> float:
    if not text:
        return usual
    try:
        return float(text)
    except ValueError:
        raise SourceError(f"{row} has the {column} {text[:40]!r}, which is no number; write 3.5 or 125") from None
