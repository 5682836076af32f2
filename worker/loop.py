"""The worker's loop: looks, pictures, writing down, all at once; the only place here that reads the clock."""

import asyncio
import heapq
import random
import secrets
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import uvloop

from data.database import Database
from data.models import Status
from data.settings import Settings
from data.watch import desk
from data.watch.journal import BATCH, beat, record
from data.watch.roster import Watched, inventory_number, load_beliefs, load_roster
from data.watch.status import Outcome, Reading
from worker import log
from worker.canaries import Canary, answering
from worker.fetch import open_session
from worker.gates import Gates
from worker.ledger import Ledger
from worker.lookers import POLL_S
from worker.names import Names
from worker.network import Reach
from worker.pictures import WRITE_S, Pictures, Seen
from worker.probe import BusyError, Prober
from worker.schedule import first_look, next_look
from worker.uplink import Uplink

BEAT_S = 5.0
PURGE_S = 600.0
SUMMARY_S = 60.0
WISH_S = 60.0  # a wish the app has not renewed for so long is no longer on screen
STOP_S = 3.0  # what is under way may finish so long after we are told to stop
BIG_BATCH = 20_000  # after a storm, or when we go blind, in one transaction
BLIND_LOOKS_S = 20  # looks a second while our uplink is lost: enough to notice its return
TICK_S = 0.1


def run_worker(db: Database, settings: Settings) -> None:
    """Look at every camera until SIGTERM or SIGINT; what is under way then still ends in the database."""
    uvloop.run(Worker(db, settings).run())


class Worker:
    """One worker; several may run side by side on one database."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._name = f"worker-{secrets.token_hex(4)}"
        self._reach = Reach(settings.camera_networks)
        self._canaries = [Canary.parse(text) for text in settings.uplink_canaries]
        self._ledger = Ledger(Uplink(canaries=bool(self._canaries)))
        self._cameras: dict[int, Watched] = {}
        self._due: list[tuple[float, int]] = []
        self._slots = asyncio.Semaphore(settings.probes_at_once)
        self._looking: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()  # SQLite lets one write at a time, and does not queue fairly
        self._stop = asyncio.Event()
        self._late: deque[tuple[float, float]] = deque(maxlen=600)
        self._behind_s = 0.0
        self._was_lost = False
        self._inventory = -1
        self._span: int | None = None

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        at_once = self._settings.probes_at_once + self._settings.stills_at_once
        async with open_session(self._reach, at_once) as session:
            names = Names(self._reach)
            gates = Gates(self._settings.sessions_per_host, self._settings.probes_per_network_s)
            timeout_s = self._settings.probe_timeout_s
            self._pictures = Pictures(
                self._db,
                self._settings,
                session,
                names,
                gates,
                watchable=self._watchable,
                see=self._see,
                writing=self._writing,
                now=_now,
            )
            self._prober = Prober(session, names, gates, timeout_s, self._pictures.find_stream)
            try:
                await self._work()
            finally:
                await self._pictures.close(STOP_S / 2)

    async def _work(self) -> None:
        self._ledger.restore(await asyncio.to_thread(load_beliefs, self._db))
        await self._pictures.open()
        await self._reload()
        log.say(_now(), "started", worker=self._name, cameras=len(self._cameras))
        interval_s = self._settings.probe_interval_s
        duties = [
            asyncio.create_task(self._look_around()),
            asyncio.create_task(self._pictures.run(self._stop)),
            asyncio.create_task(self._every(WRITE_S, self._pictures.write)),
            asyncio.create_task(self._every(POLL_S, self._pictures.look)),
            asyncio.create_task(self._every(SUMMARY_S, self._pictures.tend)),
            asyncio.create_task(self._measure_lateness()),
            asyncio.create_task(self._every(1.0, self._write)),
            asyncio.create_task(self._every(1.0, self._follow)),
            asyncio.create_task(self._every(BEAT_S, self._beat)),
            asyncio.create_task(self._every(PURGE_S, self._purge)),
            asyncio.create_task(self._every(SUMMARY_S, self._summarise)),
        ]
        if self._canaries:
            duties.append(asyncio.create_task(self._every(min(5.0, interval_s / 2), self._ask_canaries)))
        await self._stop.wait()
        await self._end(set(duties))
        await self._finish()

    async def _finish(self) -> None:
        await self._end(self._looking)
        await self._write()
        await self._beat()
        await self._summarise()
        log.say(_now(), "stopped", worker=self._name)

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        """Let tasks finish, for a while."""
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks, timeout=STOP_S / 2)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _every(self, seconds: float, duty: Callable[[], Awaitable[object]]) -> None:
        """Do a duty again and again; one that fails is said and tried again, the others go on."""
        while not self._stop.is_set():
            try:
                await duty()
            except Exception as error:
                log.say(_now(), "failed", duty=duty.__name__, error=f"{type(error).__name__}: {error}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)

    # Looking

    async def _look_around(self) -> None:
        allowance = 0.0
        while not self._stop.is_set():
            allowance = min(allowance + BLIND_LOOKS_S * TICK_S, BLIND_LOOKS_S)
            now_s = time.monotonic()
            self._behind_s = max(self._behind_s, now_s - self._due[0][0]) if self._due else self._behind_s
            while self._due and self._due[0][0] <= now_s:
                if self._ledger.uplink.lost:
                    if allowance < 1:
                        break
                    allowance -= 1
                _, camera_id = heapq.heappop(self._due)
                if camera := self._cameras.get(camera_id):
                    await self._slots.acquire()
                    self._begin(self._look(camera), self._looking)
            await asyncio.sleep(TICK_S)

    def _begin(self, job: Coroutine[None, None, None], under_way: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(job)
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _look(self, camera: Watched) -> None:
        begun_s, at = time.monotonic(), _now()
        before = self._ledger.of(camera.id).status
        busy_s = 0.0
        try:
            if self._ledger.excuse(camera, at):
                return
            reading = await self._prober.probe(camera.id, camera.address or "", at)
            self._ledger.take(camera.id, reading, void=await self._is_void(reading, begun_s))
            self._notice()
            self._tell_pictures(camera.id, before)
        except BusyError as busy:
            busy_s = busy.wait_s
        finally:
            self._slots.release()
            if camera.id in self._cameras:
                again_s = time.monotonic() + busy_s if busy_s else self._next_look(camera.id)
                heapq.heappush(self._due, (again_s, camera.id))

    def _tell_pictures(self, camera_id: int, before: Status) -> None:
        belief = self._ledger.of(camera_id)
        if belief.status is before:
            return
        if belief.status is Status.UP and before is not Status.DEGRADED:
            self._pictures.returned(camera_id)
        elif belief.status in (Status.DOWN, Status.DEGRADED):
            self._pictures.fell(camera_id, belief.reason)

    def _next_look(self, camera_id: int) -> float:
        belief = self._ledger.of(camera_id)
        down = belief.status is Status.DOWN and belief.since is not None
        return next_look(
            camera_id,
            self._settings.probe_interval_s,
            time.monotonic(),
            misses=0 if down else belief.misses,
            down_s=(_now() - belief.since).total_seconds() if down and belief.since else None,
            chance=random.random(),  # noqa: S311 - spreads looks, guards nothing
        )

    async def _is_void(self, reading: Reading, begun_s: float) -> bool:
        """Whether we were so late ourselves while we waited that a missing answer says nothing."""
        if reading.outcome is not Outcome.MISS or reading.reason != "timeout":
            return False
        await asyncio.sleep(2 * TICK_S)  # what made us late may also have kept us from measuring it
        limit_s = self._settings.probe_timeout_s / 4
        return any(late_s > limit_s for when_s, late_s in self._late if when_s >= begun_s)

    async def _measure_lateness(self) -> None:
        while not self._stop.is_set():
            before_s = time.monotonic()
            await asyncio.sleep(TICK_S)
            late_s = time.monotonic() - before_s - TICK_S
            if late_s > TICK_S:
                self._late.append((time.monotonic(), late_s))

    def _notice(self) -> None:
        lost = self._ledger.uplink.lost
        if lost == self._was_lost:
            return
        self._was_lost = lost
        log.say(_now(), "uplink_lost" if lost else "uplink_back", worker=self._name)
        self._begin(self._beat(), self._looking)  # the span of our own watching ends or begins here
        if not lost:
            # Everybody's turn comes within one interval, spread out: the return is no storm either.
            now_s = time.monotonic()
            turns = {camera_id for _, camera_id in self._due}
            self._due = [(first_look(i, self._settings.probe_interval_s, now_s), i) for i in turns]
            heapq.heapify(self._due)

    async def _ask_canaries(self) -> None:
        at = _now()
        answered = await answering(self._canaries, self._settings.probe_timeout_s)
        if self._ledger.uplink.asked_canaries(answered, len(self._canaries), at):
            self._ledger.forget_misses()
        self._notice()

    # Pictures

    def _watchable(self, camera_id: int) -> bool:
        belief = self._ledger.of(camera_id)
        return belief.status in (Status.UP, Status.DEGRADED) and not belief.misses and camera_id in self._cameras

    def _see(self, seen: Seen) -> None:
        if seen.verdict is not None:
            self._ledger.see(seen.camera_id, seen.verdict, seen.at)

    # Writing down

    async def _write(self) -> bool:
        """Store what changed, each change once; True if it worked."""
        self._ledger.go_blind(_now(), self._settings.probe_interval_s)
        while changes := self._ledger.batch(BATCH if len(self._ledger.waiting) <= BATCH else BIG_BATCH):
            async with self._writing:
                try:
                    found = await asyncio.shield(asyncio.to_thread(record, self._db, changes))
                except Exception as error:
                    self._ledger.put_back(changes)
                    log.say(
                        _now(),
                        "failed",
                        duty="record",
                        waiting=len(self._ledger.waiting),
                        error=f"{type(error).__name__}: {error}",
                    )
                    return False
            self._ledger.stored(found)
        return True

    async def _beat(self) -> None:
        uplink = self._ledger.uplink
        async with self._writing:
            if not uplink.lost:
                self._span = await asyncio.to_thread(beat, self._db, self._name, self._span, _now())
            elif self._span is not None:
                ended_at = uplink.heard_at or _now()
                await asyncio.to_thread(beat, self._db, self._name, self._span, ended_at)
                self._span = None

    async def _follow(self) -> None:
        """Follow what the app wrote: a new inventory, and who has which cameras on screen."""
        if await asyncio.to_thread(inventory_number, self._db) != self._inventory:
            await self._reload()
        await self._pictures.follow(
            await asyncio.to_thread(desk.wishes, self._db, _now() - timedelta(seconds=WISH_S))
        )

    async def _reload(self) -> None:
        number = await asyncio.to_thread(inventory_number, self._db)
        cameras, unreadable = await asyncio.to_thread(load_roster, self._db)
        ages_s = await asyncio.to_thread(desk.still_ages_s, self._db, _now())
        if unreadable:
            log.say(_now(), "unreadable_addresses", count=unreadable)
        now_s, at = time.monotonic(), _now()
        before, self._cameras = self._cameras, {camera.id: camera for camera in cameras}
        self._ledger.keep_only(self._cameras)
        for camera in cameras:
            if camera.id not in before:
                heapq.heappush(
                    self._due, (first_look(camera.id, self._settings.probe_interval_s, now_s), camera.id)
                )
            elif before[camera.id] != camera:
                self._prober.forget(camera.id)
            self._ledger.excuse(camera, at)
        self._pictures.watch(self._cameras, ages_s, now_s)
        self._inventory = number

    async def _purge(self) -> None:
        async with self._writing:
            await asyncio.to_thread(desk.tidy, self._db, _now(), self._settings.still_keep_h)

    async def _summarise(self) -> None:
        counts = {str(status): count for status, count in self._ledger.counts.items() if count}
        log.say(
            _now(),
            "summary",
            worker=self._name,
            **{f"cameras_{status}": count for status, count in counts.items()},
            **self._ledger.tally,
            **self._pictures.tally,
            behind_s=round(self._behind_s, 1),
            late_s=round(max((late_s for _, late_s in self._late), default=0.0), 2),
            children_replaced=self._pictures.children_replaced,
            uplink_lost=self._ledger.uplink.lost,
        )
        self._ledger.tally.clear()
        self._pictures.tally.clear()
        self._behind_s = 0.0
        self._late.clear()


def _now() -> datetime:
    return datetime.now(UTC)
