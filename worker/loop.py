"""The worker's loop: looks, pictures, writing down, all at once; every time of day used here is read here."""

import asyncio
import resource
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
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
from data.watch.roster import inventory_number, load_beliefs, load_roster
from data.watch.sights import write_sights
from worker import log
from worker.canaries import Canary, answering
from worker.duty.beside import duties, in_thread
from worker.ledger import Ledger
from worker.looking import Looking
from worker.probe import Prober
from worker.reach.fetch import open_session
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach, places_of_our_own
from worker.shares import Others, Share
from worker.still.lookers import POLL_S
from worker.still.pictures import WRITE_S, Pictures, Seen
from worker.uplink import Uplink
from worker.watching import Own, Watch, Word

BEAT_S = 5.0
PURGE_S = 600.0
SUMMARY_S = 60.0
WISH_S = 60.0  # a wish the app has not renewed for so long is no longer on screen
STOP_S = 3.0  # what is under way may finish so long after we are told to stop
BIG_BATCH = 20_000  # after a storm, or when we go blind, in one transaction
SIGHTS_S = 10.0
SLICE = 2_000  # cameras taken over in one go when the inventory changed
SPARE_FILES = 500  # for the database, children and stills


def run_worker(db: Database, settings: Settings) -> None:
    """
    Look at every camera until SIGTERM or SIGINT; what is under way then still ends in the database.

    With several lookers this process is the first of them, starts the others and ends them.
    """
    run_share(db, settings, Share(0, settings.lookers), f"worker-{secrets.token_hex(4)}")


def run_share(db: Database, settings: Settings, share: Share, name: str) -> None:
    """Look at one share of the cameras, as a part of the worker of that name."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a look is a file, and black holes hold thousands
    collect_rarely()
    uvloop.run(Worker(db, share.portion(settings), share, name).run())


class Worker:
    """One process of a worker; several workers may run side by side on one database."""

    def __init__(self, db: Database, settings: Settings, share: Share, name: str) -> None:
        self._db, self._settings, self._share = db, settings, share
        self._worker = name
        self._name = name if share.of == 1 else f"{name}.{share.index}"
        closed = places_of_our_own(settings.url, settings.host, settings.port)
        self._reach = Reach(settings.camera_networks, closed)
        self._canaries = [Canary.parse(text) for text in settings.uplink_canaries]
        self._ledger = Ledger(Uplink(canaries=bool(self._canaries)))
        self._stamps: dict[int, object] = {}
        self._writing = asyncio.Lock()  # SQLite lets one write at a time, and does not queue fairly
        self._stop = asyncio.Event()
        self._was_lost = False
        self._inventory = -1
        self._own, self._watch = Own(), Watch(share.of)
        self._others = Others(name, share.of if share.first else 1, self._watch.heard, self._watch.gone)
        self._span: int | None = None
        self._span_until: datetime | None = None

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        if not self._share.first:
            loop.add_reader(sys.stdin.fileno(), self._left_alone)
        most = min(self._settings.probes_at_once, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)
        at_once = most + self._settings.stills_at_once
        async with open_session(self._reach, at_once) as session:
            names = Names(self._reach)
            gates = Gates(self._settings.sessions_per_host, self._settings.probes_per_network_s)
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
                has=self._share.has,
            )
            self._looking = Looking(
                Prober(session, names, gates, self._settings.probe_timeout_s, self._pictures.find_stream),
                self._ledger,
                self._settings.probe_interval_s,
                most,
                now=_now,
                turned=self._tell_pictures,
                noticed=self._notice,
            )
            try:
                await self._work()
            finally:
                await self._pictures.close(STOP_S / 2)

    def _left_alone(self) -> None:
        """The first process is gone: nobody hears any more that we look."""
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        self._stop.set()

    async def _work(self) -> None:
        self._others.start()
        beliefs = await asyncio.to_thread(load_beliefs, self._db)
        self._ledger.restore({one: found for one, found in beliefs.items() if self._share.has(one)})
        await self._pictures.open()
        await self._follow_plans()
        await self._reload()
        log.say(_now(), "started", worker=self._name, cameras=len(self._looking.cameras))
        interval_s = self._settings.probe_interval_s
        under_way = [
            asyncio.create_task(self._looking.run(self._stop)),
            asyncio.create_task(self._pictures.run(self._stop)),
            asyncio.create_task(self._every(WRITE_S, self._pictures.write)),
            asyncio.create_task(self._every(POLL_S, self._pictures.look)),
            asyncio.create_task(self._every(SUMMARY_S, self._pictures.tend)),
            asyncio.create_task(self._looking.measure_lateness(self._stop)),
            asyncio.create_task(self._every(1.0, self._write)),
            asyncio.create_task(self._every(1.0, self._follow)),
            asyncio.create_task(self._every(min(SIGHTS_S, interval_s), self._write_sights)),
            asyncio.create_task(self._every(BEAT_S, self._follow_plans)),
            asyncio.create_task(self._every(BEAT_S, self._beat)),
            asyncio.create_task(self._every(PURGE_S, self._settle)),
            asyncio.create_task(self._every(SUMMARY_S, self._summarise)),
            *(
                asyncio.create_task(self._every(each_s, in_thread(duty, _now)))
                for each_s, duty in (duties(self._db, self._settings) if self._share.first else ())
            ),
        ]
        if self._share.first:
            under_way.append(asyncio.create_task(self._every(PURGE_S, self._purge)))
        if self._canaries:
            under_way.append(asyncio.create_task(self._every(min(5.0, interval_s / 2), self._ask_canaries)))
        await self._stop.wait()
        await self._end(set(under_way))
        await self._finish()

    async def _finish(self) -> None:
        ending = asyncio.create_task(self._others.close(2 * STOP_S))
        await self._end(self._looking.under_way)
        await self._write()
        await self._write_sights()
        await ending
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

    # What a look, a canary or a picture showed

    def _tell_pictures(self, camera_id: int, before: Status) -> None:
        belief = self._ledger.of(camera_id)
        if belief.status is Status.UP and before is not Status.DEGRADED:
            self._pictures.returned(camera_id)
        elif belief.status in (Status.DOWN, Status.DEGRADED):
            self._pictures.fell(camera_id, belief.reason)

    def _notice(self) -> None:
        lost = self._ledger.uplink.lost
        if lost == self._was_lost:
            return
        self._was_lost = lost
        log.say(_now(), "uplink_lost" if lost else "uplink_back", worker=self._name)
        self._looking.begin(self._beat())  # the span of our own watching ends or begins here
        if not lost:
            self._looking.spread()

    async def _ask_canaries(self) -> None:
        at = _now()
        answered = await answering(self._canaries, self._settings.probe_timeout_s)
        if self._ledger.uplink.asked_canaries(answered, len(self._canaries), at):
            self._ledger.forget_misses()
        self._notice()

    def _watchable(self, camera_id: int) -> bool:
        belief = self._ledger.of(camera_id)
        return (
            belief.status in (Status.UP, Status.DEGRADED)
            and not belief.misses
            and camera_id in self._looking.cameras
        )

    def _see(self, seen: Seen) -> None:
        if seen.verdict is not None:
            self._ledger.see(seen.camera_id, seen.verdict, seen.at)
        if seen.depth is not None and seen.camera_id in self._looking.cameras:
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
        slow = not self._looking.pace.keeps_up(time.monotonic())
        sweep = timedelta(seconds=self._settings.probe_interval_s)
        ended_at = min(uplink.heard_at or at, at) if uplink.lost else at - sweep
        was_looking = self._own.looking
        word = self._own.word(at, looking=not uplink.lost and not slow, ended_at=ended_at)
        if was_looking and not self._own.looking:
            log.say(at, "not_watching", worker=self._name, uplink_lost=uplink.lost, too_slow=slow)
        if word is not None and self._share.first:
            self._watch.heard(0, word)
            await self._move_span(self._watch.together(at))
        elif word is not None:
            sys.stdout.buffer.write(word.pack())
            sys.stdout.buffer.flush()

    async def _move_span(self, word: Word | None) -> None:
        """Write down until when the whole worker was watching."""
        if word is None:
            return
        async with self._writing:
            if self._span_until is not None and word.since > self._span_until:
                self._span = None  # somebody began anew: what lies between was not watched
            if self._span is not None or word.looking:
                span = await asyncio.to_thread(beat, self._db, self._worker, self._span, word.until)
                self._span, self._span_until = span if word.looking else None, word.until

    async def _follow(self) -> None:
        """Follow what the app wrote: a new inventory, and who has which cameras on screen."""
        if await asyncio.to_thread(inventory_number, self._db) != self._inventory:
            await self._reload()
        await self._pictures.follow(
            await asyncio.to_thread(desk.wishes, self._db, _now() - timedelta(seconds=WISH_S))
        )

    async def _reload(self) -> None:
        number = await asyncio.to_thread(inventory_number, self._db)
        roster = await asyncio.to_thread(load_roster, self._db, self._stamps, self._share.has)
        ages_s = await asyncio.to_thread(desk.still_ages_s, self._db, _now())
        if roster.unreadable:
            log.say(_now(), "unreadable_addresses", count=roster.unreadable)
        cameras = self._looking.cameras
        self._looking.let_go(cameras.keys() - roster.stamps.keys())
        self._ledger.keep_only(cameras.keys() | roster.stamps.keys())
        for begin in range(0, len(roster.changed), SLICE):
            self._looking.take_over(roster.changed[begin : begin + SLICE])
            await asyncio.sleep(0)  # looks go on in between
        self._pictures.watch(cameras, ages_s, time.monotonic())
        self._stamps, self._inventory = roster.stamps, number
        settle()

    async def _follow_plans(self) -> None:
        """Follow maintenance that was planned or called off."""
        self._looking.plan(await asyncio.to_thread(excused, self._db, _now()))

    async def _purge(self) -> None:
        async with self._writing:
            await asyncio.to_thread(desk.tidy, self._db, _now(), self._settings.still_keep_h)

    async def _settle(self) -> None:
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
            **self._looking.pace.tell(),
            looking=len(self._looking.under_way),
            children_replaced=self._pictures.children_replaced,
            uplink_lost=self._ledger.uplink.lost,
        )
        self._ledger.tally.clear()
        self._pictures.tally.clear()


def _now() -> datetime:
    return datetime.now(UTC)
