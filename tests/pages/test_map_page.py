"""The map page, on a small country."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from data.database import next_number
from data.files.formats import ENDINGS
from data.geography import load_border
from data.models import SEQ, CameraState, Status
from data.settings import settings
from tests.pages.small_country import HOSTILE, html, map_data, open_page, settle
from ui import cache, mapcards, mapview, state


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def words(app):
    return re.sub("<[^>]+>", "", html(app))


def fail(database, at, camera_id):
    with database.write() as session:
        now = session.get(CameraState, camera_id)
        now.status, now.since, now.reason, now.seq = Status.DOWN, at, "timeout", next_number(session, SEQ)
        session.add(now)
    cache.fleet().refresh()


def test_it_shows_counts_of_every_status_unknown_beside_the_others(ids):
    app = open_page("map")
    assert not app.exception
    said = html(app)
    for word, count in (("ใช้ได้", 9), ("ล่ม", 1), ("ไม่ทราบ", 1), ("ภาพเสีย", 0), ("ซ่อมบำรุง", 0)):
        assert re.search(rf"{word}<span [^>]*>{count}</span>", said)
    assert "11 จาก 11 ตัว" in words(app)


def test_the_link_opens_a_camera_goes_there_and_marks_it(ids):
    app = open_page("map", camera="C0")
    known = cache.snapshot()
    row = known.row_of(ids["C0"])
    sent = map_data(app)
    assert sent["fly"]["lon"] == pytest.approx(known.lon[row])
    assert sent["layers"]["ring"]["data"][0]["c"] == [known.lon[row], known.lat[row]]
    assert "ไม่ตอบภายในเวลา" in html(app)
    app.button(key="close-card").click().run()
    assert state.CAMERA not in app.query_params
    assert "ring" not in map_data(app)["layers"]


def test_a_link_that_says_where_to_look_is_not_overruled(ids):
    assert map_data(open_page("map", camera="C0", at="100.5,13.7,12"))["fly"] is None


def test_of_two_cameras_with_one_code_the_link_names_the_one_that_was_picked(ids):
    for owner, code in (("first", "C5"), ("second", "second C5")):
        known = cache.snapshot()
        number = str(known.inventory["owner_id"].iloc[known.row_of(ids[code])])
        app = open_page("map", camera="C5", of=number)
        place = map_data(app)["layers"]["ring"]["data"][0]["c"]
        assert place[0] == known.lon[known.row_of(ids[code])], owner


@pytest.mark.parametrize(
    "link",
    [
        {"camera": "<b>X</b>"},
        {"gap": "x-y"},
        {"gap": "5-4"},
        {"gap": "0-999999999"},
        {"gap": "nan-inf"},
        {"point": "1"},
        {"point": "nan,inf"},
        {"point": "102,139"},
        {"status": "asleep"},
        {"level": "x"},
        {"light": "<script>"},
        {"border": "maybe"},
    ],
)
def test_nonsense_in_the_link_is_never_a_stack_trace(ids, link):
    app = open_page("map", **link)
    assert not app.exception
    assert not {"ring", "pin", "stretch"} & map_data(app)["layers"].keys()


def test_a_filter_that_names_nothing_is_said_and_left_out(ids):
    app = open_page("map", province="แอตแลนติส", status="up")
    said = html(app)
    assert "province=แอตแลนติส" in said
    assert "9 จาก 11 ตัว" in words(app)
    assert parse_qs(map_data(app)["query"]) == {"status": ["up"]}


def test_a_filter_that_leaves_nothing_says_so(ids):
    assert "ไม่มีกล้องตรงกับตัวกรองนี้" in html(open_page("map", q="ไม่มีแน่"))


def test_tiles_changes_counts_and_files_are_asked_for_by_one_filter(ids):
    app = open_page("map", q="เสา", linked="linked", light="night", level="125")
    asked = {"q": ["เสา"], "linked": ["linked"], "light": ["night"], "level": ["125"]}
    sent = map_data(app)
    assert parse_qs(sent["query"]) == asked
    for name in ("sectors", "cameras", "clusters"):
        address = sent["layers"][name]["address"]
        assert {k: v for k, v in parse_qs(urlsplit(address).query).items() if k != "v"} == asked
    said = html(app)
    links = [part.split('"')[0].replace("&amp;", "&") for part in said.split('href="')[1:] if "/exports/" in part]
    files = {link.split("?")[0]: parse_qs(urlsplit(link).query) for link in links}
    assert files["/exports/cameras.csv"] == files["/exports/cameras.shp.zip"] == asked
    assert {f"/exports/{what}{ending}" for what in ("cameras", "coverage") for ending in ENDINGS} <= set(files)
    assert {k: files["/exports/map.html"][k] for k in asked} == asked
    assert "การเชื่อมโยง เชื่อมโยงแล้ว · มีคำว่า “เสา”" in said
    assert "4 จาก 11 ตัว" in words(app)  # C1, C5, C7 and C9: the hostile name of C3 does not hold the word


def test_another_ground_can_be_chosen_only_where_there_is_one(ids, monkeypatch):
    assert map_data(open_page("map"))["style"] == "/style.json?theme=light&ground=plain"
    monkeypatch.setenv("TAKHAI_BASEMAP", "https://tiles.example/{z}/{x}/{y}.png")
    settings.cache_clear()
    app = open_page("map")
    assert map_data(app)["style"] == "/style.json?theme=light&ground=base"
    assert map_data(open_page("map", ground="neutral"))["style"] == "/style.json?theme=neutral&ground=base"
    assert map_data(open_page("map", ground="moon"))["style"] == "/style.json?theme=light&ground=base"


def test_filters_can_all_be_taken_away(ids):
    app = open_page("map", q="เสา", linked="linked", status="up")
    app.button(key="clear-filter").click().run()
    assert map_data(app)["query"] == ""
    assert not {"q", "linked", "status"} & set(app.query_params)


def test_names_are_text_and_never_markup(ids):
    said = html(open_page("map", camera="C3"))
    assert HOSTILE not in said
    assert "&lt;img src=x onerror=" in said


def test_found_cameras_are_buttons_that_fly_there(ids):
    app = open_page("map")
    app.text_input(key=state.FIND).set_value("c7").run()
    app.button(key=f"found-{ids['C7']}").click().run()
    known = cache.snapshot()
    assert map_data(app)["fly"]["lat"] == pytest.approx(known.lat[known.row_of(ids["C7"])])
    assert app.query_params[state.CAMERA] == "C7"
    assert app.text_input(key=state.FIND).value == ""


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("12+340", *load_border().point_at(12_340)),
        ("13.66, 102.55", 102.55, 13.66),
        ("13°39'36\"N 102°33'00\"E", 102.55, 13.66),
        ("สระแก้ว", 102.3, 13.8),
    ],
)
def test_a_place_that_was_found_is_flown_to(ids, text, lon, lat):
    app = open_page("map")
    app.text_input(key=state.FIND).set_value(text).run()
    app.button(key="found-place-0").click().run()
    fly = map_data(app)["fly"]
    assert (fly["lon"], fly["lat"]) == (pytest.approx(lon, abs=0.3), pytest.approx(lat, abs=0.3))
    assert ("point" in app.query_params) == (text != "สระแก้ว")


def test_what_is_called_nothing_says_so(ids):
    app = open_page("map")
    app.text_input(key=state.FIND).set_value("<i>ไม่มีจริง").run()
    assert "ไม่พบสิ่งที่ชื่อ “&lt;i&gt;ไม่มีจริง”" in html(app)


def test_who_sees_a_place_is_told_by_level_and_certainty(ids):
    # 60 m along the line from camera C7, which looks along it and is up
    lon, lat = load_border().point_at(20_000 + 500 * 7 + 60)
    app = open_page("map", point=f"{lon:.5f},{lat:.5f}")
    said = html(app)
    assert "ตอนนี้กล้องเห็นจุดนี้แน่นอน 1 ตัว" in said
    assert "C7" in said
    assert "กม. 23+5" in said
    assert map_data(app)["layers"]["pin"]["data"][0]["c"] == [round(lon, 5), round(lat, 5)]
    assert "ไม่มีกล้องเห็นจุดนี้" in html(open_page("map", point="100.0,15.0"))


def test_a_camera_that_is_down_is_not_counted_as_seeing_now(ids):
    lon, lat = load_border().point_at(20_000 + 60)
    said = html(open_page("map", point=f"{lon:.5f},{lat:.5f}"))
    assert "ตอนนี้กล้องเห็นจุดนี้แน่นอน 0 ตัว" in said


def test_a_gap_in_the_link_is_marked_and_told(ids):
    gap = cache.gaps(20.0, "day", "live").iloc[0]
    app = open_page("map", gap=f"{gap['from_m']:.0f}-{gap['to_m']:.0f}")
    said = html(app)
    assert f"แนวชายแดน {gap['from']}–{gap['to']}" in said
    assert gap["subdistrict_th"] in said
    assert "stretch" in map_data(app)["layers"]
    assert map_data(app)["fly"] is not None


def test_a_camera_that_fails_sends_nothing_new_to_the_map_but_its_gap_grows(ids, database, at):
    app = open_page("map")
    before, gaps = map_data(app), cache.gaps(20.0, "day", "live")["length_m"].sum()
    fail(database, at, ids["C7"])
    app.run()
    after = map_data(app)
    # the map follows by itself: a page that runs again tells it nothing it would have to draw
    assert after["spec"] == before["spec"]
    assert after["view"] == before["view"]
    assert after["gaps"] != before["gaps"]
    assert cache.gaps(20.0, "day", "live")["length_m"].sum() > gaps
    assert re.search(r"ล่ม<span [^>]*>2</span>", html(app))


def test_cameras_on_one_mast_are_told_apart_from_those_nearby(ids):
    assert mapview.neighbours(5, within_m=8) == []
    near = mapview.neighbours(5, within_m=510)  # 500 m along the line are at most 500 m through the air
    assert {4, 6} <= set(near)
    assert 5 not in near
    assert 10 not in near


def test_the_sentence_of_a_place_keeps_certain_and_perhaps_apart(ids):
    open_page("map")
    assert mapcards.seen_words(2, 0) == "ตอนนี้กล้องเห็นจุดนี้แน่นอน 2 ตัว"
    assert mapcards.seen_words(0, 3) == "ตอนนี้กล้องเห็นจุดนี้แน่นอน 0 ตัว อาจเห็นอีก 3 ตัว"
