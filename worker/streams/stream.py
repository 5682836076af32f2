"""A camera's address -> what a picture can be decoded from, in as few bytes as will do."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from worker.reach.fetch import Answer, fetch
from worker.reach.names import Names
from worker.reach.network import Target, parse, redirected
from worker.still.measures import WIDTH
from worker.streams.playlist import Piece, Segment, choose_variant, find_last_segment, find_variants
from worker.streams.resolve import Resolver
from worker.streams.rtsp import SilentError, first_keyframe
from worker.streams.ts import PACKET, first_key

PICTURE_CAP = 12_000_000
PART_CAP = 4_000_000  # of one picture in a stream of pictures
VIDEO_CAP = 2_000_000
PLAYLIST_CAP = 262_144
HEAD_CAP = 65_536
STEPS = (32_768, 131_072, 1_048_576)  # bytes of a segment in which its keyframe is looked for
OLDEST_H = 24  # a Last-Modified older than that was set by hand, not by the camera
MOST_KEPT = 500_000
_JPEG = b"\xff\xd8\xff"
_END = re.compile(rb"\xff\xd9\s{0,4}--")  # a JPEG's end and the boundary before the next
_HLS = b"#EXTM3U"


@dataclass(frozen=True, slots=True)
class Material:
    """
    What a child makes a still from.

    Attributes
    ----------
    kind
        "image", "video", or "h264", "hevc", "mpeg4" for one whole keyframe; "same" for nothing new since `mark`.
    whole
        Whether a video is all there is, so that its last picture is whole.
    moving
        Whether it is from a stream; single pictures may rest for minutes.
    captured_at, age
        When it was captured by the stream's clock, or how old it was by the camera's; None where neither says.
    mark
        Which piece of the stream it is; "" where pieces have no names.
    """

    kind: str
    body: bytes = b""
    whole: bool = False
    moving: bool = True
    captured_at: datetime | None = None
    age: timedelta | None = None
    mark: str = ""


class NoPictureError(ValueError):
    """An answer without a picture; `reason` is the key of the reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Gatherer:
    """Fetches; remembers how much of a segment each camera's keyframe needs."""

    session: aiohttp.ClientSession
    names: Names
    resolver: Resolver
    _needs: dict[int, int] = field(default_factory=dict)

    async def gather(self, camera_id: int, address: str, mark: str = "", *, udp: bool = False) -> Material:
        """
        Fetch what a still can be made from; `mark` is that of the last one, `udp` how an RTSP camera is to send.

        Raises NoPictureError, TransportError where the other way may do, or whatever the network does; the caller
        bounds the time.
        """
        target = parse(address)
        if target.scheme in ("rtsp", "rtsps"):
            try:
                codec, body = await first_keyframe(target, self.names, udp=udp)
                return Material("image" if codec == "mjpeg" else codec, body)
            except SilentError:
                raise NoPictureError("stalled") from None
        answer = await self._get(target, PICTURE_CAP, Enough())
        if "text/html" in answer.content_type and not answer.body.startswith(_HLS):
            return await self._behind(camera_id, target, mark)
        return await self._read(camera_id, answer, {}, mark)

    async def _behind(self, camera_id: int, page: Target, mark: str) -> Material:
        """Material from the stream behind a page."""
        found = await self.resolver.find(page.signed_url)
        if not found.url:
            raise NoPictureError(found.reason)
        try:
            answer = await self._get(parse(found.url), PICTURE_CAP, Enough(), found.headers)
        except NoPictureError:
            self.resolver.forget(page.signed_url)  # such addresses expire
            raise
        return await self._read(camera_id, answer, found.headers, mark)

    async def _read(self, camera_id: int, answer: Answer, headers: dict[str, str], mark: str) -> Material:
        if answer.body.lstrip(b"\xef\xbb\xbf").startswith(_HLS):
            return await self._playlist(camera_id, answer, headers, mark)
        if "multipart" in answer.content_type:
            return Material("image", _first_part(answer), age=_age(answer))
        if answer.body.startswith((_JPEG, b"\x89PNG")):
            if not answer.whole:
                raise NoPictureError("incomplete")
            return Material("image", answer.body, moving=False, age=_age(answer))
        return _video(answer.body, whole=answer.whole)

    async def _playlist(self, camera_id: int, answer: Answer, headers: dict[str, str], mark: str) -> Material:
        variants = find_variants(answer.body, answer.target.url)
        if variants:
            chosen = choose_variant(variants, WIDTH)
            answer = await self._get(redirected(answer.target, chosen.uri), PLAYLIST_CAP, headers=headers)
        segment = find_last_segment(answer.body, answer.target.url)
        if segment is None:
            raise NoPictureError("no_stream")
        name = f"{segment.number} {segment.piece.uri}"
        if name == mark:
            return Material("same", mark=mark)
        material = await self._segment(camera_id, answer.target, segment, headers)
        return replace(material, captured_at=segment.began_at, mark=name)

    async def _segment(
        self, camera_id: int, origin: Target, segment: Segment, headers: dict[str, str]
    ) -> Material:
        if segment.encrypted:
            reason, body = await self.resolver.last_piece(origin.signed_url, headers)
            if reason:
                raise NoPictureError(reason)
            return _video(body, whole=False)
        if segment.head is not None:
            head = (await self._part(origin, segment.head, 0, HEAD_CAP, headers)).body
            answer = await self._part(origin, segment.piece, 0, STEPS[-1], headers)
            return _video(head + answer.body, whole=len(answer.body) in (_size(answer), segment.piece.length))
        body, found, whole = b"", None, False
        for end in self._steps(camera_id):
            answer = await self._part(origin, segment.piece, len(body), end, headers)
            body = body + answer.body if answer.status == 206 else answer.body
            whole = len(body) in (_size(answer), segment.piece.length)
            found = _video(body, whole=whole)
            if found.kind != "video" or whole:
                break
        if found is None or (found.kind == "video" and body[:1] == b"\x47" and not whole):
            raise NoPictureError("incomplete")
        self._remember(camera_id, len(found.body) if found.kind != "video" else 0)
        made = _age(answer)
        return replace(found, age=None if made is None else made + timedelta(seconds=segment.lasts_s))

    def _steps(self, camera_id: int) -> list[int]:
        """How many bytes of a segment to ask for, and how many next: what its last keyframe needed, and more."""
        first = max(STEPS[0], self._needs.get(camera_id, 0))
        return [first, *(step for step in STEPS if step > first)]

    def _remember(self, camera_id: int, size: int) -> None:
        needs = size * 5 // 4
        if needs > STEPS[0]:
            if len(self._needs) >= MOST_KEPT:
                self._needs.clear()
            self._needs[camera_id] = min(needs, STEPS[-1])
        else:
            self._needs.pop(camera_id, None)

    async def _part(self, origin: Target, piece: Piece, begin: int, end: int, headers: dict[str, str]) -> Answer:
        """Bytes of a piece from `begin` to `end`; a server that does not cut sends them from its start."""
        if piece.length is not None:
            end = min(end, piece.length)
        asked = headers | {"Range": f"bytes={piece.start + begin}-{piece.start + end - 1}"}
        target = redirected(origin, piece.uri)
        answer = await self._get(target, piece.start + end, headers=asked)
        if answer.status == 206 or not piece.start:
            return answer
        return replace(answer, body=answer.body[piece.start :])

    async def _get(
        self,
        target: Target,
        cap: int,
        enough: Callable[[bytearray], bool] = lambda _: False,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        answer = await fetch(self.session, target, cap, enough, names=self.names, headers=headers)
        if answer.status not in (200, 206):
            raise NoPictureError("unauthorised" if answer.status in (401, 403) else "http_error")
        return answer


class Enough:
    """Whether what has come of an answer will do; it goes on where it stopped, however long the answer grows."""

    def __init__(self) -> None:
        self._looked = 0

    def __call__(self, body: bytearray) -> bool:
        """Look at an answer that has grown."""
        if body.startswith((_JPEG, b"\x89PNG", _HLS)):
            return len(body) >= PLAYLIST_CAP if body.startswith(_HLS) else False
        if (
            self._looked or body.find(_JPEG, 0, 4096) > 0
        ):  # a stream of JPEGs: the next one's boundary ends the first
            begin, self._looked = self._looked, max(1, len(body) - 8)
            return len(body) >= PART_CAP or _END.search(body, begin) is not None
        return len(body) >= VIDEO_CAP or body[:64].lstrip().startswith((b"#", b"<"))


def _video(body: bytes, *, whole: bool) -> Material:
    """Keyframe of a transport stream, if it is all there, else the bytes for a decoder that knows other kinds."""
    if body[:1] == b"\x47" and body[PACKET : PACKET + 1] in (b"\x47", b""):
        found = first_key(body, whole=whole)
        if found is not None:
            return Material(*found)
    return Material("video", body, whole=whole)


def _size(answer: Answer) -> int:
    """Size of what was asked for a part of; -1 where the answer does not say."""
    if answer.status == 200:
        return len(answer.body) if answer.whole else -1
    size = answer.headers.get("Content-Range", "").rpartition("/")[2].strip()
    return int(size) if size.isdecimal() and len(size) < 16 else -1


def _first_part(answer: Answer) -> bytes:
    start = answer.body.find(_JPEG)
    if start < 0:
        raise NoPictureError("garbage")
    end = _END.search(answer.body, start)
    if end is None and not answer.whole:
        raise NoPictureError("incomplete")
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
