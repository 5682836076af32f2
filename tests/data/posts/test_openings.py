"""Open or closed is a dated status with a source: only ever added to, and never of a day to come."""

from datetime import UTC, datetime, timedelta

import pytest

from data.geography import load_checkpoints
from data.posts.openings import history, opening_changes, openings_at, set_opening
from data.posts.tables import OpenStatus

POST = "KH03"
JUNE = datetime(2025, 6, 7, tzinfo=UTC)
SAID = {"note": "เฉพาะสินค้า", "source": "คำสั่งกองกำลังบูรพา", "by": "ก"}


def test_before_anybody_wrote_anything_what_shipped_holds(database, at):
    load_checkpoints(database)
    [shipped] = history(database, POST)
    assert (shipped.status, shipped.from_at, shipped.by) == (OpenStatus.UNKNOWN, None, None)
    assert openings_at(database, at)[POST] == shipped


def test_the_last_that_has_begun_holds(either_database, at):
    load_checkpoints(either_database)
    set_opening(either_database, POST, "restricted", JUNE, **SAID, at=at)
    set_opening(either_database, POST, "closed", JUNE + timedelta(days=30), **SAID, at=at)
    set_opening(either_database, POST, "open", JUNE - timedelta(days=30), **SAID, at=at)  # written last, long over
    assert [one.status for one in history(either_database, POST)] == ["closed", "restricted", "open", "unknown"]
    then = {
        days: openings_at(either_database, JUNE + timedelta(days=days))[POST].status for days in (-40, -1, 0, 31)
    }
    assert then == {-40: "unknown", -1: "open", 0: "restricted", 31: "closed"}
    held = openings_at(either_database, JUNE)[POST]
    assert (held.note, held.source, held.by, held.written_at) == (*SAID.values(), at)


def test_what_is_written_again_for_the_same_day_puts_the_first_right(database, at):
    load_checkpoints(database)
    set_opening(database, POST, "closed", JUNE, **SAID, at=at)
    set_opening(database, POST, "open", JUNE, **SAID, at=at)
    assert openings_at(database, at)[POST].status == "open"
    assert len(history(database, POST)) == 3


def test_changes_of_a_window_begin_with_what_held(database, at):
    load_checkpoints(database)
    set_opening(database, POST, "open", JUNE, **SAID, at=at)
    set_opening(database, POST, "closed", at - timedelta(days=2), **SAID, at=at)
    begin = at - timedelta(days=7)
    assert opening_changes(database, POST, begin, at) == [(begin, "open"), (at - timedelta(days=2), "closed")]
    assert opening_changes(database, POST, JUNE - timedelta(days=1), JUNE) == [
        (JUNE - timedelta(days=1), "unknown")
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"from_at": datetime(2026, 11, 24, tzinfo=UTC)}, "got 2026-11-24, which is to come; write it then"),
        ({"from_at": datetime(2568, 6, 7, tzinfo=UTC)}, "got 2568-06-07; 2568 is a Buddhist year: write 2025"),
        ({"from_at": datetime(1025, 6, 7, tzinfo=UTC)}, "begins after 1900, got 1025-06-07"),
        ({"status": "ajar"}, "is one of open, restricted, closed, unknown, got 'ajar'"),
        ({"source": " "}, "needs its source, got none; name who announced it"),
        ({"by": ""}, "give a name of 1 to 80 letters"),
        ({"note": "x" * 301}, "has 301 letters; shorten it to 300"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_written(database, at, change, said):
    load_checkpoints(database)
    given = {"status": "open", "from_at": JUNE, **SAID, "at": at} | change
    with pytest.raises(ValueError) as refused:
        set_opening(database, POST, **given)
    assert said in str(refused.value)
    assert len(history(database, POST)) == 1
