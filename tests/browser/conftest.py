"""A headless Chromium, and pages whose every request is watched."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.country import Country, running

expect.set_options(timeout=60_000)  # software WebGL on a shared machine takes its time
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--no-first-run", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="module")  # while it lives an event loop runs in this thread: tests of coroutines must wait
def chromium() -> Iterator[Browser]:
    """The browser; software WebGL, so that maps are drawn on any machine."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium): browser tests are skipped")
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[BrowserContext]:
    """A desk officer's window; at its end no request may have left the machine."""
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, color_scheme="light", locale="th-TH", accept_downloads=True
    )
    context.set_default_timeout(60_000)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    away = {url for url in asked if urlsplit(url).hostname not in {"127.0.0.1", None}}
    assert away == set(), "a request left the machine"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Country, str]]:
    """A whole running country, looked at every ten seconds, and a link into it."""
    folder = tmp_path_factory.mktemp("country")
    with running(folder, demo_cameras=2000, probe_interval_s=10, probe_timeout_s=3) as found:
        yield found
