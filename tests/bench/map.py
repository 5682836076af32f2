"""
The map at a million cameras: the real app and a real browser, beside pydeck's JSON, beside two other encoders.

About six minutes, of which the invention of the country takes the first. Times of whole processes are wall time.
"""

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from data import filters
from data.filters import CameraFilter
from data.fleet import DOWN, Fleet, Snapshot
from data.models import Status
from data.signins import new_link, use_link
from tests.bench.million import country as countries
from tests.bench.million import encoders, heap, pictures, viewers
from tests.bench.million.chrome import chromium
from tests.bench.million.country import CAMERAS, Country
from tests.bench.million.served import Served, serving
from tests.bench.rows import Row, at_least, at_most, just

RIVALS = 100_000
SETTLED_S = 20  # by then it has given back what it took in passing
OPENINGS, CHANGES, REFRESHES, VIEWERS, WATCHED_S = 3, 8, 500, 50, 20
FIRST_TILES = ((5, 24, 14), (9, 398, 236), (13, 6381, 3782), (15, 25527, 15128), (16, 51095, 30226))
RIVAL_PAGE = Path(__file__).parent / "million" / "scatter.py"
MILLION = f"{CAMERAS:,} cameras"


def measure() -> Iterator[Row]:
    """Measure one part after the other, and hand out the rows of each as they are known."""
    with tempfile.TemporaryDirectory(prefix="takhai-bench-") as folder:
        country, took_s = countries.make(Path(folder))
        yield just(f"{MILLION}: inventing them, once for all that follows", took_s, "s")
        began = time.perf_counter()
        known = Fleet(country.db).now()
        load_s = time.perf_counter() - began
        yield at_most(f"{MILLION}: loading the fleet from the database", load_s, "s", 10)
        yield from _tiles(known)
        yield from _filter(known)
        cookie = _cookie(country)
        with serving("app.py", country.environment, "/healthz", country.var / "app.log") as app:
            yield from _process(app, cookie)
            yield from _news(app, cookie, country, known)
            yield from _viewers(app, cookie, country, known)
            with _rival(country, known) as rival, chromium() as browser:
                yield from _first(browser, app, rival, cookie)
                yield from _followed(browser, app, cookie, country, known)
                yield from _heap(browser, app, cookie, country, known)
            yield just("app process: memory at the end of it all", app.memory_mb(), "MB")
        country.db.dispose()


def _tiles(known: Snapshot) -> Iterator[Row]:
    times = encoders.tile_times(known)
    p95 = {z: float(np.percentile(spans, 95)) for z, spans in times.items()}
    every = [span for spans in times.values() for span in spans]
    worst = max(p95, key=p95.__getitem__)
    yield at_most(f"a tile, z5-16, p95 of {len(every)} tiles", float(np.percentile(every, 95)), "ms", 2)
    yield just(f"a tile of the slowest zoom, z{worst}, p95", p95[worst], "ms")
    mapbox = encoders.beside_mapbox(known, 14)
    what = f"a z14 tile of {mapbox.cameras:,} cameras"
    yield just(f"{what}: ours", mapbox.ours_ms, "ms")
    yield at_least(f"{what}: mapbox-vector-tile / ours", mapbox.ratio, "times", 30)
    if (duckdb := encoders.beside_duckdb(known, 13)) is None:
        yield just("DuckDB is not installed: `make bench` does it", 0, "")
        return
    whole, writing = duckdb
    what = f"a z13 tile of {whole.cameras:,} cameras"
    yield just(f"{what}: ours", whole.ours_ms, "ms")
    yield at_least(f"{what} out of {CAMERAS:,}: DuckDB ST_AsMVT / ours", whole.ratio, "times", 10)
    yield just(f"{what}: DuckDB writing it of points ready in its units / ours whole", writing.ratio, "times")


def _filter(known: Snapshot) -> Iterator[Row]:
    """A filter that nobody asked for before: its counts, and its first tile."""
    spans = []
    for province, text in (("นครราชสีมา", "แยกตลาด"), ("กรุงเทพมหานคร", "Bus"), ("เชียงใหม่", "โรงเรียน")):
        chosen = CameraFilter.of([("province", province), ("q", text)])
        began = time.perf_counter()
        counted = filters.counts(known, chosen)
        spans.append(time.perf_counter() - began)
        assert sum(counted.values()) > 0, f"no camera of {province} says {text}"
    yield at_most(f"{MILLION}: a new filter of province and text, counts", max(spans), "s", 1)


def _process(app: Served, cookie: str) -> Iterator[Row]:
    yield just("app process: start until it answers, fleet loaded", app.started_s, "s")
    time.sleep(10)  # it draws its pictures beside the first answers
    yield at_most("app process: memory after the load", app.memory_mb(), "MB", 600)
    version = json.loads(app.get("/live", cookie)[0])["v"]
    for z, x, y in FIRST_TILES:
        app.get(f"/tiles/{z}/{x}/{y}.mvt?v={version}", cookie)
    yield at_most("app process: memory after the first tiles", app.memory_mb(), "MB", 600)
    time.sleep(SETTLED_S)
    yield just(f"app process: memory {SETTLED_S} s later", app.memory_mb(), "MB")
    yield just("app process: most memory it ever held", app.memory_mb("VmHWM"), "MB")
    spans = []
    for province, text in (("ขอนแก่น", "แยกตลาด"), ("กรุงเทพมหานคร", "School"), ("ชลบุรี", "สะพาน")):
        query = urlencode({"v": version, "province": province, "q": text})
        spans.append(app.get(f"/tiles/5/24/14.mvt?{query}", cookie)[1])
    yield at_most("app process: first tile of a new filter of province and text", max(spans), "s", 1)


def _news(app: Served, cookie: str, country: Country, known: Snapshot) -> Iterator[Row]:
    spans = []
    for at, status in enumerate((Status.DOWN, Status.UP) * 3):
        cameras = known.ids[200_000 + 97 * np.arange(500)].tolist()
        number, began = country.turn(cameras, status), time.perf_counter()
        while json.loads(app.get("/live", cookie)[0])["seq"] < number:
            time.sleep(0.02)
        if at:  # the very first answer after the start makes the border's figures
            spans.append(time.perf_counter() - began)
    yield just(
        "500 changed statuses: written until the app answers with them, median", statistics.median(spans), "s"
    )


def _viewers(app: Served, cookie: str, country: Country, known: Snapshot) -> Iterator[Row]:
    turns = itertools.cycle((Status.DOWN, Status.UP))
    camera = [int(known.ids[500_000])]

    def change() -> None:
        country.turn(camera, next(turns))

    for pages, who in ((False, "maps"), (True, "pages with their maps")):
        seen = viewers.watch(
            app.url, cookie, VIEWERS, WATCHED_S, pages=pages, cpu_s=app.cpu_s, each_second=change
        )  # fmt: skip
        assert not seen.refused, "the app refused a viewer"
        assert seen.opened >= VIEWERS * pages, "a page did not open"
        what = f"{VIEWERS} {who}, a status changing each second"
        if pages:
            yield just(f"{what}: parts of pages run again", seen.runs / WATCHED_S, "per s")
        yield at_most(f"{what}: of one core", 100 * seen.cpu_share, "%", 30)
        p95_ms = 1000 * float(np.percentile(seen.replies_s, 95))
        yield at_most(f"{what}: a refresh, p95 of {len(seen.replies_s):,}", p95_ms, "ms", 50)


@contextmanager
def _rival(country: Country, known: Snapshot) -> Iterator[Served]:
    """Serve the rival's page: a tenth of the cameras, with no more of each than our tiles tell."""
    table = country.var / "scatter.parquet"
    rows = slice(None, None, len(known.ids) // RIVALS)
    status = np.where(known.status[rows] == DOWN, 2, 1)
    points = {"lon": known.lon[rows].round(6), "lat": known.lat[rows].round(6), "st": status}
    pd.DataFrame(points).to_parquet(table)
    environment = country.environment | {"BENCH_SCATTER": str(table)}
    with serving(str(RIVAL_PAGE), environment, "/_stcore/health", country.var / "rival.log") as rival:
        yield rival


def _first(browser: Any, app: Served, rival: Served, cookie: str) -> Iterator[Row]:
    ours, theirs = [], []
    for _ in range(OPENINGS):
        ours.append(pictures.open_page(browser, f"{app.url}/map", cookie, sent=pictures.by_tiles, ground=True))
        theirs.append(pictures.open_page(browser, rival.url, cookie, sent=pictures.by_socket))
    (our_s, our_bytes, our_total), (their_s, their_bytes, their_total) = (
        [
            statistics.median(getattr(one, name) for one in opened)
            for name in ("first_s", "cameras_bytes", "total_bytes")
        ]
        for opened in (ours, theirs)
    )
    yield just(f"first picture, {MILLION}, ours", our_s, "s")
    yield just(f"first picture, {RIVALS:,} cameras, pydeck's JSON", their_s, "s")
    ground_s = statistics.median(one.ground_s for one in ours)
    yield just("the same page until the ground is under them; pydeck's has none", ground_s, "s")
    yield at_most("first picture, ours / pydeck's", our_s / their_s, "times", 0.5)
    yield just("bytes of cameras, ours", our_bytes / 1e6, "MB")
    yield just("bytes of cameras, pydeck's JSON", their_bytes / 1e6, "MB")
    yield at_most("bytes of cameras, ours / pydeck's", our_bytes / their_bytes, "times", 0.02)
    yield just("bytes in all, ours: a whole page with its ground and names", our_total / 1e6, "MB")
    yield just("bytes in all, pydeck's: a page with nothing else", their_total / 1e6, "MB")


def _followed(browser: Any, app: Served, cookie: str, country: Country, known: Snapshot) -> Iterator[Row]:
    seen = pictures.follow(browser, app.url, cookie, country, known, CHANGES)
    yield at_most(
        f"a status about to be written until it is seen, z17 in a town, median of {CHANGES}",
        statistics.median(seen.seconds),
        "s",
        2,
    )
    yield just("the same, the slowest", max(seen.seconds), "s")
    yield at_most("how far the view moved", max(max(map(abs, shift)) for shift in seen.shifts_px), "px", 0)
    yield just("tiles fetched meanwhile", seen.tiles, "tiles")


def _heap(browser: Any, app: Served, cookie: str, country: Country, known: Snapshot) -> Iterator[Row]:
    grown = heap.watch(browser, app.url, cookie, country, known, REFRESHES)
    what = (
        f"browser heap over {grown.refreshes} refreshes, ten times as fast, {grown.changes:,} changes, "
        f"{grown.versions} versions of tiles"
    )
    yield just("browser heap after the first refreshes", grown.before_mb, "MB")
    yield at_most(f"{what}: growth", grown.after_mb - grown.before_mb, "MB", 5)


def _cookie(country: Country) -> str:
    at = datetime.now(UTC)
    cookie = use_link(country.db, new_link(country.db, at), at)
    assert cookie is not None
    return cookie
