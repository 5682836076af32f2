"""Where the border has holes: the strip, the gaps worst first, the map, and the same list as a file."""

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from data.lines.border import touching
from data.lines.nearness import near_to
from data.lines.priority import at_least
from data.settings import settings
from ui import (
    cache,
    cards,
    filters,
    findings,
    frame,
    gaptable,
    hiding,
    layers,
    lines,
    mapview,
    scoring,
    state,
    strip_view,
    style,
)
from ui.words import band, km, language, t

LIST_EVERY_S = 10
theme = style.theme()


def drawn() -> list[Any]:
    """Layers of the map: the country, and the stretch that was chosen below its cameras."""
    found = mapview.country(
        theme, level_px_m=chosen.level_px_m, light=chosen.light, language=language(), line=chosen.line
    )
    if picked := st.session_state.get(state.STRETCH):
        from_m, to_m = picked
        found.insert(0, layers.stretch(theme, from_m, to_m, cache.watched(chosen.line)))
    return found


def go(from_m: float, to_m: float) -> None:
    """Mark a stretch and fly there."""
    st.session_state[state.STRETCH] = (from_m, to_m)
    mapview.fly_to_stretch(state.GAPS_MAP, from_m, to_m, chosen.line)


def chose(choice: strip_view.Choice) -> None:
    """Fly to what was chosen on the strip; a dragged stretch also narrows the list."""
    go(choice.from_m, choice.to_m)
    if choice.dragged:
        st.query_params[state.STRETCH_FROM] = f"{choice.from_m:.0f}"
        st.query_params[state.STRETCH_TO] = f"{choice.to_m:.0f}"


def sums() -> dict[str, float]:
    """Return lengths of the line by band, and what is dark only because cameras are down."""
    now = dict(cache.border_sums(chosen.level_px_m, chosen.light, chosen.when, chosen.line))
    planned = cache.border_sums(chosen.level_px_m, chosen.light, "planned", chosen.line)
    return now | {"lost_m": now["open_m"] - planned["open_m"]}


def finding(lengths: dict[str, float], table: pd.DataFrame) -> str:
    """Say the state of the line in one sentence."""
    title = lines.named(chosen.line)
    unseen = lengths["open_m"] + lengths["possible_m"]
    if unseen < 1:
        return t("gaps.finding_none", line=title, total=km(lengths["total_m"]))
    said = t(
        f"gaps.finding_{chosen.when}",
        line=title,
        band=band(lengths["open_m"], unseen),
        total=km(lengths["total_m"]),
    )
    worst = table.iloc[0]
    place = findings.short_place(worst.to_dict())
    return said + t("gaps.finding_longest", longest=km(worst["length_m"]), place=place)


def figures(lengths: dict[str, float], count: int) -> None:
    """Show lengths by band and how many gaps the list holds."""
    unit = t("unit.km")
    row = [cards.Figure(km(lengths[f"{name}_m"]), unit, t(f"gaps.{name}")) for name in ("open", "possible")]
    if chosen.when == "live":
        row.append(cards.Figure(km(lengths["lost_m"]), unit, t("gaps.lost")))
    twice_m, mean_gap_m = cache.redundancy(chosen.level_px_m, chosen.light, chosen.when, chosen.line)
    row += [cards.Figure(km(twice_m), unit, t("gaps.twice")), cards.Figure(km(mean_gap_m), unit, t("gaps.mean"))]
    cards.figures([*row, cards.Figure(f"{count:,}", t("gaps.count_unit"), t("gaps.count"))])


def downloads() -> None:
    """Offer the list on screen as a file."""

    def link(file: str, name: str) -> str:
        address = gaptable.file_address(chosen, file, least, near)
        return f'<a class="download" download href="{address}">{name}</a>'

    links = "".join(link(f"gaps.{ending}", name) for ending, name in gaptable.FILES.items())
    pack = link("evidence.zip", t("gaps.pack"))
    st.html(
        f'<p class="soft downloads">{t("gaps.download")} {links}</p>'
        f'<p class="soft downloads">{t("gaps.pack_note")} {pack}</p>'
    )


@st.fragment(run_every=LIST_EVERY_S)
def said() -> None:
    """Say the finding; it follows the worker."""
    cards.sentence(
        finding(sums(), gaptable.ranked(cache.gaps(chosen.level_px_m, chosen.light, chosen.when, chosen.line)))
    )


@st.fragment(run_every=LIST_EVERY_S)
def numbers() -> None:
    """Show the figures; they follow the worker."""
    figures(sums(), len(gaps_chosen()))


def every() -> gpd.GeoDataFrame:
    """All gaps, and how near they are to what people brought."""
    return scoring.nearby(cache.gaps(chosen.level_px_m, chosen.light, chosen.when, chosen.line))


def gaps_chosen() -> gpd.GeoDataFrame:
    """The gaps of the list, in its order."""
    table = near_to(touching(gaptable.ranked(every()), chosen.within), near)
    if not by_priority or table.empty:
        return table
    return at_least(scoring.ranked(table, chosen.level_px_m, chosen.light, chosen.line), least)


@st.fragment(run_every=LIST_EVERY_S)
def listed() -> None:
    """List the gaps worst first; a click flies there."""
    table = gaps_chosen()
    if table.empty:
        if near:
            cards.empty(t("near.none"), t("near.none_todo"))
        else:
            cards.empty(t("gaps.none" if chosen.within is None else "gaps.none_stretch"), t("gaps.none_todo"))
        return
    gaptable.show(table, theme, on_choose=go)
    downloads()


frame.open_page("gaps", cards.CSS, gaptable.CSS, style.fill(state.GAPS_MAP))
sentence, head = st.container(), st.container(key="head")
with head:
    left = st.container()
    chosen = filters.border(any_line=True)
with sentence:
    said()
if not len(cache.snapshot().ids):
    cards.empty(t("gaps.no_cameras"), t("gaps.no_cameras_todo"))
cards.remark(filters.unknown_line())
mapview.follow(state.GAPS_MAP, chosen.line)
strip_view.show(
    theme, key="strip-gaps", level_px_m=chosen.level_px_m, when=chosen.when, on_choose=chose, line=chosen.line
)
if chosen.within:
    gaptable.stretch_chip(*chosen.within)
with st.container(key="halves"):
    with st.container(key="list"):
        by_priority, least = filters.ranking()
        near = filters.nearness(scoring.brought().kinds)
        scoring.told_missing()
        with left:
            numbers()
        listed()
        scoring.told(every())
    with st.container(key="map-box"):
        mapview.show_map(
            drawn, key=state.GAPS_MAP, theme=theme, view=mapview.view_over(chosen.line),
            alt=t("gaps.map_alt", line=lines.named(chosen.line)),
            query=mapview.query_of(chosen.level_px_m, chosen.light, line=chosen.line),
        )  # fmt: skip
how = {
    "level": f"{chosen.level_px_m:g}",
    "edition": settings().edition,
    "ground": hiding.ground_words(cache.snapshot()),
}
cards.how(t("gaps.how"), t("gaps.how_numbers", **how))
