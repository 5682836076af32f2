from datetime import UTC, datetime, timedelta

import pytest

from data.models import Status
from data.watch.roster import Watched
from data.watch.status import Belief, Outcome, Reading
from worker.ledger import Ledger
from worker.uplink import Uplink

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def good(seconds: float) -> Reading:
    return Reading(Outcome.GOOD, "ok", 3, at(seconds))


def miss(seconds: float, reason: str = "timeout", depth: int = 0) -> Reading:
    return Reading(Outcome.MISS, reason, depth, at(seconds))


def fleet(size: int, *, canaries: bool = False) -> Ledger:
    """Cameras that are all up, last heard of in the minute before noon."""
    ledger = Ledger(Uplink(canaries=canaries))
    for camera in range(size):
        ledger.take(camera, good(-60 + 60 * camera / size), void=False)
    ledger.waiting.clear()
    return ledger


def statuses(ledger: Ledger) -> set[Status]:
    return {belief.status for belief in ledger.beliefs.values()}


def test_when_every_camera_falls_silent_nothing_is_written_as_down():
    ledger = fleet(100)
    for sweep in range(10):
        for camera in range(100):
            ledger.take(camera, miss(10 * sweep + camera / 10), void=False)
        ledger.go_blind(at(10 * sweep + 10), 60)
    assert ledger.uplink.lost
    assert statuses(ledger) == {Status.UP}  # known for less than three intervals
    assert ledger.go_blind(at(181), 60) == 100
    assert {(b.status, b.reason) for b in ledger.beliefs.values()} == {(Status.UNKNOWN, "uplink_lost")}
    assert len(ledger.waiting) == 100
    assert all(change.since <= NOON for change in ledger.waiting)  # unknown since we last knew


def test_the_first_answer_brings_the_uplink_back():
    ledger = fleet(100)
    for camera in range(100):
        ledger.take(camera, miss(camera / 10), void=False)
    ledger.go_blind(at(181), 60)
    ledger.take(7, good(200), void=False)
    assert not ledger.uplink.lost
    assert ledger.of(7).status is Status.UP
    assert ledger.of(8).status is Status.UNKNOWN  # until it answers itself


def test_an_outage_of_a_quarter_is_down_because_the_others_answer():
    ledger = fleet(100)
    for sweep in range(4):
        for camera in range(100):
            reading = miss if camera % 4 == 0 else good
            ledger.take(camera, reading(10 * sweep + camera / 10), void=False)
    assert not ledger.uplink.lost
    assert ledger.counts == {Status.UP: 75, Status.DOWN: 25}
    assert ledger.of(0).since == at(0)


def test_one_camera_of_many_is_down_only_once_another_answered_since_its_first_miss():
    ledger = fleet(10)
    for look in range(5):
        ledger.take(3, miss(10 * look), void=False)
    assert ledger.of(3).status is Status.UP
    ledger.take(4, good(41), void=False)
    ledger.take(3, miss(50), void=False)
    assert (ledger.of(3).status, ledger.of(3).since) == (Status.DOWN, at(0))


def test_a_small_fleet_without_canaries_has_no_witness_to_wait_for():
    ledger = fleet(2)
    for look in range(3):
        ledger.take(0, miss(10 * look), void=False)
    assert ledger.of(0).status is Status.DOWN


def test_of_a_hundred_cameras_that_never_answered_none_is_called_down():
    ledger = Ledger(Uplink())
    for camera in range(100):
        ledger.excuse(Watched(camera, "rtsp://a", None, True, None), at(-1))
    for look in range(5):
        for camera in range(100):
            ledger.take(camera, miss(10 * look), void=False)
    assert statuses(ledger) == {Status.UNKNOWN}


def test_an_error_is_an_answer_too():
    ledger = fleet(10)
    for look in range(3):
        for camera in range(10):
            ledger.take(camera, miss(10 * look + camera / 10, "http_error", 1), void=False)
    assert not ledger.uplink.lost
    assert statuses(ledger) == {Status.DOWN}


def test_canaries_that_do_not_answer_stop_the_counting():
    ledger = fleet(3, canaries=True)
    assert ledger.uplink.asked_canaries(1, 3, at(1))
    for look in range(5):
        ledger.take(0, miss(2 + 10 * look), void=False)
    assert ledger.of(0).status is Status.UP
    assert not ledger.uplink.asked_canaries(2, 3, at(60))
    assert not ledger.uplink.lost


def test_with_canaries_answering_a_whole_fleet_may_be_down():
    ledger = fleet(50, canaries=True)
    for look in range(3):
        for camera in range(50):
            ledger.take(camera, miss(10 * look + camera / 10), void=False)
        ledger.uplink.asked_canaries(2, 2, at(10 * look + 9))
    assert statuses(ledger) == {Status.DOWN}


def test_dead_canaries_do_not_outvote_cameras_that_answer():
    ledger = fleet(5, canaries=True)
    ledger.take(0, good(5), void=False)
    assert not ledger.uplink.asked_canaries(0, 2, at(4))


def test_a_timeout_while_we_were_late_ourselves_is_void():
    ledger = fleet(2)
    for look in range(5):
        ledger.take(0, miss(10 * look), void=True)
    assert ledger.of(0) == Belief(Status.UP, at(-60), "ok", at(-60))


def test_cameras_we_do_not_ask_are_unknown_with_the_reason():
    ledger = Ledger(Uplink())
    assert ledger.excuse(Watched(1, None, None, True, None), NOON)
    assert ledger.excuse(Watched(2, None, None, False, None), NOON)
    assert ledger.excuse(Watched(3, "rtsp://a", None, True, at(60)), NOON)
    assert not ledger.excuse(Watched(4, None, "http://a", True, at(-1)), NOON)
    assert not ledger.excuse(Watched(5, "rtsp://a", None, False, None), NOON)
    assert [ledger.of(n).reason for n in (1, 2, 3)] == ["no_address", "not_linked", "maintenance"]
    assert ledger.of(3).status is Status.MAINTENANCE


@pytest.mark.parametrize("reading", [good(2), miss(2), miss(2, "http_error", 1)])
def test_a_look_that_was_under_way_when_maintenance_began_changes_nothing(reading):
    ledger = fleet(3)
    ledger.excuse(Watched(0, "rtsp://a", None, True, None), at(1), planned=True)
    ledger.take(0, reading, void=False)
    assert ledger.of(0).status is Status.MAINTENANCE
    assert not ledger.of(0).recent


def test_a_batch_holds_one_change_a_camera_and_keeps_their_order():
    ledger = fleet(3)
    ledger.take(0, Reading(Outcome.UNSURE, "unauthorised", 1, at(1)), void=False)
    ledger.take(1, Reading(Outcome.UNSURE, "unauthorised", 1, at(2)), void=False)
    ledger.take(0, good(3), void=False)
    assert [(c.camera_id, c.status) for c in ledger.batch(9)] == [(0, Status.UNKNOWN), (1, Status.UNKNOWN)]
    assert [(c.camera_id, c.status) for c in ledger.batch(9)] == [(0, Status.UP)]


def test_a_large_share_of_a_fleet_that_falls_silent_without_canaries_is_nobodys_outage():
    ledger = fleet(200)
    for sweep in range(4):
        for camera in range(200):
            reading = miss if camera % 5 < 2 else good  # 40 %, while the rest answers
            ledger.take(camera, reading(60 * sweep + camera / 10), void=False)
    assert ledger.counts == {Status.UP: 120, Status.UNKNOWN: 80}
    assert ledger.of(0).reason == "storm"
    assert ledger.of(0).since == at(-60)  # when we last knew
    for camera in range(200):
        ledger.take(camera, good(300 + camera / 10), void=False)
    assert ledger.counts[Status.UP] == 200
    assert not ledger.uplink.gone


def test_with_working_canaries_the_same_storm_is_real():
    ledger = fleet(200, canaries=True)
    for sweep in range(3):
        for camera in range(200):
            reading = miss if camera % 5 < 2 else good
            ledger.take(camera, reading(60 * sweep + camera / 10), void=False)
        ledger.uplink.asked_canaries(2, 2, at(60 * sweep + 30))
    assert ledger.counts[Status.DOWN] == 80


def test_a_look_that_began_before_the_uplink_was_back_says_nothing():
    ledger = fleet(200, canaries=True)
    ledger.uplink.asked_canaries(0, 2, at(1))
    ledger.uplink.asked_canaries(2, 2, at(60))
    for look in (58, 59, 60):
        ledger.take(0, miss(look), void=False)
    assert ledger.of(0).recent == ()
    ledger.take(0, miss(61), void=False)
    assert ledger.of(0).misses == [at(61)]


def test_what_a_look_reached_is_kept_and_written_once_while_it_stays_the_same():
    ledger = fleet(2)
    more = {0: (12.5, "udp"), 1: (None, "")}.__getitem__
    [first, _] = ledger.sights.batch(9, more)
    assert (first["depth"], first["reason"], first["still_every_s"], first["fallback"]) == (3, "ok", 12.5, "udp")
    ledger.take(0, good(1), void=False)
    assert ledger.sights.batch(9, more) == []
    ledger.take(0, miss(2, "refused", -1), void=False)
    [missed] = ledger.sights.batch(9, more)
    assert (missed["depth"], missed["reason"], missed["last_ok_at"]) == (-1, "refused", at(1))
    ledger.take(0, good(1_000), void=False)
    ledger.sights.picture(0, 5, at(1_001))
    ledger.take(0, good(1_002), void=False)
    assert [row["depth"] for row in ledger.sights.batch(9, more)] == [5]
    ledger.take(
        0, good(1_003 + 15 * 60), void=False
    )  # no picture for a quarter of an hour: back to what probes see
    rows = ledger.sights.batch(9, more)
    assert [row["depth"] for row in rows] == [3]
    ledger.sights.put_back(rows)
    assert ledger.sights.batch(9, more) == rows
