"""Kept pictures of a camera: a moment is chosen, the pictures around it tell their times, gaps their reason."""

from datetime import UTC, datetime, time, timedelta

import pytest

from data.models import CaptureClock, Outage
from data.settings import settings
from data.watch.archive import Archive
from data.watch.spool import EPOCH, MICROSECOND, Spool
from data.watch.thumbnails import Picture
from tests.pages.small_country import html, open_page, settle
from ui import state
from ui.words import BANGKOK

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ids(database, at):
    return settle(database, at)


@pytest.fixture
def ten(ids, var, tmp_path, monkeypatch):
    """Ten o'clock in Bangkok, yesterday; C1 is kept each five minutes to eleven, but for half an hour."""
    monkeypatch.setenv("TAKHAI_ARCHIVE_PLACE", str(tmp_path / "kept"))
    settings.cache_clear()
    begin = datetime.combine((datetime.now(BANGKOK) - DAY).date(), time(10), BANGKOK)
    spool = Spool(var / "archive")
    spool.add((ids["C1"], shot(begin + n * 5 * MINUTE)) for n in range(13) if n not in range(5, 10))
    Archive(str(tmp_path / "kept"), spool, "one", keep_days=30, quota_gb=50).ship(datetime.now(UTC) + DAY)
    return begin


def shot(at):
    return Picture(b"\xff\xd8", at.astimezone(UTC), CaptureClock.STREAM, 320, 180)


def opened(at=None, camera="C1", lang="en", **clock):
    asked = {} if at is None else {"moment": f"{at.replace(**clock):%Y-%m-%dT%H:%M}"}
    app = open_page("camera", camera=camera, lang=lang, **asked)
    assert not app.exception
    return app


def test_where_nothing_is_kept_that_is_said(ids):
    app = opened(lang="th")
    assert "ที่นี่ไม่ได้เก็บภาพย้อนหลัง" in html(app)
    assert not app.time_input


def test_a_moment_is_chosen_among_the_days_there_are_in_the_readers_form(ten):
    app = opened(lang="th")
    months = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
    said = f"{ten.day} {months[ten.month - 1]} {ten.year + 543}"
    assert app.selectbox(key=state.ARCHIVE_DAY).options == [said]
    assert f"มีภาพเก็บไว้ตั้งแต่ {said} 10:00" in html(app)
    assert "/archive/" not in html(app)
    app.selectbox(key=state.ARCHIVE_DAY).set_value(ten.date())
    app.time_input(key=state.ARCHIVE_TIME).set_value(time(10, 15)).run()
    assert f"ภาพที่เก็บไว้รอบ {said} 10:15" in html(app)
    assert "ภาพย้อนหลัง" in html(app)
    assert app.query_params["moment"] == f"{ten:%Y-%m-%d}T10:15"


def test_the_nearest_picture_and_those_around_it_tell_their_times_and_ages(ten, ids):
    said = html(opened(ten, minute=16))
    shown = [
        f"/archive/{ids['C1']}/{(ten + n * 5 * MINUTE - EPOCH) // MICROSECOND}.jpg"
        for n in (3, 0, 1, 2, 3, 4, 10, 11)
    ]
    assert [part.split('"')[0] for part in said.split('src="')[1:] if part.startswith("/archive")] == shown
    assert f"{ten.day} {ten:%b %Y} 10:15:00</b>" in said
    assert " ago · by the camera&#x27;s own clock</span>" in said
    assert said.count('<span class="kept-mark">archive</span>') == 8
    assert "data-still=" not in said.split('class="kept"')[1]  # nothing that keeps itself current


def test_one_goes_on_to_the_next_picture_and_back(ten):
    app = opened(ten, minute=20, lang="th")  # the test harness has its own language outside a run
    assert "10:20:00" in html(app)
    app.button(key="archive-later").click().run()
    assert "10:50:00" in html(app)
    app.button(key="archive-earlier").click().run()
    app.button(key="archive-earlier").click().run()
    assert "10:15:00" in html(app)
    assert opened(ten).button(key="archive-earlier").disabled


def test_where_none_came_it_is_said_with_what_was_wrong_then(ten, ids, database):
    with database.write() as session:
        session.add(
            Outage(camera_id=ids["C1"], began_at=ten + 22 * MINUTE, ended_at=ten + 48 * MINUTE, reason="timeout")
        )
    said = html(opened(ten, hour=10, minute=36))
    assert "the nearest is 14 min later. No new picture of it was taken over that time. It was down since" in said
    assert "10:22 (no answer in time)." in said


def test_where_nobody_was_watching_the_camera_is_not_blamed(ten):
    said = html(opened(ten, hour=10, minute=36))
    assert "No new picture of it was taken over that time. Nobody was watching then.</p>" in said


def test_before_the_first_and_after_the_last_the_distance_is_said(ten):
    assert "the nearest is 9 h earlier." in html(opened(ten, hour=20))
    assert "the nearest is 5 h later. The archive begins at " in html(opened(ten, hour=5))


def test_a_camera_that_is_not_chosen_has_none_and_that_is_why(ten):
    said = html(opened(ten, camera="C0"))
    assert "No picture of this camera is kept. This camera is not among those whose pictures are kept now." in said


@pytest.mark.parametrize("asked", ["yesterday", "2020-01-01T10:00", "9999-12-31T23:59+00:00", ""])
def test_a_moment_of_a_link_that_is_none_or_not_kept_is_passed_over(ten, asked):
    app = open_page("camera", camera="C1", lang="en", moment=asked)
    assert not app.exception
    assert "Choose a day and a time" in html(app)


def test_a_place_that_is_gone_is_said_and_the_page_stays(ids, var, monkeypatch):
    var.mkdir(exist_ok=True)
    monkeypatch.setenv("TAKHAI_ARCHIVE_PLACE", "nonsense://bucket")
    settings.cache_clear()
    said = html(opened())
    assert "The archive cannot be reached now" in said
    assert "Over 30 days" in said or 'class="camera large"' in said
