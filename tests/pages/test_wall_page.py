"""The wall, on a small country."""

from datetime import timedelta

import pytest

from tests.pages.small_country import html, open_page, settle
from ui import cache


@pytest.fixture
def ids(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=20))
    return settle(database, at)


def test_it_has_no_bar_is_dark_and_lists_what_is_down_with_its_still(ids):
    app = open_page("wall")
    assert not app.exception
    said = html(app)
    assert 'class="brand"' not in said
    assert "stActiveTheme-/wall-v2" in said
    assert f"/stills/{ids['C0']}.jpg?wish=1" in said
    assert "เปิดช่องว่างบนชายแดน" in said
    assert said.count('class="wall-row') == 1


def test_its_clock_carries_the_words_the_browser_says(ids):
    said = html(open_page("wall", lang="en"))
    assert 'data-stopped="data stopped at {time}' in said
    assert 'data-locale="en-GB"' in said


def test_a_scale_in_the_link_that_is_no_number_is_left_out(ids):
    assert not open_page("wall", scale="huge").exception


def test_with_nothing_down_it_says_so(database):
    app = open_page("wall")
    assert not app.exception
    assert "ไม่มีกล้องล่มในสระแก้ว" in html(app)
