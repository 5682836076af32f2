"""The gallery: the worst first, nothing stale shown as live, pages, and no jumping under the reader's hand."""

import re
from datetime import timedelta

import numpy as np
import pytest

from data.filters import CameraFilter
from data.models import CaptureClock, Status
from data.watch.journal import Change, record
from data.watch.thumbnails import Picture, write_stills
from tests.pages.small_country import HOSTILE, html, open_page, settle
from ui import cache, gallery

TILE = re.compile(r'<a class="tile (\w+)".*?data-still="(\d+)".*?data-works="(\d)"', re.S)


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def tiles(app) -> list[tuple[str, int, str]]:
    return [(status, int(camera), works) for status, camera, works in TILE.findall(html(app))]


def keep(database, camera_id, captured_at):
    write_stills(database, [(camera_id, Picture(b"\xff\xd8jpeg", captured_at, CaptureClock.ARRIVAL, 320, 180))])


def test_the_worst_come_first_and_among_equals_the_oldest_picture(ids, database, at):
    keep(database, ids["C6"], at - timedelta(minutes=9))
    keep(database, ids["C7"], at - timedelta(minutes=1))
    app = open_page("gallery")
    assert not app.exception
    shown = tiles(app)
    assert [status for status, _, _ in shown[:2]] == ["down", "unknown"]
    assert [camera for _, camera, _ in shown[-2:]] == [ids["C6"], ids["C7"]]
    assert len(shown) == 11


def test_only_of_cameras_that_work_a_picture_can_show_now(ids):
    assert {(status, works) for status, _, works in tiles(open_page("gallery"))} == {
        ("down", "0"), ("unknown", "0"), ("up", "1"),
    }  # fmt: skip


def test_the_link_says_what_is_seen(ids):
    app = open_page("gallery", status="down")
    assert [camera for _, camera, _ in tiles(app)] == [ids["C0"]]
    assert open_page("gallery", q="nothing").get("html")
    assert not tiles(open_page("gallery", q="nothing"))


def test_names_are_text(ids):
    said = html(open_page("gallery"))
    assert HOSTILE not in said
    assert "&lt;img src=x" in said


def test_pages_are_turned(ids, monkeypatch):
    monkeypatch.setattr(gallery, "PAGE", 4)
    app = open_page("gallery")
    first = tiles(app)
    app = app.button(key="turn-after").click().run()
    second = tiles(app)
    assert len(first) == len(second) == 4
    assert not set(first) & set(second)
    assert "5–8" in html(app)
    assert len(tiles(open_page("gallery", page="3"))) == 3


def test_who_fails_meanwhile_is_told_and_moves_only_when_asked(ids, database, at):
    app = open_page("gallery")
    before = [camera for _, camera, _ in tiles(app)]
    record(database, [Change(ids["C9"], Status.DOWN, at, "timeout", cache.snapshot().seq)])
    cache.fleet().refresh()
    app = app.run()
    after = tiles(app)
    assert [camera for _, camera, _ in after] == before
    assert ("down", ids["C9"], "0") in after
    app = app.button(key="anew").click().run()
    assert {camera for _, camera, _ in tiles(app)[:2]} == {ids["C0"], ids["C9"]}


def test_a_failure_outside_the_filter_is_not_told(ids, database, at):
    known, linked = cache.snapshot(), CameraFilter(linked=("linked",))
    made = gallery.Order("", known.inventory_version, known.seq, known.ids)
    record(database, [Change(ids["C4"], Status.DOWN, at, "timeout", cache.snapshot().seq)])
    now = cache.fleet().refresh()
    assert gallery.failed_since(now, CameraFilter(), made) == 1
    assert gallery.failed_since(now, linked, made) == 0
    assert gallery.failed_since(now, CameraFilter(statuses=("up",)), made) == 0


def test_without_a_picture_a_camera_comes_before_its_equals(ids):
    known = cache.snapshot()
    captured = np.arange(len(known.ids), dtype=np.int64)
    captured[-1] = 0
    order = gallery.worst_first(known, np.arange(len(known.ids)), captured)
    assert known.status[order[0]] == 2
    assert order[2] == len(known.ids) - 1


def test_without_cameras_it_says_what_to_do(database):
    app = open_page("gallery", lang="en")
    assert not app.exception
    assert "no camera in the inventory" in html(app)
