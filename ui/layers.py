"""
Frames and places -> pydeck layers; with ui/tilelayers.py the one drawing every map of the project is made of.

Certain is solid, possible is hatched, unknown is hollow. Layer ids are fixed, so that the same content gives the
same specification to the byte and a browser that has it is sent nothing.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import pydeck as pdk
import shapely

from data.geography import SAKAEO, load_border
from data.lines.border import LIVE
from data.lines.watched import WatchedLine, sakaeo
from ui import labels
from ui.palette import Theme, palette, rgba
from ui.words import LANGUAGES

GLYPH_PX = 18
DIGITS = 5  # of a coordinate: 1 m
KINDS = ("province", "district", "subdistrict", "crossing")  # of place names, as in ui/labels.py
Rgba = list[int]
DASHED = {"@@type": "PathStyleExtension", "dash": True}


def border(theme: Theme, line: WatchedLine | None = None) -> pdk.Layer:
    """Return a line, that of Sa Kaeo unless given, thin and quiet: a reference line, not a legal boundary."""
    watched = line or sakaeo()
    shipped = watched.name == SAKAEO
    address = "/assets/border.json" if shipped else f"/live/line.json?line={watched.name}&h={watched.digest}"
    return pdk.Layer(
        "PathLayer", id="border", data=address, get_path="p",
        get_color=rgba(palette(theme).soft),
        width_units="'pixels'", get_width=1.5, joint_rounded=True,
    )  # fmt: skip


def uncertain(theme: Theme, mark: str) -> list[pdk.Layer]:
    """Return the bands in which the boundary may run, pale with a dashed edge; none where nobody brought any."""
    if not mark:
        return []
    ink = palette(theme).soft
    return [
        pdk.Layer(
            "PolygonLayer", id="bands", data=f"/live/bands.json?h={mark}", get_polygon="p", stroked=False,
            get_fill_color=rgba(ink, 56),
        ),
        pdk.Layer(
            "PathLayer", id="band-edges", data=f"/live/bands.json?edges=1&h={mark}", get_path="p",
            get_color=rgba(ink), width_units="'pixels'", get_width=1.2, extensions=[DASHED], get_dash_array=[4, 3],
        ),
    ]  # fmt: skip


def gaps(theme: Theme, when: str, query: str = "") -> pdk.Layer:
    """
    Return the stretches of a line nothing certain sees; the browser asks for them and follows them.

    Parameters
    ----------
    when
        `live`: what is dark only now, 5 px in orange with a casing; `planned`: 3 px in dark red. Possibly seen:
        thin, dashed.
    query
        Line, level and light, as the query of a link.
    """
    colours = palette(theme)
    colour, width = (colours.gap_live, 5) if when == LIVE else (colours.gap_planned, 3)
    address = f"/live/gaps.json?when={when}" + (f"&{query}" if query else "")
    return pdk.Layer(
        "GapsLayer", id=f"gaps-{when}", source=f"'{address}'", color=rgba(colour), casing=rgba(colours.casing),
        width=width,
    )  # fmt: skip


def stretch(theme: Theme, from_m: float, to_m: float, line: WatchedLine | None = None) -> pdk.Layer:
    """Return one chosen stretch of a line, marked by a wide pale band around it."""
    shape = (line or sakaeo()).line.part(from_m, to_m)
    return pdk.Layer(
        "PathLayer", id="stretch", data=[{"p": path(shape)}], get_path="p",
        get_color=rgba(palette(theme).text, 60), width_units="'pixels'", get_width=16, cap_rounded=True,
        joint_rounded=True,
    )  # fmt: skip


def checkpoints(theme: Theme) -> pdk.Layer:
    """Return the crossings as a sentry's house, hollow where the point is not sure."""
    return pdk.Layer(
        "IconLayer", id="checkpoints", data="/assets/checkpoints.json", get_position="c", get_icon="i",
        **icons("glyphs", theme), size_units="'meters'", get_size=2600, size_max_pixels=15,
    )  # fmt: skip


def names(theme: Theme, language: str, kinds: Collection[str] = KINDS) -> pdk.Layer:
    """Return the place names of the given kinds; where they collide the more important one stays."""
    how = {
        # Metres with a ceiling in pixels: local names grow in as the map comes near.
        "province": {"units": "pixels", "size": 28, "priority": 1, "area": True},
        "district": {"units": "meters", "size": 11_000, "maxPixels": 29, "priority": 3, "area": True},
        "subdistrict": {"units": "meters", "size": 2600, "maxPixels": 27, "priority": 5},
        "crossing": {"units": "meters", "size": 2600, "maxPixels": 28, "priority": 9},
    }
    listed = [{"id": kind, "source": f"/assets/names-{kind}-{language}.json", **how[kind]} for kind in kinds]
    return pdk.Layer("NamesLayer", id="names", kinds=listed, **icons("labels", theme))


def marks(theme: Theme, points: Sequence[dict[str, Any]], size_px: float = GLYPH_PX) -> pdk.Layer:
    """Return single cameras as glyphs: lon, lat, status each; for maps that show only some cameras."""
    rows = [{"c": [row["lon"], row["lat"]], "s": row["status"]} for row in points]
    return pdk.Layer(
        "IconLayer", id="marks", data=rows, get_position="c", get_icon="s", **icons("glyphs", theme),
        size_units="'pixels'", get_size=size_px,
    )  # fmt: skip


def ring(theme: Theme, lon: float, lat: float) -> pdk.Layer:
    """Return the ring around the chosen camera."""
    return pdk.Layer(
        "ScatterplotLayer", id="ring", data=[{"c": [lon, lat]}], get_position="c", filled=False, stroked=True,
        get_line_color=rgba(palette(theme).text), radius_units="'pixels'", get_radius=15,
        line_width_units="'pixels'", get_line_width=2.5,
    )  # fmt: skip


def pin(theme: Theme, lon: float, lat: float) -> pdk.Layer:
    """Return the mark of a chosen place: a dot in a ring."""
    return pdk.Layer(
        "ScatterplotLayer", id="pin", data=[{"c": [lon, lat]}], get_position="c", filled=True, stroked=True,
        get_fill_color=rgba(palette(theme).text), get_line_color=rgba(palette(theme).casing),
        radius_units="'pixels'", get_radius=6, line_width_units="'pixels'", get_line_width=3,
    )  # fmt: skip


def path(shape: Any) -> list[list[float]]:
    """Coordinates of a line or ring, rounded to a metre."""
    return [[float(x), float(y)] for x, y in shapely.get_coordinates(shape).round(DIGITS)]


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Return what /assets/ serves: places that never change, so that no map sends them again."""
    border_line = [{"p": path(load_border().geometry)}]
    posts = [
        {"c": [p.lon, p.lat], "i": "checkpoint_sure" if p.sure else "checkpoint"}
        for p in labels.places()
        if p.kind == "crossing"
    ]
    found: dict[str, Any] = {"border.json": border_line, "checkpoints.json": posts}
    for kind in KINDS:
        for language in LANGUAGES:
            found[f"names-{kind}-{language}.json"] = [
                {"k": p.key(language), "c": [p.lon, p.lat]} for p in labels.places() if p.kind == kind
            ]
    return {name: (json.dumps(rows).encode(), "application/json") for name, rows in found.items()}


def icons(atlas: str, theme: Theme) -> dict[str, str]:
    """Where the pictures of an atlas ("glyphs" or "labels") lie on this server."""
    return {"icon_atlas": f"'/assets/{atlas}-{theme}.png'", "icon_mapping": f"'/assets/{atlas}.json'"}
