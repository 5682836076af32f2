"""One bounded HTTP answer from a camera: redirects rechecked, bytes capped, sign-in as it asks for it."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from worker.credentials import authorization
from worker.network import Reach, Target, connector, redirected, refusal

MAX_REDIRECTS = 2
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 16_384
_AGENT = "Takhai camera monitor"


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
) -> Answer:
    """
    Get the first bytes of an address, until `enough` says so, the cap, or the end.

    The caller bounds the time. Raises OSError or aiohttp.ClientError; NotAllowedError where the address, or one
    a redirect names, is outside the allowed networks.
    """
    try:
        return await _follow(session, target, cap, enough)
    except (aiohttp.ClientError, OSError) as error:
        raise (refusal(error) or error) from None


async def _follow(
    session: aiohttp.ClientSession, target: Target, cap: int, enough: Callable[[bytearray], bool]
) -> Answer:
    sign_in: str | None = None
    hops = 0
    while True:
        headers = {"Authorization": sign_in} if sign_in else {}
        async with session.get(URL(target.url, encoded=True), headers=headers, allow_redirects=False) as reply:
            if reply.status in _REDIRECTS and "Location" in reply.headers and hops < MAX_REDIRECTS:
                target, sign_in, hops = redirected(target, reply.headers["Location"]), None, hops + 1
                continue
            if reply.status == 401 and sign_in is None:
                asked = reply.headers.getall("WWW-Authenticate", [])
                sign_in = authorization(asked, "GET", target.path, target)
                if sign_in:
                    continue
            body, whole = await _read(reply, cap, enough)
            return Answer(reply.status, reply.headers, body, whole, target)


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


def reason_of(error: BaseException) -> str:
    """Key of the reason a look failed for."""
    if refusal(error):
        return "not_allowed"
    if isinstance(error, TimeoutError | aiohttp.ServerTimeoutError):
        return "timeout"
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ConnectionRefusedError):
        return "refused"
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | asyncio.IncompleteReadError):
        return "garbage"
    if isinstance(error, OSError | aiohttp.ClientError | ssl.SSLError):
        return "unreachable"
    return "garbage"
