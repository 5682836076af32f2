"""The inventory page: finding, paging, importing after a look, correcting."""

import pytest

from data.inventory import load_cameras
from data.watch.roster import inventory_number
from tests.pages.small_country import HOSTILE, html, open_page, settle
from ui import mending, register, state

LIST = "รหัสกล้อง,ชื่อ,lat,lon\nN1,เสาใหม่,13.66,102.54\nN2,ไม่มีพิกัด,,\n".encode()


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def test_it_lists_cameras_in_trouble_first_and_names_are_plain(ids):
    app = open_page("cameras")
    assert not app.exception
    shown = app.dataframe[0].value
    assert shown["code"].tolist()[:2] == ["C0", "C1"]
    assert HOSTILE in shown["name"].tolist()
    assert "ทะเบียนมีกล้อง 11 ตัว ของ 2 หน่วยงาน ไม่รู้ทิศที่หัน 1 ตัว" in html(app)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"q": "c4"}, ["C4"]),
        ({"q": "ทัพเสด็จ หลักเขต"}, ["C4"]),
        ({"status": "down"}, ["C0"]),
        ({"agency": "กรมทางหลวง"}, ["C5"]),
        ({"q": "("}, ["C3"]),
    ],
)
def test_the_link_finds(ids, query, codes):
    app = open_page("cameras", **query)
    assert not app.exception
    assert app.dataframe[0].value["code"].tolist() == codes


def test_in_english_provinces_have_their_english_names(ids):
    app = open_page("cameras", lang="en", province="สระแก้ว")
    assert set(app.dataframe[0].value["province"]) == {"Sa Kaeo"}
    assert app.multiselect(key="province").options == ["Sa Kaeo"]


def test_nothing_found_says_what_to_try(ids):
    assert "ไม่มีกล้องตรงกับที่ค้น" in html(open_page("cameras", q="ไม่มีแน่"))


def test_a_page_is_all_that_goes_to_the_browser(ids, monkeypatch):
    monkeypatch.setattr(register, "PAGE", 4)
    app = open_page("cameras", page="2")
    assert len(app.dataframe[0].value) == 4
    assert "5–8 จาก 11 ตัว" in html(app)
    app.button(key="turn-after").click().run()
    assert len(app.dataframe[0].value) == 3
    assert len(open_page("cameras", page="x9").dataframe[0].value) == 4


def test_several_filters_hold_together(ids, database):
    app = open_page("cameras", status="up", linked="linked", agency="กองกำลังบูรพา")
    assert app.dataframe[0].value["code"].tolist() == ["C3", "C5", "C7", "C9"]


def test_a_list_is_looked_at_before_it_is_imported(database):
    app = open_page("cameras")
    app.file_uploader(key="file").upload("list.csv", LIST, "text/csv").run()
    assert not app.exception
    assert inventory_number(database) == 0
    assert "ถ้านำเข้า list.csv" in html(app)
    assert app.dataframe[0].value["outcome"].tolist() == ["rejected"]
    app.button(key="import-now").click().run()
    assert not app.exception
    assert "นำเข้า list.csv แล้ว" in html(app)
    assert load_cameras(database)["code"].tolist() == ["N1"]


def test_a_broken_file_is_told_in_a_sentence_and_changes_nothing(database):
    app = open_page("cameras")
    app.file_uploader(key="file").upload("list.xlsx", b"PK\x03\x04 nonsense", "application/x").run()
    assert not app.exception
    assert "ทะเบียนยังเหมือนเดิม" in app.error[0].value
    assert inventory_number(database) == 0


def test_rounding_for_the_screen_corrects_nothing():
    assert mending._shown("bearing_deg", 159.3733) == 159.4
    assert mending._shown("lon", 102.12345678) == 102.123457
    assert mending._shown("hfov_deg", float("nan")) is None


def test_the_chosen_camera_can_be_put_right(ids, database):
    app = open_page("cameras")
    app.session_state[state.CHOSEN] = ids["C2"]
    app.run()
    assert not app.exception
    assert "ทิศที่หันไป" in html(app)
