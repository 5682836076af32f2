"""The ground of the map as a MapLibre style: sea, land and province outlines, all from our own addresses."""

import json
from functools import cache
from typing import Any

from data.geography import REFERENCE
from ui.palette import Theme, palette

PROVINCES = "provinces.geojson"
COORDINATE_DIGITS = 4  # 11 m, finer than the outline is true


def style_url(theme: Theme) -> str:
    """Address of a theme's style on this server."""
    return f"/assets/style-{theme}.json"


def style(theme: Theme) -> dict[str, Any]:
    """Return the style of a theme; every address in it is a path of this server."""
    colours = palette(theme)
    return {
        "version": 8,
        "sources": {"provinces": {"type": "geojson", "data": f"/assets/{PROVINCES}", "tolerance": 0.5}},
        "layers": [
            {"id": "sea", "type": "background", "paint": {"background-color": colours.sea}},
            {"id": "land", "type": "fill", "source": "provinces", "paint": {"fill-color": colours.land}},
            {
                "id": "outlines", "type": "line", "source": "provinces",
                "layout": {"line-join": "round"},
                "paint": {
                    "line-color": colours.line,
                    "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.5, 8, 1, 12, 1.6],
                },
            },
        ],
    }  # fmt: skip


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Return what /assets/ serves: a style a theme and the provinces, names left out and rounded."""
    themes: tuple[Theme, ...] = ("light", "dark")
    styles = {f"style-{theme}.json": (json.dumps(style(theme)).encode(), "application/json") for theme in themes}
    return styles | {PROVINCES: (_provinces(), "application/geo+json")}


def _provinces() -> bytes:
    parsed = json.loads((REFERENCE / PROVINCES).read_text(encoding="utf-8"))
    for feature in parsed["features"]:
        feature["properties"] = {"code": feature["properties"]["code"]}
        feature["geometry"]["coordinates"] = _rounded(feature["geometry"]["coordinates"])
    return json.dumps(parsed, separators=(",", ":")).encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, COORDINATE_DIGITS)
