"""Our own uplink cut, then a region that really is down, through the worker's own ledger and a made-up clock."""

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from data.models import Status
from data.watch.status import Belief, Outcome, Reading
from worker.ledger import Ledger
from worker.schedule import first_look, next_look
from worker.uplink import Uplink

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INTERVAL_S = 60.0
TIMEOUT_S = 4.0
CANARY_S = 5.0
CANARIES = 8
PROVINCES = 77
DOWN = 0.03  # of all cameras, all the time
LOSS = 0.02  # of looks
BLIND_LOOKS_S = 20
CUT_S = (90.0, 480.0)  # out of step with the sweeps
REGION_S = 660.0
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Cut:
    """
    What came of it.

    Attributes
    ----------
    false_downs
        Share of working cameras called down from the cut until three rounds after the return.
    regional_seen
        Share of the region's cameras called down, at most.
    rounds
        Until 99 % of them were; None if they never were.
    stray
        Share of working cameras called down in the rounds before and after: what lost looks alone do, with no cut.
    """

    false_downs: float
    regional_seen: float
    rounds: int | None
    stray: float


def simulate(seed: int, cameras: int, *, canaries: bool = True) -> Cut:
    """
    Play a cut of our own uplink, its return, and then an outage of one province.

    Every look goes through the Ledger as the worker's do, at the times the worker's schedule gives; a look that is
    not answered takes the timeout. `canaries`: eight of them, asked each 5 s; else the fleet is its own witness.
    """
    rng = np.random.default_rng(seed)
    province = rng.integers(0, PROVINCES, cameras)
    broken = rng.random(cameras) < DOWN
    region = (province == 27) & ~broken
    play = _Play(rng, broken, region, canaries)
    end_s = REGION_S + ROUNDS * INTERVAL_S
    play.run(end_s)
    seen = [share for _, share in play.shares]
    first = next((at_s for at_s, share in play.shares if share >= 0.99), None)
    rounds = None if first is None else int(np.ceil((first - REGION_S) / INTERVAL_S))
    working = int((~broken).sum())
    return Cut(len(play.false) / working, max(seen, default=0.0), rounds, len(play.stray) / working)


class _Play:
    def __init__(self, rng: np.random.Generator, broken: np.ndarray, region: np.ndarray, canaries: bool) -> None:
        self.rng, self.broken, self.region, self.canaries = rng, broken, region, canaries
        self.ledger = Ledger(Uplink(canaries=canaries))
        before = NOON - timedelta(hours=1)
        up, down = Belief(Status.UP, before, "ok", before), Belief(Status.DOWN, before, "timeout", before)
        self.ledger.restore({i: (down if gone else up, 1) for i, gone in enumerate(broken.tolist())})
        self.region_ids = np.flatnonzero(region).tolist()
        self.false: set[int] = set()
        self.stray: set[int] = set()
        self.shares: list[tuple[float, float]] = []

    def run(self, end_s: float) -> None:
        due = [(first_look(i, INTERVAL_S, 0.0), i) for i in range(len(self.broken))]
        heapq.heapify(due)
        pending: list[tuple[float, int, Reading]] = []
        second, allowance = 0.0, 0.0
        while second < end_s:
            self._each_second(second)
            allowance = BLIND_LOOKS_S
            while pending and pending[0][0] <= second + 1:
                ends_s, camera, reading = heapq.heappop(pending)
                self._take(camera, reading, ends_s, due)
            while due and due[0][0] <= second + 1:
                if self.ledger.uplink.lost:
                    if allowance < 1:
                        break
                    allowance -= 1
                at_s, camera = heapq.heappop(due)
                at_s = max(at_s, second)
                if self._answers(camera, at_s):
                    self._take(camera, Reading(Outcome.GOOD, "ok", 3, _time(at_s)), at_s, due)
                else:
                    missed = Reading(Outcome.MISS, "timeout", -1, _time(at_s))
                    heapq.heappush(pending, (at_s + TIMEOUT_S, camera, missed))
            second += 1
            if was_lost_now_back(self.ledger.uplink, second):
                due = [(first_look(i, INTERVAL_S, second), i) for _, i in due]
                heapq.heapify(due)

    def _answers(self, camera: int, at_s: float) -> bool:
        if CUT_S[0] <= at_s < CUT_S[1] or self.broken[camera] or (self.region[camera] and at_s >= REGION_S):
            return False
        return self.rng.random() >= LOSS

    def _take(self, camera: int, reading: Reading, now_s: float, due: list[tuple[float, int]]) -> None:
        ledger = self.ledger
        ledger.take(camera, reading, void=False)
        belief = ledger.of(camera)
        works = not self.broken[camera] and not (self.region[camera] and now_s >= REGION_S)
        if belief.status is Status.DOWN and works:
            (self.false if CUT_S[0] <= now_s < REGION_S else self.stray).add(camera)
        down_s = None if belief.status is not Status.DOWN else 3_600.0 if self.broken[camera] else 0.0
        chance = self.rng.random()
        again_s = next_look(camera, INTERVAL_S, now_s, unsettled=belief.unsettled, down_s=down_s, chance=chance)
        heapq.heappush(due, (again_s, camera))

    def _each_second(self, second: float) -> None:
        if self.canaries and second % CANARY_S == 0:
            cut = CUT_S[0] <= second < CUT_S[1]
            answered = 0 if cut else int((self.rng.random(CANARIES) >= LOSS).sum())
            if self.ledger.uplink.asked_canaries(answered, CANARIES, _time(second)):
                self.ledger.forget_misses()
        self.ledger.go_blind(_time(second), INTERVAL_S)
        if second >= REGION_S and second % 10 == 0:
            found = sum(self.ledger.of(i).status is Status.DOWN for i in self.region_ids)
            self.shares.append((second, found / max(1, len(self.region_ids))))


def was_lost_now_back(uplink: Uplink, second: float) -> bool:
    """Whether the uplink came back within the last second: then everybody's turn is spread anew."""
    return uplink.back_at is not None and timedelta(0) <= _time(second) - uplink.back_at < timedelta(seconds=1)


def _time(second: float) -> datetime:
    return NOON + timedelta(seconds=second)
