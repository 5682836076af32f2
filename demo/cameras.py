"""
A street of simulated cameras on one loopback port, HTTP and RTSP alike: `python -m demo.cameras`.

Any code is a camera: http://127.0.0.1:PORT/c/CODE/live.m3u8, master.m3u8, still.jpg and live.mjpg,
rtsp://127.0.0.1:PORT/c/CODE, and rtsp://127.0.0.1:PORT/c/CODE/sub for the small picture where the other is large.
POST /faults/CODE with {"fault": "dead"} breaks one, {"fault": "none"} mends it, and the name of a switch or a
network in the place of CODE all that hang on it; see `demo/faults.py` and `demo/hookups.py`.
"""

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import signal
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self, cast

import uvloop

from demo.answers import MJPEG_HEAD, desk, elsewhere, endless_head, garbage, http, jpeg_part
from demo.clips import clips
from demo.datagrams import Datagrams
from demo.faults import Fault, FaultKind, Faults
from demo.messages import MalformedError, Request, code_of, reply, take
from demo.rtsp import Session
from demo.signin import is_welcome

SLOW_S = 8.0
DRIP_S = 0.5  # between two bytes
_ENDLESS = bytes(65_536)
_ENDLESS_S = 0.05  # between two such pieces of a picture that does not end
_IDLE_S = 75.0
_MOST_CONNECTIONS = 8_000
_MOST_WAITING = 1_000_000  # bytes a viewer may lag behind before it misses pictures
_RESET = struct.pack("ii", 1, 0)  # close with RST: linger on, for no time


class Street:
    """
    The running cameras; `async with street(port=0) as s:` in tests.

    Attributes
    ----------
    port
        The one they listen on, once they do.
    faults
        What is wrong with whom; `faults.log` is all that was ordered.
    asked
        Requests by method, such as TEARDOWN.
    """

    def __init__(self, *, port: int, schedule: bool, seed: int, host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"simulated cameras listen on loopback only, got {host}; use 127.0.0.1")
        self.host, self.port = host, port
        self.faults = Faults(seed, schedule=schedule)
        self.wires: set[Wire] = set()
        self.asked: Counter[str] = Counter()

    def order(self, codes: str | Iterable[str], fault: str, for_s: float | None = None) -> None:
        """Give a camera, switch or network, or several, a fault from now on: dead, slow, frozen, ... or none."""
        for code in [codes] if isinstance(codes, str) else codes:
            self.faults.order(code_of(code), FaultKind(fault), time.time(), for_s)

    def address(self, code: str, name: str = "live.m3u8") -> str:
        """Address of what a camera has by HTTP, or of its RTSP streams by the names "rtsp" and "rtsp/sub"."""
        if name.startswith("rtsp"):
            return f"rtsp://{self.host}:{self.port}/c/{code}{name.removeprefix('rtsp')}"
        return f"http://{self.host}:{self.port}/c/{code}/{name}"

    async def __aenter__(self) -> Self:
        self.clips = await asyncio.to_thread(clips)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Wire(self), self.host, self.port, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        self.datagrams = Datagrams(self.host)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for wire in list(self.wires):
            wire.drop()
        self.datagrams.close()
        await self._server.wait_closed()


def street(port: int = 0, *, schedule: bool = False, seed: int = 7) -> Street:
    """Return a street of simulated cameras, to be entered with `async with`; port 0 takes a free one."""
    return Street(port=port, schedule=schedule, seed=seed)


class Wire(asyncio.Protocol):
    """One connection: reads requests, answers one after the other, and plays while it is told to."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.buffer = bytearray()
        self.session = Session(street.clips, self._fault, street.datagrams.ports)
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many already."""
        # uvloop's transports are not asyncio's by class, only by what they do
        self.transport, self._loop = cast(asyncio.Transport, transport), asyncio.get_running_loop()
        self.street.wires.add(self)
        if len(self.street.wires) > _MOST_CONNECTIONS:
            self.drop()
        else:
            self._later("idle", _IDLE_S, self.drop)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Forget it."""
        self.street.wires.discard(self)
        for timer in self._timers.values():
            timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self.buffer += data
        self._answer_waiting()

    def drop(self) -> None:
        """End the connection at once."""
        self.transport.abort()

    def _answer_waiting(self) -> None:
        while not self.transport.is_closing() and "slow" not in self._timers:
            try:
                request = take(self.buffer)
            except MalformedError:
                self.drop()
                return
            if request is None:
                return
            self._meet(request)

    def _meet(self, request: Request) -> None:
        self.street.asked[request.method] += 1
        if request.place[0] == "faults" and not request.is_rtsp:
            self.transport.write(desk(self.street.faults, request, time.time()))
            return
        if request.code is None and not (request.is_rtsp and request.method == "OPTIONS"):
            self.transport.write(reply(request, 404, b"/c/CODE/live.m3u8, still.jpg, live.mjpg, or /faults\n"))
            return
        fault = self._fault(request.code or "")
        match fault.kind:
            case FaultKind.DEAD:
                self._reset()
            case FaultKind.SILENT:
                pass
            case FaultKind.GARBAGE:
                self.transport.write(garbage(request.code or ""))
                self.transport.close()
            case FaultKind.REFUSE:
                self.transport.write(reply(request, 453 if request.is_rtsp else 503))
            case FaultKind.REDIRECT:
                self.transport.write(elsewhere(request, self.street.port))
            case FaultKind.SLOW:
                self._later("slow", SLOW_S, self._late, request, fault)
            case FaultKind.DRIP:
                self._later("slow", DRIP_S, self._drip, f"{request.version} 200 OK\r\nServer: ", 0)
            case _:
                self._answer(request, fault)

    def _late(self, request: Request, fault: Fault) -> None:
        del self._timers["slow"]
        self._answer(request, fault)
        self._answer_waiting()

    def _drip(self, head: str, place: int) -> None:
        """Send one more byte of an answer whose head never ends."""
        if self._keep_playing(self.session.code):
            self.transport.write((head[place : place + 1] or "a").encode())
            self._later("slow", DRIP_S, self._drip, head, place + 1)

    def _answer(self, request: Request, fault: Fault) -> None:
        if request.is_rtsp:
            self.transport.write(self.session.answer(request, fault, time.time()))
            self._play("rtsp" if self.session.playing else None)
            return
        moving = request.method == "GET" and request.place[2:] == ["live.mjpg"]
        if not (moving and request.code and is_welcome(request, fault.kind)):
            if fault.kind is FaultKind.ENDLESS and request.place[2:] == ["still.jpg"]:
                self._pour(endless_head(request), request.code or "")
                return
            self.transport.write(http(self.street.clips, request, request.code or "", fault, time.time()))
            if request.headers.get("connection", "").lower() == "close" or request.version == "HTTP/1.0":
                self.transport.close()
        elif fault.kind is FaultKind.ENDLESS:
            self._pour(endless_head(request), request.code)
        else:
            self.transport.write(MJPEG_HEAD)
            self._later("play", 0, self._next_jpeg, request.code, self._loop.time())

    def _pour(self, piece: bytes, code: str) -> None:
        if self._keep_playing(code):
            if self.transport.get_write_buffer_size() < _MOST_WAITING:
                self.transport.write(piece)
            self._later("play", _ENDLESS_S, self._pour, _ENDLESS, code)

    def _play(self, what: str | None) -> None:
        if what and "play" not in self._timers:
            self._later("play", 0, self._next_picture, self._loop.time(), 0)
        elif what is None and "play" in self._timers:
            self._timers.pop("play").cancel()

    def _next_picture(self, began: float, index: int) -> None:
        if self._keep_playing(self.session.code):
            packets = self.session.picture(index)
            if self.session.client_port is not None:
                there = self.transport.get_extra_info("peername")[0]
                self.street.datagrams.send(packets, there, self.session.client_port)
            elif self.transport.get_write_buffer_size() < _MOST_WAITING:
                self.transport.write(self.session.interleave(packets))
            due = began + (index + 1) * self.session.interval_s
            self._later("play", due - self._loop.time(), self._next_picture, began, index + 1)

    def _next_jpeg(self, code: str, due: float) -> None:
        if self._keep_playing(code):
            fault = self._fault(code)
            waits = self.transport.get_write_buffer_size() > _MOST_WAITING
            if not waits and fault.kind is not FaultKind.STALLED:
                self.transport.write(jpeg_part(self.street.clips, code, fault, time.time()))
            self._later("play", due + 1 - self._loop.time(), self._next_jpeg, code, due + 1)

    def _keep_playing(self, code: str) -> bool:
        """Whether there is still somebody to play for; a camera that dies takes its viewers with it."""
        if self._fault(code).kind is FaultKind.DEAD:
            self._reset()
        self._later("idle", _IDLE_S, self.drop)
        return not self.transport.is_closing()

    def _fault(self, code: str) -> Fault:
        return self.street.faults.of(code, time.time())

    def _reset(self) -> None:
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def _later(self, name: str, wait_s: float, call: object, *args: object) -> None:
        held = self._timers.get(name)
        if held is not None:
            held.cancel()
        self._timers[name] = self._loop.call_later(max(wait_s, 0), call, *args)  # type: ignore[arg-type]


async def _serve(chosen: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    cameras = Street(port=chosen.port, schedule=chosen.schedule, seed=chosen.seed, host=chosen.host)
    async with cameras:
        gc.freeze()  # the clips stay: no need to look through them again and again
        faults = "with" if chosen.schedule else "without"
        sys.stdout.write(
            f"simulated cameras ready on http://{cameras.host}:{cameras.port}/c/CODE/live.m3u8, {faults} faults "
            "by schedule\n"
        )
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m demo.cameras", description="Simulated cameras on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8601)
    parser.add_argument("--seed", type=int, default=7, help="the same seed breaks the same cameras")
    parser.add_argument("--no-schedule", dest="schedule", action="store_false", help="break none but on order")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(_serve(parser.parse_args()))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"demo.cameras: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
