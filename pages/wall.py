"""The wall: the border with what is dark now, the sentence, three figures, what is down; nothing to touch."""

import streamlit as st

from ui import findings, frame, mapview, state, strip_view, style, walls
from ui.words import language, t

# A wall hangs in a dark room: dark whatever the browser prefers, and light only if somebody asks by the link.
theme = style.chosen(st.query_params.get(state.THEME, "dark"))


def drawn() -> mapview.Layers:
    """Layers of the map: the country around Sa Kaeo, and every camera there that needs somebody."""
    return [*mapview.country(theme, language=language()), walls.troubled(theme)]


@st.fragment(run_every=2)
def side() -> None:
    """Say the finding, three figures and what is down."""
    found = findings.border_now()
    st.html(f'<div class="wall-side">{walls.head()}{walls.body(found)}</div>')


style.send(style.WALL, style.fill(state.WALL_MAP), shown=theme)
frame.force_theme("wall", theme)
frame.scripts()
with st.container(key="wall"):
    with st.container(key="mapbox"):
        mapview.show_map(
            drawn,
            key=state.WALL_MAP,
            theme=theme,
            view=mapview.SA_KAEO,
            alt=t("wall.alt"),
            every=walls.LOOK_EVERY_S,
        )
    with st.container(key="side"):
        side()
    with st.container(key="stripbox"):
        strip_view.show(theme, key="strip", scale=walls.strip_scale())
