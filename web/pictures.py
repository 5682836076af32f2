"""/exports/map.html?FILTER&at=lon,lat,zoom&lang=th&theme=light: a map of this moment as one file, to be sent."""

import asyncio
import math
from datetime import UTC, datetime
from typing import Protocol

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from data.filters import CameraFilter
from data.fleet import Fleet, Snapshot
from data.settings import settings

LANGUAGES = ("th", "en")
THEMES = ("light", "dark")
NEAREST_ZOOM = 19.0
_FRESH = {"Cache-Control": "no-store"}
At = tuple[float, float, float]


class Draw(Protocol):
    """Draws the map of a snapshot as one HTML file."""

    def __call__(
        self, known: Snapshot, chosen: CameraFilter, *, at: At | None, language: str, theme: str, now: datetime
    ) -> bytes:
        """Return the file."""


def routes(fleet: Fleet, draw: Draw) -> list[Route]:
    """Return the route of stand-alone maps."""
    turn = asyncio.Semaphore(1)  # a second of a core each

    async def picture(request: Request) -> Response:
        asked, known = request.query_params, fleet.now()
        try:
            chosen, at = CameraFilter.of(asked.multi_items()), _at(asked.get("at"))
            language = _one_of(asked, "lang", LANGUAGES, settings().language)
            theme = _one_of(asked, "theme", THEMES, THEMES[0])
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400, _FRESH)
        now = datetime.now(UTC)
        async with turn:
            html = await asyncio.to_thread(draw, known, chosen, at=at, language=language, theme=theme, now=now)
        # handed over as a file: what is shown in it stays out of our own address and sign-in
        headers = {"Content-Disposition": f'attachment; filename="takhai-map-{now:%Y%m%d-%H%M}Z.html"'}
        return Response(
            html, media_type="text/html", headers=headers | _FRESH | {"X-Content-Type-Options": "nosniff"}
        )

    return [Route("/exports/map.html", picture, methods=["GET"])]


def _at(text: str | None) -> At | None:
    """Read where the map looks, as the address bar of the map page has it: bearing and pitch are passed over."""
    if not text:
        return None
    try:
        lon, lat, zoom = (float(part) for part in text.split(",")[:3])
    except ValueError:
        lon = lat = zoom = math.nan
    if not (-180 <= lon <= 180 and -85 <= lat <= 85 and 0 <= zoom <= 24):
        raise ValueError(f"at= takes lon,lat,zoom such as 102.5,13.7,12, got {text[:40]!r}")
    return lon, lat, min(zoom, NEAREST_ZOOM)


def _one_of(asked: QueryParams, name: str, allowed: tuple[str, ...], usual: str) -> str:
    value = asked.get(name, usual)
    if value not in allowed:
        raise ValueError(f"{name}= takes {' or '.join(allowed)}, got {value[:20]!r}")
    return value
