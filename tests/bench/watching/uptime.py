"""
Availability at a million cameras: one camera's 30 days, and the country by province.

What is simulated: every camera has a verdict span for the whole time, a tenth of them 45 outages over the 30 days
(1.5 a day, 4.5 million in all), and in the first and last hours, where a window's edges lie, all cameras together
fail at that rate. Ten times the rows would make each look-up a little deeper in the same indexes. The sums of
hours are filled by SQL, but for the last two, which the worker's own duty makes.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import text

from data.database import Database, open_database
from data.models import SUMMED, Agency, Counter
from data.watch.availability import SUMS, by_camera, of_camera
from data.watch.groups import by_group
from data.watch.rollups import roll_up
from tests.bench.rows import Row, at_most, just

CAMERAS, DAYS, OF_EACH = 1_000_000, 30, 45
OFTEN = 10  # one camera in so many has its outages in full
END = datetime(2026, 3, 31, 12, 34, 56, tzinfo=UTC)
BEGIN = END - timedelta(days=DAYS)
HOUR_S = 3600
ASKED = 300
WHAT = f"{CAMERAS:,} cameras, {DAYS} days"


def measure() -> Iterator[Row]:
    """Fill a database, ask it, and hand out rows."""
    with tempfile.TemporaryDirectory(prefix="takhai-bench-") as folder:
        began = time.perf_counter()
        db = open_database(f"sqlite:///{Path(folder) / 'takhai.db'}")
        outages = fill(db)
        yield just(
            f"{WHAT}: writing {outages:,} outages, edges in full, 1 in {OFTEN} between",
            time.perf_counter() - began,
            "s",
        )
        yield from _one_camera(db)
        began = time.perf_counter()
        assert roll_up(db, END) == 2, "there was no hour to sum up"
        yield just(f"{WHAT}: the worker sums up one hour", (time.perf_counter() - began) / 2, "s")
        yield from _provinces(db)
        db.dispose()


def _one_camera(db: Database) -> Iterator[Row]:
    chance = random.Random(4)
    cameras = [OFTEN * chance.randrange(1, CAMERAS // OFTEN) for _ in range(ASKED)]
    spans = []
    for camera in cameras:
        began = time.perf_counter()
        found = of_camera(db, camera, BEGIN, END)
        spans.append(1000 * (time.perf_counter() - began))
        assert found is not None
        assert found.outages >= OF_EACH - 2, f"camera {camera} has {found.outages} outages"
    what = f"{WHAT}: one camera, {OF_EACH} outages"
    yield at_most(f"{what}, median of {ASKED}", statistics.median(spans), "ms", 1)
    yield just(f"{what}, p95", statistics.quantiles(spans, n=20)[-1], "ms")


def _provinces(db: Database) -> Iterator[Row]:
    for what, begin in (("", BEGIN.replace(minute=0, second=0)), (", both edges within an hour", BEGIN)):
        spans = []
        for _ in range(3):
            began = time.perf_counter()
            by_group(db, "province", begin, END)
            spans.append(time.perf_counter() - began)
        yield at_most(f"{WHAT}: the country by province{what}, median of 3", statistics.median(spans), "s", 1)
    # against the way it was: every camera swept; the last two hours, where every camera is simulated in full
    begin = END - timedelta(hours=1, minutes=50)
    began = time.perf_counter()
    swept = by_camera(db, begin, END)
    took_s = time.perf_counter() - began
    province = (swept["camera_id"] % 77).astype(str).str.zfill(2)
    wanted = swept.groupby(province)[list(SUMS)].sum()
    found = by_group(db, "province", begin, END).set_index("key")[list(SUMS)]
    pd.testing.assert_frame_equal(found, wanted.astype(float), check_names=False, rtol=1e-9)
    yield just(f"{WHAT}: sweeping every camera over 2 hours instead, same sums", took_s, "s")


def fill(db: Database) -> int:
    """Write cameras, spans and sums; return how many outages."""
    first, last = int(BEGIN.timestamp()), int(END.timestamp())
    step = (last - first) // OF_EACH
    at = "strftime('%Y-%m-%d %H:%M:%S.000000', {}, 'unixepoch')"
    mixed = "((c.id * 7919 + n.n * 104729) % 2654435)"  # spreads without being random
    with db.write() as session:
        session.add(Agency(id=1, name_th="กรมทดสอบ"))
        session.flush()
        run = session.connection().execute
        run(text(_NUMBERS.format(n=CAMERAS) + _CAMERAS))
        verdict = at.format(first - 86400)
        run(text(f"INSERT INTO watchspan (camera_id, worker, began_at) SELECT id, '', {verdict} FROM camera"))
        for index in ("outage_of_camera", "outage_begun", "outage_ended", "one_open_outage"):
            run(text(f"DROP INDEX {index}"))  # made again below, much faster than row by row
        began = f"{first} + n.n * {step} + {mixed} % {step - 1800}"
        run(
            text(
                _NUMBERS.format(n=OF_EACH) + "INSERT INTO outage (camera_id, began_at, ended_at, reason) "
                f"SELECT c.id, {at.format(began)}, {at.format(f'{began} + 60 + {mixed} % 1700')}, 'timeout' "
                f"FROM camera c, n WHERE c.id % {OFTEN} = 0"
            )
        )
        now = last - last % HOUR_S
        for hour in (first - first % HOUR_S, first - first % HOUR_S + HOUR_S, now - HOUR_S, now):
            edge = f"{hour} + (c.id * 7919) % {HOUR_S}"
            run(
                text(
                    "INSERT INTO outage (camera_id, began_at, ended_at, reason) "
                    f"SELECT c.id, {at.format(edge)}, {at.format(f'{edge} + 60 + c.id % 1700')}, 'timeout' "
                    f"FROM camera c WHERE (c.id + {hour // HOUR_S}) % 16 = 1 AND c.id % {OFTEN} <> 0"
                )
            )
        hour = last // HOUR_S
        run(text(_NUMBERS.format(n=(DAYS + 1) * 24) + _HOURS.format(first=hour - 3 - (DAYS + 1) * 24)))
        run(text("INSERT INTO watchspan (worker, began_at, ended_at) "
                 f"SELECT 'bench', {at.format(first - 2 * 86400)}, {at.format(last + 60)}"))  # fmt: skip
        session.get_one(Counter, SUMMED).value = hour - 2
        count: int = run(text("SELECT count(*) FROM outage")).scalar_one()
    again = open_database(str(db.writer.url))  # makes the indexes that are missing
    again.dispose()
    with db.write() as session:
        session.connection().execute(text("ANALYZE"))
    return count


_NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {n}) "
_CAMERAS = (
    "INSERT INTO camera (id, code, owner_id, lon, lat, kind, linked, source, demo, updated_at, province_code, "
    "province) SELECT n, n, 1, 100, 14, 'fixed', 'unknown', 'bench', 1, '2026-01-01 00:00:00.000000', "
    "printf('%02d', n % 77), printf('%02d', n % 77) FROM n"
)
_HOURS = (
    "INSERT INTO uptimehour (grouping, key, hour, cameras, up_s, down_s, degraded_s, maintenance_s, unknown_s, "
    "outages, repairs, repair_s, end_up, end_down, end_degraded, end_maintenance) "
    "SELECT g.grouping, g.key, {first} + n.n, g.cameras, g.cameras * 3540, g.cameras * 60, 0, 0, 0, "
    "g.cameras / 16, g.cameras / 16, g.cameras * 60, g.cameras, 0, 0, 0 FROM n, ("
    "SELECT 'all' AS grouping, '' AS key, count(*) AS cameras FROM camera UNION ALL "
    "SELECT 'province', province_code, count(*) FROM camera GROUP BY province_code) g"
)


if __name__ == "__main__":
    for one in measure():
        print(one)
