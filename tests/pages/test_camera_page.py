"""The camera page: right camera, unknown said as unknown, a code of two agencies."""

import pytest

from data.models import Camera
from tests.pages.small_country import LONG_NAME, html, open_page, settle


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def test_it_shows_the_camera_of_the_link_with_its_outages(ids):
    app = open_page("camera", camera="C0")
    assert not app.exception
    said = html(app)
    assert "<b>ล่ม</b>" in said
    assert "ยังไม่มีภาพ" in said
    outages = app.dataframe[0].value
    assert outages["ended"].tolist() == ["ยังล่มอยู่", "23 พ.ย. 2569 10:00"]
    assert outages["reason"].tolist() == ["ไม่ตอบภายในเวลา", "ปฏิเสธการเชื่อมต่อ"]


def test_an_unknown_bearing_is_said_as_unknown(ids):
    said = html(open_page("camera", camera="C2"))
    assert '<dt>ทิศที่หันไป</dt><dd class="none">ไม่ทราบ</dd>' in said


def test_names_are_text_however_long_or_hostile(ids):
    assert LONG_NAME in html(open_page("camera", camera="C4"))
    hostile = html(open_page("camera", camera="C3"))
    assert "&lt;img src=x" in hostile
    assert "<img src=x" not in hostile


def test_of_a_code_that_two_agencies_use_the_reader_chooses(ids, database):
    app = open_page("camera", camera="C5")
    assert not app.exception
    assert "2 หน่วยงาน" in app.selectbox(key="whose").label
    with database.read() as session:
        owner = session.get(Camera, ids["second C5"]).owner_id
    app = open_page("camera", camera="C5", of=str(owner))
    assert not app.selectbox
    assert "<dd>กรมทางหลวง</dd>" in html(app)


def test_a_camera_that_is_not_there_is_said_to_be_missing(ids):
    app = open_page("camera", camera="<b>X</b>")
    assert not app.exception
    assert "ไม่พบกล้องรหัส &lt;b&gt;X&lt;/b&gt;" in html(app)


def test_without_a_camera_it_says_where_to_find_one(database):
    app = open_page("camera", lang="en")
    assert not app.exception
    assert "Click a camera on the map" in html(app)
