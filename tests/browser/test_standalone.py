"""A map in one file, opened from the disk by a real browser without a network, as whoever gets it by mail does."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data.database import next_number, open_database
from data.files.export import export_cameras
from data.filters import CameraFilter
from data.fleet import Fleet, Snapshot
from data.models import INVENTORY, Camera
from tests.web.conftest import CAMERAS, DOWN, LAT, LON, fill
from ui import standalone, standalone_data
from ui.palette import palette

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
HOSTILE_ID, UP = 6, 2
HOSTILE = "</script><img src=x onerror=document.title='owned'><b>{{7*7}}"
VIEW = (LON + 3 / 2000, LAT, 16.0)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Opened:
    """A file in a browser."""

    page: Page
    asked: list[str]
    wrong: list[str]

    def spot(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is seen. [px of the page]"""
        x, y = self.page.evaluate(
            """([lon, lat]) => {
              const map = Object.entries(window).find(([name]) => name.startsWith('map_'))[1];
              const at = map.latLngToContainerPoint([lat, lon]), box = map.getContainer().getBoundingClientRect();
              return [box.x + at.x, box.y + at.y];
            }""",
            [lon, lat],
        )
        return x, y

    def around(self, camera: int, radius: int = 9) -> np.ndarray:
        """The pixels of a camera's glyph, shape (pixels, 3)."""
        x, y = (round(value) for value in self.spot(LON + camera / 2000, LAT))
        whole = np.asarray(Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")).astype(int)
        return whole[y - radius : y + radius, x - radius : x + radius].reshape(-1, 3)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Iterator[tuple]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('map') / 'takhai.db'}")
    fill(database)
    with database.write() as session:
        next_number(session, INVENTORY)
        session.get(Camera, HOSTILE_ID).name_th = HOSTILE
    yield database, Fleet(database).now()
    database.dispose()


@pytest.fixture
def opened(chromium: Browser, known, tmp_path):
    """Open the map of a filter from the disk, with no network; at the end nothing may have been asked for."""
    pages: list[Opened] = []

    def open_file(query: str = "", at=VIEW, language="th", theme="light", size=(1366, 768)) -> Opened:
        snapshot: Snapshot = known[1]
        file: Path = tmp_path / f"map{len(pages)}.html"
        chosen = CameraFilter.read(query)
        file.write_bytes(standalone.page(snapshot, chosen, at=at, language=language, theme=theme, now=NOW))
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_offline(True)
        found = Opened(context.new_page(), [], [])
        pages.append(found)
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
        found.page.on("console", lambda message: found.wrong.append(message.text))
        found.page.goto(file.as_uri())
        found.page.wait_for_selector("body[data-drawn]")
        time.sleep(0.3)  # the canvas is drawn with the next frame
        return found

    yield open_file
    for found in pages:
        assert [url for url in found.asked if not url.startswith(("file:///", "data:"))] == []
        assert sum(url.startswith("file:") for url in found.asked) == 1
        assert found.wrong == []
        found.page.context.close()


def of(pixels: np.ndarray, colour: str) -> int:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=-1) <= 30).sum())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cameras_are_drawn_in_the_shape_and_colour_of_their_status(opened, theme):
    colours, map_ = palette(theme), opened(theme=theme)
    up, down = map_.around(UP), map_.around(DOWN)
    assert of(up, colours.up) > 40
    assert of(up, colours.down) == 0
    assert of(down, colours.down) > 40
    assert of(down, colours.casing) > 12  # the cross in the square
    ground = map_.page.evaluate("getComputedStyle(document.querySelector('.leaflet-container')).backgroundColor")
    assert ground == f"rgb({', '.join(str(int(colours.sea[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.parametrize("query", ["", "status=down&status=unknown", "q=c1", "province=Atlantis"])
def test_the_legend_counts_as_many_as_the_export_holds(opened, known, tmp_path, query):
    said = export_cameras(*known, tmp_path / "x.csv", CameraFilter.read(query), at=NOW)
    map_ = opened(query, at=None)
    total = map_.page.locator("aside .total .n").inner_text()
    assert int(total.replace(",", "")) == said["rows"]
    by_status = {
        n.get_attribute("data-status"): int(n.inner_text()) for n in map_.page.locator("[data-status]").all()
    }
    assert by_status == {word: said[f"cameras_{word}"] for word in by_status}


def test_a_filtered_camera_is_not_drawn(opened):
    map_ = opened("status=down")
    assert of(map_.around(UP), palette("light").up) == 0
    assert of(map_.around(DOWN), palette("light").down) > 40


def test_a_hostile_name_is_text_and_runs_nothing(opened):
    map_ = opened()
    map_.page.mouse.move(*map_.spot(LON + HOSTILE_ID / 2000, LAT))
    tip = map_.page.locator(".tip")
    expect(tip).to_contain_text(f"C{HOSTILE_ID}")
    expect(tip).to_contain_text(HOSTILE)
    expect(tip).to_contain_text("เทศบาลทดสอบ")
    assert map_.page.locator("img").count() == 0
    assert "owned" not in map_.page.title()
    map_.page.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def test_a_script_that_got_in_would_not_run(opened):
    map_ = opened()
    map_.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    map_.page.wait_for_timeout(300)
    assert map_.page.title() != "1"
    assert any("Content Security Policy" in text for text in map_.wrong)
    map_.wrong.clear()
    map_.asked[:] = map_.asked[:1]


def test_thai_is_drawn_by_the_font_inside_and_says_when(opened):
    map_ = opened("province=Atlantis")
    assert map_.page.evaluate("document.fonts.check('15px Sarabun', 'ที่ปิ่น')")
    assert map_.page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').length") >= 1
    text = map_.page.locator("header").inner_text()
    assert "ไม่มีกล้องที่ตรงกับที่เลือก" in text
    assert re.search(r"บันทึกเมื่อ 23 พ\.ย\. 2569 12:30 น\. \(เวลาไทย\)", text)
    assert map_.page.locator("html").get_attribute("lang") == "th"
    expect(map_.page.locator(".leaflet-control-scale")).to_be_visible()
    expect(map_.page.locator(".north")).to_have_text("เหนือ")


def test_of_many_the_map_counts_far_out_and_shows_the_frame_near(opened, monkeypatch):
    monkeypatch.setattr(standalone_data, "MOST_SINGLE", 30)
    far = opened(at=None, language="en")
    assert far.page.locator("body").get_attribute("data-drawn") == "cells"
    expect(far.page.locator("aside")).to_contain_text("counts them by cells")
    near = opened(at=(LON + 3 / 2000, LAT, 17.0), language="en")
    assert near.page.locator("body").get_attribute("data-drawn") == "single"
    assert of(near.around(UP), palette("light").up) > 40
    expect(near.page.locator("aside")).to_contain_text("inside the dashed frame")
    for _ in range(11):
        near.page.locator(".leaflet-control-zoom-out").click()
        near.page.wait_for_timeout(350)
    assert near.page.locator("body").get_attribute("data-drawn") == "cells"
    x, y = near.spot(LON + CAMERAS / 4000, LAT)
    near.page.mouse.move(x, y)
    expect(near.page.locator(".tip")).to_contain_text(f"{CAMERAS} cameras, 1 down, 1 unknown")


@pytest.mark.parametrize("size", [(1366, 768), (820, 1180), (390, 800)])
def test_nothing_is_cut_off(opened, size):
    map_ = opened(size=size)
    wide = map_.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]
    box = map_.page.locator(".leaflet-container").bounding_box()
    assert box["width"] == size[0]
    assert box["height"] > 300
    assert of(map_.around(DOWN), palette("light").down) > 40
