"""Every camera of the country, the ground it covers, and the border: click one for its card."""

from html import escape

import streamlit as st

from data.settings import settings
from geo.levels import LEVELS_PX_M, Edition
from ui import cache, cards, frame, glyphs, layers, mapview, state, style
from ui.palette import STATUSES
from ui.words import language, pick, t

theme = style.theme()


def choose(row: int, *, fly: bool = False) -> None:
    """Open the card of a camera; the link of the page names it from then on."""
    known = cache.snapshot()
    st.session_state[state.CHOSEN] = int(known.ids[row])
    st.query_params[state.CAMERA] = str(known.inventory["code"].iloc[row])
    if fly:
        mapview.fly(state.MAP, float(known.lon[row]), float(known.lat[row]))


def close() -> None:
    """Close the card."""
    st.session_state.pop(state.CHOSEN, None)
    st.query_params.pop(state.CAMERA, None)


def chosen_row() -> int | None:
    """Row of the camera whose card is open."""
    chosen = st.session_state.get(state.CHOSEN)
    return None if chosen is None else cache.snapshot().row_of(chosen)


def picked(camera_id: int) -> None:
    """Open the card of a camera that was clicked."""
    row = cache.snapshot().row_of(camera_id)
    if row is not None:
        choose(row)


def controls() -> tuple[list[str], str, float]:
    """Draw the controls at the map's edge; return the chosen statuses, light and level."""
    with st.container(key="top", horizontal=True, vertical_alignment="center"):
        st.text_input(
            t("map.search"), key=state.SEARCH, placeholder=t("map.search"), label_visibility="collapsed",
            width=280, type="search", live=True,
        )  # fmt: skip
        statuses = st.pills(
            t("map.statuses"), STATUSES, selection_mode="multi", key=state.STATUS, label_visibility="collapsed",
            format_func=lambda name: t(f"status.{name}"), bind="query-params",
        )  # fmt: skip
        st.space("stretch")
        light = st.segmented_control(
            t("map.light"), ("day", "night"), default="day", required=True, key=state.LIGHT,
            label_visibility="collapsed", format_func=lambda name: t(f"light.{name}"), width="content",
        )  # fmt: skip
        level = st.selectbox(
            t("map.level"), list(LEVELS_PX_M[Edition(settings().edition)].values()), key=state.LEVEL,
            label_visibility="collapsed", format_func=lambda px_m: f"{px_m:g} {t('unit.px_m')}", width=150,
        )  # fmt: skip
    return list(statuses or STATUSES), str(light), float(level)


def found() -> None:
    """List what the search found; a click flies there."""
    text = st.session_state.get(state.SEARCH) or ""
    if not text.strip():
        return
    rows, total = cache.find_cameras(text)
    known = cache.snapshot()
    with st.container(key="found"):
        for row in rows:
            camera = known.camera(row)
            name = pick(camera["name_th"], camera["name_en"]) or camera["province"] or ""
            label, key = cards.plain(f"{camera['code']}  {name}"), f"found-{known.ids[row]}"
            st.button(label, key=key, on_click=arrive, args=(row,), width="stretch")
        if not rows:
            st.html(f'<p class="soft note">{escape(t("map.found_none", text=text))}</p>')
        elif total > len(rows):
            st.html(f'<p class="soft note">{escape(t("map.found_more", count=f"{total - len(rows):,}"))}</p>')


def arrive(row: int) -> None:
    """Go to a camera that was searched for."""
    st.session_state[state.SEARCH] = ""
    choose(row, fly=True)


def arrive_by_link() -> None:
    """Open the camera the page's link names, and go there."""
    row = cache.row_of_code(st.query_params.get(state.CAMERA, ""))
    if row is not None:
        choose(row, fly=True)


def drawn() -> mapview.Layers:
    """Layers of the map, lowest first."""
    found = mapview.country(theme, query=query, language=language())
    if (row := chosen_row()) is not None:
        known = cache.snapshot()
        found.append(layers.ring(theme, float(known.lon[row]), float(known.lat[row])))
    return found


@st.fragment(run_every=3)
def legend() -> None:
    """Say what the signs mean and how many cameras have each status, unknown beside the others."""
    counts = cache.counts()
    signs = "".join(
        f"<span>{glyphs.html(name)} {escape(t(f'status.{name}'))}<span class=n>{counts[name]:,}</span></span>"
        for name in STATUSES
    )
    keys = "".join(
        f'<span><i class="key {css}"></i>{escape(t(f"legend.{word}"))}</span>'
        for css, word in (
            ("certain", "certain"), ("possible", "possible"), ("open", "gap_live"), ("gap-planned", "gap_planned")
        )
    )  # fmt: skip
    with st.container(key="legend"):
        st.html(
            f'<div class="legend">{signs}</div><div class="legend">{keys}</div>'
            f'<div class="soft fine">{escape(t("legend.credits"))}</div>'
        )


@st.fragment(run_every=5)
def card() -> None:
    """Show the card of the chosen camera, and who else hangs on its mast."""
    row = chosen_row()
    if row is None:
        return
    known = cache.snapshot()
    with st.container(key="card"):
        st.button("✕", key="close-card", on_click=close, help=t("map.close"), type="tertiary")
        cards.camera_card(int(known.ids[row]))
        others = mapview.neighbours(row)
        if others:
            st.html(f'<p class="soft fine">{escape(t("map.same_mast"))}</p>')
        for other in others[:6]:
            code = str(known.inventory["code"].iloc[other])
            st.button(
                cards.plain(code), key=f"mast-{known.ids[other]}", on_click=choose, args=(other,), type="tertiary"
            )


frame.open_page("map", cards.CSS, style.MAP, style.fill(state.MAP))
if state.CHOSEN not in st.session_state:
    arrive_by_link()
statuses, light, level = controls()
query = mapview.query_of(level, light, statuses)
with st.container(key="sheet"):
    mapview.show_map(
        drawn, key=state.MAP, theme=theme, view=mapview.THAILAND, alt=t("map.alt"), query=query, on_pick=picked,
        link=True, tools=True,
    )  # fmt: skip
found()
legend()
card()
if not len(cache.snapshot().ids):
    st.html(f'<p class="empty">{escape(t("map.no_cameras"))}</p>')
