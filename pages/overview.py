"""One sentence, six figures, a small map, the five largest gaps, the 20 % programme, and the border strip."""

from html import escape

import streamlit as st

from data.settings import settings
from geo.see.levels import BORDER_LEVEL_PX_M
from ui import findings, frame, mapview, shares, state, strip_view, style
from ui.words import t

theme = style.theme()


def drawn() -> mapview.Layers:
    """Layers of the small map: counts and gaps, no names."""
    return mapview.country(theme)


@st.fragment(run_every=5)
def figures() -> None:
    """Say the finding and show the six figures; they follow the worker."""
    state_now = findings.border_now()
    st.html(f'<h1 class="finding panel">{findings.sentence(state_now)}</h1>')
    st.html(f'<div class="six panel">{"".join(findings.six(state_now))}</div>')


frame.open_page("overview", style.OVERVIEW, style.fill(state.SMALL_MAP))
figures()
with st.container(key="split"):
    with st.container(key="country-box"):
        mapview.show_map(
            drawn, key=state.SMALL_MAP, theme=theme, view=mapview.THAILAND_SMALL, height="stretch",
            alt=t("overview.map_alt"), every=3,
        )  # fmt: skip
        with st.container(key="disc-key"):
            st.html(findings.map_key())
    with st.container(key="beside"):
        st.html(f'<section class="panel">{findings.largest_gaps(5)}</section>')
    with st.container(key="programme"):
        for by in ("province", "agency"):
            st.html(f'<section class="panel">{shares.bars(by)}</section>')
with st.container(key="strip-box"):
    st.html(f"<h2>{escape(t('overview.strip_title'))}</h2>")
    strip_view.show(theme, key="strip")
with st.expander(t("app.how")):
    st.text(t("overview.how", level=f"{BORDER_LEVEL_PX_M:g}", edition=settings().edition))
