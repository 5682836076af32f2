"""Correcting a camera by hand: what is written, what is refused, who notices."""

import pytest

from data.corrections import correct
from data.inventory import load_cameras
from data.models import Agency, Camera
from data.watch.roster import inventory_number


@pytest.fixture
def camera_id(database, at):
    with database.write() as session:
        owner = Agency(name_th="กรมทางหลวง")
        session.add(owner)
        session.flush()
        camera = Camera(code="A1", owner_id=owner.id, lon=102.5, lat=13.6, fingerprint=b"x", updated_at=at)
        session.add(camera)
        session.flush()
        return camera.id


def test_a_new_bearing_is_kept_and_the_inventory_moves_on(database, camera_id, at):
    before = inventory_number(database)
    assert correct(database, camera_id, {"bearing_deg": 405.0 - 360, "lon": 102.5}, at) == ["bearing_deg"]
    assert inventory_number(database) == before + 1
    assert load_cameras(database)["bearing_deg"].tolist() == [45.0]


def test_the_next_import_looks_at_a_corrected_camera_anew(database, camera_id, at):
    correct(database, camera_id, {"lat": 13.7}, at)
    with database.read() as session:
        assert session.get(Camera, camera_id).fingerprint is None


def test_correcting_nothing_moves_nothing(database, camera_id, at):
    before = inventory_number(database)
    assert correct(database, camera_id, {"lon": 102.5, "bearing_deg": None}, at) == []
    assert inventory_number(database) == before


def test_north_is_written_as_nought(database, camera_id, at):
    correct(database, camera_id, {"bearing_deg": 360}, at)
    assert load_cameras(database)["bearing_deg"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lat": 102.5}, "lat must lie between 5.6 and 20.5, got 102.5"),
        ({"bearing_deg": float("nan")}, "bearing_deg must lie between 0 and 360"),
        ({"lon": None}, "lon is needed"),
        ({"code": "B"}, "code cannot be corrected by hand"),
        ({"stream_address": "http://x"}, "stream_address cannot be corrected by hand"),
    ],
)
def test_what_cannot_be_true_is_refused_and_nothing_is_written(database, camera_id, at, changes, said):
    with pytest.raises(ValueError, match=said):
        correct(database, camera_id, {"tilt_deg": 3.0} | changes, at)
    assert load_cameras(database)["tilt_deg"].isna().all()


def test_a_camera_that_is_gone_is_named(database, at):
    with pytest.raises(ValueError, match="no camera 99"):
        correct(database, 99, {"tilt_deg": 3}, at)
