"""
A camera list -> the inventory, all of it or nothing, and a report of what became of every row.

A camera is matched by its owner and code. A keyed digest of what the list said last time tells rows that say the
same again: importing a file twice changes nothing. Columns a list does not have keep what is known already.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pandas as pd

from data.database import Database, next_number
from data.intake.agencies import Agencies
from data.intake.cleaning import Cleaner
from data.intake.import_report import ImportReport
from data.intake.remarks import COLUMNS, REPAIRED
from data.intake.sources.recognise import open_feed
from data.intake.sources.record import ROWS_MOST, Feed, RawRows, SourceError
from data.intake.storing import UNCHANGED, Batch, batch_of, compare, seal, store, tally
from data.models import INVENTORY
from data.progress import Tick, quiet
from data.sealing import digest_key, redact


def import_file(
    db: Database,
    path: Path | str,
    *,
    source: str | None = None,
    owner: str | None = None,
    dry_run: bool = False,
    at: datetime,
    tick: Tick = quiet,
) -> ImportReport:
    """
    Bring a camera list into the inventory.

    Parameters
    ----------
    source
        A name of `sources.recognise.READERS`; recognised from the content unless given.
    owner
        Agency of rows that name none; the source's own guess unless given.
    dry_run
        Only say what would happen.
    at
        Now, aware UTC.
    tick
        Told how many rows are done.

    Raises
    ------
    SourceError
        If the file is broken or no list we know; the database is as it was.
    """
    path = Path(path)
    feed = open_feed(path, source)
    owner = redact(" ".join((owner or "").split())) or feed.owner
    batches, lines, read = _read(db, feed, path, owner, at, tick, make_key=not dry_run)
    with db.read() as session:
        found = compare(session, batches)
    if not dry_run and any((ids != UNCHANGED).any() for ids in found):
        seal(batches, found)
        with db.write() as session:
            store(session, batches, found, source=feed.source, at=at, tick=tick)
            next_number(session, INVENTORY)
    counts = tally(found)
    return ImportReport(
        file=path.name,
        source=feed.source,
        encoding=feed.encoding,
        dry_run=dry_run,
        read=read,
        **counts,
        repaired=int((lines["outcome"] == REPAIRED).sum()),
        rejected=read - sum(counts.values()),
        columns=feed.columns,
        ignored=feed.ignored,
        notes=(*feed.notes, *_notes(feed)),
        lines=lines,
    )


def _ahead(rows: Iterator[RawRows]) -> Iterator[RawRows]:
    """Yield the same, with the next batch read on another core meanwhile."""
    with ThreadPoolExecutor(1, "reading") as reader:
        coming = reader.submit(next, rows, None)
        while (raw := coming.result()) is not None:
            coming = reader.submit(next, rows, None)
            yield raw


def _notes(feed: Feed) -> list[str]:
    if "installed_on" in feed.columns and "verified_on" not in feed.columns:
        return [f"{feed.columns['installed_on']} is kept as the day the position was last verified"]
    return []


def _read(
    db: Database, feed: Feed, path: Path, owner: str, at: datetime, tick: Tick, *, make_key: bool
) -> tuple[list[Batch], pd.DataFrame, int]:
    """Return the good rows, the remarks on the others, and how many rows there are."""
    with db.read() as session:
        agencies = Agencies.known(session)
    cleaner = Cleaner(feed, owner, at.date(), agencies.name, make_key=make_key)
    key = digest_key("fingerprint", make=make_key)
    batches, lines, read = [], [pd.DataFrame(columns=COLUMNS)], 0
    try:
        for raw in _ahead(feed.rows):
            cleaned = cleaner.clean(raw)
            batches.append(batch_of(cleaned.frame, key))
            lines += [cleaned.lines] if len(cleaned.lines) else []
            read += cleaned.read
            if read > ROWS_MOST:
                raise SourceError(f"{path.name} has more than {ROWS_MOST:,} rows; split it into several files")
            tick(read, max(feed.total, read), "reading")
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{path.name} changed or failed while it was read; try again ({error})") from error
    if read == 0:
        raise SourceError(f"{path.name} has headings but no cameras; export the list again")
    return batches, pd.concat(lines, ignore_index=True) if len(lines) > 1 else lines[0], read
