"""Gaps of a line as a table, worst first; a click on a row says which."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from data.files.gaps import GapView
from data.lines.nearness import Near
from data.lines.priority import PARTS
from geo.line.chainage import chainage
from ui import cache, cards, filters, findings, strip
from ui.labels import short_name
from ui.palette import Theme, palette
from ui.words import language, moment, t, table

KEY = "gap-table"
_PARTS = tuple(f"part_{part}" for part in PARTS)  # there where gaps are ranked by priority
_NEAR = ("road_m", "village", "village_m", "water_m", "incidents")  # there where somebody brought such a layer
ROW_PX = 36
TALL_PX = 470
FILES = {
    "xlsx": "Excel", "csv": "CSV", "kml": "KML", "shp.zip": "Shapefile", "gpkg": "GeoPackage",
    "geojson": "GeoJSON", "parquet": "GeoParquet",
}  # fmt: skip

CSS = """
.st-key-halves{display:grid!important;grid-template-columns:minmax(0,9fr) minmax(320px,5fr);gap:24px!important}
.st-key-halves>*{min-width:0;width:100%!important}
.st-key-map-box{position:relative;height:518px!important;min-height:518px;flex:none!important;overflow:hidden;
 border-radius:6px;border:1px solid var(--line)}
.st-key-map-box [data-testid=stElementToolbar]{display:none}
@media (max-width:1000px){.st-key-halves{grid-template-columns:1fr}
 .st-key-map-box{height:420px!important;min-height:0}}
"""


def ranked(gaps: pd.DataFrame) -> pd.DataFrame:
    """Worst first: what nothing sees before what may be seen, the longest first."""
    order = {"open": 0, "possible": 1}
    return gaps.assign(_rank=gaps["band"].map(order)).sort_values(
        ["_rank", "length_m"], ascending=[True, False], ignore_index=True
    ).drop(columns="_rank")  # fmt: skip


def show(
    gaps: pd.DataFrame, theme: Theme, *, on_choose: Callable[[float, float], None] | None = None, key: str = KEY
) -> None:
    """Draw the table; `on_choose` is told from and to [m] of a clicked row."""
    spans = list(zip(gaps["from_m"], gaps["to_m"], strict=True))

    def clicked() -> None:
        cells = st.session_state[key].selection.cells
        # the rows of the run that drew them, not of a newer one
        if on_choose and cells and cells[0][0] < len(spans):
            on_choose(*spans[cells[0][0]])

    st.dataframe(
        _words(gaps, theme), key=key, hide_index=True, row_height=ROW_PX, column_config=_columns(gaps),
        height=min(TALL_PX, ROW_PX * (len(gaps) + 1) + 3), on_select=clicked if on_choose else "ignore",
        selection_mode="single-cell",
        placeholder="–",
    )  # fmt: skip


def file_address(chosen: filters.Filter, name: str, least: float, near: Near) -> str:
    """
    Address of the chosen list as a file ("gaps.csv"), for an attribute of HTML; see web/downloads.py.

    Parameters
    ----------
    least
        Score below which gaps are left out, 0-1.
    near
        What gaps have to be near to.
    """
    view = GapView(
        chosen.level_px_m, light=chosen.light, when=chosen.when, within=chosen.within, least=round(least * 100),
        near=near, line=cache.watched(chosen.line),
    )  # fmt: skip
    return escape(f"/exports/{name}?{view.query()}")


def stretch_chip(from_m: float, to_m: float) -> None:
    """Say that the list holds one stretch only, and offer the whole border again."""
    with st.container(key="stretch", horizontal=True, vertical_alignment="center"):
        st.html(t("gaps.stretch", from_km=chainage(from_m), to_km=chainage(to_m)), width="content")
        st.button(t("gaps.whole"), key="whole", on_click=filters.clear_stretch, type="tertiary")


def _words(gaps: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    said = language()
    english = "" if said == "th" else "_en"
    crossing = gaps[f"nearest_crossing{english}"]
    status = gaps["nearest_status"]
    return pd.DataFrame(
        {
            "glyph": gaps["band"].map({name: _band_uri(name, theme) for name in ("open", "possible")}),
            **({"score": 100 * gaps["score"]} if "score" in gaps else {}),
            "span": gaps["from"] + "–" + gaps["to"],
            "pillars": strip.pillars(gaps, table(said)),
            "length": gaps["length_m"] / 1000,
            **{name: 100 * gaps[name] for name in _PARTS if name in gaps},
            "band": gaps["band"].map(lambda name: t(f"gaps.{name}")),
            "place": [findings.place_in_table(row) for row in gaps.to_dict("records")],
            **{name: gaps[name] for name in _NEAR if name in gaps},
            "opened_by": gaps["opened_by"].replace("", "–"),
            "since": [moment(at) if pd.notna(at) else "–" for at in gaps["since"]],
            "camera": gaps["nearest_camera"],
            "status": status.map(lambda name: cards.glyph_uri(name, theme) if isinstance(name, str) else ""),
            "camera_m": gaps["camera_m"],
            "crossing": crossing.map(short_name) if said == "th" else crossing.str.split(" (", regex=False).str[0],
            "crossing_km": gaps["crossing_m"] / 1000,
        }
    )


def _columns(gaps: pd.DataFrame) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns: dict[str, Any] = {
        "glyph": st.column_config.ImageColumn("", width=36),
        "score": number(t("priority.score"), format="%.0f", width=64),
        "span": text(t("gaps.span"), width=122),
        "pillars": text(t("pillar.title"), width=140) if _told_by_pillars(gaps) else None,
        "length": number(t("gaps.length"), format="%.2f", width=54),
        **{name: number(t(f"priority.{name}"), format="%.0f", width=64) for name in _PARTS},
        "band": text(t("gaps.band"), width=98),
        "place": text(t("gaps.place" if (gaps["subdistrict_th"] != "").any() else "filter.province"), width=150),
        "opened_by": text(t("gaps.opened_by"), width=104),
        "since": text(t("gaps.since"), width=126),
        "camera": text(t("gaps.camera"), width=100),
        "status": st.column_config.ImageColumn("", width=36),
        "camera_m": number(t("gaps.camera_m"), format="%.0f", width=70),
        "crossing": text(t("gaps.crossing"), width=150),
        "crossing_km": number(t("gaps.crossing_km"), format="%.1f", width=76),
        **{name: number(t(f"near.{name}"), format="%.0f", width=92) for name in _NEAR if name != "village"},
        "village": text(t("near.name"), width=130),
    }
    if (gaps["when"] == "planned").all():
        columns |= dict.fromkeys(("opened_by", "since"))
    return columns


def _told_by_pillars(gaps: pd.DataFrame) -> bool:
    return bool((gaps["pillar_from"] != "").any() or (gaps["pillar_to"] != "").any())


def _band_uri(band: str, theme: Theme) -> str:
    colours = palette(theme)
    shapes = {
        "open": f'<rect x="2" y="9" width="20" height="6" fill="{colours.gap_live}"/>',
        "possible": f'<rect x="2.5" y="7.5" width="19" height="9" fill="none" stroke="{colours.up}"/>'
        f'<path d="M4 16l7-8M10 16l7-8M16 16l5-6" stroke="{colours.up}" stroke-width="1.4"/>',
    }
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{shapes[band]}</svg>'
    )
    return f"data:image/svg+xml,{quote(picture)}"
