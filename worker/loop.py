"""The worker's loop: looks, pictures, writing down, all at once; the only place here that reads the clock."""

import asyncio
import heapq
import random
import resource
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import uvloop

from data.database import Database
from data.memory import collect_rarely, settle
from data.models import Status
from data.settings import Settings
from data.watch import desk
from data.watch.journal import BATCH, beat, record
from data.watch.maintenance import excused
from data.watch.roster import Watched, inventory_number, load_beliefs, load_roster
from data.watch.sights import write_sights
from data.watch.status import Outcome, Reading
from worker import log
from worker.beside import duties, in_thread
from worker.canaries import Canary, answering
from worker.fetch import open_session
from worker.gates import Gates
from worker.ledger import Ledger
from worker.lookers import POLL_S
from worker.names import Names
from worker.network import Reach, places_of_our_own
from worker.pace import Pace
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
SIGHTS_S = 10.0
SLICE = 2_000  # cameras taken over in one go when the inventory changed
SPARE_FILES = 500  # for the database, children and stills
TICK_S, AT_A_TIME = 0.1, 32


def run_worker(db: Database, settings: Settings) -> None:
    """Look at every camera until SIGTERM or SIGINT; what is under way then still ends in the database."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a look is a file, and black holes hold thousands
    collect_rarely()
    uvloop.run(Worker(db, settings).run())


class Worker:
    """One worker; several may run side by side on one database."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._name = f"worker-{secrets.token_hex(4)}"
        closed = places_of_our_own(settings.url, settings.host, settings.port)
        self._reach = Reach(settings.camera_networks, closed)
        self._canaries = [Canary.parse(text) for text in settings.uplink_canaries]
        self._ledger = Ledger(Uplink(canaries=bool(self._canaries)))
        self._cameras: dict[int, Watched] = {}
        self._stamps: dict[int, object] = {}
        self._planned: dict[int, datetime] = {}
        self._due: list[tuple[float, int]] = []
        self._most = min(settings.probes_at_once, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)
        self._owed: dict[int, float] = {}  # when a look was due that its host had no place for
        self._looking: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()  # SQLite lets one write at a time, and does not queue fairly
        self._stop = asyncio.Event()
        self._pace = Pace(settings.probe_interval_s, settings.probe_timeout_s / 4)
        self._was_lost = False
        self._inventory = -1
        self._span: int | None = None

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        at_once = self._most + self._settings.stills_at_once
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
        await self._follow_plans()
        await self._reload()
        log.say(_now(), "started", worker=self._name, cameras=len(self._cameras))
        interval_s = self._settings.probe_interval_s
        under_way = [
            asyncio.create_task(self._look_around()),
            asyncio.create_task(self._pictures.run(self._stop)),
            asyncio.create_task(self._every(WRITE_S, self._pictures.write)),
            asyncio.create_task(self._every(POLL_S, self._pictures.look)),
            asyncio.create_task(self._every(SUMMARY_S, self._pictures.tend)),
            asyncio.create_task(self._measure_lateness()),
            asyncio.create_task(self._every(1.0, self._write)),
            asyncio.create_task(self._every(1.0, self._follow)),
            asyncio.create_task(self._every(min(SIGHTS_S, interval_s), self._write_sights)),
            asyncio.create_task(self._every(BEAT_S, self._follow_plans)),
            asyncio.create_task(self._every(BEAT_S, self._beat)),
            asyncio.create_task(self._every(PURGE_S, self._purge)),
            asyncio.create_task(self._every(SUMMARY_S, self._summarise)),
            *(
                asyncio.create_task(self._every(each_s, in_thread(duty, _now)))
                for each_s, duty in duties(self._db, self._settings)
            ),
        ]
        if self._canaries:
            under_way.append(asyncio.create_task(self._every(min(5.0, interval_s / 2), self._ask_canaries)))
        await self._stop.wait()
        await self._end(set(under_way))
        await self._finish()

    async def _finish(self) -> None:
        await self._end(self._looking)
        await self._write()
        await self._write_sights()
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
            while self._due and self._due[0][0] <= now_s and len(self._looking) < self._most:
                if self._ledger.uplink.lost:
                    if allowance < 1:
                        break
                    allowance -= 1
                due_s, camera_id = heapq.heappop(self._due)
                if camera := self._cameras.get(camera_id):
                    self._begin(self._look(camera, self._owed.pop(camera_id, due_s)), self._looking)
                    if len(self._looking) % AT_A_TIME == 0:
                        await asyncio.sleep(0)  # answers and pictures have their turn while we catch up
            await asyncio.sleep(TICK_S)

    def _begin(self, job: Coroutine[None, None, None], under_way: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(job)
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _look(self, camera: Watched, due_s: float) -> None:
        begun_s, at = time.monotonic(), _now()
        before = self._ledger.of(camera.id).status
        again_s = 0.0
        try:
            if self._ledger.excuse(camera, at, planned=self._planned.get(camera.id, at) > at):
                return
            reading = await self._prober.probe(camera.id, camera.address or "", at)
            self._pace.began(begun_s, due_s)
            void = await self._is_void(reading, begun_s)
            if void:
                self._pace.voided(time.monotonic())
            self._ledger.take(camera.id, reading, void=void)
            self._notice()
            self._tell_pictures(camera.id, before)
        except BusyError as busy:
            again_s = begun_s + busy.wait_s
            self._owed[camera.id] = due_s
        finally:
            if camera.id in self._cameras:
                heapq.heappush(self._due, (again_s or self._next_look(camera.id), camera.id))

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
        down_since = belief.since if belief.status is Status.DOWN else None
        return next_look(
            camera_id,
            self._settings.probe_interval_s,
            time.monotonic(),
            unsettled=belief.unsettled,
            down_s=(_now() - down_since).total_seconds() if down_since else None,
            chance=random.random(),  # noqa: S311 - spreads looks, guards nothing
        )

    async def _is_void(self, reading: Reading, begun_s: float) -> bool:
        """Whether we were so late ourselves while we waited that a missing answer says nothing."""
        if reading.outcome is not Outcome.MISS or reading.reason not in ("timeout", "unreachable"):
            return False
        await asyncio.sleep(2 * TICK_S)  # what made us late may also have kept us from measuring it
        return self._pace.was_late(begun_s)

    async def _measure_lateness(self) -> None:
        while not self._stop.is_set():
            before_s = time.monotonic()
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            self._pace.lagged(now_s, now_s - before_s - TICK_S)

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
        if seen.depth is not None and seen.camera_id in self._cameras:
            self._ledger.sights.picture(seen.camera_id, seen.depth, seen.at)

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

    async def _write_sights(self) -> None:
        """Store how deep the last looks got, where that is new."""
        while rows := self._ledger.sights.batch(BIG_BATCH, self._pictures.sight):
            async with self._writing:
                try:
                    await asyncio.shield(asyncio.to_thread(write_sights, self._db, rows))
                except Exception:
                    self._ledger.sights.put_back(rows)
                    raise

    async def _beat(self) -> None:
        """Say that we are watching; while our uplink is lost, or we are too slow, we are not."""
        uplink, at = self._ledger.uplink, _now()
        slow = not self._pace.keeps_up(time.monotonic())
        async with self._writing:
            if not uplink.lost and not slow:
                self._span = await asyncio.to_thread(beat, self._db, self._name, self._span, at)
            elif self._span is not None:
                sweep_s = timedelta(seconds=self._settings.probe_interval_s)
                ended_at = min(uplink.heard_at or at, at) if uplink.lost else at - sweep_s
                await asyncio.to_thread(beat, self._db, self._name, self._span, ended_at)
                self._span = None
                log.say(at, "not_watching", worker=self._name, uplink_lost=uplink.lost, too_slow=slow)

    async def _follow(self) -> None:
        """Follow what the app wrote: a new inventory, and who has which cameras on screen."""
        if await asyncio.to_thread(inventory_number, self._db) != self._inventory:
            await self._reload()
        await self._pictures.follow(
            await asyncio.to_thread(desk.wishes, self._db, _now() - timedelta(seconds=WISH_S))
        )

    async def _reload(self) -> None:
        number = await asyncio.to_thread(inventory_number, self._db)
        roster = await asyncio.to_thread(load_roster, self._db, self._stamps)
        ages_s = await asyncio.to_thread(desk.still_ages_s, self._db, _now())
        if roster.unreadable:
            log.say(_now(), "unreadable_addresses", count=roster.unreadable)
        for camera_id in self._cameras.keys() - roster.stamps.keys():
            del self._cameras[camera_id]
            self._prober.forget(camera_id)
        self._ledger.keep_only(self._cameras.keys() | roster.stamps.keys())
        for begin in range(0, len(roster.changed), SLICE):
            self._take_over(roster.changed[begin : begin + SLICE])
            await asyncio.sleep(0)  # looks go on in between
        self._pictures.watch(self._cameras, ages_s, time.monotonic())
        self._stamps, self._inventory = roster.stamps, number
        settle()

    def _take_over(self, cameras: list[Watched]) -> None:
        now_s, at = time.monotonic(), _now()
        for camera in cameras:
            if camera.id not in self._cameras:
                due_s = first_look(camera.id, self._settings.probe_interval_s, now_s)
                heapq.heappush(self._due, (due_s, camera.id))
            else:
                self._prober.forget(camera.id)
            self._cameras[camera.id] = camera
            self._ledger.excuse(camera, at, planned=self._planned.get(camera.id, at) > at)

    async def _follow_plans(self) -> None:
        """Follow maintenance that was planned or called off."""
        at = _now()
        planned = await asyncio.to_thread(excused, self._db, at)
        before, self._planned = self._planned, planned
        for camera_id in planned.keys() ^ before.keys():
            if camera := self._cameras.get(camera_id):
                self._ledger.excuse(camera, at, planned=camera_id in planned)

    async def _purge(self) -> None:
        async with self._writing:
            await asyncio.to_thread(desk.tidy, self._db, _now(), self._settings.still_keep_h)
        settle()  # what came and went since the last time

    async def _summarise(self) -> None:
        counts = {str(status): count for status, count in self._ledger.counts.items() if count}
        log.say(
            _now(),
            "summary",
            worker=self._name,
            **{f"cameras_{status}": count for status, count in counts.items()},
            **self._ledger.tally,
            **self._pictures.tally,
            **self._pace.tell(),
            looking=len(self._looking),
            children_replaced=self._pictures.children_replaced,
            uplink_lost=self._ledger.uplink.lost,
        )
        self._ledger.tally.clear()
        self._pictures.tally.clear()


def _now() -> datetime:
    return datetime.now(UTC)
