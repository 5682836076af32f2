"""Faults by schedule depend on code, time and seed alone; orders come before them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.faults import FaultKind, Faults, scheduled

NOON = 1_795_410_000.0
CODES = [f"SKW-AR-{number:04d}" for number in range(20_000)]


def test_shares_are_those_of_a_real_country():
    found = Counter(scheduled(code, NOON, seed=7).kind for code in CODES)
    share = {kind: count / len(CODES) for kind, count in found.items()}
    assert 0.025 <= share[FaultKind.DEAD] <= 0.035
    assert 0.007 <= share[FaultKind.UNAUTHORISED] <= 0.013
    pictures = (FaultKind.FROZEN, FaultKind.BLACK, FaultKind.BLURRED, FaultKind.COVERED)
    assert 0.007 <= sum(share[kind] for kind in pictures) <= 0.013
    assert 0.003 <= share[FaultKind.SLOW] <= 0.007
    assert 0.003 <= share[FaultKind.STALLED] <= 0.007
    assert share[FaultKind.NONE] > 0.93


def test_a_few_cameras_change_in_a_minute_and_most_of_the_dead_in_an_hour():
    def dead(at):
        return {code for code in CODES if scheduled(code, at, seed=7).kind is FaultKind.DEAD}

    now, minute, hour = dead(NOON), dead(NOON + 60), dead(NOON + 3600)
    assert 1 <= len(now ^ minute) <= 0.2 * len(now)
    assert len(now & hour) < 0.6 * len(now)
    assert len(now & hour) > 0.2 * len(now)  # some stay dead for a day


@given(code=st.text("ABC-019", min_size=1, max_size=12), at=st.floats(1.7e9, 1.9e9), seed=st.integers(0, 99))
def test_a_fault_is_the_same_throughout_its_window(code, at, seed):
    fault = scheduled(code, at, seed)
    assert fault.since <= at < fault.until + 1e-3
    assert fault.until - fault.since <= 86_400 + 1e-3
    within = fault.since + (fault.until - fault.since) / 2
    if fault.since < within < fault.until and fault.kind is not FaultKind.NONE:
        assert scheduled(code, max(within, at), seed).kind is fault.kind
    assert scheduled(code, at, seed) == fault


def test_an_order_comes_before_the_schedule_and_ends_with_its_time():
    faults = Faults(7, schedule=True)
    broken = next(code for code in CODES if scheduled(code, NOON, 7).kind is FaultKind.DEAD)
    assert faults.of(broken, NOON).kind is FaultKind.DEAD
    faults.order(broken, FaultKind.NONE, NOON, for_s=10)
    assert faults.of(broken, NOON + 9.9).kind is FaultKind.NONE
    assert faults.of(broken, NOON + 10).kind is FaultKind.DEAD
    assert faults.orders(NOON + 10) == {}


def test_without_a_schedule_everything_works_until_ordered():
    faults = Faults(7, schedule=False)
    assert {faults.of(code, NOON).kind for code in CODES[:2_000]} == {FaultKind.NONE}
    faults.order("A", FaultKind.BLACK, NOON)
    faults.order("B", FaultKind.DEAD, NOON)
    faults.clear(NOON, "A")
    assert faults.of("A", NOON).kind is FaultKind.NONE
    assert faults.of("B", NOON + 1e6).kind is FaultKind.DEAD


def test_an_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="explode"):
        FaultKind("explode")
