"""Sessions, times and counters behave the same on SQLite and PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from data.database import IDS_AT_ONCE, in_parts, next_number, open_database
from data.models import SEQ, Agency, Camera, Counter, Outage


def a_camera(session, at):
    owner = Agency(name_th="เทศบาลเมืองอรัญญประเทศ")
    session.add(owner)
    session.flush()
    camera = Camera(code="SKW-1", owner_id=owner.id, lon=102.5, lat=13.7, updated_at=at)
    session.add(camera)
    session.flush()
    return camera.id


def test_a_time_comes_back_aware_and_the_same(either_database, at):
    bangkok = at.astimezone(timezone(timedelta(hours=7)))
    with either_database.write() as session:
        a_camera(session, bangkok)
    with either_database.read() as session:
        read = session.exec(select(Camera.updated_at)).one()
    assert read == at
    assert read.tzinfo is UTC


def test_a_naive_time_is_refused(either_database):
    with pytest.raises((StatementError, ValueError), match="timezone|naive"), either_database.write() as session:
        a_camera(session, datetime(2026, 11, 23))  # noqa: DTZ001


def test_a_failed_write_leaves_nothing(either_database, at):
    with pytest.raises(RuntimeError), either_database.write() as session:
        a_camera(session, at)
        raise RuntimeError
    with either_database.read() as session:
        assert session.exec(select(Agency)).all() == []


def test_a_camera_has_at_most_one_open_outage(either_database, at):
    with either_database.write() as session:
        camera = a_camera(session, at)
        session.add(Outage(camera_id=camera, began_at=at, ended_at=at + timedelta(hours=1)))
        session.add(Outage(camera_id=camera, began_at=at + timedelta(hours=2)))
    with pytest.raises(IntegrityError), either_database.write() as session:
        session.add(Outage(camera_id=camera, began_at=at + timedelta(hours=3)))


def test_numbers_are_each_given_once_to_writers_at_work_together(either_database):
    given = []

    def take():
        for _ in range(10):
            with either_database.write() as session:
                given.append(next_number(session, SEQ))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 41))


def test_a_reader_does_not_wait_for_a_writer(either_database, at):
    with either_database.write() as writing:
        a_camera(writing, at)
        with either_database.read() as session:
            assert session.exec(select(Camera)).all() == []


def test_opening_again_keeps_what_is_there(either_database):
    with either_database.write() as session:
        next_number(session, SEQ)
    again = open_database(either_database.writer.url.render_as_string(hide_password=False))
    with again.read() as session:
        assert session.get(Counter, SEQ).value == 1
    again.dispose()


def test_ids_come_in_parts_in_their_order_and_none_twice():
    ids = list(range(IDS_AT_ONCE + 3, 0, -1))
    first, second = in_parts(ids)
    assert len(first) == IDS_AT_ONCE
    assert first + second == ids
    assert list(in_parts([])) == []
