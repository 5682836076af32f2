"""What lies under the cameras, in a real browser: streets, pictures, a tile server; and none of them when away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.archives import street_tile, write_pictures, write_streets
from tests.browser.test_map_component import drawn, picture, serving
from tests.serving import until
from tests.web.conftest import LAT, LON, Served
from ui.palette import DARK, GREYS, LIGHT, Theme, rgba

AT = f"at={LON},{LAT},14.4"  # streets and buildings, and cameras whose ground is not drawn yet
CREDITS = "Survey <b>Department</b>"
ENOUGH = 200  # px
COLOURLESS = 14  # between the channels of a pixel that looks grey

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@contextmanager
def opened(served: Served, desk: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Signed in: opens the map with more in its link, each time in a tab of its own."""
    wrong: list[str] = []

    def open_map(query: str = "", theme: Theme = "light") -> Page:
        page = desk.new_page()
        page.emulate_media(color_scheme=theme)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{served.url}/?{AT}&{query}")
        return page

    page = desk.new_page()
    page.goto(f"{served.url}/login?token={served.token()}")
    page.close()
    yield open_map
    assert wrong == []


def exactly(pixels: np.ndarray, colour: str) -> int:
    return int((np.abs(pixels - rgba(colour)[:3]).max(axis=-1) <= 1).sum())


def shows(page: Page, *colours: str) -> np.ndarray:
    """Wait until the ground shows colours; return the map's picture."""
    counts: dict[str, int] = {}

    def found() -> list[np.ndarray]:
        pixels = picture(page)
        counts.update({colour: exactly(pixels, colour) for colour in colours})
        return [pixels] if min(counts.values()) > ENOUGH else []

    try:
        return until(found, "the ground")[0]
    except AssertionError:
        raise AssertionError(f"more than {ENOUGH} px of each were expected, there are {counts}") from None


def test_streets_of_a_file_are_drawn_in_greys_and_a_reader_may_do_without(tmp_path, desk):
    file = write_streets(tmp_path / "streets.pmtiles", LON, LAT)
    with serving(tmp_path, basemap=file, basemap_credits=CREDITS) as served, opened(served, desk) as open_map:
        page, greys = open_map(), GREYS["light"]
        shows(page, greys.land, greys.sea, greys.main, greys.street, greys.building)
        drawn(page)
        owed = page.locator(".maplibregl-ctrl-attrib-inner")
        expect(owed).to_contain_text(CREDITS)
        assert owed.locator("b").count() == 0
        shows(open_map(theme="dark"), GREYS["dark"].main, GREYS["dark"].building, DARK.up)
        plain = open_map("ground=plain")
        pixels = drawn(plain)
        assert max(exactly(pixels, greys.building), exactly(pixels, greys.street)) < ENOUGH
        neutral = open_map("ground=neutral")
        shows(neutral, GREYS["neutral"].land, GREYS["neutral"].main, LIGHT.up)
        file.unlink()  # while it runs; what the browser keeps of it for five minutes is not what is tried
        desk.new_cdp_session(page).send("Network.clearBrowserCache")
        page = open_map()
        pixels = drawn(page)
        assert exactly(pixels, greys.building) < ENOUGH
        assert exactly(pixels, greys.land) + exactly(pixels, greys.sea) > 0.8 * pixels[..., 0].size


def test_a_file_that_comes_late_is_asked_what_it_holds_and_its_pictures_lose_their_colours(tmp_path, desk):
    file = tmp_path / "pictures.pmtiles"
    with serving(tmp_path, basemap=file) as served, opened(served, desk) as open_map:
        drawn(open_map())
        assert "cannot be read" in (tmp_path / "app.log").read_text()
        write_pictures(file, LON, LAT)
        for query, tone, up in (("", "light", LIGHT.up), ("ground=neutral", "neutral", LIGHT.up)):
            page, pixels = open_map(query), np.zeros((1, 1, 3))
            lowest, highest = ends(tone)

            def chequered(page=page, lowest=lowest, highest=highest) -> bool:
                pixels = picture(page)
                return all(exactly(pixels, colour) > ENOUGH for colour in (lowest, highest))

            until(chequered, f"pictures between {lowest} and {highest}")
            pixels = picture(page)
            grey = pixels.max(axis=-1) - pixels.min(axis=-1) <= COLOURLESS
            assert grey.mean() > 0.95
            assert exactly(pixels, up) > ENOUGH


def ends(tone: str) -> tuple[str, str]:
    """What black and white of a picture become."""
    greys = GREYS[tone]
    land = np.array(rgba(greys.land)[:3])
    low, high = (
        np.round(greys.strength * 255 * level + (1 - greys.strength) * land).astype(int)
        for level in (greys.low, greys.high)
    )
    return tuple("#{:02X}{:02X}{:02X}".format(*end) for end in (low, high))


def test_tiles_of_a_server_are_drawn_and_cameras_stay_when_it_is_away(tmp_path, desk):
    with (
        tile_server() as (port, stop),
        serving(tmp_path, basemap=f"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.pbf") as served,
        opened(served, desk) as open_map,
    ):
        shows(open_map(), GREYS["light"].main, GREYS["light"].building, LIGHT.up)
        stop()
        desk.route("**/*.pbf", lambda route: route.abort())  # nor from the browser's own memory
        pixels = drawn(open_map())
        assert exactly(pixels, GREYS["light"].building) < ENOUGH
        assert exactly(pixels, LIGHT.land) + exactly(pixels, LIGHT.sea) > 0.8 * pixels[..., 0].size


@contextmanager
def tile_server() -> Iterator[tuple[int, Callable[[], None]]]:
    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tile = street_tile()
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(tile)))
            self.end_headers()
            self.wfile.write(tile)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        if thread.is_alive():
            server.shutdown()
            thread.join()
            server.server_close()

    try:
        yield server.server_port, stop
    finally:
        stop()
