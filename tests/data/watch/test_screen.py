"""What screens ask of the watch, on both databases."""

from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import select

from data.models import Agency, Camera, Still, StillWish
from data.watch import screen
from data.watch.tables import StillKept


@pytest.fixture
def db(either_database, at):
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        session.add_all(
            Camera(id=number, code=str(number), owner_id=1, lon=102.5, lat=13.6, updated_at=at)
            for number in range(1, 1201)
        )
    return either_database


def wishes(db):
    with db.read() as session:
        return {row.camera_id: row.wanted_at for row in session.exec(select(StillWish))}


def test_many_wishes_are_one_and_the_last_counts(db, at):
    screen.wish(db, range(1, 1101), at)
    later = at + timedelta(minutes=1)
    screen.wish(db, [1, 1, 5, 9999], later)
    known = wishes(db)
    assert len(known) == 1100
    assert (known[1], known[5], known[2]) == (later, later, at)


def test_capture_times_are_those_of_the_cameras_asked_for(db, at):
    with db.write() as session:
        session.add_all(
            Still(camera_id=number, captured_at=at - timedelta(seconds=number), path="x", width=1, height=1)
            for number in (1, 2, 1150)
        )
    found = screen.captured(db, [*range(2, 1201), 9999])
    assert found == {2: at - timedelta(seconds=2), 1150: at - timedelta(seconds=1150)}


def test_kept_pictures_stand_under_good_and_bad(db, at, var):
    (var / "stills").mkdir(parents=True, exist_ok=True)
    (var / "stills" / "7-good.jpg").write_bytes(b"\xff\xd8good")
    with db.write() as session:
        session.add(StillKept(camera_id=7, which="good", captured_at=at, path="7-good.jpg"))
        session.add(StillKept(camera_id=7, which="bad", captured_at=at, path="gone.jpg", reason="black"))
    assert screen.kept(db, 7)["bad"].reason == "black"
    assert screen.kept_picture(db, 7, "good") == (b"\xff\xd8good", at)
    assert screen.kept_picture(db, 7, "bad") is None
    assert screen.kept(db, 8) == {}


def test_capture_times_of_the_whole_fleet_stand_in_its_order(db, at):
    with db.write() as session:
        session.add_all(
            Still(camera_id=number, captured_at=at - timedelta(seconds=number), path="x", width=1, height=1)
            for number in (3, 1200)
        )
    ids = np.array([1, 3, 1200, 1201])
    seconds = [0, (at - timedelta(seconds=3)).timestamp(), (at - timedelta(seconds=1200)).timestamp(), 0]
    assert (screen.captured_all(db, ids) / 1e6).tolist() == seconds
    assert screen.captured_all(db, ids[:0]).tolist() == []


def test_of_what_was_never_looked_at_nothing_is_said(db):
    assert screen.look(db, 7) is None
    assert screen.sight(db, 7) is None
