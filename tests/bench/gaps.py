"""Gaps along the border: what `python -m tests.bench gaps` measures; each part is a room of `bordering`."""

from collections.abc import Iterator

from tests.bench.bordering import engine, hours, occlusion, sectors
from tests.bench.rows import Row


def measure() -> Iterator[Row]:
    """Every row of gaps."""
    for part in (engine, sectors, occlusion, hours):
        yield from part.measure()
