"""Looks at each camera when its turn comes, and tells the ledger what each look was worth."""

import asyncio
import heapq
import random
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime

from data.models import Status
from data.watch.roster import Watched
from data.watch.status import Outcome, Reading
from worker.ledger import Ledger
from worker.pace import Pace
from worker.probe import BusyError, Prober
from worker.schedule import first_look, next_look

BLIND_LOOKS_S = 20  # looks a second while our uplink is lost: enough to notice its return
TICK_S, AT_A_TIME = 0.1, 32


class Looking:
    """
    The cameras of one process, and when it is the turn of each.

    `turned` is told a camera and what its status was before a look changed it; `noticed` is called after every
    look, as it may have shown that our uplink is lost or back.
    """

    def __init__(
        self,
        prober: Prober,
        ledger: Ledger,
        interval_s: float,
        at_once: int,
        *,
        now: Callable[[], datetime],
        turned: Callable[[int, Status], None],
        noticed: Callable[[], None],
    ) -> None:
        self._prober, self._ledger, self._interval_s, self._at_once = prober, ledger, interval_s, at_once
        self._now, self._turned, self._noticed = now, turned, noticed
        self.cameras: dict[int, Watched] = {}
        self.pace = Pace(interval_s, prober.timeout_s / 4)
        self.under_way: set[asyncio.Task[None]] = set()
        self._planned: dict[int, datetime] = {}
        self._due: list[tuple[float, int]] = []
        self._owed: dict[int, float] = {}  # when a look was due that its host had no place for

    def take_over(self, cameras: Iterable[Watched]) -> None:
        """Look at these from now on: new ones, or known ones that changed."""
        now_s, at = time.monotonic(), self._now()
        for camera in cameras:
            if camera.id not in self.cameras:
                heapq.heappush(self._due, (first_look(camera.id, self._interval_s, now_s), camera.id))
            else:
                self._prober.forget(camera.id)
            self.cameras[camera.id] = camera
            self._excuse(camera, at)

    def let_go(self, camera_ids: Iterable[int]) -> None:
        """Look at these no more."""
        for camera_id in camera_ids:
            del self.cameras[camera_id]
            self._prober.forget(camera_id)

    def plan(self, planned: dict[int, datetime]) -> None:
        """Follow maintenance that was planned or called off: the cameras in it now, and until when each is."""
        at, before, self._planned = self._now(), self._planned, planned
        for camera_id in planned.keys() ^ before.keys():
            if camera := self.cameras.get(camera_id):
                self._excuse(camera, at)

    def spread(self) -> None:
        """Let everybody's turn come within one interval: the return of our uplink is no storm either."""
        now_s = time.monotonic()
        turns = {camera_id for _, camera_id in self._due}
        self._due = [(first_look(i, self._interval_s, now_s), i) for i in turns]
        heapq.heapify(self._due)

    async def run(self, stop: asyncio.Event) -> None:
        """Begin the looks that are due until told to stop."""
        allowance = 0.0
        while not stop.is_set():
            allowance = min(allowance + BLIND_LOOKS_S * TICK_S, BLIND_LOOKS_S)
            now_s = time.monotonic()
            while self._due and self._due[0][0] <= now_s and len(self.under_way) < self._at_once:
                if self._ledger.uplink.lost:
                    if allowance < 1:
                        break
                    allowance -= 1
                due_s, camera_id = heapq.heappop(self._due)
                if camera := self.cameras.get(camera_id):
                    self.begin(self._look(camera, self._owed.pop(camera_id, due_s)))
                    if len(self.under_way) % AT_A_TIME == 0:
                        await asyncio.sleep(0)  # answers and pictures have their turn while we catch up
            await asyncio.sleep(TICK_S)

    def begin(self, job: Coroutine[None, None, None]) -> None:
        """Have something done that must end before we do."""
        task = asyncio.create_task(job)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def measure_lateness(self, stop: asyncio.Event) -> None:
        """Take down how late the loop comes round."""
        while not stop.is_set():
            before_s = time.monotonic()
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            self.pace.lagged(now_s, now_s - before_s - TICK_S)

    async def _look(self, camera: Watched, due_s: float) -> None:
        begun_s, at = time.monotonic(), self._now()
        before = self._ledger.of(camera.id).status
        again_s = 0.0
        try:
            if self._excuse(camera, at):
                return
            reading = await self._prober.probe(camera.id, camera.address or "", at)
            self.pace.began(begun_s, due_s)
            void = await self._is_void(reading, begun_s)
            if void:
                self.pace.voided(time.monotonic())
            self._ledger.take(camera.id, reading, void=void)
            self._noticed()
            if self._ledger.of(camera.id).status is not before:
                self._turned(camera.id, before)
        except BusyError as busy:
            again_s = begun_s + busy.wait_s
            self._owed[camera.id] = due_s
        finally:
            if camera.id in self.cameras:
                heapq.heappush(self._due, (again_s or self._next_look(camera.id), camera.id))

    def _excuse(self, camera: Watched, at: datetime) -> bool:
        """Whether a camera is not looked at now; its status then says why."""
        until_at = self._planned.get(camera.id)
        return self._ledger.excuse(camera, at, planned=until_at is not None and until_at > at)

    def _next_look(self, camera_id: int) -> float:
        belief = self._ledger.of(camera_id)
        down_since = belief.since if belief.status is Status.DOWN else None
        return next_look(
            camera_id,
            self._interval_s,
            time.monotonic(),
            unsettled=belief.unsettled,
            down_s=(self._now() - down_since).total_seconds() if down_since else None,
            chance=random.random(),  # noqa: S311 - spreads looks, guards nothing
        )

    async def _is_void(self, reading: Reading, begun_s: float) -> bool:
        """Whether we were so late ourselves while we waited that a missing answer says nothing."""
        if reading.outcome is not Outcome.MISS or reading.reason not in ("timeout", "unreachable"):
            return False
        await asyncio.sleep(2 * TICK_S)  # what made us late may also have kept us from measuring it
        return self.pace.was_late(begun_s)
