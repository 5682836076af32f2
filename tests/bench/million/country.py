"""A demo country of a million cameras, all but a few of them looked at, in a database of its own."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from data.database import Database, next_number, open_database
from data.models import SEQ, CameraState, Status
from data.settings import HOUSE
from data.watch.journal import Change, beat, record
from tests.serving import environment

CAMERAS = 1_000_000
# of each hundred cameras, by their number: 88 work, 5 are down, 3 degraded, 1 in maintenance, 3 never looked at
_STATUS = (
    "CASE WHEN id % 100 < 88 THEN 'up' WHEN id % 100 < 93 THEN 'down' WHEN id % 100 < 96 THEN 'degraded' "
    "ELSE 'maintenance' END"
)
_LOOKED_AT = 97
_SECONDS = "strftime('%Y-%m-%d %H:%M:%S.000000', 'now')"


@dataclass(frozen=True)
class Country:
    """A folder with the database of a million cameras."""

    var: Path
    db: Database

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database."""
        return url_of(self.var)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a process that works on it; the machine's own settings do not count."""
        return environment(self.var)

    def turn(self, cameras: Sequence[int], status: Status) -> int:
        """Give some cameras another status, as a worker does; return the number of the change."""
        with self.db.read() as session:
            stored = {camera: session.get(CameraState, camera) for camera in cameras}
        at = datetime.now(UTC)
        done = record(
            self.db,
            [Change(one, status, at, "timeout", state.seq if state else None) for one, state in stored.items()],
        )
        assert all(one.won for one in done.values()), "somebody else writes into this database"
        return max(one.seq for one in done.values())


def make(var: Path) -> tuple[Country, float]:
    """Invent the country as `takhai demo` does; return it and the seconds it took."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--cameras", str(CAMERAS), "--json"],
        cwd=HOUSE, env=environment(var), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    country = Country(var, open_database(url_of(var)))
    with country.db.write() as session:
        seq = next_number(session, SEQ)
        session.execute(
            text(
                "INSERT INTO camerastate (camera_id, status, since, reason, seq) "
                f"SELECT id, {_STATUS}, {_SECONDS}, 'ok', :seq FROM camera WHERE id % 100 < {_LOOKED_AT}"
            ),
            {"seq": seq},
        )
    beat(country.db, "bench", None, datetime.now(UTC))
    return country, time.perf_counter() - began


def url_of(var: Path) -> str:
    """Return the SQLAlchemy URL of the database in a folder."""
    return f"sqlite:///{var / 'takhai.db'}"
