from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.models import Status
from data.watch.status import (
    STORM,
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


def test_three_misses_of_five_looks_are_down_since_the_first_of_them():
    assert [b.status for b in follow("gmgmgm")][-1] is Status.DOWN
    assert follow("gmgmgm")[-1].since == NOON + timedelta(minutes=1)
    assert follow("gmmgggm")[-1].status is Status.UP  # the first two are longer ago than five looks
    assert follow("gmgggmmgm")[-1].since == NOON + timedelta(minutes=5)


def test_two_good_answers_in_a_row_end_down_at_the_time_of_the_first():
    assert [b.status for b in follow("mmmgg")][2:] == [Status.DOWN, Status.DOWN, Status.UP]
    last = follow("mmmgg")[-1]
    assert (last.status, last.since, last.reason) == (Status.UP, NOON + timedelta(minutes=3), "ok")


def test_a_camera_that_comes_up_for_one_look_only_stays_down():
    beliefs = follow("mmmgmgmgm")
    assert {b.status for b in beliefs[2:]} == {Status.DOWN}
    assert {b.since for b in beliefs[2:]} == {NOON}


def test_after_an_outage_misses_are_counted_anew():
    assert follow("mmmggmm")[-1].status is Status.UP
    assert follow("mmmggmmm")[-1].since == NOON + timedelta(minutes=5)


def test_where_we_knew_nothing_one_good_answer_is_up():
    assert [b.status for b in follow("ug")] == [Status.UNKNOWN, Status.UP]
    assert follow("g")[-1].since == NOON


def test_only_what_contradicts_belief_asks_for_another_look_soon():
    assert [b.unsettled for b in follow("gmmmmgmgg")] == [
        False, True, False, False, False, True, False, True, False,
    ]  # fmt: skip


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
    assert forget_misses(follow("gm")[-1]).misses == []


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


def test_a_storm_is_a_reason_of_its_own():
    assert blind(follow("ggm")[-1], NOON, STORM).reason == "storm"
    assert blind(follow("ggm")[-1], NOON, STORM).since == NOON + timedelta(minutes=1)


def expected(outcomes: str) -> list[tuple[Status, int | None]]:
    """The rule once more, from the whole history each time: status, and the minute it began if down."""
    found: list[tuple[Status, int | None]] = []
    status, began, start = Status.UNKNOWN, None, 0  # looks before `start` do not count any more
    for minute, letter in enumerate(outcomes):
        if letter == "u":
            status, began, start = Status.UNKNOWN, None, minute + 1
        elif status is Status.DOWN:
            if outcomes[max(start, minute - 1) : minute + 1] == "gg":
                status, began, start = Status.UP, None, minute + 1
        else:
            missed = [n for n in range(max(start, minute - 4), minute + 1) if outcomes[n] == "m"]
            if len(missed) == 3:
                status, began, start = Status.DOWN, missed[0], minute + 1
            elif letter == "g":
                status = Status.UP
        found.append((status, began))
    return found


@given(st.text("gmu", max_size=40))
def test_beliefs_follow_the_rule_whatever_comes(outcomes):
    for belief, (status, began) in zip(follow(outcomes), expected(outcomes), strict=True):
        assert belief.status is status
        if began is not None:
            assert belief.since == NOON + timedelta(minutes=began)
