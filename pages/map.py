"""Every camera of the country, the ground it covers, and the border: click anything to hear what it is."""

from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import streamlit as st

from data.files.formats import ENDINGS
from data.filters import CameraFilter, counts
from ui import (
    basemap,
    cache,
    cards,
    filters,
    finder,
    frame,
    glyphs,
    layers,
    mapcards,
    mapview,
    picked,
    state,
    style,
)
from ui.palette import STATUSES
from ui.words import language, t

PLACE_ZOOM = 11.0  # further out a click on empty ground means no place
theme = style.theme()


def controls() -> tuple[CameraFilter, basemap.Ground]:
    """Draw the controls at the map's edge; return what is to be seen, and what under it."""
    with st.container(key="top", horizontal=True, vertical_alignment="center"):
        finder.box()
        number = filters.narrowed()
        label = t("map.filter") + (f" ({number})" if number else "")
        with st.popover(label, key="more-filters", width="content"):
            chosen = filters.which(cache.snapshot())
            st.button(t("map.clear"), key="clear-filter", on_click=filters.clear, type="tertiary")
        statuses = filters.statuses()
        st.space("stretch")
        level, light = filters.ground()
        under = filters.under()
        chosen = replace(chosen, statuses=statuses, level_px_m=level, light=light)
        with st.popover(t("map.files"), key="files", width="content"):
            st.html(files(chosen))
    return chosen, under


def files(chosen: CameraFilter) -> str:
    """Links to what the map shows, as files: exactly the cameras of the filter."""
    query = chosen.query()
    known = (("cameras", query), ("coverage", query + "&when=planned" if query else "when=planned"))
    rows = "".join(
        f'<p class="soft downloads">{escape(t(f"map.file_{what}"))} '
        + "".join(
            f'<a class="download" download href="/exports/{what}{ending}?{escape(asked)}">{ending[1:]}</a>'
            for ending in ENDINGS
        )
        + "</p>"
        for what, asked in known
    )
    # where the map looks is put in by the browser, which alone knows it
    whole = "&".join(part for part in (query, urlencode({"lang": language(), "theme": theme})) if part)
    return (
        rows + f'<p class="soft downloads">{escape(t("map.file_html"))} '
        f'<a class="download" download data-with-view href="/exports/map.html?{escape(whole)}">html</a></p>'
        f'<p class="soft fine">{escape(t("map.file_note"))}</p>'
    )


def clicked(click: mapview.Click) -> None:
    """Pick what was clicked: a camera before a gap, a gap before the ground."""
    if click.cameras and (row := cache.snapshot().row_of(click.cameras[0])) is not None:
        picked.camera(row)
    elif click.gap:
        picked.gap(click.gap[0], click.gap[1])
    elif click.zoom >= PLACE_ZOOM:
        picked.point(click.lon, click.lat)
    else:
        picked.nothing()


def drawn() -> mapview.Layers:
    """Layers of the map, lowest first; what is picked is marked."""
    found = mapview.country(theme, query=chosen.query(), language=language())
    if now.gap:
        found.insert(0, layers.stretch(theme, *now.gap))
    if (place := camera_place()) is not None:
        found.append(layers.ring(theme, *place))
    if now.point:
        found.append(layers.pin(theme, *now.point))
    return found


def camera_place() -> tuple[float, float] | None:
    """Lon, lat of the picked camera; None if there is none."""
    known = cache.snapshot()
    row = None if now.camera is None else known.row_of(now.camera)
    return None if row is None else (float(known.lon[row]), float(known.lat[row]))


def arrive() -> None:
    """Go to what the link names, if it does not say where to look; once a visit."""
    if state.ARRIVED in st.session_state:
        return
    st.session_state[state.ARRIVED] = True
    if state.AT in st.query_params:
        return
    if (place := camera_place()) is not None:
        mapview.fly(state.MAP, *place)
    elif now.gap:
        mapview.fly_to_stretch(state.MAP, *now.gap)
    elif now.point:
        mapview.fly(state.MAP, *now.point)


def legend() -> None:
    """
    Say what the signs mean and how many of the chosen cameras have each status, unknown beside the others.

    The map keeps what is marked `data-count` true by itself, each second.
    """
    number = counts(cache.snapshot(), chosen)
    signs = "".join(
        f"<span>{glyphs.html(name)} {escape(t(f'status.{name}'))}{_count(name, number[name])}</span>"
        for name in STATUSES
    )
    keys = "".join(
        f'<span><i class="key {css}"></i>{escape(t(f"legend.{word}"))}</span>'
        for css, word in (
            ("certain", "certain"), ("possible", "possible"), ("open", "gap_live"), ("gap-planned", "gap_planned"),
            *((("band", "band"),) if cache.watched().uncertain_mark else ()),
        )
    )  # fmt: skip
    every, ground = f"{len(cache.snapshot().ids):,}", mapcards.ground_words(chosen)
    said = escape(t("legend.shown", shown="{shown}", every=every, ground=ground))
    shown = said.replace("{shown}", _count("shown", sum(number.values())))
    with st.container(key="legend"):
        st.html(
            f'<div class="legend"><b>{shown}</b></div>'
            f'<div class="soft narrowed">{escape(filters.said(chosen))}</div>'
            f'<div class="legend">{signs}</div><div class="legend">{keys}</div>'
            f'<div class="soft fine">{escape(t("legend.credits"))}</div>'
        )


def _count(of: str, number: int) -> str:
    return f'<span class="n" data-count="{of}">{number:,}</span>'


@st.fragment(run_every=5)
def card() -> None:
    """Say what is known of what was picked."""
    known = cache.snapshot()
    with st.container(key="card"):
        if st.button("✕", key="close-card", help=t("map.close"), type="tertiary"):
            picked.nothing()
            st.rerun()  # the whole page: the mark on the map goes too
        if now.camera is not None:
            mapcards.camera(known, now.camera)
        elif now.gap:
            mapcards.gap(*now.gap, chosen)
        elif now.point:
            mapcards.point(known, *now.point, chosen)


def remarks() -> None:
    """Say what of the link names nothing here, and if the filter leaves no camera."""
    if odd := filters.strange():
        st.html(f'<p class="remark">{escape(t("map.strange", words=", ".join(odd)[:200]))}</p>')
    if not len(cache.snapshot().ids):
        st.html(f'<p class="remark">{escape(t("map.no_cameras"))}</p>')
    elif not sum(counts(cache.snapshot(), chosen).values()):
        st.html(f'<p class="remark">{escape(t("map.none_chosen"))}</p>')


frame.open_page("map", cards.CSS, finder.CSS, mapcards.CSS, style.MAP, style.fill(state.MAP))
(chosen, under), now = controls(), picked.now()
arrive()
with st.container(key="sheet"):
    mapview.show_map(
        drawn, key=state.MAP, theme=theme, view=mapview.THAILAND, alt=t("map.alt"), query=chosen.query(),
        on_click=clicked, link=True, tools=True, ground=under,
    )  # fmt: skip
finder.found()
legend()
with st.container(key="remarks"):
    remarks()
if now != picked.Picked():
    card()
