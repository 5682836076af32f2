"""The maintenance page: planned under a name and for something the inventory has, called off not by one click."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from data.database import next_number
from data.models import INVENTORY, Camera
from data.watch.maintenance import Scope, cancel, plan, windows
from tests.pages.small_country import HOSTILE, html, open_page, settle
from ui import cache, glyphs
from ui.words import moment

HOUR = timedelta(hours=1)
NINE = datetime(2026, 11, 24, 9)  # noqa: DTZ001  # as a person in Bangkok writes it
AT_NINE = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def ids(database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    found = settle(database, at)
    with database.write() as session:
        for camera in session.exec(select(Camera)):
            camera.site, camera.network, camera.contract = f"ตู้ {camera.code[1]}", "AIS <1>", "สัญญา 7"
        next_number(session, INVENTORY)
    return found


def clicked(app, key: str):
    app = app.button(key=key).click().run()
    assert not app.exception
    return app


def filled(app, **more):
    """A plan written down: for what is given, from nine to eleven in Bangkok, with a reason, under a name."""
    app.text_input(key="who").input(more.get("who", "สมชาย"))
    app.datetime_input(key="maintenance-begins").set_value(more.get("begins", NINE))
    app.datetime_input(key="maintenance-ends").set_value(more.get("ends", NINE + 2 * HOUR))
    app.text_input(key="reason-0").input(more.get("reason", "เปลี่ยนสวิตช์"))
    app = app.run()
    assert not app.exception
    return app


def scoped(app, scope: Scope, key: str):
    app = app.selectbox(key="maintenance_scope").select(scope).run()
    if scope is Scope.CAMERA:
        return app.text_input(key="maintenance-code").input(key).run()
    if scope is Scope.SITE:
        app = app.text_input(key="part-of-site").input(key).run()
    return app.selectbox(key=f"key-{scope}").select(key).run()


@pytest.mark.parametrize(
    ("scope", "key", "kept", "cameras"),
    [
        (Scope.CAMERA, "C0", "", 1), (Scope.SITE, "ตู้ 5", "ตู้ 5", 2), (Scope.NETWORK, "AIS <1>", "AIS <1>", 11),
        (Scope.CONTRACT, "สัญญา 7", "สัญญา 7", 11), (Scope.AGENCY, "กรมทางหลวง", "กรมทางหลวง", 1),
        (Scope.PROVINCE, "สระแก้ว", "สระแก้ว", 11),
    ],
)  # fmt: skip
def test_a_window_is_planned_for_anything_the_inventory_has_in_bangkoks_time(
    ids, database, at, scope, key, kept, cameras
):
    app = filled(scoped(open_page("maintenance"), scope, key))
    assert f"กล้อง {cameras} ตัว</p>" in html(app)
    app = clicked(app, "plan")
    [window] = windows(database, at)
    assert (window.scope, window.key) == (scope, kept or str(ids[key]))
    assert (window.begins_at, window.ends_at) == (AT_NINE, AT_NINE + 2 * HOUR)
    assert (window.reason, window.by, window.cameras) == ("เปลี่ยนสวิตช์", "สมชาย", cameras)
    said = html(app)
    assert f"รออยู่ 1 งาน งานถัดไปเริ่ม {moment(AT_NINE)}" in said
    assert f"{moment(AT_NINE)} – 11:00<small>" in said
    assert "<1>" not in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"who": " "}, "เขียนชื่อของคุณก่อน"),
        ({"reason": ""}, "เขียนเหตุผล"),
        ({"ends": NINE}, "เวลาสิ้นสุดต้องอยู่หลังเวลาเริ่ม"),
        ({"begins": NINE - timedelta(days=900), "ends": NINE - timedelta(days=899)}, "เวลาสิ้นสุดผ่านไปแล้ว"),
    ],
)
def test_what_is_missing_is_said_in_the_readers_language_and_nothing_is_planned(ids, database, at, more, sentence):
    app = clicked(filled(scoped(open_page("maintenance"), Scope.NETWORK, "AIS <1>"), **more), "plan")
    assert [error.value.startswith(sentence) for error in app.error] == [True]
    assert windows(database, at) == []


def test_nothing_is_planned_for_nothing(ids, database, at):
    app = scoped(filled(open_page("maintenance")), Scope.CAMERA, "C99")
    assert "C99" in html(app)
    assert [error.value for error in clicked(app, "plan").error] == ["เลือกก่อนว่าจะซ่อมอะไร"]
    assert windows(database, at) == []


def test_of_two_agencies_cameras_with_one_code_the_reader_chooses(ids, database, at):
    app = filled(scoped(open_page("maintenance"), Scope.CAMERA, "C5"))
    whose = app.selectbox(key="whose")
    app = whose.select_index(1).run()
    clicked(app, "plan")
    assert windows(database, at)[0].key == str(ids["second C5"])


def test_a_link_from_a_camera_asks_for_that_camera(ids):
    app = open_page("maintenance", camera="C3", lang="en")
    assert app.selectbox(key="maintenance_scope").value == Scope.CAMERA
    assert "C3 · " in html(app)
    assert HOSTILE not in html(app)
    assert 'href="/maintenance?camera=C3&amp;of=' in html(open_page("camera", camera="C3"))


def test_open_and_coming_are_told_with_their_cameras_and_the_past_when_asked_for(ids, database, at):
    def planned(key, begins, ends):
        then = min(at, at + begins)
        return plan(
            database, Scope.SITE, key, at + begins, at + ends, reason="<b>x</b>", by="สมชาย", at=then,
        )  # fmt: skip

    planned("ตู้ 5", -HOUR, HOUR)
    planned("ตู้ 0", HOUR, 2 * HOUR)
    planned("ตู้ 1", -3 * HOUR, -2 * HOUR)
    off = planned("ตู้ 2", -3 * HOUR, 3 * HOUR)
    cancel(database, off, by="สมหญิง", at=at - HOUR)
    app = open_page("maintenance")
    said = html(app)
    assert f"มีงานซ่อมบำรุงเปิดอยู่ 1 งาน กล้อง 2 ตัว รออยู่ 1 งาน งานถัดไปเริ่ม {moment(at + HOUR)}" in said
    assert said.count(glyphs.html("maintenance")) == 1
    assert "เหลือ 1 ชม." in said
    assert said.index("ตู้ 5") < said.index("ตู้ 0")
    assert "ตู้ 1" not in said
    assert "ตู้ 2" not in said
    assert "<b>x</b>" not in said
    app = app.toggle(key="maintenance_past").set_value(True).run()
    assert not app.exception
    said = html(app)
    assert f"ยกเลิกเมื่อ {moment(at - HOUR)}" in said
    assert said.index("ตู้ 0") < said.index("ตู้ 1")


def test_a_province_planned_by_its_code_has_its_name(ids, database, at):
    plan(database, Scope.PROVINCE, "27", at - HOUR, at + 24 * HOUR, reason="x", by="ก", at=at - HOUR)
    said = html(open_page("maintenance", lang="en"))
    assert "Province Sa Kaeo" in said


def test_calling_off_takes_a_second_click_and_a_name(ids, database, at):
    number = plan(database, Scope.SITE, "ตู้ 5", at - HOUR, at + HOUR, reason="x", by="สมชาย", at=at - HOUR)
    app = clicked(open_page("maintenance"), f"do-off-{number}")
    assert app.error[0].value.startswith("เขียนชื่อของคุณก่อน")
    assert windows(database, at)
    app.text_input(key="who").input("สมหญิง").run()
    app = clicked(app, f"do-off-{number}")
    assert windows(database, at) == []
    assert "ไม่มีงานซ่อมบำรุงเปิดอยู่หรือวางแผนไว้" in html(app)


def test_without_windows_and_without_cameras_it_says_what_to_do(database, at, ids):
    said = html(open_page("maintenance", lang="en"))
    assert "No maintenance is open or planned" in said
    assert "Plan a window before work begins" in said


def test_without_cameras_there_is_nothing_to_plan_for(database):
    app = open_page("maintenance")
    assert not app.exception
    assert "นำเข้า" in html(app)
