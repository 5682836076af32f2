"""The map page, on a small country."""

import json

import pytest

from data.database import next_number
from data.models import SEQ, CameraState, Status
from tests.pages.small_country import HOSTILE, html, open_page, settle
from ui import cache, mapview, state


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def deck(app):
    return json.loads(app.get("deck_gl_json_chart")[0].proto.json)


def layer(app, name):
    return next(found for found in deck(app)["layers"] if found["id"] == name)


def test_it_shows_counts_of_every_status_unknown_beside_the_others(ids):
    app = open_page("map")
    assert not app.exception
    said = html(app)
    for word, count in (("ใช้ได้", 9), ("ล่ม", 1), ("ไม่ทราบ", 1), ("ภาพเสีย", 0), ("ซ่อมบำรุง", 0)):
        assert f"{word}<span class=n>{count}</span>" in said


def test_the_link_opens_a_camera_goes_there_and_marks_it(ids):
    app = open_page("map", camera="C0")
    known = cache.snapshot()
    row = known.row_of(ids["C0"])
    assert deck(app)["initialViewState"]["longitude"] == pytest.approx(known.lon[row])
    assert layer(app, "ring")["data"][0]["c"] == [known.lon[row], known.lat[row]]
    assert "ไม่ตอบภายในเวลา" in html(app)
    app.button(key="close-card").click().run()
    assert state.CAMERA not in app.query_params
    assert "ring" not in [found["id"] for found in deck(app)["layers"]]


def test_a_camera_nobody_knows_in_the_link_opens_no_card(ids):
    app = open_page("map", camera="<b>X</b>")
    assert not app.exception
    assert "ring" not in [found["id"] for found in deck(app)["layers"]]


def test_names_are_text_and_never_markup(ids):
    said = html(open_page("map", camera="C3"))
    assert HOSTILE not in said
    assert "&lt;img src=x onerror=" in said


def test_a_search_finds_by_code_and_by_name_the_exact_code_first(ids):
    assert [cache.snapshot().inventory["code"].iloc[row] for row in cache.find_cameras("c5")[0]][:2] == [
        "C5",
        "C5",
    ]
    rows, total = cache.find_cameras("เสา")
    assert total == len(rows) + max(0, total - 8)
    assert cache.find_cameras("ไม่มีจริง") == ([], 0)
    assert cache.find_cameras("  ") == ([], 0)


def test_found_cameras_are_buttons_that_fly_there(ids):
    app = open_page("map")
    app.text_input(key=state.SEARCH).set_value("C7").run()
    app.button(key=f"found-{ids['C7']}").click().run()
    known = cache.snapshot()
    assert deck(app)["initialViewState"]["latitude"] == pytest.approx(known.lat[known.row_of(ids["C7"])])
    assert app.query_params[state.CAMERA] == "C7"


def test_a_camera_that_fails_turns_and_opens_its_gap_without_moving_the_view(ids, database, at):
    app = open_page("map")
    before = deck(app)
    with database.write() as session:
        number = next_number(session, SEQ)
        now = session.get(CameraState, ids["C7"])
        now.status, now.since, now.reason, now.seq = Status.DOWN, at, "timeout", number
        session.add(now)
    cache.fleet().refresh()
    app.run()
    after = deck(app)
    assert after["initialViewState"] == before["initialViewState"]
    assert layer(app, "cameras")["data"] == next(x for x in before["layers"] if x["id"] == "cameras")["data"]
    assert [row["s"] for row in layer(app, "changed")["data"]] == ["down"]
    assert len(layer(app, "changed-certain")["data"]) == 1
    gaps = {name: len(next(x for x in found["layers"] if x["id"] == "gaps-live")["data"]) for name, found in
            (("before", before), ("after", after))}  # fmt: skip
    assert gaps["after"] > gaps["before"]


def test_nothing_new_sends_the_same_specification(ids):
    app = open_page("map")
    first = app.get("deck_gl_json_chart")[0].proto.json
    app.run()
    assert app.get("deck_gl_json_chart")[0].proto.json == first


def test_cameras_on_one_mast_are_told_apart_from_those_nearby(ids):
    assert mapview.neighbours(5, within_m=8) == []
    near = mapview.neighbours(5, within_m=510)  # 500 m along the line are at most 500 m through the air
    assert {4, 6} <= set(near)
    assert 5 not in near
    assert 10 not in near


def test_ground_of_another_level_or_by_night_is_left_out_and_that_is_said(ids):
    app = open_page("map")
    assert "sectors" in [found["id"] for found in deck(app)["layers"]]
    app.session_state[state.LIGHT] = "night"
    app.run()
    assert "sectors" not in [found["id"] for found in deck(app)["layers"]]
    assert "วาดเฉพาะกลางวัน" in html(app)
