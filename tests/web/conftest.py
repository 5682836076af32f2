"""The real app, served by the real server in a process of its own, on a small inventory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from data.database import Database, open_database
from data.models import Camera, CaptureClock, Status
from data.settings import settings
from data.signins import new_link
from data.watch.journal import Change, beat, record
from data.watch.thumbnails import Picture, write_stills
from tests.archives import write_streets
from tests.conftest import stock
from tests.serving import environment, streamlit

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
    cameras = (
        Camera(
            id=number, code=f"C{number}", name_th="=SUM(1)" if number == 1 else f"กล้อง {number}", owner_id=1,
            lon=LON + number / 2000, lat=LAT, bearing_deg=90, hfov_deg=60, pixels_h=1920, updated_at=now,
            stream_sealed=b"sealed",
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    stock(db, cameras)
    changes = [
        Change(number, Status.DOWN if number == DOWN else Status.UP, now, "ok", None)
        for number in range(1, count + 1)
        if number != NEVER_SEEN
    ]
    record(db, changes)
    beat(db, "test", None, now)


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    var = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAKHAI_VAR", str(var))
        settings.cache_clear()
        db = open_database(settings().url)
        fill(db)
        write_streets(var / STREETS, LON, LAT)
        write_stills(db, [(PICTURED, Picture(JPEG, CAPTURED_AT, CaptureClock.STREAM, 320, 180))])
    settings.cache_clear()
    try:
        with streamlit(
            "app.py", environment(var, basemap=var / STREETS, archive_place=var / "kept"), var / "app.log"
        ) as app:
            yield Served(app.port, var, db)
    finally:
        db.dispose()
