"""Drawing lanes by hand: point by point on a map, or from a file; kept aside until all is saved under a name."""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from data.checkpoints import zones
from data.geography import checkpoints
from data.posts.lane_files import ENDINGS, read_lanes
from data.posts.lanes import (
    CODE_MOST,
    LEVEL_MOST_PX_M,
    NAME_MOST,
    WIDTH_MOST_M,
    DrawnLane,
    check,
    lanes,
    save_lanes,
)
from data.posts.tables import Facing, LaneLight, Use
from data.settings import settings
from geo.see.levels import LEVELS_PX_M, Edition
from ui import cache, cards, lanemap, state
from ui.acting import ask_who
from ui.palette import Theme
from ui.words import t

NEAR_DEG = 0.01  # cameras drawn around a checkpoint: a kilometre
NEW = ""
Place = tuple[float, float]
Post = Mapping[str, Any]  # of the table of checkpoints: code, lon, lat


@dataclass
class Draft:
    """Lanes of a checkpoint as somebody draws them; `turn` counts what was done, so that fields begin anew."""

    checkpoint: str
    base: tuple[int, ...]
    before: tuple[DrawnLane, ...]
    lanes: list[DrawnLane]
    points: list[Place] = field(default_factory=list)
    turn: int = 0

    @classmethod
    def begin(cls, checkpoint: str) -> "Draft":
        """Begin with the lanes that are in use."""
        held = lanes(cache.database(), checkpoint)
        drawn = [lane.drawn for lane in held]
        return cls(checkpoint, tuple(lane.id for lane in held), tuple(drawn), list(drawn))

    def put(self, lane: DrawnLane, instead_of: str = NEW) -> None:
        """Take a lane in, in the place of one that is edited or has its code."""
        gone = {lane.code, instead_of} - {NEW}
        at = next((n for n, held in enumerate(self.lanes) if held.code in gone), len(self.lanes))
        kept = [held for held in self.lanes if held.code not in gone]
        self.lanes = [*kept[:at], lane, *kept[at:]]
        self.again()

    def back(self) -> None:
        """Take the last point away."""
        self.points = self.points[:-1]

    def again(self) -> None:
        """Begin with the next lane."""
        self.points, self.turn = [], self.turn + 1

    @property
    def changed(self) -> int:
        """How many lanes would be written or retired."""
        was, now = ({lane.code: lane for lane in held} for held in (self.before, self.lanes))
        return sum(was.get(code) != now.get(code) for code in was.keys() | now.keys())


def show(post: Post, theme: Theme) -> None:
    """Let the lanes of a checkpoint be drawn, changed, retired and brought in."""
    draft, centre = _draft(str(post["code"])), (float(post["lon"]), float(post["lat"]))
    if done := st.session_state.pop(state.LANES_SAVED, None):
        st.success(t("lanes.saved", written=done[0], retired=done[1]))
    with st.container(key="drawing"):
        left = st.container(key="drawing-map")
        with st.container(key="drawing-form"):
            chosen = _choose(draft)
            _fields(draft, chosen, post)
            _bring(draft, post)
            _save(draft)
    with left:
        clicked = lanemap.ask(
            cameras_near(*centre), zone_of(draft.checkpoint), draft.lanes, draft.points, theme,
            key=f"lanes-{draft.checkpoint}", centre=centre, chosen=chosen,
        )  # fmt: skip
        st.html(f'<p class="soft fine">{escape(t("lanes.hint"))}</p>')
    if clicked and clicked != st.session_state.get(state.LANE_CLICK):
        st.session_state[state.LANE_CLICK] = clicked
        draft.points.append(clicked)
        st.rerun()


def _draft(checkpoint: str) -> Draft:
    draft: Draft | None = st.session_state.get(state.LANE_DRAFT)
    if draft is None or draft.checkpoint != checkpoint:
        draft = Draft.begin(checkpoint)
        st.session_state[state.LANE_DRAFT] = draft
    return draft


def _choose(draft: Draft) -> str:
    """Ask which lane is drawn; one that is there brings its points."""
    key = f"lane-{draft.turn}"

    def load() -> None:
        code = st.session_state[key]
        draft.points = next((list(lane.points) for lane in draft.lanes if lane.code == code), [])

    codes = [NEW, *(lane.code for lane in draft.lanes)]
    chosen = st.selectbox(
        t("lanes.lane"), codes, key=key, on_change=load, format_func=lambda code: code or t("lanes.new")
    )
    return str(chosen or NEW)


def _fields(draft: Draft, chosen: str, post: Post) -> None:
    old = next((lane for lane in draft.lanes if lane.code == chosen), None)
    of = f"{draft.turn}-{chosen}"
    usual = old or DrawnLane(_next_code(draft), (), Use.IN)
    with st.container(key="lane-points", horizontal=True, vertical_alignment="center"):
        count = len(draft.points)
        st.html(f'<span class="soft">{escape(t("lanes.points", count=count))}</span>')
        st.button(t("lanes.undo"), key="lane-undo", disabled=not count, on_click=draft.back)
        st.button(t("lanes.turn"), key="lane-turn", disabled=count < 2, on_click=draft.points.reverse)
        st.button(t("lanes.anew"), key="lane-anew", disabled=not count, on_click=draft.points.clear)
    code = st.text_input(t("lanes.code"), usual.code, key=f"lane-code-{of}", max_chars=CODE_MOST)
    names = {
        name: st.text_input(t(f"lanes.{name}"), getattr(usual, name), key=f"lane-{name}-{of}", max_chars=NAME_MOST)
        for name in ("name_th", "name_en")
    }
    words = {
        name: _word(name, kind, getattr(usual, name), f"lane-{name}-{of}")
        for name, kind in (("use", Use), ("facing", Facing), ("light", LaneLight))
    }
    level = st.number_input(
        t("lanes.level"), 0.0, LEVEL_MOST_PX_M, float(usual.level_px_m), 5.0, format="%g", key=f"lane-level-{of}",
        help=" · ".join(f"{px:g} {name}" for name, px in LEVELS_PX_M[Edition(settings().edition)].items()),
    )  # fmt: skip
    width = st.number_input(
        t("lanes.width"), 0.0, WIDTH_MOST_M, float(usual.width_m), 0.5, format="%g", key=f"lane-width-{of}"
    )
    with st.container(key="lane-buttons", horizontal=True):
        put = st.button(t("lanes.put"), key="lane-put", disabled=not draft.points)
        retire = bool(chosen) and st.button(t("lanes.retire"), key="lane-retire", type="tertiary")
    if retire:
        draft.lanes = [lane for lane in draft.lanes if lane.code != chosen]
        draft.again()
        st.rerun()
    if put:
        drawn = DrawnLane(
            code.strip(), tuple(draft.points), words["use"], names["name_th"].strip(), names["name_en"].strip(),
            float(width), float(level), words["light"], words["facing"],
        )  # fmt: skip
        if not chosen and any(lane.code == drawn.code for lane in draft.lanes):
            st.error(t("lanes.same_code", code=cards.plain(drawn.code)))
        elif _fits([drawn], post):
            draft.put(drawn, chosen)
            st.rerun()


def _word(name: str, kind: type[StrEnum], usual: str, key: str) -> str:
    words = [one.value for one in kind]
    return str(
        st.selectbox(
            t(f"lanes.{name}"),
            words,
            words.index(usual),
            key=key,
            format_func=lambda one: t(f"lanes.{name}_{one}"),
        )
    )


def _next_code(draft: Draft) -> str:
    taken = {lane.code for lane in draft.lanes}
    return next(code for code in (f"L{n}" for n in range(1, len(taken) + 2)) if code not in taken)


def _fits(drawn: list[DrawnLane], post: Post) -> bool:
    """Whether lanes keep every rule; if not, the first that is broken is told."""
    try:
        for lane in drawn:
            check(lane, str(post["code"]), float(post["lon"]), float(post["lat"]))
    except ValueError as error:
        st.error(cards.plain(t("lanes.refused", why=str(error))))
        return False
    return True


def _bring(draft: Draft, post: Post) -> None:
    """Take lanes from a file into the draft, once a file."""
    file = st.file_uploader(t("lanes.file"), type=list(ENDINGS), key=f"lane-file-{draft.checkpoint}")
    if file is None:
        return
    content = file.getvalue()
    mark = (draft.checkpoint, draft.base, sha256(content).hexdigest())
    if st.session_state.get(state.LANES_BROUGHT) == mark:
        return
    with tempfile.TemporaryDirectory(prefix="takhai-lanes-") as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]", "_", Path(file.name).name)[-100:].lstrip(".") or "lanes.geojson")
        path.write_bytes(content)
        try:
            found = read_lanes(path)
        except (ValueError, OSError) as error:
            st.error(cards.plain(t("lanes.refused", why=str(error))))
            return
    if _fits(found, post):
        st.session_state[state.LANES_BROUGHT] = mark
        for lane in found:
            draft.put(lane)
        st.rerun()


def _save(draft: Draft) -> None:
    """Save all that was changed, under a name."""
    if not draft.changed:
        return
    st.html(f'<p class="unsaved">{escape(t("lanes.unsaved", count=draft.changed))}</p>')
    who = ask_who()
    with st.container(key="lane-save", horizontal=True):
        save = st.button(t("lanes.save"), key="lanes-save", type="primary")
        drop = st.button(t("lanes.drop"), key="lanes-drop", type="tertiary")
    if drop:
        st.session_state.pop(state.LANE_DRAFT)
        st.rerun()
    if not save:
        return
    if not who:
        st.error(t("alarms.no_name"))
        return
    try:
        done = save_lanes(
            cache.database(), draft.checkpoint, draft.lanes, by=who, at=cache.now(), instead_of=draft.base
        )
    except ValueError as error:
        st.error(cards.plain(t("lanes.refused", why=str(error))))
        return
    st.session_state.pop(state.LANE_DRAFT)
    st.session_state[state.LANES_SAVED] = done
    st.rerun()


def cameras_near(lon: float, lat: float) -> gpd.GeoDataFrame:
    """Return the cameras around a place, as a map to draw on shows them."""
    known = cache.snapshot()
    return known.inventory[(abs(known.lon - lon) < NEAR_DEG) & (abs(known.lat - lat) < NEAR_DEG)]


def zone_of(checkpoint: str) -> shapely.Geometry:
    """Return the zone of a checkpoint, drawn or derived."""
    known: pd.DataFrame = checkpoints(cache.database())
    found: shapely.Geometry = zones(known[known["code"] == checkpoint].reset_index(drop=True)).geometry.iloc[0]
    return found
