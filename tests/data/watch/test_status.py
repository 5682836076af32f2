from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.models import Status
from data.watch.status import (
    Belief,
    Outcome,
    Reading,
    after,
    blind,
    forget_misses,
    is_news,
    looked_at_again,
    not_looked_at,
    with_picture,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEVER_SEEN = Belief()


def reading(outcome: Outcome, minute: int, reason: str = "timeout") -> Reading:
    return Reading(outcome, reason, 0, NOON + timedelta(minutes=minute))


def follow(outcomes: str, start: Belief = NEVER_SEEN) -> list[Belief]:
    """Beliefs after each letter: g good, m miss, u unsure; a minute apart."""
    named = {"g": (Outcome.GOOD, "ok"), "m": (Outcome.MISS, "timeout"), "u": (Outcome.UNSURE, "unauthorised")}
    beliefs = []
    for minute, letter in enumerate(outcomes):
        outcome, reason = named[letter]
        start = after(start, reading(outcome, minute, reason))
        beliefs.append(start)
    return beliefs


def test_two_misses_are_not_down_the_third_is():
    assert [b.status for b in follow("gmmm")] == [Status.UP, Status.UP, Status.UP, Status.DOWN]


def test_down_is_backdated_to_the_first_miss():
    assert follow("gmmm")[-1].since == NOON + timedelta(minutes=1)


def test_misses_count_only_in_a_row():
    assert follow("gmmgmm")[-1].status is Status.UP


def test_one_good_answer_ends_down_at_its_own_time():
    last = follow("mmmmg")[-1]
    assert (last.status, last.since, last.reason) == (Status.UP, NOON + timedelta(minutes=4), "ok")


def test_a_camera_never_seen_stays_unknown_until_the_third_miss():
    assert [b.status for b in follow("mmm")] == [Status.UNKNOWN, Status.UNKNOWN, Status.DOWN]


def test_refusing_our_password_is_unknown_not_down():
    last = follow("guuuu")[-1]
    assert (last.status, last.reason, last.since) == (Status.UNKNOWN, "unauthorised", NOON + timedelta(minutes=1))


def test_a_picture_fault_degrades_and_stays_through_good_answers_until_healed():
    up = follow("g")[-1]
    black = with_picture(up, "black", NOON + timedelta(minutes=5))
    still_black = after(black, reading(Outcome.GOOD, 6, "ok"))
    assert (still_black.status, still_black.reason, still_black.since) == (
        Status.DEGRADED,
        "black",
        NOON + timedelta(minutes=5),
    )
    healed = with_picture(still_black, "", NOON + timedelta(minutes=7))
    assert (healed.status, healed.reason) == (Status.UP, "ok")


def test_a_picture_says_nothing_about_a_camera_that_is_down():
    down = follow("mmm")[-1]
    assert with_picture(down, "black", NOON) == down


def test_losing_our_uplink_makes_known_cameras_unknown_since_we_last_knew():
    up = follow("ggg")[-1]
    lost = blind(up, NOON + timedelta(hours=1))
    assert (lost.status, lost.reason, lost.since) == (Status.UNKNOWN, "uplink_lost", NOON + timedelta(minutes=2))


def test_misses_from_before_the_uplink_was_lost_do_not_count_afterwards():
    lost = blind(follow("gmm")[-1], NOON + timedelta(hours=1))
    assert after(lost, reading(Outcome.MISS, 90)).status is Status.UNKNOWN


def test_forgetting_misses_leaves_a_camera_that_is_down_alone():
    down = follow("mmm")[-1]
    assert forget_misses(down) == down
    assert forget_misses(follow("gm")[-1]).misses == 0


def test_maintenance_is_its_own_status_and_ends_as_unknown():
    planned = not_looked_at(follow("mmm")[-1], "maintenance", NOON + timedelta(minutes=9))
    assert planned.status is Status.MAINTENANCE
    assert looked_at_again(planned, NOON + timedelta(hours=2)).status is Status.UNKNOWN


def test_a_new_reason_is_news_only_for_unknown_and_degraded():
    down = follow("mmm")[-1]
    refused = after(down, reading(Outcome.MISS, 9, "refused"))
    assert not is_news(down, refused)
    unsure = follow("u")[-1]
    assert is_news(unsure, not_looked_at(unsure, "not_linked", NOON))


@given(st.text("gmu", max_size=40))
def test_down_means_at_least_three_misses_and_nothing_else_since_then(outcomes):
    for position, belief in enumerate(follow(outcomes)):
        so_far = outcomes[: position + 1]
        trailing = len(so_far) - len(so_far.rstrip("m"))
        assert (belief.status is Status.DOWN) == (trailing >= 3)
        if belief.status is Status.DOWN:
            assert belief.since == NOON + timedelta(minutes=len(so_far) - trailing)
