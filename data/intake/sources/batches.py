"""Rows under known columns -> RawRows, a handy number at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from data.intake.sources.record import RawRows

BATCH = 50_000


@dataclass(frozen=True)
class Shape:
    """Where the rows begin, how wide they are, and which column is which field."""

    headings_at: int  # from 0; the rows follow
    first: int  # number of the first row after the headings
    width: int
    columns: dict[str, int]


def of_rows(rows: Iterator[Sequence[str]], shape: Shape, done: int = 0) -> Iterator[RawRows]:
    """Yield rows of text, all those after the headings but `done` of them; empty ones are none."""
    rest = islice(rows, shape.headings_at + 1 + done, None)
    while batch := list(islice(rest, BATCH)):
        yield _of_list(batch, shape, shape.first + done)
        done += len(batch)


def of_frame(frame: pd.DataFrame, shape: Shape, number: int) -> RawRows:
    """Return rows of a frame with one text column more than the shape is wide: what stands there is too much."""
    filled = np.zeros(len(frame), dtype=bool)
    for place in frame.columns:
        rest = np.flatnonzero(~filled)  # mostly none after the first column
        if not len(rest):
            break
        filled[rest] = [cell.strip() != "" for cell in frame[place].to_numpy()[rest]]
    numbers = np.arange(number, number + len(frame))
    if not filled.all():
        frame, numbers = frame[filled].reset_index(drop=True), numbers[filled]
    beyond = frame[shape.width].to_numpy()
    broken = {
        int(place): _too_wide(shape.width) for place in np.flatnonzero(beyond != "") if beyond[place].strip()
    }
    cells = {name: pd.Series(frame[place].to_numpy(), dtype="str") for name, place in shape.columns.items()}
    return RawRows(pd.DataFrame(cells), numbers, broken)


def _of_list(batch: list[Sequence[str]], shape: Shape, number: int) -> RawRows:
    numbers = np.arange(number, number + len(batch))
    broken: dict[int, str] = {}
    kept = [place for place, row in enumerate(batch) if row and (row[0].strip() or "".join(row).strip())]
    if len(kept) < len(batch):
        batch, numbers = [batch[place] for place in kept], numbers[kept]
    width = shape.width
    for place, row in enumerate(batch):
        if len(row) != width:
            if "".join(row[width:]).strip():
                broken[place] = _too_wide(width)
            batch[place] = [*row[:width], *[""] * (width - len(row))]
    across = list(zip(*batch, strict=True)) or [()] * width
    cells = {
        name: pd.Series(np.array(across[place], dtype=object), dtype="str")
        for name, place in shape.columns.items()
    }
    return RawRows(pd.DataFrame(cells), numbers, broken)


def _too_wide(width: int) -> str:
    return f"the row has more cells than there are headings, {width}"
