"""One camera -> one Reading. A dead camera is a reading, not an exception."""

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from data.watch.status import Depth, Outcome, Reading
from worker.reach.fetch import Answer, fetch, reason_of
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Target, parse, redirected
from worker.reach.wire import CutError, ProtocolError
from worker.streams.playlist import Playlist, parse_playlist
from worker.streams.rtsp import Reply, find_video, open_conversation

PLAYLIST_CAP = 262_144
PICTURE_CAP = 16_384  # the first bytes say whether it is one
SAMPLE = 4_096  # so many of them tell one picture from the next
STALL_TARGETS = 3
MEDIA_KEPT = timedelta(minutes=10)  # a master playlist is asked again after so long
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_PART = re.compile(rb"\r?\n\r?\n(\xff\xd8\xff)")


class BusyError(Exception):
    """The camera's host or network has to bear enough from us now; `wait_s` is when to come again."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"not now, in {wait_s:.2f} s")


@dataclass(frozen=True, slots=True)
class _Position:
    where: object
    since: datetime


@dataclass(slots=True)
class _Look:
    """One look under way, and how deep it got."""

    camera_id: int
    target: Target
    at: datetime
    depth: int = Depth.NOTHING

    def reading(self, outcome: Outcome, reason: str, depth: int | None = None) -> Reading:
        """The look's result; at the depth it reached unless told otherwise."""
        return Reading(outcome, reason, self.depth if depth is None else depth, self.at)

    def deeper(self, depth: int) -> None:
        """It got at least so deep."""
        self.depth = max(self.depth, depth)

    def connected(self) -> None:
        """Somebody took the connection."""
        self.deeper(Depth.CONNECTED)


@dataclass
class Prober:
    """Looks at cameras; remembers how far each one's stream was, to see that it advances."""

    session: aiohttp.ClientSession
    names: Names
    gates: Gates
    timeout_s: float
    find_stream: Callable[[str], Awaitable[bool]]  # whether a page is one a stream can be found behind
    _positions: dict[int, _Position] = field(default_factory=dict)
    _media: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    _described: set[int] = field(
        default_factory=set
    )  # told us of a video last time: no need to begin with OPTIONS

    async def probe(self, camera_id: int, address: str, at: datetime) -> Reading:
        """
        Look at a camera whose address is a stream or a still; `at` is the time the look begins.

        Raises BusyError, before anything is sent, where its host or network has enough to bear.
        """
        try:
            target = parse(address)
        except OSError:
            return Reading(Outcome.UNSURE, "not_allowed", Depth.NOTHING, at)
        look = _Look(camera_id, target, at)
        entered = False
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._enter(target)
                entered = True
                return await (self._rtsp(look) if target.scheme in ("rtsp", "rtsps") else self._http(look))
        except BusyError:
            raise
        except Exception as error:  # a camera may answer anything: nothing it says may stop the worker
            return _failed(look, error)
        finally:
            if entered:
                self.gates.leave(target.host)

    async def _enter(self, target: Target) -> None:
        ip = await self.names.find(target.host, target.port)
        if wait_s := self.gates.try_enter(target.host, ip, asyncio.get_running_loop().time()):
            raise BusyError(wait_s)

    def forget(self, camera_id: int) -> None:
        """Forget where a camera's stream was: after a pause of ours it proves nothing."""
        self._positions.pop(camera_id, None)
        self._media.pop(camera_id, None)
        self._described.discard(camera_id)

    async def _rtsp(self, look: _Look) -> Reading:
        conversation = await open_conversation(look.target, self.names)
        look.connected()
        try:
            if look.camera_id in self._described:
                self._described.remove(look.camera_id)
            else:  # where DESCRIBE then stays without an answer, we still know that something lives there
                options = await conversation.ask("OPTIONS", look.target.url)
                if (bad := _refused(look, options)) is not None:
                    return bad
            described = await conversation.describe()
        finally:
            conversation.line.close()
        if (bad := _refused(look, described)) is not None:
            return bad
        if described.status == 404:
            return look.reading(Outcome.MISS, "no_stream")
        if described.status != 200:
            return look.reading(Outcome.MISS, "http_error")
        if find_video(described, look.target.url) is None:
            return look.reading(Outcome.MISS, "no_stream")
        self._described.add(look.camera_id)
        return look.reading(Outcome.GOOD, "ok", Depth.DESCRIBED)

    async def _http(self, look: _Look) -> Reading:
        known = self._media.get(look.camera_id)
        if known is not None and look.at - known[1] < MEDIA_KEPT:
            answer = await self._get(look, parse(known[0]))
            media = parse_playlist(answer.body, answer.target.url) if answer.status == 200 else None
            if media is not None and media.variant is None:
                return self._judge(look, media)
        self._media.pop(look.camera_id, None)
        answer = await self._get(look, look.target)
        if (bad := _bad_status(look, answer)) is not None:
            return bad
        if not answer.body:
            return look.reading(Outcome.MISS, "no_stream")
        playlist = parse_playlist(answer.body, answer.target.url)
        if playlist is not None:
            return await self._playlist(look, playlist, answer)
        if answer.body.startswith(b"#EXTM3U"):
            return look.reading(Outcome.MISS, "no_stream")  # a playlist of nothing
        if answer.body.startswith(_PICTURES):
            return look.reading(Outcome.GOOD, "ok", self._advanced(look, _sample(answer)))
        if is_picture(answer) or is_video(answer.body):
            return look.reading(Outcome.GOOD, "ok", Depth.ADVANCING)  # it came as it was made
        if "text/html" in answer.content_type:
            found = await self.find_stream(look.target.url)
            return (
                look.reading(Outcome.GOOD, "ok", Depth.DESCRIBED)
                if found
                else look.reading(Outcome.MISS, "no_stream")
            )
        return look.reading(Outcome.MISS, "garbage")

    async def _get(self, look: _Look, target: Target) -> Answer:
        answer = await fetch(self.session, target, PLAYLIST_CAP, _enough, names=self.names, met=look.connected)
        look.deeper(Depth.ANSWERED)
        return answer

    async def _playlist(self, look: _Look, playlist: Playlist, answer: Answer) -> Reading:
        if playlist.variant is None:
            return self._judge(look, playlist)
        there = redirected(answer.target, playlist.variant)
        answer = await self._get(look, there)
        if (bad := _bad_status(look, answer)) is not None:
            return bad
        media = parse_playlist(answer.body, answer.target.url)
        if media is None or media.variant is not None:
            return look.reading(Outcome.MISS, "no_stream")
        if there.user is None:  # what is kept here is the bare address
            self._media[look.camera_id] = there.url, look.at
        return self._judge(look, media)

    def _judge(self, look: _Look, media: Playlist) -> Reading:
        """Whether a playlist moved on since the last look, or stood still for too long."""
        depth = self._advanced(look, media.position)
        last = self._positions[look.camera_id]
        if depth == Depth.DESCRIBED and last.since != look.at:
            stood_s = (look.at - last.since).total_seconds()
            if media.ended or stood_s > STALL_TARGETS * media.target_s:
                return look.reading(Outcome.MISS, "stalled", Depth.DESCRIBED)
        return look.reading(Outcome.GOOD, "ok", depth)

    def _advanced(self, look: _Look, where: object) -> Depth:
        last = self._positions.get(look.camera_id)
        if last is not None and last.where == where:
            return Depth.DESCRIBED
        self._positions[look.camera_id] = _Position(where, look.at)
        return Depth.ADVANCING if last is not None else Depth.DESCRIBED


def _failed(look: _Look, error: Exception) -> Reading:
    if isinstance(error, ProtocolError) or (isinstance(error, CutError) and error.partial):
        return look.reading(Outcome.MISS, "garbage", max(look.depth, Depth.CONNECTED))
    reason = reason_of(error)
    return look.reading(Outcome.UNSURE if reason == "not_allowed" else Outcome.MISS, reason)


def _refused(look: _Look, reply: Reply) -> Reading | None:
    look.deeper(Depth.ANSWERED)
    return look.reading(Outcome.UNSURE, "unauthorised") if reply.status in (401, 403) else None


def _bad_status(look: _Look, answer: Answer) -> Reading | None:
    if answer.status in (401, 403):
        return look.reading(Outcome.UNSURE, "unauthorised")
    return None if answer.status in (200, 206) else look.reading(Outcome.MISS, "http_error")


def _enough(body: bytearray) -> bool:
    if body.startswith(_PICTURES):
        return len(body) >= SAMPLE
    return not body.startswith((b"#EXTM3U", b"\xef\xbb\xbf#EXTM3U")) and (
        len(body) >= PICTURE_CAP or bool(_PART.search(body))
    )


def _sample(answer: Answer) -> tuple[str, str, int]:
    """What differs between one picture and the next: what its headers say of it, and its first bytes."""
    headers = answer.headers
    return headers.get("ETag", ""), headers.get("Last-Modified", ""), zlib.crc32(answer.body[:SAMPLE])


def is_picture(answer: Answer) -> bool:
    """Whether an answer begins as a JPEG, a PNG or a stream of JPEGs."""
    if answer.body.startswith(_PICTURES):
        return True
    return "multipart" in answer.content_type and bool(_PART.search(answer.body))


def is_video(body: bytes) -> bool:
    """Whether bytes begin as MPEG-TS, MP4, FLV or Matroska."""
    if len(body) > 188 and body[0] == 0x47 and body[188] == 0x47:
        return True
    return body[4:8] in (b"ftyp", b"styp", b"moof") or body.startswith((b"FLV\x01", b"\x1a\x45\xdf\xa3"))
