"""What an alarm may become: the states of ISA-18.2 and the steps between them, pure."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Where an alarm stands; all but `gone` are open."""

    UNACKNOWLEDGED = "unacknowledged"  # it is so, and nobody has said they know
    ACKNOWLEDGED = "acknowledged"  # it is so, and somebody knows
    RETURNED = "returned"  # it is over, but nobody had said they knew
    SHELVED = "shelved"  # set aside for a while, with a reason
    GONE = "gone"  # over and known, or part of an incident now: closed


class Step(StrEnum):
    """What can happen to an alarm."""

    RAISE = "raise"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"  # an incident speaks for it


class Rule(StrEnum):
    """What an alarm is about."""

    DOWN = "down"  # one camera
    DEGRADED = "degraded"  # one camera's picture
    INCIDENT = "incident"  # a site, a network, an area
    STORM = "storm"  # the summary after many were raised at once


HIGH, MEDIUM, LOW = 1, 2, 3

# Down is three misses of five already, so a linked camera or an incident tells of itself at once: somebody is
# meant to act on it. Any other camera may come back by itself within a few minutes, and usually does.
DELAYS = {Rule.DOWN: timedelta(minutes=5), Rule.DEGRADED: timedelta(minutes=10)}
FLOOD, FLOOD_S = 20, 60.0  # more raised within so long is a storm: one alarm speaks for them
LARGE = 20  # an incident of so many cameras is of high priority


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides where an open alarm stands."""

    active: bool  # what it tells of is still so
    acknowledged: bool
    shelved: bool

    @property
    def state(self) -> State:
        """Where that is; over and known is closed, on the shelf or not."""
        if not self.active and self.acknowledged:
            return State.GONE
        if self.shelved:
            return State.SHELVED
        if not self.active:
            return State.RETURNED
        return State.ACKNOWLEDGED if self.acknowledged else State.UNACKNOWLEDGED


_CHANGES = {
    Step.RAISE: {"active": True},
    Step.RETURN: {"active": False},
    Step.ACKNOWLEDGE: {"acknowledged": True},
    Step.SHELVE: {"shelved": True},  # of one on the shelf: another time and reason
    Step.UNSHELVE: {"shelved": False},
    Step.SUPPRESS: {"active": False, "acknowledged": True, "shelved": False},  # an incident's alarm has it now
}


def after(standing: Standing, step: Step) -> Standing:
    """
    Return where an open alarm stands after a step.

    Raises
    ------
    ValueError
        If the step has no sense there: why, to be said after the alarm's name.
    """
    if standing.state is State.GONE:
        raise ValueError("is closed; what is closed takes remarks only")
    if why := _refusal(standing, step):
        raise ValueError(why)
    return replace(standing, **_CHANGES[step])


def _refusal(standing: Standing, step: Step) -> str:
    refusals = {
        Step.RAISE: (standing.active, "stands already"),
        Step.RETURN: (not standing.active, "has returned already"),
        Step.ACKNOWLEDGE: (
            standing.acknowledged or standing.shelved,
            "is acknowledged already" if standing.acknowledged else "is on the shelf; take it off first",
        ),
        Step.SHELVE: (not standing.active, "is over; acknowledge it instead"),
        Step.UNSHELVE: (not standing.shelved, "is not on the shelf"),
        Step.SUPPRESS: (False, ""),
    }
    refused, why = refusals[step]
    return why if refused else ""


def priority_of(rule: Rule, *, linked: bool = False, cameras: int = 1) -> int:
    """Return how urgent: what the programme is linked to and large incidents are high, single pictures low."""
    if rule is Rule.STORM:
        return HIGH
    if rule is Rule.INCIDENT:
        return HIGH if linked or cameras >= LARGE else MEDIUM
    if rule is Rule.DOWN:
        return HIGH if linked else LOW
    return MEDIUM if linked else LOW


def delay_of(rule: Rule, *, linked: bool) -> timedelta:
    """How long it must have been so before it is raised."""
    return timedelta(0) if rule is Rule.DOWN and linked else DELAYS.get(rule, timedelta(0))
