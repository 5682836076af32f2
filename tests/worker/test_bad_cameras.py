"""A real worker among cameras that are hostile, broken, or all back at once: its pace, its reasons, its leaks."""

import asyncio
import io
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from data.database import Database
from data.models import CameraState, Outage, Status, Still, StillWish
from data.watch.tables import Incident, Sight
from tests.bench import processes
from tests.conftest import free_port
from tests.serving import environment, module, until
from tests.worker.lively import events, lateness, lively_street
from tests.worker.street import Street, http, jpeg, playlist
from tests.worker.test_bad_pictures import words
from tests.worker.test_loop import fill, states
from worker.schedule import SECOND_LOOK_S

pytestmark = pytest.mark.slow
MANY = 5_000
INTERVAL_S, TIMEOUT_S = 12.0, 4.0


def files(pid: int) -> int:
    """How many files and sockets a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def bomb() -> bytes:
    """A PNG of 16,000 x 16,000 in half a megabyte."""
    out = io.BytesIO()
    Image.new("L", (16_000, 16_000)).save(out, "PNG", compress_level=9)
    return out.getvalue()


@pytest.mark.timeout(500)
def test_hostile_cameras_each_have_their_reason_and_the_good_ones_never_wait(
    street: Street, database: Database, tmp_path: Path, var: Path
):
    own, endless = free_port(), b"\xff\xd8\xff" + b"\x11" * 4_000_000
    mjpeg = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n--f\r\n\r\n"
    sequence = iter(range(10**6))

    async def mute(method: str, headers: dict[str, str]) -> None:
        await asyncio.sleep(3_600)

    street.replies |= {
        "/garbage": b"\x00\x17\xfe" * 700,
        "/bomb": http(bomb(), "image/png"),
        "/endless": mjpeg + endless,
        "/head": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200_000,
        "/database": lambda *_: playlist(next(sequence), segment=f"http://127.0.0.1:{own}/x.ts"),
        "/home": http(b"", "text/plain", "302 Found", "Location: http://127.0.0.2:80/"),
        "/mine": http(b"", "text/plain", "302 Found", f"Location: http://127.0.0.1:{own}/"),
        "/mute": mute,
        "/rtsp": b"RTSP/1.0 400 Bad Request\r\n\r\n",
    }
    plain = street.url("/good")
    hostile = {
        "garbage": (street.url("/garbage"), "down", "garbage"),
        "garbage by rtsp": (street.url("/garbage", "rtsp"), "down", "garbage"),
        "bomb": (street.url("/bomb"), "degraded", "garbage"),
        "endless": (street.url("/endless"), "degraded", "incomplete"),
        "head": (street.url("/head"), "down", "garbage"),
        "database": (street.url("/database"), "degraded", "not_allowed"),
        "file": ("hls://file:///etc/passwd", "unknown", "not_allowed"),
        "home": (street.url("/home"), "unknown", "not_allowed"),
        "mine": (street.url("/mine"), "unknown", "not_allowed"),
        "mute": (street.url("/mute"), "down", "timeout"),
        "tls": (
            plain.replace("http:", "https:"),
            "down",
            "timeout",
        ),  # waits for the end of what it takes for a line
        "rtsp over tls": (plain.replace("http:", "rtsps:"), "down", "timeout"),
        "rtsp by http": (street.url("/rtsp"), "down", "garbage"),
    }
    good = {f"good {n}": (None, street.url(f"/good/{n}")) for n in range(20)}
    street.replies |= {f"/good/{n}": lambda *_: http(jpeg()) for n in range(20)}
    ids = fill(database, good | {code: (address, None) for code, (address, *_) in hostile.items()})
    at = datetime.now(UTC)
    with database.write() as session:  # all on screen
        session.add_all(StillWish(camera_id=one, wanted_at=at + timedelta(hours=1)) for one in ids.values())
    expected = {ids[code]: (status, reason) for code, (_, status, reason) in hostile.items()}
    expected |= {ids[code]: ("up", "ok") for code in good}
    log = tmp_path / "worker.log"
    surroundings = environment(
        var, port=own, camera_networks="127.0.0.1/32", probe_interval_s=2, probe_timeout_s=3, still_interval_s=2
    )

    with module("cli", "worker", log=log, surroundings=surroundings) as worker:
        until(lambda: states(database) == expected, "each hostile camera has its reason", 240)
        held = files(worker.pid)
        begun_at = datetime.now(UTC)
        time.sleep(15)
        assert files(worker.pid) <= held + 20
        assert processes.memory_mb(worker.pid) < 600
        assert states(database) == expected
        with database.read() as session:
            fresh = session.exec(select(Still.camera_id).where(Still.captured_at > begun_at)).all()
            whys = dict(session.exec(select(Sight.camera_id, Sight.reason)).all())
        assert set(fresh) >= {ids[code] for code in good}
        assert set(fresh).isdisjoint(ids[code] for code in hostile)
        assert set(whys.values()) <= words().keys(), "a reason without words"
        asked_s = time.monotonic()
        worker.terminate()
        worker.wait(30)
        assert time.monotonic() - asked_s < 30
    assert worker.returncode == 0
    assert not events(log, "failed", "not_watching")
    assert "Traceback" not in log.read_text()


@pytest.mark.timeout(600)
def test_five_thousand_cameras_that_recover_in_one_second_neither_slow_the_worker_nor_count_twice(
    database: Database, tmp_path: Path, var: Path
):
    log = tmp_path / "worker.log"
    surroundings = environment(
        var, camera_networks="127.0.0.1/32", probe_interval_s=INTERVAL_S, probe_timeout_s=TIMEOUT_S,
        still_interval_s=3_600, still_cores=0.2,
    )  # fmt: skip
    codes = [f"PA-{n // 50}-{n % 50:02d}" for n in range(MANY)]
    with lively_street() as cameras:
        fill(database, {code: (None, cameras.street.address(code, "still.jpg")) for code in codes})

        def all_are(status: Status) -> bool:
            with database.read() as session:
                counts = Counter(session.exec(select(CameraState.status)).all())
            return counts == {status: MANY}

        with module("cli", "worker", log=log, surroundings=surroundings) as worker:
            until(lambda: all_are(Status.UP), "all are up", 150)
            held, memory_mb = files(worker.pid), processes.memory_mb(worker.pid)
            cameras.order(codes, "refuse")
            until(lambda: all_are(Status.DOWN), "all are down", 150)
            back_at = datetime.now(UTC)
            cameras.order(codes, "none")
            until(lambda: all_are(Status.UP), "all are back", 150)
            time.sleep(12)  # duties have their turn
            assert files(worker.pid) <= held + 100
            assert processes.memory_mb(worker.pid) < memory_mb + 150
    with database.read() as session:
        outages = session.exec(select(Outage)).all()
        assert session.exec(select(Incident).where(Incident.ended_at == None)).all() == []  # noqa: E711
    assert sorted(one.camera_id for one in outages) == sorted({one.camera_id for one in outages})
    assert len(outages) == MANY
    # A camera is found back within an interval, and what the worker says that 99 of 100 looks were late.
    most_s = 1.2 * INTERVAL_S + SECOND_LOOK_S + lateness(log, INTERVAL_S)
    waited_s = sorted((one.ended_at - back_at).total_seconds() for one in outages if one.ended_at is not None)
    assert len(waited_s) == MANY
    assert waited_s[0] >= -TIMEOUT_S  # a look that finds one back may have been under way when it came back
    assert waited_s[int(0.98 * MANY)] <= most_s
    assert waited_s[-1] <= most_s + 2 * INTERVAL_S
    assert not events(log, "failed", "uplink_lost")
