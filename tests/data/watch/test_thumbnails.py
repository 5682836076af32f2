from datetime import UTC, datetime, timedelta

import pytest

from data.database import open_database
from data.models import Agency, Camera, CaptureClock
from data.settings import settings
from data.watch import thumbnails
from data.watch.thumbnails import Picture, age_s, purge, read_still, still_path, write_stills

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)


@pytest.fixture
def db(tmp_path, monkeypatch):
    monkeypatch.setenv("TAKHAI_VAR", str(tmp_path))
    settings.cache_clear()
    database = open_database(f"sqlite:///{tmp_path / 'takhai.db'}")
    with database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        for number in (7, 1007):
            session.add(Camera(id=number, code=str(number), owner_id=1, lon=102.5, lat=13.6, updated_at=NOON))
    yield database
    database.dispose()
    settings.cache_clear()


def picture(at: datetime, jpeg: bytes = b"\xff\xd8one\xff\xd9") -> Picture:
    return Picture(jpeg, at, CaptureClock.STREAM, 320, 180)


def keep(db, camera_id: int, picture: Picture) -> None:
    write_stills(db, [(camera_id, picture)])


def test_a_still_is_read_back_with_its_capture_time_to_the_microsecond(db):
    keep(db, 7, picture(NOON))
    assert read_still(db, 7) == picture(NOON)


def test_the_newest_still_replaces_the_one_before(db):
    keep(db, 7, picture(NOON))
    keep(db, 7, picture(NOON + timedelta(minutes=1), b"\xff\xd8two\xff\xd9"))
    found = read_still(db, 7)
    assert found is not None
    assert found.body == b"\xff\xd8two\xff\xd9"
    assert [p.name for p in still_path(7).parent.iterdir()] == ["7.jpg"]


def test_a_disk_that_fills_up_leaves_the_old_still_and_no_half_one(db, monkeypatch):
    keep(db, 7, picture(NOON))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(thumbnails.os, "utime", full)
    with pytest.raises(OSError, match="No space"):
        keep(db, 7, picture(NOON + timedelta(minutes=1)))
    assert read_still(db, 7) == picture(NOON)
    assert [p.name for p in still_path(7).parent.iterdir()] == ["7.jpg"]


def test_a_camera_without_a_still_or_with_a_lost_file_has_none(db):
    assert read_still(db, 7) is None
    keep(db, 7, picture(NOON))
    still_path(7).unlink()
    assert read_still(db, 7) is None


def test_purging_removes_old_stills_and_files_nobody_owns(db):
    keep(db, 7, picture(NOON))
    keep(db, 1007, picture(NOON + timedelta(hours=2)))
    left = still_path(7).with_name("9.jpg.123.part")
    left.write_bytes(b"\xff\xd8half")
    thumbnails.os.utime(left, (0, 0))
    assert purge(db, NOON + timedelta(hours=1)) == 1
    assert read_still(db, 7) is None
    assert read_still(db, 1007) is not None
    assert not left.exists()


def test_the_age_of_a_still_is_never_negative():
    assert age_s(picture(NOON), NOON + timedelta(seconds=90)) == 90
    assert age_s(picture(NOON), NOON - timedelta(seconds=90)) == 0
