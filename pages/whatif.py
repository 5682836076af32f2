"""What if: what goes blind when something is switched off, and what one more camera would see."""

from html import escape
from typing import Any

import streamlit as st

from data.lines import gaining as gains_of
from data.lines import losing_now
from data.lines.border import LIVE
from data.settings import settings
from ui import (
    cache,
    cards,
    filters,
    findings,
    frame,
    gaining,
    hiding,
    lanelosing,
    lanes,
    layers,
    lines,
    losing,
    mapview,
    state,
    strip_view,
    style,
    supposed,
)
from ui.words import language, moment, t

OFF, ADD = "off", "add"
AGE_EVERY_S = 10
NEAR_ZOOM = 13.0  # a click from further off is not known to more than a few hundred metres
theme = style.theme()


def ground() -> list[Any]:
    """Layers of the country below what is supposed."""
    return mapview.country(
        theme, level_px_m=chosen.level_px_m, light=chosen.light, language=language(), line=chosen.line
    )


def go(from_m: float, to_m: float) -> None:
    """Fly to a stretch of the line."""
    mapview.fly_to_stretch(state.WHATIF_MAP, from_m, to_m, chosen.line)


def on_strip(choice: strip_view.Choice) -> None:
    """Fly to what was chosen on the strip."""
    go(choice.from_m, choice.to_m)


def take_off(by: str, key: Any) -> None:
    """Suppose that something is off."""
    losing.choose(known, by, key)


def go_once(said: str, from_m: float, to_m: float) -> None:
    """Fly to a stretch when the link has just begun to say something."""
    if st.session_state.get(state.FLOWN) != said:
        st.session_state[state.FLOWN] = said
        go(from_m, to_m)


def switched_off() -> None:
    """Show what is lost when something is switched off, and what costs most."""
    drawn = lanelosing.drawn_lanes()
    worse = lanelosing.lost(known, drawn, chosen.when)
    what = losing.chosen(known, hung) or lanelosing.chosen(known, drawn)
    losses = losing_now.off(known, what.rows, chosen.level_px_m, chosen.when, watched) if what else {}
    changes = {light: loss.gaps for light, loss in losses.items()}
    asked = st.query_params.get(state.OFF, "")
    if what and len(lost := changes[chosen.light]):
        go_once(asked, lost["from_m"].min(), lost["to_m"].max())
    with sentence:
        if what:
            say(losing.sentence(what, losses, chosen.line) + lanelosing.said(worse))
        else:
            table = losing.listed(known, hung, losing_now.CAMERA, chosen)
            say(losing.sentence_of_worst(known, losing_now.CAMERA, table, chosen.line))
    with left:
        if what:
            cards.figures([*losing.figures(losses), *lanelosing.figures(worse)])
            rests_on(losing.assumed(known, what, chosen.when))
        elif asked:
            cards.empty(t("whatif.unknown", name=asked.partition(":")[2] or asked), t("whatif.unknown_todo"))
    strip(what.rows if what else None, changes, lost=True)
    with st.container(key="halves"):
        with st.container(key="list"):
            with st.container(key="among", horizontal=True, vertical_alignment="center"):
                by = filters.among(state.BY, losing_now.BYS, losing_now.CAMERA, "whatif")
                if what:
                    st.button(t("whatif.clear"), key="clear-off", on_click=losing.nothing, type="tertiary")
            losing.show(known, hung, theme, chosen, by=by, on_choose=take_off)
            if what and any(map(len, changes.values())):
                cards.part(t("whatif.gaps"))
                supposed.show_stretches(changes, theme, key="lost-table", lost=True, on_choose=go)
            lanelosing.show(known, drawn, worse, theme, chosen.when, by=by, on_choose=take_off)
        if what:
            marks = [
                supposed.rings(theme, known.lon[what.rows], known.lat[what.rows]),
                *supposed.layer_of(theme, changes[chosen.light], lost=True),
            ]
            drawn_map(marks)
        else:
            drawn_map([])


def added() -> None:
    """Let the reader put up a camera that is thought of, and show what it gains."""
    place = gaining.point()
    refused = gaining.refused(place, chosen.line) if place else ""
    if place:
        at_m, away_m = watched.line.locate(*place)
        go_once(f"{st.query_params[state.POINT]} {chosen.line}", at_m - away_m, at_m + away_m)
    with st.container(key="add-strip"):
        above = st.container()
    with st.container(key="halves"):
        with st.container(key="list"):
            pose = gaining.ask(place, chosen.line)
            below = st.container()
        if pose is None or place is None or refused:
            with sentence:
                cards.sentence(refused or t("whatif.add_todo", line=lines.named(chosen.line)))
            with above:
                strip(None, {}, lost=False)
            drawn_map([layers.pin(theme, *place)] if place else [], on_click=put)
            return
        marks = gaining.layers_of(theme, pose, chosen.level_px_m, chosen.light)
        gains = gains_of.gain(known, pose, chosen.level_px_m, chosen.when, watched)
        changes = {light: gain.stretches for light, gain in gains.items()}
        with sentence:
            say(gaining.sentence(place, gains, chosen.line))
        with left:
            cards.figures(gaining.figures(gains))
            rests_on(t("whatif.assumed_new"))
        with above:
            strip(None, changes, lost=False)
        with below:
            with st.container(key="pose-buttons", horizontal=True):
                st.button(
                    t("whatif.turn"), key="turn-best", on_click=gaining.turn_best,
                    args=(known, chosen.level_px_m, chosen.when, chosen.light, chosen.line),
                )  # fmt: skip
                st.button(t("whatif.take_away"), key="take-away", on_click=gaining.take_away, type="tertiary")
            if any(map(len, changes.values())):
                cards.part(t("whatif.closed"))
                supposed.show_stretches(changes, theme, key="gained-table", lost=False, on_choose=go)
        drawn_map([*marks, *supposed.layer_of(theme, changes[chosen.light], lost=False)], on_click=put)


def put(click: mapview.Click) -> None:
    """Put the camera where somebody clicked; a reader who is near enough is not moved."""
    gaining.put(click.lon, click.lat, chosen.line)
    if click.zoom > NEAR_ZOOM and gaining.point():
        st.session_state[state.FLOWN] = f"{st.query_params[state.POINT]} {chosen.line}"


def strip(rows: Any, changes: supposed.Stretches, *, lost: bool) -> None:
    """Draw the strip: as it is, or as it would be."""
    if changes:
        supposed.show_strip(
            theme, known, supposed.statuses(known, chosen.when, rows), changes, key="strip-supposed",
            level_px_m=chosen.level_px_m, lost=lost, on_choose=on_strip, line=chosen.line,
        )  # fmt: skip
    else:
        strip_view.show(
            theme, key="strip-whatif", level_px_m=chosen.level_px_m, when=chosen.when, on_choose=on_strip,
            line=chosen.line,
        )  # fmt: skip


def drawn_map(marks: list[Any], on_click: Any = None) -> None:
    """Draw the map with what is supposed on it."""
    with st.container(key="map-box"):
        mapview.show_map(
            lambda: [*ground(), *marks], key=state.WHATIF_MAP, theme=theme,
            view=mapview.view_over(chosen.line), alt=t("whatif.map_alt", line=lines.named(chosen.line)),
            query=mapview.query_of(chosen.level_px_m, chosen.light, line=chosen.line), on_click=on_click,
        )  # fmt: skip


@st.fragment(run_every=AGE_EVERY_S)
def say(finding: str) -> None:
    """Say a finding; of statuses that are old, or grow old on the screen, first since when nobody has looked."""
    as_of = cache.snapshot().as_of
    if chosen.when == LIVE and as_of and cache.now() - as_of > findings.OLD_AFTER:
        finding = f"{t('overview.finding_old', time=moment(as_of))} · {finding}"
    cards.sentence(finding)


def rests_on(said: str) -> None:
    """Say on what the figures rest, and when that was so."""
    as_of = ""
    if chosen.when == LIVE:
        as_of = t("whatif.as_of", time=moment(known.as_of)) if known.as_of else t("overview.finding_never")
    st.html(f'<p class="soft rests">{escape(" · ".join(part for part in (said, as_of) if part))}</p>')


frame.open_page("whatif", cards.CSS, lanes.CSS, style.WHATIF, style.fill(state.WHATIF_MAP))
known = cache.snapshot()
sentence, head = st.container(), st.container(key="head")
with head:
    left = st.container()
    with st.container(key="ways"):
        part = filters.among(state.PART, (OFF, ADD), OFF, "whatif")
        chosen = filters.border(any_line=True)
cards.remark(filters.unknown_line())
watched = cache.watched(chosen.line)
mapview.follow(state.WHATIF_MAP, chosen.line)
hung = losing_now.hung(cache.database(), known, chosen.level_px_m, watched)
if part == ADD:
    added()
elif len(known.ids):
    switched_off()
else:
    cards.empty(t("gaps.no_cameras"), t("gaps.no_cameras_todo"))
how = {"level": f"{chosen.level_px_m:g}", "edition": settings().edition, "ground": hiding.ground_words(known)}
cards.how(
    *((t("whatif.how_off"), t("lanes_lost.how")) if part == OFF else (t("whatif.how_add"),)),
    t("whatif.how", **how),
)
