"""Cards on real rows: names are text, pictures say their own age, what is unknown is said."""

from datetime import timedelta

import pytest

from data.models import CaptureClock
from data.watch.thumbnails import Picture, write_still
from tests.pages.small_country import settle
from ui import cache, cards


@pytest.fixture
def ids(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    return settle(database, at)


def camera(ids, code):
    return cache.camera(cache.snapshot().row_of(ids[code]))


def keep(database, camera_id, captured_at):
    write_still(database, camera_id, Picture(b"\xff\xd8jpeg", captured_at, CaptureClock.ARRIVAL, 320, 180))


def test_a_hostile_name_is_text(ids):
    said = cards.heading(camera(ids, "C3"))
    assert "<img" not in said
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in said


def test_a_label_of_a_widget_holds_no_markdown():
    assert cards.plain("**a** [b](c) :red[d]") == r"\*\*a\*\* \[b\]\(c\) \:red\[d\]"


def test_the_age_is_that_of_the_picture(ids, database, at):
    keep(database, ids["C5"], at - timedelta(minutes=5))
    said = cards.still(camera(ids, "C5"))
    assert "ภาพเมื่อ 23 พ.ย. 2569 11:55" in said
    assert 'class="still"' in said
    assert f"/stills/{ids['C5']}.jpg?wish=1" in said


def test_an_old_picture_is_grey_and_says_so_in_words(ids, database, at):
    keep(database, ids["C5"], at - timedelta(hours=3))
    said = cards.still(camera(ids, "C5"))
    assert 'class="still old"' in said
    assert "ภาพเก่า ถ่ายเมื่อ 3 ชม. ก่อน" in said


def test_without_a_picture_the_reason_stands_there_and_one_is_wished_for(ids):
    said = cards.still(camera(ids, "C0"))
    assert "ยังไม่มีภาพ" in said
    assert "ไม่ตอบภายในเวลา" in said
    assert "?wish=1" in said


def test_status_is_told_by_sign_word_and_time(ids):
    said = cards.heading(camera(ids, "C0"))
    assert 'class="glyph"' in said
    assert "<b>ล่ม</b>" in said
    assert "ตั้งแต่ 23 พ.ย. 2569 11:00 (1 ชม.)" in said


def test_availability_stands_beside_the_time_nobody_knows_of(ids, at):
    # watched 10 of 24 hours, down for 2 of them
    assert cards.available(ids["C0"], 1, at) == "80.0% (ไม่ทราบ 58.3% ของเวลา)"
    assert cards.available(ids["C1"], 1, at) == "ไม่เคยเฝ้าดูในช่วงนี้"


def test_what_is_not_known_is_said(ids):
    said = cards.facts([("ทิศ", None), ("<x>", "<y>")])
    assert '<dd class="none">ไม่ทราบ</dd>' in said
    assert "&lt;x&gt;" in said
    assert "<y>" not in said
