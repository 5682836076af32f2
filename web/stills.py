"""/stills/{camera}.jpg: the latest picture of a camera with the time it was captured."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.database import Database
from data.fleet import Fleet
from data.models import StillWish
from data.watch.thumbnails import read_still

WISH_EVERY_S = 5.0  # a camera on ten screens is wished for once
MOST_WISHES = 10_000
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NO_PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180" viewBox="0 0 320 180">
<title>no picture</title><rect width="320" height="180" fill="#8A9299" fill-opacity=".25"/>
<g fill="none" stroke="#8A9299" stroke-width="3"><rect x="130" y="70" width="44" height="40" rx="4"/>
<path d="M174 84l16-9v30l-16-9M122 116l76-52"/></g></svg>
"""


class Wishes:
    """Pictures somebody has on screen, told to the worker at most once in `WISH_EVERY_S` a camera."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._told: OrderedDict[int, float] = OrderedDict()

    def due(self, camera_id: int) -> bool:
        """Say whether it is time to tell the worker of this camera again, and remember that it was told."""
        now = self._clock()
        if now - self._told.get(camera_id, -WISH_EVERY_S) < WISH_EVERY_S:
            return False
        self._told[camera_id] = now
        self._told.move_to_end(camera_id)
        if len(self._told) > MOST_WISHES:
            self._told.popitem(last=False)
        return True

    def tell(self, camera_id: int) -> None:
        """Write the wish down."""
        with self._db.write() as session:
            session.merge(StillWish(camera_id=camera_id, wanted_at=datetime.now(UTC)))


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return the still route."""
    wishes = Wishes(db)

    async def still(request: Request) -> Response:
        camera_id = int(request.path_params["camera"])
        # An id the inventory does not hold leads to no file and no row, whatever lies in the folder.
        known = fleet.now().row_of(camera_id) is not None
        picture = await asyncio.to_thread(read_still, db, camera_id) if known else None
        wished = known and request.query_params.get("wish") == "1" and wishes.due(camera_id)
        task = BackgroundTask(wishes.tell, camera_id) if wished else None
        if picture is None:
            return Response(_NO_PICTURE, 404, _HEADERS, "image/svg+xml", task)
        captured = {
            "X-Captured-At": picture.captured_at.isoformat(),
            "X-Captured-By": str(picture.clock),
        }
        return Response(picture.jpeg, 200, _HEADERS | captured, "image/jpeg", task)

    return [Route("/stills/{camera:int}.jpg", still, methods=["GET"])]
