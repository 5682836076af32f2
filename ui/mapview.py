"""
The one function every page draws a map with. What draws it can change here and nowhere else.

A map is a fragment of its page: it looks every second or two whether something changed and sends the same
specification, which costs nothing, when nothing did. Its first view never changes, so a reader's view is never
moved, except when a page asks by `fly`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pydeck as pdk
import streamlit as st
from streamlit.elements.lib.layout_utils import HeightWithoutContent

from data.border import LIVE, PLANNED
from data.fleet import Rows, Snapshot
from geo import coverage
from geo.levels import BORDER_LEVEL_PX_M
from ui import basemap, cache, layers, state, tilelayers
from ui.palette import STATUSES, WORST_FIRST, Theme

LOOK_EVERY_S = 1.5
CLOSE_ZOOM = 15.2  # near enough for single sectors
SAME_MAST_M = 8.0  # cameras this near a clicked one hang on the same mast
METRES_PER_DEGREE = 111_000.0  # near enough for a few metres


@dataclass(frozen=True)
class View:
    """Where a map looks."""

    lon: float
    lat: float
    zoom: float


THAILAND = View(101.2, 13.2, 4.9)
THAILAND_SMALL = View(101.2, 13.1, 4.55)
SA_KAEO = View(102.62, 13.74, 9.4)
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
    on_pick: Callable[[int], None] | None = None,
    every: float | None = LOOK_EVERY_S,
) -> None:
    """
    Draw a map and keep it true.

    Parameters
    ----------
    build
        Gives the layers, lowest first; asked again every `every` seconds. What it gives must depend on data only,
        so that the same data gives the same layers.
    key
        Names the map on its page; CSS finds its box as `.st-key-{key}`: see `style.fill` for a map that fills one.
    view
        The first view. Later ones come by `fly` and from the reader's own hand.
    alt
        What the map shows, in words.
    on_pick
        Called with a camera's id when one was clicked; the whole page is run again after it.
    """

    @st.fragment(run_every=every)
    def live() -> None:
        if on_pick and (picked := _picked(key)) is not None:
            st.session_state[f"{key}.{state.HIT}"] = 1 - _turn(key)
            on_pick(picked)
            st.rerun(scope="app")
        drawn = list(build())
        if on_pick:
            drawn.append(tilelayers.hits(tilelayers.Tiles(cache.snapshot().version), _turn(key)))
        deck = pdk.Deck(
            drawn,
            initial_view_state=_view_state(st.session_state.get(f"{key}.{state.FLY_TO}", view)),
            map_style=basemap.style_url(theme),
            tooltip=False,
        )
        with st.container(key=key):
            st.pydeck_chart(
                deck,
                key=f"{key}.chart",
                height=height,
                alt=alt or None,
                on_select="rerun" if on_pick else "ignore",
            )

    live()


def fly(key: str, lon: float, lat: float, zoom: float = CLOSE_ZOOM) -> None:
    """Move a map to a place when it is drawn next, even if it was sent there before."""
    before = st.session_state.get(f"{key}.{state.FLY_TO}")
    # An unchanged view is not applied: a hair's breadth tells this flight from the last one.
    hair = 1e-7 if before and abs(before.lon - lon) < 1e-9 else 0.0
    st.session_state[f"{key}.{state.FLY_TO}"] = View(lon + hair, lat, zoom)


def country(
    theme: Theme,
    *,
    level_px_m: float = BORDER_LEVEL_PX_M,
    light: str = coverage.DAY,
    statuses: Collection[str] = STATUSES,
    language: str | None = None,
) -> list[pdk.Layer]:
    """
    Return what every map of the country shows, lowest first.

    The border with its gaps (planned ones thin, what is dark now because cameras are down thick), cameras and
    their ground from the tiles, what changed since those were made; crossings and names with a `language`.
    """
    known = cache.snapshot()
    tiles = tilelayers.Tiles(known.version, tuple(statuses))
    places = [layers.checkpoints(theme), tilelayers.keep_clear(tiles)] if language else []
    if language:
        places += layers.names(theme, language)
    # The tiles hold the ground of one level, by day: for another one it would be drawn wrong, so it is left out.
    grounded = drawn_ground(level_px_m, light)
    return [
        *([tilelayers.sectors(theme, tiles)] if grounded else []),
        tilelayers.clusters(theme, tiles),
        layers.border(theme),
        *layers.gaps(theme, cache.gaps(level_px_m, light, PLANNED), PLANNED),
        *layers.gaps(theme, cache.lost(level_px_m, light), LIVE),
        tilelayers.cameras(theme, tiles),
        *changed(theme, known, ground=grounded),
        *places,
    ]


def drawn_ground(level_px_m: float, light: str) -> bool:
    """Say whether the tiles hold the ground cameras cover at a level and light."""
    return level_px_m == BORDER_LEVEL_PX_M and light == coverage.DAY


def changed(theme: Theme, known: Snapshot, *, ground: bool = True) -> list[pdk.Layer]:
    """Return the cameras whose status changed since the tiles were made, to lie over them."""
    rows = known.changed_since(known.base_seq)
    status = cache.STATUS_NAMES[known.status]
    points = [
        {
            "lon": round(float(known.lon[row]), 6),
            "lat": round(float(known.lat[row]), 6),
            "status": str(status[row]),
        }
        for row in _with_mast(known, rows)
    ]
    shapes = known.footprints[known.footprints["row"].isin(rows if ground else [])]
    return tilelayers.changes(theme, points, shapes.assign(status=status[shapes["row"].to_numpy()]))


def _with_mast(known: Snapshot, rows: Rows) -> Rows:
    """Rows and whoever hangs at the same places, the worst last: one that came up must not hide a dead one."""
    if not len(rows):
        return rows
    place = np.round(known.lon * 1e5).astype(np.int64) * 10**8 + np.round(known.lat * 1e5).astype(np.int64)
    there = np.flatnonzero(np.isin(place, place[rows]))
    severity = np.array([-WORST_FIRST.index(name) for name in cache.STATUS_NAMES])
    return there[np.argsort(severity[known.status[there]], kind="stable")]


def neighbours(row: int, within_m: float = SAME_MAST_M) -> list[int]:
    """Rows of the cameras within a few metres of one, itself left out: a click reaches only the topmost."""
    known = cache.snapshot()
    north = (known.lat - known.lat[row]) * METRES_PER_DEGREE
    east = (known.lon - known.lon[row]) * METRES_PER_DEGREE * np.cos(np.radians(known.lat[row]))
    return [int(other) for other in np.flatnonzero(np.hypot(north, east) <= within_m) if other != row]


def _turn(key: str) -> int:
    return int(st.session_state.get(f"{key}.{state.HIT}", 0))


def _picked(key: str) -> int | None:
    chosen = st.session_state.get(f"{key}.chart")
    objects = chosen["selection"]["objects"].get(tilelayers.hit_id(_turn(key)), []) if chosen else []
    return int(objects[0]["id"]) if objects else None


def _view_state(view: View) -> pdk.ViewState:
    return pdk.ViewState(longitude=view.lon, latitude=view.lat, zoom=view.zoom, min_zoom=4, max_zoom=19)
