"""Where a camera may be reached: what an address of unknown origin names is checked, then pinned."""

import asyncio
import ipaddress
import re
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
MAX_ADDRESS = 2_000
OWN = "own"  # in a list of denied places: this host, by whichever of its addresses

# Places a server answers from that are not cameras: "this network", reserved, and the clouds' metadata services.
_NEVER_CAMERAS = tuple(
    ipaddress.ip_network(n) for n in ("0.0.0.0/8", "240.0.0.0/4", "100.100.100.200/32", "fd00:ec2::254/128")
)
_MULTICAST = int(IPv4Address("224.0.0.0"))  # and what is reserved, from there on
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class NotAllowedError(OSError):
    """An address outside the networks where cameras may be; an OSError, so that libraries let it through."""


# An address without sign-in, capitals, fragment or anything else that wants thought; ports up to 59999.
_PLAIN = re.compile(r"(https?|rtsps?)://([0-9a-z.-]+)(?::([1-5]?\d{1,4}))?(/[^#]*[^#?])")


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a camera's address; `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str
    user: str | None = None
    password: str = ""

    @property
    def url(self) -> str:
        """The address without user and password, fit for a request line or a library."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def signed_url(self) -> str:
        """The address with user and password: for a child that asks by itself, and for nobody's eyes."""
        login = "" if self.user is None else f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@"
        return self.url.replace("://", f"://{login}", 1)

    @property
    def secure(self) -> bool:
        """Whether it is spoken over TLS."""
        return self.scheme in ("rtsps", "https")


def parse(address: str) -> Target:
    """Parts of an address; NotAllowedError unless it is one a camera can have."""
    if not address or len(address) > MAX_ADDRESS or " " in address or not address.isprintable():
        # A space would hand options to streamlink; a line break, headers to the camera.
        raise NotAllowedError(f"a camera's address has 1-{MAX_ADDRESS} characters and no blanks")
    if plain := _PLAIN.fullmatch(address):  # by far the most; each look asks
        scheme, host, number, path = plain.groups()
        return Target(scheme, host, int(number or PORTS[scheme]) or PORTS[scheme], path)
    try:
        parts = urlsplit(address)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise NotAllowedError("a camera's address must be a whole URL") from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not host or "%" in host:
        raise NotAllowedError(f"a camera's address begins with one of {', '.join(PORTS)} and names a host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    user = None if parts.username is None else unquote(parts.username)
    return Target(scheme, host, port or PORTS[scheme], path, user, unquote(parts.password or ""))


def redirected(target: Target, location: str) -> Target:
    """Where a redirect leads; user and password go along only to the same host, port and scheme."""
    there = parse(urljoin(target.url, location))
    same = (there.scheme, there.host, there.port) == (target.scheme, target.host, target.port)
    return replace(there, user=target.user, password=target.password) if same else there


@dataclass(frozen=True)
class Reach:
    """
    The networks cameras may be in.

    Empty: any unicast address but loopback, link-local, reserved ones and this host's own. Listed: only inside
    them, even where that is loopback or this host.

    Attributes
    ----------
    denied
        IP addresses and ports that are no camera's even inside those networks: our own database and app. OWN
        for the address is any of this host's.
    """

    networks: tuple[Network, ...] = ()
    denied: frozenset[tuple[str, int]] = frozenset()

    def allows(self, address: str, port: int | None = None) -> bool:
        """Whether a camera may be at an IP address (text form) and port."""
        if self.networks and port not in self._closed:
            number = _number(address)
            if number is not None:  # by far the most, and asked several times for each look
                return 0 < number < _MULTICAST and any(number & mask == base for base, mask in self._listed)
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(self._allows(one) and not self._denies(one, port) for one in _inner(found))

    def check(self, address: str, port: int | None = None) -> None:
        """Raise NotAllowedError unless a camera may be at an IP address and port."""
        if not self.allows(address, port):
            raise NotAllowedError(f"{address} is outside the networks of cameras; see TAKHAI_CAMERA_NETWORKS")

    @cached_property
    def _listed(self) -> tuple[tuple[int, int], ...]:
        listed = (network for network in self.networks if isinstance(network, IPv4Network))
        return tuple((int(network.network_address), int(network.netmask)) for network in listed)

    @cached_property
    def _closed(self) -> frozenset[int]:
        return frozenset(port for _, port in self.denied)

    def _denies(self, address: Address, port: int | None) -> bool:
        if port not in self._closed:
            return False
        return (str(address), port) in self.denied or ((OWN, port) in self.denied and _is_own(str(address)))

    def _allows(self, address: Address) -> bool:
        if address.is_unspecified or address.is_multicast:
            return False
        if self.networks:
            return any(address in network for network in self.networks if network.version == address.version)
        if address.is_loopback or address.is_link_local:
            return False
        return not any(address in n for n in _NEVER_CAMERAS if n.version == address.version) and not _is_own(
            str(address)
        )


def _number(address: str) -> int | None:
    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET, address))
    except OSError:
        return None


def _inner(address: Address) -> tuple[Address, ...]:
    """Every address a packet to this one may end at: IPv4 hides inside IPv6 in several ways."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)  # the kernel itself connects to the IPv4 one
    hidden = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        hidden.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return (address, *(one for one in hidden if one))


def places_of_our_own(database_url: str, host: str, port: int) -> frozenset[tuple[str, int]]:
    """Where our database and app answer: no camera is there, whatever an address says."""
    from data.database import server_of  # the children, who read this module too, need none of it

    places = {(OWN, port), (host, port)}
    if database := server_of(database_url):
        name, at = database
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(name, at, type=socket.SOCK_STREAM)}
        except OSError:
            found = {name}
        places |= {(address, at) for address in found}
        if any(_is_own(address) for address in found):
            places.add((OWN, at))
    return frozenset(places)


@lru_cache(maxsize=500_000)  # a country of cameras, or each look would ask the system again
def _is_own(address: str) -> bool:
    # What can be bound is ours: exact on every kind of network, with no list of interfaces to keep.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


class GuardedResolver(AbstractResolver):
    """Asks the system once and lets an answer through only if every address in it is allowed."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of a host, all of them allowed."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await resolve(host, port, self._reach, family)
        ]

    async def close(self) -> None:
        """Nothing to close."""


async def resolve(
    host: str, port: int, reach: Reach, family: socket.AddressFamily = socket.AF_UNSPEC
) -> list[str]:
    """IP addresses of a host; NotAllowedError if any is not allowed: a mixed answer is no way in."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
    for address in addresses:
        reach.check(address, port)
    return addresses


def connector(reach: Reach, at_once: int) -> aiohttp.TCPConnector:
    """HTTP connections that can only be made to allowed addresses, whatever a name resolves to."""

    def guarded_socket(info: tuple[Any, ...]) -> socket.socket:
        reach.check(
            str(info[4][0]), info[4][1]
        )  # the address really connected to: literals never meet the resolver
        made = socket.socket(info[0], info[1], info[2])
        # Closed by reset: a worker that looks 20,000 times a minute would run out of ports in TIME_WAIT.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return made

    return aiohttp.TCPConnector(
        limit=at_once,
        force_close=True,
        resolver=GuardedResolver(reach),
        ttl_dns_cache=60,
        dns_cache_max_size=100_000,
        socket_factory=guarded_socket,
        ssl=False,  # cameras sign their own certificates; who answers is bounded by the networks above
    )


def refusal(error: BaseException | None) -> NotAllowedError | None:
    """Find the NotAllowedError inside what a library made of it, or None."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, NotAllowedError):
            return one
        if one is not None and one not in seen and len(seen) < 20:
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "os_error", None), *_parts(one)]
    return None


def _parts(error: BaseException) -> Iterable[BaseException]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()
