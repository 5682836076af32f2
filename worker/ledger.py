"""What the worker believes of every camera, and what of it is still to be written. No clock, no database."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from data.models import Status
from data.watch.journal import Change, Stored
from data.watch.roster import Watched, belief_of
from data.watch.status import (
    KNOWN,
    STORM,
    Belief,
    Outcome,
    Reading,
    after,
    blind,
    forget_misses,
    is_news,
    looked_at_again,
    not_looked_at,
    with_picture,
)
from worker.sights import Sights
from worker.uplink import Uplink, spoke

AT_ONCE = 20_000  # cameras made unknown in one go: more would keep the loop from everything else
BLIND_AFTER = 3  # intervals without an answer from anywhere
_NOTHING = Belief()


@dataclass
class Ledger:
    """Beliefs in memory; changes queue up in `waiting` until a batch of them is stored."""

    uplink: Uplink
    beliefs: dict[int, Belief] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)  # camera -> the seq its stored state was written under
    waiting: deque[Change] = field(default_factory=deque)
    counts: Counter[Status] = field(default_factory=Counter)
    tally: Counter[str] = field(default_factory=Counter)  # since the last summary line
    sights: Sights = field(default_factory=Sights)
    _excused: set[int] = field(default_factory=set)

    def restore(self, found: dict[int, tuple[Belief, int]]) -> None:
        """Take over what was stored before this worker started."""
        for camera_id, (belief, number) in found.items():
            self.beliefs[camera_id], self.numbers[camera_id] = belief, number
            self.counts[belief.status] += 1

    def keep_only(self, cameras: Iterable[int]) -> None:
        """Forget cameras that are no longer in the inventory."""
        for gone in self.beliefs.keys() - set(cameras):
            self.counts[self.beliefs.pop(gone).status] -= 1
            self.numbers.pop(gone, None)
            self._excused.discard(gone)
            self.uplink.forget(gone)
            self.sights.forget(gone)

    def of(self, camera_id: int) -> Belief:
        """Belief of one camera."""
        return self.beliefs.get(camera_id, _NOTHING)

    def excuse(self, camera: Watched, at: datetime, *, planned: bool = False) -> bool:
        """Whether a camera is not looked at now, be it that maintenance is `planned`; its status says why."""
        why = "maintenance" if planned else camera.excuse(at)
        belief = self.of(camera.id)
        if why:
            self._excused.add(camera.id)
            self.uplink.forget(camera.id)
        else:
            self._excused.discard(camera.id)
        self._believe(camera.id, not_looked_at(belief, why, at) if why else looked_at_again(belief, at))
        return bool(why)

    def take(self, camera_id: int, reading: Reading, *, void: bool) -> None:
        """
        Learn from a reading.

        `void`: we were too slow ourselves to trust a missing answer. While our uplink is lost, or might be, a
        missing answer counts for nothing.
        """
        self.tally["looks"] += 1
        self.tally[reading.reason] += 1
        if camera_id in self._excused:
            return  # the look was under way when its maintenance began
        if reading.outcome is not Outcome.MISS or spoke(reading):
            if spoke(reading):
                self.uplink.heard(reading.at, camera_id)
            self.sights.look(camera_id, reading)
            self._believe(camera_id, after(self.of(camera_id), reading))
        elif void:
            self.tally["void"] += 1
        else:
            self._take_silence(camera_id, reading)

    def _take_silence(self, camera_id: int, reading: Reading) -> None:
        before = self.of(camera_id)
        was_up = before.status in (Status.UP, Status.DEGRADED)
        if self.uplink.silent(camera_id, reading, was_up=was_up):
            self.forget_misses()
        if self.uplink.lost or (self.uplink.back_at is not None and reading.at <= self.uplink.back_at):
            return
        self.sights.look(camera_id, reading)
        now = after(before, reading)
        if now.status is Status.DOWN and before.status is not Status.DOWN:
            if not self._may_be_down(now.since or reading.at):
                self.tally["held"] += 1
                return
            if camera_id in self.uplink.gone and self.uplink.storms(self._up):
                self.tally["storm"] += 1
                self.uplink.stormed.add(camera_id)
                self._believe(camera_id, blind(before, reading.at, STORM))
                return
            self.uplink.forget(camera_id)
        self._believe(camera_id, now)

    def forget_misses(self) -> None:
        """Drop every miss that has not led to down: our own uplink may have been to blame."""
        for camera_id, belief in self.beliefs.items():
            if belief.recent:
                self.beliefs[camera_id] = forget_misses(belief)

    def go_blind(self, at: datetime, interval_s: float) -> int:
        """While our uplink is lost: make unknown what was not heard of for three intervals; returns how many."""
        limit = at - timedelta(seconds=BLIND_AFTER * interval_s)
        if not self.uplink.lost or (self.uplink.heard_at is not None and self.uplink.heard_at > limit):
            return 0
        known = list(
            islice((camera_id for camera_id, belief in self.beliefs.items() if belief.status in KNOWN), AT_ONCE)
        )
        for camera_id in known:
            self._believe(camera_id, blind(self.beliefs[camera_id], at))
        return len(known)

    def see(self, camera_id: int, fault: str, at: datetime) -> None:
        """Learn the verdict on a camera's picture: a fault, or "" for healthy."""
        if not self.uplink.lost:
            self._believe(camera_id, with_picture(self.of(camera_id), fault, at))

    def batch(self, limit: int) -> list[Change]:
        """Take the next changes to store, at most one a camera; give them back with `put_back` if that fails."""
        chosen: dict[int, Change] = {}
        later: list[Change] = []
        while self.waiting and len(chosen) < limit:
            change = self.waiting.popleft()
            if change.camera_id in chosen:
                later.append(change)
                break
            chosen[change.camera_id] = replace(change, base_seq=self.numbers.get(change.camera_id))
        self.waiting.extendleft(reversed(later))
        return list(chosen.values())

    def put_back(self, changes: list[Change]) -> None:
        """Queue changes again that could not be stored."""
        self.waiting.extendleft(reversed(changes))

    def stored(self, found: dict[int, Stored]) -> None:
        """Learn what was stored; where another worker was first, believe it."""
        later = {change.camera_id for change in self.waiting}
        for camera_id, state in found.items():
            self.numbers[camera_id] = state.seq
            if state.won or camera_id in later or camera_id not in self.beliefs:
                continue
            self.tally["adopted"] += 1
            adopted = belief_of(state.status, state.since, state.reason, self.of(camera_id).seen_at)
            self._set(camera_id, adopted)

    @property
    def _up(self) -> int:
        return self.counts[Status.UP] + self.counts[Status.DEGRADED]

    def _may_be_down(self, first_miss_at: datetime) -> bool:
        looked_at = len(self.beliefs) - len(self._excused)
        return self.uplink.may_be_down(first_miss_at, up=self._up, looked_at=looked_at)

    def _believe(self, camera_id: int, now: Belief) -> None:
        before = self.of(camera_id)
        self._set(camera_id, now)
        if now.since is not None and is_news(before, now):
            self.waiting.append(Change(camera_id, now.status, now.since, now.reason, None))

    def _set(self, camera_id: int, now: Belief) -> None:
        if camera_id in self.beliefs:
            self.counts[self.beliefs[camera_id].status] -= 1
        self.counts[now.status] += 1
        self.beliefs[camera_id] = now
