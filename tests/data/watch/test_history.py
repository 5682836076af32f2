"""A camera's past: up, down and unwatched time, worked out by hand."""

from datetime import timedelta

import pytest

from data.models import Agency, Camera, Outage, WatchSpan
from data.watch.history import history, outages_of
from data.watch.tables import Spell, SpellKind

HOUR = timedelta(hours=1)


@pytest.fixture
def camera_id(either_database, at):
    """Watched from 10 h to 1 h ago, a worker looking from 8 h ago; down from 5 h to 4 h and from 2 h ago on."""
    with either_database.write() as session:
        owner = Agency(name_th="กรมทางหลวง")
        session.add(owner)
        session.flush()
        camera = Camera(code="A1", owner_id=owner.id, lon=102.5, lat=13.6, updated_at=at)
        session.add(camera)
        session.flush()
        session.add(WatchSpan(camera_id=camera.id, began_at=at - 10 * HOUR, ended_at=at - HOUR))
        session.add(WatchSpan(worker="w", began_at=at - 8 * HOUR, ended_at=at))
        session.add(Outage(camera_id=camera.id, began_at=at - 5 * HOUR, ended_at=at - 4 * HOUR, reason="timeout"))
        session.add(Outage(camera_id=camera.id, began_at=at - 2 * HOUR, reason="refused"))
        return camera.id


def test_the_past_is_a_line_without_holes(either_database, camera_id, at):
    past = history(either_database, camera_id, at - 12 * HOUR, at)
    hours = [(at - began) / HOUR for began in past["began_at"]]
    assert list(zip(past["state"], hours, strict=True)) == [
        ("unknown", 12), ("up", 8), ("down", 5), ("up", 4), ("down", 2), ("unknown", 1),
    ]  # fmt: skip
    assert past["ended_at"].tolist() == [*past["began_at"].tolist()[1:], at]


def test_a_window_inside_one_state_is_one_span(either_database, camera_id, at):
    past = history(either_database, camera_id, at - 4.6 * HOUR, at - 4.4 * HOUR)
    assert past["state"].tolist() == ["down"]


def test_a_camera_nobody_ever_looked_at_is_unknown_throughout(either_database, at):
    assert history(either_database, 5, at - HOUR, at)["state"].tolist() == ["unknown"]


def test_outages_come_newest_first_and_an_open_one_has_no_end(either_database, camera_id, at):
    found = outages_of(either_database, camera_id, at - 24 * HOUR, at)
    assert found["reason"].tolist() == ["refused", "timeout"]
    assert found["ended_at"].isna().tolist() == [True, False]


def test_a_window_that_ends_before_it_begins_is_refused(either_database, at):
    with pytest.raises(ValueError, match="must end after it begins"):
        history(either_database, 1, at, at)


def test_a_bad_picture_and_maintenance_are_told_apart_and_only_where_somebody_looked(
    either_database, camera_id, at
):
    with either_database.write() as session:
        for kind, begin, end in ((SpellKind.DEGRADED, 7, 5), (SpellKind.MAINTENANCE, 1, -1)):
            session.add(
                Spell(camera_id=camera_id, kind=kind, began_at=at - begin * HOUR, ended_at=at - end * HOUR)
            )
    past = history(either_database, camera_id, at - 9 * HOUR, at + HOUR)
    hours = [(at - began) / HOUR for began in past["began_at"]]
    assert list(zip(past["state"], hours, strict=True)) == [
        ("unknown", 9), ("up", 8), ("degraded", 7), ("down", 5), ("up", 4), ("down", 2), ("maintenance", 1),
        ("unknown", 0),
    ]  # fmt: skip
