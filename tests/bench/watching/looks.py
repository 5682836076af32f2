"""Look now: from the asking to a fresh picture in the database, and how many a second come after it."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Agency, Camera, Still
from data.watch.desk import look_now
from tests.bench.rows import Row, at_least, at_most, just
from tests.serving import environment, module, until
from tests.worker.lively import lively_street

EACH, WATCHED_S = 8, 20.0
KINDS = {"HLS": "live.m3u8", "RTSP": "rtsp", "a JPEG": "still.jpg", "moving JPEG": "live.mjpg"}


def measure() -> Iterator[Row]:
    """Let a real worker look at simulated cameras, one after the other."""
    with tempfile.TemporaryDirectory(prefix="takhai-looks-") as folder, lively_street() as cameras:
        var = Path(folder) / "var"
        db = open_database(f"sqlite:///{var / 'takhai.db'}")
        addresses = {
            f"PA-{kind[:1]}-{number:04d}": (kind, cameras.street.address(f"PA-{kind[:1]}-{number:04d}", name))
            for kind, name in KINDS.items()
            for number in range(1, EACH + 1)
        }
        ids = _fill(db, addresses)
        surroundings = environment(
            var, camera_networks="127.0.0.1/32", still_interval_s=3_600, probe_interval_s=10
        )
        with module("cli", "worker", log=Path(folder) / "worker.log", surroundings=surroundings):
            until(lambda: len(_captured(db)) >= 0.9 * len(ids), "nearly every camera has a picture", 180)
            there = _captured(db)
            for kind in KINDS:
                those = [ids[code] for code, (of, _) in addresses.items() if of == kind and ids[code] in there]
                waits = [_fresh(db, camera_id) for camera_id in those]
                yield at_most(
                    f"look now at {kind}, {len(those)} cameras: until a fresh picture", max(waits), "s", 3
                )
                yield just(f"look now at {kind}: the same, median", statistics.median(waits), "s")
                pace = _pace(db, those[0])
                if kind == "HLS":  # a playlist brings a segment each two seconds
                    yield just(f"look now at {kind}: pictures a second after it", pace, "per s")
                else:
                    yield at_least(f"look now at {kind}: pictures a second after it", pace, "per s", 0.8)
        db.dispose()


def _fill(db: Database, addresses: dict[str, tuple[str, str]]) -> dict[str, int]:
    at = datetime.now(UTC)
    with db.write() as session:
        session.add(Agency(id=1, name_th="หน่วยวัดผล"))
        session.flush()
        rows = {}
        for code, (kind, address) in addresses.items():
            where = {"snapshot_address" if kind == "a JPEG" else "stream_address": address}
            rows[code] = Camera(code=code, owner_id=1, lon=102.5, lat=13.6, updated_at=at, **where)
        session.add_all(rows.values())
        session.flush()
        next_number(session, INVENTORY)
        return {code: row.id or 0 for code, row in rows.items()}


def _captured(db: Database) -> dict[int, datetime]:
    with db.read() as session:
        return dict(session.exec(select(Still.camera_id, Still.captured_at)).all())


def _fresh(db: Database, camera_id: int) -> float:
    """Ask, and wait for a picture that is another one. [s]"""
    before, began = _captured(db)[camera_id], time.perf_counter()
    look_now(db, camera_id, datetime.now(UTC), 2)
    while _captured(db)[camera_id] <= before:
        if time.perf_counter() - began > 30:
            raise AssertionError(f"camera {camera_id} gave no picture within 30 s")
        time.sleep(0.02)
    return time.perf_counter() - began


def _pace(db: Database, camera_id: int) -> float:
    """Different pictures a second while somebody looks. [1/s]"""
    look_now(db, camera_id, datetime.now(UTC), int(WATCHED_S))
    seen, until_s = set(), time.monotonic() + WATCHED_S
    while time.monotonic() < until_s:
        seen.add(_captured(db)[camera_id])
        time.sleep(0.1)
    return (len(seen) - 1) / WATCHED_S
