"""Requests and replies of HTTP/1.1 and RTSP/1.0, which share their shape; bytes in, bytes out."""

import re
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

MAX_HEAD = 16_384
MAX_BODY = 4_000_000
_START = re.compile(r"([A-Z_]{3,16}) (\S{1,4000}) ((?:HTTP|RTSP)/1\.[01])")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class MalformedError(ValueError):
    """Bytes that are no request; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in small letters."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_rtsp(self) -> bool:
        """Whether it is RTSP, by its first line."""
        return self.version.startswith("RTSP")

    @property
    def place(self) -> list[str]:
        """Parts of the path: ["c", code, "still.jpg"]."""
        return unquote(urlsplit(self.target).path).strip("/").split("/")

    @property
    def code(self) -> str | None:
        """Code of the camera it is for."""
        place = self.place
        named = len(place) >= 2 and place[0] == "c" and _CODE.fullmatch(place[1])
        return place[1] if named else None


def take(buffer: bytearray) -> Request | None:
    """
    Take the first request out of a buffer; None while it is not complete.

    Raises
    ------
    MalformedError
        If no request can come of it.
    """
    while buffer[:1] == b"$":  # a packet a player sends back between two RTSP requests
        if len(buffer) < 4 or len(buffer) < 4 + int.from_bytes(buffer[2:4], "big"):
            return None
        del buffer[: 4 + int.from_bytes(buffer[2:4], "big")]
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MAX_HEAD:
            raise MalformedError(f"a request's head must end within {MAX_HEAD} bytes")
        return None
    first, *rest = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    start = _START.fullmatch(first)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    length = headers.get("content-length", "0")
    if start is None or not length.isdecimal() or int(length) > MAX_BODY or "transfer-encoding" in headers:
        raise MalformedError(f"not a request we read: {first[:60]!r}")
    if len(buffer) < end + 4 + int(length):
        return None
    body = bytes(buffer[end + 4 : end + 4 + int(length)])
    del buffer[: end + 4 + int(length)]
    return Request(start[1], start[2], start[3], headers, body)


def code_of(text: str) -> str:
    """Return a camera's code as it may stand in an address, or raise ValueError."""
    if not _CODE.fullmatch(text):
        raise ValueError(f"a camera's code has 1-64 letters, digits, '.', '_' or '-', got {text[:80]!r}")
    return text


def reply(
    request: Request, status: int, body: bytes = b"", kind: str = "text/plain; charset=utf-8", **headers: str
) -> bytes:
    """Reply to a request, in its own protocol; header names are given with _ for -."""
    lines = [f"{request.version[:4]}/{'1.0' if request.is_rtsp else '1.1'} {status} {_phrase(status)}"]
    if request.is_rtsp:
        lines.append(f"CSeq: {request.headers.get('cseq', '0')[:16]}")
    if body or not request.is_rtsp:
        lines += [f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if request.method == "HEAD" else head + body


@lru_cache(maxsize=64)
def http_date(at_s: int) -> str:
    """Unix time as HTTP writes it."""
    return formatdate(at_s, usegmt=True)


def _phrase(status: int) -> str:
    return {453: "Not Enough Bandwidth", 454: "Session Not Found", 461: "Unsupported Transport"}.get(
        status
    ) or HTTPStatus(status).phrase
