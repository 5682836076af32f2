"""/archive/{camera}/{captured}.jpg: a picture kept for longer, by when it was captured. [µs since 1970]"""

import asyncio
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from data.fleet import Fleet
from data.settings import settings
from data.watch.archived import open_archived
from data.watch.spool import EPOCH, MICROSECOND
from data.watch.thumbnails import Picture, media_type

_AT_ONCE = 8  # object storage may be slow: others' pages do not wait for it
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LATEST = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND


def routes(fleet: Fleet) -> list[Route]:
    """Return the route of kept pictures."""
    turns = asyncio.Semaphore(_AT_ONCE)

    def read(camera_id: int, captured_at: datetime) -> Picture | None:
        archived = open_archived(settings())  # not before: the app starts without the place, too
        return archived.read(camera_id, captured_at) if archived else None

    async def picture(request: Request) -> Response:
        camera_id, captured = (int(request.path_params[name]) for name in ("camera", "captured"))
        if captured > _LATEST or fleet.now().row_of(camera_id) is None:
            return _nothing()
        try:
            async with turns:
                found = await asyncio.to_thread(read, camera_id, EPOCH + timedelta(microseconds=captured))
        except (ValueError, OSError) as error:
            return PlainTextResponse(f"{error}\n", 503, _HEADERS)
        if found is None:
            return _nothing()
        headers = {"X-Captured-At": found.captured_at.isoformat(), "X-Captured-By": str(found.clock), **_HEADERS}
        return Response(found.body, 200, headers, media_type(found.body))

    return [Route("/archive/{camera:int}/{captured:int}.jpg", picture, methods=["GET"])]


def _nothing() -> Response:
    return PlainTextResponse("nothing was kept of that camera and time, or it was let go\n", 404, _HEADERS)
