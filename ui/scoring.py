"""Gaps by priority: the score beside its parts, and the weights that people set."""

from collections.abc import Sequence
from html import escape

import geopandas as gpd
import pandas as pd
import streamlit as st

from data.geography import SAKAEO
from data.lines.nearness import HALF_AGE_DAYS, INCIDENT_NEAR_M, UNDATED, Places, places
from data.lines.priority import (
    MORE,
    MOST,
    NEARER,
    PARTS,
    SEEN_DAYS,
    Formula,
    formula,
    parts_of,
    scores,
    set_formula,
)
from data.watch.maintenance import TEXT_MOST
from ui import cache, filters, state
from ui.acting import ask_who
from ui.words import moment, t


def ranked(gaps: gpd.GeoDataFrame, level_px_m: float, light: str, line: str = SAKAEO) -> gpd.GeoDataFrame:
    """Gaps with score and parts of it, 0-1, the highest first; those of equal score as they came."""
    if gaps.empty:
        return gaps
    seen = cache.seen_shares(SEEN_DAYS, level_px_m, light, line)
    table = scores(gaps, seen, formula(cache.database()))
    found: gpd.GeoDataFrame = gaps.join(table).sort_values(
        "score", ascending=False, kind="stable", na_position="last", ignore_index=True
    )
    return found


def brought() -> Places:
    """Return what people brought of the country for gaps to be near to."""
    return places(cache.database())


def nearby(gaps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Gaps with how near they are to what people brought; as they are where nobody brought anything."""
    found: gpd.GeoDataFrame = gaps.join(brought().of(gaps, cache.now()))
    return found


def told_missing() -> None:
    """Say of what a link asks for gaps near to it, and nobody brought a layer."""
    for kind in filters.unknown_kinds(brought().kinds):
        st.html(f'<p class="soft">{escape(t("near.no_layer", kind=t(f"near.kind_{kind}")))}</p>')


def told(gaps: pd.DataFrame) -> None:
    """Say how the score of such gaps is made, and let the reader set other weights."""
    held, parts = formula(cache.database()), parts_of(gaps)
    with st.expander(t("priority.title"), key="priority"):
        how = [*map(_how, parts), t("priority.how_unknown")]
        if missing := [t(f"priority.{part}") for part in PARTS if part not in parts]:
            how.append(t("priority.no_layer", parts=", ".join(missing)))
        lines = "<br>".join(map(escape, how))
        st.html(f'<p class="soft">{escape(_said(held, parts))}</p><p class="soft">{lines}</p>')
        _ask(held)


def _how(part: str) -> str:
    if part == "open":
        return t("priority.how_open", days=SEEN_DAYS)
    if part == "incidents":
        return t(
            "priority.how_incidents", km=f"{INCIDENT_NEAR_M / 1000:g}", days=f"{HALF_AGE_DAYS:g}", undated=UNDATED,
            half=f"{MORE[part][1]:g}",
        )  # fmt: skip
    return t(f"priority.how_{part}", half=f"{({**MORE, **NEARER})[part][1] / 1000:g}")


def _said(held: Formula, parts: Sequence[str]) -> str:
    weights = " + ".join(
        f"{held.weights[part]:g} × {t(f'priority.{part}')}" for part in parts if held.weights[part]
    )
    who = t("priority.set_by", by=held.by, at=moment(held.at), note=held.note) if held.number else ""
    return f"{t('priority.formula', weights=weights)} {who}".strip()


def _ask(held: Formula) -> None:
    acted = st.session_state.get(state.ACTED, 0)
    with st.container(key="priority-weights", horizontal=True, vertical_alignment="bottom"):
        weights = {
            part: st.number_input(
                t(f"priority.{part}"), 0.0, MOST, held.weights[part], step=0.25, width=170,
                key=f"weight-{part}-{held.number}",
            )
            for part in PARTS
        }  # fmt: skip
    note = st.text_input(t("priority.note"), key=f"priority-note-{acted}", max_chars=TEXT_MOST).strip()
    who = ask_who()
    if not st.button(t("priority.set"), key="priority-set"):
        return
    missing = {
        "priority.all_nought": not any(weights.values()),
        "priority.no_note": not note,
        "alarms.no_name": not who,
    }
    if refused := next((key for key, so in missing.items() if so), ""):
        st.error(t(refused))
        return
    set_formula(cache.database(), weights, note=note, by=who, at=cache.now())
    st.session_state[state.ACTED] = acted + 1
    st.rerun()
