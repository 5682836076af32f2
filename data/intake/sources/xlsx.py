"""Camera lists as Excel workbooks; only the sheet that reads most like one is taken, the others are named."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from data.intake.sources.record import Feed, SourceError, text
from data.intake.sources.table import HEADING_WITHIN, find_layout, read_table

NAME = "xlsx"
_UNZIPPED_MOST = 200_000_000
_RATIO_MOST = 100
_RATIO_FROM = 10_000_000  # small parts of a workbook may well shrink a hundredfold
_PARTS_MOST = 2_000
_COLUMNS_MOST = 512
_HEAD = 65_536  # bytes in which XML declares its entities


def read(path: Path) -> Feed:
    """Return the feed of a workbook."""
    _refuse_bombs(path)
    try:
        return _read(path)
    except SourceError:
        raise
    except Exception as error:  # a broken workbook fails inside the reader in a dozen ways
        raise _broken(path) from error


def _read(path: Path) -> Feed:
    sheet, others, total = _choose(path)
    notes = (f"only sheet {sheet!r} is read; not read: {', '.join(others)}",) if others else ()
    return read_table(lambda: _rows(path, sheet), source=NAME, total=total, notes=notes)


def _choose(path: Path) -> tuple[str, list[str], int]:
    """Return the sheet with the best headings, the other sheets, and how many rows the chosen one has."""
    strength: dict[str, int] = {}
    with _open(path) as book:
        totals = {sheet.title: sheet.max_row or 0 for sheet in book.worksheets}
    for title in totals:
        try:
            strength[title] = find_layout(list(islice(_rows(path, title), 2 * HEADING_WITHIN))).match.strength
        except SourceError:
            strength[title] = 0
    if not strength:
        raise SourceError(f"{path.name} has no sheet with cells; put the list on the first sheet")
    best = max(strength, key=lambda title: strength[title])
    return best, [title for title in strength if title != best], totals[best]


def _rows(path: Path, title: str) -> Iterator[Sequence[str]]:
    try:
        with _open(path) as book:
            sheet = book[title]
            sheet.reset_dimensions()  # the size written in the file may be wrong, or meant to hurt
            for row in sheet.iter_rows(values_only=True, max_col=_COLUMNS_MOST):
                filled = [text(value) or "" for value in row]
                while filled and not filled[-1]:
                    filled.pop()
                yield filled
    except SourceError:
        raise
    except Exception as error:
        raise _broken(path) from error


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    # The file is opened here: the reader leaves it open where it fails half-way.
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "extension is not supported": nothing we read
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        yield book
        book.close()


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unzipped, zipped = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
            if len(parts) > _PARTS_MOST or unzipped > _UNZIPPED_MOST:
                raise SourceError(
                    f"{path.name} unpacks to {unzipped / 1e6:,.0f} MB, more than 200; save the list as .csv"
                )
            if unzipped > _RATIO_FROM and unzipped > _RATIO_MOST * zipped:
                raise SourceError(
                    f"{path.name} unpacks to over {_RATIO_MOST} times its size; save the list as .csv"
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise SourceError(
                    f"{path.name} is a zip archive but no workbook; unpack it and import the list inside"
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in _head(archive, part):
                    raise SourceError(
                        f"{path.name} declares XML entities, which no list needs; save it again as .xlsx"
                    )
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise _broken(path) from error


def _head(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as content:
        return content.read(_HEAD)


def _broken(path: Path) -> SourceError:
    return SourceError(f"{path.name} is damaged or only half there; open it in a spreadsheet and save it again")
