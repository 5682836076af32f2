"""
Looking at every camera: thumbnails, probes, verdicts, history and a whole country, each beside the other way.

About half an hour with the country; its parts alone by `python -m tests.bench.watching thumbnails probes uplink`,
the country, smaller too, by `python -m tests.bench.watching.country --cameras 37700 --minutes 2`.
"""

from collections.abc import Iterator

from tests.bench.rows import Row
from tests.bench.watching import country, health, looks, probes, thumbnails, uplink, uptime

PARTS = (thumbnails, looks, probes, health, uptime, uplink, country)


def measure() -> Iterator[Row]:
    """Measure one part after the other, and hand out the rows of each as they are known."""
    for part in PARTS:
        yield from part.measure()
