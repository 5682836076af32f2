"""Planned maintenance as rows, and the questions a plan is made of: for what, from when to when."""

from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from data.watch.maintenance import KEYS_MOST, Scope, Window, keys
from ui import cache, cards, glyphs, state
from ui.words import BANGKOK, clock, moment, pick, province, span, t

SITES_MOST = 50
STEP = timedelta(minutes=15)
USUAL = timedelta(hours=2)
OPEN, COMING, OVER, CANCELLED = "open", "coming", "over", "cancelled"
_SIGNS = {COMING: "○", OVER: "–", CANCELLED: "×"}
Chosen = tuple[str, str, int]  # key, its name, how many cameras it has


def phase(window: Window, at: datetime) -> str:
    """Where a window stands."""
    if window.cancelled_at is not None:
        return CANCELLED
    if at < window.begins_at:
        return COMING
    return OPEN if at < window.ends_at else OVER


def finding(windows: list[Window], at: datetime, cameras: int) -> str:
    """Say in a sentence what is open, for how many `cameras` in all, and what comes next."""
    now, coming = ([one for one in windows if phase(one, at) == which] for which in (OPEN, COMING))
    if not now and not coming:
        return t("maintenance.finding_none")
    said = (
        t("maintenance.finding", count=len(now), cameras=f"{cameras:,}") if now else t("maintenance.finding_now")
    )
    if coming:
        said += t("maintenance.finding_next", count=len(coming), at=moment(coming[0].begins_at))
    return said


def row(window: Window, at: datetime) -> str:
    """Return a window as a row of the list, as HTML."""
    where = phase(window, at)
    sign = glyphs.html("maintenance") if where == OPEN else f"<i>{_SIGNS[where]}</i>"
    until = t("maintenance.cancelled_at", at=moment(window.cancelled_at)) if where == CANCELLED else ""
    left = t("maintenance.left", age=span(window.ends_at - at)) if where == OPEN else until
    return (
        f'<div class="window {where}">{sign}<div><b>{_title(window)}</b>'
        f"<small>{escape(window.reason)} · {escape(window.by)}</small></div>"
        f"<div>{escape(_when(window.begins_at, window.ends_at))}<small>{escape(left)}</small></div>"
        f"<div>{escape(t(f'maintenance.{where}'))}<small>"
        f"{escape(t('maintenance.cameras', count=f'{window.cameras:,}'))}</small></div></div>"
    )


def title(scope: Scope, name: str) -> str:
    """Name what a window is for; plain text."""
    return f"{t(f'maintenance.scope_{scope}')} {name}"


def ask() -> tuple[Scope, Chosen | None]:
    """Ask what maintenance is for; None until the inventory has something of that name."""
    linked = state.CAMERA in st.query_params
    said = st.selectbox(
        t("maintenance.scope"), list(Scope), index=list(Scope).index(Scope.CAMERA if linked else Scope.SITE),
        key=state.SCOPE, format_func=lambda one: t(f"maintenance.scope_{one}"),
    )  # fmt: skip
    scope = Scope(said or Scope.SITE)
    if scope is Scope.CAMERA:
        return scope, _camera()
    text = ""
    if scope is Scope.SITE:  # too many for a list
        text = st.text_input(t("maintenance.part"), key="part-of-site", max_chars=80).strip()
        if not text:
            return scope, None
    known = dict(keys(cache.database(), scope, text, SITES_MOST if text else KEYS_MOST))
    if not known:
        st.html(f'<p class="soft">{escape(t("maintenance.unnamed"))}</p>')
        return scope, None
    named = province if scope is Scope.PROVINCE else str
    key = st.selectbox(
        t(f"maintenance.scope_{scope}"), list(known), index=None, key=f"key-{scope}", format_func=named,
        placeholder=t("maintenance.choose"),
    )  # fmt: skip
    return scope, (key, named(key), known[key]) if key else None


def ask_when(at: datetime) -> tuple[datetime, datetime]:
    """Ask from when to when, in Bangkok's time; by default two hours from the next whole one."""
    local = at.astimezone(BANGKOK).replace(tzinfo=None)
    first = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    ends = [
        st.datetime_input(
            t(f"maintenance.{name}"), value, key=f"maintenance-{name}", step=STEP, format="DD/MM/YYYY"
        )
        for name, value in (("begins", first), ("ends", first + USUAL))
    ]
    begins_at, ends_at = (
        datetime.combine(one.date(), one.time(), BANGKOK).astimezone(UTC) if one else at for one in ends
    )
    return begins_at, ends_at


def summary(scope: Scope, chosen: Chosen, begins_at: datetime, ends_at: datetime) -> str:
    """Say what would be planned: the window in words, with how many cameras are in it."""
    _, name, cameras = chosen
    length = span(max(ends_at - begins_at, timedelta(0)))
    counted = t("maintenance.cameras", count=f"{cameras:,}")
    return " · ".join((title(scope, name), _when(begins_at, ends_at), length, counted))


def _camera() -> Chosen | None:
    code = st.text_input(
        t("maintenance.code"), st.query_params.get(state.CAMERA, ""), key="maintenance-code", max_chars=80
    ).strip()
    if not code:
        return None
    at = cards.row_of(code, st.query_params.get(state.OWNER, ""))
    if at is None:
        st.html(f'<p class="soft">{escape(t("camera.gone", code=code))}</p>')
        return None
    camera = cache.camera(at)
    name = " · ".join(filter(None, (camera["code"], pick(camera["name_th"], camera["name_en"]))))
    return str(camera["id"]), name, 1


def _title(window: Window) -> str:
    if window.scope is not Scope.CAMERA:
        return escape(title(window.scope, _province(window.key) if window.scope is Scope.PROVINCE else window.key))
    at = cache.snapshot().row_of(int(window.key))
    return escape(title(window.scope, window.key)) if at is None else cards.camera_link(cache.camera(at))


def _province(key: str) -> str:
    """Name of a province given by its code or its Thai name."""
    known = cache.snapshot().inventory
    named = known["province"][known["province_code"] == key].head(1).tolist()
    return province(named[0] if named else key)


def _when(begins_at: datetime, ends_at: datetime) -> str:
    """Say from when to when; the day once, if it is the same."""
    same = begins_at.astimezone(BANGKOK).date() == ends_at.astimezone(BANGKOK).date()
    return f"{moment(begins_at)} – {clock(ends_at) if same else moment(ends_at)}"
