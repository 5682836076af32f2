"""A camera's address -> what a picture can be decoded from, in as few bytes as will do."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from worker.fetch import Answer, fetch
from worker.network import Reach, parse
from worker.rtsp import SilentError, first_keyframe

PICTURE_CAP = 12_000_000
VIDEO_CAP = 2_000_000
OLDEST_H = 24  # a Last-Modified older than that was set by hand, not by the camera
_JPEG = b"\xff\xd8\xff"
_END = re.compile(rb"\xff\xd9\s{0,4}--")  # a JPEG's end and the boundary before the next


@dataclass(frozen=True, slots=True)
class Material:
    """
    What a child makes a still from.

    `kind` is "image", "video", "h264", "hevc" (with `body`), or "hls", "page" (the child fetches by itself).
    `age` is how old the camera's own clock says it is; None where it says nothing. `moving`: from a stream.
    """

    kind: str
    body: bytes = b""
    age: timedelta | None = None
    moving: bool = True


class NoPictureError(ValueError):
    """An answer without a picture; `reason` is the key of the reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


async def gather(session: aiohttp.ClientSession, reach: Reach, address: str) -> Material:
    """
    Fetch what a still can be made from.

    Raises NoPictureError, or whatever the network does; the caller bounds the time.
    """
    target = parse(address)
    if target.scheme in ("rtsp", "rtsps"):
        try:
            return Material(*await first_keyframe(target, reach))
        except SilentError:
            raise NoPictureError("stalled") from None
    answer = await fetch(session, target, PICTURE_CAP, _enough)
    if answer.status not in (200, 206):
        raise NoPictureError("unauthorised" if answer.status in (401, 403) else "http_error")
    if answer.body.lstrip(b"\xef\xbb\xbf").startswith(b"#EXTM3U"):
        return Material("hls")
    if "multipart" in answer.content_type:
        return Material("image", _first_part(answer))
    if answer.body.startswith((_JPEG, b"\x89PNG")):
        if not answer.whole:
            raise NoPictureError("garbage")
        return Material("image", answer.body, _age(answer), moving=False)
    if "text/html" in answer.content_type:
        return Material("page")
    return Material("video", answer.body)


def _enough(body: bytearray) -> bool:
    if body.startswith((_JPEG, b"\x89PNG")):
        return False
    start = body.find(_JPEG, 0, 4096)
    if start > 0:  # a stream of JPEGs: the next one's boundary ends the first
        return _END.search(body, start) is not None
    return len(body) >= VIDEO_CAP or body.lstrip().startswith((b"#", b"<"))


def _first_part(answer: Answer) -> bytes:
    start = answer.body.find(_JPEG)
    if start < 0:
        raise NoPictureError("garbage")
    end = _END.search(answer.body, start)
    return answer.body[start : end.start() + 2 if end else None]


def _age(answer: Answer) -> timedelta | None:
    """How old a picture was when it was sent: by the camera's own two clock readings, right or wrong."""
    made, sent = _time(answer, "Last-Modified"), _time(answer, "Date")
    if made is None or sent is None or not timedelta(0) <= sent - made <= timedelta(hours=OLDEST_H):
        return None
    return sent - made


def _time(answer: Answer, name: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers[name])
    except (KeyError, ValueError, IndexError, TypeError):
        return None
    return found if found.tzinfo else None
