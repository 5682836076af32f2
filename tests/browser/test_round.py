"""A desk officer's round: sign in, find a camera, see it fail and the border open, take the list home."""

import io
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from data.database import open_database
from data.fleet import DOWN as DOWN_CODE
from data.fleet import UP as UP_CODE
from data.fleet import Fleet
from data.geography import load_border
from data.lines import border
from data.models import CameraState
from tests.browser.country import Country
from tests.serving import until
from ui.words import table

DOWN = (213, 94, 0)  # #D55E00, the orange of down and of a live gap, on the light ground
STRIP_PX = 40  # of the strip to either side of a stretch
NEAR_PX = 14  # half the side of a glyph's box

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


def state_of(db, camera_id: int) -> CameraState | None:
    with db.read() as session:
        return session.get(CameraState, camera_id)


def sole_watcher(country: Country, db) -> tuple[int, str, tuple[float, float]]:
    """The working camera of Aranyaprathet whose failure opens most border, and the longest stretch of that."""
    known = Fleet(db).now()
    cameras, status = known.frame, known.status
    cover = border.cover(load_border(), cameras, 20, "day")
    stands = border.stretches(cover, status, "live")
    now = border.sums(stands)["certain_m"]
    near = set(np.flatnonzero((cameras["district"] == "อรัญประเทศ") & (cameras["status"] == "up")))
    losses, falling = {}, {}
    for row in near & set(cover.row[cover.certain].tolist()):
        without = status.copy()
        without[row] = DOWN_CODE
        falling[row] = border.stretches(cover, without, "live")
        losses[row] = now - border.sums(falling[row])["certain_m"]
    best = max(losses, key=losses.get)
    assert losses[best] > 50
    seen, gone = stands[stands["band"] == "certain"], falling[best][falling[best]["band"] != "certain"]
    both = [(max(a.from_m, b.from_m), min(a.to_m, b.to_m)) for a in seen.itertuples() for b in gone.itertuples()]
    from_m, to_m = max(both, key=lambda ends: ends[1] - ends[0])
    inside = float(from_m) + 1, float(to_m) - 1  # gaps that only touch its ends are others
    return int(cameras["id"].iloc[best]), str(cameras["code"].iloc[best]), inside


def picture(page: Page) -> np.ndarray:
    """The map as pixels, shape (height, width, 3)."""
    shot = page.screenshot(type="png")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def orange(pixels: np.ndarray) -> int:
    return int((np.abs(pixels - DOWN).max(axis=-1) <= 40).sum())


def middle(page: Page) -> tuple[int, int]:
    """Middle of the map as x, y, where a flight ends. [px]"""
    box = page.locator(".st-key-map canvas").first.bounding_box()
    return round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)


def around(pixels: np.ndarray, spot: tuple[int, int]) -> np.ndarray:
    x, y = spot
    return pixels[y - NEAR_PX : y + NEAR_PX, x - NEAR_PX : x + NEAR_PX]


def shift(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    """How far the picture moved, by the peak of the cross-correlation of its edges."""
    edges = [np.abs(np.diff(image.sum(axis=-1), axis=0))[:, :-1].astype(float) for image in (before, after)]
    spectra = [np.fft.rfft2(edge - edge.mean()) for edge in edges]
    peak = np.fft.irfft2(spectra[0] * spectra[1].conj(), s=edges[0].shape)
    down, right = np.unravel_index(peak.argmax(), peak.shape)
    height, width = peak.shape
    return (down + height // 2) % height - height // 2, (right + width // 2) % width - width // 2


def wait_drawn(page: Page) -> np.ndarray:
    """Wait until the map has stopped changing; return its picture."""
    expect(page.locator(".st-key-map canvas").first).to_be_visible()
    last = picture(page)

    def still():
        nonlocal last
        time.sleep(1.0)
        now = picture(page)
        same = np.abs(now - last).max(axis=-1) > 24
        last = now
        return same.mean() < 0.002

    until(still, "a drawn map that stands still")
    return last


def test_a_desk_officers_round(place: tuple[Country, str], desk: BrowserContext):
    country, link = place
    db = open_database(country.database_url)
    page = desk.new_page()
    sign_in(page, country, link)
    see_the_map(page, country)
    until(lambda: len(working(db)) > 1000, "most cameras being looked at", 120)
    camera_id, code, stretch = sole_watcher(country, db)
    country.order(code, "none")  # the schedule shall not break it in our stead
    spot = fly_to(page, code)
    open_card(page, spot, code)
    see_its_picture(page.locator(".st-key-card"))
    before = look_around(page, spot)
    beside = desk.new_page()
    strip = see_no_gap(beside, country, stretch)
    country.order(code, "dead")
    until(lambda: state_of(db, camera_id).status == "down", "the worker noticing", 120)
    page.bring_to_front()
    see_it_fail(page, spot, before)
    see_a_gap_open(beside, strip, stretch)
    take_the_list_home(page, country, code)
    db.dispose()


def sign_in(page: Page, country: Country, link: str) -> None:
    """Nobody comes in without the link, and with it the overview says what is."""
    page.goto(country.url)
    assert "takhai link" in page.content() or "ลิงก์" in page.content()
    page.goto(link)
    expect(page.locator(".finding")).to_be_visible()


def see_the_map(page: Page, country: Country) -> None:
    """It is drawn: ground, provinces and counts, not one flat colour."""
    page.goto(f"{country.url}/map")
    first = wait_drawn(page)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 200


def working(db) -> list[int]:
    return np.flatnonzero(Fleet(db).now().status == UP_CODE).tolist()


def fly_to(page: Page, code: str) -> tuple[int, int]:
    """Find a camera by its code, and close the card that opens; return where it stands now. [px]"""
    page.locator(".st-key-top input").first.fill(code)
    page.locator(".st-key-found button").first.click()
    expect(page.locator(".st-key-card")).to_contain_text(code)
    page.locator(".st-key-close-card button").first.click()
    expect(page.locator(".st-key-card")).to_have_count(0)
    wait_drawn(page)
    return middle(page)


def open_card(page: Page, spot: tuple[int, int], code: str) -> None:
    """Click a camera itself; it opens, or is named among those on its mast and chosen there."""
    card = page.locator(".st-key-card")

    def clicked():
        page.mouse.move(spot[0] - 2, spot[1])
        page.mouse.click(*spot)
        page.wait_for_timeout(4000)
        return card.count()

    until(clicked, "a card for the camera clicked")
    expect(card).to_contain_text(code)
    if (others := card.get_by_role("button", name=code)).count():
        others.first.click()
        expect(others).to_have_count(0)


def see_its_picture(card: Locator) -> None:
    """Its still is there, really decoded, with its age."""
    still = card.locator("img").first
    until(lambda: still.evaluate("i => i.complete && i.naturalWidth"), "a still of the camera")
    assert still.evaluate("i => i.naturalWidth") >= 160
    expect(card.locator("figcaption")).to_contain_text("ที่แล้ว")


def look_around(page: Page, spot: tuple[int, int]) -> np.ndarray:
    """Go out a little by hand, so that the border lies in the picture and the view is the officer's own."""
    page.locator(".st-key-close-card button").first.click()
    page.mouse.move(*spot)
    page.mouse.wheel(0, 300)
    page.mouse.move(spot[0], spot[1] + 300)
    before = wait_drawn(page)
    assert orange(around(before, spot)) == 0
    return before


def see_it_fail(page: Page, spot: tuple[int, int], before: np.ndarray) -> None:
    """On the open map its glyph and its border change, and nothing moves."""
    known_at = datetime.now(UTC)
    until(lambda: orange(around(picture(page), spot)) > 30, "the camera turning orange on the open map", 30)
    print(f"on screen {(datetime.now(UTC) - known_at).total_seconds():.1f} s after the worker knew")
    after = wait_drawn(page)
    assert shift(before, after) == (0, 0)
    assert orange(after) - orange(around(after, spot)) > orange(before) + 100, "no gap opened in the border"


def strip_around(page: Page, stretch: tuple[float, float]) -> np.ndarray:
    """The strip of the border where a stretch is, as pixels."""
    chart = page.locator(".st-key-strip-gaps [data-testid=stVegaLiteChart]").first
    expect(chart).to_be_visible()
    pixels = np.asarray(Image.open(io.BytesIO(chart.screenshot())).convert("RGB")).astype(int)
    at = round(np.mean(stretch) / load_border().length_m * pixels.shape[1])
    return pixels[:, max(at - STRIP_PX, 0) : at + STRIP_PX]


def see_no_gap(page: Page, country: Country, stretch: tuple[float, float]) -> np.ndarray:
    """The list of gaps of a stretch that is seen is empty; return its strip."""
    page.goto(f"{country.url}/gaps?from_m={stretch[0]:.0f}&to_m={stretch[1]:.0f}")
    expect(page.locator(".finding, h1").first).to_be_visible()
    expect(page.locator(".st-key-list")).to_contain_text(table("th")["gaps.none_stretch"])
    page.wait_for_timeout(3000)
    return strip_around(page, stretch)


def see_a_gap_open(page: Page, before: np.ndarray, stretch: tuple[float, float]) -> None:
    """Nobody touched the page: the list now holds the gap, and the strip shows it."""
    page.bring_to_front()
    grid = page.locator(".st-key-list [data-testid=stDataFrame]")
    expect(grid).to_be_visible(timeout=60_000)
    until(lambda: grid.locator("[role=row]").count() > 1, "a row of the list")  # the first holds the headings
    until(lambda: (strip_around(page, stretch) != before).any(), "the strip changing where the gap is", 60)


def take_the_list_home(page: Page, country: Country, code: str) -> None:
    """The list of gaps, as a file, says which camera it is."""
    page.goto(f"{country.url}/gaps")
    expect(page.locator(".finding, h1").first).to_be_visible()
    with page.expect_download() as download:
        page.locator("a.download", has_text="CSV").click()
    assert code in download.value.path().read_text(encoding="utf-8-sig")
