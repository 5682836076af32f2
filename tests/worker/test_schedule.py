from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.schedule import first_look, next_look, pace, phase

ids = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("interval_s", "unsettled", "down_s", "expected_s"),
    [
        (60, False, None, 60),
        (60, True, None, 10),  # a quick second look
        (5, True, None, 5),  # never slower than usual
        (60, False, 0, 60),  # just gone down: as ever
        (60, True, 10**6, 10),  # long dead, but it answered just now
        (60, False, 600, 120),
        (60, False, 10**6, 600),  # long dead: ten minutes at most
        (900, False, 10**6, 900),  # unless the interval itself is longer
    ],
)
def test_how_long_until_the_next_look_at_most(interval_s, unsettled, down_s, expected_s):
    assert pace(interval_s, unsettled=unsettled, down_s=down_s) == expected_s


@given(ids, st.floats(1, 600), st.floats(0, 10**7), st.floats(0, 1))
def test_the_long_dead_are_looked_at_anywhere_within_ten_minutes(camera, interval_s, down_s, chance):
    wait_s = next_look(camera, interval_s, 1000, down_s=down_s, chance=chance) - 1000
    assert 0.44 * interval_s <= wait_s <= max(600, 1.56 * interval_s)


def test_phases_spread_cameras_evenly_over_the_interval():
    shares = [phase(number) for number in range(20_000)]
    tenths = [sum(1 for share in shares if int(share * 10) == tenth) for tenth in range(10)]
    assert pstdev(tenths) < 100  # of 2,000 each


@given(ids, st.floats(1, 3600), st.floats(0, 10**7))
def test_the_first_look_comes_within_one_interval(camera, interval_s, now_s):
    assert now_s <= first_look(camera, interval_s, now_s) <= now_s + interval_s


@given(ids, st.floats(1, 3600), st.floats(0, 10**7), st.floats(0, 1))
def test_the_second_look_is_an_interval_after_the_first_whenever_we_started(camera, interval_s, now_s, chance):
    first_s = first_look(camera, interval_s, now_s)
    wait_s = next_look(camera, interval_s, first_s, chance=chance) - first_s
    assert 0.94 * interval_s <= wait_s <= 1.06 * interval_s


@given(ids, st.floats(1, 3600), st.floats(0, 10**7), st.floats(0, 1))
def test_a_healthy_cameras_next_look_is_about_an_interval_away(camera, interval_s, now_s, chance):
    wait_s = next_look(camera, interval_s, now_s, chance=chance) - now_s
    assert 0.44 * interval_s <= wait_s <= 1.56 * interval_s


@given(ids, st.floats(1, 600), st.floats(0, 1))
def test_looks_keep_to_the_cameras_own_turn_over_a_day(camera, interval_s, chance):
    now_s = first_look(camera, interval_s, 0.0)
    looks = 0
    while now_s < 200 * interval_s:
        now_s, looks = next_look(camera, interval_s, now_s, chance=chance), looks + 1
    assert 198 <= looks <= 202


@given(ids, st.floats(10, 600), st.floats(0, 1))
def test_what_contradicts_belief_is_looked_at_again_in_five_to_ten_seconds(camera, interval_s, chance):
    wait_s = next_look(camera, interval_s, 1000, unsettled=True, chance=chance) - 1000
    assert 5 - 1e-9 <= wait_s <= 10 + 1e-9
