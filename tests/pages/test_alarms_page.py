"""The alarms page: the urgent first, all done under a name, nothing to an alarm that was not ticked."""

from datetime import timedelta
from html import escape

import pytest
from sqlmodel import select

from data.watch import alarms as desk
from data.watch.alarm_rules import State
from data.watch.alarming import follow
from data.watch.tables import Alarm, AlarmEvent, Incident, IncidentCamera
from tests.pages.small_country import html, open_page, settle
from ui import cache, frame, glyphs
from ui.words import moment, t, table

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def ring(database, at, subject: str, priority: int = 3, **more) -> int:
    """Raise an alarm of a camera's id or an incident's, and return its id."""
    with database.write() as session:
        kind, _, number = subject.partition(":")
        alarm = Alarm(
            rule="down" if kind == "camera" else "incident", subject=subject, priority=priority,
            state=State.UNACKNOWLEDGED, raised_at=at, reason="timeout", **{f"{kind}_id": int(number)}, **more,
        )  # fmt: skip
        session.add(alarm)
        session.flush()
        session.add(AlarmEvent(alarm_id=alarm.id, at=at, what="raised"))
        return alarm.id


def ticked(app, *alarms: int):
    for alarm in alarms:
        app = app.checkbox(key=f"pick-{alarm}").check().run()
    assert not app.exception
    return app


def field(app, name: str):
    return next(one for one in app.text_input if (one.key or "").startswith(f"text-{name}-"))


def choose(app, action: str):
    group = next(one for one in app.get("button_group") if one.key.startswith("action-"))
    return group.set_value(action).run()


def done(app):
    app = next(one for one in app.button if one.key and "do" in one.key.split("-")).click().run()
    assert not app.exception
    return app


def state_of(database, alarm: int) -> str:
    return desk.one(database, alarm).state


def test_the_urgent_come_first_and_what_waits_is_said_in_a_sentence(ids, database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at + 5 * MINUTE)
    ring(database, at, f"camera:{ids['C0']}")
    ring(database, at, f"camera:{ids['C6']}", priority=1)
    app = open_page("alarms")
    assert not app.exception
    said = html(app)
    assert "มี 2 เรื่องรอผู้รับทราบ ความสำคัญสูง 1 เรื่อง นานที่สุด 5 นาที" in said
    assert said.index(">C6 · ") < said.index(">C0 · ")
    assert "ล่ม · ไม่ตอบภายในเวลา" in said


def test_the_sentence_tells_of_all_that_waits_whatever_the_filter_shows(ids, database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at)
    ring(database, at - 5 * MINUTE, f"camera:{ids['C6']}", priority=1)
    assert "มี 1 เรื่องรอผู้รับทราบ ความสำคัญสูง 1 เรื่อง นานที่สุด 5 นาที" in html(open_page("alarms", standing="gone"))


def test_without_alarms_nothing_waits(ids):
    app = open_page("alarms", lang="en")
    assert not app.exception
    assert "Nothing waits for anybody" in html(app)


def test_while_nobody_watches_the_page_says_so_first_and_since_when(ids, database, at, monkeypatch):
    ring(database, at, f"camera:{ids['C0']}")
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=30))
    assert "ไม่มีการเฝ้าดูกล้องตั้งแต่" not in html(open_page("alarms")).replace(escape(t("clock.unwatched_stopped")), "")
    monkeypatch.setattr(cache, "now", lambda: at + 12 * MINUTE)
    said = html(open_page("alarms"))
    assert f"ไม่มีการเฝ้าดูกล้องตั้งแต่ {moment(at)} นาน 12 นาที สิ่งที่เสียตอนนี้จะไม่ขึ้นแจ้งเตือน · มี 1 เรื่องรอผู้รับทราบ" in said
    said = html(open_page("alarms", lang="en"))
    assert "for 12 min: what fails now raises no alarm · 1 alarms wait" in said


def test_before_anybody_ever_watched_the_page_says_so(database):
    assert "ยังไม่มีการเฝ้าดูกล้อง สิ่งที่เสียจะไม่ขึ้นแจ้งเตือน · " in html(open_page("alarms"))


@pytest.mark.parametrize("page", [*frame.PAGES, "camera"])
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_page_has_words_for_when_nobody_watches(ids, page, language):
    said = html(open_page(page, lang=language))
    for name in ("stopped", "idle"):
        assert f'data-{name}="{escape(table(language)[f"clock.unwatched_{name}"])}"' in said


def test_only_what_is_ticked_is_acknowledged_and_under_a_name(ids, database, at):
    first, second = (ring(database, at, f"camera:{ids[code]}") for code in ("C0", "C6"))
    app = done(ticked(open_page("alarms"), first))
    assert app.error[0].value.startswith("เขียนชื่อของคุณก่อน")
    assert state_of(database, first) == "unacknowledged"
    app.text_input(key="who").input("สมชาย").run()
    done(app)
    assert (state_of(database, first), state_of(database, second)) == ("acknowledged", "unacknowledged")
    assert desk.one(database, first).acknowledged_by == "สมชาย"


def test_new_alarms_above_move_no_tick(ids, database, at):
    first = ring(database, at, f"camera:{ids['C0']}")
    app = ticked(open_page("alarms"), first)
    app.text_input(key="who").input("สมชาย").run()
    newer = ring(database, at + MINUTE, f"camera:{ids['C6']}", priority=1)
    app = app.run()
    field(app, "acknowledge").input("กำลังไป")
    done(app)
    assert (state_of(database, first), state_of(database, newer)) == ("acknowledged", "unacknowledged")
    assert desk.history(database, first)[-1].text == "กำลังไป"


def test_shelving_takes_a_reason_and_ends_by_itself(ids, database, at):
    alarm = ring(database, at, f"camera:{ids['C0']}")
    app = ticked(open_page("alarms"), alarm)
    app.text_input(key="who").input("สมชาย").run()
    app = done(choose(app, "shelve"))
    assert app.error[0].value == "เขียนเหตุผลที่พักไว้"
    field(app, "shelve").input("รอเปลี่ยนเลนส์")
    done(app)
    shelved = desk.one(database, alarm)
    assert (shelved.state, shelved.shelved_why) == ("shelved", "รอเปลี่ยนเลนส์")
    assert "รอเปลี่ยนเลนส์" in html(open_page("alarms", standing="shelved"))


def test_one_can_be_given_to_somebody_and_remarked_upon(ids, database, at):
    alarm = ring(database, at, f"camera:{ids['C0']}")
    app = ticked(open_page("alarms"), alarm)
    app.text_input(key="who").input("สมชาย").run()
    for action, text in (("assign", "ช่างเวร"), ("comment", "<b>ไฟดับ</b>")):
        app = choose(app, action)
        field(app, action).input(text)
        app = done(app)
    assert desk.one(database, alarm).assignee == "ช่างเวร"
    said = html(app)
    assert "&lt;b&gt;ไฟดับ&lt;/b&gt;" in said
    assert "<b>ไฟดับ</b>" not in said


def test_an_incident_is_acknowledged_for_all_its_cameras_which_are_listed(ids, database, at):
    with database.write() as session:
        session.add(Incident(id=4, kind="site", key="ตู้ <7>", began_at=at, cameras=2, reason="down"))
        session.flush()
        session.add_all(IncidentCamera(incident_id=4, camera_id=ids[code]) for code in ("C0", "C6"))
    alarm = ring(database, at, "incident:4", priority=2)
    app = ticked(open_page("alarms"), alarm)
    said = html(app)
    assert "จุดติดตั้ง ตู้ &lt;7&gt;" in said
    assert "เสียพร้อมกัน · กล้อง 2 ตัว" in said
    assert "กล้องในเหตุนี้" in said
    app.text_input(key="who").input("สมชาย").run()
    done(app)
    assert state_of(database, alarm) == "acknowledged"


def test_filters_stand_in_the_link(ids, database, at):
    ring(database, at, f"camera:{ids['C0']}", priority=1)
    ring(database, at, f"camera:{ids['C6']}", priority=3)
    said = html(open_page("alarms", priority="1"))
    assert ">C0 · " in said
    assert ">C6 · " not in said
    assert ">C0 · " not in html(open_page("alarms", standing="acknowledged"))


def test_who_was_quicker_is_told(ids, database, at):
    alarm = ring(database, at, f"camera:{ids['C0']}")
    app = ticked(open_page("alarms"), alarm)
    app.text_input(key="who").input("สมชาย").run()
    desk.acknowledge(database, [alarm], by="สมหญิง", at=at)
    app = done(app)
    with database.read() as session:
        names = session.exec(select(AlarmEvent.by).where(AlarmEvent.what == "acknowledged")).all()
    assert names == ["สมหญิง"]


def test_a_cameras_page_tells_its_alarms_and_incidents(ids, database, at):
    ring(database, at, f"camera:{ids['C0']}")
    with database.write() as session:
        session.add(Incident(id=4, kind="network", key="AIS", began_at=at, cameras=2, reason="down"))
        session.flush()
        session.add(IncidentCamera(incident_id=4, camera_id=ids["C0"]))
    said = html(open_page("camera", camera="C0"))
    assert "การแจ้งเตือนและเหตุของกล้องนี้" in said
    assert "เครือข่าย AIS: กล้อง 1 ตัว" in said
    assert "การแจ้งเตือนและเหตุของกล้องนี้" not in html(open_page("camera", camera="C6"))


def test_what_is_over_does_not_look_down(ids, database, at):
    ring(database, at, f"camera:{ids['C6']}")
    assert html(open_page("alarms")).count(glyphs.html("down")) == 1
    with database.write() as session:
        alarm = session.exec(select(Alarm)).one()
        alarm.state, alarm.returned_at = State.RETURNED, at + MINUTE
        session.add(alarm)
    said = html(open_page("alarms"))
    assert "หายแล้ว" in said
    assert glyphs.html("down") not in said


def test_what_is_closed_lasted_until_it_was_over(ids, database, at, monkeypatch):
    monkeypatch.setattr(cache, "now", lambda: at + 90 * MINUTE)
    ring(database, at, f"camera:{ids['C6']}")
    assert ">1 ชม. 30 นาที</time>" in html(open_page("alarms"))
    with database.write() as session:
        alarm = session.exec(select(Alarm)).one()
        alarm.state, alarm.returned_at, alarm.acknowledged_by = State.GONE, at + 5 * MINUTE, "สมชาย"
    said = html(open_page("alarms", standing="gone"))
    assert ">5 นาที</time>" in said
    assert f"หายเมื่อ {moment(at + 5 * MINUTE)}</small>" in said


def test_what_an_incident_speaks_for_is_not_said_to_be_over(ids, database, at):
    number = ring(database, at, f"camera:{ids['C0']}")
    with database.write() as session:
        session.add(Incident(id=4, kind="site", key="ตู้ 7", began_at=at, cameras=1, reason="down"))
        session.flush()
        session.add(IncidentCamera(incident_id=4, camera_id=ids["C0"]))
    follow(database, at + MINUTE)
    assert state_of(database, number) == "gone"
    said = html(open_page("alarms", standing="gone"))
    assert "รวมเข้ากับเหตุ" in said
    assert "หายเมื่อ" not in said


def test_a_storm_of_bad_pictures_does_not_look_down(ids, database, at):
    with database.write() as session:
        session.add(Incident(id=4, kind="storm", key="degraded", began_at=at, cameras=30, reason="degraded"))
        session.flush()
    alarm = ring(database, at, "incident:4")
    with database.write() as session:
        session.get(Alarm, alarm).reason = "degraded"
    said = html(open_page("alarms"))
    assert glyphs.html("degraded") in said
    assert glyphs.html("down") not in said
