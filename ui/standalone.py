"""
A map of one moment as one HTML file that opens anywhere and asks nobody for anything: to be sent by mail.

folium draws it with Leaflet; scripts, fonts, pictures and data lie inside. The file forbids itself every request
and every script but its own (a content security policy with a nonce), and names are told as text: whatever an
inventory holds, nothing of it runs on the reader's machine.
"""

import base64
import json
import re
import secrets
from datetime import datetime
from functools import cache
from html import escape
from typing import Any

import folium
import geopandas as gpd
import shapely
from branca.element import Element, MacroElement
from jinja2 import Template

from data.filters import CameraFilter
from data.fleet import Snapshot
from data.geography import load_border
from data.lines import border_now
from data.lines.border import PLANNED
from data.sealing import redact
from data.settings import HOUSE
from ui import glyphs, labels, leaflet, standalone_data, standalone_legend, style
from ui.palette import STATUS_CODES, Palette, Theme, palette
from ui.standalone_data import LOST, At, Bounds, Shown
from ui.tilelayers import DOWN_EDGES
from ui.words import pick, speaking, t

_ASSETS = HOUSE / "web" / "assets"
_LEAFLET = _ASSETS / "node_modules" / "leaflet"
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_LINE_DIGITS = 5
_LAND_DIGITS = 4
_COUNTRY: Bounds = (97.3, 5.6, 105.7, 20.5)
_DASHES = {"possible": "6 5", LOST: "1 5"}


class _Map(folium.Map):
    """A folium map that brings no scripts and styles of its own: they lie in the file."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium's own form)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _Raw(Element):
    """Text that goes into the file as it is: branca takes other text for a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Cameras(MacroElement):
    """
    The call of web/assets/standalone.js.

    What it draws lies apart, in the head: branca takes a script for a template, and a name in it for an order.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}standalone({{ this._parent.get_name() }}, PICTURE);{% endmacro %}"
    )


def page(
    known: Snapshot, chosen: CameraFilter, *, at: At | None, language: str, theme: str, now: datetime
) -> bytes:
    """
    Return the map of a snapshot as one HTML file.

    Parameters
    ----------
    chosen
        Which cameras; its level and light say which ground and gaps.
    at
        Lon, lat and zoom (of tiles of 512 px) it opens on; all its cameras unless given.
    now
        When the picture is taken: said beside the time its data was true.
    """
    with speaking(language):
        shown = standalone_data.gather(known, chosen, at)
        nonce = secrets.token_urlsafe(16)
        look: Theme = "dark" if theme == "dark" else "light"
        drawn = _map(known, chosen, shown, at, look)
        root: Any = drawn.get_root()  # a Figure, once it has a map
        root.title = escape(t("standalone.title"))
        root.header.add_child(_Raw(_head(look)))
        picture = _json(_data(known, shown, at, palette(look)))
        root.header.add_child(_Raw(f"<script>const PICTURE = {picture};</script>"))
        root.html.add_child(_Raw(standalone_legend.body(known, chosen, shown, now)))
        html: str = root.render()
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(nonce=nonce)}">'
    html = html.replace("<html>", f'<html lang="{language}">', 1).replace(
        "<head>", f'<head><meta charset="utf-8">{policy}', 1
    )
    # nothing of an inventory can hold this tag: in HTML it is escaped, in scripts it has no "<"
    return html.replace("<script>", f'<script nonce="{nonce}">').encode()


def _map(known: Snapshot, chosen: CameraFilter, shown: Shown, at: At | None, theme: Theme) -> folium.Map:
    colours = palette(theme)
    lon, lat, zoom = at or (101.2, 13.2, 5.0)
    drawn = _Map(
        location=(lat, lon), tiles=None, zoom_control=False,
        attribution_control=False, prefer_canvas=True, min_zoom=5, max_zoom=20, zoom_snap=0.25,
    )  # fmt: skip
    drawn.options["zoom"] = zoom + 1  # folium itself takes whole zooms only; Leaflet counts tiles of 256 px
    outlines = standalone_data.land(shown.bounds, at[2] if at else None)
    _shapes(outlines, _LAND_DIGITS, color=colours.line, weight=1, fillColor=colours.land, fillOpacity=1).add_to(
        drawn
    )
    if shown.ground is not None:
        _ground(shown.ground, colours, drawn)
    _line([load_border().geometry], color=colours.soft, weight=1.5).add_to(drawn)
    _gaps(known, chosen, colours, drawn)
    if shown.frame:
        _line([shapely.box(*shown.frame).exterior], color=colours.text, weight=1.5, dashArray="6 5").add_to(drawn)
    _Cameras().add_to(drawn)  # type: ignore[no-untyped-call]
    return drawn


def _ground(ground: gpd.GeoDataFrame, colours: Palette, drawn: folium.Map) -> None:
    """Certain is filled, possible dashed, what is lost while its camera is dark dotted; one layer a look."""
    for (kind, status), part in ground.groupby(["kind", "status"], sort=False):
        colour = colours.status(str(status))
        _shapes(
            list(part.geometry), _LINE_DIGITS, color=colour, weight=1.2, opacity=0.8, fillColor=colour,
            fillOpacity=0.22 if kind == "certain" else 0, dashArray=_DASHES.get(str(kind)),
        ).add_to(drawn)  # fmt: skip


def _gaps(known: Snapshot, chosen: CameraFilter, colours: Palette, drawn: folium.Map) -> None:
    """The gaps as the pages draw them: planned thin, live thick with a casing, possibly seen dashed."""
    level, light = chosen.level_px_m, chosen.light
    planned, live = border_now.gaps(known, level, light, PLANNED), border_now.lost(known, level, light)
    for gaps, colour, width in ((planned, colours.gap_planned, 3), (live, colours.gap_live, 5)):
        for band, part in gaps.groupby("band"):
            lines = list(part.geometry)
            if band == "possible":
                _line(lines, color=colour, weight=2, dashArray="5 6", lineCap="butt").add_to(drawn)
                continue
            if width > 3:
                _line(lines, color=colours.casing, weight=width + 2).add_to(drawn)
            _line(lines, color=colour, weight=width).add_to(drawn)


def _shapes(shapes: list[Any], digits: int, **look: Any) -> folium.GeoJson:
    """Polygons of one look, whatever parts they have."""
    parts = [part for shape in shapes for part in leaflet.polygons(shape)]
    return _layer(shapely.MultiPolygon(parts), digits, look)


def _line(lines: list[Any], **look: Any) -> folium.GeoJson:
    parts = [part for line in lines for part in shapely.get_parts(line) if not part.is_empty]
    return _layer(shapely.MultiLineString(parts), _LINE_DIGITS, look)


def _layer(shape: Any, digits: int, look: dict[str, Any]) -> folium.GeoJson:
    shape = shapely.transform(shape, lambda lonlat: lonlat.round(digits))
    whole = {"type": "Feature", "id": "0", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
    said = {name: value for name, value in look.items() if value is not None}
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": [whole]}, style_function=lambda _feature: said,
        smooth_factor=0.6, interactive=False,
    )  # fmt: skip


def _data(known: Snapshot, shown: Shown, at: At | None, colours: Palette) -> dict[str, Any]:
    """Return what the script draws: cameras, discs, names, pictures and words."""
    cameras = standalone_data.cameras(known, shown.single)
    thai, english = cameras.pop("name_th"), cameras.pop("name_en")
    # an address may stand in a name; what must not leave the house leaves it no way
    cameras["name"] = [redact(pick(th, en)) for th, en in zip(thai, english, strict=True)]
    cameras["code"] = [redact(code) for code in cameras["code"]]
    codes = [word for word, _ in sorted(STATUS_CODES.items(), key=lambda item: item[1])]
    return {
        "cameras": cameras,
        "far": shown.far,
        "rest": shown.rest,
        "nearZoom": shown.near_zoom,
        "bounds": None if at else shown.bounds or _COUNTRY,
        "glyphs": {name: [box["x"], box["y"], box["width"]] for name, box in glyphs.mapping().items()},
        "steps": list(zip((0, *DOWN_EDGES), glyphs.DOWN_STEPS, strict=True)),
        "names": [[p.kind, pick(p.name_th, p.name_en), p.lon, p.lat, p.sure] for p in labels.places()],
        "ink": colours.text,
        "soft": colours.soft,
        "halo": colours.land,
        "onCluster": colours.on_cluster,
        "words": {
            "codes": codes,
            "statuses": [t(f"status.{code}") for code in codes],
            "cluster": t("standalone.disc"),
            "nearer": t("standalone.nearer"),
            "farther": t("standalone.farther"),
            "north": t("standalone.north"),
        },
    }


def _head(theme: Theme) -> str:
    atlas = f"data:image/png;base64,{base64.b64encode(glyphs.atlas(theme)).decode()}"
    own = (_ASSETS / "standalone.js").read_text(encoding="utf-8")
    css, script, licence = _leaflet()
    return (
        f'<meta name="color-scheme" content="{theme}"><meta name="referrer" content="no-referrer">'
        f"<!-- Leaflet, inside this file: {licence} -->"
        f"<style>{css}{_fonts()}{style.tokens(theme, atlas)}{style.sheet('standalone')}</style>"
        f"<script>{script}</script><script>{own}</script>"
    )


@cache
def _leaflet() -> tuple[str, str, str]:
    """Leaflet's style sheet without pictures, its script without the address of its source map, its licence."""
    css = re.sub(r"url\([^)]*\)", "none", (_LEAFLET / "dist" / "leaflet.css").read_text(encoding="utf-8"))
    script = (_LEAFLET / "dist" / "leaflet.js").read_text(encoding="utf-8")
    licence = (_LEAFLET / "LICENSE").read_text(encoding="utf-8").replace("--", "")
    return css, re.sub(r"//# sourceMappingURL=.*", "", script), licence


@cache
def _fonts() -> str:
    faces = []
    for name, weight in (("Regular", 400), ("SemiBold", 600)):
        packed = base64.b64encode((labels.FONTS / f"Sarabun-{name}.ttf").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:Sarabun;font-weight:{weight};"
            f"src:url(data:font/ttf;base64,{packed}) format('truetype')}}"
        )
    return "".join(faces)


def _json(value: Any) -> str:
    """JSON that may stand inside a script: no sign in it can end the script, or begin another tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
