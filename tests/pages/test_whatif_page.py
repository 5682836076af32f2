"""The page of what-ifs, on a small country: what goes blind with something, and what one more camera would see."""

import re
from datetime import timedelta

import pytest
from sqlmodel import delete, select

from data.database import next_number
from data.geography import load_border
from data.models import INVENTORY, Agency, Camera, CameraState, WatchSpan
from tests.pages.small_country import HOSTILE, html, map_data, open_page, settle
from ui import cache, state
from ui.words import moment

WEST_OF_LINE = 0.0006  # of a degree, 65 m


@pytest.fixture
def page(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    settle(database, at)
    with database.write() as session:
        for camera in session.exec(select(Camera).where(Camera.code.in_(["C6", "C7"]))):
            camera.site = "เสา <b>7"
        next_number(session, INVENTORY)
    return open_page


def said(app) -> str:
    found = re.search(r'<h1 class="finding">(.*?)</h1>', html(app))[1]
    return found.replace("\u00a0", " ").replace("\u2060", "")


def place_at(at_m: float, east_deg: float = -WEST_OF_LINE) -> str:
    lon, lat = load_border().point_at(at_m)
    return f"{lon + east_deg:.5f},{lat:.5f}"


def layer(app, name):
    return map_data(app, state.WHATIF_MAP)["layers"].get(name)


def test_it_opens_with_what_the_border_hangs_on_most_and_lists_the_worst_first(page):
    app = page("whatif")
    assert not app.exception
    listed = app.dataframe[0].value
    assert said(app).startswith(f"ชายแดนสระแก้วพึ่ง {listed['name'].iloc[0]} มากกว่ากล้องตัวอื่น")
    assert listed["day"].is_monotonic_decreasing
    assert not listed["name"].str.startswith("C0 ").any(), "it is down already"
    unknown = listed[listed["name"].str.startswith("C1 ")].iloc[0]
    assert unknown["day"] == 0 < unknown["day_most"]
    assert layer(app, "supposed") is None


def test_a_link_switches_a_camera_off_and_says_what_is_lost_where(page):
    app = page("whatif", off="camera:C6")
    assert not app.exception
    assert re.match(
        r"ถ้าปิด C6 · เสา 6 ชายแดนสระแก้วที่เห็นแน่นอนจะหายไป กลางวัน \d+ ม\. กลางคืน \d+ ม\. ยาวสุดที่ ต\.", said(app)
    )
    gaps = app.dataframe[1].value
    assert set(gaps["light"]) == {"กลางวัน", "กลางคืน"}
    assert (gaps["change"] == "เห็นแน่นอน → ไม่เห็น").any()
    assert len(layer(app, "supposed")["data"]) == (gaps["light"] == "กลางวัน").sum()
    assert len(layer(app, "off")["data"]) == 1


def test_a_pole_takes_all_its_cameras_and_its_name_is_never_markup(page):
    app = page("whatif", off="site:เสา <b>7", by="site")
    assert not app.exception
    assert "จุดติดตั้ง เสา &lt;b&gt;7" in said(app)
    assert "<b>7" not in html(app)
    assert "กล้องที่เห็นแนวนี้ 2 ตัว" in html(app)
    assert app.dataframe[0].value["name"].tolist() == ["เสา <b>7"]
    app.button(key="clear-off").click().run()
    assert state.OFF not in app.query_params
    assert said(app).startswith("ชายแดนสระแก้วพึ่ง C")


def test_a_camera_nobody_knows_the_status_of_gives_a_band_never_one_certain_figure(page):
    app = page("whatif", off="camera:C1")
    assert re.match(r"ถ้าปิด C1 · เสา 1 อาจเสียชายแดนสระแก้ว กลางวัน 0–\d+ ม\.", said(app))
    assert "ไม่ทราบสถานะหรือภาพเสีย 1 ตัว" in html(app)
    planned = page("whatif", off="camera:C1", when="planned")
    assert "ชายแดนสระแก้วที่เห็นแน่นอนจะหายไป" in said(planned)


def test_a_camera_that_is_down_has_nothing_to_lose(page):
    app = page("whatif", off="camera:C0")
    assert said(app) == "ถ้าปิด C0 · เสา 0 ไม่เสียชายแดนสระแก้วที่เห็นเลย"
    assert "ล่มหรือซ่อมอยู่แล้ว 1 ตัว" in html(app)


def test_a_code_two_agencies_use_is_told_apart_by_the_link(page, database):
    with database.read() as session:
        second = session.exec(select(Agency.id).where(Agency.name_en == "Highways")).one()
    first, other = (page("whatif", off="camera:C5", of=of) for of in ("1", str(second)))
    assert said(first) != said(other)


@pytest.mark.parametrize("off", ["camera:nobody", "site:", "moon:1", "<b>"])
def test_what_a_link_names_that_there_is_not_is_said_and_nothing_is_switched_off(page, off):
    app = page("whatif", off=off)
    assert not app.exception
    assert "ในทะเบียน หรือกล้องของรายการนี้ไม่เห็นแนวนี้" in html(app)
    assert "<b> " not in html(app)
    assert layer(app, "supposed") is None


def test_the_list_is_searched_by_code_and_by_name_and_a_harmless_camera_is_named(page):
    app = page("whatif")
    app.text_input(key="losing-search").input("C7").run()
    assert [name.split(" ")[0] for name in app.dataframe[0].value["name"]] == ["C7"]
    app.text_input(key="losing-search").input("C0").run()
    assert "ปิดแล้วไม่เสียแนวที่เห็น: C0" in html(app)
    app.text_input(key="losing-search").input("nothing like it").run()
    assert "ไม่มีรายการที่ตรงกับคำนี้" in html(app)


def test_a_kind_of_group_nobody_named_says_so(page):
    assert "ทะเบียนไม่มีชื่อกลุ่มแบบนี้" in html(page("whatif", by="network"))


def test_english_says_the_same(page):
    app = page("whatif", lang="en", off="camera:C7")
    assert not app.exception
    assert re.match(
        r"Without C7 · เสา 7, \d+ m of the Sa Kaeo border by day and \d+ m by night would no", said(app)
    )


def test_where_nobody_ever_looked_it_claims_nothing_certain(page, database):
    with database.write() as session:
        session.execute(delete(CameraState))
        session.execute(delete(WatchSpan))
    app = page("whatif")
    assert said(app).startswith("ขณะนี้ไม่มีกล้องตัวใดเห็นชายแดนสระแก้วแน่นอน")
    assert (app.dataframe[0].value["day"] == 0).all()
    one = page("whatif", off="camera:C6")
    assert re.match(r"ถ้าปิด C6 · เสา 6 อาจเสียชายแดนสระแก้ว กลางวัน 0–\d+ ม\.", said(one))
    assert "ยังไม่เคยตรวจกล้อง" in html(one)


def test_of_old_statuses_it_says_first_since_when_nobody_looked(page, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(hours=1))
    for query in ({}, {"off": "camera:C6"}, {"part": "add", "point": place_at(40_000)}):
        assert moment(at) in said(page("whatif", **query)).split(" · ")[0]
    assert said(page("whatif", off="camera:C6", when="planned")).startswith("ถ้าปิด C6")


def test_a_hostile_name_stays_text(page):
    app = page("whatif", off="camera:C3")
    assert not app.exception
    assert HOSTILE not in html(app)
    assert "&lt;img src=x" in said(app)


def test_without_cameras_it_says_what_to_do_and_one_may_still_be_added(database):
    app = open_page("whatif")
    assert not app.exception
    assert "นำเข้าบัญชีกล้อง" in html(app)
    added = open_page("whatif", part="add", point=place_at(21_250), bearing="90")
    assert not added.exception
    assert said(added).startswith("กล้องนี้จะทำให้เห็นชายแดนสระแก้วแน่นอนเพิ่ม")


def test_one_more_camera_says_what_it_adds_and_is_drawn_with_its_ground(page):
    app = page("whatif", part="add", point=place_at(40_000), bearing="90", hfov="40")
    assert not app.exception
    assert re.match(r"กล้องนี้จะทำให้เห็นชายแดนสระแก้วแน่นอนเพิ่ม กลางวัน [1-9]\d* ม\.", said(app))
    assert layer(app, "pose-ground")["data"]
    assert layer(app, "supposed")["data"]
    gained = app.dataframe[0].value
    assert (gained["change"] == "ไม่เห็น → เห็นแน่นอน").all()
    assert app.number_input(key="pose-hfov").value == 40
    app.number_input(key="pose-ir").set_value(0).run()
    assert app.query_params[state.IR] == "0"
    assert " กลางคืน 0 ม." in said(app)


def test_the_wrong_side_is_refused_with_how_far_to_go_and_nothing_is_counted(page):
    app = page("whatif", part="add", point="102.56300,13.65600")
    assert not app.exception
    assert said(app).startswith("จุดนี้อยู่เลยเส้นไป 705 ม. กล้องต้องอยู่ฝั่งไทย")
    assert layer(app, "supposed") is None
    assert not app.dataframe


def test_a_place_is_written_in_any_usual_way_and_the_camera_turns_to_the_line(page):
    app = page("whatif", part="add")
    assert said(app) == "คลิกบนแผนที่เพื่อวางกล้องใหม่ แล้วดูว่าเห็นชายแดนสระแก้วเพิ่มเท่าใด"
    lon, lat = load_border().point_at(40_000)
    app.text_input(key="pose-where").input(f"{lat:.5f}N {lon - WEST_OF_LINE:.5f}E").run()
    assert not app.exception
    assert app.query_params[state.POINT] == place_at(40_000)
    assert said(app).startswith("กล้องนี้จะทำให้เห็นชายแดนสระแก้วแน่นอนเพิ่ม")
    assert app.query_params[state.BEARING] == f"{app.number_input(key='pose-bearing').value:.0f}"
    app.text_input(key="pose-where").input("the moon").run()
    assert "อ่านเป็นพิกัดไม่ได้" in html(app)
    app.text_input(key="pose-where").input("48.85, 2.35").run()
    assert "นอกประเทศไทย" in html(app)
    assert app.query_params[state.POINT] == place_at(40_000), "it stands where it stood"


def test_the_camera_turns_to_where_it_adds_most_and_is_taken_away_again(page):
    app = page("whatif", part="add", point=place_at(40_000), bearing="270")
    before = said(app)
    app.button(key="turn-best").click().run()
    assert said(app) != before
    assert app.query_params[state.BEARING] != "270"
    app.button(key="take-away").click().run()
    assert state.POINT not in app.query_params
    assert said(app).startswith("คลิกบนแผนที่")


@pytest.mark.parametrize(
    "query",
    [
        {"bearing": "900"}, {"hfov": "nan"}, {"pixels": "12"}, {"height": "-4"}, {"tilt": "x"}, {"ir": "1e9"},
        {"kind": "moon"}, {"point": "nowhere"}, {"point": "200,95"}, {"point": "2.35,48.85"},
        {"kind": "ptz"}, {"kind": "thermal"},
    ],
)  # fmt: skip
def test_whatever_a_link_says_of_a_camera_the_page_stands(page, query):
    app = page("whatif", **({"part": "add", "point": place_at(40_000), "bearing": "90"} | query))
    assert not app.exception
    assert said(app)


def test_a_ptz_only_may_see(page):
    app = page("whatif", part="add", point=place_at(40_000), kind="ptz", lang="en")
    assert said(app).startswith("This camera might see 0–")
    assert app.dataframe[0].value["change"].unique().tolist() == ["not seen → possibly seen"]
