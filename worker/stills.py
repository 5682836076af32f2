"""Which camera's picture is taken next, and taking it: on screen first, then what changed, then the oldest."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from data.models import CaptureClock
from data.watch.roster import Watched
from data.watch.thumbnails import Picture, still_path
from worker.children import Children
from worker.network import Reach
from worker.picture import Memory, judge
from worker.stream import Material, NoPictureError, gather

AGAIN_S = 10.0  # between two pictures of one camera, be it on screen
HEALED_S = 60.0  # until a picture with a fault is looked at again
FETCH_S = 8.0
DECODE_S = 10.0
OLDEST = timedelta(hours=24)  # a stream's clock further off than that is wrong
MOST_LOOKED_OVER = 200
_TELLING = frozenset({"garbage", "stalled"})  # answers all right, and yet has no picture
AHEAD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture and what it says of its camera: a fault, "" for healthy, None for not sure yet."""

    picture: Picture | None
    verdict: str | None


@dataclass
class Stills:
    """Order of pictures to take; the caller says what time it is, in seconds of a steady clock."""

    interval_s: float
    watchable: Callable[[int], bool]
    _taken_s: dict[int, float] = field(default_factory=dict)
    _due_s: dict[int, float] = field(default_factory=dict)
    _heap: list[tuple[float, int]] = field(default_factory=list)  # entries that _due_s does not confirm are old
    _wished: list[int] = field(default_factory=list)
    _changed: dict[int, None] = field(default_factory=dict)

    def add(self, ages_s: dict[int, float], now_s: float) -> None:
        """Add cameras with the age of the picture each has; without one it is due now."""
        for camera_id, age_s in ages_s.items():
            if camera_id not in self._taken_s:
                self._taken_s[camera_id] = now_s - age_s
                self._put(camera_id, now_s - age_s + self.interval_s)

    def wish(self, cameras: Iterable[int]) -> None:
        """Somebody has these on screen now."""
        self._wished = [camera_id for camera_id in cameras if camera_id in self._taken_s]

    def changed(self, camera_id: int) -> None:
        """Something about this camera is new: a picture soon."""
        if camera_id in self._taken_s:
            self._changed[camera_id] = None

    def again(self, camera_id: int, now_s: float) -> None:
        """Look before long whether a camera's faulty picture healed."""
        if self._due_s.get(camera_id, 0.0) > now_s + HEALED_S:
            self._put(camera_id, now_s + HEALED_S)

    def next(self, now_s: float) -> int | None:
        """Camera to take a picture of now; None if none is due."""
        for camera_id in sorted(self._wished, key=self._taken_s.__getitem__):
            if self._rested(camera_id, now_s):
                return self._start(camera_id, now_s)
        for camera_id in list(itertools.islice(self._changed, MOST_LOOKED_OVER)):
            if not self.watchable(camera_id):
                del self._changed[camera_id]  # it is asked for again when it returns
            elif self._rested(camera_id, now_s):
                return self._start(camera_id, now_s)
        while self._heap and self._heap[0][0] <= now_s:
            due_s, camera_id = heapq.heappop(self._heap)
            if self._due_s.get(camera_id) != due_s:
                continue
            if self.watchable(camera_id):
                return self._start(camera_id, now_s)
            self._put(camera_id, now_s + AGAIN_S)
        return None

    def _rested(self, camera_id: int, now_s: float) -> bool:
        return now_s - self._taken_s[camera_id] >= AGAIN_S and self.watchable(camera_id)

    def _start(self, camera_id: int, now_s: float) -> int:
        self._taken_s[camera_id] = now_s
        self._changed.pop(camera_id, None)
        self._put(camera_id, now_s + self.interval_s)
        return camera_id

    def _put(self, camera_id: int, due_s: float) -> None:
        self._due_s[camera_id] = due_s
        heapq.heappush(self._heap, (due_s, camera_id))


@dataclass
class Photographer:
    """Takes pictures and judges them; remembers what each camera's last ones looked like."""

    session: aiohttp.ClientSession
    reach: Reach
    children: Children
    now: Callable[[], datetime]
    tally: Counter[str] = field(default_factory=Counter)
    _memories: dict[int, Memory] = field(default_factory=dict)
    _marks: dict[int, str] = field(default_factory=dict)

    async def take(self, camera: Watched) -> Taken:
        """Picture of a camera; a camera without one to give is a Taken without picture, not an exception."""
        reason = "no_stream"
        for address in (camera.snapshot, camera.stream):
            if not address:
                continue
            try:
                return await self._take(camera.id, address)
            except NoPictureError as error:
                reason = error.reason
            except TimeoutError:
                reason = "timeout"
            except asyncio.CancelledError:
                raise
            except Exception:  # a camera may answer anything; its probe says what is wrong with it
                reason = "unreachable"
        self.tally[f"still_{reason}"] += 1
        return Taken(None, self._judge(camera.id, reason, moving=True) if reason in _TELLING else None)

    async def _take(self, camera_id: int, address: str) -> Taken:
        async with asyncio.timeout(FETCH_S):
            material = await gather(self.session, self.reach, address)
        before = await asyncio.to_thread(_previous, camera_id)
        job = {"kind": material.kind, "address": address, "before": len(before)}
        facts, jpeg = await self.children.do(job, before + material.body, DECODE_S)
        if not facts["ok"]:
            raise NoPictureError(facts["reason"])
        at = self.now()
        picture = _picture(facts, jpeg, material, at)
        if facts["mark"] and self._marks.get(camera_id) == facts["mark"]:
            return Taken(picture, None)  # the same piece of the stream again: it proves nothing new
        self._marks[camera_id] = facts["mark"]
        self.tally["stills"] += 1
        verdict = self._judge(camera_id, facts["fault"], same=facts["same"], moving=material.moving)
        return Taken(picture, verdict)

    def _judge(self, camera_id: int, fault: str, *, same: bool = False, moving: bool) -> str | None:
        memory = self._memories.get(camera_id, Memory())
        self._memories[camera_id], verdict = judge(memory, fault, same=same, moving=moving, at=self.now())
        return verdict

    def suspects(self, camera_id: int) -> bool:
        """Whether the last picture looked wrong, so that the next should come soon."""
        memory = self._memories.get(camera_id)
        return memory is not None and (bool(memory.fault) or memory.same > 0)


def _previous(camera_id: int) -> bytes:
    try:
        return still_path(camera_id).read_bytes()
    except OSError:
        return b""


def _picture(facts: dict[str, Any], jpeg: bytes, material: Material, at: datetime) -> Picture:
    captured_at = datetime.fromisoformat(facts["captured_at"]) if facts["captured_at"] else None
    if material.age is not None:
        captured_at = at - material.age
    if captured_at is None or not at - OLDEST <= captured_at <= at + AHEAD:
        return Picture(jpeg, at, CaptureClock.ARRIVAL, facts["width"], facts["height"])
    return Picture(jpeg, min(captured_at, at), CaptureClock.STREAM, facts["width"], facts["height"])
