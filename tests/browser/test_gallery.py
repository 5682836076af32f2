"""The gallery in a real browser, before a real worker and real simulated cameras."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlmodel import select

from data.database import open_database
from data.models import CameraState, StillWish
from tests.browser.country import Country
from tests.serving import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def test_pictures_come_alive_and_a_dead_camera_goes_grey(place: tuple[Country, str], desk: BrowserContext):
    country, link = place
    db = open_database(country.database_url)
    page = desk.new_page()
    page.goto(link)
    until(lambda: page.locator("[data-clock]").count(), "the first page", 60)
    page.wait_for_timeout(15_000)  # the worker looks at the country once
    page.goto(f"{country.url}/gallery?status=up")

    # what is on screen is filled with decoded pictures that tell their age
    live = page.locator(".tile.up .still:not(.empty-still):not(.old)")
    until(lambda: live.count() >= 6, "six live pictures", 90)
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
    country.order(code, "dead")

    def down() -> bool:
        with db.read() as session:
            return session.get(CameraState, camera_id).status == "down"

    until(down, "the worker noticing", 90)
    expect(tile).to_have_class("tile down")
    expect(tile.locator(".still")).to_have_class("still old")
    expect(tile.locator("figcaption")).to_contain_text("ภาพสุดท้าย")

    # opened anew, what is down stands first; a click leads to the camera's page
    page.goto(f"{country.url}/gallery")
    expect(page.locator(".tile").first).to_have_class("tile down")
    page.locator(".tile").first.click()
    expect(page).to_have_url(re.compile(r"/camera[?]camera="))
    db.dispose()
