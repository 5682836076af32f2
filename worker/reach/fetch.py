"""One bounded HTTP answer from a camera: redirects rechecked, bytes capped, sign-in as it asks for it."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from worker.reach.credentials import authorization
from worker.reach.names import Names
from worker.reach.network import Reach, Target, connector, redirected, refusal
from worker.reach.wire import CutError, Line, ProtocolError, dial

MAX_REDIRECTS = 2
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 16_384
_MOST_CHUNK_LINE = 4_096
_AGENT = "Takhai camera monitor"
_NOTHING: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera said: status, headers, the first bytes; `whole` unless they were cut at the cap."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    whole: bool
    target: Target

    @property
    def content_type(self) -> str:
        """Content type in small letters, with its parameters."""
        return self.headers.get("Content-Type", "").lower()


def open_session(reach: Reach, at_once: int) -> aiohttp.ClientSession:
    """Session for cameras: no cookies, no proxy, no environment, and only to allowed addresses."""
    return aiohttp.ClientSession(
        connector=connector(reach, at_once),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,  # a few bytes could unpack to gigabytes, and no camera needs it
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
        read_bufsize=65_536,
        max_line_size=8_190,
        max_field_size=8_190,
    )


async def fetch(
    session: aiohttp.ClientSession,
    target: Target,
    cap: int,
    enough: Callable[[bytearray], bool] = lambda _: False,
    *,
    names: Names | None = None,
    headers: Mapping[str, str] | None = None,
    met: Callable[[], None] = lambda: None,
) -> Answer:
    """
    Get the first bytes of an address, until `enough` says so, the cap, or the end.

    With `names`, what is not over TLS goes over a plain line of our own, at a fifth of the work; `met` is called
    once it is there. The caller bounds the time. Raises OSError, ProtocolError or aiohttp.ClientError;
    NotAllowedError where the address, or one a redirect names, is outside the allowed networks.
    """
    try:
        return await _follow(session, target, cap, enough, names, headers or {}, met)
    except (aiohttp.ClientError, OSError) as error:
        raise (refusal(error) or error) from None


async def _follow(
    session: aiohttp.ClientSession,
    target: Target,
    cap: int,
    enough: Callable[[bytearray], bool],
    names: Names | None,
    headers: Mapping[str, str],
    met: Callable[[], None],
) -> Answer:
    sign_in: str | None = None
    hops = 0
    while True:
        asked = {**headers, "Authorization": sign_in} if sign_in else headers
        if names is not None and not target.secure:
            answer = await _ask_plainly(names, target, cap, enough, asked, met)
        else:
            answer = await _ask(session, target, cap, enough, asked)
        if answer.status in _REDIRECTS and "Location" in answer.headers and hops < MAX_REDIRECTS:
            target, sign_in, hops = redirected(target, answer.headers["Location"]), None, hops + 1
            continue
        if answer.status == 401 and sign_in is None:
            wanted = answer.headers.getall("WWW-Authenticate", [])
            sign_in = authorization(wanted, "GET", target.path, target)
            if sign_in:
                continue
        return answer


async def _ask(
    session: aiohttp.ClientSession,
    target: Target,
    cap: int,
    enough: Callable[[bytearray], bool],
    headers: Mapping[str, str],
) -> Answer:
    async with session.get(URL(target.url, encoded=True), headers=headers, allow_redirects=False) as reply:
        if _leads_on(reply.status):
            return Answer(reply.status, reply.headers, b"", False, target)
        body, whole = await _read(reply, cap, enough)
        return Answer(reply.status, reply.headers, body, whole, target)


def _leads_on(status: int) -> bool:
    """Whether what matters is in the headers: where to go, or how to sign in."""
    return status in _REDIRECTS or status == 401


async def _read(
    reply: aiohttp.ClientResponse, cap: int, enough: Callable[[bytearray], bool]
) -> tuple[bytes, bool]:
    body = bytearray()
    while len(body) < cap:
        chunk = await reply.content.read(min(_CHUNK, cap - len(body)))
        if not chunk:
            return bytes(body), True
        body += chunk
        if enough(body):
            break
    return bytes(body), reply.content.at_eof()


async def _ask_plainly(
    names: Names,
    target: Target,
    cap: int,
    enough: Callable[[bytearray], bool],
    headers: Mapping[str, str],
    met: Callable[[], None],
) -> Answer:
    line = await dial(await names.find(target.host, target.port), target.port)
    met()
    try:
        line.write(_request(target, headers))
        status, told = 100, _NOTHING
        while 100 <= status < 200:
            status, told = _parse_head(await line.head())
        if _leads_on(status) or status in (204, 304):
            return Answer(status, told, b"", False, target)
        body, whole = await _read_plainly(line, told, cap, enough)
        return Answer(status, told, body, whole, target)
    finally:
        line.close()


def _request(target: Target, headers: Mapping[str, str]) -> bytes:
    host = target.url.split("/", 3)[2]
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_AGENT}\r\nAccept: */*\r\n"
        f"Accept-Encoding: identity\r\nConnection: close\r\n{more}\r\n"
    ).encode()


def _parse_head(head: bytes) -> tuple[int, CIMultiDictProxy[str]]:
    first, *lines = head.decode("utf-8", "replace").splitlines()
    version, _, rest = first.partition(" ")
    status = rest.lstrip()[:3]
    if not version.startswith("HTTP/1.") or len(status) != 3 or not status.isdecimal():
        raise ProtocolError("the answer is not HTTP")
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.add(name.strip(), value.strip())
    return int(status), CIMultiDictProxy(headers)


async def _read_plainly(
    line: Line, headers: CIMultiDictProxy[str], cap: int, enough: Callable[[bytearray], bool]
) -> tuple[bytes, bool]:
    """Body of an answer up to the cap, and whether that is all of it."""
    body = bytearray()
    chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    left = None if chunked else _length(headers)
    while left != 0 or chunked:
        if chunked and not left:
            left = _hex(await line.line(_MOST_CHUNK_LINE))
            if left == 0:
                return bytes(body), True
        piece = await line.some(min(_CHUNK, cap - len(body), cap if left is None else left))
        if not piece:
            if left is None:
                return bytes(body), True
            raise CutError(partial=True)
        body += piece
        if left is not None:
            left -= len(piece)
            if chunked and left == 0:
                await line.line(_MOST_CHUNK_LINE)
        if len(body) >= cap or enough(body):
            return bytes(body), left == 0 and not chunked
    return bytes(body), True


def _length(headers: CIMultiDictProxy[str]) -> int | None:
    text = headers.get("Content-Length")
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise ProtocolError(f'Content-Length counts bytes, this one says "{text[:20]}"')
    return int(text)


def _hex(line: bytes) -> int:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError:
        size = -1
    if not 0 <= size < 2**48:
        raise ProtocolError("a chunk's size is not a number")
    return size


def reason_of(error: BaseException) -> str:
    """Key of the reason a look failed for."""
    if refusal(error):
        return "not_allowed"
    if isinstance(error, TimeoutError | aiohttp.ServerTimeoutError):
        return "timeout"
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ConnectionRefusedError):
        return "refused"
    if isinstance(error, CutError):
        return "garbage" if error.partial else "unreachable"
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | asyncio.IncompleteReadError):
        return "garbage"
    if isinstance(error, OSError | aiohttp.ClientError | ssl.SSLError):
        return "unreachable"
    return "garbage"
