"""
What a reader chose to see, as one small frozen value, and the widgets it is chosen with.

Choices live in the link, in words that do not change with the language, so that a link opens the same view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any, TypeVar, cast

import streamlit as st

from data import filters as data_filters
from data.files.lanes import SHOWN, LaneView
from data.filters import LONGEST_TEXT, CameraFilter
from data.fleet import Snapshot
from data.geography import SAKAEO
from data.ground.tables import LayerKind
from data.lines.border import WHENS
from data.lines.nearness import NEAR_KINDS, Near
from data.models import Kind
from data.settings import settings
from data.watch.alarm_rules import State
from geo.see.coverage import DAY, LIGHTS
from geo.see.levels import BORDER_LEVEL_PX_M, LEVELS_PX_M, Edition
from ui import basemap, cache, lines, state
from ui.palette import STATUSES
from ui.words import province, t

PRIORITIES = ("1", "2", "3")
ORDERS = ("by_length", "by_priority")
LEASTS = (0, 25, 50, 75)  # of 100
NEARS_M = (0, 250, 500, 1_000, 2_000, 5_000)  # 0: however far
PERIODS_D = (1, 7, 30)
GROUPS = ("agency", "province", "contract", "camera")
HOURS = ("", "mon-fri 08:30-16:30", "mon-sun 06:00-22:00", "mon-sun 18:00-24:00")
LINKED = ("linked", "not_linked", "unknown")
NARROWING = (
    state.SEARCH, state.PROVINCE, state.DISTRICT, state.AGENCY, state.KIND, state.LINKED, state.BORDER,
)  # fmt: skip
Choice = TypeVar("Choice", str, float, int)


@dataclass(frozen=True)
class Filter:
    """What of a line, by its name, is to be seen: the stretch `within` two chainages [m], or all of it."""

    level_px_m: float = BORDER_LEVEL_PX_M
    light: str = "day"
    when: str = "live"
    within: tuple[float, float] | None = None
    line: str = SAKAEO


def border(level_px_m: float = BORDER_LEVEL_PX_M, *, light: bool = True, any_line: bool = False) -> Filter:
    """Ask for level, light and when, in one row, and which line if `any_line`; a stretch comes from the link."""
    levels = list(LEVELS_PX_M[Edition(settings().edition)].values())
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        line, usual_light = _line() if any_line else SAKAEO, DAY
        if any_line:
            watched = cache.watched(line)
            level_px_m, usual_light = watched.level_px_m, watched.light
            levels = sorted({*levels, level_px_m})
        chosen_level = _one(st.selectbox, state.LEVEL, levels, level_px_m, _level, width=150)
        chosen_light = (
            _one(st.segmented_control, state.LIGHT, LIGHTS, usual_light, _word("light"), required=True)
            if light
            else DAY
        )
        chosen_when = _one(st.segmented_control, state.WHEN, WHENS[::-1], "live", _word("filter"), required=True)
    from_m, to_m = (_number(st.query_params.get(name)) for name in (state.STRETCH_FROM, state.STRETCH_TO))
    within = None if from_m is None or to_m is None or from_m >= to_m else (from_m, to_m)
    return Filter(float(chosen_level), str(chosen_light), str(chosen_when), within, line)


def inventory(known: Snapshot, *, border: bool = False) -> CameraFilter:
    """
    Ask which cameras are to be seen, their status included; the widgets stand in the container they are called in.

    Parameters
    ----------
    border
        Whether to offer the cameras near the border line only.
    """
    found = which(known, border=border)
    return replace(found, statuses=statuses())


def which(known: Snapshot, *, border: bool = True) -> CameraFilter:
    """Ask which cameras are to be seen whatever their status."""
    words = data_filters.words(known)
    search = _text("search", state.SEARCH)
    provinces = _many(st.multiselect, "province", state.PROVINCE, words["province"], province)
    districts = _many(st.multiselect, "district", state.DISTRICT, _in(known, provinces) or words["district"])
    agencies = _many(st.multiselect, "agency", state.AGENCY, words["agency"])
    kinds = _many(st.multiselect, "kind", state.KIND, tuple(kind.value for kind in Kind), _word("kind"))
    linked = _many(st.multiselect, "link", state.LINKED, LINKED, _word("filter"))
    near = border and _flag("border", state.BORDER)
    return CameraFilter(
        provinces=provinces, districts=districts, agencies=agencies, kinds=kinds, linked=linked, border=near,
        text=" ".join(search.split())[:LONGEST_TEXT],
    )  # fmt: skip


def statuses() -> tuple[str, ...]:
    """Ask which statuses are to be seen; none chosen means all."""
    return _many(st.pills, "status", state.STATUS, STATUSES, _word("status"), selection_mode="multi")


def ground() -> tuple[float, str]:
    """Ask at which level and light ground is drawn."""
    levels = list(LEVELS_PX_M[Edition(settings().edition)].values())
    light = _one(st.segmented_control, state.LIGHT, LIGHTS, "day", _word("light"), required=True, width="content")
    level = _one(st.selectbox, state.LEVEL, levels, BORDER_LEVEL_PX_M, _level, width=150)
    return float(level), str(light)


def under() -> basemap.Ground:
    """Ask what lies under the cameras; where there is nothing to choose from, nothing is asked."""
    known = basemap.grounds()
    chosen = known[0]
    if len(known) > 1:
        chosen = cast(
            "basemap.Ground", _one(st.selectbox, state.GROUND, known, chosen, _word("ground"), width=150)
        )
    return chosen


def narrowed() -> int:
    """How many filters of `which` narrow what is seen: told before they are drawn."""
    return sum(bool(st.session_state.get(key, st.query_params.get(key))) for key in NARROWING)


def clear() -> None:
    """Take every filter away; for a button's callback."""
    for key in (*NARROWING, state.STATUS):
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)


def said(chosen: CameraFilter) -> str:
    """Return a filter in words of the reader's language; empty where it leaves nothing out."""
    named = [
        ("province", [province(name) for name in chosen.provinces]),
        ("district", list(chosen.districts)),
        ("agency", list(chosen.agencies)),
        ("status", [t(f"status.{name}") for name in STATUSES if name in chosen.statuses]),
        ("kind", [t(f"kind.{name}") for name in chosen.kinds]),
        ("link", [t(f"filter.{name}") for name in chosen.linked]),
    ]
    parts = [f"{t(f'filter.{name}').lower()} {t('filter.or').join(words)}" for name, words in named if words]
    parts += [t("filter.border")] if chosen.border else []
    parts += [t("filter.text", text=chosen.text)] if chosen.text else []
    return " · ".join(parts)


def strange() -> list[str]:
    """Words of the link that name nothing here, as `name=word`; they were left out of the filter."""
    told: dict[str, list[str]] = st.session_state.get(state.STRANGE, {})
    return [f"{key}={word}" for key, words in told.items() for word in words]


def period() -> tuple[int, str, str]:
    """Ask over how many days, by what to group, and which service hours count: one of HOURS, "" for all time."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        by = _one(st.segmented_control, state.BY, GROUPS, GROUPS[0], _word("filter"), required=True)
        days = _one(st.segmented_control, state.PERIOD, PERIODS_D, PERIODS_D[-1], _days, required=True)
        hours = _one(st.selectbox, state.HOURS, HOURS, HOURS[0], _hours, width=190)
    return int(days), str(by), str(hours)


def over_time() -> tuple[int, float, str]:
    """Ask over how many days a line is looked at, at which level, and which line."""
    levels = list(LEVELS_PX_M[Edition(settings().edition)].values())
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        line = _line()
        usual = cache.watched(line).level_px_m
        levels = sorted({*levels, usual})
        days = _one(st.segmented_control, state.PERIOD, PERIODS_D, PERIODS_D[-1], _days, required=True)
        level = _one(st.selectbox, state.LEVEL, levels, usual, _level, width=150)
    return int(days), float(level), line


def days(default: int) -> int:
    """Ask over how many days."""
    return int(_one(st.segmented_control, state.PERIOD, PERIODS_D, default, _days, required=True))


def lanes(post: str, days: int) -> LaneView:
    """Ask which lanes are to be seen: by their state, and whether of the chosen checkpoint only."""
    states = _many(st.pills, "state", state.LANE_STATE, SHOWN, _word("lanes"), selection_mode="multi")
    only = _flag("only_post", state.ONLY_POST)
    return LaneView((post,) if only else (), tuple(name for name in SHOWN if name in states), days)


def ranking() -> tuple[bool, float]:
    """Ask whether gaps are ranked by priority, and below which score, 0-1, they are left out."""
    with st.container(key="ranking", horizontal=True, vertical_alignment="bottom"):
        order = _one(st.segmented_control, state.ORDER, ORDERS, ORDERS[0], _word("priority"), required=True)
        if order != ORDERS[1]:
            return False, 0.0
        least = _one(st.segmented_control, state.LEAST, LEASTS, LEASTS[0], _least, required=True)
    return True, least / 100


def nearness(kinds: Sequence[LayerKind]) -> Near:
    """Ask how near to a road, a village or water gaps have to be, of the kinds there is a layer of."""
    there = [kind for kind in NEAR_KINDS if kind in kinds]
    if not there:
        return ()
    with st.container(key="near", horizontal=True):
        found = [(kind.value, _how_near(kind)) for kind in there]
    return tuple((kind, metres) for kind, metres in found if metres)


def unknown_kinds(kinds: Sequence[LayerKind]) -> list[LayerKind]:
    """Of what a link asks for gaps near to it, and there is no layer."""
    return [kind for kind in NEAR_KINDS if kind not in kinds and kind in st.query_params]


def alarms() -> tuple[tuple[State, ...], tuple[int, ...]]:
    """Ask which alarms are listed: where they stand, how urgent; by default all that are open and not shelved."""
    said = _many(st.pills, "standing", state.STANDING, tuple(State), _word("alarms"), selection_mode="multi")
    urgent = _many(
        st.pills, "priority", state.PRIORITY, PRIORITIES, lambda name: t(f"alarms.priority_{name}"),
        selection_mode="multi",
    )  # fmt: skip
    usual = (State.UNACKNOWLEDGED, State.RETURNED, State.ACKNOWLEDGED)
    return tuple(State(word) for word in said) or usual, tuple(int(word) for word in urgent or PRIORITIES)


def part(parts: Sequence[str], default: str) -> str:
    """Ask which part of a page is shown."""
    return _one(st.segmented_control, state.PART, list(parts), default, _word("filter"), required=True)


def among(key: str, options: Sequence[str], default: str, section: str) -> str:
    """Ask for one of several, kept in the link under its key; their words stand in a section."""
    return _one(st.segmented_control, key, list(options), default, _word(section), required=True)


def unknown_line() -> str:
    """Return the sentence that says that the link names no line there is; "" if it names one, or none."""
    told: dict[str, list[str]] = st.session_state.get(state.STRANGE, {})
    names = told.get(state.LINE, [])
    return t("filter.no_line", name=names[0][:40], line=lines.named(SAKAEO)) if names else ""


def clear_stretch() -> None:
    """Take the stretch out of the link: the whole border again."""
    for name in (state.STRETCH_FROM, state.STRETCH_TO):
        st.query_params.pop(name, None)


def _line() -> str:
    """Ask which line is looked at; another one has a level, a light and chainages of its own."""
    return _one(
        st.selectbox, state.LINE, list(cache.lines()), SAKAEO, lines.title, width=210, on_change=_another_line
    )


def _another_line() -> None:
    for name in (state.LEVEL, state.LIGHT, state.STRETCH_FROM, state.STRETCH_TO, state.STRETCH):
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)


def _in(known: Snapshot, provinces: tuple[str, ...]) -> list[str]:
    """Districts of some provinces; none if no province is chosen."""
    if not provinces:
        return []
    cameras = known.inventory
    here = cameras["district"][cameras["province"].isin(provinces)]
    return sorted(here.dropna().unique())


def _flag(word: str, key: str) -> bool:
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(key, "") not in ("", "0")
    chosen = st.toggle(t(f"filter.{word}"), key=key)
    _keep(key, ["1"] if chosen else [])
    return chosen


def _one(
    widget: Callable[..., Any],
    key: str,
    options: Sequence[Choice],
    default: Choice,
    shown: Callable[[Any], str],
    **more: Any,
) -> Choice:
    """One choice of several, kept in the link under its own key; the default is left out of it."""
    by_name = {_name(option): option for option in options}
    if key not in st.session_state or st.session_state[key] not in options:
        asked = st.query_params.get(key, "")
        st.session_state[key] = by_name.get(asked, default)
        _note(key, [asked] if asked and asked not in by_name else [])
    chosen: Choice = widget(
        t(f"filter.{key}"), options, key=key, format_func=shown, label_visibility="collapsed", **more
    )
    _keep(key, [] if chosen == default else [_name(chosen)])
    return chosen


def _many(
    widget: Callable[..., Any],
    word: str,
    key: str,
    options: Sequence[str],
    shown: Callable[[Any], str] = str,
    **more: Any,
) -> tuple[str, ...]:
    """Return any choices of several, kept in the link."""
    if key not in st.session_state:
        asked = st.query_params.get_all(key)
        st.session_state[key] = [name for name in asked if name in options]
        _note(key, [name for name in asked if name not in options])
    said = t(f"filter.{word}")
    if widget is st.multiselect:
        more = {"placeholder": said, "width": 260}
    chosen = widget(said, options, key=key, format_func=shown, label_visibility="collapsed", **more)
    _keep(key, list(chosen))
    return tuple(chosen)


def _text(word: str, key: str) -> str:
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(key, "")
    said = t(f"filter.{word}")
    text = str(st.text_input(said, key=key, width=260, placeholder=said, label_visibility="collapsed")).strip()
    _keep(key, [text] if text else [])
    return text


def _note(key: str, words: list[str]) -> None:
    """Remember what of the link names nothing, until the page is opened anew."""
    told = st.session_state.setdefault(state.STRANGE, {})
    if words:
        told[key] = words
    else:
        told.pop(key, None)


def _keep(key: str, chosen: list[str]) -> None:
    if chosen != st.query_params.get_all(key):
        if chosen:
            st.query_params[key] = chosen
        else:
            st.query_params.pop(key, None)


def _name(option: Any) -> str:
    return f"{option:g}" if isinstance(option, float) else str(option)


def _word(section: str) -> Callable[[str], str]:
    return lambda name: t(f"{section}.{name}")


def _level(px_m: float) -> str:
    return f"{px_m:g} {t('unit.px_m')}"


def _least(score: int) -> str:
    return t("priority.least", score=score) if score else t("priority.every")


def _how_near(kind: LayerKind) -> float:
    """Ask how far gaps may be from a kind of place; 0: however far. [m]"""
    key = {LayerKind.ROAD: state.ROAD, LayerKind.VILLAGE: state.VILLAGE, LayerKind.WATER: state.WATER}[kind]
    told = _number(st.session_state.get(key, st.query_params.get(key))) or 0.0
    if told and key not in st.session_state:
        st.session_state[key] = told  # a link may name any distance
    options = sorted({*map(float, NEARS_M), *([told] if 0 < told < inf else [])})
    return _one(st.selectbox, key, options, 0.0, partial(_near, kind), width=210)


def _near(kind: LayerKind, metres: float) -> str:
    return t(f"near.{kind}", metres=f"{metres:,.0f}") if metres else t(f"near.any_{kind}")


def _days(days: int) -> str:
    return t("filter.last_days", days=days)


def _hours(said: str) -> str:
    """A choice of service hours in words; its days are a key of words."""
    days, _, times = said.partition(" ")
    return f"{t('hours.' + days.replace('-', '_'))} {times}" if said else t("hours.all")


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
