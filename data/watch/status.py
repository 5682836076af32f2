"""What we believe of a camera after each answer: pure rules, no clock, no database."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from data.models import Status

MISSES_TO_DOWN = 3  # one lost packet is not an outage; three looks in a row are
UPLINK_LOST = "uplink_lost"
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
    """What we believe of one camera, and what it rests on."""

    status: Status = Status.UNKNOWN
    since: datetime | None = None  # None: never looked at
    reason: str = ""
    misses: int = 0
    first_miss_at: datetime | None = None
    seen_at: datetime | None = None  # the last reading that told us something
    fault: str = ""  # what is wrong with its picture


def after(belief: Belief, reading: Reading) -> Belief:
    """
    Belief after one more reading.

    The third miss in a row is down, backdated to the first; one good answer is up, or degraded while its picture
    has a fault; an answer that proves nothing is unknown.
    """
    if reading.outcome is Outcome.MISS:
        return _missed(belief, reading)
    clean = replace(belief, misses=0, first_miss_at=None, seen_at=reading.at)
    if reading.outcome is Outcome.UNSURE:
        return _turned(replace(clean, fault=""), Status.UNKNOWN, reading.at, reading.reason)
    if belief.status not in (Status.UP, Status.DEGRADED):
        clean = replace(clean, fault="")  # what its picture was like before says nothing about now
    return _turned(clean, Status.DEGRADED if clean.fault else Status.UP, reading.at, clean.fault or "ok")


def _missed(belief: Belief, reading: Reading) -> Belief:
    first = belief.first_miss_at if belief.misses and belief.first_miss_at else reading.at
    missed = replace(belief, misses=belief.misses + 1, first_miss_at=first)
    if belief.status is Status.DOWN:
        return replace(missed, seen_at=reading.at)
    if missed.misses < MISSES_TO_DOWN:
        return missed
    return replace(_turned(missed, Status.DOWN, first, reading.reason), seen_at=reading.at, fault="")


def with_picture(belief: Belief, fault: str, at: datetime) -> Belief:
    """Belief after its picture was judged: a `fault` degrades a camera that is up, "" heals it."""
    if belief.status not in (Status.UP, Status.DEGRADED):
        return belief
    status = Status.DEGRADED if fault else Status.UP
    return _turned(replace(belief, fault=fault), status, at, fault or "ok")


def forget_misses(belief: Belief) -> Belief:
    """Belief as if the misses that have not yet led to down never were: they may have been our own fault."""
    if belief.status is Status.DOWN or not belief.misses:
        return belief
    return replace(belief, misses=0, first_miss_at=None)


def blind(belief: Belief, at: datetime) -> Belief:
    """Belief once our own uplink is lost: unknown since we last knew."""
    if belief.status not in KNOWN:
        return belief
    return _turned(forget_misses(replace(belief, fault="")), Status.UNKNOWN, belief.seen_at or at, UPLINK_LOST)


def not_looked_at(belief: Belief, reason: str, at: datetime) -> Belief:
    """Belief of a camera we do not ask: not linked, without an address, or under maintenance."""
    status = Status.MAINTENANCE if reason == "maintenance" else Status.UNKNOWN
    return _turned(replace(belief, misses=0, first_miss_at=None, fault=""), status, at, reason)


def looked_at_again(belief: Belief, at: datetime) -> Belief:
    """Belief of a camera whose maintenance has ended: unknown until it answers."""
    return _turned(belief, Status.UNKNOWN, at, "") if belief.status is Status.MAINTENANCE else belief


def is_news(before: Belief, now: Belief, telling: Container[Status] = (Status.UNKNOWN, Status.DEGRADED)) -> bool:
    """Whether somebody should hear of it: the status changed, or why it is unknown or degraded did."""
    return before.status is not now.status or (before.reason != now.reason and now.status in telling)


def _turned(belief: Belief, status: Status, at: datetime, reason: str) -> Belief:
    since = belief.since if belief.status is status and belief.since is not None else at
    return replace(belief, status=status, since=since, reason=reason)
