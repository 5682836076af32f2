"""
A million cameras -> pydeck layers: clusters, glyphs and ground out of the tiles, and what changed since.

Certain is solid, possible is hatched, unknown is hollow. Tiles carry little more than numbers; what they mean on
screen is told here in deck.gl's expressions, which know no function calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pydeck as pdk

from geo.tiles import CAMERA_ZOOM, SECTOR_ZOOM
from ui.glyphs import DOWN_STEPS
from ui.layers import COLLISION, DASHED, GLYPH_PX, HATCHED, NAMES, PATTERN, Rgba, icons, path
from ui.palette import STATUS_CODES, STATUSES, Palette, Theme, palette, rgba

WORKER = "/assets/mvt-worker.js"  # else deck.gl asks a public host for it and the map stays empty
DEEPEST_TILE = 16
HIT_RADIUS_PX = 12
CHANGED_M = 240  # full size from where cameras stand singly; far out a speck, and the counts tell
SOLID, HATCH, OUTLINE = 52, 215, 150  # opacities of a sector, 0-255
DOWN_EDGES = (2, 7.5, 15, 25, 35, 45, 55, 65, 75, 85, 97.5)  # percent from which each step of the arc is drawn


@dataclass(frozen=True)
class Tiles:
    """Which tiles a map asks for; `version` is part of the address, so that a browser may keep them for good."""

    version: str
    statuses: tuple[str, ...] = STATUSES

    def layer(self, layer_id: str, *names: str, **how: Any) -> pdk.Layer:
        """Return a layer of the named tile layers only."""
        options = {"mvt": {"workerUrl": WORKER, "layers": list(names)}}
        only = ""
        if set(self.statuses) < set(STATUSES):
            only = "&status=" + ",".join(name for name in STATUSES if name in self.statuses)
        address = f"/tiles/{{z}}/{{x}}/{{y}}.mvt?v={self.version}{only}"
        return pdk.Layer("MVTLayer", id=layer_id, data=address, max_zoom=DEEPEST_TILE, load_options=options, **how)


def sectors(theme: Theme, tiles: Tiles) -> pdk.Layer:
    """
    Return the ground each camera covers, from the tiles.

    Apart from the glyphs, because the hatching extension would also mask the glyphs of hatched cameras.
    """
    colours = palette(theme)
    line = {name: str(rgba(colours.status(name), OUTLINE)) for name in STATUSES}
    return tiles.layer(
        "sectors", "sectors", min_zoom=SECTOR_ZOOM, stroked=True, line_width_units="'pixels'", get_line_width=1,
        get_fill_color=_by_status({name: _sector_fill(colours, name) for name in STATUSES}),
        get_line_color=_by_status(line), extensions=[HATCHED, DASHED],
        fill_pattern_size_units="'pixels'", fill_pattern_mapping=PATTERN,
        get_fill_pattern="properties.poss == 1 ? 'hatch' : 'none'",
        get_dash_array="properties.poss == 1 ? [5,4] : [0,0]",
    )  # fmt: skip


def cameras(theme: Theme, tiles: Tiles) -> pdk.Layer:
    """Return the cameras as glyphs of their status, from the tiles."""
    return tiles.layer(
        "cameras", "cams", min_zoom=CAMERA_ZOOM, stroked=False, point_type="'icon'", **icons("glyphs", theme),
        icon_size_units="'pixels'", get_icon_size=GLYPH_PX,
        get_icon=_by_status({name: f"'{name}'" for name in STATUSES}),
    )  # fmt: skip


def clusters(theme: Theme, tiles: Tiles) -> pdk.Layer:
    """
    Return many cameras as one disc with their count.

    An arc in orange says which share of those we know of is down; the disc is hollow where we know of fewer than
    half of them.
    """
    colours = palette(theme)
    known = "(properties.n - properties.unknown)"
    unknown = "properties.unknown * 2 > properties.n"
    step = "0"
    for below, percent in zip(DOWN_EDGES, DOWN_STEPS[1:], strict=True):
        step = f"100 * properties.down >= {below} * {known} ? {percent} : ({step})"
    step = f"properties.down == 0 ? 0 : ({step})"
    return tiles.layer(
        "clusters", "clusters", stroked=False, point_type="'icon+text'", **icons("glyphs", theme),
        icon_size_units="'pixels'", get_icon_size="2 * properties.r",
        get_icon=f"({unknown} ? 'hollow' : 'cluster') + ({step})",
        get_text="properties.label", text_size_units="'pixels'", get_text_size="properties.n < 10 ? 11 : 12.5",
        get_text_color=f"{unknown} ? {rgba(colours.text)} : {rgba(colours.on_cluster)}",
        text_font_family="'Sarabun, sans-serif'", text_font_weight=600, text_character_set="'0123456789.kM'",
    )  # fmt: skip


def keep_clear(tiles: Tiles) -> pdk.Layer:
    """Return the place of each cluster, unseen: names stay out of it, so that counts can be read."""
    return tiles.layer(
        "keep-clear", "clusters", stroked=False, point_radius_units="'pixels'",
        get_point_radius="properties.r + 8", get_fill_color=[0, 0, 0, 0], extensions=[COLLISION],
        collision_group=NAMES, get_collision_priority=100,
    )  # fmt: skip


def hits(tiles: Tiles, turn: int) -> pdk.Layer:
    """
    Return what clicks fall on: unseen discs, larger than the glyphs.

    `turn` is part of the id. It changes with each click, so that Streamlit forgets its own selection, which would
    dim everything else on the map.
    """
    return tiles.layer(
        hit_id(turn), "cams", min_zoom=CAMERA_ZOOM, pickable=True, stroked=False, point_radius_units="'pixels'",
        get_point_radius=HIT_RADIUS_PX, get_fill_color=[0, 0, 0, 0],
    )  # fmt: skip


def hit_id(turn: int) -> str:
    """Name of the click layer of a turn."""
    return f"hit-{turn}"


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
    possible = [row for row in polygons if row["h"]]
    hatched = [
        pdk.Layer(
            "PolygonLayer", id="changed-possible", data=possible, get_line_width=1, **outlined,
            extensions=[HATCHED], fill_pattern_size_units="'pixels'", fill_pattern_mapping=PATTERN,
            get_fill_pattern="'hatch'",
        )
    ]  # fmt: skip
    return [
        pdk.Layer(
            "PolygonLayer", id="changed-certain", data=[row for row in polygons if not row["h"]],
            get_line_width=1.5, **outlined,
        ),
        *(hatched if possible else ()),  # its shader alone takes a weak machine a second
        # The old glyph below has another shape: a disc of the ground covers its corners.
        pdk.Layer(
            "ScatterplotLayer", id="changed-patch", data=dots, get_position="c",
            get_fill_color=rgba(colours.casing), radius_units="'meters'", get_radius=CHANGED_M / 2 + 10,
            radius_max_pixels=10,
        ),
        pdk.Layer(
            "IconLayer", id="changed", data=dots, get_position="c", get_icon="s", **icons("glyphs", theme),
            size_units="'meters'", get_size=CHANGED_M, size_max_pixels=GLYPH_PX,
        ),
    ]  # fmt: skip


def _sector_fill(colours: Palette, status: str) -> str:
    colour = colours.status(status)
    solid = {"up": SOLID, "degraded": SOLID, "down": 80, "maintenance": 30, "unknown": 0}[status]
    hatched = HATCH if status != "unknown" else 90
    return f"(properties.poss == 1 ? {rgba(colour, hatched)} : {rgba(colour, solid)})"


def _changed_fill(colours: Palette, status: str, kind: str) -> Rgba:
    return rgba(colours.status(status), 110 if kind == "certain" else 235)


def _by_status(values: Mapping[str, str]) -> str:
    """Return an expression of deck.gl that chooses by the status code of a tile's feature."""
    chosen = values["unknown"]
    for name in STATUSES:
        if name != "unknown":
            chosen = f"properties.st == {STATUS_CODES[name]} ? {values[name]} : ({chosen})"
    return chosen
