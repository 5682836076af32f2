from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.reach.gates import Gates


def test_a_host_bears_only_so_many_sessions_at_once():
    gates = Gates(per_host=4, per_network_s=100)
    assert [gates.try_enter("10.0.0.1", "10.0.0.1", 0.0) for _ in range(4)] == [0.0] * 4
    assert gates.try_enter("10.0.0.1", "10.0.0.1", 0.0) > 0
    assert gates.try_enter("10.0.0.2", "10.0.0.2", 0.0) == 0
    gates.leave("10.0.0.1")
    assert gates.try_enter("10.0.0.1", "10.0.0.1", 0.0) == 0


def test_a_network_lets_so_many_in_a_second_and_says_when_the_next():
    gates = Gates(per_host=4, per_network_s=10)
    entered = sum(gates.try_enter(f"10.0.0.{n}", f"10.0.0.{n}", 5.0) == 0 for n in range(200))
    assert entered == 10
    assert gates.try_enter("10.0.0.201", "10.0.0.201", 5.0) == pytest.approx(0.1)
    assert gates.try_enter("10.0.1.1", "10.0.1.1", 5.0) == 0  # next door is another network
    assert gates.try_enter("10.0.0.201", "10.0.0.201", 5.1001) == 0


def test_ipv6_counts_by_its_64_and_hides_no_ipv4():
    gates = Gates(per_host=9, per_network_s=1)
    assert gates.try_enter("a", "2001:db8::1", 0.0) == 0
    assert gates.try_enter("b", "2001:db8::ffff:1", 0.0) > 0
    assert gates.try_enter("c", "2001:db8:0:1::1", 0.0) == 0
    assert gates.try_enter("d", "10.0.0.7", 0.0) == 0
    assert gates.try_enter("e", "::ffff:10.0.0.8", 0.0) > 0


def test_a_camera_refused_for_its_host_takes_nothing_from_its_network():
    gates = Gates(per_host=1, per_network_s=2)
    assert gates.try_enter("10.0.0.1", "10.0.0.1", 0.0) == 0
    assert all(gates.try_enter("10.0.0.1", "10.0.0.1", 0.0) > 0 for _ in range(9))
    assert gates.try_enter("10.0.0.2", "10.0.0.2", 0.0) == 0


def test_the_simulated_street_of_this_machine_is_no_recorder():
    gates = Gates(per_host=1, per_network_s=1)
    assert [gates.try_enter("127.0.0.1", "127.0.0.1", 0.0) for _ in range(50)] == [0.0] * 50
    gates.leave("127.0.0.1")


def test_networks_long_quiet_are_forgotten(monkeypatch):
    monkeypatch.setattr("worker.reach.gates.MOST_KEPT", 100)
    gates = Gates(per_host=4, per_network_s=10)
    for number in range(1_000):
        assert gates.try_enter("h", f"10.{number // 250}.{number % 250}.1", number * 10.0) == 0
        gates.leave("h")
    assert len(gates._tokens) <= 101


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.floats(0, 0.2)), max_size=300))
def test_never_more_sessions_than_allowed_nor_more_entries_than_the_rate(steps):
    gates = Gates(per_host=2, per_network_s=8)
    inside: Counter[str] = Counter()
    entries: list[float] = []
    now_s = 100.0
    for number, leaving, wait_s in steps:
        host, now_s = f"10.0.0.{number}", now_s + wait_s
        if leaving and inside[host]:
            gates.leave(host)
            inside[host] -= 1
        elif not leaving and gates.try_enter(host, host, now_s) == 0:
            inside[host] += 1
            entries.append(now_s)
        assert max(inside.values(), default=0) <= 2
    for begin in entries:
        assert sum(begin <= entry < begin + 1 for entry in entries) <= 16 + 1e-9  # those saved up, and a second's
