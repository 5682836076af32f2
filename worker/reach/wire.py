"""One TCP connection to one camera, cheap enough to make thousands of in a second."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from worker.reach.sockets import RESET, Socket

MAX_HEAD = 65_536
FAREWELL_S = 0.2
_MOST_WAITING = 131_072  # bytes that may lie unread before the other side is made to wait


class ProtocolError(ValueError):
    """The other side does not speak the protocol, or not as it should."""


class CutError(ConnectionError):
    """The connection ended before all was said; `partial`: something had come."""

    def __init__(self, *, partial: bool) -> None:
        self.partial = partial
        super().__init__("the camera hung up")


class Line(asyncio.Protocol):
    """
    A connection that is read from as it suits the reader; whoever dialled it bounds the time and closes it.

    asyncio's own streams do the same with two more objects and five times the work.
    """

    __slots__ = ("_buffer", "_closed", "_error", "_got", "_leaving", "_paused", "_transport", "_waiter")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._closed = self._paused = self._got = self._leaving = False

    def connection_made(self, transport: asyncio.BaseTransport | Socket) -> None:
        """Keep the way to write."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's and ours by their deeds

    def data_received(self, data: bytes) -> None:
        """Keep what came for the reader."""
        if self._leaving:
            if b"RTSP/" in data:  # it heard our goodbye
                self.close()
            return
        self._buffer += data
        self._got = True
        if len(self._buffer) > _MOST_WAITING and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the reader that nothing more will come."""
        self._closed, self._error = True, error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _more(self) -> None:
        if self._closed:
            raise CutError(partial=self._got)
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def write(self, message: bytes) -> None:
        """Send."""
        if not self._closed:
            self._transport.write(message)

    async def head(self) -> bytes:
        """Bytes up to the next empty line; a bare line feed ends a line too, as with some cameras."""
        return await self._until(_end_of_head, MAX_HEAD)

    async def line(self, most: int) -> bytes:
        """Bytes up to the next line feed."""
        return await self._until(_end_of_line, most)

    async def _until(self, find: Callable[[bytearray, int], int], most: int) -> bytes:
        looked = 0
        while (end := find(self._buffer, looked)) < 0:
            looked = max(0, len(self._buffer) - 3)
            if len(self._buffer) > most:
                raise ProtocolError(f"it must end within {most} bytes")
            await self._more()
        return self._take(end)

    async def exactly(self, count: int) -> bytes:
        """Just so many bytes."""
        while len(self._buffer) < count:
            await self._more()
        return self._take(count)

    async def some(self, most: int) -> bytes:
        """At least one byte, and no more than so many; b"" once the other side has said all."""
        while not self._buffer:
            if self._closed and self._error is None:
                return b""
            await self._more()
        return self._take(min(most, len(self._buffer)))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def close(self) -> None:
        """End the connection at once."""
        if not self._closed:
            self._transport.abort()

    async def farewell(self, message: bytes) -> None:
        """Send a last message and end the connection once it was heard, or after a fifth of a second."""
        if self._closed:
            return
        self._leaving, self._paused = True, False
        self._transport.write(message)
        self._transport.resume_reading()
        try:
            async with asyncio.timeout(FAREWELL_S):
                while not self._closed:
                    await self._more()
        except TimeoutError:
            pass
        finally:
            self.close()


def _end_of_head(buffer: bytearray, start: int) -> int:
    end = buffer.find(b"\n\r\n", start)
    if end >= 0:
        return end + 3
    end = buffer.find(b"\n\n", start)
    return end + 2 if end >= 0 else -1


def _end_of_line(buffer: bytearray, start: int) -> int:
    end = buffer.find(b"\n", start)
    return end + 1 if end >= 0 else -1


async def dial(
    address: str, port: int, *, tls: ssl.SSLContext | None = None, server_name: str | None = None
) -> Line:
    """Connection to a checked IP address; OSError where there is none."""
    if tls is None:
        line = Line()
        plain = Socket(line)
        await plain.connect(address, port)
        line.connection_made(plain)
        return line
    transport, line = await asyncio.get_running_loop().create_connection(
        Line, address, port, ssl=tls, server_hostname=server_name
    )
    raw: socket.socket = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return line
