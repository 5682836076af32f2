"""
/looks/{camera}: see a camera now. POST asks the worker to look once a second for a while.

GET tells what became of it. The worker stops by itself; the pictures are those of /stills.
"""

import asyncio
import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.database import Database
from data.fleet import Fleet
from data.watch import desk, screen

LONGEST_S = 60.0
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return the look routes."""

    async def begin(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return PlainTextResponse("only from our own pages\n", 403, _FRESH)
        known, camera_id = fleet.now(), int(request.path_params["camera"])
        row = known.row_of(camera_id)
        if row is None:
            return _nothing()
        try:
            seconds = float(request.query_params.get("seconds", LONGEST_S))
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= LONGEST_S:
            return PlainTextResponse(f"seconds= takes more than 0 and at most {LONGEST_S:g}\n", 400, _FRESH)
        if not known.inventory["has_stream"].iloc[row]:
            return JSONResponse({"reason": "no_address"}, 409, _FRESH)
        asked_at = datetime.now(UTC)
        until_at = await asyncio.to_thread(desk.look_now, db, camera_id, asked_at, seconds)
        said = {"now": time.time(), "asked": asked_at.timestamp(), "until": until_at.timestamp(), "reason": ""}
        return JSONResponse(said, 202, _FRESH)

    async def tell(request: Request) -> Response:
        camera_id = int(request.path_params["camera"])
        look = (
            await asyncio.to_thread(screen.look, db, camera_id)
            if fleet.now().row_of(camera_id) is not None
            else None
        )
        if look is None:
            return _nothing()
        said = {"asked": look.asked_at.timestamp(), "until": look.until_at.timestamp(), "reason": look.reason}
        return JSONResponse({"now": time.time(), **said}, headers=_FRESH)

    return [
        Route("/looks/{camera:int}", begin, methods=["POST"]),
        Route("/looks/{camera:int}", tell, methods=["GET"]),
    ]


def _nothing() -> Response:
    return PlainTextResponse("there is no such camera, or nobody asked to see it\n", 404, _FRESH)
