"""What if: a click on the list switches something off, a click on the map puts up a camera; as counted anew."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from data.database import open_database
from data.fleet import UP, Fleet
from data.geography import load_border
from data.lines import gaining, losing_now
from data.lines.gaining import Pose
from data.lines.side import right_of_m
from tests.browser.country import Country
from tests.serving import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

LEVEL = 20.0


def said(page: Page) -> str:
    text = page.locator("h1.finding").inner_text()
    return text.replace("\u2060", "").replace("\u00a0", " ")


def asked(page: Page) -> dict[str, str]:
    return {name: words[0] for name, words in parse_qs(urlsplit(page.url).query).items()}


def test_a_list_and_a_map_are_asked_what_if(place: tuple[Country, str], desk: BrowserContext):
    country, link = place
    db = open_database(country.database_url)
    until(lambda: (Fleet(db).now().status == UP).sum() > 1000, "most cameras being looked at", 120)
    page = desk.new_page()
    page.goto(link)
    switch_off_the_worst(page, country, db)
    put_up_a_camera(page, country, db)
    db.dispose()


def switch_off_the_worst(page: Page, country: Country, db) -> None:
    """As planned, which no worker changes meanwhile."""
    page.goto(f"{country.url}/whatif?when=planned")
    listed = page.locator("[class*=st-key-losing-table] canvas").first
    expect(listed).to_be_visible()
    page.wait_for_timeout(2_000)  # a table that was only just drawn does not hear a click
    box = listed.bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 54)  # the first row; Playwright's own click waits for the canvas
    page.wait_for_url(re.compile("off=camera"))
    known = Fleet(db).now()
    hung = losing_now.hung(db, known, LEVEL)
    worst = losing_now.worst(known, "camera", hung, LEVEL, "planned")
    worst = worst.sort_values(["day_certain_m", "day_most_m"], ascending=False, kind="stable").iloc[0]
    code = str(known.inventory["code"].iloc[int(worst["key"])])
    assert asked(page)["off"] == f"camera:{code}"
    expect(page.locator("h1.finding")).to_contain_text(f"ถ้าปิด {code}")
    sure, most = f"{worst['day_certain_m']:.0f}", f"{worst['day_most_m']:.0f}"
    assert f"กลางวัน {sure if sure == most else f'{sure}–{most}'} ม." in said(page)


def put_up_a_camera(page: Page, country: Country, db) -> None:
    """Near the line of Ban Khlong Luek, where the link has the map look."""
    line = load_border()
    lon, lat = line.point_at(103_800)
    page.goto(f"{country.url}/whatif?part=add&when=planned&point={lon - 0.002:.5f},{lat + 0.004:.5f}")
    drawn = page.locator(".st-key-map-box canvas").first
    expect(drawn).to_be_visible()
    expect(page.get_by_text("ทิศที่หันไป")).to_be_visible()
    before = asked(page)["point"]
    page.wait_for_timeout(6_000)  # until the flight is over
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 40)
    page.wait_for_function("before => !decodeURIComponent(location.search).includes(before)", arg=before)
    lon, lat = (float(part) for part in asked(page)["point"].split(","))
    assert 0 < right_of_m(line, lon, lat) < 1_000, "the map looked at the line, a little on our side"
    page.get_by_text("หันให้เห็นเพิ่มมากสุด").click()
    known = Fleet(db).now()
    pose = Pose(lon, lat, bearing_deg=float(asked(page).get("bearing", "0")))
    until(lambda: matches(page, known, pose), "the page saying what a recompute gives", 60)


def matches(page: Page, known, pose: Pose) -> bool:
    """Whether the page says of its camera what counting again says of the same."""
    bearing = float(asked(page)["bearing"])
    found = gaining.gain(known, Pose(pose.lon, pose.lat, bearing), LEVEL, "planned")["day"]
    if max(found.may_m, found.certain_m) < 1:
        return "ไม่เห็น" in said(page)
    return bool(re.search(rf"กลางวัน {np.round(found.certain_m):.0f}(–\d+)? ม\.", said(page)))
