"""A camera that is thought of: where a reader puts it and how it looks, kept in the link; what it would gain."""

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pydeck as pdk
import streamlit as st

from data.corrections import LIMITS
from data.finding.points import said_point
from data.fleet import Snapshot
from data.lines import gaining
from data.lines.gaining import Gain, Pose
from data.models import Kind
from geo.crs import distance_m
from geo.see import coverage
from ui import cache, cards, layers, leaflet, lines, picked, state, supposed
from ui.palette import Theme, palette, rgba
from ui.words import t

KINDS = (Kind.FIXED, Kind.PTZ, Kind.THERMAL)  # what is put up along a border
PIXELS = (640, 1280, 1920, 2560, 3840)
# of each number its name in the link, lowest, highest, usual, step
NUMBERS: dict[str, tuple[float, float, float, float]] = {
    state.BEARING: (0, 359, 90, 5),
    state.HFOV: (2, 180, 60, 5),
    state.HEIGHT: (2, 100, 6, 1),
    state.IR: (0, 1000, 80, 10),
}
SAME_PLACE_M = 500.0  # moved no further than this a camera keeps its bearing
WHERE = "pose-where"  # what somebody wrote into the box of places


def point() -> tuple[float, float] | None:
    """Return lon, lat of the camera that is thought of; None: it stands nowhere, or nowhere near the country."""
    place = picked.now().point
    return place if place and _possible(*place) else None


def put(lon: float, lat: float, line: str) -> None:
    """Put the camera somewhere; from afar it turns to the line."""
    before = point()
    st.query_params[state.POINT] = f"{lon:.{picked.DIGITS}f},{lat:.{picked.DIGITS}f}"
    if before is None or float(distance_m(*before, lon, lat)) > SAME_PLACE_M:
        turn(gaining.towards_line_deg(cache.border_line(line), lon, lat))
    st.session_state.pop(WHERE, None)


def turn(bearing_deg: float) -> None:
    """Turn the camera; for callbacks, before its number is drawn."""
    bearing = round(bearing_deg) % 360
    st.session_state[_key(state.BEARING)] = float(bearing)
    st.query_params[state.BEARING] = str(bearing)


def take_away() -> None:
    """Think of no camera any more."""
    for name in (state.POINT, state.BEARING):
        st.query_params.pop(name, None)
    st.session_state.pop(WHERE, None)


def ask(place: tuple[float, float] | None, line: str) -> Pose | None:
    """Ask where the camera stands and how it looks; None until it stands somewhere."""
    _ask_where(place, line)
    if place is None:
        return None
    with st.container(key="pose-numbers"):
        _choice(state.KIND, [kind.value for kind in KINDS], Kind.FIXED.value, lambda one: t(f"kind.{one}"))
        _choice(state.PIXELS, PIXELS, 2560, lambda one: f"{one:,}")
        for name in NUMBERS:
            _number(name)
        _tilt()
    return _pose(place)


def refused(place: tuple[float, float], line: str) -> str:
    """Say why no camera may stand at a place: in a band, or how far and which way beyond a line; "" if it may."""
    watched = cache.watched(line)
    if gaining.in_band(watched, *place):
        return t("whatif.in_band")
    border, over_m = gaining.border_of(watched, *place), gaining.beyond_m(watched, *place)
    if border is None or not over_m:
        return ""
    way = gaining.towards_line_deg(border.line, *place)
    return t("whatif.beyond", length=supposed.metres(over_m, over_m), bearing=f"{way:.0f}")


def sentence(place: tuple[float, float], gains: Mapping[str, Gain], line: str) -> str:
    """Say what the camera would add, by day and by night, and where."""
    title = lines.named(line)
    day, night = (gains[light] for light in coverage.LIGHTS)
    if max(day.may_m, night.may_m) < 1:
        _, away_m = cache.border_line(line).locate(*place)
        return t("whatif.gain_unseen", line=title, away=supposed.metres(away_m, away_m))
    if max(_most(day), _most(night)) < 1:
        return t("whatif.gain_nothing", again=supposed.metres(day.again_m, day.again_m))
    ends = {
        light: supposed.metres(gain.certain_m, _most(gain)) for light, gain in (("day", day), ("night", night))
    }
    key = "whatif.gain" if max(day.certain_m, night.certain_m) >= 1 else "whatif.gain_possible"
    return t(key, line=title, **ends) + supposed.where(
        {light: gain.stretches for light, gain in gains.items()}, lost=False
    )


def figures(gains: Mapping[str, Gain]) -> list[cards.Figure]:
    """Return what is gained by day and night, what is seen a second time, and the longest gap, as figures."""
    row = [_figure(gain.certain_m, _most(gain), t(f"whatif.gain_{light}")) for light, gain in gains.items()]
    day = gains["day"]
    row.append(_figure(day.again_m, day.again_m, t("whatif.again")))
    before, after = (supposed.metres(length, length) for length in day.longest_m)
    note = t("whatif.longest_same") if before == after else t("whatif.longest_was", length=before)
    value, _, unit = after.rpartition("\u00a0")
    return [*row, cards.Figure(value, unit, t("whatif.longest_gap"), note)]


def layers_of(theme: Theme, pose: Pose, level_px_m: float, light: str) -> list[pdk.Layer]:
    """Return the camera and the ground it would cover as layers of a map; a dashed edge where only possible."""
    colours = palette(theme)
    ground = coverage.footprints(gaining.standing(cache.snapshot(), pose), level_px_m, light)
    drawn: list[pdk.Layer] = []
    for row in ground.itertuples():
        rings = [layers.path(part.exterior) for part in leaflet.polygons(row.geometry)]
        sure = row.kind == coverage.CERTAIN
        drawn += [
            pdk.Layer(
                "PolygonLayer", id="pose-ground", data=[{"p": ring} for ring in rings], get_polygon="p",
                stroked=False, get_fill_color=rgba(colours.up, 90 if sure else 24),
            ),
            pdk.Layer(
                "PathLayer", id="pose-edge", data=[{"p": ring} for ring in rings], get_path="p",
                get_color=rgba(colours.text), width_units="'pixels'", get_width=1.5,
                extensions=[layers.DASHED], get_dash_array=[0, 0] if sure else [5, 4],
            ),
        ]  # fmt: skip
    return [*drawn, layers.pin(theme, pose.lon, pose.lat)]


def turn_best(known: Snapshot, level_px_m: float, when: str, light: str, line: str) -> None:
    """Turn the camera to where it closes most of the gaps; for a button's callback."""
    place = point()
    if place is not None:  # as it is in the link now, whatever run drew the button
        turn(gaining.best_turned(known, _pose(place), level_px_m, when, light, cache.watched(line)).bearing_deg)


def _pose(place: tuple[float, float]) -> Pose:
    """The camera as its widgets say."""
    said = {name: st.session_state[_key(name)] for name in (*NUMBERS, state.TILT, state.KIND, state.PIXELS)}
    return Pose(
        *place, bearing_deg=said[state.BEARING], hfov_deg=said[state.HFOV], pixels_h=int(said[state.PIXELS]),
        mount_height_m=said[state.HEIGHT], tilt_deg=said[state.TILT], ir_range_m=said[state.IR],
        kind=Kind(said[state.KIND]),
    )  # fmt: skip


def _ask_where(place: tuple[float, float] | None, line: str) -> None:
    said = "" if place is None else f"{place[1]:.{picked.DIGITS}f}, {place[0]:.{picked.DIGITS}f}"
    if WHERE not in st.session_state:
        st.session_state[WHERE] = said

    def written() -> None:
        found = said_point(str(st.session_state[WHERE]))
        if found and _possible(found[0].lon, found[0].lat):
            put(found[0].lon, found[0].lat, line)

    text = st.text_input(
        t("whatif.where_to"), key=WHERE, placeholder=t("whatif.where_hint"), max_chars=80, on_change=written
    ).strip()  # fmt: skip
    if text and text != said:
        why = t("find.outside") if said_point(text) else t("whatif.no_point")
        st.html(f'<p class="soft fine">{escape(why)}</p>')


def _possible(lon: float, lat: float) -> bool:
    """Whether a place lies in or around Thailand."""
    return all(LIMITS[name][0] <= value <= LIMITS[name][1] for name, value in (("lon", lon), ("lat", lat)))


def _number(name: str) -> None:
    low, high, usual, step = NUMBERS[name]
    key = _key(name)
    if key not in st.session_state:
        st.session_state[key] = _said(name, low, high, usual)
    value = float(
        st.number_input(t(f"whatif.{name}"), float(low), float(high), step=float(step), key=key, format="%.0f")
    )
    _keep(name, "" if value == usual and name != state.BEARING else f"{value:g}")


def _tilt() -> None:
    key, (low, high) = _key(state.TILT), (-10.0, 89.0)
    if key not in st.session_state:
        said = _said(state.TILT, low, high, np.nan)
        st.session_state[key] = None if np.isnan(said) else said
    value = st.number_input(
        t("whatif.tilt"), low, high, step=1.0, key=key, format="%.0f", placeholder=t("whatif.tilt_usual")
    )
    _keep(state.TILT, "" if value is None else f"{value:g}")


def _choice(name: str, options: Any, usual: Any, shown: Any) -> None:
    key, by_word = _key(name), {str(option): option for option in options}
    if key not in st.session_state:
        st.session_state[key] = by_word.get(st.query_params.get(name, ""), usual)
    value = st.selectbox(t(f"whatif.{name}"), options, key=key, format_func=shown)
    _keep(name, "" if value == usual else str(value))


def _said(name: str, low: float, high: float, usual: float) -> float:
    """The number the link gives, held within what can be; the usual one where it gives none."""
    try:
        said = float(st.query_params.get(name, ""))
    except ValueError:
        return float(usual)
    return float(usual) if np.isnan(said) else float(min(max(said, low), high))


def _keep(name: str, word: str) -> None:
    if word:
        st.query_params[name] = word
    else:
        st.query_params.pop(name, None)


def _key(name: str) -> str:
    return f"pose-{name}"


def _most(gain: Gain) -> float:
    """At most gained: surely seen for the first time, and what is possible where nothing even might see. [m]"""
    return gain.certain_m + gain.any_m - gain.open_m


def _figure(low: float, high: float, label: str) -> cards.Figure:
    value, _, unit = supposed.metres(low, high).rpartition("\u00a0")
    return cards.Figure(value, unit, label)
