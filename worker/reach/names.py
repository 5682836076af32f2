"""Names of cameras -> the checked address each is dialled at, remembered for a while."""

import asyncio
import re
import time
from dataclasses import dataclass, field

from worker.reach.network import NotAllowedError, Reach, resolve

GOOD_S = 300.0
BAD_S = 30.0
STALE_S = 86_400.0  # a name server of ours that is gone is not the cameras' fault: their last address is used on
MOST_KEPT = 200_000
_LITERAL = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


@dataclass(slots=True)
class _Known:
    """Where a name leads; `until_s` is when it is asked anew."""

    addresses: list[str] = field(default_factory=list)
    error: OSError | None = None
    until_s: float = 0.0
    found_s: float = 0.0
    asking: asyncio.Task[None] | None = None


@dataclass
class Names:
    """Addresses of hosts; every one of them is allowed, and stays the one that was checked."""

    reach: Reach
    _known: dict[tuple[str, int], _Known] = field(default_factory=dict)
    _checked: tuple[str, int] | None = None  # the last address; each look asks twice, to enter and to dial

    async def find(self, host: str, port: int) -> str:
        """First address of a host; NotAllowedError where any is not allowed, OSError where there is none."""
        if (host, port) == self._checked:
            return host
        if _LITERAL.fullmatch(host):
            self.reach.check(host, port)
            self._checked = host, port
            return host
        known = self._known.get((host, port))
        if known is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            known = self._known[host, port] = _Known()
        if known.until_s <= time.monotonic():
            if known.asking is None:
                known.asking = asyncio.create_task(self._ask(host, port, known))
            await asyncio.shield(known.asking)  # several may wait for it: one of them giving up ends it for none
        if known.addresses:
            return known.addresses[0]
        raise type(known.error or OSError())(*(known.error.args if known.error else ()))

    async def _ask(self, host: str, port: int, known: _Known) -> None:
        try:
            addresses = await resolve(host, port, self.reach)
        except NotAllowedError as error:
            known.addresses, known.error, lasts_s = [], error, BAD_S
        except (OSError, UnicodeError) as error:
            if time.monotonic() - known.found_s > STALE_S:
                known.addresses = []
            known.error = error if isinstance(error, OSError) else OSError("no name a host can have")
            lasts_s = BAD_S
        else:
            known.addresses, known.found_s, lasts_s = addresses, time.monotonic(), GOOD_S
        finally:
            known.asking = None
        known.until_s = time.monotonic() + lasts_s
