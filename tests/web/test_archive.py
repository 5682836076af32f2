"""Pictures kept for longer, as a page asks for them: by the time they were captured, and only signed in."""

from datetime import UTC, datetime

import pytest

from data.models import CaptureClock
from data.watch.archive import Archive
from data.watch.spool import Spool
from data.watch.thumbnails import Picture
from tests.web.conftest import CAMERAS, PICTURED

AT = datetime(2026, 11, 20, 4, 59, 30, 250_000, tzinfo=UTC)
WAITING_AT = datetime(2026, 11, 20, 5, 4, 30, tzinfo=UTC)
JPEG, WEBP = b"\xff\xd8 kept", b"RIFF\0\0\0\0WEBP kept"


@pytest.fixture(scope="module")
def kept(served):
    spool = Spool(served.var / "archive")
    spool.add([(PICTURED, Picture(JPEG, AT, CaptureClock.STREAM, 320, 180))])
    Archive(str(served.var / "kept"), spool, "one", keep_days=30, quota_gb=50).ship(AT.replace(hour=9))
    spool.add([(PICTURED, Picture(WEBP, WAITING_AT, CaptureClock.ARRIVAL, 320, 180))])
    return served


@pytest.fixture(scope="module")
def visitor(kept):
    with kept.signed_in() as session:
        yield session


def address(served, at, camera=PICTURED):
    return f"{served.url}/archive/{camera}/{round(at.timestamp() * 1e6)}.jpg"


def test_a_kept_picture_comes_as_it_was_with_its_time_and_whose_clock_that_is(kept, visitor):
    answer = visitor.get(address(kept, AT))
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["X-Captured-At"] == AT.isoformat()
    assert answer.headers["X-Captured-By"] == "stream"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"


def test_so_does_one_that_still_waits_to_be_brought_to_its_place(kept, visitor):
    answer = visitor.get(address(kept, WAITING_AT))
    assert (answer.content, answer.headers["Content-Type"]) == (WEBP, "image/webp")


def test_of_another_time_or_camera_there_is_none_never_one_that_is_only_near(kept, visitor):
    gone = [
        address(kept, AT.replace(microsecond=0)),
        address(kept, AT, camera=PICTURED + 1),
        address(kept, AT, camera=CAMERAS + 1),
        f"{kept.url}/archive/{PICTURED}/{'9' * 30}.jpg",
        f"{kept.url}/archive/{PICTURED}/-5.jpg",
    ]
    assert [visitor.get(one).status_code for one in gone] == [404] * len(gone)


def test_strangers_see_none(kept):
    with kept.anonymous() as stranger:
        assert stranger.get(address(kept, AT)).status_code == 401
