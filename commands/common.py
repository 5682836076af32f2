"""What every command shares: how its options read, and how it says what it did."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from data.progress import Tick
from data.settings import settings
from geo.see.levels import Edition

if TYPE_CHECKING:
    from data.database import Database
    from data.fleet import Snapshot

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines.")]
Level = Annotated[
    float | None,
    typer.Option(help="Pixels per metre (IEC 62676-4), above 0; the filter's unless given, or the line's, 20."),
]
EditionOption = Annotated[
    Edition | None, typer.Option(help="Edition of IEC 62676-4; TAKHAI_EDITION unless given.")
]
LineName = Annotated[
    str | None, typer.Option("--line", help="sakaeo, cambodia, or a line of `takhai ground`; sakaeo unless given.")
]
Light = Annotated[str | None, typer.Option(help="day or night; the filter's unless given, or day.")]
WHEN = "planned: as if every camera worked; live: as they work now"
When = Annotated[str | None, typer.Option(help=f"{WHEN}; the filter's unless given, or live.")]
FILE_HELP = "File to write: .geojson, .gpkg, .csv, .xlsx, .shp.zip, .kml or .parquet."
File = Annotated[Path, typer.Option("--output", "-o", help=FILE_HELP)]
Filter = Annotated[
    str,
    typer.Option("--filter", help="Only some cameras, as a map's link says it: 'province=สระแก้ว&status=down'."),
]
By = Annotated[str, typer.Option(help="Who you are; kept beside what you did.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help=FILE_HELP)]
View = Annotated[
    str,
    typer.Option(
        "--filter", help="Only some gaps, as a page's link says it: 'from_m=0&to_m=9000&least=50&village=500'."
    ),
]


def database() -> "Database":
    """Return the database the settings name."""
    from data.database import open_database

    return open_database(settings().url)


def known() -> "Snapshot":
    """Return every camera as it is now."""
    from data.fleet import Fleet

    return Fleet(database()).now()


def now() -> datetime:
    """Return this moment, aware UTC."""
    return datetime.now(UTC)


def edition_of(given: Edition | None) -> Edition:
    """Return the edition given, or the one of the settings."""
    return given or Edition(settings().edition)


def show(as_json: bool, facts: dict[str, Any]) -> None:
    """Print facts: one JSON object, or a line each."""
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' '):<{width}}  {_plain(value)}")


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    return "-" if value is None else str(value)


@contextmanager
def progress() -> Iterator[Tick]:
    """Yield tick(done, total, what): a bar on a terminal, a line every tenth elsewhere, both on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        tenths: dict[str, int] = {}

        def line(done: int, total: int, what: str) -> None:
            tenth = 10 * done // max(total, 1)
            if tenth > tenths.get(what, 0):
                tenths[what] = tenth
                console.print(f"{what}: {done:,} of {total:,}", markup=False, highlight=False)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def draw(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what)
            bar.update(tasks[what], completed=done, total=total)

        yield draw
