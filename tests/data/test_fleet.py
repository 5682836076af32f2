import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import event

from data.database import Database, next_number
from data.fleet import (
    DOWN,
    MAINTENANCE,
    OVERLAY_MOST,
    TILES_REST_S,
    TILES_STAND_S,
    UNKNOWN,
    UP,
    Fleet,
    end_shared,
    shared,
)
from data.models import INVENTORY, Agency, Camera, CameraState, Status
from data.settings import settings
from data.watch.journal import Change, beat, record
from geo.tile.tiles import STATUSES

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
LON, LAT = 102.507, 13.692


class Stopwatch:
    """Time that moves when told."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def add_cameras(database: Database, count: int, first: int = 1) -> None:
    with database.write() as session:
        next_number(session, INVENTORY)
        if session.get(Agency, 1) is None:
            session.add(Agency(id=1, name_th="ทดสอบ"))
            session.flush()
        session.add_all(
            Camera(
                id=number, code=f"C{number}", owner_id=1, lon=LON + number / 1e5, lat=LAT, bearing_deg=90,
                hfov_deg=60, pixels_h=1920, updated_at=NOON,
            )
            for number in range(first, first + count)
        )  # fmt: skip


def change(database: Database, camera_id: int, status: Status, at: datetime = NOON, reason: str = "ok") -> None:
    with database.read() as session:
        state = session.get(CameraState, camera_id)
    record(database, [Change(camera_id, status, at, reason, state.seq if state else None)])


def statements(database: Database) -> list[str]:
    said: list[str] = []
    event.listen(
        database.reader, "before_cursor_execute", lambda _c, _cursor, statement, *_: said.append(statement)
    )
    return said


def test_a_camera_nobody_looked_at_is_unknown(database):
    add_cameras(database, 2)
    snapshot = Fleet(database).now()
    assert snapshot.ids.tolist() == [1, 2]
    assert snapshot.status.tolist() == [UNKNOWN, UNKNOWN]
    assert np.isnat(snapshot.since).all()
    assert snapshot.frame["status"].tolist() == ["unknown", "unknown"]
    assert snapshot.as_of is None


def test_status_codes_are_those_of_the_tiles():
    assert [STATUSES[code] for code in (UNKNOWN, UP, DOWN, MAINTENANCE)] == [
        "unknown",
        "up",
        "down",
        "maintenance",
    ]
    assert set(STATUSES) == {status.value for status in Status}


def test_a_refresh_brings_what_changed_and_leaves_the_old_snapshot_as_it_was(database):
    add_cameras(database, 3)
    fleet = Fleet(database)
    before = fleet.now()
    change(database, 2, Status.DOWN, NOON, "timeout")
    after = fleet.refresh()
    assert before.status.tolist() == [UNKNOWN] * 3
    assert after.status.tolist() == [UNKNOWN, DOWN, UNKNOWN]
    assert after.frame.loc[1, ["status", "reason"]].tolist() == ["down", "timeout"]
    assert after.frame.loc[1, "since"].to_pydatetime() == NOON
    assert after.changed_since(before.seq).tolist() == [1]
    assert after.changed_since(after.seq).tolist() == []
    assert after.inventory is before.inventory  # nothing but statuses was read


def test_the_same_statuses_are_there_after_a_restart(database):
    add_cameras(database, 3)
    change(database, 3, Status.DEGRADED, NOON, "black")
    running = Fleet(database)
    running.now()
    change(database, 1, Status.UP)
    change(database, 3, Status.MAINTENANCE, NOON + timedelta(hours=1), "maintenance")
    followed, fresh = running.refresh(), Fleet(database).now()
    assert followed.frame["reason"].tolist() == fresh.frame["reason"].tolist()
    for name in ("status", "since", "changed", "seq"):
        np.testing.assert_array_equal(getattr(followed, name), getattr(fresh, name), err_msg=name)


def test_a_quiet_refresh_is_one_query_and_the_same_snapshot(database):
    add_cameras(database, 3)
    fleet = Fleet(database)
    first = fleet.now()
    said = statements(database)
    assert fleet.refresh() is first
    assert len([line for line in said if line.startswith("SELECT")]) == 1


def test_a_refresh_after_a_number_without_rows_asks_for_them_once(database):
    add_cameras(database, 1)
    change(database, 1, Status.UP)
    fleet = Fleet(database)
    fleet.now()
    record(database, [Change(1, Status.DOWN, NOON, "timeout", base_seq=None)])  # loses: decided on no row
    fleet.refresh()
    said = statements(database)
    fleet.refresh()
    assert len([line for line in said if line.startswith("SELECT")]) == 1
    assert fleet.now().status.tolist() == [UP]


def test_a_new_inventory_is_loaded_whole(database):
    add_cameras(database, 2)
    change(database, 1, Status.UP)
    fleet = Fleet(database)
    old = fleet.now()
    add_cameras(database, 2, first=3)
    new = fleet.refresh()
    assert new.ids.tolist() == [1, 2, 3, 4]
    assert new.status.tolist() == [UP, UNKNOWN, UNKNOWN, UNKNOWN]
    assert new.version != old.version
    assert new.row_of(3) == 2
    assert new.row_of(9) is None
    assert new.ground().at.tolist() == [0, 1, 2, 3]


def test_a_status_of_a_camera_we_do_not_know_yet_waits_for_its_inventory(database):
    add_cameras(database, 1)
    fleet = Fleet(database)
    fleet.now()
    with database.write() as session:  # a camera whose inventory number was not taken: as seen half way
        session.add(Camera(id=2, code="C2", owner_id=1, lon=LON, lat=LAT, updated_at=NOON))
    change(database, 2, Status.UP)
    assert fleet.refresh().status.tolist() == [UNKNOWN]
    with database.write() as session:
        next_number(session, INVENTORY)
    assert fleet.refresh().status.tolist() == [UNKNOWN, UP]


def test_the_data_are_as_old_as_the_last_beat_of_a_worker(database):
    add_cameras(database, 1)
    fleet = Fleet(database)
    fleet.now()
    span = beat(database, "worker-1", None, NOON)
    assert fleet.refresh().as_of == NOON
    beat(database, "worker-1", span, NOON + timedelta(seconds=5))
    assert fleet.refresh().as_of == NOON + timedelta(seconds=5)


def test_the_span_a_camera_was_watched_is_no_beat(database):
    add_cameras(database, 1)
    change(database, 1, Status.UP, NOON)
    change(database, 1, Status.UNKNOWN, NOON + timedelta(hours=1), "uplink_lost")
    assert Fleet(database).now().as_of is None


def test_tiles_stand_while_little_changes_and_then_move(database):
    add_cameras(database, 3)
    watch = Stopwatch()
    fleet = Fleet(database, watch)
    first = fleet.now()
    change(database, 1, Status.DOWN)
    watch.seconds = TILES_STAND_S - 1
    standing = fleet.refresh()
    assert (standing.version, standing.base_seq) == (first.version, first.base_seq)
    assert standing.tiles.status.tolist() == [UNKNOWN] * 3
    assert standing.changed_since(standing.base_seq).tolist() == [0]
    watch.seconds = TILES_STAND_S
    moved = fleet.refresh()
    assert moved.version != first.version
    assert moved.tiles.status.tolist() == [DOWN, UNKNOWN, UNKNOWN]
    assert moved.changed_since(moved.base_seq).tolist() == []


def test_tiles_stay_for_ever_while_nothing_changes(database):
    add_cameras(database, 1)
    watch = Stopwatch()
    fleet = Fleet(database, watch)
    first = fleet.now()
    watch.seconds = 10 * TILES_STAND_S
    assert fleet.refresh().version == first.version


def test_a_storm_of_changes_moves_the_tiles_early_but_not_at_once(database):
    count = OVERLAY_MOST + 1
    add_cameras(database, count)
    watch = Stopwatch()
    fleet = Fleet(database, watch)
    first = fleet.now()
    record(database, [Change(number, Status.UP, NOON, "ok", None) for number in range(1, count + 1)])
    watch.seconds = TILES_REST_S / 2
    assert fleet.refresh().version == first.version
    watch.seconds = TILES_REST_S
    assert fleet.refresh().version != first.version


def test_nobody_can_change_a_snapshot(database):
    add_cameras(database, 2)
    fleet = Fleet(database)
    for snapshot in (fleet.now(), (change(database, 1, Status.UP), fleet.refresh())[1]):
        for name in ("ids", "lon", "lat", "status", "since", "reason", "changed"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(snapshot, name)[0] = getattr(snapshot, name)[1]


def test_a_camera_put_right_keeps_its_status_and_one_in_its_place_does_not(database):
    add_cameras(database, 2)
    change(database, 1, Status.UP)
    change(database, 2, Status.DOWN)
    fleet = Fleet(database)
    first = fleet.now()
    with database.write() as session:
        next_number(session, INVENTORY)
        camera = session.get(Camera, 1)
        camera.lon, camera.updated_at = 100.0, NOON + timedelta(hours=1)
    moved = fleet.refresh()
    assert (moved.lon[0], moved.status.tolist()) == (100.0, [UP, DOWN])
    assert first.lon[0] != 100.0
    with database.write() as session:
        next_number(session, INVENTORY)
        session.delete(session.get(Camera, 2))
        session.flush()
        session.add(Camera(id=2, code="new", owner_id=1, lon=LON, lat=LAT, updated_at=NOON + timedelta(hours=2)))
    assert fleet.refresh().status.tolist() == [UP, UNKNOWN]


def test_an_empty_inventory_is_an_empty_fleet(database):
    snapshot = Fleet(database).now()
    assert (len(snapshot.ids), len(snapshot.frame), len(snapshot.ground().range_m)) == (0, 0, 0)
    assert snapshot.tiles.tile(0, 0, 0) == b""


def test_the_shared_fleet_follows_by_itself(database):
    add_cameras(database, 1)
    fleet = shared(settings().url)
    try:
        assert shared(settings().url) is fleet
        assert fleet.now().status.tolist() == [UNKNOWN]
        change(database, 1, Status.DOWN)
        waited = threading.Event()
        for _ in range(100):
            if fleet.now().status.tolist() == [DOWN]:
                break
            waited.wait(0.1)
        assert fleet.now().status.tolist() == [DOWN]
    finally:
        end_shared()


def test_readers_never_see_half_a_change(database):
    add_cameras(database, 50)
    fleet = Fleet(database)
    fleet.now()
    torn: list[set[int]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen = set(fleet.now().status.tolist())
            if len(seen) > 1:
                torn.append(seen)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    base = None
    for status in (Status.UP, Status.DOWN, Status.UP, Status.MAINTENANCE):
        stored = record(database, [Change(n, status, NOON, "ok", base) for n in range(1, 51)])
        base = stored[1].seq
        fleet.refresh()
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert set(fleet.now().status.tolist()) == {MAINTENANCE}
