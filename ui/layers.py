"""
Frames and tiles -> pydeck layers: the one drawing every map of the project is made of.

Certain is solid, possible is hatched, unknown is hollow. Layer ids are fixed, so that the same content gives the
same specification to the byte and a browser that has it is sent nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pydeck as pdk
import shapely

from data.geography import load_border
from ui import labels
from ui.glyphs import DOWN_STEPS
from ui.palette import STATUS_CODES, STATUSES, Palette, Theme, palette, rgba

WORKER = "/assets/mvt-worker.js"  # else deck.gl asks a public host for it and the map stays empty
DEEPEST_TILE = 16
HIT_RADIUS_PX = 12
GLYPH_PX = 18
SOLID, HATCH, OUTLINE = 52, 215, 150  # opacities of a sector, 0-255
DIGITS = 5  # of a coordinate: 1 m
CLUSTER_PX = ((10, 22), (30, 26), (100, 31), (300, 36), (1000, 42), (5000, 48))  # (below this count, diameter)
CLUSTER_LARGEST_PX = 56
Rgba = list[int]
_HATCHED = {"@@type": "FillStyleExtension", "proceduralPattern": True}
_DASHED = {"@@type": "PathStyleExtension", "dash": True}
_PATTERN = {"hatch": {"type": "hatch", "gap": 4, "strokeWidth": 1.4, "angle": 45}}


@dataclass(frozen=True)
class Tiles:
    """Which tiles a map asks for; `version` is part of the address, so that a browser may keep them for good."""

    version: str
    query: str = ""  # e.g. "&level=20&light=night"

    def layer(self, layer_id: str, *names: str, **how: Any) -> pdk.Layer:
        """Return a layer of the named tile layers only."""
        options = {"mvt": {"workerUrl": WORKER, "layers": list(names)}}
        address = f"/tiles/{{z}}/{{x}}/{{y}}.mvt?v={self.version}{self.query}"
        return pdk.Layer("MVTLayer", id=layer_id, data=address, max_zoom=DEEPEST_TILE, load_options=options, **how)


def sectors(theme: Theme, tiles: Tiles, statuses: Collection[str] = STATUSES) -> pdk.Layer:
    """
    Return what each camera covers, from the tiles.

    Apart from the glyphs, because the hatching extension would also mask the glyphs of hatched cameras.
    """
    colours = palette(theme)
    fill = _by_status({name: _sector_fill(colours, name) for name in STATUSES if name in statuses}, [0, 0, 0, 0])
    line = _by_status(
        {name: str(rgba(colours.status(name), OUTLINE)) for name in STATUSES if name in statuses}, [0, 0, 0, 0]
    )
    return tiles.layer(
        f"sectors{_suffix(statuses)}", "sectors", stroked=True, line_width_units="'pixels'", get_line_width=1,
        get_fill_color=fill, get_line_color=line, extensions=[_HATCHED, _DASHED],
        fill_pattern_size_units="'pixels'", fill_pattern_mapping=_PATTERN,
        get_fill_pattern="properties.poss == 1 ? 'hatch' : 'none'",
        get_dash_array="properties.poss == 1 ? [5,4] : [0,0]",
    )  # fmt: skip


def cameras(theme: Theme, tiles: Tiles, statuses: Collection[str] = STATUSES) -> pdk.Layer:
    """Return the cameras as glyphs of their status, from the tiles."""
    size = _by_status({name: str(GLYPH_PX) for name in STATUSES if name in statuses}, 0)
    return tiles.layer(
        f"cameras{_suffix(statuses)}", "cams", stroked=False, point_type="'icon'", **_icons(theme, "glyphs"),
        icon_size_units="'pixels'", get_icon_size=size,
        get_icon=_by_status({name: f"'{name}'" for name in STATUSES}, "'unknown'"),
    )  # fmt: skip


def clusters(theme: Theme, tiles: Tiles) -> pdk.Layer:
    """Return many cameras as one disc with their count; an arc in orange says which share of them is down."""
    share, icon = "100 * properties.down / properties.n", "'cluster0'"
    for below, step in zip((2, 7.5, 15, 25, 35, 45, 55, 65, 75, 85, 97.5), DOWN_STEPS[1:], strict=True):
        icon = (
            f"{share} >= {below} ? 'cluster{step}' : {icon}"
            if step == 5
            else f"{share} >= {below} ? 'cluster{step}' : ({icon})"
        )
    size = str(CLUSTER_LARGEST_PX)
    for below, diameter in reversed(CLUSTER_PX):
        size = f"properties.n < {below} ? {diameter} : ({size})"
    # No function calls in such expressions: the thousands are cut by taking the remainder off.
    count = (
        "properties.n < 1000 ? '' + properties.n : properties.n < 10000"
        " ? '' + ((properties.n - properties.n % 100) / 1000) + 'k'"
        " : '' + ((properties.n - properties.n % 1000) / 1000) + 'k'"
    )
    return tiles.layer(
        "clusters", "clusters", stroked=False, point_type="'icon+text'", **_icons(theme, "glyphs"),
        icon_size_units="'pixels'", get_icon_size=size, get_icon=icon,
        get_text=count, text_size_units="'pixels'", get_text_size="properties.n < 30 ? 11 : 13",
        get_text_color=rgba(palette(theme).on_cluster), text_font_family="'Sarabun, sans-serif'",
        text_font_weight=600, text_character_set="'0123456789.k'",
    )  # fmt: skip


def hits(tiles: Tiles, turn: int) -> pdk.Layer:
    """
    Return what clicks fall on: unseen discs, larger than the glyphs.

    `turn` is part of the id. It changes with each click, so that Streamlit forgets its own selection, which would
    dim everything else on the map.
    """
    return tiles.layer(
        hit_id(turn), "cams", pickable=True, stroked=False, point_radius_units="'pixels'",
        get_point_radius=HIT_RADIUS_PX, get_fill_color=[0, 0, 0, 0],
    )  # fmt: skip


def hit_id(turn: int) -> str:
    """Name of the click layer of a turn."""
    return f"hit-{turn}"


def border(theme: Theme) -> pdk.Layer:
    """Return the Sa Kaeo line, thin and quiet: a reference line, not a legal boundary."""
    return pdk.Layer(
        "PathLayer", id="border", data=[{"p": _border_path()}], get_path="p", get_color=rgba(palette(theme).soft),
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
        `live`: 5 px in orange with a casing; `planned`: 3 px in dark red. What is possibly seen is dashed.
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
            get_dash_array="d", dash_justified=True, extensions=[_DASHED], **(ends | {"cap_rounded": False}),
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
        "PathLayer", id="stretch", data=[{"p": path(shape)}], get_path="p", get_color=rgba(palette(theme).text, 60),
        width_units="'pixels'", get_width=16, cap_rounded=True, joint_rounded=True,
    )  # fmt: skip


def checkpoints(theme: Theme) -> pdk.Layer:
    """Return the crossings as a sentry's house, hollow where the point is not sure."""
    rows = [
        {"c": [p.lon, p.lat], "i": "checkpoint_sure" if p.sure else "checkpoint"}
        for p in labels.places()
        if p.kind == "crossing"
    ]
    return pdk.Layer(
        "IconLayer", id="checkpoints", data=rows, get_position="c", get_icon="i", **_icons(theme, "glyphs", ""),
        size_units="'pixels'", get_size=14,
    )  # fmt: skip


def names(
    theme: Theme, language: str, kinds: Collection[str] = ("province", "subdistrict", "crossing")
) -> list[pdk.Layer]:
    """Return the place names of the given kinds; where they collide the more important one stays."""
    how = {
        # Metres with a ceiling in pixels: local names grow in as the map comes near, and are specks before.
        "province": {"size_units": "'pixels'", "get_size": 28, "get_collision_priority": 1},
        "subdistrict": {
            "size_units": "'meters'", "get_size": 2600, "size_max_pixels": 27, "get_collision_priority": 5,
        },
        "crossing": {
            "size_units": "'meters'", "get_size": 2600, "size_max_pixels": 28, "get_collision_priority": 9,
            "get_pixel_offset": [9, 0],
        },
    }  # fmt: skip
    return [
        pdk.Layer(
            "IconLayer", id=f"names-{kind}", data=_names(kind, language), get_position="c", get_icon="k",
            **_icons(theme, "labels", ""), **how[kind], extensions=[{"@@type": "CollisionFilterExtension"}],
            collision_group="'names'", collision_test_props={"sizeScale": 2},
        )
        for kind in kinds
    ]  # fmt: skip


def changes(theme: Theme, points: Sequence[dict[str, Any]], shapes: gpd.GeoDataFrame) -> list[pdk.Layer]:
    """
    Return what changed since the tiles were made, to lie over them.

    Parameters
    ----------
    points
        One a camera: lon, lat, status.
    shapes
        Their footprints: geometry (EPSG:4326), kind ("certain" or "possible"), status.
    """
    colours = palette(theme)
    polygons = [
        {
            "p": [path(shape.exterior)], "f": _changed_fill(colours, status, kind),
            "l": rgba(colours.status(status), 230), "h": kind == "possible",
        }
        for shape, kind, status in zip(shapes.geometry, shapes["kind"], shapes["status"], strict=True)
    ]  # fmt: skip
    dots = [{"c": [row["lon"], row["lat"]], "s": row["status"]} for row in points]
    outlined = {"get_polygon": "p", "get_fill_color": "f", "get_line_color": "l", "line_width_units": "'pixels'"}
    return [
        pdk.Layer(
            "PolygonLayer", id="changed-certain", data=[row for row in polygons if not row["h"]], get_line_width=1.5,
            **outlined,
        ),
        pdk.Layer(
            "PolygonLayer", id="changed-possible", data=[row for row in polygons if row["h"]], get_line_width=1,
            **outlined, extensions=[_HATCHED], fill_pattern_size_units="'pixels'", fill_pattern_mapping=_PATTERN,
            get_fill_pattern="'hatch'",
        ),
        # The old glyph below has another shape: a disc of the ground covers its corners.
        pdk.Layer(
            "ScatterplotLayer", id="changed-patch", data=dots, get_position="c", get_fill_color=rgba(colours.casing),
            radius_units="'pixels'", get_radius=10,
        ),
        pdk.Layer(
            "IconLayer", id="changed", data=dots, get_position="c", get_icon="s", **_icons(theme, "glyphs", ""),
            size_units="'pixels'", get_size=GLYPH_PX,
        ),
    ]  # fmt: skip


def marks(theme: Theme, points: Sequence[dict[str, Any]], size_px: float = GLYPH_PX) -> pdk.Layer:
    """Return single cameras as glyphs: lon, lat, status each; for maps that show only some cameras."""
    rows = [{"c": [row["lon"], row["lat"]], "s": row["status"]} for row in points]
    return pdk.Layer(
        "IconLayer", id="marks", data=rows, get_position="c", get_icon="s", **_icons(theme, "glyphs", ""),
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


@lru_cache(maxsize=1)
def _border_path() -> list[list[float]]:
    return path(load_border().geometry)


@lru_cache(maxsize=8)
def _names(kind: str, language: str) -> list[dict[str, Any]]:
    return [{"k": p.key(language), "c": [p.lon, p.lat]} for p in labels.places() if p.kind == kind]


def _icons(theme: Theme, which: str, prefix: str = "icon_") -> dict[str, str]:
    # Inside an MVTLayer the icons belong to a sub-layer, yet both names start the same there and here.
    del prefix
    return {"icon_atlas": f"'/assets/{which}-{theme}.png'", "icon_mapping": f"'/assets/{which}.json'"}


def _sector_fill(colours: Palette, status: str) -> str:
    colour = colours.status(status)
    solid = {"up": SOLID, "degraded": SOLID, "down": 80, "maintenance": 30, "unknown": 0}[status]
    hatched = HATCH if status != "unknown" else 90
    return f"(properties.poss == 1 ? {rgba(colour, hatched)} : {rgba(colour, solid)})"


def _changed_fill(colours: Palette, status: str, kind: str) -> Rgba:
    return rgba(colours.status(status), 110 if kind == "certain" else 235)


def _by_status(values: dict[str, str], otherwise: object) -> str:
    """Return an expression of deck.gl that chooses by the status code of a tile's feature."""
    chosen = str(otherwise)
    for name, value in values.items():
        chosen = f"properties.st == {STATUS_CODES[name]} ? {value} : ({chosen})"
    return chosen


def _suffix(statuses: Collection[str]) -> str:
    # deck.gl does not work out accessors anew when only the expression changed; a new id makes it.
    return (
        ""
        if set(statuses) >= set(STATUSES)
        else "-" + "".join(str(STATUS_CODES[s]) for s in STATUSES if s in statuses)
    )
