"""What if, of lanes: which are lost with what the link says, and what the most lanes hang on."""

from dataclasses import replace

import pytest
from sqlmodel import select

from data.database import next_number
from data.models import INVENTORY, Camera, Status
from data.posts.lanes import save_lanes
from tests.data.posts.test_matrix import LANE, POST, PTZ, camera, settle
from tests.pages.small_country import html, open_page
from tests.pages.test_whatif_page import said
from ui import cache

POLE = "เสา <b>7"


@pytest.fixture
def page(database, at, monkeypatch):
    """C0 alone surely sees IN, C1 might see it too; C2, which is down, and C0 stand at one pole."""
    monkeypatch.setattr(cache, "now", lambda: at)
    lane = replace(LANE, name_th="ขาเข้า", light="both")
    settle(database, at, [camera(ir_range_m=200.0), camera(**PTZ), camera(status=Status.DOWN)], lane)
    with database.write() as session:
        for one in session.exec(select(Camera).where(Camera.code != "C1")):
            one.site = POLE
        next_number(session, INVENTORY)
    return open_page


def worst(app):
    """The list of what the most lanes hang on: the last table of the page."""
    return app.dataframe[-1].value


def test_without_a_camera_the_page_says_which_lanes_are_lost_beside_the_border(page):
    app = page("whatif", lang="en", off="camera:C0")
    assert not app.exception
    assert said(app).startswith("Without C0, ")
    assert said(app).endswith("; lanes no longer seen: 1")
    shown = html(app)
    assert "lanes no longer seen" in shown
    by_light = shown.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert ["<td>day<" in row for row in by_light] == [True, False]
    assert '<i class="sign seen"></i>seen → <i class="sign possible"></i>possible' in by_light[0]
    assert '<i class="sign seen"></i>seen → <i class="sign not_seen"></i>not seen' in by_light[1]  # no infrared


def test_what_only_may_be_lost_is_a_band(page):
    app = page("whatif", lang="en", off="camera:C1")
    assert "; lanes no longer seen:" not in said(app)  # others surely see all of it
    assert "No lane would be seen any worse" in html(app)


def test_a_pole_is_listed_with_its_lanes_and_its_name_is_never_markup(page):
    app = page("whatif", off=f"site:{POLE}", by="site")
    assert not app.exception
    assert worst(app)[["name", "cameras", "day", "night", "posts"]].to_numpy().tolist() == [[POLE, 2, "1", "1", 1]]
    assert "<b>7" not in html(app)
    assert said(app).endswith("ช่องทางที่ไม่เห็นอีก 1 ช่อง")


def test_the_worst_are_listed_before_anything_is_chosen(page):
    app = page("whatif")
    assert not app.exception
    assert worst(app)["name"].tolist() == ["C0"]  # C2 has nothing to lose
    assert "เห็นแย่ลง" not in html(app)


def test_without_lanes_the_page_says_where_they_are_drawn(page, database, at):
    save_lanes(database, POST, [], by="ก", at=at)
    app = page("whatif", off="camera:C0")
    assert not app.exception
    assert "ยังไม่มีช่องทางที่วาดไว้" in html(app)
