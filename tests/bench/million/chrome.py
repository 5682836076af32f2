"""A headless Chromium: what it shows when, by the frames its compositor hands out, and what it is sent."""

import base64
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS

Pixels = NDArray[np.int16]
SIZE = {"width": 1366, "height": 768}
PATIENCE_S = 90.0
QUIET_MS, SAME_SHARE = 4_000, 0.0005


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser until the block ends; WebGL in software, as on a machine without a graphics card."""
    if CHROMIUM is None:
        raise RuntimeError("Chromium is not installed: apt-get install chromium")
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, url: str, cookie: str, script: str = "") -> Iterator[Page]:
    """Open a signed-in window with an empty cache; a script of ours runs before the page's own."""
    context: BrowserContext = browser.new_context(viewport=SIZE, color_scheme="light", locale="th-TH")
    context.set_default_timeout(1000 * PATIENCE_S)
    context.add_cookies([{"name": "takhai", "value": cookie, "url": url}])
    if script:
        context.add_init_script(script)
    try:
        yield context.new_page()
    finally:
        context.close()


class Screen:
    """The frames of a page as they are shown, with the time of each."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.on("Page.screencastFrame", self._take)
        self._waiting: list[tuple[float, str]] = []
        self._last: tuple[float, str] = (0.0, "")
        self._cdp.send("Page.startScreencast", {"format": "jpeg", "quality": 90, "everyNthFrame": 1})

    def until(self, shows: Callable[[Pixels], bool], what: str, since: float = 0.0) -> float:
        """Wait for a frame that shows something; return when it was shown."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self._page.wait_for_timeout(5)
            frames, self._waiting = self._waiting, []
            for at, picture in frames:
                if at >= since and shows(_decoded(picture)):
                    return at
        raise RuntimeError(f"{what} was not seen within {PATIENCE_S:.0f} s")

    def rest(self) -> Pixels:
        """Wait until the page has shown nothing new for a while; return what it shows."""
        end = time.monotonic() + PATIENCE_S
        before = np.zeros((1, 1, 3), np.int16)
        while time.monotonic() < end:
            self._page.wait_for_timeout(QUIET_MS)
            last = _decoded(self._last[1])
            if last.shape == before.shape and (np.abs(last - before).max(axis=-1) > 24).mean() < SAME_SHARE:
                return last
            before = last
        raise RuntimeError("the page does not come to rest")

    def stop(self) -> None:
        """Hand out no more frames."""
        self._cdp.send("Page.stopScreencast")
        self._cdp.detach()

    def _take(self, frame: dict[str, Any]) -> None:
        self._last = frame["metadata"]["timestamp"], frame["data"]
        self._waiting.append(self._last)
        self._cdp.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})


class Traffic:
    """Bytes a page is sent, by address; what a worker of the page asks for counts too."""

    def __init__(self, page: Page) -> None:
        self.messages: list[int] = []  # bytes of each message of a websocket
        self._page = page
        self._replies: list[Any] = []
        page.context.on("requestfinished", lambda request: self._replies.append(request))
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def by_path(self) -> dict[str, int]:
        """Return bytes on the wire, heads and bodies, by path."""
        found: dict[str, int] = {}
        for request in self._replies:
            sizes = request.sizes()
            path = "/" + request.url.split("/", 3)[3].split("?")[0]
            found[path] = found.get(path, 0) + sizes["responseBodySize"] + sizes["responseHeadersSize"]
        return found

    def total(self) -> int:
        """Return all bytes the page was sent."""
        return sum(self.by_path().values()) + sum(self.messages)

    def _count(self, message: str | bytes) -> None:
        self.messages.append(len(message))


def _decoded(picture: str) -> Pixels:
    """Pixels of a picture, shape (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")).astype(np.int16)


def of_colour(pixels: Pixels, colour: tuple[int, int, int], within: int = 30) -> int:
    """Return how many pixels have a colour, or nearly."""
    return int((np.abs(pixels - np.array(colour, np.int16)).max(axis=-1) <= within).sum())
