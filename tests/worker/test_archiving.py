import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from data.database import next_number
from data.models import INVENTORY, Agency, Camera, CaptureClock, Linked
from data.settings import HOUSE, Settings, settings
from data.watch.archived import Archived, open_archived
from data.watch.thumbnails import Picture, write_stills
from worker.duty.archiving import Archiving

EIGHT = datetime(2026, 11, 10, 8, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def shot(at: datetime) -> Picture:
    return Picture(b"\xff\xd8" + at.isoformat().encode(), at, CaptureClock.ARRIVAL, 320, 180)


@pytest.fixture
def given(database, tmp_path, monkeypatch) -> Settings:
    with database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        for number, linked in ((7, Linked.LINKED), (8, Linked.NOT_LINKED)):
            place = {"lon": 102.5, "lat": 13.6, "updated_at": EIGHT}
            session.add(Camera(id=number, code=str(number), owner_id=1, linked=linked, **place))
        next_number(session, INVENTORY)
    monkeypatch.setenv("TAKHAI_ARCHIVE_PLACE", str(tmp_path / "kept"))
    settings.cache_clear()
    return settings()


def kept(given: Settings) -> Archived:
    archived = open_archived(given)
    assert archived is not None
    return archived


def test_new_stills_of_the_chosen_cameras_are_kept_once(database, given):
    archiving = Archiving(database, given)
    write_stills(database, [(7, shot(EIGHT)), (8, shot(EIGHT))])
    assert [archiving.run_once(EIGHT + n * MINUTE) for n in range(2)] == [1, 0]
    write_stills(database, [(7, shot(EIGHT + 5 * MINUTE))])
    assert archiving.run_once(EIGHT + 2 * HOUR) == 1
    assert list(given.var.glob("archive/*.spool")) == []
    assert kept(given).read(7, EIGHT) == shot(EIGHT)
    assert [one.captured_at for one in kept(given).between(7, EIGHT, EIGHT + HOUR)] == [EIGHT, EIGHT + 5 * MINUTE]
    assert kept(given).read(8, EIGHT) is None


def test_a_killed_worker_leaves_its_pictures_to_the_next_which_adds_none_twice(database, given):
    write_stills(database, [(7, shot(EIGHT))])
    script = (
        "import os, sys, time\n"
        "from datetime import datetime\n"
        "from data.database import open_database\n"
        "from data.settings import settings\n"
        "from worker.duty.archiving import Archiving\n"
        "archiving = Archiving(open_database(settings().url), settings())\n"
        "print(archiving.run_once(datetime.fromisoformat(sys.argv[1])), flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, EIGHT.isoformat()]
    with subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, env=dict(os.environ)) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"1\n"
        second = Archiving(database, given)
        write_stills(database, [(7, shot(EIGHT + MINUTE))])
        assert second.run_once(EIGHT + MINUTE) == 0  # it stands by while the first lives
        first.send_signal(signal.SIGKILL)
    assert second.run_once(EIGHT + 2 * HOUR) == 1
    assert [kept(given).read(7, EIGHT + n * MINUTE) for n in range(2)] == [shot(EIGHT), shot(EIGHT + MINUTE)]
    assert second.run_once(EIGHT + 3 * HOUR) == 0


def test_a_filter_that_is_none_is_said(database, given, monkeypatch):
    monkeypatch.setenv("TAKHAI_ARCHIVE_FILTER", "linked=perhaps")
    settings.cache_clear()
    with pytest.raises(ValueError, match="linked= takes"):
        Archiving(database, settings()).run_once(EIGHT)
