import uuid
from datetime import UTC, datetime, timedelta

import fsspec
import pytest

from data.models import CaptureClock
from data.watch.archive import Archive
from data.watch.spool import Spool
from data.watch.thumbnails import Picture

EIGHT = datetime(2026, 11, 10, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def shot(at: datetime, text: str = "") -> Picture:
    return Picture(b"\xff\xd8" + (text or at.isoformat()).encode(), at, CaptureClock.STREAM, 320, 180)


@pytest.fixture
def spool(tmp_path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture(params=["folder", "object storage"])
def place(request, tmp_path) -> str:
    return str(tmp_path / "kept") if request.param == "folder" else f"memory://{uuid.uuid4().hex}"


def opened(place: str, spool: Spool, *, days: float = 30, gb: float = 50, name: str = "one") -> Archive:
    return Archive(place, spool, name, keep_days=days, quota_gb=gb)


def names(place: str) -> list[str]:
    system, root = fsspec.core.url_to_fs(place)
    return sorted(path.removeprefix(root).lstrip("/") for path in system.find(root))


def every_five_minutes(begin: datetime, end: datetime) -> list[tuple[int, Picture]]:
    count = (end - begin) // (5 * MINUTE)
    return [(7, shot(begin + n * 5 * MINUTE)) for n in range(count)]


def dying(do, left: list[int]):
    """A step that ends the process once as many as `left` says are done."""

    def step(*given, **named):
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return do(*given, **named)

    return step


def test_an_hour_that_is_over_is_one_pack_and_one_index_and_nothing_else(place, spool):
    archive = opened(place, spool)
    spool.add([(7, shot(EIGHT)), (9, shot(EIGHT + MINUTE)), (7, shot(EIGHT + HOUR))])
    assert archive.ship(EIGHT + HOUR + 5 * MINUTE) == 1
    index, pack = names(place)
    assert index == "day=2026-11-10/hour=08/index-one.json"
    assert pack.startswith("day=2026-11-10/hour=08/pack-one.")
    assert spool.hours() == [EIGHT + HOUR]


def test_the_nearest_picture_comes_back_as_it_was_from_the_place_or_from_what_waits(place, spool):
    archive = opened(place, spool)
    shots = [shot(EIGHT + 3 * MINUTE), shot(EIGHT + 55 * MINUTE), shot(EIGHT + HOUR + 2 * MINUTE)]
    spool.add([(7, one) for one in shots] + [(9, shot(EIGHT + 58 * MINUTE))])
    archive.ship(EIGHT + HOUR + 5 * MINUTE)
    asked = (EIGHT - DAY, EIGHT + 40 * MINUTE, EIGHT + 59 * MINUTE, EIGHT + DAY)
    assert [archive.read(7, at) for at in asked] == [shots[0], shots[1], shots[2], shots[2]]
    assert archive.read(8, EIGHT) is None


def test_what_comes_late_joins_its_hour(place, spool):
    archive = opened(place, spool)
    for minute in (0, 30):
        spool.add([(7, shot(EIGHT + minute * MINUTE))])
        archive.ship(EIGHT + 2 * HOUR)
    assert [archive.read(7, EIGHT + m * MINUTE) for m in (0, 30)] == [shot(EIGHT), shot(EIGHT + 30 * MINUTE)]
    assert len(names(place)) == 2


def test_a_picture_every_five_minutes_becomes_one_an_hour_and_then_one_a_day_near_noon(place, spool):
    archive = opened(place, spool)
    spool.add(every_five_minutes(EIGHT.replace(hour=0), EIGHT.replace(hour=0) + DAY))
    archive.ship(EIGHT + DAY)
    assert archive.thin(EIGHT.replace(hour=0) + DAY) == 0
    assert archive.thin(EIGHT.replace(hour=0) + 2 * DAY) == 24 * 11
    assert archive.read(7, EIGHT + 50 * MINUTE) == shot(EIGHT + HOUR)
    assert archive.thin(EIGHT.replace(hour=0) + 8 * DAY) == 23
    assert archive.read(7, EIGHT + 10 * HOUR) == shot(EIGHT.replace(hour=5))
    assert len(names(place)) == 2


def test_what_is_too_old_goes(place, spool):
    archive = opened(place, spool, days=2)
    spool.add([(7, shot(EIGHT)), (7, shot(EIGHT + DAY))])
    archive.ship(EIGHT + 2 * DAY)
    assert archive.purge(EIGHT + 2 * DAY + HOUR) == 1
    assert archive.read(7, EIGHT) == shot(EIGHT + DAY)


def test_the_oldest_goes_first_where_there_is_no_room(place, spool):
    archive = opened(place, spool, gb=25e-6)
    spool.add([(7, shot(EIGHT + n * HOUR, "x" * 10_000)) for n in range(4)])
    archive.ship(EIGHT + DAY)
    assert archive.purge(EIGHT + DAY) == 2
    assert archive.read(7, EIGHT) == shot(EIGHT + 2 * HOUR, "x" * 10_000)


def test_a_place_that_is_gone_keeps_the_pictures_waiting_but_not_without_end(tmp_path, spool):
    (tmp_path / "kept").write_text("a file where a folder should be")
    archive = opened(str(tmp_path / "kept"), spool, gb=25e-6)
    shots = [(7, shot(EIGHT + n * HOUR, "x" * 10_000)) for n in range(4)]
    spool.add(shots)
    with pytest.raises(OSError):
        archive.ship(EIGHT + DAY)
    assert len(spool.hours()) == 4
    spool.trim(25_000)
    assert spool.hours() == [EIGHT + 2 * HOUR, EIGHT + 3 * HOUR]
    (tmp_path / "kept").unlink()
    assert archive.ship(EIGHT + DAY) == 2


def test_a_writer_killed_at_any_step_loses_nothing(place, spool, monkeypatch):
    shots = [(7, shot(EIGHT)), (9, shot(EIGHT + MINUTE))]
    for steps in range(12):
        archive = opened(place, spool)
        spool.add([(camera_id, shot(one.captured_at, f"{steps}{camera_id}")) for camera_id, one in shots])
        left = [steps]
        with monkeypatch.context() as patched:
            for name in ("pipe_file", "mv", "rm_file", "cat_file"):
                patched.setattr(archive._fs, name, dying(getattr(archive._fs, name), left))
            try:
                archive.ship(EIGHT + DAY)
                done = True
            except KeyboardInterrupt:
                done = False
        for camera_id, one in shots:
            assert opened(place, spool).read(camera_id, one.captured_at) is not None
        if not done:
            assert opened(place, Spool(spool._folder)).ship(EIGHT + DAY) == 1
        found = [opened(place, spool).read(camera_id, one.captured_at) for camera_id, one in shots]
        assert [one.body[2:].decode() for one in found if one] == [f"{steps}{n}" for n in (7, 9)]
        assert len(names(place)) == 2


def test_half_a_picture_at_the_end_of_the_buffer_hides_none_before_or_after_it(spool):
    spool.add([(7, shot(EIGHT)), (9, shot(EIGHT))])
    [path] = spool._folder.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    again = Spool(spool._folder)
    again.add([(8, shot(EIGHT))])
    assert again.read(EIGHT) == [(7, shot(EIGHT)), (8, shot(EIGHT))]


def test_two_machines_share_a_place(place, tmp_path):
    for number, name in enumerate(("one", "two")):
        spool = Spool(tmp_path / name)
        spool.add([(number, shot(EIGHT + number * MINUTE))])
        opened(place, spool, name=name).ship(EIGHT + DAY)
    archive = opened(place, Spool(tmp_path / "none"), name="three")
    assert [archive.read(number, EIGHT) for number in (0, 1)] == [shot(EIGHT), shot(EIGHT + MINUTE)]


def test_a_place_nothing_here_can_reach_is_said_with_the_way_out(spool):
    with pytest.raises(ValueError, match="pip install s3fs"):
        opened("s3://bucket/folder", spool)
    with pytest.raises(ValueError, match="TAKHAI_ARCHIVE_PLACE takes a folder"):
        opened("nonsense://bucket", spool)
