"""One camera by ?camera=CODE: its picture, how it did, where it looks, who is near."""

from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from data.models import Kind
from data.watch import availability, screen
from data.watch.history import history, outages_of
from ui import (
    alarms,
    archived,
    cache,
    cards,
    frame,
    hiding,
    layers,
    looking,
    mapview,
    pastline,
    state,
    strip_view,
    style,
    touring,
)
from ui.words import day, language, percent, span, t

DAYS = 30
NEAR_M = 400.0
NEAR_MOST = 8
LOOK_EVERY_S = 5
theme = style.theme()


@st.fragment(run_every=LOOK_EVERY_S)
def picture(row: int) -> None:
    """Show the latest picture, let the reader look now, and show what a fault looked like."""
    camera = cache.camera(row)
    st.html(cards.picture(camera, large=True) + looking.look_now(int(camera["id"])))
    if shown := looking.faults(int(camera["id"])):
        cards.part(t("look.faults"), shown)


@st.fragment(run_every=LOOK_EVERY_S)
def standing(row: int) -> None:
    """Say the camera's name, its status, how far the last look went, and who keeps it."""
    camera = cache.camera(row)
    sight = screen.sight(cache.database(), int(camera["id"]))
    pairs = [
        *looking.last_looks(sight, cache.now()), *cards.keepers(camera), (t("card.place"), cards.place(camera)),
        *placed(camera),
    ]  # fmt: skip
    said = escape(looking.sentence(camera, sight))
    plan = cards.camera_address(camera, "maintenance")
    st.html(
        f'<div class="camera large">{cards.heading(camera, why=said)}{cards.facts(pairs)}'
        f'<p class="fine"><a href="{plan}" target="_self">{escape(t("maintenance.title"))}</a></p></div>'
    )


def placed(camera: cards.Facts) -> list[tuple[str, str | None]]:
    """Return where the camera stands, how sure that is, and when somebody checked."""
    accuracy = camera["position_accuracy_m"]
    return [
        (t("card.position"), f"{camera['lat']:.5f}, {camera['lon']:.5f}"),
        (t("camera.accuracy"), None if pd.isna(accuracy) else f"± {accuracy:.0f} {t('unit.m')}"),
        (
            t("camera.verified"),
            day(pd.Timestamp(camera["verified_on"], tz="UTC")) if camera["verified_on"] else None,
        ),
    ]


def figures(camera_id: int) -> None:
    """Show availability over a day, a week and a month, unknown time beside each."""
    at, row, mttr = cache.now().replace(second=0, microsecond=0), [], None
    for days in (1, 7, DAYS):
        found = availability.of_camera(cache.database(), camera_id, at - timedelta(days=days), at)
        share, mttr = (found.availability, found.mttr) if found else (None, None)
        unknown = percent(found.unknown_s / (days * 86_400) if found else 1.0)
        row.append(cards.Figure(percent(share), "%", t(f"camera.over_{days}"), t("camera.unknown", share=unknown)))
    cards.figures([*row, cards.Figure(span(mttr) if mttr else "–", "", t("camera.mttr"), t("camera.month"))])


def past(camera_id: int) -> None:
    """Draw the last 30 days and list their outages."""
    at = cache.now().replace(second=0, microsecond=0)
    begin = at - timedelta(days=DAYS)
    with st.container(key="past"):
        drawn = pastline.chart(history(cache.database(), camera_id, begin, at), theme)
        st.altair_chart(drawn, theme=None, key="past-chart", alt=t("camera.past_alt"))
    st.html(pastline.key())
    outages = outages_of(cache.database(), camera_id, begin, at)
    if outages.empty:
        st.html(f'<p class="soft">{escape(t("camera.no_outage"))}</p>')
    else:
        pastline.outage_table(outages, at)


def optics(camera: cards.Facts) -> list[tuple[str, str | None]]:
    """Return where the camera looks and with what, unknown said as unknown."""

    def number(name: str, unit: str, digits: int = 0) -> tuple[str, str | None]:
        value = camera[name]
        return t(f"camera.{name}"), None if pd.isna(value) else f"{value:,.{digits}f}{unit}"

    wide, high = camera["pixels_h"], camera["pixels_v"]
    pixels: str | None = None if pd.isna(wide) else f"{wide:.0f} × {'–' if pd.isna(high) else f'{high:.0f}'}"
    metres = f" {t('unit.m')}"
    return [
        (t("card.kind"), t(f"kind.{camera['kind']}")),
        *(number(name, "°") for name in ("bearing_deg", "bearing_accuracy_deg", "hfov_deg", "tilt_deg")),
        number("mount_height_m", metres, 1),
        (t("camera.pixels"), pixels),
        number("focal_length_mm", " mm", 1),
        number("sensor_width_mm", " mm", 2),
        number("ir_range_m", metres),
        *([(t("tour.short"), touring.said(int(camera["id"])))] if camera["kind"] == Kind.PTZ else []),
        (t("camera.linked"), None if camera["linked"] == "unknown" else t(f"filter.{camera['linked']}")),
        (t("camera.onvif"), camera["onvif_profile"]),
    ]


def drawn() -> list[Any]:
    """Layers of the small map: cameras and their ground, a ring around this one."""
    ring = layers.ring(theme, float(camera["lon"]), float(camera["lat"]))
    return [*mapview.country(theme, language=language()), ring]


def near(row: int) -> str:
    """Return the cameras around as a list of links."""
    around = [cache.camera(other) for other in mapview.neighbours(row, NEAR_M)[:NEAR_MOST]]
    if not around:
        return f'<p class="soft">{escape(t("camera.no_neighbour", metres=f"{NEAR_M:.0f}"))}</p>'
    items = (f"<li>{cards.status(one['status'])} {cards.camera_link(one)}</li>" for one in around)
    return f'<ul class="near">{"".join(items)}</ul>'


frame.open_page("camera", cards.CSS, strip_view.CSS, pastline.CSS, style.fill(state.CAMERA_MAP), style.CAMERA)
row = cards.row_of(st.query_params.get(state.CAMERA, ""), st.query_params.get(state.OWNER, ""))
if row is None:
    asked = st.query_params.get(state.CAMERA)
    cards.empty(t("camera.gone", code=asked) if asked else t("camera.none"), t("camera.none_todo"))
    st.html(frame.link("cameras", t("camera.all")))
    st.stop()
snapshot = cache.snapshot()
camera, camera_id = cache.camera(row), int(snapshot.ids[row])
with st.container(key="top-half"):
    with st.container(key="pictures"):
        picture(row)
    with st.container(key="beside"):
        standing(row)
        figures(camera_id)
cards.part(t("camera.past"))
past(camera_id)
cards.part(t("archive.title"))
kept = st.container()  # filled last: its place may be slow or away, and the page does not wait for it
if told := alarms.of_camera(camera_id):
    cards.part(t("camera.alarms"), told)
with st.container(key="low-half"):
    with st.container(key="sector-box"):
        view = mapview.View(float(camera["lon"]), float(camera["lat"]), mapview.CLOSE_ZOOM)
        if st.session_state.get(state.CHOSEN) != camera_id:  # for the same camera the reader's view stays
            st.session_state[state.CHOSEN] = camera_id
            mapview.fly(state.CAMERA_MAP, view.lon, view.lat)
        mapview.show_map(drawn, key=state.CAMERA_MAP, theme=theme, view=view, alt=t("camera.map_alt"))
    with st.container(key="pose"):
        cards.part(t("camera.optics"), cards.facts(optics(camera) + hiding.considered(snapshot, row)))
        cards.part(t("camera.near"), near(row))
cards.how(t("camera.how"))
with kept:
    archived.show(row)
