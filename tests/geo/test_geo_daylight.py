"""Sunrise, sunset, and the clock that runs by day only."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.daylight import daylight, light_at, sun_times

ARANYAPRATHET = (102.51, 13.69)
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def in_utc(days: float) -> datetime:
    return J2000 + timedelta(days=float(days))


@pytest.mark.parametrize(
    ("place", "noon", "rise", "down"),
    [  # UTC, to the minute, as calendars of Bangkok and Greenwich print them
        ((100.4930, 13.7540), (2026, 3, 20), (23, 22), (11, 29)),
        ((0.0, 51.4779), (2026, 6, 21), (3, 43), (20, 21)),
    ],
)
def test_the_sun_rises_and_sets_when_almanacs_say(place, noon, rise, down):
    day = (datetime(*noon, 12, tzinfo=UTC) - J2000) / timedelta(days=1)
    rises, sets = (in_utc(found[0]) for found in sun_times(*place, np.array([day])))
    for found, (hour, minute) in ((rises, rise), (sets, down)):
        minutes = (found.hour * 60 + found.minute + found.second / 60) - (hour * 60 + minute)
        assert abs(minutes) <= 2, found


def test_a_year_has_a_little_more_light_than_dark():
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    at, light = daylight(*ARANYAPRATHET, begin, begin + timedelta(days=365))
    assert (np.diff(at) >= 0).all()
    assert light[-1] / at[-1] == pytest.approx(0.506, abs=0.004)  # rim, not middle, and the air bends


@example(0, 3_031_488, 1)
@given(st.integers(0, 40 * 86_400), st.integers(1, 40 * 86_400), st.integers(0, 10**9))
def test_light_and_dark_of_any_stretch_add_up_to_it_to_the_microsecond(begin_s, long_s, odd_us):
    begin = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=begin_s, microseconds=odd_us)
    knots = daylight(*ARANYAPRATHET, begin, begin + timedelta(seconds=long_s))
    cuts = np.sort(np.random.default_rng(1).integers(0, long_s * 1_000_000, 50))
    light = light_at(knots, cuts)
    assert (np.diff(light) >= 0).all()
    assert (np.diff(light) <= np.diff(cuts)).all()
    half = begin + timedelta(seconds=long_s / 2)
    parts = [
        daylight(*ARANYAPRATHET, *window)[1][-1]
        for window in ((begin, half), (half, begin + timedelta(seconds=long_s)))
    ]
    assert sum(parts) == knots[1][-1]
