"""What became of every row of an import."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from data.intake.remarks import COLUMNS

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # a cell that begins so is run by a spreadsheet, not shown


@dataclass(frozen=True)
class ImportReport:
    """Counts of rows (read = added + changed + unchanged + rejected; repaired ones are among the first three)."""

    file: str
    source: str
    encoding: str | None
    dry_run: bool
    read: int
    added: int
    changed: int
    unchanged: int
    repaired: int
    rejected: int
    columns: dict[str, str]  # field -> heading it was read from
    ignored: tuple[str, ...]  # headings nothing was read from
    notes: tuple[str, ...]
    lines: pd.DataFrame = field(repr=False)  # one row for each repaired or rejected one: remarks.COLUMNS

    def as_dict(self) -> dict[str, Any]:
        """Return all but the lines, ready for JSON."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "lines"}
        return {**facts, "ignored": list(self.ignored), "notes": list(self.notes)}

    def write_csv(self, path: Path) -> None:
        """Write the lines as CSV that Excel opens in the right encoding and never as formulas."""
        with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([_plain(cell) for cell in line] for line in self.lines.itertuples(index=False))


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
