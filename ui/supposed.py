"""What is only supposed, drawn: the strip with what would change on it, the same on the map and as a table."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from zlib import crc32

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd
import pydeck as pdk
import streamlit as st
from numpy.typing import NDArray

from data.fleet import UP, Snapshot
from data.geography import SAKAEO
from data.inventory import status_codes
from data.kept import Kept
from data.lines import border, border_now
from data.models import Status
from geo.see.coverage import LIGHTS
from ui import cache, findings, layers, strip, strip_data, strip_view
from ui.palette import Palette, Theme, palette, rgba
from ui.words import km, language, t

ROW_PX, TALL_PX = 36, 292
_KEPT = 12  # strips: a few readers, each with a thing or two they try
_MARK_PX = {"day": 57.5, "night": 105.0}  # above the day's bar, below the night's
_SHAPES = {"day": "triangle-down", "night": "triangle-up"}
_TO = "\u2060–\u2060"  # a band is never torn at the end of a line
Stretches = Mapping[str, gpd.GeoDataFrame]  # by light, as `data.lines.losing.changed` gives them


def metres(low: float, high: float) -> str:
    """A length or a band of lengths with its unit: 669 m, 120–340 m, 2.3–2.9 km."""
    if high < 950:
        ends = [f"{value:.0f}" for value in (low, high)]
        unit = t("unit.m")
    else:
        ends, unit = [km(value) for value in (low, high)], t("unit.km")
    return f"{ends[0] if ends[0] == ends[1] else _TO.join(ends)}\u00a0{unit}"


def statuses(known: Snapshot, when: str, fallen: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """Status codes of every camera as it is supposed: as now, or all working; `fallen` rows are down."""
    supposed = np.full(len(known.ids), UP, np.uint8) if when == border.PLANNED else known.status.copy()
    if fallen is not None:
        supposed[fallen] = status_codes(Status.DOWN)
    return supposed


def show_strip(
    theme: Theme,
    known: Snapshot,
    supposed: NDArray[np.uint8],
    changes: Stretches,
    *,
    key: str,
    level_px_m: float,
    lost: bool,
    on_choose: Callable[[strip_view.Choice], None],
    line: str = SAKAEO,
) -> None:
    """
    Draw the strip as it would be, with a mark at each stretch that changes.

    Parameters
    ----------
    supposed
        Status of every camera, see `statuses`.
    lost
        Whether the changes are losses, drawn as gaps are, or gains.
    """
    chart, name = (
        _chart(theme, known, supposed, changes, level_px_m, line, lost=lost),
        strip_view.key_for(key, line),
    )
    event = st.altair_chart(
        chart, theme=None, key=name, width="stretch", on_select="rerun", alt=strip_view.alt_of(line)
    )
    strip_view.told(event, name, on_choose, line)
    st.html(f"<style>{strip_view.CSS}</style>{_key(lost=lost)}")


def layer_of(theme: Theme, changes: gpd.GeoDataFrame, *, lost: bool) -> list[pdk.Layer]:
    """Return the stretches that change as layers of a map: solid where it is sure, dashed where only possible."""
    colours = palette(theme)
    rows = [
        {"p": layers.path(row.geometry), "d": [0, 0] if _sure(row.was, row.band, lost=lost) else [3, 2]}
        for row in changes.itertuples()
    ]
    same = {"data": rows, "get_path": "p", "cap_rounded": True, "joint_rounded": True}
    ink = colours.gap_live if lost else colours.up
    return [
        pdk.Layer("PathLayer", id="supposed-casing", get_color=rgba(colours.text), **_wide(11), **same),
        pdk.Layer("PathLayer", id="supposed-ground", get_color=rgba(colours.casing), **_wide(8), **same),
        pdk.Layer(
            "PathLayer", id="supposed", get_color=rgba(ink), extensions=[layers.DASHED], get_dash_array="d",
            **_wide(8), **same,
        ),
    ]  # fmt: skip


def _wide(most_px: float, least_px: float = 4.0) -> dict[str, float]:
    """How wide a stretch is drawn: less from afar, where many would run into each other."""
    return {"get_width": 30 * most_px, "width_min_pixels": least_px, "width_max_pixels": most_px}


def rings(theme: Theme, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pdk.Layer:
    """Return a ring around each camera that is supposed to be off; small from afar, where they are many."""
    rows = [{"c": [float(x), float(y)]} for x, y in zip(lon, lat, strict=True)]
    return pdk.Layer(
        "ScatterplotLayer", id="off", data=rows, get_position="c", filled=False, stroked=True,
        get_line_color=rgba(palette(theme).text), radius_units="'meters'", get_radius=300, radius_min_pixels=2.5,
        radius_max_pixels=12, get_line_width=50, line_width_min_pixels=0.8, line_width_max_pixels=2.5,
    )  # fmt: skip


def show_stretches(
    changes: Stretches, theme: Theme, *, key: str, lost: bool, on_choose: Callable[[float, float], None]
) -> None:
    """List the stretches that change, sure and long ones first; `on_choose` gets from, to [m] of a clicked row."""
    table = pd.concat([changes[light] for light in LIGHTS], ignore_index=True)
    table = table.iloc[np.lexsort((-table["length_m"], ~firm(table, lost=lost)))].reset_index(drop=True)
    spans = list(zip(table["from_m"], table["to_m"], strict=True))
    name = f"{key}-{crc32(repr(spans).encode())}"  # nothing is picked yet in a table of other stretches

    def clicked() -> None:
        cells = st.session_state[name].selection.cells
        if cells and cells[0][0] < len(spans):  # the rows of the run that drew them, not of a newer one
            on_choose(*spans[cells[0][0]])

    st.dataframe(
        _words(table, theme), key=name, hide_index=True, row_height=ROW_PX, column_config=_columns(lost=lost),
        height=min(TALL_PX, ROW_PX * (len(table) + 1) + 3), on_select=clicked, selection_mode="single-cell",
    )  # fmt: skip


def where(changes: Stretches, *, lost: bool) -> str:
    """Say where most of it is: the longest stretch, one that is sure and by day if there is such a one."""
    tables = [changes[light][firm(changes[light], lost=lost)] for light in LIGHTS] + [changes[x] for x in LIGHTS]
    table = next((one for one in tables if len(one)), None)
    if table is None:
        return ""
    row: dict[Hashable, Any] = table.loc[table["length_m"].idxmax()].to_dict()
    return t("whatif.where", place=findings.place(row), span=f"{row['from']}–{row['to']}")


def firm(changes: pd.DataFrame, *, lost: bool) -> "pd.Series[bool]":
    """Which changes are of what was surely seen, or of what will be; the rest was or will only be possible."""
    return changes["was" if lost else "band"] == border.BANDS[0]


def _sure(was: str, band: str, *, lost: bool) -> bool:
    """Whether a change is sure: from surely seen to nothing, or to surely seen."""
    return (was, band) == ("certain", "open") if lost else band == "certain"


def _words(table: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    uri = {name: _picture(name, theme) for name in border.BANDS}
    return pd.DataFrame(
        {
            "was": table["was"].map(uri),
            "glyph": table["band"].map(uri),
            "light": table["light"].map(lambda light: t(f"light.{light}")),
            "span": table["from"] + "–" + table["to"],
            "length": table["length_m"],
            "change": [
                t("whatif.change", was=t(f"band.{was}"), band=t(f"band.{band}"))
                for was, band in zip(table["was"], table["band"], strict=True)
            ],
            "gap": table["gap_m"] / 1000,
            "place": [findings.place(row) for row in table.to_dict("records")],
        }
    )


def _picture(band: str, theme: Theme) -> str:
    """A band as the strip draws it, for a cell of a table: solid, hatched, bare."""
    ink, soft = palette(theme).up, palette(theme).soft
    shapes = {
        "certain": f'<rect x="2" y="7" width="20" height="10" fill="{ink}"/>',
        "possible": f'<rect x="2.5" y="7.5" width="19" height="9" fill="none" stroke="{ink}"/>'
        f'<path d="M4 16l7-8M10 16l7-8M16 16l5-6" stroke="{ink}" stroke-width="1.4"/>',
        "open": f'<path d="M2 17h20" stroke="{soft}" stroke-width="1.5"/>',
    }
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{shapes[band]}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _columns(*, lost: bool) -> dict[str, Any]:
    number, text, picture = (
        st.column_config.NumberColumn,
        st.column_config.TextColumn,
        st.column_config.ImageColumn,
    )
    columns: dict[str, Any] = {
        "was": picture(t("whatif.was"), width=46),
        "glyph": picture(t("whatif.becomes"), width=46),
        "light": text(t("filter.light"), width=66),
        "span": text(t("gaps.span"), width=118),
        "length": number(t("unit.m"), format="%.0f", width=48),
        "change": text(t("whatif.changes"), width=170),
        "place": text(t("gaps.place"), width=148),
        "gap": number(t("whatif.gap_km"), format="%.2f", width=72),
    }
    return columns if lost else columns | {"gap": None}


def _chart(
    theme: Theme,
    known: Snapshot,
    supposed: NDArray[np.uint8],
    changes: Stretches,
    level_px_m: float,
    line: str,
    *,
    lost: bool,
) -> alt.LayerChart:
    said, of = language(), cache.watched(line)
    spans = tuple((light, *row) for light in LIGHTS for row in _spans(changes[light]))

    def make() -> alt.LayerChart:
        covers = {light: border_now.cover(known, level_px_m, light, of) for light in LIGHTS}
        heat = cache.kept_up(level_px_m, line)
        data = strip_data.prepare(
            covers, known.inventory, supposed, border.LIVE, heat, since=known.since, pillars=of.pillars
        )
        now = {light: border.stretches(cover, supposed, border.LIVE) for light, cover in covers.items()}
        runs = [_runs(now[light], changes[light], lost=lost).assign(row=light) for light in LIGHTS]
        chart = strip.chart(replace(data, runs=pd.concat(runs)), theme, language=said)
        return _marked(chart, changes, data.length, palette(theme), lost=lost)

    kept: Kept = known.kept.get("supposed strips", lambda: Kept(_KEPT))
    seen_by = supposed[border_now.watching(known, level_px_m, of)].tobytes()
    return kept.get((of.key, of.told_by, theme, said, level_px_m, lost, spans, seen_by), make)


def _spans(changes: gpd.GeoDataFrame) -> list[tuple[float, float, str]]:
    return list(zip(changes["from_m"], changes["to_m"], changes["band"], strict=True))


def _runs(now: pd.DataFrame, changes: gpd.GeoDataFrame, *, lost: bool) -> pd.DataFrame:
    """The line by band, and over it what changes: losses as "down" is drawn, gains as what they would be."""
    over = changes.assign(band=strip_data.DOWN) if lost else changes
    both = pd.concat([frame[["from_m", "to_m", "band"]] for frame in (now, over)])
    return pd.DataFrame({"a": both["from_m"] / 1000, "b": both["to_m"] / 1000, "band": both["band"]})


def _marked(
    chart: alt.LayerChart, changes: Stretches, length_km: float, colours: Palette, *, lost: bool
) -> alt.LayerChart:
    """A strip with a small triangle at each change, hollow where only possible: 200 m are a pixel wide."""
    ink = colours.gap_live if lost else colours.up
    x = alt.X("a:Q", scale=alt.Scale(domain=[0, length_km], nice=False), axis=None)
    for light, table in changes.items():
        if len(table):
            at = pd.DataFrame({"a": (table["from_m"] + table["to_m"]) / 2000, "firm": firm(table, lost=lost)})
            for filled, some in at.groupby("firm"):
                mark = alt.Chart(some).mark_point(
                    shape=_SHAPES[light], filled=bool(filled), color=ink, opacity=1, size=46 if filled else 34,
                    strokeWidth=1.2,
                )  # fmt: skip
                chart.layer.append(mark.encode(x=x, y=alt.YValue(_MARK_PX[light])))  # type: ignore[no-untyped-call]
    return chart


def _key(*, lost: bool) -> str:
    keys = [("certain", "band.certain"), ("possible", "band.possible")]
    keys += [("lost", "whatif.key_lost")] if lost else []
    keys += [("heat", "strip.key_heat"), ("unwatched", "strip.key_unwatched")]
    parts = "".join(f'<span><i class="key {css}"></i>{t(word)}</span>' for css, word in keys)
    tick, said = ("lost", "whatif.key_mark") if lost else ("won", "whatif.key_won")
    marks = f'<span><i class="tick {tick}">▼</i>{t(said)}</span>'
    maybe = f'<span><i class="tick {tick}">▽</i>{t(f"whatif.key_maybe_{tick}")}</span>'
    return f'<div class="strip-key">{parts}{marks}{maybe}</div>'
