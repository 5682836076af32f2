"""Pages of gaps, of the past and of what-ifs on another line than the border: one people brought."""

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from shapely import Point, box

from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.ground.layers import keep
from data.ground.tables import LayerKind
from geo.see.levels import Edition
from tests.data.lines.drawn import LENGTH_M, REACH_M, bring_road, layer, two_cameras
from tests.pages.small_country import html, map_data, open_page
from ui import cache, state

KM = LENGTH_M / 1000


@pytest.fixture
def page(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    two_cameras(database, at)
    bring_road(database, at)
    return open_page


def said(app) -> str:
    found = re.search(r'<h1 class="finding">(.*?)</h1>', html(app))[1]
    return unescape(found).replace("\u00a0", " ").replace("\u2060", "")


def test_a_brought_line_is_found_by_the_link_and_its_gaps_are_those_worked_out_by_hand(page):
    app = page("gaps", line="road")
    assert not app.exception
    assert said(app).startswith("ขณะนี้กล้องไม่เห็น“ถนนสาย 3” 10.9–11.0 จาก 11.1 กม. ยาวสุด 6.0 กม. ที่ จ.สระแก้ว")
    shown = app.dataframe[0].value
    assert shown["band"].tolist() == ["ไม่เห็น", "ไม่เห็น", "ไม่เห็น", "อาจเห็น"]
    assert shown["length"].sum() == pytest.approx(KM - REACH_M / 1000, abs=0.002)
    assert set(shown["place"]) == {"สระแก้ว"}
    drawn = map_data(app, state.GAPS_MAP)
    assert drawn["layers"]["border"]["data"].startswith("/live/line.json?line=road&h=")
    assert "line=road" in drawn["query"]
    assert "line=road" in drawn["layers"]["gaps-live"]["source"]
    assert drawn["view"]["lon"] == pytest.approx(102.3)
    assert drawn["view"]["lat"] == pytest.approx(13.65)


def test_the_file_of_a_brought_line_is_the_list_on_screen(page, database, at, tmp_path):
    app = page("gaps", line="road", from_m="4000", to_m="5050")
    link = unescape(re.search(r'href="(/exports/gaps[.]geojson[^"]+)"', html(app))[1])
    view = GapView.read(database, urlsplit(link).query, edition=Edition.Y2025)
    said = export_gaps(database, Fleet(database).now(), tmp_path / "gaps.geojson", view, at=at)
    rows = json.loads((tmp_path / "gaps.geojson").read_text(encoding="utf-8"))["features"]
    spans = {f"{row['properties']['from']}–{row['properties']['to']}" for row in rows}
    assert spans == set(app.dataframe[0].value["span"])
    assert said["line"] == "road"
    assert len(spans) == 2


def test_a_line_has_its_own_level_and_light_and_choosing_another_forgets_chainages_of_the_one_before(
    page, database, at
):
    bring_road(database, at, level_px_m=40, light="night")
    app = page("gaps", line="road", from_m="4000", to_m="5050")
    assert (app.session_state[state.LEVEL], app.session_state[state.LIGHT]) == (40, "night")
    assert state.LEVEL not in app.query_params, "it is what the line's link means"
    app.selectbox(key=state.LINE).select("sakaeo").run()
    assert not app.exception
    assert (app.session_state[state.LEVEL], app.session_state[state.LIGHT]) == (20, "day")
    assert state.STRETCH_FROM not in app.query_params
    assert "ชายแดนสระแก้ว" in said(app)
    moved = map_data(app, state.GAPS_MAP)["fly"]
    assert (moved["lon"], moved["lat"]) == (102.62, 13.74)


def test_the_whole_border_is_there_to_be_chosen_and_has_no_subdistricts(page):
    app = page("gaps", line="cambodia", lang="en")
    assert not app.exception
    assert app.selectbox(key=state.LINE).options == ["Sa Kaeo border", "Thai-Cambodian border", "ถนนสาย 3"]
    assert said(app).startswith(
        "Cameras do not see 857 of the 857 km of the Thai-Cambodian border now; the longest"
    )
    assert "tambon" not in html(app).lower()


@pytest.mark.parametrize("name", ["gaps", "overtime", "whatif"])
def test_a_line_that_is_none_is_one_sentence_and_the_usual_one_is_shown(page, name):
    app = page(name, line="<b>moon")
    assert not app.exception
    assert "ไม่มีแนวชื่อ “&lt;b&gt;moon” จึงแสดงชายแดนสระแก้ว" in html(app)
    assert "<b>moon" not in html(app)
    assert "จึงแสดง" not in html(page(name))


def test_the_past_of_a_brought_line_is_told(page):
    app = page("overtime", line="road", days="1", then="2026-11-23T04:00:00+00:00")
    assert not app.exception
    # watched from two in the morning to noon: half of the day and a third of the night, 64 m and 30 m of 11.06 km
    assert "กล้องเห็น“ถนนสาย 3”แน่นอน 0.3% ของกิโลเมตร-ชั่วโมงกลางวัน และ 0.1% ของกลางคืน" in said(app)
    gaps = app.dataframe[-1].value
    assert gaps["length"].sum() == pytest.approx(KM - REACH_M / 1000, abs=0.002)


def test_what_a_brought_line_loses_with_its_only_camera_that_works(page):
    app = page("whatif", line="road", off="camera:R1")
    assert not app.exception
    assert said(app).startswith(
        "ถ้าปิด R1 · ถนน 1 “ถนนสาย 3”ที่เห็นแน่นอนจะหายไป กลางวัน 64 ม. กลางคืน 30 ม. ยาวสุดที่ จ.สระแก้ว"
    )


def test_a_camera_is_put_on_either_side_of_a_road_but_not_beyond_the_border(page):
    east, west = (Point(102.3 + step, 13.65) for step in (0.0002, -0.0002))
    for place in (east, west):
        app = page("whatif", line="road", part="add", point=f"{place.x:.5f},{place.y:.5f}", bearing="0")
        assert not app.exception
        assert said(app).startswith("กล้องนี้จะทำให้เห็น“ถนนสาย 3”แน่นอนเพิ่ม")
    beyond = page("whatif", line="cambodia", part="add", point="102.56300,13.65600")
    assert said(beyond).startswith("จุดนี้อยู่เลยเส้นไป 705 ม. กล้องต้องอยู่ฝั่งไทย")


def test_a_gap_reads_from_pillar_to_pillar_where_there_are_pillars(page, database, at):
    assert set(page("gaps", line="road").dataframe[0].value["pillars"]) == {""}
    stones = layer([Point(102.3, 13.6 + step) for step in (0.005, 0.06)], ["49", "50"])
    keep(database, stones, LayerKind.PILLAR, "pillars", source="p.gpkg", by="ก", at=at)
    cache.fleet().refresh()
    shown = page("gaps", line="road").dataframe[0].value
    told = dict(zip(shown["span"], shown["pillars"], strict=True))
    assert told["1+064–5+000"] == "หลักเขตที่ 49 ถึง 50"
    assert told["0+000–1+000"] == "ก่อนหลักเขตที่ 50"
    assert "pillar 49 to 50" in set(page("gaps", line="road", lang="en").dataframe[0].value["pillars"])


def test_a_band_is_drawn_named_in_the_legend_and_kept_free_of_cameras_that_are_thought_of(page, database, at):
    assert "bands" not in map_data(page("map"))["layers"]
    assert "แนวเขตแดนยังไม่แน่ชัด" not in html(page("map"))
    band = box(102.29, 13.64, 102.31, 13.66)
    keep(database, layer([band]), LayerKind.BAND, "band", source="b.gpkg", by="ก", at=at)
    cache.fleet().refresh()
    app = page("map")
    assert not app.exception
    assert map_data(app)["layers"]["bands"]["data"].startswith("/live/bands.json?h=")
    assert "แนวเขตแดนยังไม่แน่ชัด" in html(app)
    inside = page("whatif", line="road", part="add", point="102.30020,13.65000", bearing="0")
    assert not inside.exception
    assert said(inside).startswith("จุดนี้อยู่ในแถบที่แนวเขตแดนยังไม่แน่ชัด กล้องต้องอยู่ฝั่งไทยนอกแถบนี้")
    outside = page("whatif", line="road", part="add", point="102.30020,13.67000", bearing="0")
    assert said(outside).startswith("กล้องนี้จะทำให้เห็น")
