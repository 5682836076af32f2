"""Who acts: the name that is kept beside what somebody did."""

import streamlit as st

from data.watch.maintenance import NAME_MOST
from ui import state
from ui.words import t


def ask_who() -> str:
    """Ask for the name under which somebody acts; it stays for all that is done in a session."""
    return st.text_input(
        t("alarms.who"), key=state.WHO, max_chars=NAME_MOST, placeholder=t("alarms.who_hint")
    ).strip()
