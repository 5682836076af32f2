"""The inventory: find a camera, see its card, put it right; bring in a list."""

import pandas as pd
import streamlit as st

from data.filters import rows
from data.fleet import Snapshot
from ui import bringing, cache, cards, filters, frame, mending, register, state, style
from ui.words import t

theme = style.theme()


def finding(known: pd.DataFrame) -> str:
    """Say what is in the inventory, and how much of it can be trusted."""
    if known.empty:
        return t("cameras.finding_none")
    unaimed = int(known["bearing_deg"].isna().sum())
    return t("cameras.finding", count=f"{len(known):,}", owners=known["owner"].nunique(), unaimed=f"{unaimed:,}")


def inventory(known: Snapshot) -> None:
    """Find cameras, and show the chosen one beside the list."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        chosen = filters.inventory(known, border=True)
    found = known.frame.iloc[rows(known, chosen)]
    if found.empty:
        cards.empty(t("cameras.none_found"), t("cameras.none_found_todo"))
        return
    with st.container(key="halves"):
        with st.container(key="register"):
            register.show(found, theme)
        with st.container(key="one"):
            picked = st.session_state.get(state.CHOSEN)
            row = None if picked is None else known.row_of(picked)
            if picked is not None and row is not None:
                cards.camera_card(picked)
    if row is not None:
        with st.expander(t("cameras.mend"), key="mending", on_change="rerun") as opened:
            if opened.open:
                mending.show(row, theme)


frame.open_page("cameras", cards.CSS, register.CSS)
known = cache.snapshot()
cards.sentence(finding(known.inventory))
part = filters.part(("list", "import"), "list" if len(known.ids) else "import")
if part == "import":
    bringing.show()
elif not len(known.ids):
    cards.empty(t("cameras.empty"), t("cameras.empty_todo"))
else:
    inventory(known)
