"""Cards on real rows: names are text, pictures say their own age, what is unknown is said."""

import pytest

from tests.pages.small_country import settle
from ui import cache, cards


@pytest.fixture
def ids(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    return settle(database, at)


def camera(ids, code):
    return cache.camera(cache.snapshot().row_of(ids[code]))


def test_a_hostile_name_is_text(ids):
    said = cards.heading(camera(ids, "C3"))
    assert "<img" not in said
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in said


def test_a_label_of_a_widget_holds_no_markdown():
    assert cards.plain("**a** [b](c) :red[d]") == r"\*\*a\*\* \[b\]\(c\) \:red\[d\]"


def test_only_of_a_camera_that_works_a_picture_may_show_now_and_not_for_long(ids):
    working, dead = (cards.picture(camera(ids, code)) for code in ("C5", "C0"))
    assert f'data-still="{ids["C5"]}" data-old-s="600" data-works="1"' in working
    assert f'data-still="{ids["C0"]}" data-old-s="600" data-works="0"' in dead


def test_without_a_picture_the_reason_stands_there(ids):
    said = cards.picture(camera(ids, "C0"))
    assert "ยังไม่มีภาพ" in said
    assert "ไม่ตอบภายในเวลา" in said


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
