"""The map with a million cameras: one province on screen, in a link that somebody else opens, and in a file."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from data.models import Camera, Status
from data.signins import new_link
from tests.bench.million import country, served

PROVINCE, CODE = "สระแก้ว", "27"
UP, DOWN = (0, 114, 178), (213, 94, 0)  # as on the light ground
PATIENCE_MS = 120_000

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Million:
    """A running app that holds a million cameras."""

    country: country.Country
    url: str

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.url}/login?token={new_link(self.country.db, datetime.now(UTC))}")


@pytest.fixture(scope="module")
def million(tmp_path_factory) -> Iterator[Million]:
    var = tmp_path_factory.mktemp("million")
    made, _ = country.make(var)
    with served.serving("app.py", made.environment, "/healthz", var / "app.log") as app:
        yield Million(made, app.url)
    made.db.dispose()


@pytest.fixture
def page(million: Million, desk: BrowserContext) -> Page:
    page = desk.new_page()
    million.sign_in(page)
    return page


@pytest.fixture
def stranger(million: Million, chromium: Browser) -> Iterator[Page]:
    """Somebody else's browser: nothing kept, nothing shared."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, color_scheme="light", locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    million.sign_in(page)
    yield page
    context.close()


def legend(page: Page) -> str:
    return page.locator(".st-key-legend").inner_text()


def shown(page: Page) -> int:
    return int(re.search(r"([\d,]+) จาก 1,000,000 ตัว", legend(page)).group(1).replace(",", ""))


def picture(page: Page) -> np.ndarray:
    """The map without what lies over its edges, shape (height, width, 3)."""
    shot = page.screenshot(type="png", clip={"x": 340, "y": 120, "width": 660, "height": 520})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def still(page: Page) -> np.ndarray:
    """Wait until the map has stopped changing; return its picture."""
    expect(page.locator(".st-key-map canvas").first).to_be_visible(timeout=PATIENCE_MS)
    end, last = time.monotonic() + 120, picture(page)
    while time.monotonic() < end:
        time.sleep(1.5)
        before, last = last, picture(page)
        if len(np.unique(last.reshape(-1, 3), axis=0)) > 100 and (np.abs(last - before) > 24).mean() < 0.0005:
            return last
    raise AssertionError("the map did not stand still within 120 s")


def of_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels - colour).max(axis=-1) <= 30).sum())


def test_one_province_of_a_million_cameras_is_the_same_on_screen_in_a_link_and_in_a_file(million, page, stranger):
    with million.country.db.read() as session:
        number = session.execute(
            select(func.count()).select_from(Camera).where(col(Camera.province_code) == CODE)
        ).scalar_one()
    page.goto(f"{million.url}/map?at=102.3,13.75,7.6")
    everything = still(page)
    assert shown(page) == country.CAMERAS

    # by hand, as a planner does it
    page.locator(".st-key-more-filters button").first.click()
    box = page.get_by_role("combobox", name="จังหวัด").last
    box.fill(PROVINCE)
    page.get_by_role("option", name=PROVINCE, exact=True).click()
    expect(page.locator(".st-key-legend")).to_contain_text(f"{number:,} จาก 1,000,000 ตัว")
    page.locator(".st-key-more-filters button").first.click()  # closes it
    page.mouse.move(700, 600)
    narrowed = still(page)
    assert (np.abs(narrowed - everything).max(axis=-1) > 40).mean() > 0.01, "the filter changed nothing on the map"
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["province"] == [PROVINCE]

    # the link, in another browser
    stranger.goto(page.url)
    other = still(stranger)
    assert shown(stranger) == number
    assert (np.abs(other - narrowed).max(axis=-1) > 60).mean() < 0.005

    # and the file
    page.locator(".st-key-files button").first.click()
    with page.expect_download(timeout=PATIENCE_MS) as download:
        page.locator('a.download[href^="/exports/cameras.csv"]').click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(rows) - 1 == number


def test_a_status_change_among_a_million_shows_on_every_open_map(million, page, stranger):
    with million.country.db.read() as session:
        row = session.execute(
            select(col(Camera.id), col(Camera.lon), col(Camera.lat))
            .where(col(Camera.province_code) == "58")
            .limit(1)
        ).one()
    million.country.turn([row.id], Status.UP)
    pages = [page, stranger]
    for one in pages:
        # the camera in the middle of the clipped picture
        one.goto(f"{million.url}/map?at={row.lon + 13 / 1e6:.6f},{row.lat:.6f},17")
    before = [still(one) for one in pages]
    million.country.turn([row.id], Status.DOWN)
    end = time.monotonic() + 60
    while not all(
        of_colour(picture(one), DOWN) > of_colour(was, DOWN) + 30 for one, was in zip(pages, before, strict=True)
    ):
        assert time.monotonic() < end, "not every open map turned orange"
        time.sleep(0.2)
    million.country.turn([row.id], Status.UP)


@pytest.mark.parametrize(
    "address", ["/tiles/99/0/0.mvt", "/tiles/5/99/0.mvt", "/tiles/14/12850/7549.mvt?status=odd"]
)
def test_an_address_that_cannot_be_is_answered_in_a_sentence(million, page, address):
    reply = page.request.get(million.url + address)
    assert reply.status == 404
    assert len(reply.text().splitlines()) == 1
    assert "Traceback" not in reply.text()
