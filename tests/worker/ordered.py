"""Faults ordered from simulated cameras by a seed, and what a watcher of them has to find. Pure, in seconds."""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from demo.faults import Told
from demo.hookups import network_of, site_of

CODES = tuple(  # ten provinces of five areas, 40 cameras each
    f"P{province}-A{area}-{number:04d}"
    for province in "ABCDEFGHIJ"
    for area in range(5)
    for number in range(1, 41)
)
DEAF = ("dead", "silent", "refuse", "garbage", "drip", "slow")  # ways to be down
BAD_PICTURES = {"black": "black", "bars": "no_signal", "no_signal": "no_signal", "frozen": "frozen"}
MOMENT_S = 2.0  # shorter than two looks are apart, be the second one out of turn: no outage, nor the end of one
SHORT_S = 3.0  # what an order of a moment may become by being late, and still hold one look at most
LONG = 6.0  # intervals: long enough for three misses, or for two good looks, whatever the phase


@dataclass(frozen=True, slots=True)
class Order:
    """One order: at a time since the beginning, a fault for a camera, a switch or a network, for so long. [s]"""

    at_s: float
    name: str
    fault: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is ordered, oldest first, and who is what.

    Attributes
    ----------
    places
        Switches and networks that break as a whole.
    shut
        Cameras that want a sign-in for a while.
    shown
        Cameras on screen; some of them show bad pictures.
    kept
        Cameras in maintenance all the time, whatever breaks them.
    """

    orders: tuple[Order, ...]
    places: frozenset[str]
    shut: frozenset[str]
    shown: frozenset[str]
    kept: frozenset[str]


def plan(seed: int, interval_s: float, end_s: float) -> Plan:
    """
    Draw faults for [0, end_s), of which nobody can be in doubt.

    Each lasts long, or so short that it must not count; between two of one camera is as much time. `end_s` is
    at least 22 intervals.
    """
    rng = random.Random(seed)
    long_s = LONG * interval_s
    orders: list[Order] = []
    network = network_of(rng.choice(CODES))
    switches = rng.sample(sorted({site_of(code) for code in CODES if network_of(code) != network}), 5)
    for name in (network, *switches):
        begin_s = rng.uniform(0, end_s / 3)
        orders.append(Order(begin_s, name, rng.choice(("dead", "silent")), rng.uniform(long_s, end_s / 2)))
    alone = [code for code in CODES if network_of(code) != network and site_of(code) not in switches]
    rng.shuffle(alone)
    groups = {name: [alone.pop() for _ in range(count)] for name, count in _SIZES.items()}
    orders += [
        Order(rng.uniform(0, end_s / 3), code, rng.choice(DEAF), rng.uniform(long_s, end_s / 2))
        for code in (*groups["long"], *groups["kept"])
    ]
    orders += [
        Order(rng.uniform(end_s / 2, end_s - long_s), code, rng.choice(DEAF), 10 * end_s)
        for code in groups["open"]
    ]
    for code in groups["twice"]:
        first_s, second_s = rng.uniform(long_s, end_s / 3), rng.uniform(long_s, end_s / 3)
        begin_s = rng.uniform(0, end_s - first_s - second_s - long_s)
        orders.append(Order(begin_s, code, rng.choice(DEAF), first_s))
        orders.append(Order(begin_s + first_s + long_s, code, rng.choice(DEAF), second_s))
    for code in groups["moments"]:
        begin_s = rng.uniform(0, long_s)
        while begin_s < end_s - long_s:
            orders.append(Order(begin_s, code, rng.choice(DEAF), rng.uniform(0.2, MOMENT_S)))
            begin_s += rng.uniform(6, 8) * interval_s
    for code in groups["interrupted"]:  # works for a moment in the middle: still one outage
        first_s, fault = rng.uniform(long_s, end_s / 4), rng.choice(("dead", "refuse", "garbage"))
        begin_s = rng.uniform(0, end_s / 4)
        orders.append(Order(begin_s, code, fault, first_s))
        gap_s = rng.uniform(0.2, MOMENT_S)
        orders.append(Order(begin_s + first_s + gap_s, code, fault, rng.uniform(long_s, end_s / 4)))
    orders += [
        Order(rng.uniform(0, end_s / 3), code, "401", rng.uniform(long_s, end_s / 2)) for code in groups["shut"]
    ]
    orders += [
        Order(rng.uniform(0, end_s / 4), code, rng.choice(list(BAD_PICTURES)), end_s / 2) for code in groups["bad"]
    ]
    return Plan(
        tuple(sorted(orders, key=lambda order: order.at_s)),
        frozenset((network, *switches)),
        frozenset(groups["shut"]),
        frozenset(groups["bad"] + groups["shown"]),
        frozenset(groups["kept"]),
    )


_SIZES = {
    "long": 200, "open": 30, "twice": 60, "moments": 150, "interrupted": 40,
    "shut": 30, "bad": 24, "shown": 24, "kept": 20,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """A stretch of a camera not working, in Unix seconds; `until` None: it still does not."""

    fault: str
    since: float
    until: float | None


def truth(log: Iterable[Told], of: Collection[str], at_s: float) -> dict[str, list[Truth]]:
    """
    Return for each camera how faults of some kinds broke it until a Unix time, by what the cameras have kept.

    What follows on another within a moment is the same stretch, and a moment alone is none. The plan gives no
    camera an order of its own while its switch or network is broken.
    """
    told: dict[str, list[Told]] = {}
    for one in log:
        if one.kind in of:
            told.setdefault(one.code, []).append(one)
    found = {}
    for code in CODES:
        stretches: list[Truth] = []
        for name in (code, site_of(code), network_of(code)):
            for one in told.get(name, ()):
                last = stretches[-1] if stretches else None
                if last is not None and last.until is not None and one.since - last.until <= SHORT_S:
                    stretches[-1] = Truth(last.fault, last.since, one.until)
                else:
                    stretches.append(Truth(str(one.kind), one.since, one.until))
        ended = [
            replace(one, until=None if one.until is None or one.until > at_s else one.until) for one in stretches
        ]
        found[code] = [one for one in ended if one.until is None or one.until - one.since > SHORT_S]
    return found
