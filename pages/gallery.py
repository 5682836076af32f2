"""Pictures of the cameras of a filter, live and the worst first: what one cannot see is at the top."""

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.filters import CameraFilter, counts
from ui import cache, cards, filters, frame, gallery, looking, style
from ui.words import t

LOOK_EVERY_S = 5.0


def controls() -> tuple[CameraFilter, NDArray[np.int64]]:
    """Draw the filter and the pages; return what is to be seen, and which cameras are on this page."""
    known = cache.snapshot()
    with st.container(key="gallery-top", horizontal=True, vertical_alignment="center"):
        number = filters.narrowed()
        label = t("map.filter") + (f" ({number})" if number else "")
        with st.popover(label, key="more-filters", width="content"):
            chosen = filters.which(known)
            st.button(t("map.clear"), key="clear-filter", on_click=filters.clear, type="tertiary")
        chosen = replace(chosen, statuses=filters.statuses())
        st.space("stretch")
        ids = gallery.turned(gallery.order(known, chosen), sum(counts(known, chosen).values()))
    return chosen, ids


@st.fragment(run_every=LOOK_EVERY_S)
def seen(chosen: CameraFilter, ids: NDArray[np.int64]) -> None:
    """Show the pictures of this page with the status of this moment."""
    known = cache.snapshot()
    failed = gallery.failed_since(known, chosen, gallery.order(known, chosen))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(gallery.counts(known, chosen), width="content")
        if failed:
            st.button(t("gallery.failed", count=f"{failed:,}"), key="anew", on_click=gallery.anew, type="tertiary")
    st.html(gallery.tiles(known, ids))


frame.open_page("gallery", cards.CSS, style.GALLERY)
if not len(cache.snapshot().ids):
    cards.empty(t("cameras.empty"), t("cameras.empty_todo"))
    st.stop()
chosen, ids = controls()
if narrowing := filters.said(replace(chosen, statuses=())):
    st.html(f'<div class="soft narrowed">{escape(narrowing)}</div>')
if len(ids):
    seen(chosen, ids)
else:
    cards.empty(t("cameras.none_found"), t("cameras.none_found_todo"))
if sum(counts(cache.snapshot(), chosen).values()) > gallery.PAGE * gallery.MOST_PAGES:
    st.html(
        f'<p class="soft fine">{escape(t("gallery.most", count=f"{gallery.PAGE * gallery.MOST_PAGES:,}"))}</p>'
    )
cards.how(t("gallery.how", minutes=f"{looking.old_s() / 60:.0f}"))
