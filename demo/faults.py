"""What goes wrong with a simulated camera: on order, or by a schedule that only depends on code, time and seed."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b


class FaultKind(StrEnum):
    """What a camera does instead of working."""

    DEAD = "dead"  # closes the connection without a word
    SLOW = "slow"  # answers after eight seconds
    UNAUTHORISED = "401"
    FROZEN = "frozen"  # plays on, always the same picture
    BLACK = "black"
    BLURRED = "blurred"
    COVERED = "covered"
    STALLED = "stalled"  # answers, but brings nothing new
    NONE = "none"  # as an order: works, whatever the schedule says


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the Unix times between which it holds; `until` None: until told otherwise."""

    kind: FaultKind
    since: float
    until: float | None = None


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
    return Fault(kind or FaultKind.NONE, since, min(until, dusk))


class Faults:
    """Faults on order, over those of the schedule; the schedule's answers are kept until they end."""

    def __init__(self, seed: int, *, schedule: bool) -> None:
        self.seed, self.schedule = seed, schedule
        self._orders: dict[str, Fault] = {}
        self._known: dict[str, Fault] = {}

    def order(self, code: str, kind: FaultKind, at_s: float, for_s: float | None = None) -> None:
        """Give a camera a fault from now on, for a time or until told otherwise."""
        self._orders[code] = Fault(kind, at_s, None if for_s is None else at_s + for_s)

    def clear(self, code: str | None = None) -> None:
        """Forget the order for a camera, or all orders."""
        self._orders = {} if code is None else {held: f for held, f in self._orders.items() if held != code}

    def orders(self, at_s: float) -> dict[str, Fault]:
        """Every order that still holds."""
        self._orders = {code: fault for code, fault in self._orders.items() if _holds(fault, at_s)}
        return dict(self._orders)

    def of(self, code: str, at_s: float) -> Fault:
        """Fault of a camera now; WORKS or one of kind NONE where it works."""
        order = self._orders.get(code)
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
