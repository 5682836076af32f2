from datetime import UTC, datetime, timedelta

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
    assert ledger.of(0) == Belief(Status.UP, at(-60), "ok", seen_at=at(-60))


def test_cameras_we_do_not_ask_are_unknown_with_the_reason():
    ledger = Ledger(Uplink())
    assert ledger.excuse(Watched(1, None, None, True, None), NOON)
    assert ledger.excuse(Watched(2, None, None, False, None), NOON)
    assert ledger.excuse(Watched(3, "rtsp://a", None, True, at(60)), NOON)
    assert not ledger.excuse(Watched(4, None, "http://a", True, at(-1)), NOON)
    assert not ledger.excuse(Watched(5, "rtsp://a", None, False, None), NOON)
    assert [ledger.of(n).reason for n in (1, 2, 3)] == ["no_address", "not_linked", "maintenance"]
    assert ledger.of(3).status is Status.MAINTENANCE


def test_a_batch_holds_one_change_a_camera_and_keeps_their_order():
    ledger = fleet(3)
    ledger.take(0, Reading(Outcome.UNSURE, "unauthorised", 1, at(1)), void=False)
    ledger.take(1, Reading(Outcome.UNSURE, "unauthorised", 1, at(2)), void=False)
    ledger.take(0, good(3), void=False)
    assert [(c.camera_id, c.status) for c in ledger.batch(9)] == [(0, Status.UNKNOWN), (1, Status.UNKNOWN)]
    assert [(c.camera_id, c.status) for c in ledger.batch(9)] == [(0, Status.UP)]
