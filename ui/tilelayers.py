"""
A million cameras -> pydeck layers: clusters, glyphs and ground out of the tiles, and what changed since.

Certain is solid, possible is hatched, unknown is hollow. Tiles carry little more than numbers; what they mean on
screen is told here in deck.gl's expressions, which know no function calls. The layers themselves are ours, see
web/assets/map: they follow the server's version and the cameras' status by themselves.
"""

from collections.abc import Mapping
from typing import Any

import pydeck as pdk

from ui.glyphs import DOWN_STEPS
from ui.layers import GLYPH_PX, icons
from ui.palette import STATUS_CODES, STATUSES, Palette, Theme, palette, rgba

CHANGED_M = 240  # full size from where cameras stand singly; far out a speck, and the counts tell
SOLID, HATCH, OUTLINE = 52, 215, 150  # opacities of a sector, 0-255
DOWN_EDGES = (2, 7.5, 15, 25, 35, 45, 55, 65, 75, 85, 97.5)  # percent from which each step of the arc is drawn


def address(query: str = "") -> str:
    """Where a map asks for its tiles; the browser puts the version in, so that it may keep a tile for good."""
    return "/tiles/{z}/{x}/{y}.mvt?v={v}" + (f"&{query}" if query else "")


def sectors(theme: Theme, query: str = "") -> pdk.Layer:
    """Return the ground each camera covers, from the tiles."""
    colours = palette(theme)
    line = {name: str(rgba(colours.status(name), OUTLINE)) for name in STATUSES}
    return _layer(
        "GroundTiles", "sectors", query,
        get_fill_color=_by_status({name: _sector_fill(colours, name) for name in STATUSES}),
        get_line_color=_by_status(line),
    )  # fmt: skip


def cameras(theme: Theme, query: str = "") -> pdk.Layer:
    """Return the cameras as glyphs of their status, from the tiles."""
    return _layer("CameraTiles", "cameras", query, **icons("glyphs", theme), get_size=GLYPH_PX, get_icon=_glyph())


def changed(theme: Theme) -> pdk.Layer:
    """Return the cameras whose status changed since the tiles were made, to lie over them."""
    return pdk.Layer(
        "ChangedLayer", id="changed", **icons("glyphs", theme), get_icon=_glyph(), size_m=CHANGED_M,
        size_max_pixels=GLYPH_PX,
    )  # fmt: skip


def clusters(theme: Theme, query: str = "") -> pdk.Layer:
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
    return _layer(
        "ClusterTiles", "clusters", query, **icons("glyphs", theme),
        get_icon=f"({unknown} ? 'hollow' : 'cluster') + ({step})", get_icon_size="2 * properties.r",
        get_text="properties.label", get_text_size="properties.n < 10 ? 11 : 12.5",
        get_text_color=f"{unknown} ? {rgba(colours.text)} : {rgba(colours.on_cluster)}",
    )  # fmt: skip


def _layer(kind: str, layer_id: str, query: str, **how: Any) -> pdk.Layer:
    return pdk.Layer(kind, id=layer_id, address=f"'{address(query)}'", **how)


def _glyph() -> str:
    return _by_status({name: f"'{name}'" for name in STATUSES})


def _sector_fill(colours: Palette, status: str) -> str:
    colour = colours.status(status)
    solid = {"up": SOLID, "degraded": SOLID, "down": 80, "maintenance": 30, "unknown": 0}[status]
    hatched = HATCH if status != "unknown" else 90
    return f"(properties.poss == 1 ? {rgba(colour, hatched)} : {rgba(colour, solid)})"


def _by_status(values: Mapping[str, str]) -> str:
    """Return an expression of deck.gl that chooses by the status code of a tile's feature."""
    chosen = values["unknown"]
    for name in STATUSES:
        if name != "unknown":
            chosen = f"properties.st == {STATUS_CODES[name]} ? {values[name]} : ({chosen})"
    return chosen
