"""The real app, served by the real server in a process of its own, on a small inventory."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Agency, Camera, CaptureClock, Status
from data.settings import HOUSE, settings
from data.signins import new_link
from data.watch.journal import Change, beat, record
from data.watch.thumbnails import Picture, write_still
from tests.archives import write_streets
from tests.conftest import free_port

LON, LAT = 102.507, 13.692  # Aranyaprathet
CAMERAS = 40
DOWN, NEVER_SEEN = 3, 40  # ids; all others are up
PICTURED = 5
CAPTURED_AT = datetime(2026, 11, 23, 4, 59, 30, tzinfo=UTC)
STREETS = "streets.pmtiles"  # the base source, in the folder of the app
JPEG = b"\xff\xd8\xff\xe0 stands for a picture \xff\xd9"


@dataclass(frozen=True)
class Served:
    """A running app."""

    port: int
    var: Path
    db: Database

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self) -> str:
        return new_link(self.db, datetime.now(UTC))

    def anonymous(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy between us
        return session

    def signed_in(self) -> requests.Session:
        session = self.anonymous()
        session.get(f"{self.url}/login", params={"token": self.token()}, allow_redirects=False)
        assert session.cookies.get("takhai")
        return session


def fill(db: Database, count: int = CAMERAS) -> None:
    """Cameras side by side, each 50 m from the next."""
    now = datetime.now(UTC)
    with db.write() as session:
        next_number(session, INVENTORY)
        session.add(Agency(id=1, name_th="เทศบาลทดสอบ"))
        session.flush()
        session.add_all(
            Camera(
                id=number, code=f"C{number}", name_th="=SUM(1)" if number == 1 else f"กล้อง {number}", owner_id=1,
                lon=LON + number / 2000, lat=LAT, bearing_deg=90, hfov_deg=60, pixels_h=1920, updated_at=now,
                stream_sealed=b"sealed",
            )
            for number in range(1, count + 1)
        )  # fmt: skip
    changes = [
        Change(number, Status.DOWN if number == DOWN else Status.UP, now, "ok", None)
        for number in range(1, count + 1)
        if number != NEVER_SEEN
    ]
    record(db, changes)
    beat(db, "test", None, now)


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    var, port = tmp_path_factory.mktemp("served"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAKHAI_VAR", str(var))
        settings.cache_clear()
        db = open_database(settings().url)
        fill(db)
        write_streets(var / STREETS, LON, LAT)
        write_still(db, PICTURED, Picture(JPEG, CAPTURED_AT, CaptureClock.STREAM, 320, 180))
    settings.cache_clear()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAKHAI_")}
    log = (var / "app.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=HOUSE, env=environment | {"TAKHAI_VAR": str(var), "TAKHAI_BASEMAP": str(var / STREETS)},
        stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait_for(port, process, var / "app.log")
        yield Served(port, var, db)
    finally:
        process.terminate()
        process.wait(20)
        log.close()
        db.dispose()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    session = requests.Session()
    session.trust_env = False
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if session.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail(f"the app did not start: {log.read_text()}")
