from datetime import UTC, datetime, timedelta

import pytest

from data.settings import Settings
from data.watch.holes import Why, holes

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def found(captured, begin, end, *, begins_at=NOON - 20 * DAY, chosen=True):
    kept = holes(captured, begin, end, NOON, given=Settings(), begins_at=begins_at, chosen=chosen)
    return [(hole.began_at, hole.ended_at, hole.why) for hole in kept]


def every(step, begin, end):
    return [begin + n * step for n in range((end - begin) // step)]


def test_a_picture_every_five_minutes_has_no_hole_and_what_is_to_come_is_none():
    assert found(every(5 * MINUTE, NOON - HOUR, NOON), NOON - HOUR, NOON + DAY) == []


def test_where_none_came_or_the_camera_is_not_chosen_is_told():
    there = [*every(5 * MINUTE, NOON - 2 * HOUR, NOON - HOUR), NOON - 5 * MINUTE]
    gap = (NOON - HOUR - 5 * MINUTE, NOON - 5 * MINUTE)
    assert found(there, NOON - 2 * HOUR, NOON) == [(*gap, Why.NONE_CAME)]
    assert found(there, NOON - 2 * HOUR, NOON, chosen=False) == [(*gap, Why.NOT_CHOSEN)]


@pytest.mark.parametrize(
    ("age", "step", "why"),
    [(2 * DAY, HOUR, Why.HOURLY), (10 * DAY, DAY, Why.DAILY), (2 * DAY, DAY, Why.NONE_CAME)],
)
def test_thinned_pictures_are_told_from_missing_ones(age, step, why):
    begin = NOON - age
    [hole] = found([begin, begin + step], begin, begin + step)
    assert hole == (begin, begin + step, why)


def test_what_was_thinned_over_days_is_told_once():
    begin = NOON - 3 * DAY
    assert found(every(HOUR, begin, begin + DAY), begin, begin + DAY) == [(begin, begin + DAY, Why.HOURLY)]


def test_before_the_oldest_that_is_kept_it_is_not_yet_and_before_that_let_go():
    begin, begins_at = NOON - 60 * DAY, NOON - 20 * DAY
    there = [begins_at + 5 * MINUTE]
    assert found(there, begin, begins_at + 10 * MINUTE) == [
        (begin, NOON - 30 * DAY, Why.LET_GO),
        (NOON - 30 * DAY, begins_at, Why.NOT_YET),
    ]
    assert found([], NOON - HOUR, NOON, begins_at=None) == [(NOON - HOUR, NOON, Why.NOT_YET)]
