"""
The hardware list of Milestone XProtect, as its PowerShell tools export it.

UserName and Password are never read. HardwareAddress is where a device is managed, seldom where its picture is: it
is kept, sealed, only if it names a stream. The list has no positions of its own; add columns for them to it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from data.intake.headings import fold
from data.intake.sources import csv_table
from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import Feed, RawRows

NAME = "milestone"
NEEDED = frozenset({"hardwarename", "hardwareaddress"})
_NOTE = "user names and passwords are not read; a hardware address is kept, sealed, only where it names a stream"


def is_hardware(headings: list[str]) -> bool:
    """Return whether a row of headings is Milestone's."""
    return {fold(heading) for heading in headings} >= NEEDED


def read(path: Path) -> Feed:
    """Return the feed of a hardware list."""
    encoding, lines = encoding_of(path)
    feed = csv_table.table(path, NAME, encoding, lines, needs_position=False)
    return replace(feed, rows=_streams_only(feed.rows), notes=(*feed.notes, _NOTE))


def _streams_only(rows: Iterator[RawRows]) -> Iterator[RawRows]:
    for raw in rows:
        if "stream" in raw.cells:
            raw.cells["stream"] = raw.cells["stream"].where(
                raw.cells["stream"].map(_names_stream, na_action="ignore")
            )
        yield raw


def _names_stream(address: object) -> bool:
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return False
    return parts.scheme in ("rtsp", "rtsps") or parts.path.strip("/") != ""
