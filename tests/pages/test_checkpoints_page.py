"""The checkpoints page: Sa Kaeo first, assumed zones marked, unknown openings unknown."""

from data.geography import load_checkpoints
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
