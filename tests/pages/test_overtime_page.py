"""The border over time: the sentence, the openings, and a moment of the past."""

from datetime import timedelta

import pytest

from tests.pages.small_country import html, open_page, settle
from ui import cache


@pytest.fixture
def app(database, at, monkeypatch):
    """C0 was down twice, from three hours ago for an hour and since an hour; watched since ten hours."""
    settle(database, at)
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=20))
    return lambda **query: open_page("overtime", days="1", **query)


def test_the_page_says_what_was_seen_and_of_how_much_nobody_knows(app):
    page = app()
    assert not page.exception
    said = html(page)
    assert "กิโลเมตร-ชั่วโมง" in said
    assert "ไม่ทราบ" in said


def test_each_opening_has_its_camera_and_its_reason(app):
    table = app(lang="en").dataframe[0].value
    mine = table[table["camera"] == "C0"]
    assert len(mine) == len(table), "when nobody was watching any camera is not told one by one"
    assert mine["what"].tolist() == ["opened", "closed", "opened"]
    assert mine["why"].tolist() == ["no answer in time", "refuses the connection", "refuses the connection"]
    assert (mine["length"] > 50).all()


def test_a_moment_in_the_link_shows_the_border_as_it_was_then(app, at):
    while_down = app(lang="en", then=(at - timedelta(hours=2, minutes=30)).isoformat())
    assert not while_down.exception
    assert "not now" in html(while_down)
    assert "1 of its cameras were down" in html(while_down)
    between = app(lang="en", then=(at - timedelta(hours=1, minutes=30)).isoformat())
    assert "0 of its cameras were down" in html(between)


@pytest.mark.parametrize("then", ["nonsense", "2031-01-01T00:00:00+00:00", "2026-11-23T04:00:00"])
def test_a_moment_that_is_none_is_that_of_now(app, then):
    page = app(then=then)
    assert not page.exception


def test_where_nobody_watched_nothing_is_claimed(app, database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(days=40))
    page = app()
    assert not page.exception
    assert "ไม่มีใครเฝ้าดู" in html(page)


def test_without_cameras_it_says_what_to_do(database):
    page = open_page("overtime")
    assert not page.exception
    assert "นำเข้าบัญชีกล้อง" in html(page)
