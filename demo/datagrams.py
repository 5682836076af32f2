"""Where the cameras' datagrams come from: a pair of ports on loopback, the even one for RTP (RFC 3550, 11)."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable


class Datagrams:
    """
    Sends what is asked for, and hears nothing.

    Attributes
    ----------
    ports
        The even one packets come from, and the odd one next to it.
    """

    def __init__(self, host: str) -> None:
        self._rtp, self._rtcp = _pair(host)
        self.ports = self._rtp.getsockname()[1], self._rtcp.getsockname()[1]

    def send(self, packets: Iterable[bytes], host: str, port: int) -> None:
        """Send packets to a loopback address; what does not fit is lost, as on any network."""
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"simulated cameras send to loopback only, got {host}; ask from 127.0.0.1")
        for packet in packets:
            with contextlib.suppress(OSError):
                self._rtp.sendto(packet, (host, port))

    def close(self) -> None:
        """Give the ports back."""
        self._rtp.close()
        self._rtcp.close()


def _pair(host: str) -> tuple[socket.socket, socket.socket]:
    while True:
        rtp = _bound(host, 0)
        port = rtp.getsockname()[1]
        if port % 2 == 0:
            with contextlib.suppress(OSError):
                return rtp, _bound(host, port + 1)
        rtp.close()


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
