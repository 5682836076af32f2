"""The camera page: right camera, unknown said as unknown, a code of two agencies."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from data.fleet import shared
from data.geography import load_border
from data.ground.layers import keep
from data.ground.tables import LayerKind
from data.models import Camera, Status
from data.settings import settings
from data.watch.journal import Change, record
from data.watch.tables import Sight, StillKept
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


def look(database, camera_id, at, depth, **more):
    with database.write() as session:
        session.merge(Sight(camera_id=camera_id, depth=depth, looked_at=at, **more))


def test_it_says_how_far_the_last_look_went_and_what_is_wrong_since_when(ids, database, at):
    record(database, [Change(ids["C6"], Status.DEGRADED, at, "black", 1)])
    look(database, ids["C6"], at, 3, last_ok_at=at, still_every_s=420.0)
    said = html(open_page("camera", camera="C6"))
    assert "ตอบและภาพเดิน แต่ภาพมืด ตั้งแต่ 23 พ.ย. 2569 12:00" in said
    assert "<dt>ปกติครั้งล่าสุด</dt><dd>23 พ.ย. 2569 12:00 (" in said
    assert "<dt>ได้ภาพใหม่ทุก</dt><dd>7 นาที</dd>" in said


def test_of_a_healthy_camera_nothing_is_held_against_it(ids, database, at):
    look(database, ids["C6"], at, 5)
    said = html(open_page("camera", camera="C6", lang="en"))
    assert "Answers, its video advances and its picture is good</p>" in said
    assert '<dt>Last well</dt><dd class="none">' in said


def test_what_was_never_looked_at_has_only_its_reason(ids, database, at):
    look(database, ids["C0"], at, -1)
    assert '<p class="sight">ไม่ตอบภายในเวลา ตั้งแต่ 23 พ.ย. 2569 11:00</p>' in html(open_page("camera", camera="C0"))


def test_the_last_good_and_the_first_bad_picture_stand_side_by_side(ids, database, at):
    assert 'class="faults"' not in html(open_page("camera", camera="C0"))
    with database.write() as session:
        for which, reason in (("good", ""), ("bad", "black")):
            session.add(
                StillKept(camera_id=ids["C0"], which=which, captured_at=at, path=f"{which}.jpg", reason=reason)
            )
    said = html(open_page("camera", camera="C0"))
    good, bad = said.index("which=good"), said.index("which=bad")
    assert good < bad
    assert "ภาพดีครั้งสุดท้าย · 23 พ.ย. 2569 12:00<" in said
    assert "ภาพเสียครั้งแรก · 23 พ.ย. 2569 12:00 · ภาพมืด<" in said


def test_one_can_ask_to_see_it_now_and_a_refusal_has_words(ids):
    said = html(open_page("camera", camera="C6"))
    assert f'data-look="{ids["C6"]}"' in said
    assert "ไม่รับรหัสของเรา (401)" in said


def around(lon, lat, half_deg=0.00005):
    return box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)


def test_it_says_which_buildings_it_was_worked_out_with(ids, database, at):
    assert "ไม่มี: ยังไม่มีชั้นข้อมูลอาคาร" in html(open_page("camera", camera="C2"))
    lon, lat = load_border().point_at(21_000)  # where C2 stands
    houses = [around(lon + 0.0005, lat), around(lon, lat + 0.0005)]
    table = gpd.GeoDataFrame(
        {"name": "", "height_m": np.nan, "at": pd.NaT}, index=[0, 1], geometry=houses, crs=4326
    )
    keep(database, table, LayerKind.BUILDING, "town", source="f", by="ก", at=at)
    shared(settings().url).refresh()
    said = html(open_page("camera", camera="C2"))
    assert "<dt>อาคารที่นำมาคิด</dt><dd>2 หลังจากชั้นข้อมูล town</dd>" in said
    assert "<dt>ภูมิประเทศที่นำมาคิด</dt><dd>ไม่มี: ถือว่าพื้นราบ</dd>" in said
    far = html(open_page("camera", camera="C9", lang="en"))
    assert "<dt>Buildings considered</dt><dd>none within its reach</dd>" in far


def test_the_gaps_page_says_what_was_looked_past(ids, database, at):
    assert "ยังไม่คิดภูมิประเทศ อาคาร และต้นไม้" in html(open_page("gaps"))
    table = gpd.GeoDataFrame(
        {"name": "", "height_m": np.nan, "at": pd.NaT}, index=[0], geometry=[around(102.5, 13.7)], crs=4326
    )
    keep(database, table, LayerKind.BUILDING, "town", source="f", by="ก", at=at)
    shared(settings().url).refresh()
    assert "With what is hidden by buildings (town); trees are not looked at" in html(open_page("gaps", lang="en"))
