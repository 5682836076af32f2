"""How well cameras were kept: available, unknown, repaired, by agency, province, contract or camera."""

from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from data.filters import rows
from data.watch.service import ServiceHours
from data.watch.uptime import MOST_CAMERAS
from ui import cache, cards, filters, frame, pastline, strip_view, style, uptimes
from ui.palette import palette
from ui.words import day, percent, province, span, t

ROWS_MOST = 500  # a browser is not sent more; the file holds all
TABLE = "uptime-table"
GREY = palette(style.theme()).unknown  # colour is kept for status


def figures(whole: pd.Series) -> None:
    """Show the country's figures, unknown time beside them."""
    cards.figures(
        [
            cards.Figure(
                percent(whole["availability"]), "%", t("uptime.availability"),
                t("camera.unknown", share=percent(whole["unknown"])),
            ),
            cards.Figure(f"{whole['outages']:,.0f}", "", t("uptime.outages")),
            cards.Figure(lasted(whole["mttr_s"]), "", t("uptime.mttr")),
            cards.Figure(lasted(whole["mtbf_s"]), "", t("uptime.mtbf")),
        ]
    )  # fmt: skip


def lasted(seconds: float) -> str:
    """A length of time in words; a dash where there is none."""
    return "–" if pd.isna(seconds) else span(timedelta(seconds=float(seconds)))


def finding(whole: pd.Series, table: pd.DataFrame) -> str:
    """Say in a sentence how the cameras did, and who did worst."""
    if pd.isna(whole["availability"]):
        return t("uptime.finding_never", days=days)
    said = t(
        "uptime.finding",
        days=days,
        share=percent(whole["availability"]),
        unknown=percent(whole["unknown"]),
    )
    if by == "camera" or len(table) < 2 or pd.isna(table["availability"].iloc[0]):
        return said
    worst = table.iloc[0]
    return said + t("uptime.finding_worst", name=named(worst["name"]), share=percent(worst["availability"]))


def named(group: Any) -> str:
    """Return the name of a group in the page's language, as far as it has one."""
    if not isinstance(group, str) or not group:
        return t("uptime.nameless")
    return province(group) if by == "province" else group


def listed(table: pd.DataFrame) -> str | None:
    """List the groups, the worst first; returns the key of the one chosen."""
    shown = table.head(ROWS_MOST)
    words = pd.DataFrame(
        {
            "name": shown["name"].map(named),
            "cameras": shown["cameras"],
            "availability": 100 * shown["availability"],
            "unknown": 100 * shown["unknown"],
            "degraded": 100 * shown["degraded"],
            "maintenance": 100 * shown["maintenance"],
            "outages": shown["outages"],
            "down": shown["down_h"].round(),
            "mttr": shown["mttr_s"].map(lasted),
            "mtbf": shown["mtbf_s"].map(lasted),
        }
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    picked = st.dataframe(
        words, key=TABLE, hide_index=True, row_height=36, height=min(620, 36 * len(words) + 39), placeholder="–",
        on_select="rerun", selection_mode="single-row", column_config={
            "name": text(t(f"filter.{by}"), width=190),
            "cameras": None if by == "camera" else number(t("uptime.cameras"), format="localized", width=66),
            "availability": st.column_config.ProgressColumn(
                t("uptime.availability"), format="%.1f %%", max_value=100, width=150, color=GREY
            ),
            "unknown": number(t("uptime.unknown"), format="%.1f %%", width=82),
            "degraded": number(t("uptime.degraded"), format="%.1f %%", width=82),
            "maintenance": number(t("status.maintenance").capitalize(), format="%.1f %%", width=90),
            "outages": number(t("uptime.outages"), format="localized", width=66),
            "down": number(t("uptime.down"), format="localized", width=76),
            "mttr": text(t("uptime.mttr"), width=126),
            "mtbf": text(t("uptime.mtbf"), width=126),
        },
    )  # fmt: skip
    if len(table) > len(shown):
        said = t("uptime.more", count=f"{len(table):,}", shown=f"{len(shown):,}")
        st.html(f'<p class="soft fine">{escape(said)}</p>')
    chosen = [row for row in picked.selection.rows if row < len(shown)]
    return str(shown["key"].iloc[chosen[0]]) if chosen else None


def drawn(key: str | None, name: str) -> None:
    """Draw the days of the group chosen, of the country while none is."""
    kept = cache.uptime_by_day(by if key is not None else "all", key or "", days)
    cards.part(t("uptime.by_day", name=name))
    if not kept[["up_s", "degraded_s", "down_s", "maintenance_s"]].to_numpy().any():
        st.html(f'<p class="soft">{escape(t("uptime.no_day"))}</p>')
        return
    with st.container(key="strip-uptime"):
        st.altair_chart(
            uptimes.chart(kept, style.theme()), theme=None, key="uptime-chart", alt=t("uptime.chart_alt")
        )
    st.html(pastline.key() + (f'<p class="soft fine">{escape(t("uptime.chart_whole"))}</p>' if hours else ""))


def cameras() -> tuple[tuple[int, ...], str]:
    """Ask which cameras are listed one by one; returns their ids and the query of the filter."""
    known = cache.snapshot()
    with st.popover(t("map.filter"), key="more-filters", width="content"):
        chosen = filters.which(known)
        st.button(t("map.clear"), key="clear-filter", on_click=filters.clear, type="tertiary")
    return tuple(known.ids[rows(known, chosen)].tolist()), chosen.query()


def files(query: str) -> str:
    """Links to what is shown, as files: of the same window, to the minute."""
    begin, end = cache.window(days)
    said = {"by": by, "from": begin.isoformat(), "to": end.isoformat()} | ({"hours": hours} if hours else {})
    asked = escape("&".join(filter(None, (urlencode(said), query))))
    links = "".join(
        f'<a class="download" download href="/exports/uptime.{ending}?{asked}">{ending.upper()}</a>'
        for ending in ("csv", "xlsx")
    )
    return f'<p class="soft downloads">{escape(t("uptime.files"))} {links}</p>'


frame.open_page("uptime", cards.CSS, strip_view.CSS, pastline.CSS)
if not len(cache.snapshot().ids):
    cards.empty(t("uptime.none"), t("uptime.none_todo"))
    st.stop()
sentence, head = st.container(), st.container(key="head")
with head:
    left = st.container()
    days, by, hours = filters.period()
service = ServiceHours.parse(hours) if hours else None
ids, query = cameras() if by == "camera" else ((), "")
if len(ids) > MOST_CAMERAS:
    st.html(f'<p class="soft">{escape(t("uptime.many", count=f"{len(ids):,}", most=f"{MOST_CAMERAS:,}"))}</p>')
    ids = ids[:MOST_CAMERAS]
whole = cache.uptime("all", days, service).iloc[0]
table = cache.uptime(by, days, service, ids)
with sentence:
    cards.sentence(finding(whole, table))
with left:
    figures(whole)
place = st.container()
key = listed(table)
chosen = table[table["key"].astype(str) == key]
with place:
    drawn(key, named(chosen["name"].iloc[0]) if len(chosen) else t("uptime.country"))
st.html(files(query))
cards.how(t("uptime.how", until=day(cache.now())))
