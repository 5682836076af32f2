"""KML for Google Earth: every row a placemark in the colour of its band or status, facts in its text."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.files.rows import DECIMALS, About, Rows, arrow, plain

# aabbggrr, after ui/palette.py: colours of the light theme
_COLOURS = {
    "open": "ff005ed5", "possible": "ffb27200", "up": "ffb27200", "degraded": "ff009fe6", "down": "ff005ed5",
    "maintenance": "ffa779cc", "unknown": "ff99928a", "seen": "ffb27200", "not_working": "ff005ed5",
    "not_seen": "ff1f1f7a",
}  # fmt: skip
_COLOURED_BY = ("band", "status", "state")
_WIDE = ("open", "possible", "seen", "not_working", "not_seen")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML at all


def write(rows: Rows, about: About, path: Path, layer: str) -> int:
    """Write a KML document; times are ISO 8601 text."""
    count = 0
    facts = "".join(f"{name}: {plain(value)}\n" for name, value in about.items() if value is not None)
    repeated = "".join(_datum(name, value) for name, value in rows.facts.items())
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
        )
        file.write(f"<name>{_text(layer)}</name><description>{_text(facts)}</description>\n{_styles()}")
        for part in rows:
            columns = {name: arrow(part[name], times=False).to_pylist() for name in rows.names}
            words = next((columns[name] for name in _COLOURED_BY if name in columns), [None] * len(part))
            named = _naming(columns)
            for row, (style, shape) in enumerate(zip(words, part.geometry, strict=True)):
                told = "".join(_datum(name, values[row]) for name, values in columns.items())
                file.write(
                    f"<Placemark><name>{_text(named(row))}</name><styleUrl>#{_text(style)}</styleUrl>"
                    f"<ExtendedData>{told}{repeated}</ExtendedData>{_shape(shape)}</Placemark>\n"
                )
                count += 1
        file.write("</Document></kml>\n")
    return count


def _naming(columns: dict[str, list[Any]]) -> Callable[[int], str]:
    """What each placemark is called: its stretch, or the camera's code and name."""
    if {"from", "to"} <= columns.keys():
        return lambda row: f"{columns['from'][row]}–{columns['to'][row]}"
    called = [columns[name] for name in ("code", "camera_code", "name_th") if name in columns]
    return lambda row: " ".join(str(values[row]) for values in called if values[row])


def _styles() -> str:
    return "".join(
        f'<Style id="{word}"><IconStyle><color>{colour}</color><scale>0.6</scale></IconStyle>'
        f"<LineStyle><color>{colour}</color><width>{4 if word in _WIDE else 1}</width></LineStyle>"
        f"<PolyStyle><color>33{colour[2:]}</color></PolyStyle></Style>\n"
        for word, colour in _COLOURS.items()
    )


def _datum(name: str, value: Any) -> str:
    return "" if value is None else f'<Data name="{_text(name)}"><value>{_text(plain(value))}</value></Data>'


def _shape(shape: shapely.Geometry) -> str:
    if shape.geom_type.startswith("Multi"):
        return f"<MultiGeometry>{''.join(map(_shape, shapely.get_parts(shape)))}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        inner = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        outer = f"<outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>"
        return f"<Polygon><tessellate>1</tessellate>{outer}{inner}</Polygon>"
    tessellated = "<tessellate>1</tessellate>" if shape.geom_type == "LineString" else ""
    return f"<{shape.geom_type}>{tessellated}{_coordinates(shape)}</{shape.geom_type}>"


def _ring(ring: shapely.Geometry) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(shape: shapely.Geometry) -> str:
    lonlat = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    return f"<coordinates>{' '.join(f'{lon},{lat}' for lon, lat in lonlat)}</coordinates>"


def _text(value: Any) -> str:
    return escape(_UNPRINTABLE.sub("", str(value)))
