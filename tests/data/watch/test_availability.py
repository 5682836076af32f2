from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import delete

from data.database import open_database
from data.models import Agency, Camera, Outage, WatchSpan
from data.watch.availability import Spans, availability, by_camera, of_camera
from data.watch.service import ServiceHours
from data.watch.tables import Spell, SpellKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
S = 1_000_000


def spans(*rows: tuple[int, int, int]) -> Spans:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Spans(table[:, 0].astype(np.intp), table[:, 1], table[:, 2])


def test_an_hour_with_a_known_outage_by_hand():
    hour = 3600 * S
    frame = availability(
        1,
        outages=spans((0, 600 * S, 1200 * S)),
        watched=spans((0, 0, hour)),
        looking=spans((0, 0, hour)),
        begin=0,
        end=hour,
    )
    row = frame.iloc[0]
    assert (row.watched_s, row.down_s, row.unknown_s, row.outages) == (3600, 600, 0, 1)
    assert row.availability == pytest.approx(5 / 6)
    assert (row.mttr_s, row.mtbf_s) == (600, 3000)


def test_time_nobody_was_looking_counts_neither_way():
    frame = availability(
        2,
        outages=spans((0, 20, 80)),
        watched=spans((0, 0, 100)),
        looking=spans((0, 0, 40), (0, 30, 50), (0, 70, 100)),
        begin=0,
        end=100,
    )
    # Looked in [0, 50) and [70, 100): 80 in all, of which down in [20, 50) and [70, 80).
    assert (frame["watched_s"] * S).tolist() == [80, 0]
    assert (frame["down_s"] * S).tolist() == [40, 0]
    assert frame["availability"][0] == 0.5
    assert np.isnan(frame["availability"][1])
    assert (frame["unknown_s"] * S).tolist() == [20, 100]


span = st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 30)).map(
    lambda t: (t[0], min(t[1:]), max(t[1:]))
)


@given(st.lists(span, max_size=8), st.lists(span, max_size=8), st.lists(span, max_size=5), span)
def test_interval_sums_agree_with_counting_every_microsecond(out, seen, looking, window):
    begin, end = window[1], window[2] + 1
    frame = availability(3, spans(*out), spans(*seen), spans(*looking), begin, end)
    looked = {t for _, a, b in looking for t in range(a, b)}
    for camera in range(3):
        watched = {t for c, a, b in seen if c == camera for t in range(a, b)} & looked & set(range(begin, end))
        down = watched & {t for c, a, b in out if c == camera for t in range(a, b)}
        assert round(frame["watched_s"][camera] * S) == len(watched)
        assert round(frame["down_s"][camera] * S) == len(down)
        if watched:
            assert frame["availability"][camera] == pytest.approx(1 - len(down) / len(watched))


@pytest.fixture
def db(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'takhai.db'}")
    with database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.flush()
        for number in (3, 8):
            session.add(Camera(id=number, code=str(number), owner_id=1, lon=102.5, lat=13.6, updated_at=NOON))
        session.flush()
        session.add(WatchSpan(worker="w", began_at=NOON, ended_at=NOON + timedelta(hours=10)))
        session.add(WatchSpan(camera_id=8, began_at=NOON + timedelta(hours=1)))
        session.add(
            Outage(camera_id=8, began_at=NOON + timedelta(hours=2), ended_at=NOON + timedelta(hours=3, minutes=48))
        )
        session.add(Outage(camera_id=8, began_at=NOON + timedelta(hours=9, microseconds=1)))
    yield database
    database.dispose()


def test_the_database_gives_the_figures_worked_out_by_hand(db):
    # Camera 8 was watched from 13:00 to 22:00 and down for 1.8 h; the open outage began after the window's 21:00.
    frame = by_camera(db, NOON, NOON + timedelta(hours=9))
    assert frame["camera_id"].tolist() == [3, 8]
    row = frame.iloc[1]
    assert (row.watched_s, row.down_s, row.unknown_s) == (8 * 3600, 1.8 * 3600, 3600)
    assert row.availability == pytest.approx(0.775)
    assert (row.outages, row.mttr_s) == (1, 1.8 * 3600)
    assert np.isnan(frame["availability"][0])


def test_an_open_outage_counts_up_to_the_last_look(db):
    found = of_camera(db, 8, NOON + timedelta(hours=9), NOON + timedelta(hours=12))
    assert found is not None
    assert found.watched_s == 3600
    assert found.down_s == pytest.approx(3600 - 1e-6)
    assert found.unknown_s == 2 * 3600
    assert found.mttr is None
    assert found.outages == 1


def test_a_camera_that_does_not_exist_has_no_availability(db):
    assert of_camera(db, 4, NOON, NOON + timedelta(hours=1)) is None


def test_a_camera_nobody_watched_has_no_availability_figure(db):
    found = of_camera(db, 3, NOON, NOON + timedelta(hours=1))
    assert found is not None
    assert found.availability is None
    assert found.unknown_s == 3600


def test_a_window_that_ends_before_it_begins_is_refused(db):
    with pytest.raises(ValueError, match="end after it begins"):
        by_camera(db, NOON, NOON)


def test_of_some_cameras_or_none_the_columns_are_the_same(db):
    every = by_camera(db, NOON, NOON + timedelta(hours=9))
    assert by_camera(db, NOON, NOON + timedelta(hours=9), [8, 99]).equals(every[1:].reset_index(drop=True))
    none = by_camera(db, NOON, NOON + timedelta(hours=9), [])
    assert none.empty
    assert none.columns.tolist() == every.columns.tolist()


def test_maintenance_and_a_bad_picture_stand_apart(db):
    with db.write() as session:
        for kind, begin, end in ((SpellKind.DEGRADED, 1, 2), (SpellKind.MAINTENANCE, 4, 6)):
            session.add(
                Spell(
                    camera_id=8,
                    kind=kind,
                    began_at=NOON + timedelta(hours=begin),
                    ended_at=NOON + timedelta(hours=end),
                )
            )
    found = of_camera(db, 8, NOON, NOON + timedelta(hours=9))
    assert (found.up_s, found.down_s, found.degraded_s) == (4.2 * 3600, 1.8 * 3600, 3600)
    assert (found.maintenance_s, found.unknown_s) == (2 * 3600, 3600)
    assert found.availability == pytest.approx(0.7)
    assert (found.mttr, found.mtbf) == (timedelta(hours=1.8), timedelta(hours=4.2))


def test_service_hours_leave_the_rest_out(db):
    # Bangkok: 21:00 to 22:00 is 14:00 to 15:00 UTC, in which the camera was down; the day after nobody looked
    hours = ServiceHours(from_min=21 * 60, to_min=22 * 60)
    found = of_camera(db, 8, NOON, NOON + timedelta(hours=33), hours)
    assert (found.down_s, found.up_s, found.unknown_s) == (3600, 0, 3600)
    assert (found.outages, found.repairs) == (1, 0)


state_span = st.tuples(st.integers(0, 600), st.integers(1, 300))


@given(*[st.lists(state_span, max_size=5) for _ in range(5)], st.tuples(st.integers(0, 600), st.integers(1, 600)))
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
def test_one_camera_and_all_cameras_are_counted_alike(db, outages, seen, looked, kept, bad, window):
    """The line of one camera and the sweep over all are two ways to the same figures, and fill the window."""

    def times(one: tuple[int, int]) -> dict[str, datetime]:
        return {"began_at": NOON + timedelta(minutes=one[0]), "ended_at": NOON + timedelta(minutes=sum(one))}

    with db.write() as session:
        for table in (Outage, WatchSpan, Spell):
            session.exec(delete(table))
        session.add_all(Outage(camera_id=8, **times(one)) for one in outages)
        session.add_all(WatchSpan(camera_id=8, **times(one)) for one in seen)
        session.add_all(WatchSpan(worker="w", **times(one)) for one in looked)
        for kind, those in ((SpellKind.MAINTENANCE, kept), (SpellKind.DEGRADED, bad)):
            session.add_all(Spell(camera_id=8, kind=kind, **times(one)) for one in those)
    begin, end = times(window).values()
    one = of_camera(db, 8, begin, end)
    row = by_camera(db, begin, end, [8]).iloc[0]
    for name in ("up_s", "down_s", "degraded_s", "maintenance_s", "unknown_s", "outages", "repairs"):
        assert getattr(one, name) == row[name], name
    assert one.up_s + one.down_s + one.maintenance_s + one.unknown_s == (end - begin).total_seconds()
    assert one.degraded_s <= one.up_s
