"""Sums by hour and group: the same figures as an exact sweep of every camera, whatever was backdated when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import delete, select

from data.database import open_database
from data.models import SUMMED, Agency, Camera, CameraState, Counter, Outage, Status, WatchSpan
from data.watch.availability import SUMS, by_camera
from data.watch.groups import GROUPINGS, by_group, daily
from data.watch.journal import Change, record
from data.watch.rollups import roll_up
from data.watch.service import ServiceHours
from data.watch.tables import Spell, SpellKind, UptimeHour

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CAMERAS = 5
OF = {"all": lambda _: "", "province": lambda c: ("27", "27", "10", "10", "")[c - 1],
      "agency": lambda c: str(1 + c % 2), "contract": lambda c: "C1" if c < 4 else ""}  # fmt: skip


def time(minutes: float) -> datetime:
    return MIDNIGHT + minutes * MINUTE


def fill(database) -> None:
    with database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.add(Agency(id=2, name_th="ทล."))
        session.flush()
        for number in range(1, CAMERAS + 1):
            session.add(
                Camera(
                    id=number, code=f"C{number}", owner_id=int(OF["agency"](number)), lon=102.5, lat=13.6,
                    province_code=OF["province"](number) or None, contract=OF["contract"](number) or None,
                    updated_at=MIDNIGHT,
                )
            )  # fmt: skip


def expected(database, grouping: str, begin: datetime, end: datetime) -> pd.DataFrame:
    each = by_camera(database, begin, end)
    return each.groupby(each["camera_id"].map(OF[grouping]))[list(SUMS)].sum().sort_index()


def agrees(database, begin: datetime, end: datetime) -> None:
    for grouping in GROUPINGS:
        wanted = expected(database, grouping, begin, end)
        found = by_group(database, grouping, begin, end).set_index("key")[list(SUMS)].sort_index()
        assert found.index.tolist() == wanted.index.tolist()
        for name in SUMS:
            assert found[name].tolist() == pytest.approx(wanted[name].tolist(), abs=1e-5), (grouping, name)


@dataclass(frozen=True)
class Turn:
    camera: int
    status: Status
    minute: int


def turn(database, camera: int, status: Status, at: datetime) -> None:
    with database.read() as session:
        state = session.get(CameraState, camera)
    record(database, [Change(camera, status, at, "x", state.seq if state else None)])


turns = st.lists(
    st.builds(Turn, st.integers(1, CAMERAS), st.sampled_from(list(Status)), st.integers(0, 6 * 60)),
    min_size=3,
    max_size=25,
).map(lambda found: sorted(found, key=lambda one: one.minute))
looking = st.lists(st.tuples(st.integers(0, 6 * 60), st.integers(1, 120)), max_size=4)
window = st.tuples(st.integers(0, 420), st.integers(1, 420)).map(sorted).filter(lambda w: w[0] < w[1])


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('sums') / 'takhai.db'}")
    fill(database)
    yield database
    database.dispose()


def clear(database) -> None:
    with database.write() as session:
        for table in (Outage, WatchSpan, Spell, CameraState, UptimeHour):
            session.exec(delete(table))
        session.get(Counter, SUMMED).value = 0


@given(turns, looking, window, st.integers(200, 420), st.integers(0, 5))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_sums_of_hours_and_edges_are_the_exact_sweep(shared, turned, looked, asked, summed_at, before):
    """Part of the story is told, hours are summed, the rest is told, backdated or not, hours are summed anew."""
    clear(shared)
    with shared.write() as session:
        session.add(WatchSpan(worker="w", began_at=time(0), ended_at=time(200)))
        for begin, length in looked:
            session.add(WatchSpan(worker="w", began_at=time(begin), ended_at=time(begin + length)))
    for one in turned[:before]:
        turn(shared, one.camera, one.status, time(one.minute))
    roll_up(shared, time(summed_at))
    for one in turned[before:]:
        turn(shared, one.camera, one.status, time(one.minute))
    agrees(shared, time(asked[0]), time(asked[1]))
    roll_up(shared, time(430), most=2)
    agrees(shared, time(asked[0] + 0.25), time(asked[1] + 0.5))
    roll_up(shared, time(430))
    agrees(shared, time(asked[0]), time(asked[1]))


@pytest.fixture
def told(either_database):
    """Watched for six hours; camera 1 down from 0:50 to 2:10, 2 faulty from 1:00, 3 in maintenance from 3:30."""
    fill(either_database)
    with either_database.write() as session:
        session.add(WatchSpan(worker="w", began_at=time(0), ended_at=time(360)))
    for number in range(1, 4):
        turn(either_database, number, Status.UP, time(0))
    turn(either_database, 1, Status.DOWN, time(50))
    turn(either_database, 2, Status.DEGRADED, time(60))
    turn(either_database, 1, Status.UP, time(130))
    turn(either_database, 3, Status.MAINTENANCE, time(210))
    return either_database


def test_a_window_by_hand_on_either_database(told):
    assert roll_up(told, time(360 + 9)) == 5  # the sixth hour ended less than ten minutes ago
    found = by_group(told, "province", time(30), time(345)).set_index("key")
    seconds = 60 * pd.Series({"up_s": 315 - 80 + 315, "down_s": 80, "degraded_s": 285, "unknown_s": 0})
    assert found.loc["27", list(seconds.index)].to_dict() == pytest.approx(seconds.to_dict())
    assert found.loc["27", ["cameras", "outages", "repairs", "repair_s"]].tolist() == [2, 1, 1, 4800]
    assert found.loc["27", "availability"] == pytest.approx(550 / 630)
    assert found.loc["10", "maintenance_s"] == pytest.approx(60 * 135)
    assert found.loc["10", "unknown_s"] == pytest.approx(60 * 315)  # camera 4 was never looked at
    agrees(told, time(30), time(345))


def test_an_hour_is_summed_once_and_again_when_something_is_backdated_into_it(told):
    assert roll_up(told, time(500)) == 8
    assert roll_up(told, time(500)) == 0
    turn(told, 2, Status.DOWN, time(250))
    assert roll_up(told, time(500)) == 4  # from 4:00 on
    with told.read() as session:
        hour = int(time(240).timestamp() // 3600)
        assert session.get(UptimeHour, ("province", "27", hour)).down_s == 50 * 60
        assert len(session.exec(select(UptimeHour).where(UptimeHour.grouping == "all")).all()) == 8
    agrees(told, time(0), time(400))


def test_sums_outlive_the_outages_they_were_made_of(told):
    roll_up(told, time(500))
    with told.write() as session:
        session.exec(delete(Outage))
    assert by_group(told, "all", time(0), time(360))["down_s"].item() == 80 * 60


def test_an_hour_claimed_by_a_worker_that_was_killed_is_summed_by_the_next(told):
    roll_up(told, time(200))
    with told.write() as session:
        session.exec(delete(UptimeHour).where(UptimeHour.hour == int(time(120).timestamp() // 3600)))
    agrees(told, time(0), time(345))
    assert roll_up(told, time(200)) == 1
    agrees(told, time(0), time(345))


def test_service_hours_leave_the_rest_out_of_groups(told):
    roll_up(told, time(500))
    hours = ServiceHours(from_min=8 * 60, to_min=9 * 60 + 30)  # Bangkok: 1:00 to 2:30 UTC
    found = by_group(told, "province", time(0), time(360), hours).set_index("key")
    assert found.loc["27", "down_s"] == 70 * 60
    assert found.loc["27", "up_s"] == (2 * 90 - 70) * 60


def test_days_are_bangkoks(told):
    roll_up(told, time(500))
    found = daily(told, "province", time(0), time(360))
    assert {str(day) for day in found["day"]} == {"2026-03-01"}
    assert found.set_index("key").loc["27", "down_s"] == 80 * 60
    assert daily(told, "province", time(17 * 60), time(18 * 60)).empty


def test_hours_of_a_day_before_anybody_looked_are_unknown(told):
    roll_up(told, time(500))
    since, before = (daily(told, "all", time(minutes), time(360)).iloc[0] for minutes in (0, -5 * 60))
    assert before["unknown_s"] - since["unknown_s"] == CAMERAS * 5 * 3600
    assert before["down_s"] == since["down_s"]


def test_nothing_is_summed_before_anybody_looked(either_database):
    fill(either_database)
    assert roll_up(either_database, time(500)) == 0
    found = by_group(either_database, "all", time(0), time(60)).iloc[0]
    assert (found["unknown_s"], found["cameras"]) == (CAMERAS * 3600, CAMERAS)
    assert pd.isna(found["availability"])


def test_a_grouping_nobody_sums_by_is_refused(database):
    with pytest.raises(ValueError, match="by all, province, agency, contract, not by 'colour'"):
        by_group(database, "colour", time(0), time(1))


def test_spells_are_kept_for_degraded_and_maintenance(told):
    with told.read() as session:
        found = [(s.camera_id, s.kind, s.began_at, s.ended_at) for s in session.exec(select(Spell))]
    assert found == [(2, SpellKind.DEGRADED, time(60), None), (3, SpellKind.MAINTENANCE, time(210), None)]
    turn(told, 2, Status.DOWN, time(300))
    turn(told, 3, Status.UNKNOWN, time(301))
    with told.read() as session:
        ends = {s.camera_id: s.ended_at for s in session.exec(select(Spell))}
    assert ends == {2: time(300), 3: time(301)}
