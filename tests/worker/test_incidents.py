"""Cameras that went down together: what is one cause, and what is not; then the duty on a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models import Agency, Camera, CameraState, Status
from data.watch import alarms
from data.watch.alarm_rules import Rule, State
from data.watch.incidents import Fallen, Kind, children, of_camera, open_incidents
from data.watch.journal import Change, record
from worker.duty.duties import Alarms, Incidents
from worker.duty.incidents import LEAST, SHARE, Cluster, group, join, settle

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def s(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fell(camera: int, at_s: float = 0, site: str = "", network: str = "", area: str = "") -> Fallen:
    return Fallen(camera, s(at_s), site, network, area)


def told(clusters: list[Cluster]) -> list[tuple[str, str, set[int]]]:
    return [(cluster.kind, cluster.key, set(cluster.cameras)) for cluster in clusters]


def test_three_of_five_cameras_of_a_pole_are_one_incident_since_the_first_of_them():
    found = group([fell(n, 10 * n, site="P1") for n in (1, 2, 3)], {(Kind.SITE, "P1"): 5})
    assert told(found) == [("site", "P1", {1, 2, 3})]
    assert found[0].began_at == s(10)


@pytest.mark.parametrize(
    ("fallen", "watched"),
    [
        ([fell(1, site="P1"), fell(2, site="P1")], 2),  # two are too few
        ([fell(n, site="P1") for n in range(3)], 6),  # half of them is too few
        ([fell(n, 200 * n, site="P1") for n in range(3)], 3),  # not together
        ([fell(n) for n in range(3)], 3),  # nothing in common
        ([fell(n, 10 * n) for n in range(20)], 20),
    ],
)
def test_what_need_not_have_one_cause_is_none(fallen, watched):
    assert group(fallen, {(Kind.SITE, "P1"): watched}) == []


def test_a_network_that_lost_several_sites_is_told_instead_of_them():
    fallen = [fell(n, site=f"P{n // 3}", network="N", area=f"A{n // 3}") for n in range(9)]
    watched = {(Kind.NETWORK, "N"): 10} | {(Kind.SITE, f"P{n}"): 3 for n in range(3)}
    assert told(group(fallen, watched)) == [("network", "N", set(range(9)))]


def test_of_a_site_and_a_network_that_explain_the_same_the_site_is_told():
    fallen = [fell(n, site="P", network="N", area="A") for n in range(4)]
    watched = {(Kind.SITE, "P"): 4, (Kind.NETWORK, "N"): 4, (Kind.AREA, "A"): 5}
    assert told(group(fallen, watched)) == [("site", "P", {0, 1, 2, 3})]


def test_a_site_down_in_a_large_network_does_not_blame_the_network():
    fallen = [fell(n, site="P", network="N") for n in range(4)]
    assert told(group(fallen, {(Kind.SITE, "P"): 4, (Kind.NETWORK, "N"): 400})) == [("site", "P", {0, 1, 2, 3})]


def test_many_at_once_with_nothing_in_common_are_a_storm():
    fallen = [fell(n, 2 * n) for n in range(25)] + [fell(n, site="P") for n in range(30, 34)]
    assert told(group(fallen, {})) == [("site", "P", {30, 31, 32, 33}), ("storm", "", set(range(25)))]


fallen_cameras = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["", "P1", "P2"]), st.sampled_from(["", "N1", "N2"])),
    max_size=40,
).map(lambda rows: [fell(n, at_s, site, network) for n, (at_s, site, network) in enumerate(rows)])


@given(fallen_cameras, st.integers(0, 30), st.integers(0, 60))
def test_a_camera_is_in_one_cluster_and_every_cluster_keeps_the_rule(fallen, of_site, of_network):
    watched = {(Kind.SITE, p): of_site for p in ("P1", "P2")} | {
        (Kind.NETWORK, n): of_network for n in ("N1", "N2")
    }
    since = {one.camera_id: one.since for one in fallen}
    found = group(fallen, watched)
    everyone = [camera for cluster in found for camera in cluster.cameras]
    assert len(everyone) == len(set(everyone))
    for cluster in found:
        times = [since[camera] for camera in cluster.cameras]
        assert len(times) >= LEAST
        assert max(times) - min(times) <= timedelta(minutes=3)
        if cluster.kind is not Kind.STORM:
            assert len(times) >= SHARE * watched[cluster.kind, cluster.key]


def test_what_is_left_of_a_large_incident_is_not_taken_from_it():
    members, places = dict.fromkeys(range(10), 7), {7: (Kind.NETWORK, "N")}
    smaller = Cluster(Kind.SITE, "P", NOON, frozenset({1, 2, 3}))
    larger = Cluster(Kind.AREA, "A", NOON, frozenset(range(12)))
    assert settle([smaller], members, places) == []
    assert settle([larger], members, places) == [larger]


def test_what_fell_with_its_switch_does_not_stay_with_a_storm_however_large():
    members, places = dict.fromkeys(range(300), 7), {7: (Kind.STORM, "down 2026-03-01T12:00Z")}
    switch = Cluster(Kind.SITE, "P", NOON, frozenset({1, 2, 3}))
    storm = Cluster(Kind.STORM, "", NOON, frozenset(range(300)))
    assert settle([switch, storm], members, places) == [switch]
    places[8] = (Kind.SITE, "P")
    late = [fell(n, site="P") for n in (4, 5)]
    assert told(join(late, members, places)) == [("site", "P", {4, 5})]


# The duty, on a database


@pytest.fixture
def db(either_database):
    """Two sites of four cameras in one network, and 30 cameras with nothing in common; all up."""
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="ทต.อรัญประเทศ"))
        session.flush()
        for number in range(1, 39):
            session.add(
                Camera(
                    id=number, code=f"C{number}", owner_id=1, lon=102.5, lat=13.6, updated_at=NOON,
                    site=f"P{(number - 1) // 4}" if number <= 8 else None, network="N" if number <= 8 else None,
                    district="อรัญประเทศ" if number <= 8 else None,
                )
            )  # fmt: skip
    turn(either_database, range(1, 39), Status.UP, s(-600))
    return either_database


def turn(db, cameras, status: Status, at: datetime, reason: str = "timeout") -> None:
    with db.read() as session:
        seqs = {one: state.seq if (state := session.get(CameraState, one)) else None for one in cameras}
    record(db, [Change(one, status, at, reason, seq) for one, seq in seqs.items()])


def test_a_switch_that_fails_is_one_incident_with_its_cameras_and_one_alarm(db):
    duty, alarming = Incidents(db), Alarms(db)
    turn(db, range(1, 5), Status.DOWN, s(0))
    duty.run_once(s(130))
    [incident] = open_incidents(db)
    assert (incident.kind, incident.key, incident.began_at) == (Kind.SITE, "P0", s(0))
    assert (incident.cameras, incident.back) == (4, 0)
    assert [child.code for child in children(db, incident.id)] == ["C1", "C2", "C3", "C4"]
    assert alarming.run_once(s(600)) == 1
    [alarm] = alarms.listed(db)
    assert (alarm.rule, alarm.incident_id, alarm.cameras, alarm.incident_key) == (
        Rule.INCIDENT, incident.id, 4, "P0",
    )  # fmt: skip


def test_it_grows_into_its_network_when_that_fails_and_what_it_was_ends(db):
    duty, alarming = Incidents(db), Alarms(db)
    turn(db, range(1, 5), Status.DOWN, s(0))
    duty.run_once(s(60))
    alarming.run_once(s(60))
    turn(db, range(5, 9), Status.DOWN, s(90))
    duty.run_once(s(120))
    alarming.run_once(s(120))
    [incident] = open_incidents(db)
    assert (incident.kind, incident.key, incident.cameras, incident.began_at) == (Kind.NETWORK, "N", 8, s(0))
    assert {alarm.incident_key: alarm.state for alarm in alarms.listed(db)} == {
        "N": State.UNACKNOWLEDGED, "P0": State.RETURNED,
    }  # fmt: skip


def test_it_closes_when_four_of_five_are_back_and_the_rest_tell_of_themselves(db):
    duty, alarming = Incidents(db), Alarms(db)
    turn(db, range(1, 9), Status.DOWN, s(0))
    duty.run_once(s(60))
    turn(db, range(1, 7), Status.UP, s(300))
    duty.run_once(s(310))
    assert [one.back for one in open_incidents(db)] == [6]
    turn(db, [7], Status.UP, s(320))
    duty.run_once(s(330))
    assert open_incidents(db) == []
    [past] = of_camera(db, 8)
    assert (past.ended_at, past.cameras, past.back) == (s(330), 8, 7)
    alarming.run_once(s(340))
    assert [alarm.camera_id for alarm in alarms.listed(db)] == [8]


def test_a_camera_that_falls_later_joins_the_incident_of_its_site(db):
    duty = Incidents(db)
    turn(db, range(1, 4), Status.DOWN, s(0))
    duty.run_once(s(60))
    turn(db, [4], Status.DOWN, s(500))
    duty.run_once(s(510))
    assert [(one.key, one.cameras) for one in open_incidents(db)] == [("P0", 4)]


def test_running_again_changes_nothing(db):
    duty = Incidents(db)
    turn(db, range(1, 5), Status.DOWN, s(0))
    duty.run_once(s(60))
    first = open_incidents(db)
    for second in (70, 400, 800, 3000):
        duty.run_once(s(second))
    assert open_incidents(db) == first


def test_cameras_we_know_nothing_of_are_not_back(db):
    duty = Incidents(db)
    turn(db, range(1, 5), Status.DOWN, s(0))
    duty.run_once(s(60))
    turn(db, range(1, 5), Status.UNKNOWN, s(90), "uplink_lost")
    duty.run_once(s(100))
    assert [one.back for one in open_incidents(db)] == [0]


def test_a_storm_is_one_incident_and_its_summary_one_alarm(db):
    turn(db, range(9, 38), Status.DOWN, s(0))
    Incidents(db).run_once(s(60))
    assert Alarms(db).run_once(s(900)) == 1
    [alarm] = alarms.listed(db)
    assert (alarm.rule, alarm.priority, alarm.cameras) == (Rule.STORM, 1, 29)
