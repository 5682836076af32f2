"""The gallery in a real browser, before a real worker and real simulated cameras."""

import json
import re
import time
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlmodel import select

from data.database import open_database
from data.models import CameraState, StillWish
from tests.browser.country import Country, running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with running(
        tmp_path_factory.mktemp("gallery"),
        demo_cameras=2000,
        probe_interval_s=10,
        probe_timeout_s=3,
    ) as (country, link):
        yield country, link


def order(country: Country, code: str, fault: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{country.demo_port}/faults/{code}",
        data=json.dumps({"fault": fault}).encode(), headers={"Content-Type": "application/json"}, method="POST",
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status == 200


def until(true, seconds: float, what: str):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


def test_pictures_come_alive_and_a_dead_camera_goes_grey(place: tuple[Country, str], desk: BrowserContext):
    country, link = place
    db = open_database(country.database_url)
    page = desk.new_page()
    page.goto(link)
    until(lambda: page.locator("[data-clock]").count(), 60, "the first page")
    page.wait_for_timeout(15_000)  # the worker looks at the country once
    page.goto(f"{country.url}/gallery?status=up")

    # what is on screen is filled with decoded pictures that tell their age
    live = page.locator(".tile.up .still:not(.empty-still):not(.old)")
    until(lambda: live.count() >= 6, 90, "six live pictures")
    first = live.first
    assert first.locator("img").evaluate("i => i.complete && i.naturalWidth") >= 160
    expect(first.locator("figcaption")).to_contain_text("ที่แล้ว")

    # only what is on screen is asked for, not the whole page of sixty
    assert page.locator(".tile").count() == 60
    with db.read() as session:
        assert len(session.exec(select(StillWish)).all()) < 60

    # it dies: where it stands, its picture goes grey and says that it is the last
    camera_id = int(first.get_attribute("data-still"))
    tile = page.locator(f'.tile:has([data-still="{camera_id}"])')
    code = tile.locator("p").first.inner_text().split()[-1]
    order(country, code, "dead")

    def down() -> bool:
        with db.read() as session:
            return session.get(CameraState, camera_id).status == "down"

    until(down, 90, "the worker noticing")
    expect(tile).to_have_class("tile down")
    expect(tile.locator(".still")).to_have_class("still old")
    expect(tile.locator("figcaption")).to_contain_text("ภาพสุดท้าย")

    # opened anew, what is down stands first; a click leads to the camera's page
    page.goto(f"{country.url}/gallery")
    expect(page.locator(".tile").first).to_have_class("tile down")
    page.locator(".tile").first.click()
    expect(page).to_have_url(re.compile(r"/camera[?]camera="))
    db.dispose()
