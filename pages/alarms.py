"""What somebody has to know of: the urgent first; acknowledged, set aside, assigned, remarked upon."""

from datetime import timedelta
from html import escape

import streamlit as st

from data.watch import alarms as desk
from data.watch.alarm_rules import State
from data.watch.alarms import Shown
from data.watch.maintenance import TEXT_MOST
from ui import alarms, cache, cards, filters, frame, state, style
from ui.acting import ask_who
from ui.words import t

LOOK_EVERY_S = 3.0
PAGE = 40
ACTIONS = ("acknowledge", "shelve", "unshelve", "assign", "comment")
SHELVES_H = (1, 4, 8, 24)


def tick(alarm_id: int) -> str:
    """Key of an alarm's tick: its own, so that new alarms above move no tick to another."""
    return f"pick-{alarm_id}"


@st.fragment(run_every=LOOK_EVERY_S)
def listed(states: tuple[State, ...], priorities: tuple[int, ...]) -> None:
    """List the alarms; it looks again by itself, and what is being typed beside it stays."""
    at = cache.now()
    known = desk.listed(cache.database(), states=states, limit=alarms.MOST)
    shown = [alarm for alarm in known if alarm.priority in priorities]
    cards.sentence(alarms.finding(desk.waiting(cache.database()), at))
    if not shown:
        cards.empty(t("alarms.none"), t("alarms.none_todo"))
    else:
        st.html(alarms.heading())
    for alarm in shown[:PAGE]:
        with st.container(key=f"alarm-{alarm.id}", horizontal=True, vertical_alignment="center", gap="small"):
            st.checkbox(t("alarms.pick", what=cards.plain(alarms.title(alarm))), key=tick(alarm.id),
                        label_visibility="collapsed", width="content")  # fmt: skip
            st.html(alarms.row(alarm, at))
    if len(shown) > PAGE:
        st.html(f'<p class="soft fine">{escape(t("alarms.more", shown=PAGE, count=f"{len(shown):,}"))}</p>')
    picked = {alarm.id for alarm in shown[:PAGE] if st.session_state.get(tick(alarm.id))}
    if picked != st.session_state.get(state.PICKED, set()):
        st.session_state[state.PICKED] = picked
        st.rerun()  # the panel beside the list is another part of the page


def panel() -> None:
    """Let the reader act on what is ticked."""
    who = ask_who()
    picked = [
        one for alarm_id in sorted(st.session_state.get(state.PICKED, ())) if (one := desk.one(db, alarm_id))
    ]
    if not picked:
        st.html(f'<p class="soft">{escape(t("alarms.pick_hint"))}</p>')
        return
    name = alarms.title(picked[0]) if len(picked) == 1 else t("alarms.picked", count=len(picked))
    st.html(f"<h3>{escape(name)}</h3>")
    act(picked, who)
    if len(picked) == 1:
        alarm = picked[0]
        if alarm.incident_id is not None:
            cards.part(t("alarms.members"), alarms.members(alarm.incident_id))
        cards.part(t("alarms.history"), alarms.past(alarm.id))


def act(picked: list[Shown], who: str) -> None:
    """Offer what has sense where the ticked alarms stand, and do it."""
    offered = [action for action in ACTIONS if any(alarms.may(alarm, action) for alarm in picked)]
    action = str(
        st.segmented_control(
            t("alarms.act"), offered, default=offered[0], key=f"{state.ACTION}-{'-'.join(offered)}", required=True,
            format_func=lambda name: t(f"alarms.do_{name}"), label_visibility="collapsed",
        )
    )  # fmt: skip
    ids = [alarm.id for alarm in picked if alarms.may(alarm, action)]
    with st.form("act", border=False, clear_on_submit=False):
        hours, text, acted = 0, "", st.session_state.get(state.ACTED, 0)
        if action == "shelve":
            hours = st.selectbox(t("alarms.how_long"), SHELVES_H, format_func=lambda h: t("alarms.hours", count=h))
        if action != "unshelve":
            text = str(
                st.text_input(t(f"alarms.text_{action}"), key=f"text-{action}-{acted}", max_chars=TEXT_MOST)
            ).strip()
        label = t(f"alarms.do_{action}") + (f" ({len(ids)})" if len(ids) > 1 else "")
        done = st.form_submit_button(label, key="do", type="primary")
    if done:
        do(action, ids, who, text, hours)


def do(action: str, ids: list[int], who: str, text: str, hours: int) -> None:
    """Do it, or say why not."""
    if not who:
        st.error(t("alarms.no_name"))
        return
    if not text and action in ("shelve", "comment"):
        st.error(t(f"alarms.no_text_{action}"))
        return
    at = cache.now()
    try:
        if action == "acknowledge":
            desk.acknowledge(db, ids, by=who, text=text, at=at)
        elif action == "shelve":
            desk.shelve(db, ids, until=at + timedelta(hours=hours), why=text, by=who, at=at)
        elif action == "unshelve":
            desk.unshelve(db, ids, by=who, at=at)
        elif action == "assign":
            desk.assign(db, ids, assignee=text, by=who, at=at)
        else:
            for alarm_id in ids:
                desk.comment(db, alarm_id, text=text, by=who, at=at)
    except ValueError:  # somebody was quicker: all else the widgets do not let through
        st.error(t("alarms.refused"))
        return
    st.session_state[state.ACTED] = st.session_state.get(state.ACTED, 0) + 1
    st.rerun()


frame.open_page("alarms", cards.CSS, style.ALARMS)
db = cache.database()
with st.container(key="filters", horizontal=True, vertical_alignment="center"):
    states, priorities = filters.alarms()
with st.container(key="alarm-halves"):
    with st.container(key="alarm-list"):
        listed(states, priorities)
    with st.container(key="alarm-panel"):
        panel()
cards.how(t("alarms.how"))
