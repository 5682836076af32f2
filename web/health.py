"""/healthz: is the app alive; /readyz: can it do its work; /asof.json: how old is what it shows."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data.database import Database
from data.fleet import Fleet
from data.watch.alarms import waiting
from data.watch.journal import is_watching, last_beat

BOOT = secrets.token_hex(8)  # a page that sees another one loads itself anew
COUNT_EVERY_S = 2.0
_FRESH = {"Cache-Control": "no-store"}


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return /healthz, /readyz and /asof.json."""
    alarms = _Waiting(db)

    async def alive(_request: Request) -> Response:
        return JSONResponse({"ok": True}, headers=_FRESH)

    async def ready(_request: Request) -> Response:
        facts = await asyncio.to_thread(_readiness, db, datetime.now(UTC))
        return JSONResponse(facts, 200 if facts["ok"] else 503, _FRESH)

    async def asof(_request: Request) -> Response:
        # what the app shows, not what the database holds: were it to fall behind, the clock must say so
        snapshot, now = fleet.now(), datetime.now(UTC)
        as_of = snapshot.as_of
        facts = {
            "boot": BOOT,
            "now": now.timestamp(),
            "asof": as_of.timestamp() if as_of else None,
            "seq": snapshot.seq,
            "version": snapshot.version,
            "worker_alive": is_watching(as_of, now),
            "alarms": await alarms.count(),
        }
        return JSONResponse(facts, headers=_FRESH)

    paths = {"/healthz": alive, "/readyz": ready, "/asof.json": asof}
    return [Route(path, answer, methods=["GET"]) for path, answer in paths.items()]


class _Waiting:
    """How many alarms nobody has said to know of: asked once in a while, for all browsers."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._counted_s = -COUNT_EVERY_S
        self._count: int | None = None

    async def count(self) -> int | None:
        """Return it; None while the database is away."""
        if time.monotonic() - self._counted_s > COUNT_EVERY_S:
            self._counted_s = time.monotonic()
            try:
                self._count = (await asyncio.to_thread(waiting, self._db)).count
            except Exception:  # the clock goes on without it
                self._count = None
        return self._count


def _readiness(db: Database, now: datetime) -> dict[str, Any]:
    try:
        beat = last_beat(db)
    except Exception as error:  # whatever keeps the database from answering is the answer
        return {"ok": False, "database": type(error).__name__, "worker_beat_age_s": None, "worker_alive": False}
    age_s = (now - beat).total_seconds() if beat else None
    watching = is_watching(beat, now)
    return {"ok": watching, "database": "ok", "worker_beat_age_s": age_s, "worker_alive": watching}
