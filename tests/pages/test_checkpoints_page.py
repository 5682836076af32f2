"""The checkpoints page: Sa Kaeo first, assumed zones marked, unknown openings unknown."""

from datetime import UTC, datetime

from data.geography import load_checkpoints
from data.posts.openings import set_opening
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
    assert "By day 0 of 8 lanes are seen now" in said
    assert said.count('<i class="sign not_seen"></i>not seen<small>0% of it, 0 cameras</small>') == 14
    assert said.count("not asked for") == 2  # by night: lorries and people on foot
    assert said.count('class="tag">invented</span>') == 8
    assert "opening: not known" in said


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
