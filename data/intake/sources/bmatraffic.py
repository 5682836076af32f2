"""The page of the Bangkok traffic cameras: `var locations = [[id, names, lat, lon, inside address, icon], ..]`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import Feed, SourceError, rows_of

NAME = "bmatraffic"
MARK = re.compile(r"\blocations\s*=\s*\[")
OWNER = "กรุงเทพมหานคร"
# The address inside the agency's own net stands in the eighth column; it is never read.
COLUMNS = {"code": "1", "name_th": "2", "name_en": "3", "lat": "6", "lon": "7"}
_WIDTH = 9
_BYTES_MOST = 50_000_000
_TOKEN = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\[\],;]|[^\s\[\],;'"]+)""", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": " ", "b": " ", "f": " ", "v": " ", "0": " "}


def read(path: Path) -> Feed:
    """Return the feed of a saved page, or of its script."""
    if path.stat().st_size > _BYTES_MOST:
        raise SourceError(f"{path.name} is too large for the page of cameras; save the page again")
    encoding, _ = encoding_of(path)
    page = path.read_text(encoding=encoding)
    start = MARK.search(page)
    if not start:
        raise SourceError(f"{path.name} has no `var locations = [...]`; save the page with its script")
    rows = list(_rows(page, start.end(), path.name))
    records: list[dict[str, object]] = [
        {field: row[int(place) - 1] for field, place in COLUMNS.items()} if len(row) == _WIDTH else {}
        for row in rows
    ]
    broken = {
        place: f"the entry has {len(row)} parts, not {_WIDTH}"
        for place, row in enumerate(rows)
        if len(row) != _WIDTH
    }
    return Feed(NAME, rows_of(records, tuple(COLUMNS), broken), len(rows), COLUMNS, encoding=encoding, owner=OWNER)


def _rows(page: str, start: int, name: str) -> Iterator[list[str]]:
    """Yield the inner lists of a JavaScript list of lists; nothing is executed."""
    row: list[str] | None = None
    for found in _TOKEN.finditer(page, start):
        sign = found[1]
        if sign == "[":
            row = []
        elif sign == "]":
            if row is None:
                return
            yield row
            row = None
        elif sign == ";" and row is None:
            break
        elif sign not in ",;" and row is not None:
            row.append(_value(sign))
    raise SourceError(f"{name} ends inside its list of locations; save the page again")


def _value(token: str) -> str:
    if token[0] not in "'\"":
        return "" if token in ("null", "undefined") else token
    inner = re.sub(r"\\u[0-9a-fA-F]{4}", lambda code: str(json.loads(f'"{code[0]}"')), token[1:-1])
    return re.sub(r"\\(.)", lambda sign: _ESCAPES.get(sign[1], sign[1]), inner, flags=re.DOTALL)
