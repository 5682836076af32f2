"""Alarms after ISA-18.2: what raises and returns them, what people may do with them, and that all is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import delete

from data.database import Database
from data.models import Agency, Camera, CameraState, Linked, Status
from data.watch import alarms
from data.watch.alarm_rules import HIGH, LOW, Rule, State
from data.watch.alarming import follow
from data.watch.journal import Change, record
from data.watch.tables import Alarm, AlarmEvent, Incident

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CAMERAS, LINKED = 40, 2


def fill(db) -> None:
    with db.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        for number in range(1, CAMERAS + 1):
            session.add(
                Camera(
                    id=number, code=f"C{number}", owner_id=1, lon=102.5, lat=13.6, updated_at=NOON,
                    linked=Linked.LINKED if number == LINKED else Linked.UNKNOWN,
                )
            )  # fmt: skip


@pytest.fixture
def db(either_database):
    fill(either_database)
    return either_database


def turn(db, cameras, status: Status, at: datetime, reason: str = "timeout") -> None:
    cameras = [cameras] if isinstance(cameras, int) else cameras
    with db.read() as session:
        seqs = {one: state.seq if (state := session.get(CameraState, one)) else None for one in cameras}
    record(db, [Change(one, status, at, reason, seq) for one, seq in seqs.items()])


def raised(db, camera: int = 1) -> int:
    """Return the alarm of a camera that has been down for five minutes at noon."""
    turn(db, camera, Status.DOWN, NOON - 5 * MINUTE)
    return follow(db, NOON)[0]


def said(db, alarm_id: int) -> list[str]:
    return [line.what for line in alarms.history(db, alarm_id)]


def test_a_camera_down_for_five_minutes_raises_one_alarm(db):
    turn(db, 1, Status.DOWN, NOON, "refused")
    assert follow(db, NOON + 4.9 * MINUTE) == []
    [number] = follow(db, NOON + 5 * MINUTE)
    assert follow(db, NOON + 6 * MINUTE) == []
    found = alarms.one(db, number)
    assert (found.rule, found.state, found.camera_code, found.reason) == (
        Rule.DOWN, State.UNACKNOWLEDGED, "C1", "refused",
    )  # fmt: skip
    assert (found.raised_at, found.priority) == (NOON + 5 * MINUTE, LOW)


def test_a_linked_camera_tells_of_itself_at_once_and_first(db):
    turn(db, [1, LINKED], Status.DOWN, NOON)
    assert len(follow(db, NOON)) == 1
    follow(db, NOON + 5 * MINUTE)
    assert [(one.camera_id, one.priority) for one in alarms.listed(db)] == [(LINKED, HIGH), (1, LOW)]


def test_a_bad_picture_must_last_ten_minutes_and_gives_way_to_down(db):
    turn(db, 1, Status.DEGRADED, NOON, "black")
    assert follow(db, NOON + 9 * MINUTE) == []
    [number] = follow(db, NOON + 10 * MINUTE)
    turn(db, 1, Status.DOWN, NOON + 11 * MINUTE)
    follow(db, NOON + 20 * MINUTE)
    assert {one.rule: one.state for one in alarms.listed(db)} == {
        Rule.DEGRADED: State.RETURNED, Rule.DOWN: State.UNACKNOWLEDGED,
    }  # fmt: skip
    assert alarms.one(db, number).reason == "black"


def test_what_returns_unseen_stays_until_somebody_knows(db):
    number = raised(db)
    turn(db, 1, Status.UP, NOON + MINUTE, "ok")
    follow(db, NOON + MINUTE)
    assert alarms.one(db, number).state is State.RETURNED
    alarms.acknowledge(db, [number], by="สมชาย", text="ไฟดับ", at=NOON + 2 * MINUTE)
    assert alarms.one(db, number).state is State.GONE
    assert said(db, number) == ["raised", "returned", "acknowledged", "gone"]
    assert alarms.history(db, number)[2] == alarms.Happened(NOON + 2 * MINUTE, "acknowledged", "สมชาย", "ไฟดับ")


def test_what_is_known_is_gone_when_it_returns_and_a_new_alarm_follows_a_new_fault(db):
    number = raised(db)
    alarms.acknowledge(db, [number], by="สมชาย", at=NOON)
    assert alarms.one(db, number).state is State.ACKNOWLEDGED
    turn(db, 1, Status.UP, NOON + MINUTE, "ok")
    follow(db, NOON + MINUTE)
    assert alarms.one(db, number).state is State.GONE
    turn(db, 1, Status.DOWN, NOON + 2 * MINUTE)
    [other] = follow(db, NOON + 7 * MINUTE)
    assert other != number


def test_what_returned_unseen_and_fails_again_is_the_same_alarm_raised_again(db):
    number = raised(db)
    turn(db, 1, Status.UP, NOON + MINUTE, "ok")
    follow(db, NOON + MINUTE)
    turn(db, 1, Status.DOWN, NOON + 2 * MINUTE)
    assert follow(db, NOON + 7 * MINUTE) == [number]
    found = alarms.one(db, number)
    assert (found.state, found.raised_at, found.returned_at) == (State.UNACKNOWLEDGED, NOON + 7 * MINUTE, None)


def test_nothing_returns_while_we_cannot_know(db):
    number = raised(db)
    turn(db, 1, Status.UNKNOWN, NOON + MINUTE, "uplink_lost")
    follow(db, NOON + MINUTE)
    assert alarms.one(db, number).state is State.UNACKNOWLEDGED


def test_maintenance_is_no_reason_for_an_alarm(db):
    number = raised(db)
    turn(db, 1, Status.MAINTENANCE, NOON + MINUTE, "maintenance")
    assert follow(db, NOON + HOUR) == []
    assert alarms.one(db, number).state is State.RETURNED


def test_the_shelf_has_a_reason_and_an_end(db):
    number = raised(db)
    alarms.shelve(db, [number], until=NOON + HOUR, why="รอช่าง", by="สมชาย", at=NOON)
    found = alarms.one(db, number)
    assert (found.state, found.shelved_until, found.shelved_why) == (State.SHELVED, NOON + HOUR, "รอช่าง")
    assert follow(db, NOON + 59 * MINUTE) == []
    assert alarms.listed(db) == []
    follow(db, NOON + HOUR)
    found = alarms.one(db, number)
    assert (found.state, found.shelved_until, found.shelved_why) == (State.UNACKNOWLEDGED, None, "")
    assert said(db, number) == ["raised", "shelved", "unshelved"]


def test_what_is_known_and_returns_on_the_shelf_is_gone_from_there(db):
    number = raised(db)
    alarms.acknowledge(db, [number], by="สมชาย", at=NOON)
    alarms.shelve(db, [number], until=NOON + HOUR, why="รอช่าง", by="สมชาย", at=NOON)
    turn(db, 1, Status.UP, NOON + MINUTE, "ok")
    follow(db, NOON + MINUTE)
    found = alarms.one(db, number)
    assert (found.state, found.shelved_until) == (State.GONE, None)


def test_more_than_twenty_within_a_minute_are_one_alarm_that_lists_them(db):
    turn(db, range(3, 20), Status.DOWN, NOON)
    assert len(follow(db, NOON + 5 * MINUTE)) == 17
    turn(db, range(20, 30), Status.DOWN, NOON + 0.5 * MINUTE)
    [storm] = follow(db, NOON + 5.5 * MINUTE)
    found = alarms.one(db, storm)
    assert (found.rule, found.priority, found.cameras) == (Rule.STORM, HIGH, 27)
    assert [one.id for one in alarms.listed(db)] == [storm]
    turn(db, range(3, 30), Status.UP, NOON + 8 * MINUTE, "ok")
    with db.write() as session:
        session.get(Incident, found.incident_id).ended_at = NOON + 8 * MINUTE
    follow(db, NOON + 9 * MINUTE)
    assert alarms.one(db, storm).state is State.RETURNED


def test_a_camera_of_a_storm_that_lasts_has_its_own_alarm_when_it_fails_again(db):
    turn(db, range(3, 30), Status.DOWN, NOON)
    [storm] = follow(db, NOON + 5 * MINUTE)
    turn(db, 3, Status.UP, NOON + HOUR, "ok")
    follow(db, NOON + HOUR)
    turn(db, 3, Status.DOWN, NOON + 2 * HOUR)
    [again] = follow(db, NOON + 2.1 * HOUR)
    assert follow(db, NOON + 2.2 * HOUR) == []
    assert [(one.id, one.camera_id) for one in alarms.listed(db)] == [(storm, None), (again, 3)]


def test_twenty_are_not_a_storm(db):
    turn(db, range(3, 23), Status.DOWN, NOON)
    assert len(follow(db, NOON + 5 * MINUTE)) == 20
    assert all(one.rule is Rule.DOWN for one in alarms.listed(db))


def test_alarms_are_given_to_people_and_remarked_on(db):
    number = raised(db)
    alarms.assign(db, [number], assignee="ช่างวิทย์", by="สมชาย", at=NOON)
    alarms.comment(db, number, text="โทรแล้ว", by="ช่างวิทย์", at=NOON + MINUTE)
    assert alarms.one(db, number).assignee == "ช่างวิทย์"
    assert [(line.what, line.text) for line in alarms.history(db, number)][1:] == [
        ("assigned", "ช่างวิทย์"), ("comment", "โทรแล้ว"),
    ]  # fmt: skip


def test_what_waits_for_somebody_is_what_nobody_has_said_to_know_of(db):
    assert alarms.waiting(db) == alarms.Waiting(0, 0, None)
    number = raised(db, LINKED)  # so high
    turn(db, 3, Status.DOWN, NOON)
    [low] = follow(db, NOON + 5 * MINUTE)
    assert alarms.waiting(db) == alarms.Waiting(2, 1, alarms.one(db, number).raised_at)
    alarms.acknowledge(db, [number], by="ก", at=NOON + 6 * MINUTE)
    assert alarms.waiting(db) == alarms.Waiting(1, 0, NOON + 5 * MINUTE)
    alarms.shelve(db, [low], until=NOON + HOUR, why="x", by="ก", at=NOON + 6 * MINUTE)
    assert alarms.waiting(db).count == 0


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        (lambda db, n: alarms.acknowledge(db, [n], by=" ", at=NOON), "a name is needed"),
        (lambda db, n: alarms.acknowledge(db, [n, 99], by="ก", at=NOON), "there is no alarm 99"),
        (
            lambda db, n: alarms.shelve(db, [n], until=NOON + 25 * HOUR, why="x", by="ก", at=NOON),
            "at most 24 hours",
        ),
        (lambda db, n: alarms.shelve(db, [n], until=NOON, why="x", by="ก", at=NOON), "at most 24 hours from now"),
        (lambda db, n: alarms.shelve(db, [n], until=NOON + HOUR, why="", by="ก", at=NOON), "a reason is needed"),
        (lambda db, n: alarms.unshelve(db, [n], by="ก", at=NOON), "is not on the shelf"),
        (lambda db, n: alarms.comment(db, n, text="", by="ก", at=NOON), "a remark is needed"),
        (lambda db, n: alarms.assign(db, [99], assignee="ข", by="ก", at=NOON), "there is no alarm 99"),
    ],
)
def test_what_is_not_allowed_is_refused_in_a_sentence_and_changes_nothing(db, do, sentence):
    number = raised(db)
    with pytest.raises(ValueError, match=sentence):
        do(db, number)
    assert alarms.one(db, number).state is State.UNACKNOWLEDGED
    assert said(db, number) == ["raised"]


def test_of_several_all_are_acknowledged_or_none(db):
    first = raised(db)
    alarms.acknowledge(db, [first], by="ก", at=NOON)
    turn(db, 3, Status.DOWN, NOON)
    [second] = follow(db, NOON + 5 * MINUTE)
    with pytest.raises(ValueError, match=f"alarm {first} is acknowledged already"):
        alarms.acknowledge(db, [first, second], by="ก", at=NOON)
    assert alarms.one(db, second).state is State.UNACKNOWLEDGED


class Desk(RuleBasedStateMachine):
    """Cameras, time and people do as they like; the alarms agree with a model told in a few words."""

    db: Database  # one for all runs: making one takes longer than a run

    @initialize()
    def empty(self):
        with self.db.write() as session:
            for table in (AlarmEvent, Alarm, CameraState):
                session.exec(delete(table))
        self.at, self.since = NOON, {}

    def everyone(self) -> list[alarms.Shown]:
        return alarms.listed(self.db, states=list(State))

    @rule(camera=st.integers(1, 3), status=st.sampled_from(list(Status)))
    def turns(self, camera, status):
        if self.since.get(camera, (None,))[0] is not status:
            self.since[camera] = (status, self.at)
            turn(self.db, camera, status, self.at, "x")

    @rule(minutes=st.sampled_from([0.5, 4, 6, 45]))
    def passes(self, minutes):
        self.at += minutes * MINUTE
        follow(self.db, self.at)
        for camera, (status, since) in self.since.items():
            delay = {Status.DOWN: 0 if camera == LINKED else 5, Status.DEGRADED: 10}.get(status)
            due = delay is not None and since + delay * MINUTE <= self.at
            active = [a for a in self.everyone() if a.camera_id == camera and a.returned_at is None]
            assert [alarm.rule for alarm in active] == ([status] if due else [])

    @rule(pick=st.integers(0, 5), verb=st.sampled_from(["acknowledge", "shelve", "unshelve", "assign"]))
    def answers(self, pick, verb):
        everyone = self.everyone()
        if not everyone:
            return
        before = everyone[pick % len(everyone)]
        lines = alarms.history(self.db, before.id)
        allowed = {
            "acknowledge": {State.UNACKNOWLEDGED, State.RETURNED},
            "shelve": {State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.SHELVED},
            "unshelve": {State.SHELVED},
            "assign": set(State) - {State.GONE},
        }[verb]
        more = {"shelve": {"until": self.at + HOUR, "why": "x"}, "assign": {"assignee": "ข"}}.get(verb, {})
        # what has returned on the shelf cannot be shelved again
        if before.state in allowed and not (verb == "shelve" and before.returned_at):
            getattr(alarms, verb)(self.db, [before.id], by="ก", at=self.at, **more)
            assert len(alarms.history(self.db, before.id)) > len(lines)
            return
        with pytest.raises(ValueError, match=f"alarm {before.id} (is|has) "):
            getattr(alarms, verb)(self.db, [before.id], by="ก", at=self.at, **more)
        assert alarms.one(self.db, before.id) == before
        assert alarms.history(self.db, before.id) == lines

    @invariant()
    def every_state_is_told_by_its_facts(self):
        if not hasattr(self, "at"):
            return
        everyone = self.everyone()
        still_open = [(one.rule, one.camera_id) for one in everyone if one.state is not State.GONE]
        assert len(still_open) == len(set(still_open))
        for one in everyone:
            assert (one.state is State.SHELVED) == (one.shelved_until is not None)
            if one.state in (State.RETURNED, State.GONE):
                assert one.returned_at is not None
            if one.state in (State.ACKNOWLEDGED, State.UNACKNOWLEDGED):
                assert one.returned_at is None
                assert (one.acknowledged_at is None) == (one.state is State.UNACKNOWLEDGED)


def test_whatever_happens_the_alarms_say_what_is_so(database):
    fill(database)
    Desk.db = database
    few = settings(max_examples=40, stateful_step_count=20, deadline=None, database=None)
    run_state_machine_as_test(Desk, settings=settings(few, suppress_health_check=list(HealthCheck)))
