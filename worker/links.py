"""Pages and HLS through streamlink, fenced in: allowed networks only, no files, no programs. Runs in a child."""

import re
import socket
import warnings
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from streamlink.exceptions import StreamlinkError
from streamlink.session.session import Streamlink
from streamlink.stream.hls.hls import HLSStream, MuxedHLSStream
from streamlink.stream.hls.m3u8 import parse_m3u8
from streamlink.stream.hls.segment import HLSSegment
from streamlink.stream.http import HTTPStream
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from worker.network import NotAllowedError, Reach, Target, parse, refusal

SEGMENT_CAP = 4_000_000
PLAYLIST_CAP = 1_000_000
MIN_HEIGHT = 180


class NoStreamError(ValueError):
    """An address behind which streamlink finds no stream we can read."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The last piece of a stream: bytes, by the stream's clock when it began, and which one it is."""

    body: bytes
    captured_at: datetime | None
    mark: str


def last_piece(address: str, reach: Reach, timeout_s: float, *, page: bool) -> Piece:
    """
    Last piece of a stream's smallest variant that fills a still.

    Raises NoStreamError, NotAllowedError or an OSError of the network.
    """
    target = parse(address)
    session = _session(target, reach, timeout_s, verify=page)
    try:
        if page:
            stream = _choose(_behind(session, target))
        else:
            found = HLSStream.parse_variant_playlist(session, target.url)
            stream = _choose(found) if found else HLSStream(session, target.url)
        if isinstance(stream, HLSStream):
            return _last(session, stream)
        return Piece(_get(session, stream.args["url"], SEGMENT_CAP), None, "")
    except StreamlinkError as error:
        raise refusal(error) or NoStreamError(type(error).__name__) from error


def has_stream(address: str, reach: Reach, timeout_s: float) -> bool:
    """Whether streamlink knows the page at an address and finds a stream behind it."""
    target = parse(address)
    try:
        return bool(_behind(_session(target, reach, timeout_s, verify=True), target))
    except (StreamlinkError, NoStreamError):
        return False


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


def _last(session: Streamlink, stream: HLSStream) -> Piece:
    playlist: Any = parse_m3u8(
        _get(session, stream.url, PLAYLIST_CAP).decode("utf-8", "replace"), base_uri=stream.url
    )
    segments: list[HLSSegment] = [s for s in playlist.segments if not getattr(s, "init", False)]
    if not segments:
        raise NoStreamError("a playlist of nothing")
    last = segments[-1]
    if last.key and last.key.method not in (None, "NONE"):
        opened: Any = stream
        with closing(opened.open()) as reader:  # encrypted: streamlink's own reader knows how
            body: bytes = reader.read(SEGMENT_CAP)
    else:
        start = _ranged(session, last.map.uri, last.map.byterange) if last.map else b""
        body = start + _ranged(session, last.uri, last.byterange)
    captured_at = last.date.astimezone(UTC) if last.date and last.date.tzinfo else None
    return Piece(body, captured_at, f"{last.num} {last.uri}")


def _ranged(session: Streamlink, url: str, part: Any) -> bytes:
    if part is None:
        return _get(session, url, SEGMENT_CAP)
    begin = part.offset or 0
    return _get(session, url, SEGMENT_CAP, {"Range": f"bytes={begin}-{begin + part.range - 1}"})


def _get(session: Streamlink, url: str, cap: int, headers: dict[str, str] | None = None) -> bytes:
    parse(url)
    body = bytearray()
    with session.http.get(url, headers=headers or {}, stream=True) as reply:
        for chunk in reply.iter_content(65_536):
            body += chunk
            if len(body) >= cap:
                break
    return bytes(body[:cap])


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
            infos = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
            for info in infos:
                reach.check(str(info[4][0]))
            self._dns_host = infos[0][4][0]  # the name stays in Host and in TLS
            try:
                made: socket.socket = base._new_conn(self)
                return made
            finally:
                self._dns_host = host

    return Pinned
