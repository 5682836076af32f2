"""Is a picture black, without signal, covered, moved, blurred or frozen? By its numbers and its past; pure."""

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from worker.still.baselines import Base
from worker.still.measures import BLOCKS, COLUMNS, Metrics, changed_blocks, histogram_distance

# Measured on test pictures: a dark night keeps a spread of 9.6, fog 5.0, a cloth or a hand 4, a lens cap 1.5; fog
# keeps a shape of 2 and more, a hand has 0.3.
BLACK_MEAN, BLACK_STD = 40.0, 4.0
COVERED_STD, COVERED_SHAPE = 6.0, 1.0
MOVED_HISTOGRAM, MOVED_TURNED = 0.5, 0.7  # healthy pictures come to 0.4, turned ones to 0.85
BLUR = 0.01  # edge energy over spread squared: 0.12 in focus by day and night, 0.002 out of focus
BLUR_SHARE = 0.5  # of what is usual for the camera at this hour
NO_SIGNAL_COLOUR = 30.0  # blue screens; the greenest meadow has 20
NO_SIGNAL_FLAT, NO_SIGNAL_ROWS, NO_SIGNAL_STD = 0.9, 0.25, 12.0

HITS = 2  # in a row, before anybody is told
MOVED_HITS = 3
FROZEN_S = 20.0  # a stream that shows one picture for so long
FROZEN_CLOCK_S = 60.0  # the same while its clock runs on
FROZEN_STILL_S = 300.0  # single pictures are often made anew only once a minute
_STRIP = 2  # rows of blocks at the top and at the bottom where a clock may be
TOP = (1 << _STRIP * COLUMNS) - 1
BOTTOM = TOP << BLOCKS - _STRIP * COLUMNS
MOST_CLOCK = 24  # blocks
_FAULTS = (
    "",
    "black",
    "no_signal",
    "covered",
    "moved",
    "blurred",
    "garbage",
    "stalled",
    "incomplete",
    "not_allowed",
)
_FORM = struct.Struct(f"<BBHddQQQQ{BLOCKS}s")
_LONG = 2**64 - 1


def find_fault(now: Metrics, base: Base | None = None) -> str:
    """
    Return what is wrong with a picture: "black", "no_signal", "covered", "moved", "blurred", or "" for nothing.

    `base` is how the camera's picture usually is at this hour; None while that is not known. Two measures have to
    agree before anything counts: fog takes the spread, and dusk the histogram.
    """
    if is_no_signal(now):
        return "no_signal"
    if now.std < BLACK_STD and now.mean < BLACK_MEAN:
        return "black"
    if now.std < COVERED_STD and now.shape < COVERED_SHAPE:
        return "covered"
    if base is None:
        return "blurred" if now.edges < BLUR else ""
    apart = histogram_distance(now.histogram, base.histogram)
    if apart < MOVED_HISTOGRAM and base.turned(now.gradients) > MOVED_TURNED:
        return "moved"
    return "blurred" if now.edges < BLUR and now.edges < base.edges * BLUR_SHARE else ""


def is_no_signal(now: Metrics) -> bool:
    """Whether a picture is what a recorder shows for a camera it has lost: one flat colour, or bars."""
    if now.flat > NO_SIGNAL_FLAT and (now.colour > NO_SIGNAL_COLOUR or now.mean > BLACK_MEAN):
        return True
    return now.rows < NO_SIGNAL_ROWS and now.std > NO_SIGNAL_STD and now.flat < NO_SIGNAL_FLAT


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What the last pictures of a camera looked like.

    Attributes
    ----------
    fault, hits
        What was wrong with the last one, and how many times in a row.
    prints
        Of the last one, see `Metrics`; b"" before the first.
    same, same_since
        How many times in a row it was the same, and since when.
    clock
        Blocks that changed in those: where its clock runs, as bits.
    """

    fault: str = ""
    hits: int = 0
    prints: bytes = b""
    at: datetime | None = None
    same: int = 0
    same_since: datetime | None = None
    clock: int = 0

    def pack(self) -> bytes:
        """Bytes of fixed length."""
        at, since = (moment.timestamp() if moment else 0.0 for moment in (self.at, self.same_since))
        words = [self.clock >> 64 * place & _LONG for place in range(4)]
        fault = _FAULTS.index(self.fault) if self.fault in _FAULTS else 0
        hits, same = min(self.hits, 255), min(self.same, 65_535)
        return _FORM.pack(fault, hits, same, at, since, *words, self.prints.ljust(BLOCKS, b"\0"))

    @classmethod
    def unpack(cls, content: bytes) -> "Memory":
        """Memory as `pack` made it; an empty one from bytes of another version."""
        if len(content) != _FORM.size:
            return cls()
        fault, hits, same, at, since, *words, prints = _FORM.unpack(content)
        began = [datetime.fromtimestamp(one, UTC) if one else None for one in (at, since)]
        clock = sum(word << 64 * place for place, word in enumerate(words))
        return cls(_FAULTS[fault % len(_FAULTS)], hits, prints if at else b"", began[0], same, began[1], clock)


def judge(memory: Memory, fault: str, prints: bytes, *, moving: bool, at: datetime) -> tuple[Memory, str | None]:
    """
    Return what to remember, and the verdict: a fault, "" for a healthy picture, None for not sure yet.

    Parameters
    ----------
    fault
        Of this picture by itself, or of the look that brought none.
    prints
        Of this picture; b"" if there is none.
    moving
        Whether it is from a stream; single pictures may rest for minutes.
    """
    now = _compare(memory, prints, at)
    if fault:
        hits = memory.hits + 1 if fault == memory.fault else 1
        now = replace(now, fault=fault, hits=hits)
        return now, fault if hits >= (MOVED_HITS if fault == "moved" else HITS) else None
    if not now.same or now.same_since is None:
        return now, ""
    patience_s = FROZEN_CLOCK_S if now.clock else FROZEN_S
    patience = timedelta(seconds=patience_s if moving else FROZEN_STILL_S)
    hits = 2 * HITS if now.clock else HITS
    return now, "frozen" if now.same >= hits and at - now.same_since >= patience else None


def _compare(memory: Memory, prints: bytes, at: datetime) -> Memory:
    """
    Memory with a new picture in it.

    A live camera is never twice the same, if only by noise. A frozen one is, but for its clock: a few blocks at
    the top, or at the bottom some that change every time, as a car in a quiet picture does not.
    """
    fresh = Memory(prints=prints or memory.prints, at=at if prints else memory.at)
    if not prints or not memory.prints:
        return fresh
    changed = changed_blocks(prints, memory.prints)
    before, bottom = memory.clock & BOTTOM, changed & BOTTOM
    still = bottom & before if bottom and before else bottom or before
    clock = (memory.clock | changed) & TOP | still
    if changed & ~(TOP | BOTTOM) or clock.bit_count() > MOST_CLOCK or (bottom and not still):
        return fresh
    return replace(fresh, same=memory.same + 1, same_since=memory.same_since or memory.at, clock=clock)
