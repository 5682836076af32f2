"""What is remembered of every camera's pictures, the last and the usual ones; kept over restarts."""

import asyncio
from datetime import datetime, timedelta

from data.database import Database
from data.watch.baselines import MEMORY, load_baselines, save_baselines
from data.watch.service import BANGKOK
from worker.still.baselines import Base, learn
from worker.still.measures import Metrics
from worker.still.picture import Memory

RELEARN = timedelta(
    hours=1
)  # a camera turned for good is told of for a week or so, then its new view is the usual


class Past:
    """Memories and baselines, packed: a country of them has to fit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._hour = -1
        self._memories: dict[int, bytes] = {}
        self._bases: dict[int, bytes] = {}
        self._new_memories: set[int] = set()
        self._new_bases: set[int] = set()
        self._relearnt: dict[int, datetime] = {}

    async def open(self, at: datetime) -> None:
        """Read what was kept."""
        self._memories = await asyncio.to_thread(load_baselines, self._db, MEMORY)
        await self._turn(at)

    def memory(self, camera_id: int) -> Memory:
        """What a camera's last pictures looked like."""
        content = self._memories.get(camera_id)
        return Memory.unpack(content) if content else Memory()

    def remember(self, camera_id: int, memory: Memory) -> None:
        """Keep what a camera's last pictures look like now."""
        self._memories[camera_id] = memory.pack()
        self._new_memories.add(camera_id)

    def base(self, camera_id: int, at: datetime) -> Base | None:
        """What is usual for a camera at this hour; None while that is not known well enough."""
        base = self._base(camera_id, at)
        return base if base is not None and base.learnt else None

    def learn(self, camera_id: int, metrics: Metrics, at: datetime, fault: str) -> None:
        """Learn from a healthy picture; slowly from a turned camera's."""
        if fault == "moved":
            if at - self._relearnt.get(camera_id, at - RELEARN) < RELEARN:
                return
            self._relearnt[camera_id] = at
        elif fault:
            return
        else:
            self._relearnt.pop(camera_id, None)
        if _hour(at) == self._hour:
            self._bases[camera_id] = learn(self._base(camera_id, at), metrics).pack()
            self._new_bases.add(camera_id)

    def keep_only(self, cameras: set[int]) -> None:
        """Forget cameras that are gone."""
        for camera_id in self._memories.keys() - cameras:
            del self._memories[camera_id]
        for camera_id in self._bases.keys() - cameras:
            del self._bases[camera_id]

    async def tend(self, at: datetime) -> None:
        """Write down what is new, and turn to the next hour's baselines when it has come."""
        await self._save()
        if _hour(at) != self._hour:
            await self._turn(at)

    async def _save(self) -> None:
        for hour, kept, new in (
            (MEMORY, self._memories, self._new_memories),
            (self._hour, self._bases, self._new_bases),
        ):
            due = [(camera_id, kept[camera_id]) for camera_id in new if camera_id in kept]
            new.clear()
            try:
                await asyncio.shield(asyncio.to_thread(save_baselines, self._db, hour, due))
            except BaseException:
                new.update(camera_id for camera_id, _ in due)
                raise

    async def _turn(self, at: datetime) -> None:
        hour = _hour(at)
        self._hour = -1  # what is learnt while the hour is read would be lost
        self._bases = await asyncio.to_thread(load_baselines, self._db, hour)
        self._hour = hour

    def _base(self, camera_id: int, at: datetime) -> Base | None:
        content = self._bases.get(camera_id) if _hour(at) == self._hour else None
        return Base.unpack(content) if content else None


def _hour(at: datetime) -> int:
    return at.astimezone(BANGKOK).hour
