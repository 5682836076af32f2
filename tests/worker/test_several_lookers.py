"""A worker of several processes that share the cameras: real processes, real cameras, one set of books."""

import os
import signal
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from data.database import Database
from data.models import Outage, Still, WatchSpan
from data.settings import settings
from data.watch import desk
from data.watch.journal import summary
from data.watch.tables import LookNow
from tests.bench.processes import command_of, tree
from tests.worker.street import Street, http, jpeg, now
from tests.worker.test_loop import check_books, fill, states, table, until, worker

CAMERAS = 20
BROKEN = {0, 1, 8, 9}  # of both halves


@pytest.fixture
def cameras(street: Street, database: Database) -> dict[str, int]:
    """Cameras of which some are broken; their ids by code."""
    for number in range(CAMERAS):
        street.replies[f"/{number}"] = http(b"", status="500 No") if number in BROKEN else http(jpeg())
    return fill(database, {f"c{n}": (None, street.url(f"/{n}")) for n in range(CAMERAS)})


def spans(db: Database) -> list[tuple[datetime, datetime]]:
    """When a worker was looking, the earliest first."""
    with db.read() as session:
        query = select(WatchSpan).where(col(WatchSpan.camera_id).is_(None)).order_by(col(WatchSpan.began_at))
        return [(span.began_at, span.ended_at or span.began_at) for span in session.exec(query)]


def other_half(pid: int) -> int | None:
    """Process that looks at the second half, once it runs."""
    for child in tree(pid)[1:]:
        if "worker.share" in command_of(child):
            return child
    return None


def all_looked_at(db: Database) -> bool:
    found = [status for status, _ in states(db).values()]
    return sorted(found) == ["down"] * len(BROKEN) + ["up"] * (CAMERAS - len(BROKEN))


def test_two_halves_keep_one_set_of_books(cameras: dict[str, int], street: Street, database: Database, var: Path):
    with worker(var, lookers=2) as process:
        until(lambda: all_looked_at(database))
        until(lambda: len(table(database, Still)) == CAMERAS - len(BROKEN))
        until(lambda: summary(database, now())["worker_alive"])
        street.replies["/0"] = street.replies["/1"] = http(jpeg())
        until(lambda: sum(status == "down" for status, _ in states(database).values()) == len(BROKEN) - 2)
        asked = list(cameras.values())[4:6]  # one of each half; nobody refuses the other's
        for camera_id in asked:
            desk.look_now(database, camera_id, now(), 5)
        taken_at = {still.camera_id: still.captured_at for still in table(database, Still)}
        until(lambda: all(
            still.captured_at > taken_at[still.camera_id]
            for still in table(database, Still) if still.camera_id in asked
        ))  # fmt: skip
        assert [look.reason for look in table(database, LookNow)] == ["", ""]
        half = other_half(process.pid)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
    assert half is not None
    assert not command_of(half)
    check_books(database)
    assert len(table(database, Outage)) == len(BROKEN)
    assert len(spans(database)) == 1
    assert said.count('"event": "stopped"') == 2


def test_while_one_half_is_dead_nobody_watches_and_it_is_started_again(
    cameras: dict[str, int], database: Database, var: Path
):
    with worker(var, lookers=2) as process:
        until(lambda: all_looked_at(database) and len(spans(database)) == 1)
        half = other_half(process.pid)
        assert half is not None
        os.kill(half, signal.SIGKILL)
        died_at = now()
        until(lambda: len(spans(database)) == 2)
        first, second = spans(database)
        assert first[1] <= died_at < second[0]
        again = other_half(process.pid)
        assert again not in (None, half)
        until(lambda: spans(database)[1][1] > second[1])
    check_books(database)


def test_a_half_that_hangs_ends_the_watch_of_both(cameras: dict[str, int], database: Database, var: Path):
    with worker(var, lookers=2) as process:
        until(lambda: all_looked_at(database) and len(spans(database)) == 1)
        half = other_half(process.pid)
        assert half is not None
        os.kill(half, signal.SIGSTOP)
        try:
            stopped_at = now()
            until(lambda: (now() - stopped_at).total_seconds() > 12)
            [(_, ended_at)] = spans(database)
            assert ended_at <= stopped_at
        finally:
            os.kill(half, signal.SIGCONT)
        until(lambda: spans(database)[-1][1] > stopped_at)


def test_the_halves_end_when_the_first_process_is_killed(cameras: dict[str, int], database: Database, var: Path):
    with worker(var, lookers=2) as process:
        until(lambda: other_half(process.pid) is not None and all_looked_at(database) and bool(spans(database)))
        half = other_half(process.pid)
        process.kill()
        until(lambda: not command_of(half or 0))
    ended_at = spans(database)[-1][1]
    assert ended_at <= now()
    check_books(database)


def test_more_processes_than_a_host_has_places_for_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TAKHAI_LOOKERS", "5")
    settings.cache_clear()
    with pytest.raises(ValueError, match="TAKHAI_LOOKERS is 5, but may be at most TAKHAI_SESSIONS_PER_HOST"):
        settings()
    settings.cache_clear()
