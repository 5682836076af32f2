"""`takhai maintenance`: windows in which cameras are not expected to answer."""

from dataclasses import asdict
from typing import Annotated

import typer

from commands.common import By, Json, database, now, show

maintenance = typer.Typer(help="Windows in which cameras are not expected to answer.", no_args_is_help=True)


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
    number = plan_window(database(), Scope(scope), key, begins_at, ends_at, reason=reason, by=by, at=now())
    show(as_json, {"maintenance": number})


@maintenance.command("list")
def list_(
    past: Annotated[bool, typer.Option(help="Those that are over or were called off, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the windows that are open or to come."""
    from data.watch.maintenance import windows

    found = windows(database(), now(), past=past)
    if as_json:
        show(as_json, {"windows": [asdict(window) for window in found]})
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

    cancel_window(database(), number, by=by, at=now())
