"""
The one function every page draws a map with. What draws it can change here and nowhere else.

A map is our own component (web/assets/map): it draws a pydeck specification with deck.gl, follows the cameras'
status by itself and tells Python where somebody clicked. A page that runs again and gives the same specification
does not touch it. Its first view never changes, so a reader's view is never moved, except when a page asks by
`fly`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import log2
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pydeck as pdk
import streamlit as st
from streamlit.elements.lib.layout_utils import HeightWithoutContent

from data.filters import CameraFilter
from data.geography import SAKAEO
from data.lines import border_now
from data.lines.border import LIVE, PLANNED
from geo.see import coverage
from geo.see.levels import BORDER_LEVEL_PX_M
from ui import basemap, cache, layers, livemap, state, tilelayers
from ui.palette import STATUSES, Theme, palette, rgba
from ui.words import language

CLOSE_ZOOM = 15.2  # near enough for single sectors
WIDE_M, WIDE_ZOOM = 500.0, 14.4  # a stretch this long fills the map at this zoom
SAME_MAST_M = 8.0  # cameras this near a clicked one hang on the same mast
METRES_PER_DEGREE = 111_000.0  # near enough for a few metres
Bounds = tuple[float, float, float, float]  # west, south, east, north [°]


@dataclass(frozen=True)
class View:
    """Where a map looks."""

    lon: float
    lat: float
    zoom: float


@dataclass(frozen=True)
class Seen:
    """What a reader's map showed when it last told: its middle, zoom and bounds."""

    lon: float
    lat: float
    zoom: float
    bounds: Bounds


@dataclass(frozen=True)
class Click:
    """
    A click on a map.

    Attributes
    ----------
    lon, lat, zoom, bounds
        The place clicked, and what the map showed.
    cameras
        Ids of the cameras within 10 px, the nearest first; of several on one mast the worst.
    gap
        From and to [m] and band of the stretch clicked; None if there is none.
    """

    lon: float
    lat: float
    zoom: float
    bounds: Bounds
    cameras: tuple[int, ...]
    gap: tuple[float, float, str] | None


THAILAND = View(101.2, 13.2, 4.9)
THAILAND_SMALL = View(101.2, 13.1, 4.55)
SA_KAEO = View(102.62, 13.74, 9.4)
LINE_PX, TILE_PX, CLOSEST_ZOOM = 460.0, 512.0, 14.0  # a whole line fills so much of a map's box
Layers = list[pdk.Layer]  # lowest first; pages name the type by this, as pydeck lives in ui/
Build = Callable[[], Sequence[pdk.Layer]]


def show_map(
    build: Build,
    *,
    key: str,
    theme: Theme,
    view: View,
    height: HeightWithoutContent = "stretch",
    alt: str = "",
    query: str = "",
    link: bool = False,
    tools: bool = False,
    on_pick: Callable[[int], None] | None = None,
    on_click: Callable[[Click], None] | None = None,
    on_view: Callable[[Seen], None] | None = None,
    every: float | None = None,
    ground: basemap.Ground | None = None,
) -> None:
    """
    Draw a map.

    Parameters
    ----------
    build
        Gives the layers, lowest first. What it gives must depend on data only, so that the same data gives the
        same layers.
    key
        Names the map on its page; CSS finds its box as `.st-key-{key}`: see `style.fill` for a map that fills one.
    view
        The first view. Later ones come by `fly` and from the reader's own hand.
    alt
        What the map shows, in words.
    query
        The filter of its cameras, as the query of a link; see `data.filters.CameraFilter`.
    link
        Whether the address bar carries the view, as `at=lon,lat,zoom[,bearing,pitch]`, and a link's is read.
    tools
        Whether there are a scale, a compass and measuring.
    on_pick
        Called with the id of the camera that was clicked. The page runs once, after it.
    on_click
        Called with every click, on empty ground too.
    on_view
        Called when the map was moved and has stood still for a second; `view_of` tells the same later.
    every
        Build the layers anew each so many seconds. Tiles, status and gaps need none of it: the map follows them.
    ground
        What lies under the cameras, one of `basemap.grounds()`; None: the usual one.
    """

    def draw() -> None:
        data = livemap.Data(
            key=key,
            spec=pdk.Deck(list(build()), initial_view_state=None, map_provider=None).to_json(),
            style=basemap.style_url(theme, ground),
            view=asdict(view),
            fly=st.session_state.get(_name(key, state.FLY_TO)),
            query=query,
            **_now(query),
            link=link,
            tools=tools,
            picks=bool(on_pick or on_click),
            reports=on_view is not None,
            alt=alt,
            ink=rgba(palette(theme).text),
            language=language(),
            words=livemap.words(),
        )
        with st.container(key=key):
            livemap.mount(
                data,
                name=_name(key, "map"),
                height=height,
                on_click=lambda: _clicked(key, on_pick, on_click),
                on_view=lambda: _moved(key, on_view),
            )

    if every is None:
        draw()
    else:
        st.fragment(draw, run_every=every)()


def fly(key: str, lon: float, lat: float, zoom: float = CLOSE_ZOOM) -> None:
    """Move a map to a place when it is drawn next, even if it was sent there before."""
    name = _name(key, state.FLY_TO)
    before = st.session_state.get(name)
    st.session_state[name] = {"n": before["n"] + 1 if before else 1, "lon": lon, "lat": lat, "zoom": zoom}


def fly_to_stretch(key: str, from_m: float, to_m: float, line: str = SAKAEO) -> None:
    """Move a map to a stretch of a line, as near as the whole of it is seen."""
    lon, lat = cache.border_line(line).point_at((from_m + to_m) / 2)
    fly(key, lon, lat, max(9.0, min(CLOSE_ZOOM, WIDE_ZOOM - log2(max(to_m - from_m, 1.0) / WIDE_M))))


def view_over(line: str) -> View:
    """Return a view of the whole of a line."""
    if line == SAKAEO:
        return SA_KAEO
    west, south, east, north = cache.border_line(line).geometry.bounds
    across = max(east - west, (north - south) / np.cos(np.radians((south + north) / 2)), 1e-6)
    zoom = log2(LINE_PX * 360 / (TILE_PX * across))
    return View((west + east) / 2, (south + north) / 2, round(min(zoom, CLOSEST_ZOOM), 2))


def follow(key: str, line: str) -> None:
    """Move a map to the whole of a line when it is another than the one it showed before."""
    name = _name(key, state.LINE)
    before = st.session_state.get(name)
    st.session_state[name] = line
    if before not in (None, line):
        over = view_over(line)
        fly(key, over.lon, over.lat, over.zoom)


def view_of(key: str) -> Seen | None:
    """Return what a map showed when its browser last told; None if it never did."""
    return st.session_state.get(_name(key, state.SEEN))


def country(
    theme: Theme,
    *,
    query: str = "",
    level_px_m: float = BORDER_LEVEL_PX_M,
    light: str = coverage.DAY,
    statuses: Sequence[str] = (),
    language: str | None = None,
    line: str = SAKAEO,
) -> list[pdk.Layer]:
    """
    Return what every map of the country shows, lowest first.

    Bands of uncertain boundary, a line with its gaps (planned ones thin, what is dark now because cameras are down
    thick), cameras and their ground from the tiles, what changed since those were made; crossings and names with a
    `language`.

    Parameters
    ----------
    query
        The filter, as the query of a link; if there is none, it is made of level, light and statuses. A map shows
        what changed by the query `show_map` is given: give it the same, see `query_of`.
    """
    asked = query or query_of(level_px_m, light, statuses)
    ground = CameraFilter.of(parse_qsl(asked))
    watched, along = cache.watched(line), query_of(ground.level_px_m, ground.light, line=line)
    places = [layers.checkpoints(theme), layers.names(theme, language)] if language else []
    return [
        tilelayers.sectors(theme, asked),
        tilelayers.clusters(theme, asked),
        *layers.uncertain(theme, watched.uncertain_mark),
        layers.border(theme, watched),
        layers.gaps(theme, PLANNED, along),
        layers.gaps(theme, LIVE, along),
        tilelayers.cameras(theme, asked),
        tilelayers.changed(theme),
        *places,
    ]


def query_of(
    level_px_m: float = BORDER_LEVEL_PX_M,
    light: str = coverage.DAY,
    statuses: Sequence[str] = (),
    line: str = SAKAEO,
) -> str:
    """Return level, light, statuses and line as the query of a link; all statuses are the same as none."""
    some = () if set(statuses) == set(STATUSES) else tuple(sorted(set(statuses)))
    cameras = CameraFilter(statuses=some, level_px_m=level_px_m, light=light).query()
    return "&".join(part for part in (cameras, "" if line == SAKAEO else f"{state.LINE}={line}") if part)


def neighbours(row: int, within_m: float = SAME_MAST_M) -> list[int]:
    """Rows of the cameras within a few metres of one, itself left out."""
    known = cache.snapshot()
    north = (known.lat - known.lat[row]) * METRES_PER_DEGREE
    east = (known.lon - known.lon[row]) * METRES_PER_DEGREE * np.cos(np.radians(known.lat[row]))
    return [int(other) for other in np.flatnonzero(np.hypot(north, east) <= within_m) if other != row]


def _now(query: str) -> dict[str, str]:
    """Version of the tiles and mark of the gaps: what the browser's first questions are made of."""
    known = cache.snapshot()
    pairs = parse_qsl(query)
    chosen, line = CameraFilter.of(pairs), cache.watched(dict(pairs).get(state.LINE, SAKAEO))
    return {"v": known.version, "gaps": border_now.mark(known, chosen.level_px_m, chosen.light, line)}


def _clicked(key: str, on_pick: Callable[[int], None] | None, on_click: Callable[[Click], None] | None) -> None:
    said = _told(key, "click")
    if said is None:
        return
    seen = _seen(key, said["view"])
    gap = said.get("gap")
    click = Click(
        float(said["lon"]), float(said["lat"]), seen.zoom, seen.bounds, tuple(int(one) for one in said["cameras"]),
        (float(gap[0]), float(gap[1]), str(gap[2])) if gap else None,
    )  # fmt: skip
    if on_pick and click.cameras:
        on_pick(click.cameras[0])
    if on_click:
        on_click(click)


def _moved(key: str, on_view: Callable[[Seen], None] | None) -> None:
    said = _told(key, "view")
    if said is not None:
        seen = _seen(key, said)
        if on_view:
            on_view(seen)


def _seen(key: str, said: dict[str, Any]) -> Seen:
    west, south, east, north = (float(side) for side in said["bounds"])
    seen = Seen(float(said["lon"]), float(said["lat"]), float(said["zoom"]), (west, south, east, north))
    st.session_state[_name(key, state.SEEN)] = seen
    return seen


def _told(key: str, event: str) -> dict[str, Any] | None:
    told = st.session_state.get(_name(key, "map"))
    found = told.get(event) if told else None
    return dict(found) if found else None


def _name(key: str, what: str) -> str:
    return f"{key}.{what}"
