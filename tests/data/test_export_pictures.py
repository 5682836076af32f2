"""What is kept of a camera, written out; the command does it in a process of its own."""

import csv
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from data.files.pictures import export_pictures
from data.fleet import Fleet
from data.models import Camera, CaptureClock, Linked
from data.settings import HOUSE, settings
from data.watch.archive import Archive
from data.watch.spool import Spool
from data.watch.thumbnails import Picture
from tests.conftest import stock

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPAN = ("2026-11-23T10:00", "2026-11-23T12:00")  # Bangkok's


def shot(at):
    return Picture(b"\xff\xd8" + at.isoformat().encode(), at, CaptureClock.STREAM, 320, 180)


@pytest.fixture
def known(database, var, tmp_path, monkeypatch):
    """C7 is kept each five minutes from 10:00 to 11:00 but for half an hour; of =C8, not linked, nothing is."""
    monkeypatch.setenv("TAKHAI_ARCHIVE_PLACE", str(tmp_path / "kept"))
    settings.cache_clear()
    place = {"lon": 102.5, "lat": 13.6, "owner_id": 1, "updated_at": NOON}
    stock(
        database,
        [
            Camera(id=7, code="C7/ก", linked=Linked.LINKED, **place),
            Camera(id=8, code="C8", linked=Linked.NOT_LINKED, **place),
        ],
    )
    spool = Spool(var / "archive")
    spool.add((7, shot(NOON - 2 * HOUR + n * 5 * MINUTE)) for n in range(12) if n not in range(3, 9))
    Archive(str(tmp_path / "kept"), spool, "one", keep_days=30, quota_gb=50).ship(NOON + HOUR)
    return Fleet(database).now()


def test_pictures_are_written_as_they_were_with_a_list_of_times_and_checksums(known, tmp_path):
    folder = tmp_path / "out"
    report = export_pictures(known, "C7/ก", *SPAN, folder, given=settings(), at=NOON)
    assert (report["pictures"], report["first"]) == (6, "2026-11-23T10:00:00+07:00")
    with (folder / "pictures.csv").open(encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    assert lines[0]["file"] == "C7_ก_2026-11-23T10-00-00.000.jpg"
    assert lines[1]["captured_at"] == "2026-11-23T10:05:00+07:00"
    for line in lines:
        body = (folder / line["file"]).read_bytes()
        assert body == shot(datetime.fromisoformat(line["captured_at"]).astimezone(UTC)).body
        assert line["sha256"] == hashlib.sha256(body).hexdigest()
    with pytest.raises(FileExistsError, match="take another folder"):
        export_pictures(known, "C7/ก", *SPAN, folder, given=settings(), at=NOON)


def test_where_nothing_was_kept_is_told_with_the_reason(known, tmp_path):
    report = export_pictures(known, "7", *SPAN, tmp_path / "seven", given=settings(), at=NOON)
    assert [(hole["from"][11:16], hole["to"][11:16], hole["why"]) for hole in report["holes"]] == [
        ("10:10", "10:45", "none_came"),
        ("10:55", "12:00", "none_came"),
    ]
    report = export_pictures(known, "C8", *SPAN, tmp_path / "eight", given=settings(), at=NOON)
    assert [report["pictures"], report["holes"][0]["why"]] == [0, "not_chosen"]


def test_the_command_writes_them_and_says_what_it_cannot(known, tmp_path):
    def takhai(*words):
        command = [sys.executable, "-m", "cli", "archive", *words, "--from", SPAN[0], "--to", SPAN[1]]
        return subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)

    done = takhai("C7/ก", "-o", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["pictures"] == len(list((tmp_path / "out").glob("*.jpg"))) == 6
    assert (
        "  2026-11-23T10:10:00+07:00 to 2026-11-23T10:45:00+07:00  "
        in takhai("C7/ก", "-o", tmp_path / "again").stdout
    )
    assert "no camera has the code 'C9'" in takhai("C9", "-o", tmp_path / "none").stderr
    assert not (tmp_path / "none").exists()


def test_without_an_archive_it_is_said_how_there_would_be_one(known, tmp_path, monkeypatch):
    monkeypatch.delenv("TAKHAI_ARCHIVE_PLACE")
    settings.cache_clear()
    with pytest.raises(ValueError, match="TAKHAI_ARCHIVE_PLACE"):
        export_pictures(known, "7", *SPAN, tmp_path / "out", given=settings(), at=NOON)
