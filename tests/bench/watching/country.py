"""
The country on one small machine: the real worker process on a real SQLite database, watching the nation.

`python -m tests.bench.watching.country [--cameras N] [--minutes M]` runs it alone, smaller too. The nation runs on
the same cores; what counts is the worker's processor time, its children's included.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlmodel import SQLModel

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Agency, Status
from data.watch.journal import Change, beat, record
from tests import serving
from tests.bench import processes
from tests.bench.rows import Row, at_least, at_most, just
from tests.bench.watching.nation import addresses_of, fault_of, has_snapshot, has_substream
from tests.serving import DIRECT, environment

CAMERAS, MINUTES = 377_000, 10.0
PROBE_S, STILL_S = 60.0, 900.0
WARM_S = 75.0  # by then everybody was looked at once
JITTER_S = 6.0  # by design two looks may lie so much further apart than the interval
NATION, WORKER = "tests.bench.watching.nation", "cli"
CORES = 2.0  # of pictures' children at most; the target leaves the looks their share
LOOKERS = 2
_CHUNK = 10_000
_KNOWN_H = 5


def measure(cameras: int = CAMERAS, minutes: float = MINUTES) -> Iterator[Row]:
    """Watch the nation for some minutes, and hand out what it took."""
    with tempfile.TemporaryDirectory(prefix="takhai-country-") as folder:
        var = Path(folder)
        nation_log, worker_log = var / "nation.log", var / "worker.log"
        with serving.module(NATION, "--cameras", str(cameras), log=nation_log) as nation:
            processes.wait_for(nation_log, "nation ready on ", nation)
            port = int(nation_log.read_text().split("nation ready on ")[1].split()[0])
            fill(var, cameras, port)
            surroundings = environment(
                var, camera_networks="127.0.0.0/8", probe_interval_s=PROBE_S, still_interval_s=STILL_S,
                probes_at_once=4_000, still_cores=CORES, lookers=LOOKERS,
            )  # fmt: skip
            with serving.module(WORKER, "worker", log=worker_log, surroundings=surroundings) as worker:
                processes.wait_for(worker_log, '"event": "started"', worker)
                yield from _watch(var, port, cameras, minutes, worker.pid, nation.pid)
        yield from _said(worker_log)


def _watch(var: Path, port: int, cameras: int, minutes: float, worker: int, nation: int) -> Iterator[Row]:
    time.sleep(WARM_S)
    before, cpu, other = told(port), processes.cpu_s(worker), processes.cpu_s(nation)
    own, load = _looking_cpu_s(worker), os.getloadavg()[2]
    began, most_mb = time.monotonic(), 0.0
    began_at = datetime.now(UTC)
    while time.monotonic() - began < 60 * minutes:
        time.sleep(min(5.0, 60 * minutes))
        most_mb = max(most_mb, processes.memory_mb(worker))
    took_s = time.monotonic() - began
    after = told(port)
    spent, simulated = processes.cpu_s(worker) - cpu, processes.cpu_s(nation) - other
    own = _looking_cpu_s(worker) - own
    what = f"{cameras:,} cameras for {took_s / 60:.3g} min"
    small = cameras / CAMERAS
    yield at_most(f"{what}: worker's processor time, children included", spent / took_s, "cores", 2.0 * small)
    yield just(f"{what}: of that its {LOOKERS} processes that look, fetch and write", own / took_s, "cores")
    yield just(f"{what}: of that its children, which decode", (spent - own) / took_s, "cores")
    yield just(f"{what}: the simulated cameras' own, on the same cores", simulated / took_s, "cores")
    yield just(f"{what}: load of the {os.cpu_count()} cores before it began, others' work", load, "load")
    yield just(f"{what}: the same at its end, with ours and the cameras'", os.getloadavg()[2], "load")
    yield at_most(f"{what}: worker's memory, children included, at most", most_mb / 1024, "GB", 2.0)
    yield from _looks(what, after, cameras, took_s)
    yield from _stills(what, var, cameras, took_s, began_at)
    asked = {name: count - before["counts"].get(name, 0) for name, count in after["counts"].items()}
    yield just(f"{what}: requests that reached a camera", sum(asked.values()) / took_s, "per s")


def _looking_cpu_s(worker: int) -> float:
    """Processor time of the worker's processes that look, without those that decode. [s]"""
    looking = [worker, *(pid for pid in processes.tree(worker)[1:] if "worker.share" in processes.command_of(pid))]
    return sum(map(processes.own_cpu_s, looking))


def _looks(what: str, seen: dict[str, Any], cameras: int, took_s: float) -> Iterator[Row]:
    """Rows of how often each camera was looked at, by the cameras' own count."""
    gaps, waits = np.array(seen["gaps"]), np.array(seen["waits"])
    waits[: int(PROBE_S + JITTER_S)] = 0  # a gap that is not over counts once it is too long
    gaps += waits
    share = gaps.cumsum() / max(gaps.sum(), 1)
    p99_s, half_s = (float(np.searchsorted(share, part)) for part in (0.99, 0.5))
    yield just(f"{what}: looks at cameras that answer", seen["looks"] / took_s, "per s")
    well = sum(not fault_of(number) for number in range(cameras))
    yield at_least(f"{what}: looks, of those that were due", seen["looks"] / (well * took_s / PROBE_S), "x", 0.99)
    yield just(f"{what}: between two looks at one camera, median", half_s, "s")
    late_s = max(0.0, p99_s - PROBE_S - JITTER_S)
    yield at_most(f"{what}: lateness of a look, p99, as the cameras see it", late_s, "s", 10.0)


def _stills(what: str, var: Path, cameras: int, took_s: float, began_at: datetime) -> Iterator[Row]:
    """Rows of the pictures of cameras that answer and have a small stream or a snapshot, by the database."""
    due = [n + 1 for n in range(cameras) if not fault_of(n) and (has_snapshot(n) or has_substream(n))]
    db = open_database(f"sqlite:///{var / 'takhai.db'}")
    with db.read() as session:
        rows = session.execute(text("SELECT camera_id, captured_at FROM still")).all()
    db.dispose()
    limit = began_at.strftime("%Y-%m-%d %H:%M:%S")
    fresh = {camera for camera, at in rows if str(at) >= limit}
    wanted = len(due) * min(1.0, took_s / STILL_S)
    yield just(f"{what}: pictures written, of any camera", len(fresh) / took_s, "per s")
    got = len(fresh.intersection(due)) / wanted
    yield at_least(f"{what}: cameras with a small stream or a snapshot that got one, of those due", got, "x", 0.98)


def _said(log: Path) -> Iterator[Row]:
    """Rows of what the worker itself says of its pace, but for its first minute."""
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    summaries = [event for event in events if event["event"] == "summary"][LOOKERS:]
    for name, meaning in (("late_p99_s", "lateness of a look, p99, at most"), ("lag_s", "lag of its loop")):
        if found := [float(event[name]) for event in summaries if name in event]:
            yield just(f"the worker's own word: {meaning}, the worst minute", max(found), "s")
    down = {event["worker"]: event.get("cameras_down", 0) for event in summaries}  # of each process, its last word
    yield just("cameras it held for down at the end", float(sum(down.values())), "cameras")


def told(port: int) -> dict[str, Any]:
    """Ask the nation for its counts."""
    with DIRECT.open(f"http://127.0.0.1:{port}/counts", timeout=60) as reply:
        found: dict[str, Any] = json.loads(reply.read())
    return found


def fill(var: Path, cameras: int, port: int) -> None:
    """Make a database of the nation as one watched before: statuses, and pictures of all ages up to due."""
    db: Database = open_database(f"sqlite:///{var / 'takhai.db'}")
    at = datetime.now(UTC)
    with db.write() as session:
        session.add(Agency(id=1, name_th="หน่วยวัดผล"))
        session.flush()
        tables = SQLModel.metadata.tables
        for start in range(0, cameras, _CHUNK):
            numbers = range(start, min(start + _CHUNK, cameras))
            session.execute(insert(tables["camera"]), [_camera(number, port, at) for number in numbers])
            session.execute(insert(tables["still"]), [_still(number, at) for number in numbers])
        next_number(session, INVENTORY)
    since = at - timedelta(hours=_KNOWN_H)
    for start in range(0, cameras, _CHUNK):
        record(db, [_known(number, since) for number in range(start, min(start + _CHUNK, cameras))])
    beat(db, "bench", None, at)
    db.dispose()


def _known(number: int, since: datetime) -> Change:
    """What was believed of a camera before: who works, and who has been down for long."""
    works = not fault_of(number)
    return Change(number + 1, Status.UP if works else Status.DOWN, since, "ok" if works else "timeout", None)


def _camera(number: int, port: int, at: datetime) -> dict[str, Any]:
    addresses = {f"{name}_address": address for name, address in addresses_of(number, port).items()}
    return addresses | {
        "id": number + 1, "code": f"N-{number}", "owner_id": 1, "lon": 100.5, "lat": 13.7, "updated_at": at,
        "province_code": str(10 + number // 5000 % 77), "site": f"SW-{number // 8}",
        "network": f"NET-{number // 2000}", "linked": "linked",
    }  # fmt: skip


def _still(number: int, at: datetime) -> dict[str, Any]:
    age = timedelta(seconds=STILL_S * (number * 7919 % 100_003) / 100_003)
    return {"camera_id": number + 1, "captured_at": at - age, "path": "none.jpg", "width": 320, "height": 180}


def main() -> None:
    """Run it alone."""
    parser = argparse.ArgumentParser(description="Watch a simulated country with the real worker.")
    parser.add_argument("--cameras", type=int, default=CAMERAS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    chosen = parser.parse_args()
    for row in measure(chosen.cameras, chosen.minutes):
        verdict = {True: "met", False: "NOT MET", None: ""}[row["met"]]
        plain = f"{row['what']:<90} {row['value']:>12,.4g} {row['unit']:<8} {row['target'] or ''} {verdict}"
        print(json.dumps(row, ensure_ascii=False) if chosen.json else plain, flush=True)


if __name__ == "__main__":
    main()
