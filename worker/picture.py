"""Is a picture black, covered, blurred or frozen? Measured on the small still's brightness, numpy only."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

# Measured on test pictures: a dark night keeps a spread of 9.6, a lens cap 1.5, a cloth or a hand 4.
BLACK_MEAN, BLACK_SPREAD = 40.0, 4.0
COVERED_SPREAD = 6.0
BLUR = 0.01  # edge energy over spread squared: 0.12 in focus by day and night, 0.002 out of focus
SAME = 0.05  # mean difference; a live picture of a still scene has 2.6, even through JPEG

HITS = 2  # in a row, before anybody is told
FROZEN_S = 20.0  # a stream that shows one picture for so long
FROZEN_STILL_S = 300.0  # single pictures are often made anew only once a minute


def find_fault(luma: Luma) -> str:
    """Return what is wrong with a picture by itself: "black", "covered", "blurred", or "" for nothing."""
    grey = luma.astype(np.float32)
    spread = float(grey.std())
    if spread < BLACK_SPREAD and float(grey.mean()) < BLACK_MEAN:
        return "black"
    if spread < COVERED_SPREAD:
        return "covered"
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return "blurred" if float((around - 4 * grey[1:-1, 1:-1]).var()) / spread**2 < BLUR else ""


def is_same(luma: Luma, before: Luma) -> bool:
    """Whether two pictures of a camera are one: a live one is never twice the same, if only by noise."""
    if luma.shape != before.shape:
        return False
    return float(np.abs(luma.astype(np.int16) - before).mean()) < SAME


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last pictures of a camera looked like."""

    fault: str = ""
    hits: int = 0
    same_since: datetime | None = None
    same: int = 0
    at: datetime | None = None


def judge(memory: Memory, fault: str, *, same: bool, moving: bool, at: datetime) -> tuple[Memory, str | None]:
    """
    Return what to remember, and the verdict: a fault, "" for a healthy picture, None for not sure yet.

    Parameters
    ----------
    fault
        Of this picture by itself.
    same
        Whether it is the same as the one before.
    moving
        Whether it is from a stream; single pictures may rest for minutes.
    """
    since = (memory.same_since or memory.at) if same else None
    now = Memory(fault, 0, since, memory.same + 1 if same and since else 0, at)
    if fault:
        now = replace(now, hits=memory.hits + 1 if fault == memory.fault else 1)
        return now, fault if now.hits >= HITS else None
    patience = timedelta(seconds=FROZEN_S if moving else FROZEN_STILL_S)
    if since and now.same >= HITS and at - since >= patience:
        return now, "frozen"
    return now, None if same else ""
