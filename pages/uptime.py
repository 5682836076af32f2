"""How well cameras were kept: availability, unknown time, outages and repair by agency, province or camera."""

from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from data import formats
from ui import cache, cards, filters, frame, style, uptimes
from ui.palette import palette
from ui.words import day, percent, province, span, t

ROWS_MOST = 500  # a browser is not sent more; the file holds all
GREY = palette(style.theme()).unknown  # colour is kept for status


def figures(known: pd.DataFrame) -> None:
    """Show the country's figures, unknown time beside them."""
    all_of_it = uptimes.total(known)
    mttr = all_of_it["mttr_s"]
    repair = "–" if pd.isna(mttr) else span(timedelta(seconds=float(mttr)))
    cards.figures(
        [
            cards.Figure(percent(all_of_it["availability"]), "%", t("uptime.availability")),
            cards.Figure(percent(all_of_it["unknown"]), "%", t("uptime.unknown_long")),
            cards.Figure(f"{all_of_it['outages']:,.0f}", "", t("uptime.outages")),
            cards.Figure(repair, "", t("uptime.mttr")),
        ]
    )


def finding(known: pd.DataFrame, table: pd.DataFrame) -> str:
    """Say in a sentence how the cameras did, and who did worst."""
    all_of_it = uptimes.total(known)
    if pd.isna(all_of_it["availability"]):
        return t("uptime.finding_never", days=days)
    said = t(
        "uptime.finding",
        days=days,
        share=percent(all_of_it["availability"]),
        unknown=percent(all_of_it["unknown"]),
    )
    worst = table.iloc[0]
    if by == "camera" or len(table) < 2 or pd.isna(worst["availability"]):
        return said
    return said + t("uptime.finding_worst", name=named(worst["name"]) or "–", share=percent(worst["availability"]))


def named(group: Any) -> Any:
    """Return the name of a group in the page's language, as far as it has one."""
    return province(group) if by == "province" and isinstance(group, str) else group


def listed(table: pd.DataFrame) -> None:
    """List the groups, worst first."""
    shown = table.head(ROWS_MOST)
    words = pd.DataFrame(
        {
            "name": shown["name"].map(named).fillna("–"),
            "cameras": shown["cameras"],
            "availability": 100 * shown["availability"],
            "unknown": 100 * shown["unknown"],
            "outages": shown["outages"],
            "down": (shown["down_s"] / 3600).round(),
            "mttr": shown["mttr_s"].map(lambda s: "–" if pd.isna(s) else span(timedelta(seconds=float(s)))),
        }
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        words, key="uptime-table", hide_index=True, row_height=36, height=min(620, 36 * len(words) + 39),
        placeholder="–", column_config={
            "name": text(t(f"filter.{by}"), width=198),
            "cameras": None if by == "camera" else number(t("uptime.cameras"), format="localized", width=70),
            "availability": st.column_config.ProgressColumn(
                t("uptime.availability"), format="%.1f %%", max_value=100, width=150, color=GREY
            ),
            "unknown": number(t("uptime.unknown"), format="%.1f %%", width=82),
            "outages": number(t("uptime.outages"), format="localized", width=76),
            "down": number(t("uptime.down"), format="localized", width=80),
            "mttr": text(t("uptime.mttr"), width=132),
        },
    )  # fmt: skip
    if len(table) > len(shown):
        said = t("uptime.more", count=f"{len(table):,}", shown=f"{len(shown):,}")
        st.html(f'<p class="soft fine">{escape(said)}</p>')


def file(table: pd.DataFrame) -> bytes:
    """Return the whole table as CSV."""
    return formats.to_bytes(table, {}, ".csv")


frame.open_page("uptime", cards.CSS)
if not len(cache.snapshot().ids):
    cards.empty(t("uptime.none"), t("uptime.none_todo"))
    st.stop()
sentence, head = st.container(), st.container(key="head")
with head:
    left = st.container()
    days, by = filters.period()
known = cache.availability(days)
table = uptimes.grouped(known, cache.snapshot().inventory, by)
with sentence:
    cards.sentence(finding(known, table))
with left:
    figures(known)
listed(table)
st.download_button(
    t("uptime.download"), lambda: file(table), f"uptime-{by}-{days}d.csv", key="download-uptime", on_click="ignore"
)
cards.how(t("uptime.how", until=day(cache.now())))
