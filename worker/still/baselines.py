"""How a camera's picture usually is at an hour of the day, learnt from its healthy pictures and kept small."""

import struct
from dataclasses import dataclass

import numpy as np

from worker.still.measures import BINS, GRADIENTS, Metrics

SHARE = 0.1  # a new picture counts for so much of what is usual
LEARNT = 20  # pictures, before anything is held against it
STEPS = 15  # of a gradient's certainty: 0 for never set, 15 for always
SURE = 3  # steps from either end
FEWEST = 16  # gradients that are set, in the one or the other; with fewer there is no shape to be turned away from
_FORM = struct.Struct(f"<BBff{BINS}s{GRADIENTS // 2}s")


@dataclass(frozen=True, slots=True)
class Base:
    """
    What is usual.

    Attributes
    ----------
    pictures
        How many it was learnt from, at most 255.
    std, edges, histogram
        As in `Metrics`, running means.
    steps
        For each gradient how often it was set, 0-15, two a byte. Traffic and trees turn gradients at random: those
        never come to an end of the scale, and are not asked.
    """

    pictures: int
    std: float
    edges: float
    histogram: bytes
    steps: bytes

    @property
    def learnt(self) -> bool:
        """Whether it was learnt from enough pictures to judge by."""
        return self.pictures >= LEARNT

    def turned(self, gradients: bytes) -> float:
        """Share of the gradients set in the usual picture or in this one, but not in both; 0 with too few."""
        steps, now = _unpack(self.steps), _bits(gradients)
        sure = (steps <= SURE) | (steps >= STEPS - SURE)
        usual = steps > STEPS // 2
        count = int(((usual | now) & sure).sum())
        return float(((usual != now) & sure).sum()) / count if count >= FEWEST else 0.0

    def pack(self) -> bytes:
        """Bytes of fixed length."""
        return _FORM.pack(self.pictures, 1, self.std, self.edges, self.histogram, self.steps)

    @classmethod
    def unpack(cls, content: bytes) -> "Base | None":
        """Base as `pack` made it; None from bytes of another version."""
        if len(content) != _FORM.size:
            return None
        pictures, _, std, edges, histogram, steps = _FORM.unpack(content)
        return cls(pictures, std, edges, histogram, steps)


def learn(base: Base | None, now: Metrics) -> Base:
    """Base with one more healthy picture in it."""
    bits = _bits(now.gradients)
    if base is None:
        middle = np.where(bits, STEPS // 2 + 1, STEPS // 2)
        return Base(1, now.std, now.edges, now.histogram, _pack(middle))
    share = max(SHARE, 1 / (base.pictures + 1))
    usual = np.frombuffer(base.histogram, np.uint8)
    step = np.frombuffer(now.histogram, np.uint8) - usual.astype(np.float32)
    # Rounded away from nought: a share of a small difference would never move a byte.
    histogram = usual + np.sign(step) * np.ceil(np.abs(step) * share)
    steps = np.clip(_unpack(base.steps) + np.where(bits, 1, -1), 0, STEPS)
    return Base(
        min(base.pictures + 1, 255),
        base.std + share * (now.std - base.std),
        base.edges + share * (now.edges - base.edges),
        histogram.astype(np.uint8).tobytes(),
        _pack(steps),
    )


def _bits(gradients: bytes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.unpackbits(np.frombuffer(gradients, np.uint8)).astype(bool)


def _unpack(steps: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    pairs = np.frombuffer(steps, np.uint8)
    return np.concatenate([pairs >> 4, pairs & 15]).astype(np.int16)


def _pack(steps: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bytes:
    half = len(steps) // 2
    return (steps[:half].astype(np.uint8) << 4 | steps[half:].astype(np.uint8)).tobytes()
