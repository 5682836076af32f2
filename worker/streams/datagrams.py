"""The two datagram sockets a camera sends its packets to: RTP on the even port, RTCP on the odd one after it."""

import asyncio
import contextlib
import socket
from collections import deque

from worker.reach.wire import ProtocolError
from worker.streams.rtp import InOrder

MOST_WAITING = 4_000_000  # bytes the reader may lag behind; what comes then is lost, as on any network
_TRIES = 50  # for two free ports next to each other
_AT_ONCE = 64  # datagrams; then others have their turn
_ROOM = 2_000_000  # the system is asked to keep for us; it gives what it allows
_BIGGEST = 65_535
_RTCP = range(192, 224)
_PUNCH = (b"\x80\0" + bytes(10), b"\x80\xc9\0\1" + bytes(4))  # RTP without a payload, RTCP that saw nothing


class Datagrams:
    """
    Packets of one stream, in their order, from one address only; whoever opens it bounds the time and closes it.

    A camera's stream is known by its source number: a recorder that still sends an earlier session to the same
    port must not pass its picture off as that of another camera.

    Attributes
    ----------
    ports
        Even and odd port, as the camera is to be told.
    heard
        Whether anything of a stream has come.
    """

    def __init__(self, address: str) -> None:
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._camera = socket.inet_ntop(self._family, socket.inet_pton(self._family, address))
        self._loop = asyncio.get_running_loop()
        self._rtp, self._rtcp = self._pair()
        self.ports = self._rtp.getsockname()[1], self._rtcp.getsockname()[1]
        self.heard = False
        self._source: bytes | None = None
        self._in_order = InOrder()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._loop.add_reader(self._rtp.fileno(), self._ready)

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        with socket.socket(self._family, socket.SOCK_DGRAM) as way:
            way.connect((self._camera, 9))  # sends nothing: only asks which address of ours leads there
            ours = way.getsockname()[0]
        for _ in range(_TRIES):
            rtp = self._bound(ours, 0)
            port = rtp.getsockname()[1]
            if port % 2 == 0:
                with contextlib.suppress(OSError):
                    return rtp, self._bound(ours, port + 1)
            rtp.close()
        raise OSError("no two ports next to each other are free")

    def _bound(self, address: str, port: int) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM if port == 0 else 0)
            made.bind((address, port))
        except OSError:
            made.close()
            raise
        return made

    def check_unused(self) -> None:
        """Raise ProtocolError if a stream comes that nobody has asked for yet: it is not the one we want."""
        self._ready()
        if self.heard:
            raise ProtocolError("a stream of an earlier session comes to these ports")

    def open_way(self, ports: tuple[int, int]) -> None:
        """Send a word to the camera's ports, so that a firewall of ours takes what comes from there as answers."""
        for ours, port, word in zip((self._rtp, self._rtcp), ports, _PUNCH, strict=True):
            with contextlib.suppress(OSError):
                ours.sendto(word, (self._camera, port))

    async def packet(self) -> bytes:
        """Next packet; the error it was ended with once there is none left."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        packet = self._waiting.popleft()
        self._size -= len(packet)
        return packet

    def end(self, error: Exception) -> None:
        """Nothing more is to be expected."""
        self._error = self._error or error
        self._wake()

    def close(self) -> None:
        """Give the ports back."""
        self._loop.remove_reader(self._rtp.fileno())
        self._rtp.close()
        self._rtcp.close()

    def _ready(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet, place = self._rtp.recvfrom(_BIGGEST)
            except OSError:
                return
            if place[0] == self._camera and self._is_of_stream(packet):
                self._keep(packet)

    def _is_of_stream(self, packet: bytes) -> bool:
        if len(packet) < 12 or packet[0] >> 6 != 2 or packet[1] in _RTCP:
            return False
        self.heard = True
        if self._source is None:
            self._source = packet[8:12]
        if packet[8:12] != self._source:
            self.end(ProtocolError("two streams come to one port"))
            return False
        return True

    def _keep(self, packet: bytes) -> None:
        for one in self._in_order.push(packet):
            if self._size + len(one) <= MOST_WAITING:
                self._waiting.append(one)
                self._size += len(one)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
