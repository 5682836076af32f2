"""Drawing zones and lines by hand: the zone of a checkpoint, or a zone or a line of its own, kept as a layer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import geopandas as gpd
import pandas as pd
import streamlit as st
from shapely import LineString, Polygon

from data.finding.points import said_point
from data.ground.layers import keep, layers
from data.ground.reading import check
from data.ground.tables import LayerKind
from data.posts.lanes import LEVEL_MOST_PX_M, NAME_MOST
from data.posts.zones import DrawnZone, Zone, check_outline, history, save_zone
from geo.crs import EPSG_LONLAT
from geo.see.levels import BORDER_LEVEL_PX_M, LANE_LEVEL_PX_M
from ui import cache, cards, laneeditor, lanemap, state
from ui.acting import ask_who
from ui.palette import Theme
from ui.words import moment, t

POST, ZONE, LINE = WHATS = ("post", "zone", "line")
SOURCE = "drawn by hand"
ZOOM = 16  # a zone is some hundred metres wide
Place = tuple[float, float]


@dataclass
class Sketch:
    """What is being drawn: for what, and its points in turn."""

    what: str
    checkpoint: str
    base: Zone | None = None  # the checkpoint's zone it began with
    points: list[Place] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether it is an area."""
        return self.what != LINE

    def back(self) -> None:
        """Take the last point away."""
        self.points = self.points[:-1]


def show(post: laneeditor.Post, theme: Theme) -> None:
    """Let the zone of a checkpoint be drawn, or a zone or a line of its own."""
    if done := st.session_state.pop(state.ZONE_SAVED, None):
        st.success(cards.plain(done))
    with st.container(key="drawing"):
        left = st.container(key="drawing-map")
        with st.container(key="drawing-form"):
            what = st.segmented_control(
                t("zones.what"), WHATS, default=POST, key="zone-what", required=True,
                format_func=lambda one: t(f"zones.what_{one}"),
            )  # fmt: skip
            sketch = _sketch(str(what), str(post["code"]))
            centre = _centre(sketch, post)
            _points(sketch)
            if sketch.what == POST:
                _save_post(sketch)
            else:
                _save_layer(sketch)
    with left:
        clicked = lanemap.ask(
            laneeditor.cameras_near(*centre), laneeditor.zone_of(sketch.checkpoint), [], sketch.points, theme,
            key=f"zone-{sketch.what}-{sketch.checkpoint}-{centre}", centre=centre, closed=sketch.closed,
            zoom=ZOOM,
        )  # fmt: skip
        st.html(f'<p class="soft fine">{escape(t("zones.hint" if sketch.closed else "zones.hint_line"))}</p>')
    if clicked and clicked != st.session_state.get(state.ZONE_CLICK):
        st.session_state[state.ZONE_CLICK] = clicked
        sketch.points.append(clicked)
        st.rerun()


def _sketch(what: str, checkpoint: str) -> Sketch:
    """What is being drawn; another thing or checkpoint begins anew, a checkpoint's with the zone in use."""
    held: Sketch | None = st.session_state.get(state.ZONE_SKETCH)
    if held is None or (held.what, held.checkpoint) != (what, checkpoint):
        zones = history(cache.database(), checkpoint) if what == POST else []
        base = next((zone for zone in zones if zone.retired_at is None), None)
        held = Sketch(what, checkpoint, base, list(base.drawn.points) if base else [])
        st.session_state[state.ZONE_SKETCH] = held
    return held


def _centre(sketch: Sketch, post: laneeditor.Post) -> Place:
    """Where the map opens: at the checkpoint, or where the reader says a free zone or line is."""
    here = float(post["lon"]), float(post["lat"])
    if sketch.what == POST:
        return here
    text = st.text_input(t("zones.where"), key=f"zone-where-{sketch.what}", placeholder=t("whatif.where_hint"))
    found = said_point(text) if text.strip() else []
    if text.strip() and not found:
        st.html(f'<p class="soft fine">{escape(t("whatif.no_point"))}</p>')
    return (found[0].lon, found[0].lat) if found else here


def _points(sketch: Sketch) -> None:
    with st.container(key="zone-points", horizontal=True, vertical_alignment="center"):
        count = len(sketch.points)
        st.html(f'<span class="soft">{escape(t("lanes.points", count=count))}</span>')
        st.button(t("lanes.undo"), key="zone-undo", disabled=not count, on_click=sketch.back)
        st.button(t("lanes.anew"), key="zone-anew", disabled=not count, on_click=sketch.points.clear)
        st.button(t("lanes.drop"), key="zone-drop", disabled=not count, on_click=_drop, type="tertiary")


def _drop() -> None:
    """Begin again from what there is now."""
    st.session_state.pop(state.ZONE_SKETCH, None)


def _level(sketch: Sketch, usual: float) -> float:
    return float(
        st.number_input(
            t("lanes.level"), 0.0, LEVEL_MOST_PX_M, usual, 5.0, format="%g",
            key=f"zone-level-{sketch.what}-{sketch.checkpoint}-{_acted()}",
        )
    )  # fmt: skip


def _acted() -> int:
    """How often something was done: what was typed before is gone then."""
    return int(st.session_state.get(state.ACTED, 0))


def _save_post(sketch: Sketch) -> None:
    """Save the zone of a checkpoint, or let the derived one hold again; below it all that was ever drawn."""
    level = _level(sketch, sketch.base.drawn.level_px_m if sketch.base else LANE_LEVEL_PX_M)
    who = ask_who()
    with st.container(key="zone-save", horizontal=True):
        save = st.button(t("zones.save"), key="zone-put", type="primary", disabled=not sketch.points)
        retire = sketch.base is not None and st.button(t("zones.retire"), key="zone-retire", type="tertiary")
    if save or retire:
        drawn = DrawnZone(tuple(sketch.points), level) if save else None
        base = sketch.base.id if sketch.base else None
        _act(who, "saved" if save else "retired", lambda: save_zone(
            cache.database(), sketch.checkpoint, drawn, by=who, at=cache.now(), instead_of=base
        ))  # fmt: skip
    told = "".join(map(_told, history(cache.database(), sketch.checkpoint)))
    st.html(told or f'<p class="soft fine">{escape(t("zones.never"))}</p>')


def _told(zone: Zone) -> str:
    drawn = t("zones.drawn", by=zone.made_by, at=moment(zone.made_at), level=f"{zone.drawn.level_px_m:g}")
    end = (
        t("zones.ended", by=zone.retired_by, at=moment(zone.retired_at)) if zone.retired_at else t("zones.in_use")
    )
    return f'<div class="told">{escape(drawn)}<small>{escape(end)}</small></div>'


def _save_layer(sketch: Sketch) -> None:
    """Keep a free zone or line as a layer of its own."""
    name = st.text_input(t("zones.name"), key=f"zone-name-{sketch.what}-{_acted()}", help=t("zones.name_help"))
    title = st.text_input(t("zones.title"), key=f"zone-title-{sketch.what}-{_acted()}", max_chars=NAME_MOST)
    level, who = _level(sketch, BORDER_LEVEL_PX_M), ask_who()
    if st.button(t("zones.keep"), key="zone-put", type="primary", disabled=not sketch.points):
        _act(who, "kept", lambda: _keep(sketch, name.strip(), title.strip(), level, who))


def _keep(sketch: Sketch, name: str, title: str, level: float, who: str) -> None:
    kind = LayerKind(sketch.what)
    if any(layer.name == name for layer in layers(cache.database())):
        raise ValueError(f"a layer is called {name} already; take another name, or remove it by `takhai ground`")
    called = f"the {kind} {name}"
    if sketch.closed:
        check_outline(sketch.points, called)
    elif len(set(sketch.points)) < 2:
        raise ValueError(f"{called} runs through 2 places or more, got {len(set(sketch.points))}; click along it")
    shape = Polygon(sketch.points) if sketch.closed else LineString(sketch.points)
    check(shape, kind, called)
    rows = pd.DataFrame({"name": [title], "height_m": [float("nan")], "at": [pd.NaT]})
    keep(
        cache.database(), gpd.GeoDataFrame(rows, geometry=[shape], crs=EPSG_LONLAT), kind, name, source=SOURCE,
        by=who, at=cache.now(), title=title, level_px_m=level,
    )  # fmt: skip


def _act(who: str, done: str, act: Callable[[], None]) -> None:
    """Do what was asked under a name; what is refused is told in its sentence and stays as it was drawn."""
    if not who:
        st.error(t("alarms.no_name"))
        return
    try:
        act()
    except ValueError as error:
        st.error(cards.plain(t("lanes.refused", why=str(error))))
        return
    st.session_state.pop(state.ZONE_SKETCH, None)
    st.session_state[state.ACTED] = _acted() + 1
    st.session_state[state.ZONE_SAVED] = t(f"zones.{done}")
    st.rerun()
