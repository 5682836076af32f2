"""The checkpoints page: Sa Kaeo first, assumed zones marked, unknown openings unknown."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from data.geography import load_checkpoints
from data.posts.lanes import lanes
from data.posts.openings import set_opening
from data.settings import settings
from demo.lanes import plant
from tests.pages.small_country import html, open_page, settle


def test_sa_kaeo_comes_first_and_assumed_zones_are_marked(database, at):
    settle(database, at)
    app = open_page("checkpoints")
    assert not app.exception
    shown = app.dataframe[0].value
    provinces = shown["province"].tolist()
    assert provinces[:6] == ["สระแก้ว"] * 6
    assert "สระแก้ว" not in provinces[6:]
    assert set(shown["zone"]) == {"สมมติ 500 ม."}
    assert set(shown["opening"]) == {"ไม่ทราบ"}


def test_the_link_chooses_a_checkpoint(database, at):
    settle(database, at)
    said = html(open_page("checkpoints", checkpoint="KH03", lang="en"))
    assert "<h3>Ban Khao Din</h3>" in said
    assert "assumed 500 m" in said


def test_without_cameras_nothing_is_seen_and_nothing_breaks(database):
    load_checkpoints(database)
    app = open_page("checkpoints")
    assert not app.exception
    assert set(app.dataframe[0].value["day"]) == {"0"}


def test_without_checkpoints_it_says_what_to_do(database):
    app = open_page("checkpoints")
    assert not app.exception
    assert "takhai init" in html(app)


def test_the_lanes_of_a_checkpoint_are_told_in_signs_and_words(database, at):
    settle(database, at)
    plant(database, at=at)
    app = open_page("checkpoints", lang="en", checkpoint="KH01")
    assert not app.exception
    said = html(app)
    assert "By day, 0 of 8 lanes are seen now" in said
    assert said.count('<i class="sign not_seen"></i>not seen<small>0% of it, 0 cameras</small>') == 14
    assert said.count("not asked for") == 2  # by night: lorries and people on foot
    assert said.count('class="tag">invented</span>') == 8
    assert "opening: not known" in said


def test_lanes_are_listed_by_state_and_the_files_are_of_the_same_lanes(database, at):
    settle(database, at)
    plant(database, at=at)
    every = open_page("checkpoints", lang="en", checkpoint="KH03")
    assert 'href="/exports/lanes.shp.zip?days=7"' in html(every)
    none = open_page("checkpoints", lang="en", checkpoint="KH01", state="seen")
    assert "No lane is in such a state now" in html(none)
    app = open_page("checkpoints", lang="en", checkpoint="KH01", state="not_seen", only="1", days="1")
    assert not app.exception
    said = html(app)
    assert said.count('class="tag">invented</span>') == 8
    assert 'href="/exports/lanes.csv?post=KH01&amp;state=not_seen&amp;days=1"' in said
    elsewhere = open_page("checkpoints", lang="en", checkpoint="KH03", only="1")
    assert "No lane is in such a state now" not in html(elsewhere)
    assert "Ban Khao Din has no lanes yet" in html(elsewhere)


def test_a_checkpoint_without_lanes_says_how_to_draw_some(database, at):
    settle(database, at)
    said = html(open_page("checkpoints", lang="en", checkpoint="KH03"))
    assert "Ban Khao Din has no lanes yet" in said


def test_the_opening_that_holds_is_shown_with_its_date(database, at):
    settle(database, at)
    set_opening(
        database, "KH03", "closed", datetime(2025, 6, 7, 3, tzinfo=UTC), note="", source="คำสั่ง", by="ก", at=at
    )
    app = open_page("checkpoints", checkpoint="KH03")
    assert "ปิด (7 มิ.ย. 2568)" in html(app)
    assert "ปิด (7 มิ.ย. 2568)" in set(app.dataframe[0].value["opening"])


@pytest.fixture
def english(monkeypatch):
    """The app speaks English by itself: a test that goes on with a page words its choices outside of it."""
    monkeypatch.setenv("TAKHAI_LANGUAGE", "en")
    settings.cache_clear()


def editor(database, at):
    settle(database, at)
    plant(database, at=at)
    return open_page("checkpoints", checkpoint="KH01", part="draw")


def draft(app):
    return app.session_state["lane_draft"]


@pytest.mark.usefixtures("english")
def test_a_lane_is_drawn_kept_and_saved_under_a_name(database, at):
    app = editor(database, at)
    assert not app.exception
    assert app.button("lane-put").disabled  # nothing was clicked
    draft(app).points.extend([(102.5480, 13.6620), (102.5484, 13.6621)])  # as clicks on the map do
    app.run()
    app.text_input(f"lane-code-{draft(app).turn}-").set_value("X-RAY")
    app.selectbox(f"lane-use-{draft(app).turn}-").set_value("truck")
    app.number_input(f"lane-width-{draft(app).turn}-").set_value(4.5)
    app.button("lane-put").click().run()
    assert "1 lanes are changed and not saved yet" in html(app)
    assert len(lanes(database)) == 8  # not yet
    app.button("lanes-save").click().run()
    assert [error.value for error in app.error] == ["Write your name first: it stands beside all you do"]
    app.text_input("who").set_value("สมชาย").run()
    app.button("lanes-save").click().run()
    assert not app.exception
    assert [one.value for one in app.success] == ["Saved: 1 lanes written, 0 retired"]
    new = lanes(database)[-1]
    assert (new.drawn.code, new.drawn.use, new.drawn.width_m, new.made_by) == ("X-RAY", "truck", 4.5, "สมชาย")
    assert new.drawn.points == ((102.5480, 13.6620), (102.5484, 13.6621))


@pytest.mark.usefixtures("english")
def test_a_lane_is_changed_turned_round_and_another_retired(database, at):
    app = editor(database, at)
    before = {lane.drawn.code: lane.drawn for lane in lanes(database)}
    app.selectbox("lane-0").set_value("IN-1").run()
    assert draft(app).points == list(before["IN-1"].points)
    app.button("lane-turn").click().run()
    app.number_input("lane-level-0-IN-1").set_value(250.0)
    app.button("lane-put").click().run()
    app.selectbox("lane-1").set_value("WALK").run()
    app.button("lane-retire").click().run()
    app.text_input("who").set_value("ก").run()
    app.button("lanes-save").click().run()
    after = {lane.drawn.code: lane.drawn for lane in lanes(database)}
    assert before.keys() - after.keys() == {"WALK"}
    assert after["IN-1"] == replace(before["IN-1"], level_px_m=250.0, points=before["IN-1"].points[::-1])


@pytest.mark.usefixtures("english")
def test_a_lane_that_breaks_a_rule_is_told_and_not_kept(database, at):
    app = editor(database, at)
    draft(app).points.append((102.5480, 13.6620))
    app.run()
    app.button("lane-put").click().run()
    assert "points that differ, got 1" in app.error[0].value.replace("\\", "")
    assert draft(app).changed == 0
    draft(app).points.append((102.5484, 13.6621))
    app.run()
    app.number_input("lane-level-0-").set_value(0.0)
    app.button("lane-put").click().run()
    assert "level lies above 0" in app.error[0].value.replace("\\", "")
    app.text_input("lane-code-0-").set_value("IN-1")
    app.button("lane-put").click().run()
    assert "There is a lane IN" in app.error[0].value


@pytest.mark.usefixtures("english")
def test_lanes_come_from_a_file_and_a_broken_one_changes_nothing(database, at):
    app = editor(database, at)
    feature = {
        "type": "Feature", "properties": {"use": "in", "code": "F"},
        "geometry": {"type": "LineString", "coordinates": [[102.548, 13.662], [102.5484, 13.6621]]},
    }  # fmt: skip

    def bring(*features):
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        app.file_uploader("lane-file-KH01").set_value(("lanes.geojson", content, "application/json")).run()

    bring(feature, feature | {"properties": {"code": "G"}})
    assert "row 2 of lanes.geojson has no use" in app.error[0].value.replace("\\", "")
    assert draft(app).changed == 0
    bring(feature, feature | {"properties": {"use": "out", "code": "G"}})
    assert not app.exception
    assert [lane.code for lane in draft(app).lanes[-2:]] == ["F", "G"]
    assert draft(app).changed == 2


@pytest.mark.usefixtures("english")
def test_an_opening_is_written_down_with_its_source_and_listed(database, at):
    settle(database, at)
    app = open_page("checkpoints", checkpoint="KH03", part="opening")
    assert not app.exception
    assert "as the project ships it" in html(app)
    app.selectbox("opening-status-0").set_value("closed")
    app.date_input("opening-day-0").set_value(date(2568, 6, 7))
    app.text_input("opening-source-0").set_value("Burapha Force")
    app.text_input("who").set_value("ก")
    app.button("opening-write").click().run()
    assert "2568 is a Buddhist year: write 2025" in app.error[0].value.replace("\\", "")
    app.date_input("opening-day-0").set_value(date(2025, 6, 7))
    app.button("opening-write").click().run()
    assert not app.exception
    assert not app.error
    said = html(app)
    assert "closed since 7 Jun 2025 00:00" in said
    assert "Burapha Force" in said
    assert "closed (7 Jun 2025)" in said
