"""`takhai ...`, the terminal's front door: parse, call one function downstairs, print."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commands.common import (
    WHEN,
    EditionOption,
    File,
    Filter,
    Json,
    Level,
    Light,
    LineName,
    Output,
    View,
    When,
    database,
    edition_of,
    known,
    now,
    progress,
    show,
)
from commands.ground import ground
from commands.maintenance import maintenance
from data.settings import settings

cli = typer.Typer(
    help="Where the cameras see, which of them work, and where the net has holes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(maintenance, name="maintenance")
cli.add_typer(ground, name="ground")


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

    show(as_json, {"database": settings().url.split("@")[-1], "checkpoints": load_checkpoints(database())})


@cli.command()
def demo(
    cameras: Annotated[int | None, typer.Option(help="How many; at least 2,000.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed invents the same country.")] = None,
    as_json: Json = False,
) -> None:
    """Invent a national inventory to try things on; everything in it is marked demo."""
    from demo.inventory import fill

    chosen = settings()
    with progress() as tick:
        report = fill(
            database(),
            cameras=cameras or chosen.demo_cameras,
            seed=chosen.demo_seed if seed is None else seed,
            port=chosen.demo_port,
            at=now(),
            tick=tick,
        )
    show(as_json, report)


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

    with progress() as tick:
        result = import_file(database(), file, source=source, owner=owner, dry_run=dry_run, at=now(), tick=tick)
    if report:
        result.write_csv(report)
    show(as_json, result.as_dict())


@cli.command()
def presets(
    file: Annotated[
        Path, typer.Argument(help="CSV, a row a preset: camera,name,bearing_deg,hfov_deg,tilt_deg,dwell_s.")
    ],
    as_json: Json = False,
) -> None:
    """Bring the tours of PTZ cameras, instead of those they had: where each looks, and for how long."""
    from data.presets import bring

    show(as_json, bring(database(), file, now()))


@cli.command()
def cameras(output: File, filter_: Filter = "", as_json: Json = False) -> None:
    """Write the cameras, or those a filter lets through, with their status now."""
    from data.files.export import export_cameras
    from data.filters import CameraFilter

    chosen = CameraFilter.read(filter_)
    show(as_json, export_cameras(database(), known(), output, chosen, at=now()))


@cli.command()
def coverage(
    output: File,
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: Annotated[str, typer.Option(help=f"{WHEN}.")] = "planned",
    filter_: Filter = "",
    as_json: Json = False,
) -> None:
    """Write what each camera covers at a level, certain and possible."""
    from data.files.export import export_coverage
    from data.filters import CameraFilter

    chosen = CameraFilter.read(filter_, level=level, light=light)
    summary = export_coverage(
        known(), output, chosen.level_px_m, edition=edition_of(edition), light=chosen.light, when=when, at=now(),
        chosen=chosen,
    )  # fmt: skip
    show(as_json, summary)


@cli.command()
def gaps(
    output: Output = None,
    line: LineName = None,
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: When = None,
    filter_: View = "",
    as_json: Json = False,
) -> None:
    """Write the stretches of a line without certain coverage; without -o only the sums."""
    from data.files.gaps import GapView, export_gaps

    db, asked = database(), {"line": line, "level": level, "light": light, "when": when}
    view = GapView.read(db, filter_, edition=edition_of(edition), **asked)
    show(as_json, export_gaps(db, known(), output, view, at=now()))


@cli.command()
def lanes(
    output: File,
    filter_: Annotated[
        str,
        typer.Option("--filter", help="Only some lanes, as a link says it: 'post=KH01&state=not_seen&days=30'."),
    ] = "",
    edition: EditionOption = None,
    as_json: Json = False,
) -> None:
    """Write the lanes of checkpoints: seen or not now, by day and by night, and over the last days."""
    from data.files.lanes import LaneView, export_lanes

    view = LaneView.read(filter_)
    show(as_json, export_lanes(database(), known(), output, view, edition=edition_of(edition), at=now()))


@cli.command()
def zones(
    output: File,
    level: Annotated[
        float | None, typer.Option(help="Pixels per metre asked of zones that nobody drew; 125 unless given.")
    ] = None,
    edition: EditionOption = None,
    as_json: Json = False,
) -> None:
    """Write the zones of checkpoints and those people brought, each with what is seen of it."""
    from data.files.zones import USUAL_LEVEL_PX_M, export_zones
    from data.filters import CameraFilter

    asked = CameraFilter.read("", level=USUAL_LEVEL_PX_M if level is None else level).level_px_m
    show(as_json, export_zones(database(), known(), output, asked, edition=edition_of(edition), at=now()))


@cli.command()
def evidence(
    output: Annotated[Path, typer.Argument(help="Zip to write.")],
    line: LineName = None,
    level: Level = None,
    edition: EditionOption = None,
    light: Light = None,
    when: When = None,
    filter_: View = "",
    as_json: Json = False,
) -> None:
    """Write the gaps with all they rest on and a map to print, as a zip that `verify` checks."""
    from data.files.gaps import GapView
    from data.files.pack import export_pack

    db, asked = database(), {"line": line, "level": level, "light": light, "when": when}
    view = GapView.read(db, filter_, edition=edition_of(edition), **asked)
    show(as_json, export_pack(db, known(), output, view, at=now()))


@cli.command()
def verify(
    pack: Annotated[Path, typer.Argument(help="Zip that `evidence` wrote.")], as_json: Json = False
) -> None:
    """Check that an evidence pack is whole and adds up; exit code 1 and the first fault if not."""
    from data.files.verify import verify as verify_pack

    verdict = verify_pack(pack)
    if verdict.fault and not as_json:
        raise ValueError(verdict.fault)
    show(as_json, {"fault": verdict.fault, "sha256": verdict.sha256, "files": verdict.files, **verdict.facts})
    raise typer.Exit(1 if verdict.fault else 0)


@cli.command()
def status(as_json: Json = False) -> None:
    """Count the cameras by status, and say how old that knowledge is."""
    from data.watch.journal import summary

    show(as_json, summary(database(), now()))


@cli.command()
def outages(
    begin: Annotated[str, typer.Option("--from", help="ISO 8601 time; without a zone it is Bangkok's.")],
    end: Annotated[str, typer.Option("--to", help="ISO 8601 time; without a zone it is Bangkok's.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV to write.")] = None,
    as_json: Json = False,
) -> None:
    """Write every outage that touches a span of time."""
    from data.files.export import export_outages

    show(as_json, export_outages(database(), output, begin, end, at=now()))


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

    report = export_pictures(known(), camera, begin, end, output, given=settings(), at=now())
    holes = report["holes"]
    show(as_json, report if as_json else report | {"holes": len(holes)})
    for hole in () if as_json else holes:
        typer.echo(f"  {hole['from']} to {hole['to']}  {hole['said']}")


@cli.command()
def worker() -> None:
    """Look at every camera until told to stop (SIGTERM or Ctrl-C)."""
    from worker.loop import run_worker

    run_worker(database(), settings())


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
    show(as_json, {"link": f"{address}/login?token={new_link(database(), now())}"})


if __name__ == "__main__":
    main()
