"""Planned maintenance: what is open and to come; plan a window, or call one off."""

from html import escape

import streamlit as st

from data.watch import maintenance as desk
from data.watch.maintenance import TEXT_MOST, Window
from ui import cache, cards, frame, maintenance, state, style
from ui.acting import ask_who
from ui.words import t

LOOK_EVERY_S = 10.0
PAST_MOST = 100


@st.fragment(run_every=LOOK_EVERY_S)
def listed() -> None:
    """List the windows; it looks again by itself."""
    at = cache.now()
    windows = desk.windows(db, at)
    cards.sentence(maintenance.finding(windows, at, len(desk.excused(db, at))))
    past = st.toggle(t("maintenance.past"), key=state.PAST)
    if past:
        over = [one for one in desk.windows(db, at, past=True, most=PAST_MOST) if one not in windows]
        windows += reversed(over)
    if not windows:
        cards.empty(t("maintenance.none"), t("maintenance.none_todo"))
    for window in windows:
        with st.container(key=f"window-{window.id}", horizontal=True, vertical_alignment="center", gap="small"):
            st.html(maintenance.row(window, at))
            if maintenance.phase(window, at) in (maintenance.OPEN, maintenance.COMING):
                with st.popover(t("maintenance.cancel"), key=f"off-{window.id}", width="content"):
                    call_off(window)


def call_off(window: Window) -> None:
    """Let the reader call a window off, under a name and not by one click."""
    st.html(f"<p>{escape(t('maintenance.cancel_sure'))}</p>")
    if not st.button(t("maintenance.cancel_do"), key=f"do-off-{window.id}", type="primary"):
        return
    who = str(st.session_state.get(state.WHO, "")).strip()
    if not who:
        st.error(t("alarms.no_name"))
        return
    try:
        desk.cancel(db, window.id, by=who, at=cache.now())
    except ValueError:  # over, or somebody was quicker
        st.error(t("maintenance.changed"))
        return
    st.rerun()


def panel() -> None:
    """Let the reader plan a window."""
    st.html(f"<h3>{escape(t('maintenance.title'))}</h3>")
    who = ask_who()
    scope, chosen = maintenance.ask()
    begins_at, ends_at = maintenance.ask_when(cache.now())
    acted = st.session_state.get(state.ACTED, 0)
    reason = st.text_input(t("maintenance.reason"), key=f"reason-{acted}", max_chars=TEXT_MOST).strip()
    if chosen:
        said = maintenance.summary(scope, chosen, begins_at, ends_at)
        st.html(f'<p class="soft">{escape(said)}</p>')
    if not st.button(t("maintenance.plan"), key="plan", type="primary"):
        return
    at = cache.now()
    missing = {
        "alarms.no_name": not who,
        "maintenance.no_key": chosen is None,
        "maintenance.no_reason": not reason,
        "maintenance.ends_first": ends_at <= begins_at,
        "maintenance.ended": ends_at <= at,
    }
    if refused := next((key for key, so in missing.items() if so), ""):
        st.error(t(refused))
        return
    assert chosen is not None
    try:
        desk.plan(db, scope, chosen[0], begins_at, ends_at, reason=reason, by=who, at=at)
    except ValueError:  # the inventory has changed since it was asked
        st.error(t("maintenance.changed"))
        return
    st.session_state[state.ACTED] = acted + 1
    st.rerun()


frame.open_page("maintenance", cards.CSS, style.MAINTENANCE)
db = cache.database()
if not len(cache.snapshot().ids):
    cards.empty(t("cameras.empty"), t("cameras.empty_todo"))
    st.stop()
with st.container(key="window-halves"):
    with st.container(key="window-list"):
        listed()
    with st.container(key="window-panel"):
        panel()
cards.how(t("maintenance.how"))
