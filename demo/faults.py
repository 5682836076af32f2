"""What goes wrong with a simulated camera: on order, or by a schedule that only depends on code, time and seed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b

from demo.hookups import network_of, site_of


class FaultKind(StrEnum):
    """What a camera does instead of working."""

    DEAD = "dead"  # closes the connection without a word
    SILENT = "silent"  # takes the connection and every request, says nothing
    REFUSE = "refuse"  # too many viewers: 503, or 453 in RTSP
    GARBAGE = "garbage"  # answers with bytes that mean nothing
    DRIP = "drip"  # answers a byte at a time
    SLOW = "slow"  # answers after eight seconds
    REDIRECT = "redirect"  # sends whoever asks to another address of the machine itself
    ENDLESS = "endless"  # a still or a part of moving JPEG that never ends
    UNAUTHORISED = "401"  # wants a sign-in; none is right
    BASIC = "basic"  # wants a sign-in, see demo/signin.py
    DIGEST = "digest"
    UDP_ONLY = "udp_only"  # RTSP: sends by datagrams, and not over TCP
    ODD_BASE = "odd_base"  # RTSP: a Content-Base that is no address, only a path
    FROZEN = "frozen"  # plays on, always the same picture
    STUCK = "stuck"  # the same, but the clock in the picture runs
    BLACK = "black"
    BLURRED = "blurred"
    COVERED = "covered"
    MOVED = "moved"  # turned to look elsewhere
    BARS = "bars"  # colour bars: the recorder has lost its camera
    NO_SIGNAL = "no_signal"  # the same in plain blue
    STALLED = "stalled"  # answers, but brings nothing new
    NONE = "none"  # as an order: works, whatever the schedule says


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the Unix times between which it holds; `until` None: until told otherwise."""

    kind: FaultKind
    since: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was ordered for whom, as it came to be: a code, a switch or a network; `until` None while it holds."""

    code: str
    kind: FaultKind
    since: float
    until: float | None


WORKS = Fault(FaultKind.NONE, 0.0)
_MINUTE = 60.0
_DAY = 86_400.0
_LONG = ((0.010, FaultKind.DEAD),)  # of each day
_SHORT = (  # of each window of 20 to 40 minutes
    (0.020, FaultKind.DEAD),
    (0.0025, FaultKind.FROZEN),
    (0.0025, FaultKind.BLACK),
    (0.0025, FaultKind.BLURRED),
    (0.0025, FaultKind.COVERED),
    (0.005, FaultKind.SLOW),
    (0.005, FaultKind.STALLED),
)
_SITE = 0.001  # of the switches, of each such window: nothing behind it is heard of
_FORBIDDEN = 0.010  # of all cameras, for good: somebody changed the password


def scheduled(code: str, at_s: float, seed: int) -> Fault:
    """
    Fault of a camera at a Unix time by the schedule.

    Each camera has windows of its own length and phase, so that a few cameras change at any moment and never all
    at once. `since` and `until` are the window's ends: the answer is the same throughout.
    """
    forbidden, length, phase, day_phase = _draws(code, seed, "camera")
    window, since, until = _window(at_s, (20 + 20 * length) * _MINUTE, phase)
    if forbidden < _FORBIDDEN:
        return Fault(FaultKind.UNAUTHORISED, since, until)
    day, dawn, dusk = _window(at_s, _DAY, day_phase)
    long_run = _pick(_draws(code, seed, f"day {day}")[0], _LONG)
    if long_run:
        return Fault(long_run, dawn, dusk)
    kind = _pick(_draws(code, seed, f"window {window}")[0], _SHORT)
    if kind is None and (site := site_of(code)):
        _, length, phase, _ = _draws(site, seed, "switch")
        window, began, ends = _window(at_s, (20 + 20 * length) * _MINUTE, phase)
        if _draws(site, seed, f"window {window}")[0] < _SITE:
            return Fault(FaultKind.SILENT, began, min(until, dusk, ends))
        until = min(until, ends)
    return Fault(kind or FaultKind.NONE, since, min(until, dusk))


class Faults:
    """
    Faults on order, over those of the schedule; the schedule's answers are kept until they end.

    An order is for a camera's code, or for the name of a switch or a network (`demo/hookups.py`) and so for all
    its cameras; the narrowest holds.

    Attributes
    ----------
    log
        Every order there ever was, oldest first: the truth that a watcher's journal can be compared with.
    """

    def __init__(self, seed: int, *, schedule: bool) -> None:
        self.seed, self.schedule = seed, schedule
        self.log: list[Told] = []
        self._orders: dict[str, Fault] = {}
        self._known: dict[str, Fault] = {}
        self._places: dict[str, int] = {}  # of the last entry of each in the log

    def order(self, code: str, kind: FaultKind, at_s: float, for_s: float | None = None) -> None:
        """Give a camera, a switch or a network a fault from now on, for a time or until told otherwise."""
        self._end(code, at_s)
        self._orders[code] = Fault(kind, at_s, None if for_s is None else at_s + for_s)
        self._places[code] = len(self.log)
        self.log.append(Told(code, kind, at_s, self._orders[code].until))

    def clear(self, at_s: float, code: str | None = None) -> None:
        """Forget the order for one, or all orders."""
        for held in list(self._orders) if code is None else [code]:
            self._end(held, at_s)
            self._orders.pop(held, None)

    def _end(self, code: str, at_s: float) -> None:
        """Write down that what was ordered before holds no longer."""
        if code in self._orders and _holds(self._orders[code], at_s):
            place = self._places[code]
            self.log[place] = replace(self.log[place], until=at_s)

    def orders(self, at_s: float) -> dict[str, Fault]:
        """Every order that still holds."""
        self._orders = {code: fault for code, fault in self._orders.items() if _holds(fault, at_s)}
        return dict(self._orders)

    def of(self, code: str, at_s: float) -> Fault:
        """Fault of a camera now; WORKS or one of kind NONE where it works."""
        if self._orders:
            for name in (code, site_of(code), network_of(code)):
                order = self._orders.get(name)
                if order is not None and _holds(order, at_s):
                    return order
        if not self.schedule:
            return WORKS
        known = self._known.get(code)
        if known is None or not known.since <= at_s < (known.until or 0):
            if len(self._known) > 200_000:  # codes come from whoever asks
                self._known.clear()
            known = self._known[code] = scheduled(code, at_s, self.seed)
        return known


def _holds(fault: Fault, at_s: float) -> bool:
    return fault.until is None or at_s < fault.until


def _window(at_s: float, length_s: float, phase: float) -> tuple[int, float, float]:
    number = int(at_s / length_s + phase)
    return number, (number - phase) * length_s, (number + 1 - phase) * length_s


def _draws(code: str, seed: int, what: str) -> tuple[float, float, float, float]:
    """Four numbers in [0, 1) that a camera always gets for the same purpose."""
    digest = blake2b(f"{seed} {what} {code}".encode(), digest_size=16).digest()
    first, second, third, fourth = (int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in (0, 4, 8, 12))
    return first, second, third, fourth


def _pick(draw: float, table: tuple[tuple[float, FaultKind], ...]) -> FaultKind | None:
    for share, kind in table:
        if draw < share:
            return kind
        draw -= share
    return None
