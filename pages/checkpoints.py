"""Every crossing: how much of its zone cameras see by day and by night, Sa Kaeo's first."""

from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from data.geography import SA_KAEO
from data.posts.lanes import lanes as lanes_in_use
from data.posts.matrix import matrix, matrix_over
from data.posts.openings import openings_at
from data.posts.watched import other_zones, post_zones
from data.settings import settings
from geo.see.levels import LANE_LEVEL_PX_M
from ui import (
    cache,
    cards,
    filters,
    frame,
    laneeditor,
    lanes,
    mapview,
    openingtimes,
    otherzones,
    posts,
    state,
    style,
    zoneeditor,
)
from ui.words import language, pick, span, t

SEE, DRAW, ZONES, OPENING = "see", "draw", "zones", "opening"
USUAL_DAYS = 7
CLOSE, AT_LANES = 15.0, 17.0
theme = style.theme()


def table() -> pd.DataFrame:
    """Return all checkpoints with both lights, Sa Kaeo first, the least seen first."""
    by = {light: cache.checkpoint_coverage(chosen.level_px_m, light, chosen.when) for light in ("day", "night")}
    both = by["day"].assign(night_certain=by["night"]["certain"], night_possible=by["night"]["possible"])
    rank = both[["certain", "possible", "code"]].round(2).assign(away=both["province_code"] != SA_KAEO)
    order = rank.sort_values(["away", "certain", "possible", "code"]).index
    held = [opened[code] for code in both["code"]]
    since = pd.Series([one.from_at for one in held], dtype=object)
    both = both.assign(opening=[one.status.value for one in held], opening_on=since)
    return both.loc[order].reset_index(drop=True)


def finding(known: pd.DataFrame) -> str:
    """Say how the crossings of Sa Kaeo stand."""
    ours = known[known["province_code"] == SA_KAEO]
    seen = ours[ours["certain"] >= posts.WHOLE]
    said = t("checkpoints.finding", whole=len(seen), count=len(ours), when=t(f"checkpoints.{chosen.when}"))
    if len(seen) == len(ours):
        return said
    worst = ours.iloc[0]
    share = posts.share(worst["certain"], worst["possible"])
    return said + t("checkpoints.finding_worst", name=pick(worst["name_th"], worst["name_en"]), share=share)


def chosen_code(known: pd.DataFrame) -> str:
    """Code of the checkpoint in the link, else the first."""
    asked = st.query_params.get(state.CHECKPOINT, "")
    return asked if asked in set(known["code"]) else str(known["code"].iloc[0])


def go(code: str) -> None:
    """Choose a checkpoint and fly there."""
    st.query_params[state.CHECKPOINT] = code
    row = known[known["code"] == code].iloc[0]
    mapview.fly(state.CHECKPOINT_MAP, float(row["lon"]), float(row["lat"]), zoom(code))


def zoom(code: str) -> float:
    """How near the map begins: at the lanes, where a checkpoint has some."""
    return AT_LANES if any(lane.checkpoint == code for lane in drawn_lanes) else CLOSE


def drawn() -> list[Any]:
    """Layers of the map: cameras and their ground, and the zone that is counted."""
    ground = mapview.country(theme, level_px_m=chosen.level_px_m, language=language())
    ours = [lane for lane in drawn_lanes if lane.checkpoint == code]
    return [
        *ground,
        otherzones.layer(theme, others),
        posts.zone(theme, code),
        *lanes.layers(theme, ours, states_now),
    ]


def lanes_seen() -> None:
    """Show the lane matrix, the chosen checkpoint's lanes first, and offer it as a file."""
    with st.container(key="lanes-which", horizontal=True, vertical_alignment="center"):
        view = filters.lanes(code, days)
    first = sorted(view.lets(drawn_lanes, states_now), key=lambda lane: lane.checkpoint != code)
    here = any(lane.checkpoint == code for lane in drawn_lanes)
    if not here:
        cards.empty(t("lanes.none", name=names[code]), t("lanes.none_todo"))
    if not first:
        if here:
            st.html(f'<p class="soft">{escape(t("lanes.none_match"))}</p>')
        return
    st.html(f'<p class="soft">{escape(lanes.finding(states_now))}</p>')
    past = matrix_over(cache.database(), cache.snapshot(), drawn_lanes, *cache.past_window(days))
    told = lanes.table(first, states_now, past, cache.snapshot(), posts=names, openings=opened)
    st.html(f'<div class="panel">{told}</div>{lanes.key()}{lanes.files(view)}')
    undated = span(timedelta(seconds=float(past["undated_s"].sum())))
    cards.how(t("lanes.how", undated=undated))


frame.open_page("checkpoints", cards.CSS, posts.CSS, lanes.CSS, style.fill(state.CHECKPOINT_MAP))
sentence, head = st.container(), st.container(key="head")
with head:
    chosen = filters.border(LANE_LEVEL_PX_M, light=False)
opened = openings_at(cache.database(), cache.now())
known = table()
if known.empty:
    cards.empty(t("checkpoints.none"), t("checkpoints.none_todo"))
    st.stop()
with sentence:
    cards.sentence(finding(known))
code = chosen_code(known)
names = {row["code"]: pick(row["name_th"], row["name_en"]) for row in known.to_dict("records")}
drawn_lanes = lanes_in_use(cache.database())
others = other_zones(cache.database(), cache.snapshot())
states_now = matrix(cache.snapshot(), drawn_lanes)
with st.container(key="halves"):
    with st.container(key="posts"):
        posts.show(known, theme, on_choose=go)
    with st.container(key="beside"):
        row = known[known["code"] == code].iloc[0]
        with st.container(key="post-map"):
            view = mapview.View(float(row["lon"]), float(row["lat"]), zoom(code))
            mapview.show_map(
                drawn, key=state.CHECKPOINT_MAP, theme=theme, view=view, alt=t("checkpoints.map_alt"),
                query=mapview.query_of(chosen.level_px_m),
            )  # fmt: skip
        own = post_zones(cache.database(), cache.snapshot(), chosen.level_px_m, [code]).iloc[0]
        st.html(posts.card(row, own, when=chosen.when))
st.html(f'<p class="soft fine">{escape(t("checkpoints.assumed_note"))}</p>{otherzones.files(chosen.level_px_m)}')
if len(others):
    otherzones.show(others, on_choose=lambda lon, lat, near: mapview.fly(state.CHECKPOINT_MAP, lon, lat, near))
with st.container(key="lanes-head"):
    cards.part(t("lanes.title"))
    with st.container(key="lanes-asks", horizontal=True):
        part = filters.among(state.PART, (SEE, DRAW, ZONES, OPENING), SEE, "lanes")
        days = filters.days(USUAL_DAYS) if part == SEE else USUAL_DAYS
if part == SEE:
    lanes_seen()
elif part == DRAW:
    laneeditor.show({str(name): value for name, value in row.items()}, theme)
elif part == ZONES:
    zoneeditor.show({str(name): value for name, value in row.items()}, theme)
else:
    openingtimes.show(code)
cards.how(t("checkpoints.how", level=f"{chosen.level_px_m:g}", edition=settings().edition))
