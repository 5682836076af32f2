"""The worker's pictures, from the order to the file: what is taken, what it says, and writing it down."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from data.database import Database
from data.settings import Settings
from data.watch import desk
from data.watch.roster import Watched
from data.watch.status import Depth
from data.watch.thumbnails import Kept, Picture, keep_stills, read_still, write_stills
from worker import log
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach
from worker.still.children import Children
from worker.still.lookers import Lookers
from worker.still.past import Past
from worker.still.photographer import Photographer, Taken
from worker.still.stills import Budget, Stills
from worker.streams.resolve import Resolver
from worker.streams.stream import Gatherer

TICK_S = 0.05
WRITE_S = 0.5
RESOLVERS = 2
READY = 4  # pictures at a decoder, so that it never waits for a busy loop
BATCH = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture, or the want of one, says of a camera; `verdict` as in `Taken`."""

    camera_id: int
    verdict: str | None
    depth: Depth | None
    at: datetime


class Pictures:
    """
    Takes pictures until told to stop.

    The worker says which cameras there are and what changed; it is told what pictures say through `see`.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        session: aiohttp.ClientSession,
        names: Names,
        gates: Gates,
        *,
        watchable: Callable[[int], bool],
        see: Callable[[Seen], None],
        writing: asyncio.Lock,
        now: Callable[[], datetime],
        has: Callable[[int], bool],
    ) -> None:
        reach: Reach = names.reach
        self._db, self._at_once, self._see, self._writing, self._now = (
            db,
            settings.stills_at_once,
            see,
            writing,
            now,
        )
        self._decoders = Children(reach, max(1, math.ceil(settings.still_cores)), READY)
        self._resolvers = Children(reach, RESOLVERS)
        self._resolver = Resolver(self._resolvers)
        self._past = Past(db)
        self._photographer = Photographer(
            db,
            Gatherer(session, names, self._resolver),
            gates,
            self._decoders,
            self._past,
            now,
            settings.still_format,
        )
        self._lookers = Lookers(db, self._photographer, self._deliver, now, has)
        self._budget = Budget(settings.still_cores)
        self._stills = Stills(settings.still_interval_s, watchable)
        self._cameras: Mapping[int, Watched] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, Picture] = {}
        self._kept: list[Kept] = []
        self._fallen: dict[int, str] = {}
        self._new = 0

    @property
    def tally(self) -> Counter[str]:
        """Counts of pictures and of reasons for none; whoever tells them clears them."""
        return self._photographer.tally

    @property
    def children_replaced(self) -> int:
        """How many children died or hung."""
        return self._decoders.killed + self._resolvers.killed + self._lookers.children.killed

    async def open(self) -> None:
        """Read what earlier workers learnt."""
        self._photographer.fallbacks |= await asyncio.to_thread(desk.fallbacks, self._db)
        await self._past.open(self._now())

    def watch(self, cameras: Mapping[int, Watched], ages_s: Mapping[int, float], now_s: float) -> None:
        """Follow the inventory: the cameras there are, and the age of the picture each has. [s]"""
        self._cameras = cameras
        self._stills.keep_only(cameras)
        self._past.keep_only(set(cameras))
        self._stills.add({camera_id: ages_s.get(camera_id, 1e9) for camera_id in cameras}, now_s)

    def changed(self, camera_id: int) -> None:
        """Something about a camera is new: a picture soon."""
        self._stills.changed(camera_id)

    def returned(self, camera_id: int) -> None:
        """A camera is back after an outage: a picture when its turn comes, be it one of thousands."""
        self._stills.returned(camera_id, time.monotonic())

    def fell(self, camera_id: int, reason: str) -> None:
        """A camera went down or is degraded by its probe: its last good picture is kept."""
        self._fallen[camera_id] = reason

    def sight(self, camera_id: int) -> tuple[float | None, str]:
        """How far apart a camera's pictures are [s], and the reader that works where the plain one does not."""
        return self._stills.every_s(camera_id), self._photographer.fallbacks.get(camera_id, "")

    async def find_stream(self, address: str) -> bool:
        """Whether a stream is found behind a page."""
        return bool((await self._resolver.find(address)).url)

    async def run(self, stop: asyncio.Event) -> None:
        """Take pictures in their order, as many as the decoders may cost."""
        while not stop.is_set():
            now_s = time.monotonic()
            self._budget.refill(now_s, self._decoders.cpu_s + self._resolvers.cpu_s, self._new)
            self._new = 0
            while len(self._under_way) < self._at_once and self._budget.allows(len(self._under_way)):
                camera_id = self._stills.next(now_s)
                if camera_id is None:
                    break
                task = asyncio.create_task(self._take(self._cameras[camera_id]))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(TICK_S)

    async def _take(self, camera: Watched) -> None:
        taken = await self._photographer.take(camera)
        self._new += taken.picture is not None
        now_s = time.monotonic()
        self._deliver(camera.id, taken)
        if taken.picture is not None:
            self._stills.got(camera.id, now_s)
        if taken.verdict:
            self._stills.again(camera.id, now_s)
        elif taken.verdict is None and self._photographer.suspects(camera.id):
            self._stills.changed(camera.id)

    def _deliver(self, camera_id: int, taken: Taken) -> None:
        """Put a picture where the next batch takes it, and tell what it says."""
        if taken.picture is not None:
            self._waiting[camera_id] = taken.picture
        self._kept += taken.kept
        if taken.verdict is not None or taken.depth is not None:
            self._see(Seen(camera_id, taken.verdict, taken.depth, self._now()))

    async def write(self) -> None:
        """Write down what is waiting, many pictures in one transaction; called each `WRITE_S`."""
        await self._write_fallen()
        while self._waiting:
            batch = [(camera_id, self._waiting.pop(camera_id)) for camera_id in list(self._waiting)[:BATCH]]
            await self._safely("write_stills", write_stills, batch)
        while self._kept:
            kept, self._kept = self._kept[:BATCH], self._kept[BATCH:]
            await self._safely("keep_stills", keep_stills, kept)

    async def _write_fallen(self) -> None:
        fallen, self._fallen = self._fallen, {}
        for camera_id, reason in fallen.items():
            if self._photographer.suspects(camera_id):
                continue  # its last picture is no good one; the one before is kept already
            picture = await asyncio.to_thread(read_still, self._db, camera_id)
            if picture is not None:
                self._kept.append(Kept(camera_id, "good", picture.body, picture.captured_at, reason))

    async def _safely(self, duty: str, write: Callable[..., object], batch: object) -> None:
        async with self._writing:
            try:
                await asyncio.shield(asyncio.to_thread(write, self._db, batch))
            except Exception as error:  # a full disk: looking goes on
                log.say(self._now(), "failed", duty=duty, error=f"{type(error).__name__}: {error}")

    async def follow(self, wished: list[int]) -> None:
        """Follow who has which cameras on screen."""
        self._stills.wish(wished)

    async def look(self) -> None:
        """Follow who wants to see a camera now; called each `lookers.POLL_S`."""
        await self._lookers.follow(self._cameras)

    async def tend(self) -> None:
        """Keep what was learnt; called each minute."""
        async with self._writing:
            await self._past.tend(self._now())
        await self._resolvers.rest()
        await self._lookers.children.rest()

    async def close(self, patience_s: float) -> None:
        """Let what is under way finish for a while, write it down, and end the children."""
        try:
            if self._under_way:
                _, unfinished = await asyncio.wait(self._under_way, timeout=patience_s)
                for task in unfinished:
                    task.cancel()
                await asyncio.gather(*unfinished, return_exceptions=True)
            await self._lookers.close()
            await self.write()
            await self._past.tend(self._now())
        finally:
            for children in (self._decoders, self._resolvers, self._lookers.children):
                await children.close()
