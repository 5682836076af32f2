"""What is thought to be switched off: chosen from a list or by a link, and what would be lost, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data.finding.search import find_cameras, find_code
from data.fleet import Snapshot
from data.lines import losing_now
from data.lines.losing import Loss
from data.lines.losing_now import BYS, CAMERA
from geo.tile.tiles import STATUSES
from ui import cache, cards, filters, lines, state, supposed
from ui.palette import Theme
from ui.words import pick, t

KEY = "losing-table"
MOST = 50  # rows listed; what is not among them is found by its name
FOUND_MOST, CODES_SHOWN = 300, 4
ROW_PX, TALL_PX = 36, 330


@dataclass(frozen=True)
class Chosen:
    """What is thought to be off: a kind of `BYS`, its name as people read it, and the rows of its cameras."""

    by: str
    name: str
    rows: NDArray[np.int64]


def chosen(known: Snapshot, hung: pd.DataFrame) -> Chosen | None:
    """Return what the link says is off; None if it names nothing there is."""
    by, _, key = st.query_params.get(state.OFF, "").partition(":")
    if by not in BYS or not key:
        return None
    if by == CAMERA:
        row = _row(known, key, st.query_params.get(state.OWNER, ""))
        return None if row is None else Chosen(by, camera_name(known, row), np.array([row]))
    rows = losing_now.members(known, by, key, hung)
    return Chosen(by, _group(by, key), rows) if len(rows) else None


def choose(known: Snapshot, by: str, key: Any) -> None:
    """Write into the link what is off: a row of a camera, or a name."""
    nothing()
    if by == CAMERA:
        code = str(known.inventory["code"].iloc[key])
        if len(find_code(known.inventory, code)) > 1:
            st.query_params[state.OWNER] = str(known.inventory["owner_id"].iloc[key])
        key = code
    st.query_params[state.OFF] = f"{by}:{key}"


def nothing() -> None:
    """Take out of the link what is off."""
    for name in (state.OFF, state.OWNER):
        st.query_params.pop(name, None)


def sentence(what: Chosen, losses: Mapping[str, Loss], line: str) -> str:
    """Say what would be lost with a thing, by day and by night, and where."""
    day, night = (losses[light] for light in ("day", "night"))
    title = lines.named(line)
    if max(day.most_m, night.most_m) < 1:
        return t("whatif.finding_nothing", name=what.name, line=title)
    ends = {
        light: supposed.metres(loss.certain_m, loss.most_m) for light, loss in (("day", day), ("night", night))
    }
    key = "whatif.finding" if max(day.certain_m, night.certain_m) >= 1 else "whatif.finding_possible"
    return t(key, name=what.name, line=title, **ends) + supposed.where(
        {light: loss.gaps for light, loss in losses.items()}, lost=True
    )


def sentence_of_worst(known: Snapshot, by: str, table: pd.DataFrame, line: str) -> str:
    """Say what a line hangs on most, while nothing is chosen."""
    title = lines.named(line)
    if table.empty:
        return t("whatif.finding_none", line=title)
    row = table.iloc[0]
    name = camera_name(known, int(row["key"])) if by == CAMERA else _group(by, str(row["key"]))
    if max(row["day_certain_m"], row["night_certain_m"]) < 1:
        return t("whatif.finding_unsure", line=title)
    ends = {
        light: supposed.metres(row[f"{light}_certain_m"], row[f"{light}_most_m"]) for light in ("day", "night")
    }
    return t("whatif.finding_worst", name=name, line=title, **ends)


def figures(losses: Mapping[str, Loss]) -> list[cards.Figure]:
    """Return the losses by day and by night, what nothing at all would see, and the new gaps, as figures."""
    row = [_figure(loss.certain_m, loss.most_m, t(f"whatif.lost_{light}")) for light, loss in losses.items()]
    row.append(_figure(losses["day"].open_m, losses["day"].open_m, t("whatif.blind_day")))
    day = losses["day"]
    note = t("whatif.longest", length=supposed.metres(day.longest_m, day.longest_m)) if day.longest_m else ""
    new = int(supposed.firm(day.gaps, lost=True).sum())
    return [*row, cards.Figure(f"{new:,}", t("whatif.count_unit"), t("whatif.count"), note)]


def assumed(known: Snapshot, what: Chosen, when: str) -> str:
    """Say on what the figures of a thing rest: how many cameras it has, and how many nobody is sure of."""
    counts = np.bincount(known.status[what.rows], minlength=len(STATUSES))
    n = dict(zip(STATUSES, counts.tolist(), strict=True))
    said = [t("whatif.of_cameras", count=f"{len(what.rows):,}")]
    if when == "planned":
        return " · ".join([*said, t("whatif.assumed_planned")])
    dark, unsure = n["down"] + n["maintenance"], n["unknown"] + n["degraded"]
    said += [t("whatif.assumed_dark", count=f"{dark:,}")] if dark else []
    said += [t("whatif.assumed_unsure", count=f"{unsure:,}")] if unsure else []
    return " · ".join(said)


def show(
    known: Snapshot, hung: pd.DataFrame, theme: Theme, chosen: filters.Filter,
    *, by: str, on_choose: Callable[[str, Any], None],
) -> None:  # fmt: skip
    """List what costs most, narrowed by a text; `on_choose` is told the kind and key of a clicked row."""
    text = str(
        st.text_input(
            t("whatif.search"), key="losing-search", placeholder=t("whatif.search"), max_chars=80,
            label_visibility="collapsed",
        )
    ).strip()  # fmt: skip
    table = listed(known, hung, by, chosen)
    harmless: list[str] = []
    if text:
        table, harmless = _narrowed(known, table, by, text)
    shown = table.head(MOST)
    if shown.empty and not harmless:
        cards.empty(t(_none(hung, by, text)), t("whatif.none_todo"))
    if harmless:
        st.html(f'<p class="soft">{escape(t("whatif.harmless", names=", ".join(harmless)))}</p>')
    if shown.empty:
        return
    keys = list(shown["key"])
    # another list is another table: what was picked in the one before is not picked in it
    name = f"{KEY}-{crc32(repr(keys).encode())}"

    def clicked() -> None:
        cells = st.session_state[name].selection.cells
        if cells and cells[0][0] < len(keys):  # the rows of the run that drew them, not of a newer one
            on_choose(by, keys[cells[0][0]])

    words = _words(known, shown, by, theme)
    st.dataframe(
        words, key=name, hide_index=True, row_height=ROW_PX, column_config=_columns(by, words),
        height=min(TALL_PX, ROW_PX * (len(shown) + 1) + 3), on_select=clicked, selection_mode="single-cell",
        placeholder="",
    )  # fmt: skip
    if len(table) > MOST:
        st.html(f'<p class="soft fine">{escape(t("whatif.more", count=f"{len(table):,}", most=MOST))}</p>')


def listed(known: Snapshot, hung: pd.DataFrame, by: str, chosen: filters.Filter) -> pd.DataFrame:
    """Return what costs most by the chosen light, the worst first."""
    found = losing_now.worst(known, by, hung, chosen.level_px_m, chosen.when, cache.watched(chosen.line))
    columns = [f"{chosen.light}_certain_m", f"{chosen.light}_most_m"]
    return found.sort_values(columns, ascending=False, kind="stable", ignore_index=True)


def _none(hung: pd.DataFrame, by: str, text: str) -> str:
    """Which words say why the list is empty."""
    if text:
        return "whatif.none_found"
    if by in losing_now.HUNG and not (hung[by] != "").any():
        return "whatif.unnamed"
    return "whatif.none"


def _narrowed(known: Snapshot, table: pd.DataFrame, by: str, text: str) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the list that a text means, and the codes of cameras it means that would cost nothing."""
    if by != CAMERA:
        return table[table["key"].map(lambda name: text.casefold() in str(name).casefold())], []
    rows = find_cameras(known.inventory, text, FOUND_MOST)
    found = table[table["key"].isin(rows)]
    rest = [row for row in rows.tolist() if row not in set(found["key"])] if len(found) < MOST else []
    codes = [str(known.inventory["code"].iloc[row]) for row in rest[:CODES_SHOWN]]
    return found, [*codes, f"+{len(rest) - CODES_SHOWN:,}"] if len(rest) > CODES_SHOWN else codes


def _words(known: Snapshot, table: pd.DataFrame, by: str, theme: Theme) -> pd.DataFrame:
    lengths: dict[str, pd.Series] = {}
    for light in ("day", "night"):
        certain, most = table[f"{light}_certain_m"], table[f"{light}_most_m"]
        lengths |= {light: certain / 1000, f"{light}_most": most.where(most >= certain + 1) / 1000}
    if by == CAMERA:
        rows = table["key"].astype(int)
        names = {
            "glyph": [cards.glyph_uri(STATUSES[known.status[row]], theme) for row in rows],
            "name": [camera_name(known, row) for row in rows],
        }
    else:
        names = {"name": table["key"].astype(str).tolist(), "cameras": (table["cameras"] + table["dark"]).tolist()}
    return pd.DataFrame(names | {name: column.to_numpy() for name, column in lengths.items()})


def _columns(by: str, table: pd.DataFrame) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    words = {"day": "km_day", "day_most": "km_most", "night": "km_night", "night_most": "km_most"}
    lengths = {
        name: number(t(f"whatif.{word}"), format="%.2f", width=76) if table[name].notna().any() else None
        for name, word in words.items()
    }
    first: dict[str, Any] = {"glyph": st.column_config.ImageColumn("", width=36)} if by == CAMERA else {}
    cameras = {} if by == CAMERA else {"cameras": number(t("whatif.cameras"), width=66)}
    wide = 300 + sum(70 for column in lengths.values() if column is None)
    return first | {"name": text(t(f"whatif.{by}"), width=wide)} | cameras | lengths


def _figure(low: float, high: float, label: str) -> cards.Figure:
    value, _, unit = supposed.metres(low, high).rpartition("\u00a0")
    return cards.Figure(value, unit, label)


def _row(known: Snapshot, code: str, owner: str) -> int | None:
    rows = find_code(known.inventory, code).tolist()
    owned = [row for row in rows if str(known.inventory["owner_id"].iloc[row]) == owner]
    found = owned or rows
    return int(found[0]) if found else None


def _group(by: str, key: str) -> str:
    return f"{t(f'whatif.{by}').lower()} {key}"


def camera_name(known: Snapshot, row: int) -> str:
    """Return a camera's code and name, as people read them."""
    code, *names = (known.inventory[name].iloc[row] for name in ("code", "name_th", "name_en"))
    name = pick(*(text if isinstance(text, str) else None for text in names))
    return " · ".join(part for part in (str(code), name) if part)
