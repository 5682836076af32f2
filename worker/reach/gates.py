"""How much one host and one network have to bear from us: sessions at once, and looks a second. Pure."""

import ipaddress
import random
from dataclasses import dataclass, field

HELD_S = 0.5  # until a host's place may be free again: about how long a slow look lasts
MOST_KEPT = 20_000
_EXEMPT = frozenset({"127.0.0.1", "::1"})  # simulated cameras of this machine: a country behind one address


@dataclass
class Gates:
    """
    Places at hosts and in networks; whoever finds none asks again later, nobody waits inside.

    Probes and stills go through the same one: a recorder with 64 cameras counts both alike.

    Attributes
    ----------
    per_host
        Sessions a host has to bear at once; many recorders take no more than a few.
    per_network_s
        Entries into one network (/24, /64 of IPv6) a second, as many saved up as come in one.
    """

    per_host: int
    per_network_s: float
    _inside: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)  # how many there were, and when

    def try_enter(self, host: str, ip: str, now_s: float) -> float:
        """
        Enter a host at an IP address; 0.0 if that was allowed, else the seconds after which to ask again.

        Whoever entered calls `leave` with the same host. `now_s` is of a steady clock.
        """
        if ip in _EXEMPT:
            return 0.0
        inside = self._inside.get(host, 0)
        if inside >= self.per_host:
            return HELD_S * random.uniform(0.5, 1.5)  # noqa: S311 - spreads those who wait, guards nothing
        network = _network(ip)
        most = max(1.0, self.per_network_s)
        tokens, then_s = self._tokens.get(network, (most, now_s))
        tokens = min(most, tokens + (now_s - then_s) * self.per_network_s)
        if tokens < 1:
            return (1 - tokens) / self.per_network_s
        self._tokens[network] = tokens - 1, now_s
        self._inside[host] = inside + 1
        if len(self._tokens) > MOST_KEPT:
            self._forget_full(now_s)
        return 0.0

    def leave(self, host: str) -> None:
        """Give a place back."""
        inside = self._inside.get(host, 0)
        if inside > 1:
            self._inside[host] = inside - 1
        else:
            self._inside.pop(host, None)

    def _forget_full(self, now_s: float) -> None:
        full_after_s = max(1.0, self.per_network_s) / self.per_network_s
        self._tokens = {name: held for name, held in self._tokens.items() if now_s - held[1] < full_after_s}


def _network(ip: str) -> str:
    if ":" not in ip:
        return ip.rpartition(".")[0]
    address = ipaddress.IPv6Address(ip.partition("%")[0])
    return _network(str(address.ipv4_mapped)) if address.ipv4_mapped else str(int(address) >> 64)
