"""Pages and locked HLS by streamlink, fenced in: allowed networks only, no files, no programs. Runs in a child."""

import re
import socket
import warnings
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from streamlink.exceptions import StreamlinkError
from streamlink.session.session import Streamlink
from streamlink.stream.hls.hls import HLSStream, MuxedHLSStream
from streamlink.stream.http import HTTPStream
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from worker.reach.network import NotAllowedError, Reach, Target, parse, refusal

SEGMENT_CAP = 4_000_000
MIN_HEIGHT = 180
_TOLD = ("referer", "origin", "user-agent")  # cookies and sign-in would go to hosts a playlist names


class NoStreamError(ValueError):
    """An address behind which streamlink finds no stream we can read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stream behind a page: its address, and what the page wants told when it is asked for."""

    url: str
    headers: dict[str, str]


def find_stream(address: str, reach: Reach, timeout_s: float) -> Found:
    """
    Smallest stream behind a page that fills a still.

    Raises NoStreamError, NotAllowedError or an OSError of the network.
    """
    target = parse(address)
    session = _session(target, reach, timeout_s, verify=True)
    try:
        stream = _choose(_behind(session, target))
        asked = session.http.prepare_new_request(**stream.args)
    except StreamlinkError as error:
        raise refusal(error) or NoStreamError(type(error).__name__) from error
    found = parse(str(asked.url))  # a plugin may name a file, or any other scheme
    told = {name: str(value) for name, value in asked.headers.items() if name.lower() in _TOLD}
    return Found(found.url, told)


def last_piece(address: str, headers: dict[str, str], reach: Reach, timeout_s: float) -> bytes:
    """Return the beginning of an encrypted playlist's last segment, as streamlink's own reader opens it."""
    session = _session(parse(address), reach, timeout_s, verify=False)
    session.http.headers.update(headers)
    try:
        opened: Any = HLSStream(session, parse(address).url)
        with closing(opened.open()) as reader:
            body: bytes = reader.read(SEGMENT_CAP)
    except StreamlinkError as error:
        raise refusal(error) or NoStreamError(type(error).__name__) from error
    return body


def _checked(host: str, port: int, reach: Reach) -> str:
    """Return the first IP address of a name, after all of them were checked."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for one in found:
        reach.check(one, port)
    return found[0]


def _behind(session: Streamlink, target: Target) -> dict[str, Any]:
    # Asked first: for an address no plugin knows, streamlink would go there and follow wherever it is sent.
    if not session.plugins.match_url(target.url):
        raise NoStreamError("no plugin knows this page")
    return dict(session.streams(target.url))


def _choose(streams: dict[str, Any]) -> HLSStream | HTTPStream:
    """Smallest variant that still fills a thumbnail; of a muxed stream its video, as muxing would run ffmpeg."""
    sized: list[tuple[float, str]] = []
    for name in streams:
        if name in ("best", "worst") or "audio" in name:
            continue
        height = re.match(r"(\d+)p", name)
        number = float(height[1]) if height else 0.0
        sized.append((number if number >= MIN_HEIGHT else 100_000 - number, name))
    for _, name in sorted(sized):
        stream = streams[name]
        stream = stream.substreams[0] if isinstance(stream, MuxedHLSStream) else stream
        if isinstance(stream, HLSStream | HTTPStream):
            return stream
    raise NoStreamError("no stream of a kind we read")


def _session(target: Target, reach: Reach, timeout_s: float, *, verify: bool) -> Streamlink:
    """Make a session for one camera only: options, cookies and sign-in of a session go to every host it meets."""
    session = Streamlink(
        {
            "http-timeout": timeout_s,
            "stream-timeout": timeout_s,
            "http-trust-env": False,
            "http-ssl-verify": verify,  # cameras sign their own certificates, pages do not
            "webbrowser": False,
            "ffmpeg-ffmpeg": "/nonexistent",
            "hls-live-edge": 1,
            "hls-playlist-reload-attempts": 1,
            "stream-segment-attempts": 1,
            "stream-segment-threads": 1,
        }
    )
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    session.http.adapters.clear()  # file:// among them
    session.http.max_redirects = 2
    for scheme in ("http://", "https://"):
        session.http.mount(scheme, _GuardedAdapter(reach))
    if target.user is not None:
        session.http.auth = _SignInThere(target)
    return session


class _SignInThere(AuthBase):
    """User and password for the camera itself, not for the other hosts its playlist may name."""

    def __init__(self, target: Target) -> None:
        self._start = target.url.removesuffix(target.path) + "/"
        self._basic = HTTPBasicAuth((target.user or "").encode(), target.password.encode())

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed: PreparedRequest = self._basic(request) if (request.url or "").startswith(self._start) else request
        return signed


class _GuardedAdapter(HTTPAdapter):
    """Connects only to allowed addresses, and to the very one that was checked."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _pinned(HTTPConnection, self._reach)}),
            "https": type(
                "SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": _pinned(HTTPSConnection, self._reach)}
            ),
        }

    def proxy_manager_for(self, *_: Any, **__: Any) -> Any:
        raise NotAllowedError("cameras are not reached through a proxy")

    def send(self, *arguments: Any, **named: Any) -> Response:
        try:
            return super().send(*arguments, **named)
        except OSError as error:
            raise (refusal(error) or error) from None


def _pinned(base: type[Any], reach: Reach) -> type[Any]:
    class Pinned(base):  # type: ignore[misc]
        def _new_conn(self: Any) -> socket.socket:
            host = str(self._dns_host)
            self._dns_host = _checked(host, self.port, reach)  # the name stays in Host and in TLS
            try:
                made: socket.socket = base._new_conn(self)
                return made
            finally:
                self._dns_host = host

    return Pinned
