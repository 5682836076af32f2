"""What the health of a picture is judged by: a few numbers of the small still's brightness, numpy only."""

import struct
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 180  # of a still, at most
ROWS, COLUMNS = 9, 16  # of blocks; near enough square at 16:9
BLOCKS = ROWS * COLUMNS
GRADIENTS = 2 * (ROWS - 1) * COLUMNS // 2
BINS = 16
SMALLEST = (2 * ROWS, 2 * COLUMNS)
CLEARLY = 0.1  # of the spread
_FINE = 0.2  # of a block's print: a change of five grey levels in all its pixels together is one step
_FORM = struct.Struct(f"<7f{GRADIENTS // 8}s{BINS}s{BLOCKS}s")
_FEW = 4  # steps in which two prints may differ and still be of one picture, coded twice


@dataclass(frozen=True, slots=True)
class Metrics:
    """
    A picture in numbers.

    Attributes
    ----------
    mean, std
        Of the brightness, 0-255.
    edges
        Variance of the Laplacian over that of the brightness; falls out of focus, by day and by night.
    rows
        Median over the rows of how a row differs from the next; nought in colour bars.
    flat
        Share of the pixels within one level of the commonest.
    colour
        Mean distance of both colour channels from grey.
    shape
        How far blocks are from a smooth slope of light: 2 and more even in fog, a third before a hand.
    histogram
        Share of the pixels in each of 16 bins of brightness, 255 for all.
    gradients
        A bit for each pair of neighbours that the left block is clearly darker, and one that it is clearly lighter
        (dHash, with a no man's land); the top row of blocks left out.
    prints
        A byte a block that changes with the noise of a live camera, and does not where a picture is repeated.
    """

    mean: float
    std: float
    edges: float
    rows: float
    flat: float
    colour: float
    shape: float
    gradients: bytes
    histogram: bytes
    prints: bytes

    def pack(self) -> bytes:
        """Bytes of fixed length, `SIZE`."""
        return _FORM.pack(
            self.mean, self.std, self.edges, self.rows, self.flat, self.colour, self.shape,
            self.gradients, self.histogram, self.prints,
        )  # fmt: skip

    @classmethod
    def unpack(cls, content: bytes) -> "Metrics":
        """Metrics as `pack` made them."""
        return cls(*_FORM.unpack(content))


SIZE = _FORM.size


def measure(luma: Luma, colour: float = 0.0) -> Metrics:
    """
    Numbers of a picture.

    Parameters
    ----------
    luma
        Brightness, at least 18 rows of 32.
    colour
        Mean distance of both colour channels from grey, known where the picture was unpacked.
    """
    grey = luma.astype(np.float32)
    mean, std = float(grey.mean()), float(grey.std())
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    steps = np.abs(np.diff(grey, axis=0)).mean(axis=1)
    counts = np.bincount(luma.ravel(), minlength=256)
    commonest = int(counts.argmax())
    shares = counts.reshape(BINS, -1).sum(axis=1) * (255 / luma.size)
    blocks = _blocks(grey)
    means = blocks.mean(axis=1)
    rows = means.reshape(ROWS, COLUMNS)[1:]
    apart, least = rows[:, 0::2] - rows[:, 1::2], max(CLEARLY * std, 1.0)  # or grain would decide in an even sky
    prints = np.rint(blocks @ _pattern(blocks.shape[1]) * _FINE).astype(np.int64).astype(np.uint8)
    return Metrics(
        mean=mean,
        std=std,
        edges=float(around.var()) / max(std, 0.1) ** 2,
        rows=float(np.median(steps)),
        flat=float(counts[max(0, commonest - 1) : commonest + 2].sum()) / luma.size,
        colour=colour,
        shape=float((means - _slope() @ means).std()),
        gradients=np.packbits([apart < -least, apart > least]).tobytes(),
        histogram=np.rint(shares).astype(np.uint8).tobytes(),
        prints=prints.tobytes(),
    )


def _blocks(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    high, wide = grey.shape[0] // ROWS, grey.shape[1] // COLUMNS
    cut = grey[: high * ROWS, : wide * COLUMNS].reshape(ROWS, high, COLUMNS, wide)
    return cut.transpose(0, 2, 1, 3).reshape(BLOCKS, high * wide)


@cache
def _slope() -> NDArray[np.float32]:
    """Matrix that fits the smoothest light to the blocks: a plane and its bends."""
    y, x = (axis.ravel() for axis in np.mgrid[-1 : 1 : ROWS * 1j, -1 : 1 : COLUMNS * 1j])
    terms = np.stack([np.ones(BLOCKS), x, y, x * x, y * y, x * y], axis=1)
    return (terms @ np.linalg.pinv(terms)).astype(np.float32)


@lru_cache(maxsize=16)
def _pattern(length: int) -> NDArray[np.float32]:
    # Projected on random signs, independent noise adds up as its root, and a repeated picture to the same number.
    return np.random.default_rng(4).choice(np.array([-1, 1], np.float32), length)


def changed_blocks(one: bytes, other: bytes) -> int:
    """Blocks in which two prints differ, as bits; the first block is the lowest."""
    apart = np.frombuffer(one, np.int8) - np.frombuffer(other, np.int8)  # wraps, as the prints do
    differs = np.abs(apart.astype(np.int16)) > _FEW
    return int.from_bytes(np.packbits(differs, bitorder="little").tobytes(), "little")


def histogram_distance(one: bytes, other: bytes) -> float:
    """How far two histograms are apart: 0 for the same, 2 for nothing in common."""
    a, b = np.frombuffer(one, np.uint8).astype(np.int16), np.frombuffer(other, np.uint8)
    return float(np.abs(a - b).sum()) / 255
