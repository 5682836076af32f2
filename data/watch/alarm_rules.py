"""What an alarm may become: the states of ISA-18.2 and the steps between them, pure."""

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
