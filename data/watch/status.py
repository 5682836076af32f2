"""What we believe of a camera after each answer: pure rules, no clock, no database."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from data.models import Status

WINDOW = 5  # looks
DOWN_OF = 3  # misses among them: one lost packet is no outage, and a camera that stutters is
UPLINK_LOST = "uplink_lost"
STORM = "storm"
KNOWN = frozenset(
    {Status.UP, Status.DEGRADED, Status.DOWN}
)  # we can say whether it works; the rest is not counted


class Outcome(StrEnum):
    """What one look at a camera was worth."""

    GOOD = "good"  # it answered as a working camera does
    MISS = "miss"  # it did not
    UNSURE = "unsure"  # it answers, or we may not ask: whether it sees, we cannot know


class Depth(IntEnum):
    """How far a look got. Probes reach 3 at most; a still says the rest."""

    NOTHING = -1  # not even a connection
    CONNECTED = 0
    ANSWERED = 1  # an RTSP or HTTP status
    DESCRIBED = 2  # a description with video in it, a playlist, a picture's first bytes
    ADVANCING = 3  # and more than at the last look: the stream moves on, the picture is another
    DECODABLE = 4
    HEALTHY = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one camera; `depth` is of Depth."""

    outcome: Outcome
    reason: str
    depth: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Belief:
    """
    What we believe of one camera, and what it rests on.

    Attributes
    ----------
    since
        None: never looked at.
    seen_at
        The last reading that told us something.
    fault
        What is wrong with its picture.
    recent
        Of the last looks, oldest first, when each missed, or None where it did not; () while none did.
    good_at
        While it is down: when the good look was that another one would confirm.
    """

    status: Status = Status.UNKNOWN
    since: datetime | None = None
    reason: str = ""
    seen_at: datetime | None = None
    fault: str = ""
    recent: tuple[datetime | None, ...] = ()
    good_at: datetime | None = None

    @property
    def misses(self) -> list[datetime]:
        """When it missed among the last looks, while that has not led to down."""
        return [at for at in self.recent if at is not None]

    @property
    def unsettled(self) -> bool:
        """Whether the last look contradicts what we believe, so that the next should come soon."""
        if self.status is Status.DOWN:
            return self.good_at is not None
        return len(self.misses) == 1 and self.recent[-1] is not None


def after(belief: Belief, reading: Reading) -> Belief:
    """
    Belief after one more reading.

    Three misses among the last five are down, backdated to the first of them. Two good answers in a row end it,
    backdated to the first. An answer that proves nothing is unknown. Where we knew nothing, one good answer is up:
    there is nothing it could contradict, and a camera that works is not kept from anybody for a minute.
    """
    if reading.outcome is Outcome.MISS:
        return _missed(belief, reading)
    if reading.outcome is Outcome.UNSURE:
        clean = replace(belief, recent=(), good_at=None, seen_at=reading.at, fault="")
        return _turned(clean, Status.UNKNOWN, reading.at, reading.reason)
    if belief.status is Status.DOWN:
        return _answered_again(belief, reading)
    # Built whole: six thousand times a second, and `replace` takes as long as all the rest.
    fault = belief.fault if belief.status is not Status.UNKNOWN else ""  # a picture from before says nothing now
    status = Status.DEGRADED if fault else Status.UP
    since = belief.since if belief.status is status and belief.since is not None else reading.at
    return Belief(status, since, fault or "ok", reading.at, fault, _looked(belief, None))


def _answered_again(belief: Belief, reading: Reading) -> Belief:
    if belief.good_at is None:  # one that comes up for a moment is not back
        return replace(belief, good_at=reading.at, seen_at=reading.at)
    return Belief(Status.UP, belief.good_at, "ok", reading.at)


def _missed(belief: Belief, reading: Reading) -> Belief:
    if belief.status is Status.DOWN:
        return replace(belief, good_at=None, seen_at=reading.at)
    missed = replace(belief, recent=_looked(belief, reading.at))
    if len(missed.misses) < DOWN_OF:
        return missed
    return Belief(Status.DOWN, missed.misses[0], reading.reason, reading.at)


def _looked(belief: Belief, missed_at: datetime | None) -> tuple[datetime | None, ...]:
    """Last looks with one more."""
    if missed_at is None and not belief.recent:
        return ()
    recent = (*belief.recent, missed_at)[-WINDOW:]
    return recent if any(recent) else ()


def with_picture(belief: Belief, fault: str, at: datetime) -> Belief:
    """Belief after its picture was judged: a `fault` degrades a camera that is up, "" heals it."""
    if belief.status not in (Status.UP, Status.DEGRADED):
        return belief
    status = Status.DEGRADED if fault else Status.UP
    return _turned(replace(belief, fault=fault), status, at, fault or "ok")


def forget_misses(belief: Belief) -> Belief:
    """Belief as if the misses that have not yet led to down never were: they may have been our own fault."""
    return replace(belief, recent=()) if belief.recent else belief


def blind(belief: Belief, at: datetime, reason: str = UPLINK_LOST) -> Belief:
    """Belief once we cannot see any more whether it works: unknown since we last knew."""
    if belief.status not in KNOWN:
        return belief
    clean = forget_misses(replace(belief, fault="", good_at=None))
    return _turned(clean, Status.UNKNOWN, belief.seen_at or at, reason)


def not_looked_at(belief: Belief, reason: str, at: datetime) -> Belief:
    """Belief of a camera we do not ask: not linked, without an address, or under maintenance."""
    status = Status.MAINTENANCE if reason == "maintenance" else Status.UNKNOWN
    return _turned(replace(belief, recent=(), good_at=None, fault=""), status, at, reason)


def looked_at_again(belief: Belief, at: datetime) -> Belief:
    """Belief of a camera whose maintenance has ended: unknown until it answers."""
    return _turned(belief, Status.UNKNOWN, at, "") if belief.status is Status.MAINTENANCE else belief


def is_news(before: Belief, now: Belief, telling: Container[Status] = (Status.UNKNOWN, Status.DEGRADED)) -> bool:
    """Whether somebody should hear of it: the status changed, or why it is unknown or degraded did."""
    return before.status is not now.status or (before.reason != now.reason and now.status in telling)


def _turned(belief: Belief, status: Status, at: datetime, reason: str) -> Belief:
    since = belief.since if belief.status is status and belief.since is not None else at
    return replace(belief, status=status, since=since, reason=reason)
