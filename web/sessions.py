"""Which browsers are signed in, remembered for a second so that a map of tiles does not ask each time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from data.database import Database
from data.signins import is_signed_in, new_link, sign_out, use_link

COOKIE = "takhai"
REMEMBERED_S = 1.0
MOST_REMEMBERED = 4096  # made-up cookies must not fill the memory


class Sessions:
    """Sign-ins of one database, asked without holding up the event loop."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[bool, float]] = OrderedDict()

    async def holds(self, cookie: str | None) -> bool:
        """Say whether a cookie stands for a sign-in; at most `REMEMBERED_S` late."""
        if not cookie:
            return False
        answer, asked_at = self._remembered.get(cookie, (False, -REMEMBERED_S))
        if self._clock() - asked_at < REMEMBERED_S:
            return answer
        asked_at = self._clock()
        answer = await asyncio.to_thread(is_signed_in, self._db, cookie, _now())
        self._remembered[cookie] = answer, asked_at
        self._remembered.move_to_end(cookie)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return answer

    async def begin(self, token: str) -> str | None:
        """Trade a one-time token for a cookie, or None."""
        return await asyncio.to_thread(use_link, self._db, token, _now())

    async def end(self, cookie: str) -> None:
        """Sign a browser out, at once in this process."""
        await asyncio.to_thread(sign_out, self._db, cookie, _now())
        self._remembered.pop(cookie, None)

    async def link(self) -> str:
        """Return a fresh one-time token, for another browser."""
        return await asyncio.to_thread(new_link, self._db, _now())


def _now() -> datetime:
    return datetime.now(UTC)
