"""The demo's street of simulated cameras in a thread of its own, and what a worker beside it says in its log."""

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from demo.cameras import Street, street


@dataclass
class Lively:
    """A street that plays; orders come from any thread."""

    street: Street
    loop: asyncio.AbstractEventLoop

    def order(self, names: str | Iterable[str], fault: str, for_s: float | None = None) -> None:
        """Break cameras, a switch or a network, or mend them; see `Street.order`."""
        self.loop.call_soon_threadsafe(self.street.order, names, fault, for_s)


@contextmanager
def lively_street() -> Iterator[Lively]:
    """A street without faults until the block ends."""
    loop, opened = uvloop.new_event_loop(), street()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(60)
    try:
        yield Lively(opened, loop)
    finally:
        asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def events(log: Path, *names: str) -> list[dict[str, Any]]:
    """What a worker said of some kinds, oldest first."""
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [one for one in said if one["event"] in names]


def lateness(log: Path, interval_s: float) -> float:
    """By how much looks were late by the worker's own word; a whole turn more where some of them were void. [s]"""
    summaries = events(log, "summary")
    late_s = max(one["late_p99_s"] for one in summaries)
    return float(late_s) + (interval_s if any(one.get("void") for one in summaries) else 0.0)
