"""Pages -> the streams behind them, found in children of their own and remembered for a while."""

import asyncio
import time
from dataclasses import dataclass, field

from worker.still.children import Children

FOUND_S = 600.0  # streams behind pages have addresses that expire
MISSED_S = 120.0
RESOLVE_S = 10.0
MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Found:
    """Where the stream of a page is, and what to tell when asking for it; without `url` the reason why not."""

    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""


class Resolver:
    """Asks streamlink in a killable child; a page many cameras share, or many look at, is resolved once."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._kept: dict[str, tuple[float, Found]] = {}
        self._asking: dict[str, asyncio.Task[Found]] = {}

    async def find(self, address: str) -> Found:
        """Return the stream behind a page; a page without one is a Found without address, not an exception."""
        until_s, found = self._kept.get(address, (0.0, Found()))
        if time.monotonic() < until_s:
            return found
        asking = self._asking.get(address)
        if asking is None:
            asking = self._asking[address] = asyncio.create_task(self._ask(address))
            asking.add_done_callback(lambda _: self._asking.pop(address, None))
        return await asyncio.shield(asking)  # several may wait for it: one of them giving up ends it for none

    def forget(self, address: str) -> None:
        """Resolve a page anew next time: what was found behind it answers no more."""
        self._kept.pop(address, None)

    async def last_piece(self, url: str, headers: dict[str, str]) -> tuple[str, bytes]:
        """Reason, and the beginning of the last segment of an encrypted playlist."""
        facts, body = await self._children.do(
            {"kind": "piece", "address": url, "headers": headers}, b"", RESOLVE_S
        )
        return ("", body) if facts["ok"] else (str(facts["reason"]), b"")

    async def _ask(self, address: str) -> Found:
        facts, _ = await self._children.do({"kind": "find", "address": address}, b"", RESOLVE_S)
        found = Found(facts["url"], facts["headers"]) if facts["ok"] else Found(reason=facts["reason"])
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[address] = time.monotonic() + (FOUND_S if found.url else MISSED_S), found
        return found
