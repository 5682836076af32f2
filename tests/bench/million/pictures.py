"""When a page's first cameras are on screen, what it was sent for them, and how its map follows a status."""

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Browser

from data.fleet import UP, Snapshot
from data.models import Status
from geo.crs import metres_per_degree
from tests.bench.million.chrome import Pixels, Screen, Traffic, of_colour, window
from tests.bench.million.country import Country
from tests.browser.test_round import middle, shift

DISC = (91, 120, 144)  # a cluster's disc on the light ground; the rival's dots have the same
LAND = (247, 246, 242)  # on the light ground
UP_COLOUR, DOWN_COLOUR = (0, 114, 178), (213, 94, 0)
GLYPH_PX = 30
INLAND = (slice(110, 640), slice(580, 1100))  # rows and columns of the window that hold map only, on both pages
ENOUGH_PX = 500
SETTLED_MS = 3_000
NEAR_PX = 14  # half the side of a glyph's box
ALONE_M = 60.0
CLOSE_ZOOM = 17


@dataclass(frozen=True)
class Opened:
    """A page opened with an empty cache."""

    first_s: float  # from the start of the navigation to the frame that shows cameras
    ground_s: float  # to the frame with the ground under them; nan if it has none
    cameras_bytes: int
    total_bytes: int


def open_page(
    browser: Browser, url: str, cookie: str, *, sent: Callable[[Traffic], int], ground: bool = False
) -> Opened:
    """Open a page in a new window; `sent` tells which of its bytes are cameras, `ground` to wait for it."""
    with window(browser, url, cookie) as page:
        traffic, screen = Traffic(page), Screen(page)
        page.goto(url, wait_until="commit")
        shown_at = screen.until(lambda pixels: of_colour(pixels[INLAND], DISC, 16) >= ENOUGH_PX, "a camera")
        ground_at = math.nan
        if ground:
            ground_at = screen.until(lambda pixels: of_colour(pixels[INLAND], LAND, 4) >= ENOUGH_PX, "the land")
        screen.stop()
        began_at = page.evaluate("performance.timeOrigin") / 1000
        page.wait_for_timeout(SETTLED_MS)  # what was still on its way counts
        return Opened(shown_at - began_at, ground_at - began_at, sent(traffic), traffic.total())


def by_tiles(traffic: Traffic) -> int:
    """Bytes of cameras on our page: tiles and what changed since they were made."""
    return sum(size for path, size in traffic.by_path().items() if path == "/live" or path.startswith("/tiles/"))


def by_socket(traffic: Traffic) -> int:
    """Bytes of cameras on the rival's page: the one message with the chart."""
    return max(traffic.messages)


@dataclass(frozen=True)
class Followed:
    """A map that was watched while a camera changed its status, several times."""

    seconds: list[float]  # from the moment the change was about to be written to the frame that shows it
    shifts_px: list[tuple[int, int]]
    tiles: int  # tiles fetched meanwhile


def follow(browser: Browser, url: str, cookie: str, country: Country, known: Snapshot, times: int) -> Followed:
    """Watch one camera on the open map go down and up again."""
    row = _alone(known)
    at = f"{known.lon[row]:.6f},{known.lat[row]:.6f},{CLOSE_ZOOM}"
    followed = Followed([], [], 0)
    with window(browser, url, cookie) as page:
        page.goto(f"{url}/map?at={at}")
        page.locator(".st-key-map canvas").first.wait_for()
        screen = Screen(page)
        x, y = middle(page)
        spot = slice(y - NEAR_PX, y + NEAR_PX), slice(x - NEAR_PX, x + NEAR_PX)
        screen.until(lambda pixels: of_colour(pixels[spot], UP_COLOUR, 40) > GLYPH_PX, "the camera")
        last = screen.rest()
        tiles: list[str] = []
        page.on("request", lambda request: tiles.append(request.url) if "/tiles/" in request.url else None)
        for status in itertools.islice(itertools.cycle([Status.DOWN, Status.UP]), times):
            page.wait_for_timeout(np.random.default_rng().uniform(0, 1000))  # at any moment between two polls
            began_at = time.time()
            country.turn([int(known.ids[row])], status)
            shown_at = screen.until(
                lambda pixels, down=status is Status.DOWN: _is_down(pixels[spot]) == down, f"it {status}", began_at
            )
            now = screen.rest()
            followed.seconds.append(shown_at - began_at)
            followed.shifts_px.append(shift(_without(last, spot), _without(now, spot)))
            last = now
        return Followed(followed.seconds, followed.shifts_px, len(tiles))


def _alone(known: Snapshot) -> int:
    """Row of a working camera of a small town that has nobody near."""
    a_lon, a_lat = (float(v) for v in metres_per_degree(13.75))
    for row in np.flatnonzero(known.status == UP)[::997]:
        east, north = (known.lon - known.lon[row]) * a_lon, (known.lat - known.lat[row]) * a_lat
        metres = np.hypot(east, north)
        if (metres < ALONE_M).sum() == 1 and 20 < (metres < 10 * ALONE_M).sum() < 100:
            return int(row)
    raise RuntimeError("no camera stands alone")


def _is_down(pixels: Pixels) -> bool:
    return of_colour(pixels, DOWN_COLOUR, 40) > GLYPH_PX


def _without(pixels: Pixels, spot: tuple[slice, slice]) -> Pixels:
    blank = pixels.copy()
    blank[spot] = 128
    return blank
