"""An Excel workbook: rows as real numbers, times and words on one sheet, what it says of itself on another."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from data.files.rows import About, Rows, arrow
from data.watch.service import BANGKOK

MOST_ROWS = 100_000  # more than this takes minutes, and nobody scrolls through it
LONGEST_TEXT = 32_767  # of a cell
_HEADED = "{} (Bangkok time)"
_READ_AS_MORE = ("=", "#")  # how a formula begins, and an error


def write(rows: Rows, about: About, path: Path, layer: str) -> int:
    """
    Write a workbook; shapes stay out of it.

    Raises
    ------
    ValueError
        If there are more than MOST_ROWS rows.
    """
    parts, count = [], 0
    for part in rows:  # all of them first: a workbook that is begun and not saved leaves a file behind
        parts.append([arrow(part[name]) for name in rows.names])
        count += len(part)
        if count > MOST_ROWS:
            raise ValueError(
                f"a workbook takes at most {MOST_ROWS:,} rows and there are more; ask for .csv or .gpkg instead"
            )
    book = openpyxl.Workbook(write_only=True)
    sheet, facts = book.create_sheet(layer), book.create_sheet("about")
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, name) for name in _headings(rows)])
    for columns in parts:
        for values in zip(*(column.to_pylist() for column in columns), strict=True):
            sheet.append([_cell(sheet, value) for value in values])
    for name, value in about.items():
        facts.append([_cell(facts, name), _cell(facts, value)])
    book.save(path)
    return count


def _headings(rows: Rows) -> list[str]:
    """A workbook knows no time zones: the heading tells which one is meant."""
    return [
        _HEADED.format(name) if pd.api.types.is_datetime64_any_dtype(rows.first[name]) else name
        for name in rows.names
    ]


def _cell(sheet: Any, value: Any) -> Any:
    """A value as a cell takes it; most need no cell of their own, which is what takes the time."""
    if isinstance(value, datetime):
        return value.astimezone(BANGKOK).replace(tzinfo=None)
    if not isinstance(value, str):
        return value if isinstance(value, int | float | date | None) else _cell(sheet, str(value))
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT]
    if not text.startswith(_READ_AS_MORE):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # a name that begins with = is a name, not a formula
    return cell
