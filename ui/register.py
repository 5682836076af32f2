"""The inventory as a table, a page of it at a time; a click opens a camera's card."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from ui import cards, paging, state
from ui.palette import STATUSES, WORST_FIRST, Theme
from ui.words import language, moment, province, t

KEY = "register-table"
PAGE = 50
ROW_PX, TALL_PX = 36, 650

CSS = """
.st-key-halves{display:grid!important;grid-template-columns:minmax(0,8fr) minmax(300px,4fr);gap:24px!important}
.st-key-halves:not(:has(.camera)){grid-template-columns:minmax(0,1fr)}
.st-key-halves>*{min-width:0;width:100%!important}
.st-key-mend{display:grid!important;grid-template-columns:minmax(220px,3fr) minmax(0,9fr);gap:24px!important}
.st-key-mend>*{min-width:0;width:100%!important} .st-key-mend-numbers{gap:6px!important}
.finding.small{font-size:20px}
@media (max-width:1000px){.st-key-halves,.st-key-mend{grid-template-columns:1fr}}
"""


def show(found: pd.DataFrame, theme: Theme) -> None:
    """Draw one page of the cameras found, those in trouble first."""
    rank = {name: i for i, name in enumerate(WORST_FIRST)}
    found = found.iloc[np.argsort([rank[name] for name in found["status"]], kind="stable")]
    page = paging.turned(len(found), PAGE, len(found), t("cameras.choose"))
    shown = found.iloc[page * PAGE : (page + 1) * PAGE]
    ids = [int(i) for i in shown["id"]]

    def clicked() -> None:
        cells = st.session_state[KEY].selection.cells
        if cells and cells[0][0] < len(ids):
            st.session_state[state.CHOSEN] = ids[cells[0][0]]

    st.dataframe(
        _words(shown, theme), key=KEY, hide_index=True, row_height=ROW_PX, on_select=clicked, placeholder="–",
        height=min(TALL_PX, ROW_PX * (len(shown) + 1) + 3), selection_mode="single-cell", column_config=_columns(),
    )  # fmt: skip


def _words(shown: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    said, other = ("name_th", "name_en") if language() == "th" else ("name_en", "name_th")
    return pd.DataFrame(
        {
            "glyph": shown["status"].map({name: cards.glyph_uri(name, theme) for name in STATUSES}),
            "code": shown["code"],
            "name": shown[said].fillna(shown[other]),
            "status": shown["status"].map({name: t(f"status.{name}") for name in STATUSES}),
            "since": [moment(at) if pd.notna(at) else "–" for at in shown["since"]],
            "owner": shown["owner"],
            "province": shown["province"].map(province, na_action="ignore"),
            "district": shown["district"],
            "kind": shown["kind"].map(lambda name: t(f"kind.{name}")),
            "bearing": shown["bearing_deg"],
            "linked": shown["linked"].map(lambda name: t(f"filter.{name}")),
        }
    )


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "glyph": st.column_config.ImageColumn("", width=36),
        "code": text(t("cameras.code"), width=104),
        "name": text(t("cameras.name"), width=240),
        "status": text(t("filter.status"), width=80),
        "since": text(t("gaps.since"), width=132),
        "owner": text(t("card.owner"), width=170),
        "province": text(t("filter.province"), width=90),
        "district": text(t("cameras.district"), width=110),
        "kind": text(t("card.kind"), width=110),
        "bearing": st.column_config.NumberColumn(t("card.bearing"), format="%.0f°", width=90),
        "linked": text(t("cameras.linked"), width=110),
    }
