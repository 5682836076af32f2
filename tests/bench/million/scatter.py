"""The rival: 100,000 cameras as pydeck's ScatterplotLayer in JSON; `streamlit run` runs this file."""

import os

import pandas as pd
import pydeck as pdk
import streamlit as st

TABLE = "BENCH_SCATTER"  # names the file of its cameras: lon, lat, st


@st.cache_resource
def cameras() -> pd.DataFrame:
    """Columns of the cameras, read once: the page itself has as little to do as can be."""
    return pd.read_parquet(os.environ[TABLE])


st.set_page_config(layout="wide")
layer = pdk.Layer(
    "ScatterplotLayer", cameras(), get_position="[lon, lat]", radius_units="'pixels'", get_radius=3,
    # the colours of our own discs, so that one test of pixels does for both
    get_fill_color="st == 2 ? [213, 94, 0] : [91, 120, 144]",
)  # fmt: skip
view = pdk.ViewState(longitude=101.2, latitude=13.2, zoom=4.9)
st.pydeck_chart(pdk.Deck([layer], initial_view_state=view, map_provider=None), height=700)
