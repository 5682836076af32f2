"""The worker as it really runs: a process of its own, real cameras on this machine, a real database."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text
from sqlmodel import select

from data.database import Database, next_number
from data.models import INVENTORY, Agency, Camera, CameraState, Outage, Status, Still, StillWish, WatchSpan
from data.sealing import split_address
from data.settings import HOUSE
from data.watch.journal import summary
from tests.worker.street import Street, clip, http, jpeg, now, picture, playlist, rtsp_camera

PATIENCE_S = 60


def fill(db: Database, addresses: dict[str, tuple[str | None, str | None]]) -> dict[str, int]:
    """Cameras by code with (stream, snapshot); returns their ids."""
    with db.write() as session:
        if session.get(Agency, 1) is None:
            session.add(Agency(id=1, name_th="กทม."))
            session.flush()
        cameras = {}
        for code, (stream, snapshot) in addresses.items():
            (open_, sealed), (still, still_sealed) = split_address(stream), split_address(snapshot)
            cameras[code] = Camera(
                code=code,
                owner_id=1,
                lon=102.5,
                lat=13.6,
                stream_address=open_,
                stream_sealed=sealed,
                snapshot_address=still,
                snapshot_sealed=still_sealed,
                updated_at=now(),
            )
            session.add(cameras[code])
        session.flush()
        next_number(session, INVENTORY)
        return {code: camera.id or 0 for code, camera in cameras.items()}


@contextmanager
def worker(var: Path, **settings: object) -> Iterator[subprocess.Popen[str]]:
    """`takhai worker` until the end of the block."""
    given = {
        "camera_networks": "127.0.0.1/32",
        "probe_interval_s": 1,
        "probe_timeout_s": 5,
        "still_interval_s": 2,
        "stills_at_once": 1,
    } | settings
    environment = os.environ | {f"TAKHAI_{name.upper()}": str(value) for name, value in given.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "worker"],
        cwd=HOUSE,
        env=environment | {"TAKHAI_VAR": str(var)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(what: Callable[[], bool]) -> None:
    """Wait for something to become true; the test fails if it does not."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def states(db: Database) -> dict[int, tuple[str, str]]:
    with db.read() as session:
        return {row.camera_id: (str(row.status), row.reason) for row in session.exec(select(CameraState))}


def table(db: Database, of: type):
    with db.read() as session:
        return session.exec(select(of)).all()


def test_a_worker_tells_cameras_apart_and_keeps_outages_and_stills(street: Street, database: Database, var: Path):
    sequence = iter(range(1, 10**6))
    street.replies |= {
        "/good": lambda *_: playlist(next(sequence), target=1),
        "/seg.ts": http(clip(), "video/mp2t"),
        "/still": http(jpeg()),
        "/rtsp": rtsp_camera(),
        "/closed": http(b"", status="401 No"),
        "/broken": http(b"", status="500 Oops"),
        "/stalled": playlist(3, target=1),
    }
    ids = fill(
        database,
        {
            "good": (street.url("/good"), None),
            "still": (None, street.url("/still")),
            "rtsp": (street.url("/rtsp", "rtsp"), None),
            "closed": (street.url("/closed"), None),
            "broken": (street.url("/broken"), None),
            "stalled": (street.url("/stalled"), None),
            "none": (None, None),
            "outside": ("http://127.0.0.2:9/x", None),
        },
    )
    expected = {
        "good": ("up", "ok"),
        "still": ("up", "ok"),
        "rtsp": ("up", "ok"),
        "closed": ("unknown", "unauthorised"),
        "broken": ("down", "http_error"),
        "stalled": ("down", "stalled"),
        "none": ("unknown", "no_address"),
        "outside": ("unknown", "not_allowed"),
    }
    with worker(var) as process:
        until(lambda: states(database) == {ids[code]: state for code, state in expected.items()})
        pictured = {ids[code] for code in ("good", "still", "rtsp")}
        until(lambda: {still.camera_id for still in table(database, Still)} >= pictured)
        assert summary(database, now())["worker_alive"]
        street.replies["/broken"] = http(jpeg())
        until(lambda: states(database)[ids["broken"]] == ("up", "ok"))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
    [outage] = [o for o in table(database, Outage) if o.camera_id == ids["broken"]]
    assert outage.ended_at is not None
    assert outage.ended_at > outage.began_at
    spans = [s for s in table(database, WatchSpan) if s.camera_id is None]
    assert len(spans) == 1
    assert '"event": "stopped"' in said
    assert "127.0.0.1" not in said


def test_an_inventory_that_changes_is_followed(street: Street, database: Database, var: Path):
    street.replies["/a"] = street.replies["/b"] = http(jpeg())
    first = fill(database, {"a": (street.url("/a"), None)})
    with worker(var):
        until(lambda: states(database) == {first["a"]: ("up", "ok")})
        second = fill(database, {"b": (street.url("/b"), None)})
        until(lambda: states(database).get(second["b"]) == ("up", "ok"))
        with database.write() as session:
            camera = session.get(Camera, second["b"])
            assert camera is not None
            camera.maintenance_until, camera.updated_at = now() + timedelta(hours=1), now()
            next_number(session, INVENTORY)
        until(lambda: states(database).get(second["b"]) == ("maintenance", "maintenance"))


def test_a_black_picture_degrades_a_camera_on_screen_until_it_heals(street: Street, database: Database, var: Path):
    street.replies["/a"] = http(jpeg(picture() // 60))
    ids = fill(database, {"a": (None, street.url("/a"))})
    with database.write() as session:
        session.add(StillWish(camera_id=ids["a"], wanted_at=now() + timedelta(minutes=5)))
    with worker(var):
        until(lambda: states(database).get(ids["a"]) == ("degraded", "black"))
        street.replies["/a"] = http(jpeg())
        until(lambda: states(database).get(ids["a"]) == ("up", "ok"))


def test_when_everything_falls_silent_at_once_cameras_become_unknown_not_down(database: Database, var: Path):
    with Street() as street:
        port = street.port
        paths = {f"c{n}": (street.url(f"/{n}"), None) for n in range(12)}
        for number in range(12):
            street.replies[f"/{number}"] = http(jpeg())
        ids = fill(database, paths)
        with worker(var):
            until(lambda: list(states(database).values()) == [("up", "ok")] * 12)
            street.__exit__()
            until(lambda: set(states(database).values()) == {("unknown", "uplink_lost")})
            again = Street()
            again.port, again.replies = port, street.replies
            with again:
                until(lambda: set(states(database).values()) == {("up", "ok")})
                until(lambda: len([s for s in table(database, WatchSpan) if s.camera_id is None]) >= 2)
        street.__init__()  # so that leaving the block closes an open street
        street.__enter__()
    assert table(database, Outage) == []
    watched = sorted(s.began_at for s in table(database, WatchSpan) if s.camera_id == ids["c0"])
    assert len(watched) >= 2


@pytest.mark.slow
def test_killed_at_any_moment_nothing_committed_is_lost_and_no_still_is_half(
    street: Street, database: Database, var: Path
):
    fails = set()
    for number in range(40):
        street.replies[f"/{number}"] = lambda *_, n=number: (
            http(b"", status="500 No") if n in fails else http(jpeg())
        )
    fill(database, {f"c{n}": (None, street.url(f"/{n}")) for n in range(40)})
    rng = random.Random(5)
    for _ in range(6):
        fails = set(rng.sample(range(40), 20))
        with worker(var, still_interval_s=0.5) as process:
            until(lambda: summary(database, now())["worker_alive"])
            time.sleep(rng.uniform(1.5, 6))
            process.kill()
        with database.read() as session:
            assert session.connection().execute(text("PRAGMA integrity_check")).scalar() == "ok"
        check_books(database)
    for file in (var / "stills").glob("*/*.jpg"):
        Image.open(file).load()
    assert table(database, Outage)
    assert table(database, Still)


def check_books(db: Database) -> None:
    """State, outages and watched spans tell one story."""
    known = {Status.UP, Status.DEGRADED, Status.DOWN}
    now_down = {row.camera_id for row in table(db, CameraState) if row.status is Status.DOWN}
    now_known = {row.camera_id for row in table(db, CameraState) if row.status in known}
    assert {o.camera_id for o in table(db, Outage) if o.ended_at is None} == now_down
    assert {s.camera_id for s in table(db, WatchSpan) if s.camera_id and s.ended_at is None} == now_known


def test_two_workers_side_by_side_keep_one_set_of_books(street: Street, database: Database, var: Path):
    for number in range(20):
        street.replies[f"/{number}"] = http(jpeg()) if number % 2 else http(b"", status="500 No")
    fill(database, {f"c{n}": (None, street.url(f"/{n}")) for n in range(20)})
    with worker(var) as one, worker(var) as other:
        until(lambda: len([s for s in states(database).values() if s[0] == "down"]) == 10)
        street.replies["/0"] = http(jpeg())
        until(lambda: len([s for s in states(database).values() if s[0] == "down"]) == 9)
        assert one.poll() is None
        assert other.poll() is None
    check_books(database)
    assert len(table(database, Outage)) == 10


def test_a_setting_that_cannot_be_meant_is_said_in_one_sentence(database: Database, var: Path):
    with worker(var, uplink_canaries="nonsense") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "host:port" in said
    assert "Traceback" not in said
