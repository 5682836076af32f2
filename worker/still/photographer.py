"""Takes pictures and judges them: fetched here, decoded in a child, compared with those before."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from data.database import Database
from data.models import CaptureClock
from data.watch.roster import Watched
from data.watch.status import Depth
from data.watch.thumbnails import Kept, Picture, read_still
from worker.reach.fetch import reason_of
from worker.reach.gates import Gates
from worker.reach.network import parse
from worker.still.children import Children
from worker.still.measures import SIZE, Metrics
from worker.still.past import Past
from worker.still.picture import find_fault, judge
from worker.streams.rtsp import DeclinedError, TransportError
from worker.streams.stream import Gatherer, Material, NoPictureError

FETCH_S = 12.0  # a keyframe may be ten seconds away
DECODE_S = 10.0
DOOR_S = 3.0  # a full host is waited for so long
OLDEST = timedelta(hours=24)  # a stream's clock further off than that is wrong
AHEAD = timedelta(seconds=5)
MOST_SUSPECTS = 2_000
# Answers of a camera that answers all right, and yet has no picture for us.
TELLING = frozenset({"garbage", "stalled", "incomplete", "not_allowed"})
UDP = "udp"  # a camera's fallback where it does not send over TCP


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A picture and what it says of its camera.

    Attributes
    ----------
    verdict
        A fault, "" for healthy, None for not sure yet.
    reason
        Why there is no picture; "" if there is one, or nothing new.
    kept
        Pictures to keep for good: the last before this fault, and the first with it.
    """

    picture: Picture | None
    verdict: str | None
    reason: str = ""
    kept: tuple[Kept, ...] = ()

    @property
    def depth(self) -> Depth | None:
        """How deep the look went; None if it says nothing."""
        if self.picture is None:
            return None
        return Depth.HEALTHY if self.verdict == "" else Depth.DECODABLE


@dataclass
class Photographer:
    """One for a worker; remembers which camera sends over UDP only, and pictures under suspicion."""

    db: Database
    gatherer: Gatherer
    gates: Gates
    decoders: Children
    past: Past
    now: Callable[[], datetime]
    form: str = "jpeg"
    tally: Counter[str] = field(default_factory=Counter)
    fallbacks: dict[int, str] = field(default_factory=dict)
    _marks: dict[int, str] = field(default_factory=dict)
    _suspects: dict[int, tuple[Picture | None, Picture]] = field(default_factory=dict)

    async def take(self, camera: Watched, *, showing: bool = False) -> Taken:
        """
        Picture of a camera; a camera without one to give is a Taken without picture, not an exception.

        `showing`: somebody watches it, a picture a second; nothing is learnt from those.
        """
        reason = "no_address"
        for address in (camera.snapshot, camera.substream, camera.stream):
            if not address:
                continue
            try:
                async with self.inside(address):
                    return await self._take(camera.id, address, showing=showing)
            except (NoPictureError, DeclinedError) as error:
                reason = error.reason
            except asyncio.CancelledError:
                raise
            except Exception as error:  # a camera may answer anything; its probe says what is wrong with it
                reason = reason_of(error)
        self.tally[f"still_{reason}"] += 1
        if showing or reason not in TELLING:
            return Taken(None, None, reason)
        memory, verdict = judge(self.past.memory(camera.id), reason, b"", moving=True, at=self.now())
        self.past.remember(camera.id, memory)
        return Taken(None, verdict, reason)

    @asynccontextmanager
    async def inside(self, address: str) -> AsyncIterator[None]:
        """One of the few places a host has for us."""
        target = parse(address)
        ip = await self.gatherer.names.find(target.host, target.port)
        until_s = time.monotonic() + DOOR_S
        while (wait_s := self.gates.try_enter(target.host, ip, time.monotonic())) > 0:
            if time.monotonic() + wait_s > until_s:
                raise NoPictureError("busy")
            await asyncio.sleep(wait_s)
        try:
            yield
        finally:
            self.gates.leave(target.host)

    async def _take(self, camera_id: int, address: str, *, showing: bool) -> Taken:
        facts, answer, material = await self._fetch(camera_id, address)
        if material.kind == "same":
            return Taken(None, None)
        if not facts["ok"]:
            raise NoPictureError(facts["reason"])
        at = self.now()
        metrics = Metrics.unpack(answer[:SIZE])
        picture = make_picture(facts, answer[SIZE:], material, at)
        self._marks[camera_id] = material.mark
        self.tally["stills"] += 1
        if showing:
            return Taken(picture, None)
        return await self._judge(camera_id, picture, metrics, moving=material.moving)

    async def _fetch(self, camera_id: int, address: str) -> tuple[dict[str, Any], bytes, Material]:
        async with asyncio.timeout(FETCH_S):
            material = await self._gather(camera_id, address)
        if material.kind == "same":
            return {}, b"", material
        job = {"kind": material.kind, "form": self.form, "whole": material.whole}
        return *await self.decoders.do(job, material.body, DECODE_S), material

    async def _gather(self, camera_id: int, address: str) -> Material:
        """Fetch over TCP, or UDP where the camera needed that last time; over the other where it refuses."""
        plain = address.lower().startswith("rtsp:")
        mark, udp = self._marks.get(camera_id, ""), plain and self.fallbacks.get(camera_id) == UDP
        try:
            return await self.gatherer.gather(camera_id, address, mark, udp=udp)
        except TimeoutError:
            if udp:  # what comes between may hold datagrams up by now
                self.fallbacks.pop(camera_id, None)
            raise
        except TransportError:
            if not plain:  # over TLS there is no other
                raise
        self.fallbacks.pop(camera_id, None)
        material = await self.gatherer.gather(camera_id, address, mark, udp=not udp)
        if not udp:
            self.fallbacks[camera_id] = UDP
        return material

    async def _judge(self, camera_id: int, picture: Picture, metrics: Metrics, *, moving: bool) -> Taken:
        at, memory = self.now(), self.past.memory(camera_id)
        fault = find_fault(metrics, self.past.base(camera_id, at))
        now, verdict = judge(memory, fault, metrics.prints, moving=moving, at=at)
        self.past.remember(camera_id, now)
        if verdict == "" or fault:
            self.past.learn(camera_id, metrics, at, fault)
        if not memory.fault and (fault or (now.same == 1 and camera_id not in self._suspects)):
            if len(self._suspects) < MOST_SUSPECTS:
                self._suspects[camera_id] = await asyncio.to_thread(read_still, self.db, camera_id), picture
        elif verdict == "":
            self._suspects.pop(camera_id, None)
        return Taken(picture, verdict, kept=self._proven(camera_id, verdict) if verdict else ())

    def _proven(self, camera_id: int, fault: str) -> tuple[Kept, ...]:
        """Pictures to keep, the first time a fault is sure."""
        if camera_id not in self._suspects:
            return ()
        good, bad = self._suspects.pop(camera_id)
        kept = [Kept(camera_id, "bad", bad.body, bad.captured_at, fault)]
        if good is not None:
            kept.append(Kept(camera_id, "good", good.body, good.captured_at, fault))
        return tuple(kept)

    def suspects(self, camera_id: int) -> bool:
        """Whether the last picture looked wrong, so that the next should come soon."""
        memory = self.past.memory(camera_id)
        return bool(memory.fault) or memory.same > 0


def make_picture(facts: dict[str, Any], body: bytes, material: Material, at: datetime) -> Picture:
    """Still with the time it was captured: the stream's, where that can be, else that of its arrival."""
    captured_at = material.captured_at
    if captured_at is None and material.age is not None:
        captured_at = at - material.age
    if captured_at is None or not at - OLDEST <= captured_at <= at + AHEAD:
        return Picture(body, at, CaptureClock.ARRIVAL, facts["width"], facts["height"])
    return Picture(body, min(captured_at, at), CaptureClock.STREAM, facts["width"], facts["height"])
