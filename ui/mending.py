"""Correcting a camera by hand: a map to put it on, numbers to turn it by, written only when asked to."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.corrections import LIMITS, correct
from data.ground.hidden import bare, hidden, obstacles_of
from data.models import Kind, ThermalCriteria
from ui import cache, cards, leaflet, mapview, state, touring
from ui.palette import Theme
from ui.words import t

FIELDS = (
    "lon",
    "lat",
    "bearing_deg",
    "bearing_accuracy_deg",
    "hfov_deg",
    "tilt_deg",
    "mount_height_m",
    "ir_range_m",
    "position_accuracy_m",
)
DIGITS = {"lon": 6, "lat": 6}  # shown; the rest one
AROUND_M = 1500.0


def show(row: int, theme: Theme) -> None:
    """Let one camera be put right; the ground it would cover follows the numbers."""
    known = cache.snapshot()
    camera, facts, camera_id = known.inventory.iloc[[row]], known.camera(row), int(known.ids[row])
    centre = (float(known.lon[row]), float(known.lat[row]))
    with st.container(key="mend"):
        with st.container(key="mend-numbers"):
            wanted = _numbers(facts, camera_id)
            _save(facts, camera_id, wanted)
        with st.container(key="mend-map"):
            others = known.inventory.iloc[mapview.neighbours(row, AROUND_M)]
            clicked = leaflet.place(_tried(camera, wanted), others, theme, key=f"place-{camera_id}", centre=centre)
            st.html(f'<p class="soft fine">{t("cameras.place_hint")}</p>')
            if facts["kind"] == Kind.PTZ:
                touring.show(camera_id)
    if clicked and clicked != st.session_state.get(state.PLACED):
        # widgets may only be set before they are drawn: keep the click and draw anew
        st.session_state[state.PLACED] = clicked
        st.session_state["placing"] = (camera_id, *clicked)
        st.rerun()


def _numbers(camera: cards.Facts, camera_id: int) -> dict[str, Any]:
    if (placing := st.session_state.pop("placing", None)) and placing[0] == camera_id:
        for name, value in zip(("lon", "lat"), placing[1:], strict=True):
            st.session_state[f"{name}-{camera_id}"] = round(value, 6)
    kinds = [kind.value for kind in Kind]
    chosen = st.selectbox(
        t("card.kind"), kinds, index=kinds.index(camera["kind"]), key=f"kind-{camera_id}",
        format_func=lambda name: t(f"kind.{name}"),
    )  # fmt: skip
    wanted: dict[str, Any] = {"kind": chosen}
    if chosen == Kind.THERMAL:
        wanted["thermal_criteria"] = st.selectbox(
            t("cameras.thermal_criteria"), [None, *ThermalCriteria], key=f"thermal-{camera_id}",
            index=[None, *ThermalCriteria].index(camera["thermal_criteria"]),
            format_func=lambda criteria: t(f"thermal.{criteria or 'unknown'}"),
        )  # fmt: skip
    return wanted | {name: _number(name, camera[name], camera_id) for name in FIELDS}


def _number(name: str, value: Any, camera_id: int) -> float | None:
    low, high = (float(end) for end in LIMITS[name])
    key = f"{name}-{camera_id}"
    if key not in st.session_state:
        st.session_state[key] = _shown(name, value)
    digits = DIGITS.get(name, 1)
    return st.number_input(
        t(f"cameras.{name}"), low, high, step=0.00001 if digits > 1 else 1.0, key=key, format=f"%.{digits}f",
        placeholder=t("card.not_known"),
    )  # fmt: skip


def _shown(name: str, value: Any) -> float | None:
    low, high = LIMITS[name]
    return None if pd.isna(value) else min(max(round(float(value), DIGITS.get(name, 1)), low), high)


def _save(camera: cards.Facts, camera_id: int, wanted: dict[str, Any]) -> None:
    # what was only rounded for the screen was not changed by anybody
    changes = {
        name: value
        for name, value in wanted.items()
        if value != (_shown(name, camera[name]) if name in LIMITS else camera[name])
    }
    if not st.button(t("cameras.save"), key=f"save-{camera_id}", type="primary"):
        return
    try:
        changed = correct(cache.database(), camera_id, changes | {"verified_on": cache.now().date()}, cache.now())
    except ValueError as error:
        st.error(cards.plain(str(error)))
        return
    st.success(t("cameras.saved", count=len([name for name in changed if name != "verified_on"])))


def _tried(camera: pd.DataFrame, wanted: dict[str, Any]) -> pd.DataFrame:
    """The camera as it would be, to see what it would cover."""
    values = {name: np.nan if value is None else value for name, value in wanted.items()}
    if np.isnan(values["lon"]) or np.isnan(values["lat"]):
        values |= {"lon": camera["lon"].iloc[0], "lat": camera["lat"].iloc[0]}
    return hidden(bare(camera).assign(**values), obstacles_of(camera))
