"""Service hours: read from words, and the spans of a window they leave."""

from datetime import UTC, datetime, timedelta

import pytest

from data.watch.service import ServiceHours

MONDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)  # midnight in Bangkok, of Monday the second
HOUR = timedelta(hours=1)


def test_hours_are_read_as_people_write_them():
    assert ServiceHours.parse("mon-fri 06:00-22:00") == ServiceHours(frozenset(range(5)), 360, 1320)
    assert ServiceHours.parse("Sat,sun 0:00-24:00") == ServiceHours(frozenset({5, 6}), 0, 1440)
    assert ServiceHours.parse("fri-mon 08:00-09:00").days == {4, 5, 6, 0}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("always", "read like 'mon-fri 06:00-22:00', got 'always'"),
        ("mon-xyz 06:00-22:00", "days of service are mon, .*, got 'mon-xyz'"),
        ("mon 22:00-06:00", "begins before it ends on one day"),
        ("mon 22:00-25:00", "0 to 1440 minutes"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_a_sentence(said, sentence):
    with pytest.raises(ValueError, match=sentence):
        ServiceHours.parse(said)


def test_a_window_is_cut_to_the_hours_in_bangkok():
    hours = ServiceHours.parse("mon,wed 08:00-09:00")
    found = hours.windows(MONDAY + 8.5 * HOUR, MONDAY + 80 * HOUR)
    assert found == [
        (MONDAY + 8.5 * HOUR, MONDAY + 9 * HOUR),
        (MONDAY + 56 * HOUR, MONDAY + 57 * HOUR),
    ]


def test_round_the_clock_is_one_span():
    begin, end = MONDAY - 3 * HOUR, MONDAY + 100 * HOUR
    assert ServiceHours().windows(begin, end) == [(begin, end)]


def test_a_window_without_service_leaves_nothing():
    assert ServiceHours.parse("sun 08:00-09:00").windows(MONDAY, MONDAY + 24 * HOUR) == []
