"""Border km-hours of a month, by two methods that share nothing but the cameras."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from geo.line.counting import Counter
from geo.line.hours import Watchers
from tests.bench.beside import median_s
from tests.bench.rows import Row, at_most, just

CAMERAS, DAYS, TURNS, LENGTH_M = 2_000, 30, 20, 184_430.0
SPAN_US = DAYS * 86_400_000_000
WHAT = f"{CAMERAS:,} cameras, {DAYS} days, {TURNS} transitions each"


def measure() -> Iterator[Row]:
    """Add up how long each cell was seen, and sweep through time as well."""
    rng = np.random.default_rng(0)
    from_m = rng.uniform(0, LENGTH_M - 300, CAMERAS)
    to_m = from_m + rng.uniform(30, 300, CAMERAS)
    turns = np.sort(rng.integers(1, SPAN_US, (CAMERAS, TURNS)), axis=1)
    begin = np.c_[np.zeros(CAMERAS, np.int64), turns[:, 1::2]]
    end = np.c_[turns[:, 0::2], np.full(CAMERAS, SPAN_US)]
    row, everyone = np.arange(CAMERAS), np.ones(CAMERAS, bool)
    counter = Counter.of(LENGTH_M, row, from_m, to_m, everyone, CAMERAS)
    first, last = (np.searchsorted(counter.edges_m, ends) for ends in (from_m, to_m))
    lengths = np.diff(counter.edges_m)
    began = perf_counter()
    watchers = Watchers.of(first, last, row, len(lengths))
    grouped_s = perf_counter() - began

    def by_cell() -> float:
        return float((watchers.covered_us(begin, end) * lengths).sum() / 3.6e12)

    took_s = median_s(by_cell, 21)
    counter.set_all(everyone, everyone)
    began = perf_counter()
    swept = sweep(counter, turns)
    sweep_s = perf_counter() - began
    yield at_most(f"{WHAT}: km-hours by cell", took_s * 1000, "ms", 5)
    yield just(f"{WHAT}: cameras grouped by cell, once for a geometry", grouped_s * 1000, "ms")
    yield just(f"{WHAT}: km-hours", by_cell(), "km h")
    yield just(f"{WHAT}: km-hours by a sweep through time", sweep_s * 1000, "ms")
    yield at_most(f"{WHAT}: how far both are apart, of the whole", abs(swept / by_cell() - 1), "", 1e-6)


def sweep(counter: Counter, turns: np.ndarray) -> float:
    """Km-hours by adding up what is covered between one transition and the next."""
    at, camera = turns.ravel(), np.repeat(np.arange(len(turns)), turns.shape[1])
    works = np.tile(np.arange(turns.shape[1]) % 2 == 1, len(turns))
    order = np.argsort(at, kind="stable")
    total, before = 0.0, 0
    for when, one, up in zip(at[order].tolist(), camera[order].tolist(), works[order].tolist(), strict=True):
        total += counter.covered_m() * (when - before)
        counter.flip(one, works=up, may=up)
        before = when
    return (total + counter.covered_m() * (SPAN_US - before)) / 3.6e12
