from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.schedule import first_look, next_look, pace, phase

ids = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("interval_s", "misses", "down_s", "expected_s"),
    [
        (60, 0, None, 60),
        (60, 1, None, 10),  # a quick second look
        (60, 2, None, 10),
        (5, 1, None, 5),  # never slower than usual
        (60, 0, 0, 60),  # just gone down: as ever
        (60, 0, 600, 120),
        (60, 0, 10**6, 300),  # long dead: five intervals
        (200, 0, 10**6, 600),  # but at most ten minutes
        (900, 0, 10**6, 900),  # unless the interval itself is longer
    ],
)
def test_how_long_until_the_next_look(interval_s, misses, down_s, expected_s):
    assert pace(interval_s, misses, down_s) == expected_s


def test_phases_spread_cameras_evenly_over_the_interval():
    shares = [phase(number) for number in range(20_000)]
    tenths = [sum(1 for share in shares if int(share * 10) == tenth) for tenth in range(10)]
    assert pstdev(tenths) < 100  # of 2,000 each


@given(ids, st.floats(1, 3600), st.floats(0, 10**7))
def test_the_first_look_comes_within_one_interval(camera, interval_s, now_s):
    assert now_s <= first_look(camera, interval_s, now_s) <= now_s + interval_s


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
def test_after_a_miss_the_camera_is_looked_at_again_soon(camera, interval_s, chance):
    assert 4.4 <= next_look(camera, interval_s, 1000, misses=1, chance=chance) - 1000 <= 15.6
