"""
/stills/{camera}.jpg: the latest picture of a camera with the time it was captured, or one kept from a fault.

/stills/times.json?ids=7,8: when the latest picture of each was captured, asked for what is on screen; by it the
worker hears what that is.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.database import Database
from data.fleet import Fleet
from data.watch import screen
from data.watch.thumbnails import media_type, read_still

WISH_EVERY_S = 5.0  # a camera on ten screens is wished for once
WAIT_S = 0.5  # so long wishes are gathered: sixty pictures of a page are one transaction
MOST_WISHES = 10_000
MOST_IDS = 200
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NO_PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180" viewBox="0 0 320 180">
<title>no picture</title><rect width="320" height="180" fill="#8A9299" fill-opacity=".25"/>
<g fill="none" stroke="#8A9299" stroke-width="3"><rect x="130" y="70" width="44" height="40" rx="4"/>
<path d="M174 84l16-9v30l-16-9M122 116l76-52"/></g></svg>
"""


class Wishes:
    """Pictures somebody has on screen, told to the worker at most once in `WISH_EVERY_S` a camera."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic, wait_s: float = WAIT_S) -> None:
        self._db = db
        self._clock = clock
        self._wait_s = wait_s
        self._told: OrderedDict[int, float] = OrderedDict()
        self._waiting: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def ask(self, ids: Iterable[int]) -> None:
        """Have the worker told of cameras, unless it was of late; must be called in the event loop."""
        self._waiting |= {camera_id for camera_id in ids if self._due(camera_id)}
        if self._waiting and self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    def _due(self, camera_id: int) -> bool:
        now = self._clock()
        if now - self._told.get(camera_id, -WISH_EVERY_S) < WISH_EVERY_S:
            return False
        self._told[camera_id] = now
        self._told.move_to_end(camera_id)
        if len(self._told) > MOST_WISHES:
            self._told.popitem(last=False)
        return True

    async def _tell(self) -> None:
        await asyncio.sleep(self._wait_s)
        waiting, self._waiting, self._telling = self._waiting, set(), None
        await asyncio.to_thread(screen.wish, self._db, list(waiting), datetime.now(UTC))


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return the still routes."""
    wishes = Wishes(db)

    def known(camera_id: int) -> bool:
        # An id the inventory does not hold leads to no file and no row, whatever lies in the folder.
        return fleet.now().row_of(camera_id) is not None

    async def still(request: Request) -> Response:
        camera_id, which = int(request.path_params["camera"]), request.query_params.get("which", "")
        if which not in ("", screen.GOOD, screen.BAD):
            return _refused(f"which= takes {screen.GOOD} or {screen.BAD}, got {which[:20]!r}")
        if not known(camera_id):
            return _nothing()
        if which:
            kept = await asyncio.to_thread(screen.kept_picture, db, camera_id, which)
            return _picture(request, *kept) if kept else _nothing()
        if request.query_params.get("wish") == "1":
            wishes.ask([camera_id])
        picture = await asyncio.to_thread(read_still, db, camera_id)
        if picture is None:
            return _nothing()
        return _picture(request, picture.body, picture.captured_at, str(picture.clock))

    async def times(request: Request) -> Response:
        try:
            ids = [int(text) for text in request.query_params.get("ids", "").split(",") if text]
        except ValueError:
            return _refused("ids= takes numbers of cameras with commas between")
        if len(ids) > MOST_IDS:
            return _refused(f"ids= takes at most {MOST_IDS} cameras, got {len(ids)}; ask for those on screen")
        ids = [camera_id for camera_id in ids if known(camera_id)]
        wishes.ask(ids)
        found = await asyncio.to_thread(screen.captured, db, ids)
        said = {str(camera_id): found[camera_id].timestamp() if camera_id in found else None for camera_id in ids}
        return JSONResponse({"now": time.time(), "times": said}, headers=_HEADERS)

    return [
        Route("/stills/times.json", times, methods=["GET"]),
        Route("/stills/{camera:int}.jpg", still, methods=["GET"]),
    ]


def _picture(request: Request, content: bytes, captured_at: datetime, clock: str = "") -> Response:
    tag = f'"{captured_at.timestamp():.6f}"'
    headers = {**_HEADERS, "X-Captured-At": captured_at.isoformat(), "ETag": tag}
    headers |= {"X-Captured-By": clock} if clock else {}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, media_type(content))


def _nothing() -> Response:
    return Response(_NO_PICTURE, 404, _HEADERS, "image/svg+xml")


def _refused(why: str) -> Response:
    return PlainTextResponse(f"{why}\n", 400, _HEADERS)
