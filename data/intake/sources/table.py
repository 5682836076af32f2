"""Any table with a heading row -> rows of fields: finds the headings, the columns, and which one is the code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from data import cells
from data.coordinates import pair
from data.intake.headings import Match, match
from data.intake.sources.batches import Shape, of_rows
from data.intake.sources.record import RIVALS, Feed, RawRows, SourceError
from data.sealing import redact

HEADING_WITHIN = 20  # rows of titles a list may carry above its headings
_SAMPLE = 200
_COLUMNS_MOST = 512
_PROOF = 5  # a handful of cells proves nothing against a heading
_READERS: dict[str, Callable[[str], object | None]] = {"bearing_deg": cells.bearing, "kind": cells.kind}

Rows = Callable[[], Iterator[Sequence[str]]]


@dataclass(frozen=True)
class Layout:
    """Where the headings stand and what they say."""

    row: int  # of the headings, from 0
    headings: list[str]
    match: Match


def read_table(
    rows: Rows,
    *,
    source: str,
    batches: Callable[[Shape], Iterator[RawRows]] | None = None,
    total: int,
    encoding: str | None = None,
    notes: tuple[str, ...] = (),
    numbered: bool = True,
    needs_position: bool = True,
) -> Feed:
    """
    Return the feed of a table.

    Parameters
    ----------
    rows
        Gives a fresh iterator over all rows of text each time it is called; the headings are one of the first.
    batches
        A faster way to the rows after the headings, if there is one.
    numbered
        Number rows as a spreadsheet does; without it, by place in the list from 1.
    needs_position
        Refuse a list without a position; without it, each of its rows will be refused for itself.

    Raises
    ------
    SourceError
        If no row of headings names a position.
    """
    layout = find_layout(list(islice(rows(), HEADING_WITHIN + _SAMPLE)), needs_position)
    sample = list(islice(rows(), layout.row + 1, layout.row + 1 + _SAMPLE))
    columns, more = _choose(layout, sample, rows)
    named = {name: redact(layout.headings[column]) for name, column in columns.items()}
    used = set(columns.values())
    spare = tuple(redact(head) for place, head in enumerate(layout.headings) if place not in used and head.strip())
    if layout.match.status:
        more.append("a column says whether cameras work; that is not taken, we look ourselves")
    shape = Shape(layout.row, layout.row + 2 if numbered else 1, len(layout.headings), columns)
    return Feed(
        source,
        batches(shape) if batches else of_rows(rows(), shape),
        max(total - layout.row - 1, 0),
        named,
        spare,
        encoding,
        (*notes, *more),
        utm_zone=layout.match.utm_zone,
    )


def find_layout(head: list[Sequence[str]], needs_position: bool = True) -> Layout:
    """Return the row among the first ones that reads most like headings with a position."""
    best: Layout | None = None
    for place, row in enumerate(head[:HEADING_WITHIN]):
        headings = [" ".join(cell.split()) for cell in row[:_COLUMNS_MOST]]
        found = Layout(place, headings, match(headings))
        if best is None or found.match.strength > best.match.strength:
            best = found
    if best is None or not best.match.columns:
        raise SourceError(
            "no row reads like the headings of a camera list; head its columns, two of them Latitude and Longitude"
        )
    if needs_position and not best.match.has_position and not _places_hold_positions(best, head):
        raise SourceError(
            "no column is headed as a position; head two of them Latitude and Longitude, or one of them พิกัด"
        )
    return best


def _places_hold_positions(layout: Layout, rows: list[Sequence[str]]) -> bool:
    column = layout.match.columns.get("place", [None])[0]
    return column is not None and _share(_column(rows[layout.row + 1 :], column), pair)[0] >= 0.5


def _choose(layout: Layout, sample: list[Sequence[str]], rows: Rows) -> tuple[dict[str, int], list[str]]:
    """Return the column of each field, and what is worth saying about the choice."""
    notes = []
    columns = {name: places[0] for name, places in layout.match.columns.items()}
    if (
        not layout.match.has_position
        and "place" in columns
        and _share(_column(sample, columns["place"]), pair)[0] >= 0.5
    ):
        columns["position"] = columns.pop("place")
    rivals = [place for place in layout.match.ignored if _share(_column(sample, place), pair)[0] >= 0.5]
    columns |= dict(zip(RIVALS, rivals, strict=False))
    if len(layout.match.columns.get("code", [])) > 1:
        columns["code"] = _unique(layout.match.columns["code"], islice(rows(), layout.row + 1, None))
        notes.append(
            f"{redact(layout.headings[columns['code']])} is taken as the code: its values are all different"
        )
    for name, read in _READERS.items():
        if name not in columns:
            continue
        share, filled = _share(_column(sample, columns[name]), read)
        if share < 0.5 and filled >= _PROOF:
            heading = redact(layout.headings[columns.pop(name)])
            notes.append(f"{heading} is not read as {name}: most of its cells are other words")
    return columns, notes


def _share(column: list[str], read: Callable[[str], object | None]) -> tuple[float, int]:
    """Return the share of filled cells that can be read, and how many are filled."""
    filled = [cell.strip() for cell in column if cell.strip().lower() not in {"", *cells.BLANK}]
    return sum(read(cell) is not None for cell in filled) / max(len(filled), 1), len(filled)


def _column(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows if place < len(row)]


def _unique(candidates: list[int], rows: Iterator[Sequence[str]]) -> int:
    """Return the first candidate that differs on every row, else the one with most different values."""
    seen: list[set[str]] = [set() for _ in candidates]
    for row in rows:
        for values, place in zip(seen, candidates, strict=True):
            if place < len(row) and row[place]:
                values.add(row[place])
    most = max(map(len, seen))
    return next(place for values, place in zip(seen, candidates, strict=True) if len(values) == most)
