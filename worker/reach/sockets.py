"""Plain TCP connections of one loop behind one epoll: half the work of a transport of the loop's own for each."""

import asyncio
import errno
import os
import select
import socket
import struct
from typing import Protocol

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: a closing socket would hold its port for another minute
_CHUNK = 32_768
_AT_ONCE = 256  # events in one turn; then what they woke has its own


class Listener(Protocol):
    """Who is told what comes over a connection; the names are those of `asyncio.Protocol`."""

    def data_received(self, data: bytes) -> None:
        """Bytes came."""

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more will come."""


class Hub:
    """Wakes the connections that have something to say."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.epoll = select.epoll()
        self.open: dict[int, Socket] = {}
        loop.add_reader(self.epoll.fileno(), self._turn)

    def _turn(self) -> None:
        for number, _ in self.epoll.poll(0, _AT_ONCE):
            if one := self.open.get(number):  # what came before it in this turn may have closed it
                one.ready()


_hub: Hub | None = None


def _hub_of(loop: asyncio.AbstractEventLoop) -> Hub:
    global _hub
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub


class Socket:
    """
    One connection; the part of `asyncio.Transport` that a Line needs.

    It always ends by reset.
    """

    __slots__ = ("_connecting", "_hub", "_listener", "_number", "_socket")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._hub = _hub_of(asyncio.get_running_loop())
        self._connecting: asyncio.Future[None] | None = None

    async def connect(self, address: str, port: int) -> None:
        """Connect to an IP address; OSError where that cannot be."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._number = self._socket.fileno()
        self._hub.open[self._number] = self
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            _check(self._socket.connect_ex((address, port)))
            self._connecting = self._hub.loop.create_future()
            self._hub.epoll.register(self._number, select.EPOLLOUT)
            await self._connecting
            self._connecting = None
            self._hub.epoll.modify(self._number, select.EPOLLIN)
        except BaseException:  # given up as well
            self._close()
            raise

    def ready(self) -> None:
        """Take what came."""
        if self._connecting is not None:
            self._connected(self._connecting)
            return
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error)
            return
        if data:
            self._listener.data_received(data)
        else:
            self._lose(None)

    def _connected(self, connecting: asyncio.Future[None]) -> None:
        if connecting.done():
            return
        try:
            _check(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        except OSError as error:
            connecting.set_exception(error)
        else:
            connecting.set_result(None)

    def write(self, message: bytes) -> None:
        """Send a request; who does not even take so few bytes is not there any more."""
        try:
            if self._socket.send(message) == len(message):
                return
            raise BlockingIOError(errno.EAGAIN, "it takes no more requests")
        except OSError as error:
            self._lose(error)

    def pause_reading(self) -> None:
        """Let what comes wait."""
        self._hub.epoll.modify(self._number, 0)

    def resume_reading(self) -> None:
        """Take it again."""
        self._hub.epoll.modify(self._number, select.EPOLLIN)

    def abort(self) -> None:
        """End it."""
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        self._close()
        self._listener.connection_lost(error)

    def _close(self) -> None:
        self._hub.open.pop(self._number, None)
        self._socket.close()


def _check(code: int) -> None:
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, os.strerror(code))
