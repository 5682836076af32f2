"""
Frames and places -> pydeck layers; with ui/tilelayers.py the one drawing every map of the project is made of.

Certain is solid, possible is hatched, unknown is hollow. Layer ids are fixed, so that the same content gives the
same specification to the byte and a browser that has it is sent nothing.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import pydeck as pdk
import shapely

from data.geography import load_border
from ui import labels
from ui.palette import Theme, palette, rgba
from ui.words import LANGUAGES

GLYPH_PX = 18
DIGITS = 5  # of a coordinate: 1 m
KINDS = ("province", "subdistrict", "crossing")  # of place names, as in ui/labels.py
# Names keep a little more room than they fill, their empty corners included (these are cut off by default).
ELBOW_ROOM = {"sizeScale": 1.5, "alphaCutoff": -1}
NAMES = "'names'"  # the group in which names make room for each other
Rgba = list[int]
HATCHED = {"@@type": "FillStyleExtension", "proceduralPattern": True}
DASHED = {"@@type": "PathStyleExtension", "dash": True}
COLLISION = {"@@type": "CollisionFilterExtension"}
PATTERN = {"hatch": {"type": "hatch", "gap": 4, "strokeWidth": 1.4, "angle": 45}}


def border(theme: Theme) -> pdk.Layer:
    """Return the Sa Kaeo line, thin and quiet: a reference line, not a legal boundary."""
    return pdk.Layer(
        "PathLayer", id="border", data="/assets/border.json", get_path="p",
        get_color=rgba(palette(theme).soft),
        width_units="'pixels'", get_width=1.5, joint_rounded=True,
    )  # fmt: skip


def gaps(theme: Theme, frame: gpd.GeoDataFrame, when: str) -> list[pdk.Layer]:
    """
    Return the stretches of the border nothing certain sees.

    Parameters
    ----------
    frame
        As `data.border.gap_table` gives it: band, geometry (EPSG:4326).
    when
        `live`: 5 px in orange with a casing; `planned`: 3 px in dark red. Possibly seen: thin, dashed.
    """
    colours = palette(theme)
    colour, width = (colours.gap_live, 5) if when == "live" else (colours.gap_planned, 3)
    rows = [
        {"p": path(shape), "d": [2.5, 1.5] if band == "possible" else [0, 0]}
        for shape, band in zip(frame.geometry, frame["band"], strict=True)
    ]
    ends = {"cap_rounded": True, "joint_rounded": True, "width_units": "'pixels'", "get_path": "p"}
    open_, unsure = ([row for row in rows if bool(row["d"][0]) == dashed] for dashed in (False, True))
    return [
        pdk.Layer(
            "PathLayer", id=f"gaps-{when}-unsure", data=unsure, get_color=rgba(colour, 200), get_width=width - 2,
            get_dash_array="d", dash_justified=True, extensions=[DASHED], **(ends | {"cap_rounded": False}),
        ),
        pdk.Layer(
            "PathLayer", id=f"gaps-{when}-casing", data=open_, get_color=rgba(colours.casing), get_width=width + 2,
            **ends,
        ),
        pdk.Layer("PathLayer", id=f"gaps-{when}", data=open_, get_color=rgba(colour), get_width=width, **ends),
    ]  # fmt: skip


def stretch(theme: Theme, from_m: float, to_m: float) -> pdk.Layer:
    """Return one chosen stretch of the border, marked by a wide pale band around it."""
    shape = load_border().part(from_m, to_m)
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


def names(theme: Theme, language: str, kinds: Collection[str] = KINDS) -> list[pdk.Layer]:
    """Return the place names of the given kinds; where they collide the more important one stays."""
    how = {
        # Metres with a ceiling in pixels: local names grow in as the map comes near, and are specks before.
        "province": {"size_units": "'pixels'", "get_size": 28, "get_collision_priority": 1},
        "subdistrict": {
            "size_units": "'meters'", "get_size": 2600, "size_max_pixels": 27, "get_collision_priority": 5,
        },
        "crossing": {
            "size_units": "'meters'", "get_size": 2600, "size_max_pixels": 28, "get_collision_priority": 9,
        },
    }  # fmt: skip
    return [
        pdk.Layer(
            "IconLayer", id=f"names-{kind}", data=f"/assets/names-{kind}-{language}.json", get_position="c",
            get_icon="k", **icons("labels", theme), **how[kind], extensions=[COLLISION],
            collision_group=NAMES, collision_test_props=ELBOW_ROOM,
        )
        for kind in kinds
    ]  # fmt: skip


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
