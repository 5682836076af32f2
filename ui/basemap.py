"""
The ground of the map as MapLibre styles: our own outlines, and a base source where the settings name one.

Whatever becomes of that source, sea, land and outlines are drawn from this server. Of a vector source only what
helps to find a place is drawn, and in greys: colour means status. Its names are left out, as they need glyphs from
somewhere and ours are in Thai; so are its borders, which would lie beside our reference line as if one were wrong.
"""

import html
import json
from functools import cache
from typing import Any, Literal, cast, get_args

from data.basemap import Kind, Source
from data.geography import REFERENCE
from data.settings import settings
from ui.palette import GREYS, Greys, Tone

Ground = Literal["base", "neutral", "plain"]  # the base source; the same in a grey for every theme; ours alone
Layer = dict[str, Any]

PROVINCES = "provinces.geojson"
COORDINATE_DIGITS = 4  # 11 m, finer than the outline is true
BASE = "base"
TILE_PX = 256  # of pictures; neither a header nor a template tells
DEEPEST: dict[Kind, int] = {"vector": 14, "raster": 19}  # of a template; nearer, these are enlarged
STREETS_FROM, BUILDINGS_FROM = 12, 14  # zoom
NEAR_ZOOM = 10  # from here on a neighbour's land is like ours: our outline is not true enough to part them
MAIN_ROADS = ("highway", "major_road", "motorway", "trunk", "primary", "secondary")
STREETS = ("medium_road", "minor_road", "tertiary", "minor", "service")


def grounds() -> tuple[Ground, ...]:
    """Return what a reader may choose from, the usual one first."""
    return cast("tuple[Ground, ...]", get_args(Ground)) if settings().basemap else ("plain",)


def style_url(theme: Tone, ground: Ground | None = None) -> str:
    """Address of a style on this server; no ground, or one there is none of: the usual one."""
    chosen = ground if ground in grounds() else grounds()[0]
    if chosen == "plain":
        return f"/style.json?theme={theme}&ground=plain"
    return f"/style.json?theme={'neutral' if chosen == 'neutral' else theme}&ground={BASE}"


def style(tone: Tone, source: Source | None = None, kind: Kind | None = None) -> dict[str, Any]:
    """
    Return a style, valid for any MapLibre; addresses of ours in it are paths of this server.

    Parameters
    ----------
    source
        What to draw on our land; None: nothing.
    kind
        What it holds, if the source does not say. Said neither here nor there, the style is that of a vector
        source and its metadata ask web/assets/map/ground.js to look.
    """
    greys = GREYS[tone]
    whole: dict[str, Any] = {
        "version": 8,
        "sources": {"provinces": {"type": "geojson", "data": f"/assets/{PROVINCES}", "tolerance": 0.5}},
        "layers": [
            {"id": "sea", "type": "background", "paint": {"background-color": greys.sea}},
            _fill("land", "provinces", greys.land),
            _line("outlines", "provinces", greys.line, 4, 0.5, 8, 1, 12, 1.6),
        ],
    }
    if source is None:
        return whole
    held = source.kind or kind or "vector"
    whole["sources"][BASE] = _source(source, held)
    sea, land, outlines = whole["layers"]
    if held == "raster":
        outlines["paint"]["line-color"] = greys.over
        whole["layers"] = [sea, land, _picture(greys), outlines]
    else:
        whole["layers"] = [sea, _earth(greys), land, *_details(greys), outlines]
    if not (source.kind or kind):
        whole["metadata"] = {"takhai:held": source.address}
    return whole


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Return the styles, as web/ground.py looks them up, and the provinces, names left out and rounded."""
    drawn: dict[str, dict[str, Any]] = {}
    source = settings().basemap
    for tone in GREYS:
        drawn[f"style-{tone}-plain.json"] = style(tone)
        if source:
            drawn[f"style-{tone}-{BASE}.json"] = style(tone, source)
        if source and not source.kind:
            drawn[f"style-{tone}-{BASE}-raster.json"] = style(tone, source, "raster")
    styles = {name: (json.dumps(value).encode(), "application/json") for name, value in drawn.items()}
    return styles | {PROVINCES: (_provinces(), "application/geo+json")}


def _source(source: Source, held: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"type": held}
    if source.archive:
        said["url"] = source.address
    else:
        said |= {"tiles": [source.address], "maxzoom": DEEPEST[held]}
    if held == "raster":
        said["tileSize"] = TILE_PX
    if credit := settings().basemap_credits:
        said["attribution"] = html.escape(credit)  # MapLibre takes HTML; a setting is text
    return said


def _picture(greys: Greys) -> Layer:
    """Whatever colours a picture has, they end as greys between two that no status is lost on."""
    return {
        "id": "pictures", "type": "raster", "source": BASE,
        "paint": {
            "raster-saturation": -1, "raster-brightness-min": greys.low, "raster-brightness-max": greys.high,
            "raster-opacity": greys.strength, "raster-fade-duration": 0,
        },
    }  # fmt: skip


def _earth(greys: Greys) -> Layer:
    near = ["interpolate", ["linear"], ["zoom"], NEAR_ZOOM - 3, greys.far, NEAR_ZOOM, greys.land]
    return _fill("earth", BASE, near) | {"source-layer": "earth"}


def _details(greys: Greys) -> list[Layer]:
    """Return water, roads and buildings, by the names of Protomaps and of OpenMapTiles."""
    areas = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], True, False]
    details = [_fill("water", BASE, greys.sea) | {"source-layer": "water", "filter": areas}]
    for name, layer in (("building", "buildings"), ("building-omt", "building")):
        details.append(_fill(name, BASE, greys.building) | {"source-layer": layer, "minzoom": BUILDINGS_FROM})
    for layer, kind in (("roads", "kind"), ("transportation", "class")):
        streets = _line(f"streets-{layer}", BASE, greys.street, STREETS_FROM, 0.6, 15, 2, 18, 9)
        mains = _line(f"main-{layer}", BASE, greys.main, 6, 0.5, 10, 1.2, 14, 3, 18, 14)
        details += [
            streets | {"source-layer": layer, "minzoom": STREETS_FROM, "filter": _one_of(kind, STREETS)},
            mains | {"source-layer": layer, "filter": _one_of(kind, MAIN_ROADS)},
        ]
    return details


def _one_of(name: str, values: tuple[str, ...]) -> list[Any]:
    return ["match", ["get", name], list(values), True, False]


def _fill(name: str, source: str, colour: object) -> Layer:
    return {"id": name, "type": "fill", "source": source, "paint": {"fill-color": colour}}


def _line(name: str, source: str, colour: str, *widths: float) -> Layer:
    """Return a line; zoom and width by turns. [px]"""
    return {
        "id": name, "type": "line", "source": source, "layout": {"line-join": "round"},
        "paint": {"line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], *widths]},
    }  # fmt: skip


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
