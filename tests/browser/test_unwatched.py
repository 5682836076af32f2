"""A worker that stands still, seen from a real browser: no alarm can be raised of it, so every page says so."""

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.country import Country
from tests.serving import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def worker_of(country: Country) -> int:
    """Process id of the worker that `takhai run` started for this very folder."""
    folder = f"TAKHAI_VAR={country.var}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said, known = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:  # it ended, or is somebody else's
            continue
        if said.split(b"\0")[-3:] == [b"cli", b"worker", b""] and folder in known.split(b"\0"):
            found.append(int(process.name))
    [worker] = found
    return worker


def test_while_nobody_watches_every_page_says_so_and_since_when(place: tuple[Country, str], desk: BrowserContext):
    country, link = place
    page = desk.new_page()
    page.goto(link)
    warning = page.locator(".nobody-watches")
    badge = "getComputedStyle(document.body).getPropertyValue('--alarms')"
    until(lambda: "ที่แล้ว" in page.locator(".bar-clock").inner_text(), "somebody watching", 90)
    expect(warning).to_be_hidden()
    top = page.locator(".st-key-bar").bounding_box()["height"]
    worker = worker_of(country)
    os.kill(worker, signal.SIGSTOP)
    try:
        expect(warning).to_contain_text("ไม่มีการเฝ้าดูกล้องตั้งแต่")
        assert "!" in page.evaluate(badge)
        said = warning.inner_text()
        for path in ("map", "alarms?lang=en"):
            page.goto(f"{country.url}/{path}")
            expect(warning).to_be_visible()
            assert warning.bounding_box()["y"] == top
        expect(page.locator("h1.finding")).to_contain_text("Nobody has watched the cameras since")
        assert said.split("ตั้งแต่ ")[1][:8] == warning.inner_text().split("since ")[1][:8]  # one and the same time
        page.goto(f"{country.url}/map")
        expect(warning).to_be_visible()
        low = warning.bounding_box()
        assert page.locator(".st-key-top").bounding_box()["y"] >= low["y"] + low["height"]
    finally:
        os.kill(worker, signal.SIGCONT)
    expect(warning).to_be_hidden()
    assert "!" not in page.evaluate(badge)
