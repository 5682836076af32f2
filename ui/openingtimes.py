"""When a checkpoint was open: what was written of it, and a form to write down more."""

from datetime import UTC, date, datetime, time
from html import escape

import streamlit as st

from data.posts.openings import NOTE_MOST, Opening, history, set_opening
from data.posts.tables import OpenStatus
from ui import cache, cards, state
from ui.acting import ask_who
from ui.lanes import opened
from ui.words import BANGKOK, moment, t

_FIRST, _LAST = date(1900, 1, 1), date(2700, 1, 1)  # wide enough that a Buddhist year gets an answer


def show(checkpoint: str) -> None:
    """List what was written of a checkpoint's opening, and let more be written."""
    with st.container(key="drawing"):
        with st.container(key="opening-list"):
            st.html("".join(map(_row, history(cache.database(), checkpoint))))
        with st.container(key="opening-form"):
            _form(checkpoint)


def _row(one: Opening) -> str:
    if one.by is None:
        return f'<div class="told">{escape(opened(one))}<small>{escape(t("lanes.shipped"))}</small></div>'
    wrote = t("lanes.wrote", by=one.by, at=moment(one.written_at))
    parts = " · ".join(filter(None, (one.note, one.source)))
    lines = "".join(f"<small>{escape(line)}</small>" for line in (parts, wrote))
    return f'<div class="told">{escape(opened(one))}{lines}</div>'


def _form(checkpoint: str) -> None:
    acted = st.session_state.get(state.ACTED, 0)
    said = st.selectbox(
        t("checkpoints.opening"), list(OpenStatus), key=f"opening-status-{acted}",
        format_func=lambda one: t(f"checkpoints.{one}"),
    )  # fmt: skip
    on = st.date_input(
        t("lanes.from_day"), cache.now().astimezone(BANGKOK).date(), _FIRST, _LAST, key=f"opening-day-{acted}",
        format="DD/MM/YYYY",
    )  # fmt: skip
    note = st.text_input(t("lanes.note"), key=f"opening-note-{acted}", max_chars=NOTE_MOST)
    source = st.text_input(t("lanes.source"), key=f"opening-source-{acted}", max_chars=NOTE_MOST)
    who = ask_who()
    if not st.button(t("lanes.write"), key="opening-write", type="primary"):
        return
    if not who:
        st.error(t("alarms.no_name"))
        return
    if not isinstance(on, date):
        st.error(t("lanes.no_day"))
        return
    from_at = datetime.combine(on, time(), BANGKOK).astimezone(UTC)
    try:
        set_opening(
            cache.database(), checkpoint, str(said), from_at, note=note, source=source, by=who, at=cache.now()
        )
    except ValueError as error:
        st.error(cards.plain(t("lanes.refused", why=str(error))))
        return
    st.session_state[state.ACTED] = acted + 1
    st.rerun()
