"""The map's ground: /style.json?theme=, and the archive under it where the settings name one of this machine."""

import asyncio
import logging
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.basemap import ROUTE, Source
from web.files import BROWSER_S, Drawn, answer

TONES = ("light", "dark", "neutral")
GROUNDS = ("base", "plain")  # the usual one first; without a source there is but the second
ARCHIVE = "application/vnd.pmtiles"
_log = logging.getLogger(__name__)


def routes(drawn: Drawn, source: Source | None) -> list[Route]:
    """Return the style route, and that of the archive."""
    if source and source.file and source.kind is None:
        _log.warning(
            "TAKHAI_BASEMAP names %s, which cannot be read: maps show our own outlines until it can", source.file
        )

    async def style(request: Request) -> Response:
        asked = request.query_params
        tone, ground = asked.get("theme", TONES[0]), asked.get("ground", GROUNDS[0] if source else GROUNDS[1])
        name = f"style-{tone}-{ground}{'-raster' if asked.get('kind') == 'raster' else ''}.json"
        found = (await asyncio.to_thread(drawn)).get(name)
        if found is None:
            known = " or ".join(GROUNDS if source else GROUNDS[1:])
            return _no(
                f"theme= takes {', '.join(TONES)} and ground= takes {known}, got {tone[:20]!r} and {ground[:20]!r}"
            )
        return answer(request, found, "private, no-cache")  # what it draws may change with the settings

    async def archive(_request: Request) -> Response:
        file = source.file if source else None
        if file is None or not await asyncio.to_thread(_readable, file):
            return _no("there is no base source of this machine; the map shows its own outlines")
        return FileResponse(file, media_type=ARCHIVE, headers={"Cache-Control": f"private, max-age={BROWSER_S}"})

    return [Route("/style.json", style, methods=["GET"]), Route(ROUTE, archive, methods=["GET"])]


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError:
        return False


def _no(sentence: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", 404, {"Cache-Control": "no-store"})
