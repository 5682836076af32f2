"""A table as an Excel workbook: its rows on one sheet, what the file says of itself on another."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

MOST_ROWS = 100_000  # a workbook is made in memory


def write_workbook(table: pd.DataFrame, about: Mapping[str, Any], path: Path, sheet: str) -> int:
    """
    Write a table and its facts; returns the number of rows.

    Raises
    ------
    ValueError
        If the table is longer than MOST_ROWS.
    """
    if len(table) > MOST_ROWS:
        raise ValueError(f"a workbook takes at most {MOST_ROWS:,} rows, got {len(table):,}; ask for .csv instead")
    book = openpyxl.Workbook()
    rows, facts = book.active, book.create_sheet("about")
    rows.title = sheet
    _fill(rows, [list(table.columns), *table.itertuples(index=False, name=None)])
    rows.freeze_panes = "A2"
    _fill(facts, list(about.items()))
    book.save(path)
    return len(table)


def _fill(sheet: Any, rows: list[Any]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, _plain(value))
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with = is a name, not a formula


def _plain(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.item() if hasattr(value, "item") else value
