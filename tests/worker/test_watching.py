"""When cameras that several processes share count as watched."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.watching import SILENT, Own, Watch, Word

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def looking(since: float, until: float) -> Word:
    return Word(second(since), second(until), True)


def test_a_process_of_its_own_watches_until_it_last_said_so():
    watch = Watch(1)
    assert watch.together(second(0)) is None
    watch.heard(0, looking(0, 10))
    assert watch.together(second(10)) == looking(0, 10)


def test_nobody_watches_before_everybody_does():
    watch = Watch(2)
    watch.heard(0, looking(0, 10))
    assert watch.together(second(10)) is None
    watch.heard(1, looking(12, 12))
    assert watch.together(second(12)) is None  # the first last spoke before the second began
    watch.heard(0, looking(0, 15))
    watch.heard(1, looking(12, 14))
    assert watch.together(second(15)) == looking(12, 14)


def test_watching_ends_with_the_word_of_the_one_that_died_fell_silent_or_is_too_slow():
    for end in ("gone", "silent", "slow"):
        watch = Watch(2)
        watch.heard(0, looking(0, 20))
        watch.heard(1, looking(0, 18))
        if end == "gone":
            watch.gone(1)
        elif end == "slow":
            watch.heard(1, Word(second(0), second(18), False))
        at = second(18) + SILENT + timedelta(seconds=1) if end == "silent" else second(21)
        watch.heard(0, Word(second(0), at, True))
        assert watch.together(at) == Word(second(0), second(18), False)


def test_what_lies_between_a_death_and_a_new_start_is_not_watched():
    watch = Watch(2)
    watch.heard(0, looking(0, 20))
    watch.heard(1, looking(0, 18))
    watch.gone(1)
    watch.heard(1, looking(23, 23))
    assert watch.together(second(23)) is None
    watch.heard(0, looking(0, 25))
    assert watch.together(second(25)) == looking(23, 23)
    watch.heard(1, looking(23, 28))
    watch.heard(0, looking(0, 30))
    assert watch.together(second(30)) == looking(23, 28)


def test_a_word_of_our_own_begins_anew_after_a_pause():
    own = Own()
    assert own.word(second(0), looking=False, ended_at=second(0)) is None
    assert own.word(second(5), looking=True, ended_at=second(0)) == looking(5, 5)
    assert own.word(second(10), looking=True, ended_at=second(0)) == looking(5, 10)
    assert own.word(second(70), looking=False, ended_at=second(12)) == Word(second(5), second(12), False)
    assert own.word(second(75), looking=False, ended_at=second(15)) == Word(second(5), second(12), False)
    assert own.word(second(80), looking=True, ended_at=second(0)) == looking(80, 80)


def test_a_word_survives_being_sent():
    assert Word.unpack(looking(1.5, 2).pack()) == looking(1.5, 2)
    with pytest.raises(ValueError, match="Expecting"):
        Word.unpack(b"a library prints\n")
