"""Camera lists as CSV: comma, semicolon, tab or bar; UTF-8, UTF-16 or Thai cp874."""

import csv
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from data.intake.headings import match
from data.intake.sources.batches import BATCH, Shape, of_frame, of_rows
from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import Feed, RawRows, SourceError
from data.intake.sources.table import HEADING_WITHIN, read_table

NAME = "csv"
_DELIMITERS = ",;\t|"
_HEAD_CHARACTERS = 64_000


def read(path: Path) -> Feed:
    """Return the feed of a CSV file."""
    encoding, lines = encoding_of(path)
    return table(path, NAME, encoding, lines)


def table(path: Path, source: str, encoding: str, lines: int, *, needs_position: bool = True) -> Feed:
    """Return the feed of a CSV file whose encoding is known."""
    delimiter = delimiter_of(path, encoding)
    return read_table(
        lambda: rows(path, encoding, delimiter),
        source=source,
        batches=lambda shape: _batches(path, encoding, delimiter, shape),
        total=lines + 1,
        encoding=encoding,
        needs_position=needs_position,
    )


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[Sequence[str]]:
    """
    Yield the cells of every row.

    Raises
    ------
    SourceError
        If quotes do not close: from there on nobody can tell cells from rows.
    """
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            yield from reader
        except csv.Error as error:
            raise SourceError(
                f"{path.name} cannot be read as CSV near line {reader.line_num} ({error}); "
                "close every quotation mark, and double those inside a cell"
            ) from None


def _batches(path: Path, encoding: str, delimiter: str, shape: Shape) -> Iterator[RawRows]:
    done = 0
    try:
        for frame in _frames(path, encoding, delimiter, shape):
            yield of_frame(frame, shape, shape.first + done)
            done += len(frame)
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        # A row with too many cells, or a quote that does not close: the careful way goes on, and says which.
        yield from of_rows(rows(path, encoding, delimiter), shape, done)


def _frames(path: Path, encoding: str, delimiter: str, shape: Shape) -> Iterator[pd.DataFrame]:
    """Yield the rows after the headings, read in C, with one column more than there are headings."""
    with pd.read_csv(
        path,
        sep=delimiter,
        encoding=encoding,
        header=None,
        names=list(range(shape.width + 1)),
        index_col=False,
        dtype=object,
        na_filter=False,
        skiprows=shape.headings_at + 1,
        skip_blank_lines=False,
        chunksize=BATCH,
    ) as reader:
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                frame = next(reader, None)
            if frame is None:
                return
            yield frame


def headings(path: Path, encoding: str) -> list[str]:
    """Return the cells of the first row."""
    return list(next(rows(path, encoding, delimiter_of(path, encoding)), []))


def delimiter_of(path: Path, encoding: str) -> str:
    """Return the sign that makes the first rows read most like headings with a position."""
    with path.open(encoding=encoding, newline="") as file:
        lines = file.read(_HEAD_CHARACTERS).splitlines()[:HEADING_WITHIN]
    strength = {
        sign: max((match(row).strength for row in csv.reader(lines, delimiter=sign)), default=0)
        for sign in _DELIMITERS
    }
    return max(strength, key=lambda sign: strength[sign])
