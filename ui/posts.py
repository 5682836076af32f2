"""Checkpoints as a table, as a card and as a zone on the map."""

from collections.abc import Callable, Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd
import pydeck as pdk
import streamlit as st

from data import geography
from data.checkpoints import zones
from data.lines.border import LIVE
from ui import cache, cards, glyphs
from ui.labels import short_name
from ui.layers import DASHED, path
from ui.palette import STATUSES, WORST_FIRST, Theme, palette, rgba
from ui.words import day, moment, pick, t

KEY = "posts-table"
ROW_PX, TALL_PX = 36, 640
WHOLE = 0.995  # a share that is shown as 100

CSS = """
.st-key-halves{display:grid!important;grid-template-columns:minmax(0,9fr) minmax(320px,5fr);gap:24px!important}
.st-key-halves>*{min-width:0;width:100%!important}
.st-key-post-map{position:relative;height:360px!important;min-height:360px;flex:none!important;overflow:hidden;
 border-radius:6px;border:1px solid var(--line)}
.st-key-post-map [data-testid=stElementToolbar]{display:none}
.post h3{font-size:17px;font-weight:600;line-height:1.5;padding:0;margin:0} .post .row .value{font-size:24px}
.post .counts{display:flex;flex-wrap:wrap;gap:2px 14px;margin:4px 0 8px;font-size:14px}
.post .tag{border:1px dashed var(--soft);border-radius:3px;padding:0 6px;font-size:13px;color:var(--soft)}
@media (max-width:1000px){.st-key-halves{grid-template-columns:1fr}}
"""


def share(certain: float, possible: float) -> str:
    """Return a share of a zone as a band of percents: 61–80, one figure where both are the same."""
    low, high = (f"{100 * value:.0f}" for value in (certain, certain + possible))
    return low if low == high else f"{low}–{high}"


def seen(zone: Mapping[Hashable, Any], when: str, light: str) -> str:
    """Return what is seen of a zone as a band of percents, with the word for its state where it is of now."""
    said = share(zone[f"{when}_{light}_certain"], zone[f"{when}_{light}_possible"])
    state = zone[f"{light}_state"]
    return f"{t(f'lanes.{state}')} {said}" if when == LIVE else said


def show(posts: pd.DataFrame, theme: Theme, *, on_choose: Callable[[str], None]) -> None:
    """Draw the table; `on_choose` is told the code of a clicked row."""
    codes = list(posts["code"])

    def clicked() -> None:
        cells = st.session_state[KEY].selection.cells
        if cells and cells[0][0] < len(codes):
            on_choose(codes[cells[0][0]])

    provinces = geography.load_provinces().set_index("code")
    province = provinces.reindex(posts["province_code"]).reset_index()
    words = pd.DataFrame(
        {
            "glyph": [_worst(row, theme) for row in posts.to_dict("records")],
            "name": [pick(short_name(th), en) for th, en in zip(posts["name_th"], posts["name_en"], strict=True)],
            "province": [pick(th, en) for th, en in zip(province["name_th"], province["name_en"], strict=True)],
            "day": [share(*pair) for pair in zip(posts["certain"], posts["possible"], strict=True)],
            "night": [share(*pair) for pair in zip(posts["night_certain"], posts["night_possible"], strict=True)],
            "cameras": posts["cameras"],
            **{name: posts[name] for name in ("down", "unknown")},
            "zone": posts["assumed"].map({True: t("checkpoints.assumed"), False: t("checkpoints.drawn")}),
            "opening": [_opening(row) for row in posts.to_dict("records")],
            "certainty": posts["certainty"].map(lambda name: t(f"checkpoints.{name}")),
        }
    )  # fmt: skip
    st.dataframe(
        words, key=KEY, hide_index=True, row_height=ROW_PX, height=min(TALL_PX, ROW_PX * (len(words) + 1) + 3),
        column_config=_columns(), on_select=clicked, selection_mode="single-cell", placeholder="–",
    )  # fmt: skip


def card(post: pd.Series, zone: pd.Series, *, when: str) -> str:
    """
    Return what is known of one checkpoint as HTML.

    Parameters
    ----------
    zone
        Its row of `data.posts.watched.post_zones`: a zone somebody drew is told at its own level too.
    """
    counts = "".join(
        f"<span>{glyphs.html(name)} {escape(t(f'status.{name}'))} {int(post[name]):,}</span>" for name in STATUSES
    )
    said = t(f"checkpoints.{when}").strip()
    held = f'<span class="soft fine">{escape(said)}</span> '
    tag = f'<span class="tag">{escape(t("checkpoints.assumed"))}</span>' if post["assumed"] else ""
    cut = f' <span class="soft fine">{escape(t("checkpoints.cut"))}</span>' if post["cut"] else ""
    figures = "".join(
        f'<div><div class="value">{share(certain, possible)}<span class="unit">%</span></div>'
        f'<div class="label">{escape(t(f"checkpoints.seen_{light}"))}</div></div>'
        for light, certain, possible in (
            ("day", post["certain"], post["possible"]),
            ("night", post["night_certain"], post["night_possible"]),
        )
    )
    pairs = [
        *_drawn(zone, when),
        (t("checkpoints.opening"), _opening(post.to_dict())),
        (t("checkpoints.certainty"), t(f"checkpoints.{post['certainty']}")),
        (t("card.position"), f"{post['lat']:.5f}, {post['lon']:.5f}"),
    ]
    return (
        f'<div class="post"><h3>{escape(pick(post["name_th"], post["name_en"]))}</h3>{held}{tag}{cut}'
        f'<div class="row">{figures}</div>'
        f'<div class="counts">{counts}</div>{cards.facts(pairs)}</div>'
    )


def _drawn(zone: pd.Series, when: str) -> list[tuple[str, str | None]]:
    """What a zone that somebody drew asks for, what is seen of it at that level, and who drew it when."""
    if zone["assumed"]:
        return []
    day, night = (seen(zone.to_dict(), when, light) for light in ("day", "night"))
    asks = t("zones.asks_told", level=f"{zone['level_px_m']:g}", day=day, night=night)
    told: list[tuple[str, str | None]] = [(t("zones.asks"), asks)]
    if pd.notna(zone["drawn_at"]):
        told.append((t("zones.drawn_by"), f"{zone['drawn_by']}, {moment(zone['drawn_at'].to_pydatetime())}"))
    return told


def zone(theme: Theme, code: str) -> pdk.Layer:
    """Return the zone of a checkpoint: a thin line, dashed where it is only assumed."""
    posts = geography.checkpoints(cache.database())
    place = zones(posts[posts["code"] == code].reset_index(drop=True)).iloc[0]
    rings = [path(part.exterior) for part in getattr(place.geometry, "geoms", [place.geometry])]
    return pdk.Layer(
        "PathLayer", id="zone", data=[{"p": ring} for ring in rings], get_path="p",
        get_color=rgba(palette(theme).text, 200), width_units="'pixels'", get_width=1.5, extensions=[DASHED],
        get_dash_array=[5, 4] if place["assumed"] else [0, 0],
    )  # fmt: skip


def _worst(post: Mapping[Hashable, Any], theme: Theme) -> str:
    """Picture of the worst status a camera of the zone has; none where there is no camera."""
    return next((cards.glyph_uri(name, theme) for name in WORST_FIRST if post[name]), "")


def _opening(post: Mapping[Hashable, Any]) -> str:
    said = t(f"checkpoints.{post['opening']}")
    return (
        f"{said} ({day(post['opening_on'])})"
        if post["opening_on"] is not None and pd.notna(post["opening_on"])
        else said
    )


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "glyph": st.column_config.ImageColumn("", width=36),
        "name": text(t("checkpoints.name"), width=206),
        "province": text(t("filter.province"), width=112),
        "day": text(t("checkpoints.day"), width=70, alignment="right"),
        "night": text(t("checkpoints.night"), width=70, alignment="right"),
        "cameras": number(t("checkpoints.cameras"), width=66),
        "down": number(t("status.down").capitalize(), width=54),
        "unknown": number(t("status.unknown").capitalize(), width=70),
        "zone": text(t("checkpoints.zone"), width=106),
        "opening": text(t("checkpoints.opening"), width=120),
        "certainty": text(t("checkpoints.certainty"), width=110),
    }
