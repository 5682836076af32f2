"""`takhai ...`, the terminal's front door: parse, call one function downstairs, print."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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

cli = typer.Typer(
    help="Where the cameras see, which of them work, and where the net has holes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines.")]
Level = Annotated[
    float | None,
    typer.Option(help="Pixels per metre (IEC 62676-4), above 0; the filter's unless given, or 20."),
]
EditionOption = Annotated[
    Edition | None, typer.Option(help="Edition of IEC 62676-4; TAKHAI_EDITION unless given.")
]
Light = Annotated[str | None, typer.Option(help="day or night; the filter's unless given, or day.")]
_WHEN = "planned: as if every camera worked; live: as they work now"
FILE_HELP = "File to write: .geojson, .gpkg, .csv, .xlsx, .shp.zip, .kml or .parquet."
File = Annotated[Path, typer.Option("--output", "-o", help=FILE_HELP)]
Filter = Annotated[
    str,
    typer.Option("--filter", help="Only some cameras, as a map's link says it: 'province=สระแก้ว&status=down'."),
]
By = Annotated[str, typer.Option(help="Who you are; kept beside what you did.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help=FILE_HELP)]
View = Annotated[
    str, typer.Option("--filter", help="Only some gaps, as a page's link says it: 'from_m=0&to_m=9000&least=50'.")
]

maintenance = typer.Typer(help="Windows in which cameras are not expected to answer.", no_args_is_help=True)
cli.add_typer(maintenance, name="maintenance")


def main() -> None:
    """Run the command line; what a user can put right is one sentence on stderr and exit code 1."""
    try:
        cli()
    except (ValueError, OSError) as error:
        Console(stderr=True).print(f"takhai: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


@cli.command()
def run(
    port: Annotated[int | None, typer.Option(help="Port of the app; TAKHAI_PORT unless given.")] = None,
) -> None:
    """Start the app and one worker; on an empty database load the demo country and its simulated cameras."""
    from web.launch import launch

    raise typer.Exit(launch(settings(), port=port or settings().port))


@cli.command()
def init(as_json: Json = False) -> None:
    """Make the database and fill in the reference places; what is there already stays."""
    from data.geography import load_checkpoints

    _print(as_json, {"database": settings().url.split("@")[-1], "checkpoints": load_checkpoints(_database())})


@cli.command()
def demo(
    cameras: Annotated[int | None, typer.Option(help="How many; at least 2,000.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed invents the same country.")] = None,
    as_json: Json = False,
) -> None:
    """Invent a national inventory to try things on; everything in it is marked demo."""
    from demo.inventory import fill

    chosen = settings()
    with _progress() as tick:
        report = fill(
            _database(),
            cameras=cameras or chosen.demo_cameras,
            seed=chosen.demo_seed if seed is None else seed,
            port=chosen.demo_port,
            at=_now(),
            tick=tick,
        )
    _print(as_json, report)


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, GeoPackage, or a known feed saved to a file.")],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; recognised from the file unless given.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Owner agency of rows that name none.")] = None,
    report: Annotated[Path | None, typer.Option(help="CSV with a line for each rejected or repaired row.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a camera list into the inventory and say what became of every row."""
    from data.intake.importing import import_file

    with _progress() as tick:
        result = import_file(_database(), file, source=source, owner=owner, dry_run=dry_run, at=_now(), tick=tick)
    if report:
        result.write_csv(report)
    _print(as_json, result.as_dict())


@cli.command()
def cameras(output: File, filter_: Filter = "", as_json: Json = False) -> None:
    """Write the cameras, or those a filter lets through, with their status now."""
    from data.files.export import export_cameras
    from data.filters import CameraFilter

    chosen = CameraFilter.read(filter_)
    _print(as_json, export_cameras(_database(), _known(), output, chosen, at=_now()))


@cli.command()
def coverage(
    output: File,
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: Annotated[str, typer.Option(help=f"{_WHEN}.")] = "planned",
    filter_: Filter = "",
    as_json: Json = False,
) -> None:
    """Write what each camera covers at a level, certain and possible."""
    from data.files.export import export_coverage
    from data.filters import CameraFilter

    chosen = CameraFilter.read(filter_, level=level, light=light)
    summary = export_coverage(
        _known(), output, chosen.level_px_m, edition=_edition(edition), light=chosen.light, when=when, at=_now(),
        chosen=chosen,
    )  # fmt: skip
    _print(as_json, summary)


@cli.command()
def gaps(
    output: Output = None,
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: Annotated[str | None, typer.Option(help=f"{_WHEN}; the filter's unless given, or live.")] = None,
    filter_: View = "",
    as_json: Json = False,
) -> None:
    """Write the stretches of the Sa Kaeo border without certain coverage; without -o only the sums."""
    from data.files.gaps import GapView, export_gaps

    view = GapView.read(filter_, edition=_edition(edition), level=level, light=light, when=when)
    _print(as_json, export_gaps(_database(), _known(), output, view, at=_now()))


@cli.command()
def evidence(
    output: Annotated[Path, typer.Argument(help="Zip to write.")],
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: Annotated[str | None, typer.Option(help=f"{_WHEN}; the filter's unless given, or live.")] = None,
    filter_: View = "",
    as_json: Json = False,
) -> None:
    """Write the gaps with all they rest on and a map to print, as a zip that `verify` checks."""
    from data.files.gaps import GapView
    from data.files.pack import export_pack

    view = GapView.read(filter_, edition=_edition(edition), level=level, light=light, when=when)
    _print(as_json, export_pack(_database(), _known(), output, view, at=_now()))


@cli.command()
def verify(
    pack: Annotated[Path, typer.Argument(help="Zip that `evidence` wrote.")], as_json: Json = False
) -> None:
    """Check that an evidence pack is whole and adds up; exit code 1 and the first fault if not."""
    from data.files.verify import verify as verify_pack

    verdict = verify_pack(pack)
    if verdict.fault and not as_json:
        raise ValueError(verdict.fault)
    _print(as_json, {"fault": verdict.fault, "sha256": verdict.sha256, "files": verdict.files, **verdict.facts})
    raise typer.Exit(1 if verdict.fault else 0)


@cli.command()
def status(as_json: Json = False) -> None:
    """Count the cameras by status, and say how old that knowledge is."""
    from data.watch.journal import summary

    _print(as_json, summary(_database(), _now()))


@cli.command()
def outages(
    begin: Annotated[str, typer.Option("--from", help="ISO 8601 time; without a zone it is Bangkok's.")],
    end: Annotated[str, typer.Option("--to", help="ISO 8601 time; without a zone it is Bangkok's.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV to write.")] = None,
    as_json: Json = False,
) -> None:
    """Write every outage that touches a span of time."""
    from data.files.export import export_outages

    _print(as_json, export_outages(_database(), output, begin, end, at=_now()))


@cli.command()
def archive(
    camera: Annotated[str, typer.Argument(help="Its code or id, as the inventory has it.")],
    begin: Annotated[str, typer.Option("--from", help="ISO 8601 time; without a zone it is Bangkok's.")],
    end: Annotated[str, typer.Option("--to", help="ISO 8601 time; without a zone it is Bangkok's.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the pictures and their list.")],
    as_json: Json = False,
) -> None:
    """Write the pictures kept of a camera over a while, and say where none was kept and why."""
    from data.files.pictures import export_pictures

    report = export_pictures(_known(), camera, begin, end, output, given=settings(), at=_now())
    holes = report["holes"]
    _print(as_json, report if as_json else report | {"holes": len(holes)})
    for hole in () if as_json else holes:
        typer.echo(f"  {hole['from']} to {hole['to']}  {hole['said']}")


@maintenance.command()
def plan(
    scope: Annotated[str, typer.Argument(help="camera, site, network, contract, agency or province.")],
    key: Annotated[str, typer.Argument(help="Its code or id, or its name as the inventory has it.")],
    begin: Annotated[str, typer.Option("--from", help="ISO 8601 time; without a zone it is Bangkok's.")],
    end: Annotated[str, typer.Option("--to", help="ISO 8601 time; without a zone it is Bangkok's.")],
    reason: Annotated[str, typer.Option(help="What is done.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Plan a window: its cameras are not looked at then, and the time counts neither way."""
    from data.files.export import parse_time
    from data.watch.maintenance import Scope
    from data.watch.maintenance import plan as plan_window

    if scope not in set(Scope):
        raise ValueError(f"maintenance is planned for one of {', '.join(Scope)}, not for {scope!r}")
    begins_at, ends_at = parse_time(begin, "--from"), parse_time(end, "--to")
    number = plan_window(_database(), Scope(scope), key, begins_at, ends_at, reason=reason, by=by, at=_now())
    _print(as_json, {"maintenance": number})


@maintenance.command("list")
def list_(
    past: Annotated[bool, typer.Option(help="Those that are over or were called off, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the windows that are open or to come."""
    from data.watch.maintenance import windows

    found = windows(_database(), _now(), past=past)
    if as_json:
        _print(as_json, {"windows": [asdict(window) for window in found]})
    for window in () if as_json else found:
        times = f"{window.begins_at:%Y-%m-%d %H:%MZ} to {window.ends_at:%Y-%m-%d %H:%MZ}"
        off = ", called off" if window.cancelled_at else ""
        typer.echo(
            f"{window.id}  {times}  {window.scope} {window.key} ({window.cameras:,} cameras): "
            f"{window.reason} ({window.by}{off})"
        )


@maintenance.command()
def cancel(number: Annotated[int, typer.Argument(help="As `list` shows it.")], by: By) -> None:
    """Call a window off."""
    from data.watch.maintenance import cancel as cancel_window

    cancel_window(_database(), number, by=by, at=_now())


@cli.command()
def worker() -> None:
    """Look at every camera until told to stop (SIGTERM or Ctrl-C)."""
    from worker.loop import run_worker

    run_worker(_database(), settings())


@cli.command()
def link(
    port: Annotated[
        int | None, typer.Option(help="Port the app was started on; TAKHAI_PORT unless given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a one-time sign-in link, for another browser or a wall display."""
    from data.signins import new_link

    chosen = settings()
    address = f"http://{chosen.host}:{port or chosen.port}"
    _print(as_json, {"link": f"{address}/login?token={new_link(_database(), _now())}"})


def _database() -> "Database":
    from data.database import open_database

    return open_database(settings().url)


def _known() -> "Snapshot":
    from data.fleet import Fleet

    return Fleet(_database()).now()


def _now() -> datetime:
    return datetime.now(UTC)


def _edition(given: Edition | None) -> Edition:
    return given or Edition(settings().edition)


def _print(as_json: bool, facts: dict[str, Any]) -> None:
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
def _progress() -> Iterator[Tick]:
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


if __name__ == "__main__":
    main()
