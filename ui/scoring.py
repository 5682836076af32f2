"""Gaps by priority: the score beside its parts, and the weights that people set."""

from html import escape

import geopandas as gpd
import streamlit as st

from data.lines.priority import MOST, PARTS, SEEN_DAYS, Formula, formula, scores, set_formula
from data.watch.maintenance import NAME_MOST, TEXT_MOST
from ui import cache, state
from ui.words import moment, t


def ranked(gaps: gpd.GeoDataFrame, level_px_m: float, light: str) -> gpd.GeoDataFrame:
    """Gaps with score and parts of it, 0-1, the highest first; those of equal score as they came."""
    if gaps.empty:
        return gaps
    seen = cache.seen_shares(SEEN_DAYS, level_px_m, light)
    table = scores(gaps, seen, formula(cache.database()))
    found: gpd.GeoDataFrame = gaps.join(table).sort_values(
        "score", ascending=False, kind="stable", na_position="last", ignore_index=True
    )
    return found


def told() -> None:
    """Say how the score is made, and let the reader set other weights."""
    held = formula(cache.database())
    with st.expander(t("priority.title"), key="priority"):
        st.html(f'<p class="soft">{escape(_said(held))}</p>')
        _ask(held)


def _said(held: Formula) -> str:
    weights = " + ".join(
        f"{weight:g} × {t(f'priority.{part}')}" for part, weight in held.weights.items() if weight
    )
    who = t("priority.set_by", by=held.by, at=moment(held.at), note=held.note) if held.number else ""
    return f"{t('priority.formula', weights=weights)} {t('priority.parts')} {who}".strip()


def _ask(held: Formula) -> None:
    acted = st.session_state.get(state.ACTED, 0)
    with st.container(key="priority-weights", horizontal=True, vertical_alignment="bottom"):
        weights = {
            part: st.number_input(
                t(f"priority.{part}"), 0.0, MOST, held.weights[part], step=0.5, key=f"weight-{part}-{held.number}",
                width=170,
            )
            for part in PARTS
        }  # fmt: skip
    note = st.text_input(t("priority.note"), key=f"priority-note-{acted}", max_chars=TEXT_MOST).strip()
    who = st.text_input(
        t("alarms.who"), key=state.WHO, max_chars=NAME_MOST, placeholder=t("alarms.who_hint")
    ).strip()
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
