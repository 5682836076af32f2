"""The browser's memory while its map follows the cameras for long."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Browser, CDPSession

from data.fleet import UP, Rows, Snapshot
from data.models import Status
from geo.tile.tiles import tile_of
from tests.bench.million.chrome import window
from tests.bench.million.country import Country

ZOOM = 15
EVERY_MS, FASTER_MS = 1000, 100  # the map's pause between two polls, and here
# five hundred seconds bring about eleven new versions of the tiles; here that many come in one minute
BURST, BURST_EVERY_MS = 450, 5_000
CROWD = 60  # cameras of a tile, as in a town: without a graphics card a city takes too long to draw
IN_SIGHT = 20  # cameras on screen among those of each burst
FASTER = f"""(() => {{
  const set = window.setTimeout;
  window.setTimeout = (call, wait, ...more) => set(call, wait === {EVERY_MS} ? {FASTER_MS} : wait, ...more);
}})()"""
_MB = 2**20


@dataclass(frozen=True)
class Grown:
    """Heap of the page before and after, garbage collected. [MB]"""

    before_mb: float
    after_mb: float
    refreshes: int
    changes: int
    versions: int


def watch(browser: Browser, url: str, cookie: str, country: Country, known: Snapshot, refreshes: int) -> Grown:
    """Leave the map open over a crowd for a number of refreshes while cameras fail and come back."""
    sight = _in_sight(known)
    lon, lat = (float(np.median(values[sight])) for values in (known.lon, known.lat))
    rest = np.setdiff1d(np.arange(0, len(known.ids), 641), sight)
    with window(browser, url, cookie, FASTER) as page:
        asked: list[str] = []
        page.on("requestfinished", lambda request: asked.append(request.url))
        page.goto(f"{url}/map?at={lon:.6f},{lat:.6f},{ZOOM}")
        page.locator(".st-key-map canvas").first.wait_for()
        page.wait_for_timeout(8_000)
        heap = page.context.new_cdp_session(page)
        heap.send("Performance.enable")
        bursts = _bursts(known, sight, rest)
        changes = _burst(country, next(bursts))  # the first list, once
        page.wait_for_timeout(BURST_EVERY_MS)
        before, polled = _heap_mb(heap), _polls(asked)
        while _polls(asked) - polled < refreshes:
            changes += _burst(country, next(bursts))
            page.wait_for_timeout(BURST_EVERY_MS)
        versions = {url.split("v=")[1].split("&")[0] for url in asked if "/tiles/" in url}
        return Grown(before, _heap_mb(heap), _polls(asked) - polled, changes, len(versions))


def _bursts(known: Snapshot, sight: Rows, rest: Rows) -> Iterator[tuple[list[int], Status]]:
    rng = np.random.default_rng(7)
    for number in itertools.count():
        rows = np.append(rng.choice(rest, BURST - IN_SIGHT, replace=False), sight[:IN_SIGHT])
        yield known.ids[rows].tolist(), (Status.DOWN, Status.UP)[number % 2]


def _burst(country: Country, burst: tuple[list[int], Status]) -> int:
    cameras, status = burst
    country.turn(cameras, status)
    return len(cameras)


def _in_sight(known: Snapshot) -> Rows:
    """Rows of the cameras of one tile in a city, an ordinary one among those with enough."""
    layout = known.layout
    for row in np.flatnonzero(known.status == UP)[::997].tolist():
        x, y = tile_of(float(known.lon[row]), float(known.lat[row]), ZOOM)
        first, last = layout.runs(ZOOM, x, y)[0]
        if CROWD <= last - first <= 2 * CROWD:
            return layout.order[first:last].astype(np.int64)
    raise RuntimeError("there is no crowd")


def _polls(asked: list[str]) -> int:
    return sum("/live?" in address for address in asked)


def _heap_mb(heap: CDPSession) -> float:
    for _ in range(3):  # what the first round frees may hold more
        heap.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in heap.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / _MB
