"""Zones that people brought or drew, beside those of checkpoints: how much of each is seen, at its own level."""

from collections.abc import Callable
from html import escape
from typing import Any

import geopandas as gpd
import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from data.files.formats import ENDINGS
from data.lines.border import WHENS
from geo.see.coverage import LIGHTS
from ui import cards, leaflet, posts
from ui.layers import path
from ui.palette import Theme, palette, rgba
from ui.words import pick, t

KEY = "zones-table"
ROW_PX, TALL_PX = 36, 330
CLOSE = 14.0


def show(found: gpd.GeoDataFrame, *, on_choose: Callable[[float, float, float], None]) -> None:
    """List zones; `on_choose` is told lon, lat and a zoom of a clicked one."""
    cards.part(t("zones.others"))
    middle = shapely.point_on_surface(found.geometry.to_numpy())

    def clicked() -> None:
        cells = st.session_state[KEY].selection.cells
        if cells and cells[0][0] < len(middle):
            place = middle[cells[0][0]]
            on_choose(place.x, place.y, CLOSE)

    shares = {
        f"{when}_{light}": [posts.seen(row, when, light) for row in found.to_dict("records")]
        for when in WHENS[::-1]
        for light in LIGHTS
    }
    names = [pick(*pair) for pair in zip(found["name_th"], found["name_en"], strict=True)]
    words = pd.DataFrame(
        {
            "name": names, "layer": found["layer"], "level": found["level_px_m"], **shares,
            "cameras": found["cameras"].astype(int), "area": found["area_m2"].astype(float) / 1e6,
        }
    )  # fmt: skip
    st.dataframe(
        words, key=KEY, hide_index=True, row_height=ROW_PX, height=min(TALL_PX, ROW_PX * (len(words) + 1) + 3),
        column_config=_columns(), on_select=clicked, selection_mode="single-cell", placeholder="–",
    )  # fmt: skip


def files(level_px_m: float) -> str:
    """Return links to all zones as files, as HTML."""
    links = "".join(
        f'<a class="download" download href="/exports/zones{ending}?level={level_px_m:g}">{ending[1:]}</a>'
        for ending in ENDINGS
    )
    return f'<p class="soft downloads">{escape(t("zones.files"))} {links}</p>'


def layer(theme: Theme, found: gpd.GeoDataFrame) -> pdk.Layer:
    """Return the outlines of zones."""
    rings = [path(part.exterior) for shape in found.geometry for part in leaflet.polygons(shape)]
    return pdk.Layer(
        "PathLayer", id="other-zones", data=[{"p": ring} for ring in rings], get_path="p",
        get_color=rgba(palette(theme).soft, 220), width_units="'pixels'", get_width=1.5,
    )  # fmt: skip


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    shares = {
        f"{when}_{light}": text(t(f"zones.{when}_{light}"), width=112, alignment="right")
        for when in WHENS
        for light in LIGHTS
    }
    return {
        "name": text(t("zones.zone"), width=230),
        "layer": text(t("zones.layer"), width=130),
        "level": number(t("unit.px_m"), format="%g", width=70),
        **shares,
        "cameras": number(t("checkpoints.cameras"), width=70),
        "area": number(t("zones.area"), format="%.3f", width=80),
    }
