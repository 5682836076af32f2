"""Our own uplink cut, and after it a province that really is down: many seeds, through the worker's own ledger."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.bench.rows import Row, at_least, at_most, just
from tests.worker.uplink_cut import simulate

CAMERAS, SEEDS = 100_000, 20
_AT_ONCE = 2


def measure() -> Iterator[Row]:
    """Play every seed; the worst of them counts."""
    with ProcessPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(simulate, range(SEEDS), [CAMERAS] * SEEDS))
    what = f"own uplink cut, {CAMERAS:,} cameras, {SEEDS} seeds"
    false = [100 * one.false_downs for one in found]
    told = f"{what}: working cameras held for down from the cut until three rounds after"
    yield at_most(f"{told}, the worst seed", max(false), "%", 0.05)
    yield just(f"{told}, the mean", sum(false) / SEEDS, "%")
    stray = sum(100 * one.stray for one in found) / SEEDS
    yield just(f"{what}: in the other 18 rounds, by 2 % of lost looks alone, the mean", stray, "%")
    seen = min(100 * one.regional_seen for one in found)
    yield at_least(f"{what}: of a province that then is down, seen within 15 rounds, the worst", seen, "%", 99)
    rounds = [one.rounds for one in found if one.rounds is not None]
    yield just(f"{what}: rounds until 99 % of it are seen, the slowest seed", max(rounds, default=-1), "rounds")
