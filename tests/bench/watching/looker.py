"""
Looks at many cameras in one way, in a process of its own: `python -m tests.bench.watching.looker JOB`.

JOB is JSON: {"way": "ours", "aiohttp", "streams" or "bare", "kind": "hls" or "rtsp", "cameras": N, "port": P}. It
looks at all twice and says what the second round took: of the processor, of memory in flight, and who seemed down.
"""

import asyncio
import gc
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import aiohttp
import uvloop

from data.memory import collect_rarely
from data.watch.status import Outcome
from tests.bench.watching.nation import host_of
from worker.probe import Prober
from worker.reach.fetch import open_session
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach

IN_FLIGHT, TIMEOUT_S = 1_000, 3.0
_SEQUENCE = re.compile(rb"#EXT-X-MEDIA-SEQUENCE:(\d+)")
Look = Callable[[int, str], Awaitable[bool]]


async def _ours() -> tuple[Look, Callable[[], Awaitable[None]]]:
    collect_rarely()  # as the worker does
    reach = Reach((ip_network("127.0.0.0/8"),))
    session = open_session(reach, IN_FLIGHT)
    prober = Prober(session, Names(reach), Gates(4, 1_000), TIMEOUT_S, _no_stream)

    async def look(number: int, address: str) -> bool:
        return (await prober.probe(number, address, datetime.now(UTC))).outcome is Outcome.GOOD

    return look, session.close


async def _no_stream(address: str) -> bool:
    return False


async def _aiohttp() -> tuple[Look, Callable[[], Awaitable[None]]]:
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT, force_close=True)
    session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def look(number: int, address: str) -> bool:
        try:
            async with session.get(address) as reply:
                return reply.status == 200 and _SEQUENCE.search(await reply.read()) is not None
        except (aiohttp.ClientError, TimeoutError):
            return False

    return look, session.close


async def _streams() -> tuple[Look, Callable[[], Awaitable[None]]]:
    """RTSP as one writes it first, by asyncio's streams; aiohttp knows no RTSP."""

    async def ask(address: str) -> bool:
        host, port = address.removeprefix("rtsp://").partition("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(f"DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(re.findall(r"Content-Length: (\d+)", head)[0])
            return " 200 " in head.splitlines()[0] and b"m=video" in await reader.readexactly(length)
        finally:
            writer.transport.abort()

    async def look(number: int, address: str) -> bool:
        try:
            return await asyncio.wait_for(ask(address), TIMEOUT_S)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False

    return look, _nothing


class _Bare(asyncio.Protocol):
    """Send, and take the first bytes that come."""

    def __init__(self, message: bytes, came: asyncio.Future[bytes]) -> None:
        self.message, self.came = message, came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send."""
        cast(asyncio.WriteTransport, transport).write(self.message)

    def data_received(self, data: bytes) -> None:
        """Take them."""
        if not self.came.done():
            self.came.set_result(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing came."""
        if not self.came.done():
            self.came.set_exception(error or ConnectionError())


async def _bare() -> tuple[Look, Callable[[], Awaitable[None]]]:
    """Return the floor: one request by a bare protocol, nothing checked, nothing remembered."""
    loop = asyncio.get_running_loop()

    async def look(number: int, address: str) -> bool:
        scheme, _, rest = address.partition("://")
        host, port = rest.partition("/")[0].split(":")
        message = f"GET /{rest.partition('/')[2]} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        if scheme == "rtsp":
            message = f"DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        came: asyncio.Future[bytes] = loop.create_future()
        patience = loop.call_later(TIMEOUT_S, came.cancel)
        wire, _ = await loop.create_connection(lambda: _Bare(message.encode(), came), host, int(port))
        try:
            return b" 200 " in await came
        except (OSError, asyncio.CancelledError):
            return False
        finally:
            patience.cancel()
            wire.abort()

    return look, _nothing


async def _nothing() -> None:
    pass


async def _round(look: Look, addresses: list[str]) -> tuple[list[int], float, float]:
    """Look at all; who seemed down, processor time [s], and memory one look in flight holds [kB]."""
    places, down = asyncio.Semaphore(IN_FLIGHT), []
    gc.collect()
    before_kb, most_kb, cpu = _memory_kb(), 0.0, time.process_time()
    under_way: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        if not await look(number, addresses[number]):
            down.append(number)
        places.release()

    for number in range(len(addresses)):
        await places.acquire()
        task = asyncio.create_task(one(number))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        if number % 500 == 0:
            most_kb = max(most_kb, _memory_kb())
    await asyncio.gather(*under_way)
    return down, time.process_time() - cpu, (most_kb - before_kb) / IN_FLIGHT


def _memory_kb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def _run(job: dict[str, Any]) -> dict[str, Any]:
    look, close = await {"ours": _ours, "aiohttp": _aiohttp, "streams": _streams, "bare": _bare}[job["way"]]()
    scheme, name = ("rtsp", "") if job["kind"] == "rtsp" else ("http", "/live.m3u8")
    addresses = [f"{scheme}://{host_of(n)}:{job['port']}/{n}{name}" for n in range(job["cameras"])]
    first_down, first_s, kb = await _round(look, addresses)
    down, spent_s, _ = await _round(look, addresses)
    await close()
    return {"cpu_s": spent_s, "first_s": first_s, "kb": kb, "down": sorted(down), "first_down": sorted(first_down)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(_run(json.loads(sys.argv[1])))))
