"""Addresses outside that always answer: while they do, a silent camera is the camera's fault."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Canary:
    """A host and a port that accept connections."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Canary":
        """Canary from "host:port", "[2001:db8::1]:443" included."""
        host, _, port = text.rpartition(":")
        host = host.strip("[]")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ValueError(
                f'TAKHAI_UPLINK_CANARIES lists host:port, got "{text}"; for example gateway.example:443'
            )
        return cls(host, int(port))


async def answering(canaries: Sequence[Canary], timeout_s: float) -> int:
    """How many of the canaries accept a connection in time."""
    return sum(await asyncio.gather(*(_answers(canary, timeout_s) for canary in canaries)))


async def _answers(canary: Canary, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(canary.host, canary.port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
