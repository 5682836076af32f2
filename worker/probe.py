"""One camera -> one Reading. A dead camera is a reading, not an exception."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from data.watch.status import Outcome, Reading
from worker.fetch import Answer, fetch, reason_of
from worker.network import Reach, Target, parse, redirected
from worker.playlist import Playlist, parse_playlist
from worker.rtsp import ProtocolError, find_video, open_conversation

PLAYLIST_CAP = 262_144
PICTURE_CAP = 16_384  # the first bytes say whether it is one
STALL_TARGETS = 3
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_PART = re.compile(rb"\r?\n\r?\n(\xff\xd8\xff)")


@dataclass(frozen=True, slots=True)
class _Position:
    where: tuple[int, int, str]
    since: datetime


@dataclass
class Prober:
    """Looks at cameras; remembers how far each one's playlist was, to see that it advances."""

    session: aiohttp.ClientSession
    reach: Reach
    timeout_s: float
    find_stream: Callable[[str], Awaitable[bool]]  # whether a page is one a stream can be found behind
    _positions: dict[int, _Position] = field(default_factory=dict)

    async def probe(self, camera_id: int, address: str, at: datetime) -> Reading:
        """Look at a camera whose address is a stream or a still; `at` is the time the look begins."""
        try:
            target = parse(address)
            async with asyncio.timeout(self.timeout_s):
                if target.scheme in ("rtsp", "rtsps"):
                    return await self._rtsp(target, at)
                return await self._http(camera_id, target, at)
        except asyncio.CancelledError:
            raise
        except (ProtocolError, asyncio.LimitOverrunError):
            return Reading(Outcome.MISS, "garbage", 0, at)
        except asyncio.IncompleteReadError as error:
            return Reading(Outcome.MISS, "garbage" if error.partial else "unreachable", 0, at)
        except Exception as error:  # a camera may answer anything: nothing it says may stop the worker
            reason = reason_of(error)
            return Reading(Outcome.UNSURE if reason == "not_allowed" else Outcome.MISS, reason, 0, at)

    def forget(self, camera_id: int) -> None:
        """Forget where a camera's playlist was: after a pause of ours it proves nothing."""
        self._positions.pop(camera_id, None)

    async def _rtsp(self, target: Target, at: datetime) -> Reading:
        conversation = await open_conversation(target, self.reach)
        try:
            options = await conversation.ask("OPTIONS", target.url)
            if options.status in (401, 403):
                return Reading(Outcome.UNSURE, "unauthorised", 1, at)
            described = await conversation.ask("DESCRIBE", target.url, {"Accept": "application/sdp"})
        finally:
            conversation.close()
        if described.status in (401, 403):
            return Reading(Outcome.UNSURE, "unauthorised", 1, at)
        if described.status == 404:
            return Reading(Outcome.MISS, "no_stream", 1, at)
        if described.status != 200:
            return Reading(Outcome.MISS, "http_error", 1, at)
        if find_video(described, target.url) is None:
            return Reading(Outcome.MISS, "no_stream", 1, at)
        return Reading(Outcome.GOOD, "ok", 2, at)

    async def _http(self, camera_id: int, target: Target, at: datetime) -> Reading:
        answer = await fetch(self.session, target, PLAYLIST_CAP, _enough)
        if (bad := _bad_status(answer, at)) is not None:
            return bad
        if not answer.body:
            return Reading(Outcome.MISS, "no_stream", 1, at)
        playlist = parse_playlist(answer.body, answer.target.url)
        if playlist is not None:
            return await self._playlist(camera_id, playlist, answer, at)
        if answer.body.startswith(b"#EXTM3U"):
            return Reading(Outcome.MISS, "no_stream", 1, at)  # a playlist of nothing
        if is_picture(answer) or is_video(answer.body):
            return Reading(Outcome.GOOD, "ok", 3, at)
        if "text/html" in answer.content_type:
            found = await self.find_stream(target.url)
            return Reading(Outcome.GOOD, "ok", 2, at) if found else Reading(Outcome.MISS, "no_stream", 1, at)
        return Reading(Outcome.MISS, "garbage", 1, at)

    async def _playlist(self, camera_id: int, playlist: Playlist, answer: Answer, at: datetime) -> Reading:
        if playlist.variant is not None:
            answer = await fetch(self.session, redirected(answer.target, playlist.variant), PLAYLIST_CAP)
            if (bad := _bad_status(answer, at)) is not None:
                return bad
            media = parse_playlist(answer.body, answer.target.url)
            if media is None or media.variant is not None:
                return Reading(Outcome.MISS, "no_stream", 1, at)
            playlist = media
        last = self._positions.get(camera_id)
        if last is None or last.where != playlist.position:
            self._positions[camera_id] = _Position(playlist.position, at)
            return Reading(Outcome.GOOD, "ok", 3 if last else 2, at)
        if playlist.ended or at - last.since > timedelta(seconds=STALL_TARGETS * playlist.target_s):
            return Reading(Outcome.MISS, "stalled", 2, at)
        return Reading(Outcome.GOOD, "ok", 2, at)


def _bad_status(answer: Answer, at: datetime) -> Reading | None:
    if answer.status in (401, 403):
        return Reading(Outcome.UNSURE, "unauthorised", 1, at)
    return None if answer.status in (200, 206) else Reading(Outcome.MISS, "http_error", 1, at)


def _enough(body: bytearray) -> bool:
    return not body.lstrip(b"\xef\xbb\xbf").startswith(b"#EXTM3U") and (
        len(body) >= PICTURE_CAP or body.startswith(_PICTURES) or bool(_PART.search(body))
    )


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
