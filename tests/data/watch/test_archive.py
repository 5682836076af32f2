import os
import signal
import socket
import subprocess
import sys
import tracemalloc
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import fsspec
import pytest

from data.models import CaptureClock
from data.settings import HOUSE
from data.watch import packs
from data.watch.archive import Archive
from data.watch.archived import Archived
from data.watch.spool import Spool
from data.watch.thumbnails import Picture

EIGHT = datetime(2026, 11, 10, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def shot(at: datetime, text: str = "") -> Picture:
    return Picture(b"\xff\xd8" + (text or at.isoformat()).encode(), at, CaptureClock.STREAM, 320, 180)


@pytest.fixture
def spool(tmp_path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path) -> str:
    if request.param == "folder":
        return str(tmp_path / "kept")
    return f"{request.getfixturevalue('bucket')}/{uuid.uuid4().hex}"


def nearest(place: str, spool: Spool, camera_id: int, at: datetime) -> Picture | None:
    """What a reader finds who asks anew."""
    archived = Archived(place, spool)
    found = [one.captured_at for side in archived.around(camera_id, at, 1) for one in side]
    return archived.read(camera_id, min(found, key=lambda one: abs(one - at))) if found else None


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
    assert [nearest(place, spool, 7, at) for at in asked] == [shots[0], shots[1], shots[2], shots[2]]
    assert nearest(place, spool, 8, EIGHT) is None


def test_what_comes_late_joins_its_hour(place, spool):
    archive = opened(place, spool)
    for minute in (0, 30):
        spool.add([(7, shot(EIGHT + minute * MINUTE))])
        archive.ship(EIGHT + 2 * HOUR)
    assert [nearest(place, spool, 7, EIGHT + m * MINUTE) for m in (0, 30)] == [
        shot(EIGHT),
        shot(EIGHT + 30 * MINUTE),
    ]
    assert len(names(place)) == 2


def test_a_picture_every_five_minutes_becomes_one_an_hour_and_then_one_a_day_near_noon(place, spool):
    archive = opened(place, spool)
    spool.add(every_five_minutes(EIGHT.replace(hour=0), EIGHT.replace(hour=0) + DAY))
    archive.ship(EIGHT + DAY)
    assert archive.thin(EIGHT.replace(hour=0) + DAY) == 0
    assert archive.thin(EIGHT.replace(hour=0) + 2 * DAY) == 24 * 11
    assert nearest(place, spool, 7, EIGHT + 50 * MINUTE) == shot(EIGHT + HOUR)
    assert archive.thin(EIGHT.replace(hour=0) + 8 * DAY) == 23
    assert nearest(place, spool, 7, EIGHT + 10 * HOUR) == shot(EIGHT.replace(hour=5))
    assert len(names(place)) == 2


def test_what_is_too_old_goes(place, spool):
    archive = opened(place, spool, days=2)
    spool.add([(7, shot(EIGHT)), (7, shot(EIGHT + DAY))])
    archive.ship(EIGHT + 2 * DAY)
    assert archive.purge(EIGHT + 2 * DAY + HOUR) == 1
    assert nearest(place, spool, 7, EIGHT) == shot(EIGHT + DAY)


def test_the_oldest_goes_first_where_there_is_no_room(place, spool):
    archive = opened(place, spool, gb=25e-6)
    spool.add([(7, shot(EIGHT + n * HOUR, "x" * 10_000)) for n in range(4)])
    archive.ship(EIGHT + DAY)
    assert archive.purge(EIGHT + DAY) == 2
    assert nearest(place, spool, 7, EIGHT) == shot(EIGHT + 2 * HOUR, "x" * 10_000)


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
            for name in ("open", "mv", "rm_file", "cat_file"):
                patched.setattr(archive._packs._fs, name, dying(getattr(archive._packs._fs, name), left))
            try:
                archive.ship(EIGHT + DAY)
                done = True
            except KeyboardInterrupt:
                done = False
        for camera_id, one in shots:
            assert nearest(place, spool, camera_id, one.captured_at) is not None
        if not done:
            assert opened(place, Spool(spool._folder)).ship(EIGHT + DAY) == 1
        found = [nearest(place, spool, camera_id, one.captured_at) for camera_id, one in shots]
        assert [one.body[2:].decode() for one in found if one] == [f"{steps}{n}" for n in (7, 9)]
        assert len(names(place)) == 2


def test_a_writer_killed_in_the_middle_of_a_pack_leaves_no_half_of_it_and_loses_nothing(place, spool):
    shots = [(number, shot(EIGHT + number * MINUTE, f"{number} " + "x" * 1_000_000)) for number in range(20)]
    spool.add(shots)
    script = (
        "import sys, time\n"
        "from datetime import datetime\n"
        "from pathlib import Path\n"
        "from data.watch.archive import Archive\n"
        "from data.watch.spool import Spool\n"
        "class Slow(Spool):\n"
        "    def read(self, hour, entries):\n"
        "        for number, found in enumerate(super().read(hour, entries)):\n"
        "            if number == 15:\n"
        "                print('half', flush=True)\n"
        "                time.sleep(60)\n"
        "            yield found\n"
        "place, folder, at = sys.argv[1:]\n"
        "archive = Archive(place, Slow(Path(folder)), 'one', keep_days=30, quota_gb=50)\n"
        "archive.ship(datetime.fromisoformat(at))\n"
    )
    command = [sys.executable, "-c", script, place, str(spool._folder), (EIGHT + DAY).isoformat()]
    with subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, env=dict(os.environ)) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"
        writer.send_signal(signal.SIGKILL)
    assert [name for name in names(place) if not name.endswith(".part")] == []
    assert nearest(place, spool, 3, EIGHT) == shots[3][1]
    assert opened(place, Spool(spool._folder)).ship(EIGHT + DAY) == 1
    assert [nearest(place, spool, number, EIGHT) for number, _ in shots] == [one for _, one in shots]
    assert [len(names(place)), spool.hours()] == [2, []]


def test_what_was_half_written_when_the_writing_failed_is_not_put(place, spool):
    spool.add([(7, shot(EIGHT))])
    archive = opened(place, spool)
    archive.ship(EIGHT + DAY)
    there = names(place)

    def broken():
        yield from spool.read(EIGHT, spool.entries(EIGHT))
        raise OSError("the disk under the spool is gone")

    spool.add([(7, shot(EIGHT + MINUTE))])
    with pytest.raises(OSError, match="the disk under the spool"):
        archive._packs.write(EIGHT, "one", broken())
    assert [name for name in names(place) if not name.endswith(".part")] == there
    assert nearest(place, Spool(spool._folder / "none"), 7, EIGHT + MINUTE) == shot(EIGHT)


def test_an_hour_is_written_thinned_and_joined_without_being_in_memory(tmp_path, spool):
    archive, body = opened(str(tmp_path / "kept"), spool), "x" * 200_000
    for begin in (0, 30):
        spool.add((camera, shot(EIGHT + begin * MINUTE, body)) for camera in range(200))
        tracemalloc.start()
        assert archive.ship(EIGHT + DAY) == 1
        assert archive.thin(EIGHT + (begin // 30 * 2) * DAY) == (200 if begin else 0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10_000_000  # of 40 and 80 MB


def test_each_camera_has_its_own_pictures_and_those_around_a_time(place, spool):
    for camera in (1, 7, 17, 71, 77):
        spool.add([(camera, shot(EIGHT + n * 10 * MINUTE, f"{camera}/{n}")) for n in range(12)])
    opened(place, spool).ship(EIGHT + 3 * HOUR)
    spool.add([(7, shot(EIGHT + 120 * MINUTE, "7/12"))])
    archived = Archived(place, spool)
    every = [EIGHT + n * 10 * MINUTE for n in range(13)]
    assert archived.hours() == [EIGHT, EIGHT + HOUR, EIGHT + 2 * HOUR]

    def around(camera_id: int, at: datetime, most: int) -> list[list[datetime]]:
        return [[one.captured_at for one in side] for side in archived.around(camera_id, at, most)]

    between = archived.between(7, EIGHT + 50 * MINUTE, EIGHT + DAY)
    assert [one.captured_at for one in between] == every[5:]
    assert around(7, every[6], 2) == [every[5:7], every[7:9]]
    assert around(7, EIGHT - DAY, 2) == [[], every[:2]]
    assert around(7, EIGHT + DAY, 20) == [every, []]
    assert around(2, EIGHT, 2) == [[], []]
    assert [archived.read(7, at).body[2:].decode() for at in every] == [f"7/{n}" for n in range(13)]
    assert archived.read(7, EIGHT + MINUTE) is None


def test_a_reader_that_has_seen_an_hour_finds_it_after_it_was_written_anew(place, spool):
    archive, archived = opened(place, spool), Archived(place, spool)
    for text in ("one", "two"):  # as long, at the same time: an index as long
        spool.add([(7, shot(EIGHT, text))])
        archive.ship(EIGHT + DAY)
        assert archived.read(7, EIGHT) == shot(EIGHT, text)


def test_half_a_picture_at_the_end_of_the_buffer_hides_none_before_or_after_it(spool):
    spool.add([(7, shot(EIGHT)), (9, shot(EIGHT))])
    [path] = spool._folder.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    again = Spool(spool._folder)
    again.add([(8, shot(EIGHT))])
    found = again.read(EIGHT, again.entries(EIGHT))
    assert [(entry.camera_id, entry.picture(body)) for entry, body in found] == [
        (7, shot(EIGHT)),
        (8, shot(EIGHT)),
    ]


def test_zeros_a_lost_power_left_at_the_end_of_the_buffer_are_no_pictures(spool):
    spool.add([(7, shot(EIGHT))])
    [path] = spool._folder.iterdir()
    path.write_bytes(path.read_bytes() + b"\0" * 500)
    again = Spool(spool._folder)
    assert len(again.entries(EIGHT)) == 1
    again.add([(8, shot(EIGHT))])
    assert [entry.camera_id for entry in again.entries(EIGHT)] == [7, 8]


def test_two_machines_share_a_place(place, tmp_path):
    for number, name in enumerate(("one", "two")):
        spool = Spool(tmp_path / name)
        spool.add([(number, shot(EIGHT + number * MINUTE))])
        opened(place, spool, name=name).ship(EIGHT + DAY)
    none = Spool(tmp_path / "none")
    assert [nearest(place, none, number, EIGHT) for number in (0, 1)] == [shot(EIGHT), shot(EIGHT + MINUTE)]


def test_without_the_library_of_a_place_it_is_said_what_to_install(spool, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(ValueError, match="pip install s3fs"):
        opened("s3://bucket/folder", spool)


def test_a_place_that_is_none_is_said_with_the_way_out(spool):
    with pytest.raises(ValueError, match="TAKHAI_ARCHIVE_PLACE takes a folder"):
        opened("nonsense://bucket", spool)


def test_object_storage_that_does_not_answer_or_has_no_such_bucket_is_said_in_a_sentence(
    bucket, spool, monkeypatch
):
    spool.add([(7, shot(EIGHT))])
    with pytest.raises(OSError, match="bucket"):
        opened("s3://nobody-made-this", spool).ship(EIGHT + DAY)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    s3fs = sys.modules["s3fs"].S3FileSystem
    with monkeypatch.context() as patched:
        patched.setattr(s3fs, "cachable", False)  # a connection of its own
        elsewhere = opened("s3://kept/elsewhere", spool)
    with pytest.raises(OSError, match="TAKHAI_ARCHIVE_PLACE: s3://kept/elsewhere cannot be used now"):
        elsewhere.ship(EIGHT + DAY)
    assert spool.hours() == [EIGHT]


def test_object_storage_that_takes_connections_and_says_nothing_is_given_up_after_two(monkeypatch):
    monkeypatch.setattr(packs, "_PATIENCE", {**packs._PATIENCE, "read_timeout": 0.5})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(packs.PlaceError, match="cannot be used now: Read timeout"):
            packs.Packs("s3://kept/silent").files()
        silent.setblocking(False)
        tries = 0
        with suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                tries += 1
    assert tries == 2
