"""Viewers of the map without browsers: what their pages ask of the app, and nothing drawn."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

EVERY_S = 1.0
BEGIN_S = 60.0  # to open all pages, one after the other


@dataclass
class Watched:
    """What the viewers saw of the app."""

    cpu_share: float = 0.0  # of one core, by the app's process
    replies_s: list[float] = field(default_factory=list)
    opened: int = 0  # pages that ran to their end
    runs: int = 0  # parts of them that ran again by themselves, while it was measured
    refused: int = 0


def watch(
    url: str, cookie: str, viewers: int, seconds: float, *, pages: bool, cpu_s: Callable[[], float],
    each_second: Callable[[], object],
) -> Watched:  # fmt: skip
    """
    Look at the map with some viewers for some seconds while a status changes each second.

    Parameters
    ----------
    pages
        Whether each has the page open as well and runs its parts again as often as a browser does; else only what
        the map itself asks for.
    cpu_s
        Tells the processor time the app has used.
    each_second
        Changes a status.
    """
    return asyncio.run(_watch(url, cookie, viewers, seconds, pages, cpu_s, each_second))


async def _watch(
    url: str, cookie: str, viewers: int, seconds: float, pages: bool, cpu_s: Callable[[], float],
    each_second: Callable[[], object],
) -> Watched:  # fmt: skip
    seen = Watched()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, headers={"Cookie": f"takhai={cookie}"}, trust_env=False
    ) as session:
        opened = [asyncio.create_task(_page(session, url, seen)) for _ in range(viewers if pages else 0)]
        # browsers do not come all at once, and first runs are not what is measured
        await asyncio.sleep(min(BEGIN_S, 0.4 * len(opened)))
        polling = [asyncio.create_task(_poll(session, url, at / viewers, seen)) for at in range(viewers)]
        await asyncio.sleep(2 * EVERY_S)
        seen.replies_s, seen.runs = [], 0
        began, used = time.perf_counter(), cpu_s()
        while time.perf_counter() - began < seconds:
            await asyncio.gather(asyncio.to_thread(each_second), asyncio.sleep(EVERY_S))
        seen.cpu_share = (cpu_s() - used) / (time.perf_counter() - began)
        for task in (*polling, *opened):
            task.cancel()
        ended = await asyncio.gather(*polling, *opened, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception):
            raise one
    return seen


async def _poll(session: aiohttp.ClientSession, url: str, late_s: float, seen: Watched) -> None:
    """Ask what changed, as the map does: a second after the last answer."""
    await asyncio.sleep(late_s * EVERY_S)
    since = ""
    while True:
        began = time.perf_counter()
        async with session.get(f"{url}/live{since}") as reply:
            content = await reply.read()
        seen.replies_s.append(time.perf_counter() - began)
        seen.refused += reply.status != 200
        since = f"?since={json.loads(content)['seq']}"
        await asyncio.sleep(EVERY_S)


async def _page(session: aiohttp.ClientSession, url: str, seen: Watched) -> None:
    """Open the map's page and run its parts again whenever the page asked for it."""
    address = urlsplit(url)
    async with session.ws_connect(
        f"ws://{address.netloc}/_stcore/stream", protocols=("streamlit", "PLACEHOLDER"), origin=url,
        max_msg_size=0, heartbeat=None,
    ) as socket:  # fmt: skip
        await socket.send_bytes(_run())
        timers: dict[str, asyncio.Task[None]] = {}
        page = ""
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.BINARY:
                    continue
                told = ForwardMsg.FromString(message.data)
                kind = told.WhichOneof("type")
                if kind == "new_session":
                    page = told.new_session.page_script_hash
                elif kind == "script_finished" and not timers:
                    seen.opened += told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                elif kind == "auto_rerun" and told.auto_rerun.fragment_id not in timers:
                    part = told.auto_rerun.fragment_id
                    timers[part] = asyncio.create_task(_again(socket, page, part, told.auto_rerun.interval, seen))
        finally:
            for timer in timers.values():
                timer.cancel()


async def _again(
    socket: aiohttp.ClientWebSocketResponse, page: str, part: str, every_s: float, seen: Watched
) -> None:
    with suppress(ConnectionError, RuntimeError):  # the page was closed
        while True:
            await asyncio.sleep(every_s)
            await socket.send_bytes(_run(page, part))
            seen.runs += 1


def _run(page: str = "", part: str = "") -> bytes:
    asked = BackMsg()
    state = asked.rerun_script
    state.query_string = ""
    state.page_script_hash = page
    state.context_info.locale = "th-TH"
    state.context_info.timezone = "Asia/Bangkok"
    if part:
        state.fragment_id, state.is_auto_rerun = part, True
    else:
        state.page_name = "map"
    return asked.SerializeToString()
