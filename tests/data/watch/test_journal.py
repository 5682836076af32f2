import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from data.database import Database, open_database
from data.models import SEQ, Camera, CameraState, Counter, Outage, Status, WatchSpan
from data.watch.journal import Change, beat, last_beat, outages, record, summary
from tests.conftest import stock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.fixture
def db(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'takhai.db'}")
    cameras = (
        Camera(id=number, code=f"C{number}", owner_id=1, lon=102.5, lat=13.6, demo=True, updated_at=NOON)
        for number in range(1, 6)
    )
    stock(database, cameras)
    yield database
    database.dispose()


def rows(db: Database, table):
    with db.read() as session:
        return session.exec(select(table)).all()


def turn(db: Database, status: Status, at: datetime, reason: str, base: int | None, camera: int = 1) -> int:
    return record(db, [Change(camera, status, at, reason, base)])[camera].seq


def test_a_camera_that_fails_and_returns_leaves_one_closed_outage(db):
    seq = turn(db, Status.UP, minute(0), "ok", None)
    seq = turn(db, Status.DOWN, minute(5), "timeout", seq)
    turn(db, Status.UP, minute(9), "ok", seq)
    [outage] = rows(db, Outage)
    assert (outage.began_at, outage.ended_at, outage.reason) == (minute(5), minute(9), "timeout")


def test_every_batch_takes_one_number_and_stamps_its_rows_with_it(db):
    changes = [Change(number, Status.UP, minute(0), "ok", None) for number in (1, 2, 3)]
    record(db, changes)
    with db.read() as session:
        assert session.get(Counter, SEQ).value == 1
    assert {state.seq for state in rows(db, CameraState)} == {1}


def test_the_second_of_two_workers_with_the_same_news_changes_nothing(db):
    base = turn(db, Status.UP, minute(0), "ok", None)
    first = record(db, [Change(1, Status.DOWN, minute(5), "timeout", base)])[1]
    second = record(db, [Change(1, Status.DOWN, minute(6), "refused", base)])[1]
    assert first.won
    assert not second.won
    assert (second.since, second.reason) == (minute(5), "timeout")
    assert len(rows(db, Outage)) == 1


def test_two_workers_at_once_open_one_outage_a_camera(db):
    base = {number: turn(db, Status.UP, minute(0), "ok", None, camera=number) for number in range(1, 6)}
    barrier, wins = threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        found = record(db, [Change(n, Status.DOWN, minute(5), "timeout", base[n]) for n in base])
        wins.append(sum(stored.won for stored in found.values()))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(wins) == [0, 0, 0, 5]
    assert len(rows(db, Outage)) == 5


def test_a_watch_span_lasts_while_there_is_a_verdict(db):
    seq = turn(db, Status.UP, minute(0), "ok", None)
    seq = turn(db, Status.DOWN, minute(3), "timeout", seq)
    seq = turn(db, Status.UNKNOWN, minute(7), "unauthorised", seq)
    seq = turn(db, Status.UP, minute(11), "ok", seq)
    turn(db, Status.MAINTENANCE, minute(13), "maintenance", seq)
    spans = [(span.began_at, span.ended_at) for span in rows(db, WatchSpan)]
    assert spans == [(minute(0), minute(7)), (minute(11), minute(13))]
    assert [outage.ended_at for outage in rows(db, Outage)] == [minute(7)]


def test_an_outage_goes_on_while_our_own_uplink_is_lost(db):
    seq = turn(db, Status.DOWN, minute(0), "timeout", None)
    seq = turn(db, Status.UNKNOWN, minute(5), "uplink_lost", seq)
    assert rows(db, Outage)[0].ended_at is None
    turn(db, Status.UP, minute(20), "ok", seq)
    assert [outage.ended_at for outage in rows(db, Outage)] == [minute(20)]
    assert [(s.began_at, s.ended_at) for s in rows(db, WatchSpan)] == [(minute(0), minute(5)), (minute(20), None)]


def test_a_clock_set_back_does_not_end_an_outage_before_it_began(db):
    seq = turn(db, Status.DOWN, minute(10), "timeout", None)
    turn(db, Status.UP, minute(2), "ok", seq)
    [outage] = rows(db, Outage)
    assert outage.ended_at == outage.began_at == minute(10)


def test_a_camera_deleted_meanwhile_does_not_stop_the_others(db):
    found = record(db, [Change(n, Status.UP, minute(0), "ok", None) for n in (99, 1)])
    assert set(found) == {1}


def test_a_worker_moves_its_own_span_forward(db):
    span = beat(db, "w", None, minute(0))
    assert beat(db, "w", span, minute(1)) == span
    assert last_beat(db) == minute(1)
    assert len(rows(db, WatchSpan)) == 1


def test_summary_counts_never_looked_at_as_unknown_and_says_how_old_it_is(db):
    beat(db, "w", None, minute(0))
    record(
        db, [Change(1, Status.UP, minute(0), "ok", None), Change(2, Status.UNKNOWN, minute(0), "no_address", None)]
    )
    facts = summary(db, minute(0) + timedelta(seconds=12))
    assert (facts["total"], facts["up"], facts["down"], facts["unknown"], facts["never_looked_at"]) == (
        5,
        1,
        0,
        4,
        3,
    )
    assert facts["up"] + facts["degraded"] + facts["down"] + facts["maintenance"] + facts["unknown"] == 5
    assert (facts["age_s"], facts["worker_alive"], facts["demo"]) == (12, True, True)
    assert not summary(db, minute(5))["worker_alive"]


def test_summary_of_a_database_nobody_looked_at(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    facts = summary(database, NOON)
    assert (facts["total"], facts["as_of"], facts["worker_alive"], facts["demo"]) == (0, None, False, False)
    database.dispose()


def test_outages_are_those_that_touch_the_span(db):
    seq = turn(db, Status.DOWN, minute(0), "timeout", None)
    turn(db, Status.UP, minute(10), "ok", seq)
    turn(db, Status.DOWN, minute(15), "refused", None, camera=2)
    frame = outages(db, minute(5), minute(20))
    assert frame["camera_code"].tolist() == ["C1", "C2"]
    assert frame["ended_at"].isna().tolist() == [False, True]
    assert outages(db, minute(10), minute(15)).empty
    with pytest.raises(ValueError, match="end after it begins"):
        outages(db, minute(5), minute(5))
