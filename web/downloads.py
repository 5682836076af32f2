"""/exports/...: the files the command line writes, for a browser; they say in themselves how old they are."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from data import formats
from data.border import SHORTEST_GAP_M
from data.database import Database
from data.export import export_coverage, export_gaps, export_outages
from data.fleet import Fleet
from data.geography import CREDITS
from data.settings import settings
from geo.coverage import DAY, LIGHTS
from geo.levels import BORDER_LEVEL_PX_M, Edition

WHENS = ("live", "planned")
MEDIA_TYPES = {
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".csv": "text/csv; charset=utf-8",
}
_AT_ONCE = 2  # each may take a core and a few hundred megabytes for a second
_DERIVED = ("owner_id",)
Write = Callable[[Path], object]


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return the export routes."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def written(name: str, write: Write) -> Response:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="takhai-"))
        away = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        try:
            async with turns:
                await asyncio.to_thread(write, folder / name)
        except ValueError as error:
            await away()
            return PlainTextResponse(f"{error}\n", 400, {"Cache-Control": "no-store"})
        except BaseException:
            await away()
            raise
        kind = MEDIA_TYPES[Path(name).suffix]
        return FileResponse(
            folder / name, media_type=kind, filename=name, headers={"Cache-Control": "no-store"}, background=away
        )

    async def ground(request: Request) -> Response:
        what, ending = request.path_params["what"], "." + request.path_params["ending"]
        export = {"gaps": export_gaps, "coverage": export_coverage}.get(what)
        if export is None or ending not in MEDIA_TYPES:
            return PlainTextResponse(
                "there are exports of gaps and coverage as geojson, gpkg or csv, cameras.csv and outages.csv\n",
                404,
            )
        try:
            when = _one_of(request, "when", WHENS)
            light = _one_of(request, "light", LIGHTS, DAY)
            level = _level(request.query_params.get("level"))
            only = _listed(request) if what == "gaps" else {}
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)

        def write(path: Path) -> object:
            edition = Edition(settings().edition)
            return export(
                fleet.now(), path, level, edition=edition, light=light, when=when, at=datetime.now(UTC), **only
            )

        return await written(f"takhai-{what}-{when}-{light}-{level:g}px{ending}", write)

    async def cameras(_request: Request) -> Response:
        snapshot = fleet.now()

        def write(path: Path) -> None:
            table = snapshot.frame.drop(columns=list(_DERIVED))
            facts = {"as_of": snapshot.as_of, "written_at": datetime.now(UTC), "credits": CREDITS}
            formats.write(table, facts, path)

        return await written("takhai-cameras.csv", write)

    async def outages(request: Request) -> Response:
        begin, end = (request.query_params.get(name, "") for name in ("from", "to"))

        def write(path: Path) -> object:
            return export_outages(db, path, begin, end, at=datetime.now(UTC))

        return await written("takhai-outages.csv", write)

    return [
        Route("/exports/cameras.csv", cameras, methods=["GET"]),
        Route("/exports/outages.csv", outages, methods=["GET"]),
        Route("/exports/{what}.{ending}", ground, methods=["GET"]),
    ]


def _one_of(request: Request, name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
    value = request.query_params.get(name, usual or allowed[0])
    if value not in allowed:
        raise ValueError(f"{name}= takes {' or '.join(allowed)}, got {value[:20]!r}")
    return value


def _level(text: str | None) -> float:
    try:
        level = float(text) if text else BORDER_LEVEL_PX_M
    except ValueError:
        level = 0.0
    if not 0 < level < 100_000:
        raise ValueError(f"level= takes pixels per metre above 0, got {(text or '')[:20]!r}")
    return level


def _listed(request: Request) -> dict[str, Any]:
    """Return what narrows the gaps to the list a page shows: from_m and to_m [m], and no gap below a metre."""
    ends = [request.query_params.get(name) for name in ("from_m", "to_m")]
    if None in ends:
        return {"shortest_m": SHORTEST_GAP_M}
    try:
        within = tuple(float(str(end)) for end in ends)
    except ValueError:
        raise ValueError(f"from_m and to_m are metres along the border, got {ends[0]!r} and {ends[1]!r}") from None
    return {"shortest_m": SHORTEST_GAP_M, "within": within}
