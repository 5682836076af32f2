"""The map by itself, in a real browser: clicks, views, page changes, two on a page, status while one watches."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Camera, CameraState, Status
from data.settings import settings
from data.watch.journal import Change, record
from tests.serving import environment, streamlit, until
from tests.web.conftest import LAT, LON, Served, fill

CAMERA, MATES, HOSTILE_ID = 2, (2, 9), 6
HOSTILE = "<img src=x onerror=document.title='owned'>"
UP, DOWN = (0, 114, 178), (213, 94, 0)  # as on the light ground
NEAR_PX = 12
COUNT_CONTEXTS = """(() => {
  const made = [], get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...how) {
    const context = get.call(this, kind, ...how);
    if (/webgl/.test(kind) && context && !made.includes(context)) made.push(context);
    return context;
  };
  window.contextsAlive = () => made.filter(context => !context.isContextLost()).length;
  window.contextsMade = () => made.length;
})()"""

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("map")) as served:
        yield served


@contextmanager
def serving(var: Path, **more: object) -> Iterator[Served]:
    """Serve map_app.py on twelve cameras until the block ends, with more settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAKHAI_VAR", str(var))
        settings.cache_clear()
        db = open_database(settings().url)
        fill(db, 12)
        with db.write() as session:
            next_number(session, INVENTORY)
            now = datetime.now(UTC)
            # two on one mast, and one whose name wants to be HTML
            here = LON + CAMERA / 2000
            session.execute(update(Camera).where(Camera.id == MATES[1]).values(lon=here, updated_at=now))
            session.execute(update(Camera).where(Camera.id == HOSTILE_ID).values(name_th=HOSTILE, updated_at=now))
    settings.cache_clear()
    try:
        with streamlit("tests/browser/map_app.py", environment(var, **more), var / "app.log") as app:
            yield Served(app.port, var, db)
    finally:
        db.dispose()


@pytest.fixture
def page(served: Served, desk: BrowserContext) -> Iterator[Page]:
    desk.add_init_script(COUNT_CONTEXTS)
    page = desk.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{served.url}/login?token={served.token()}")
    yield page
    assert wrong == []


def picture(page: Page, name: str = "one") -> np.ndarray:
    """A map as pixels, shape (height, width, 3)."""
    shot = page.locator(f".st-key-{name} .map-box").screenshot(type="png")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def of_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels - colour).max(axis=-1) <= 30).sum())


def drawn(page: Page, name: str = "one") -> np.ndarray:
    """Wait until cameras are drawn and the map stands still; return its picture."""
    expect(page.locator(f".st-key-{name} canvas").first).to_be_visible()
    last = until(lambda: (found := picture(page, name), of_colour(found, UP) > 50), "cameras on the map")[0]

    def still() -> bool:
        nonlocal last
        time.sleep(0.5)
        before, last = last, picture(page, name)
        return of_colour(last, UP) > 50 and bool((before == last).all())

    until(still, "a map that stands still")
    return last


def open_map(page: Page, served: Served, query: str = "at=102.507,13.692,17") -> np.ndarray:
    page.goto(f"{served.url}/?{query}")
    return drawn(page)


def spot(page: Page, camera: int, zoom: float = 17.0, name: str = "one") -> tuple[float, float]:
    """Where a camera stands in a map that looks at HERE. [px of the map]"""
    box = page.locator(f".st-key-{name} .map-box").bounding_box()
    across = camera / 2000 / 360 * 512 * 2**zoom
    return box["width"] / 2 + across, box["height"] / 2


def on_page(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    box = page.locator(".st-key-one .map-box").bounding_box()
    return box["x"] + place[0], box["y"] + place[1]


def told(page: Page) -> dict:
    return json.loads(page.locator("[data-testid=stCode]").inner_text())


def click(page: Page, place: tuple[float, float]) -> dict:
    """Click a place of the map; return what Python was told."""
    runs = told(page)["runs"]
    page.mouse.click(*on_page(page, place))
    return until(lambda: (now := told(page))["runs"] > runs and now["click"], "Python hearing of a click")


def fail(db: Database, camera: int, status: Status) -> None:
    with db.read() as session:
        base = session.get(CameraState, camera).seq
    done = record(db, [Change(camera, status, datetime.now(UTC), "timeout", base)])
    assert done[camera].won


@contextmanager
def untouched(page: Page) -> Iterator[None]:
    """No request for a tile while the block lasts."""
    asked: list[str] = []

    def hear(request) -> None:
        asked.append(request.url)

    page.on("request", hear)
    yield
    page.remove_listener("request", hear)
    assert [url for url in asked if "/tiles/" in url] == []


def test_a_click_on_empty_ground_reaches_python_with_its_place(page, served):
    open_map(page, served)
    found = click(page, (100, 60))
    assert found["cameras"] == []
    assert found["gap"] is None
    box = page.locator(".st-key-one .map-box").bounding_box()
    assert found["lon"] == pytest.approx(LON - (box["width"] / 2 - 100) / (512 * 2**17) * 360, abs=2e-6)
    west, south, east, north = found["bounds"]
    assert west < found["lon"] < east
    assert south < found["lat"] < north
    assert found["zoom"] == pytest.approx(17)


def test_a_click_near_a_mast_finds_all_that_hang_on_it_the_worst_first(page, served):
    open_map(page, served)
    x, y = spot(page, CAMERA)
    assert click(page, (x + 8, y))["cameras"] == [2, 9]
    fail(served.db, 9, Status.DOWN)
    until(lambda: of_colour(around(picture(page), (x, y)), DOWN) > 20, "the mast turning orange")
    assert click(page, (x - 8, y))["cameras"] == [9, 2]
    assert click(page, (x, y + 30))["cameras"] == []
    fail(served.db, 9, Status.UP)


def around(pixels: np.ndarray, place: tuple[float, float]) -> np.ndarray:
    x, y = (round(value) for value in place)
    return pixels[y - NEAR_PX : y + NEAR_PX, x - NEAR_PX : x + NEAR_PX]


def test_the_first_hover_shows_the_name_and_a_name_is_never_html(page, served):
    open_map(page, served)
    page.mouse.move(*on_page(page, spot(page, HOSTILE_ID)))
    tip = page.locator(".map-tip")
    expect(tip).to_contain_text(f"C{HOSTILE_ID}")
    expect(tip).to_contain_text(HOSTILE)
    expect(tip).to_contain_text("ใช้ได้")
    assert page.locator(".map-tip img").count() == 0
    assert page.title() != "owned"
    page.mouse.move(*on_page(page, (100, 60)))
    expect(tip).to_be_hidden()


def test_status_changes_on_the_open_map_and_nothing_else_moves(page, served):
    before = open_map(page, served)
    runs, place = told(page)["runs"], spot(page, 5)
    with untouched(page):
        fail(served.db, 5, Status.DOWN)
        at = time.monotonic()
        until(lambda: of_colour(around(picture(page), place), DOWN) > 20, "the camera turning orange")
        print(f"orange {time.monotonic() - at:.2f} s after it was written")
        fail(served.db, 5, Status.UP)
        until(lambda: of_colour(around(picture(page), place), UP) > 20, "the camera turning blue again")
    assert told(page)["runs"] == runs, "the page ran again for a change of status"
    assert (np.abs(drawn(page) - before).max(axis=-1) > 24).mean() < 0.002


def test_a_filtered_map_drops_a_camera_whose_new_status_it_does_not_show(page, served):
    open_map(page, served, "at=102.507,13.692,17&status=up")
    place = spot(page, 4)
    assert of_colour(around(picture(page), place), UP) > 20
    fail(served.db, 4, Status.DOWN)
    until(lambda: of_colour(around(picture(page), place), UP) == 0, "the camera leaving the map")
    assert of_colour(around(picture(page), place), DOWN) == 0
    fail(served.db, 4, Status.UP)
    until(lambda: of_colour(around(picture(page), place), UP) > 20, "the camera coming back")


def test_a_run_of_the_page_does_not_touch_the_map(page, served):
    before = open_map(page, served)
    runs = told(page)["runs"]
    with untouched(page):
        page.get_by_role("button", name="again").click()
        until(lambda: told(page)["runs"] > runs, "another run")
    assert (drawn(page) == before).all()
    assert page.evaluate("contextsMade()") == 2


def test_the_link_carries_the_view_and_opens_it(page, served):
    open_map(page, served)
    page.mouse.move(*on_page(page, (200, 200)))
    page.mouse.wheel(0, -200)
    until(lambda: "at=102.507" not in page.evaluate("location.href"), "the link following the view")
    shown, link = drawn(page), page.evaluate("location.href")
    other = page.context.new_page()
    other.goto(link)
    assert (np.abs(drawn(other) - shown).max(axis=-1) > 60).mean() < 0.005
    page.get_by_role("button", name="again").click()
    time.sleep(2)
    assert page.evaluate("location.href") == link


@pytest.mark.parametrize(
    "nonsense", ["x", "1,2", "1e999,0,0", "0,0,,", "200,13,9", "%3Cb%3E,1,2", "102,13,9,9,200"]
)
def test_nonsense_in_the_link_opens_the_first_view(page, served, nonsense):
    open_map(page, served, f"at={nonsense}")
    until(lambda: "at=102.50700,13.69200,17.00" in page.evaluate("location.href"), "the first view")


def test_a_flight_arrives_and_python_hears_of_the_view(page, served):
    open_map(page, served)
    page.get_by_role("button", name="fly").click()
    until(lambda: "at=102.52000,13.70000,16.00" in page.evaluate("location.href"), "arriving")
    seen = until(lambda: (now := told(page)["seen"]) and now["zoom"] == 16 and now, "Python hearing of it")
    assert (seen["lon"], seen["lat"]) == (pytest.approx(102.52), pytest.approx(13.7))


def test_another_page_and_back_keeps_the_view_and_gives_its_contexts_back(page, served):
    open_map(page, served)
    page.mouse.move(*on_page(page, (200, 200)))
    page.mouse.wheel(0, -200)
    until(lambda: "at=102.507" not in page.evaluate("location.href"), "the link following the view")
    before, link = drawn(page), page.evaluate("location.href")
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text))
    for _ in range(20):
        page.get_by_role("link", name="none", exact=True).click()
        expect(page.get_by_text("nothing here")).to_be_visible()
        assert "at=" not in page.evaluate("location.href")
        page.get_by_role("link", name="one", exact=True).click()
        expect(page.locator(".st-key-one canvas").first).to_be_visible()
    after = drawn(page)
    assert (np.abs(after - before).max(axis=-1) > 24).mean() < 0.005
    assert page.evaluate("location.href").split("at=")[1] == link.split("at=")[1]
    assert page.evaluate("contextsMade()") >= 42
    assert page.evaluate("contextsAlive()") == 2
    assert [text for text in warned if "context" in text.lower()] == []


def test_two_maps_on_a_page_live_side_by_side(page, served):
    page.goto(f"{served.url}/two")
    drawn(page, "left")
    drawn(page, "right")
    fail(served.db, 1, Status.DOWN)
    for name in ("left", "right"):
        place = spot(page, 1, name=name)
        until(
            lambda name=name, place=place: of_colour(around(picture(page, name), place), DOWN) > 20,
            f"the {name} map turning orange",
        )
    before = drawn(page, "right")
    page.locator(".st-key-left .maplibregl-ctrl-zoom-out").click()
    drawn(page, "left")
    assert (np.abs(picture(page, "right") - before).max(axis=-1) > 24).mean() < 0.002
    fail(served.db, 1, Status.UP)


def test_another_theme_is_drawn_at_once_and_the_view_stays(page, served):
    open_map(page, served)
    with page.expect_navigation():
        page.emulate_media(color_scheme="dark")
    drawn_dark = (86, 180, 233)
    expect(page.locator(".st-key-one canvas").first).to_be_visible()
    until(lambda: picture(page)[5, 5].max() < 60, "a dark ground")
    until(lambda: of_colour(picture(page), drawn_dark) > 50, "cameras in the colours of the dark theme")
    assert "at=102.50700,13.69200,17.00" in page.evaluate("location.href")


def test_measuring_adds_up_and_selects_nothing(page, served):
    open_map(page, served)
    runs = told(page)["runs"]
    page.get_by_role("button", name="วัดระยะ").press("Enter")
    y = 60
    for x in (100, 300, 500):
        page.mouse.click(*on_page(page, (x, y)))
        page.wait_for_timeout(350)  # two clicks sooner than that are a double click
    metres = 400 / (512 * 2**17) * 40_030_230 * np.cos(np.radians(LAT))
    expect(page.locator(".map-total")).to_have_text(f"{metres:.0f} ม.")
    page.keyboard.press("Escape")
    expect(page.locator(".map-total")).to_be_hidden()
    assert told(page)["runs"] == runs
    assert click(page, (100, 60))["cameras"] == []


def test_a_lost_context_is_said_and_the_map_drawn_again(page, served):
    before = open_map(page, served)
    page.evaluate(
        "document.querySelector('.st-key-one canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
        ".loseContext()"
    )
    expect(page.locator(".map-note")).to_contain_text("กำลังวาดใหม่")
    expect(page.locator(".map-note")).to_have_count(0)
    assert (np.abs(drawn(page) - before).max(axis=-1) > 24).mean() < 0.005


def test_without_webgl_a_sentence_says_so(page, served):
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...how) "
        "{ return /webgl/.test(kind) ? null : get.call(this, kind, ...how) }"
    )
    page.goto(served.url)
    expect(page.locator(".map-note")).to_contain_text("WebGL")
