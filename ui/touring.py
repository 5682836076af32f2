"""The tour of a PTZ camera, a row a preset, written only when asked to."""

from typing import Any

import pandas as pd
import streamlit as st

from data.corrections import LIMITS
from data.presets import DWELL_MOST_S, NAME_MOST, Stop, set_presets, stops
from ui import cache, cards
from ui.words import percent, t

_COLUMNS = ("name", "bearing_deg", "hfov_deg", "tilt_deg", "dwell_s")


def said(camera_id: int) -> str | None:
    """Return where a PTZ looks and for which share of its tour, in one line; None where it has no presets."""
    held = stops(cache.database(), camera_id)
    whole_s = sum(stop.dwell_s for stop in held)
    parts = [f"{stop.name} {stop.bearing_deg:.0f}° ({percent(stop.dwell_s / whole_s)}%)".strip() for stop in held]
    return " · ".join(parts) or None


def show(camera_id: int) -> None:
    """Show the presets of a camera and let them be changed."""
    held = stops(cache.database(), camera_id)
    st.html(f"<h3>{t('tour.title')}</h3><p class='soft fine'>{t('tour.hint')}</p>")
    edited = st.data_editor(
        pd.DataFrame([[getattr(stop, name) for name in _COLUMNS] for stop in held], columns=list(_COLUMNS)).astype(
            dict.fromkeys(_COLUMNS[1:], "float64") | {"name": "str"}
        ),
        num_rows="dynamic", hide_index=True, width="stretch", key=f"tour-{camera_id}",
        column_config={
            "name": st.column_config.TextColumn(t("tour.name"), max_chars=NAME_MOST),
            "bearing_deg": _number("bearing_deg", *LIMITS["bearing_deg"], required=True),
            "hfov_deg": _number("hfov_deg", *LIMITS["hfov_deg"], required=True),
            "tilt_deg": _number("tilt_deg", *LIMITS["tilt_deg"], required=False),
            "dwell_s": _number("dwell_s", 1.0, DWELL_MOST_S, required=True, usual=Stop.dwell_s),
        },
    )  # fmt: skip
    if not st.button(t("tour.save"), key=f"save-tour-{camera_id}"):
        return
    try:
        set_presets(cache.database(), {camera_id: [_stop(row) for _, row in edited.iterrows()]}, cache.now())
    except ValueError as error:
        st.error(cards.plain(str(error)))
        return
    st.success(t("tour.saved", count=len(edited)))


def _number(name: str, low: float, high: float, *, required: bool, usual: float | None = None) -> Any:
    label = t("tour.dwell_s") if name == "dwell_s" else t(f"cameras.{name}")
    return st.column_config.NumberColumn(label, min_value=low, max_value=high, required=required, default=usual)


def _stop(row: "pd.Series[float]") -> Stop:
    told = {name: None if pd.isna(row[name]) else float(row[name]) for name in _COLUMNS[1:]}
    return Stop(**told, name="" if pd.isna(row["name"]) else str(row["name"]))  # type: ignore[arg-type]  # checked by set_presets
