"""`takhai ground`: what people bring of the country itself."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commands.common import By, Json, database, now, show

ground = typer.Typer(
    help="Lines and zones to watch, boundary pillars, buildings, roads, villages, water and incidents.",
    no_args_is_help=True,
)


@ground.command()
def bring(
    kind: Annotated[
        str, typer.Argument(help="line, zone, pillar, band, building, road, village, water or incident.")
    ],
    file: Annotated[Path, typer.Argument(help="GeoJSON or GeoPackage.")],
    name: Annotated[str, typer.Option(help="What links and commands call it: small letters, digits and -.")],
    by: By,
    title: Annotated[str, typer.Option(help="What people read; its name unless given.")] = "",
    credit: Annotated[str, typer.Option(help="Whose data it is; every export says it.")] = "",
    level: Annotated[
        float | None, typer.Option(help="Pixels per metre wanted of a line or a zone; 20 unless given.")
    ] = None,
    light: Annotated[
        str | None, typer.Option(help="day or night, when a line is first of all to be seen; day unless given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep the features of a file as a layer, instead of the one of that name."""
    from data.ground.layers import bring as bring_layer
    from data.ground.tables import LayerKind

    if kind not in set(LayerKind):
        raise ValueError(f"a layer is one of {', '.join(LayerKind)}, not {kind!r}")
    features = bring_layer(
        database(),
        file,
        LayerKind(kind),
        name,
        by=by,
        at=now(),
        title=title,
        credit=credit,
        level_px_m=level,
        light=light,
    )
    show(as_json, {"layer": name, "kind": kind, "features": features})


@ground.command("list")
def list_(as_json: Json = False) -> None:
    """List the layers there are."""
    from data.ground.layers import layers

    held = layers(database())
    if as_json:
        show(as_json, {"layers": [asdict(layer) for layer in held]})
    for layer in () if as_json else held:
        level = f", {layer.level_px_m:g} px/m" if layer.level_px_m else ""
        typer.echo(
            f"{layer.kind:<9} {layer.name:<24} {layer.features:>7,} features{level}, from {layer.source} "
            f"({layer.by}, {layer.at:%Y-%m-%d})"
        )


@ground.command()
def remove(name: Annotated[str, typer.Argument(help="As `list` shows it.")], as_json: Json = False) -> None:
    """Take a layer away."""
    from data.ground.layers import remove as remove_layer

    remove_layer(database(), name)
    show(as_json, {"removed": name})
