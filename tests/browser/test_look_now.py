"""A look now in a real browser: a working camera comes alive and ends; one without an answer says why."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlmodel import col, select

from data.database import open_database
from data.models import Camera, CameraState, Linked
from tests.browser.country import Country
from tests.serving import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def one_that_is(db, status: str) -> tuple[int, str, int] | None:
    """Id, code and owner of a linked camera with a stream that the worker found to be so."""
    query = (
        select(Camera)
        .join(CameraState, CameraState.camera_id == Camera.id)
        .where(
            CameraState.status == status,
            Camera.linked == Linked.LINKED,
            col(Camera.stream_address).is_not(None) | col(Camera.stream_sealed).is_not(None),
        )
    )
    with db.read() as session:
        camera = session.exec(query).first()
        return camera and (camera.id, camera.code, camera.owner_id)


def test_a_working_camera_comes_alive_and_a_dead_one_never_claims_to(
    place: tuple[Country, str], desk: BrowserContext
):
    country, link = place
    db = open_database(country.database_url)
    page = desk.new_page()
    page.goto(link)
    until(lambda: page.locator("[data-clock]").count(), "the first page", 60)
    page.wait_for_timeout(15_000)  # the worker looks at the country once
    _, code, owner = until(lambda: one_that_is(db, "up"), "a camera that works", 90)
    page.goto(f"{country.url}/camera?camera={code}&of={owner}")
    look = page.locator("[data-look]")
    said = look.locator("[role=status]")
    expect(look.locator("button")).to_be_enabled(timeout=60_000)
    look.locator("button").click()
    expect(look.locator("button")).to_be_disabled()  # one look at a time
    expect(look).to_have_class(re.compile(r"\blive\b"), timeout=60_000)
    expect(said).to_contain_text(re.compile(r"\d"))  # how long it goes on
    expect(page.locator(".still").first).not_to_have_class(re.compile(r"\b(old|empty-still)\b"))
    # it ends by itself, and another can be asked for
    expect(look.locator("button")).to_be_enabled(timeout=90_000)
    expect(look).not_to_have_class(re.compile(r"\b(live|refused)\b"))

    _, code, owner = until(lambda: one_that_is(db, "down"), "a camera that is down", 90)
    page.goto(f"{country.url}/camera?camera={code}&of={owner}")
    expect(look.locator("button")).to_be_enabled(timeout=60_000)
    look.locator("button").click()
    expect(look).to_have_class(re.compile(r"\brefused\b"), timeout=90_000)
    expect(said).not_to_be_empty()
    assert page.locator(".still:not(.old):not(.empty-still)").count() == 0
    db.dispose()
