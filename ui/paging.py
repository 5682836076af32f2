"""A long list, a page of it at a time; the page stands in the link."""

from html import escape

import streamlit as st

from ui import state
from ui.words import t


def turned(listed: int, at_once: int, count: int, hint: str = "") -> int:
    """
    Let the reader turn pages; return the page shown, from 0.

    Parameters
    ----------
    listed, at_once
        How many can be turned to; how many a page holds.
    count
        How many there are; it may be more than are listed.
    """
    last = max(0, (listed - 1) // at_once)
    asked = st.query_params.get(state.PAGE, "1")
    page = min(max(int(asked) - 1 if asked.isdecimal() else 0, 0), last)
    first = page * at_once + 1 if listed else 0
    said = t("cameras.page", first=f"{first:,}", last=f"{min((page + 1) * at_once, listed):,}", count=f"{count:,}")
    with st.container(key="turn", horizontal=True, vertical_alignment="center", gap="small", width="content"):
        _soft(said)
        for step, sign, word in ((-1, "‹", "before"), (1, "›", "after")):
            st.button(
                sign, key=f"turn-{word}", disabled=not 0 <= page + step <= last, help=t(f"cameras.{word}"),
                on_click=_turn, args=(page + step,),
            )  # fmt: skip
        _soft(hint)
    return page


def _turn(page: int) -> None:
    st.query_params[state.PAGE] = str(page + 1)


def _soft(said: str) -> None:
    if said:
        st.html(f'<span class="soft">{escape(said)}</span>', width="content")
