"""A map in one file: what it holds of a moment, that its counts are the export's, and that nothing in it runs."""

import json
import re
from datetime import UTC, datetime

import numpy as np
import pytest

from data.database import next_number
from data.files.export import export_cameras
from data.filters import CameraFilter, counts, rows
from data.fleet import Fleet
from data.models import INVENTORY, Camera
from tests.web.conftest import CAMERAS, DOWN, LAT, LON, fill
from ui import filters, standalone, standalone_data
from ui.standalone_data import LOST, gather
from ui.words import speaking

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>{{7*7}}"
SECRET = "rtsp://admin:hunter2@10.9.8.7/live"
ALL = CameraFilter()


@pytest.fixture
def known(database):
    fill(database)
    with database.write() as session:
        next_number(session, INVENTORY)
        session.get(Camera, 6).name_th = HOSTILE
        session.get(Camera, 7).name_th = SECRET
        session.get(Camera, 8).bearing_deg = None
    return Fleet(database).now()


def drawn(known, query: str = "", **how) -> str:
    asked = {"at": None, "language": "en", "theme": "light", "now": NOW} | how
    return standalone.page(known, CameraFilter.read(query), **asked).decode()


def told(html: str) -> dict:
    """Return what the script of a page is given."""
    return json.loads(re.search(r"const PICTURE = (\{.*\});", html)[1])


@pytest.mark.parametrize("query", ["", "status=down", "status=unknown&status=down", "q=c1", "province=Atlantis"])
def test_the_legend_counts_what_the_export_holds(known, database, tmp_path, query):
    html = drawn(known, query)
    said = export_cameras(database, known, tmp_path / "x.csv", CameraFilter.read(query), at=NOW)
    assert int(re.search(r'data-total="(\d+)"', html)[1]) == said["rows"]
    assert len(told(html)["cameras"]["at"]) == said["rows"]
    by_status = dict(re.findall(r'data-status="(\w+)">([\d,]+)<', html))
    assert {word: int(n) for word, n in by_status.items()} == counts(known, CameraFilter.read(query))


@pytest.mark.parametrize("most", [0, 1, 10, CAMERAS - 1, CAMERAS])
@pytest.mark.parametrize("zoom", [5.0, 14.0, 18.0])
def test_every_camera_is_drawn_once_far_out_and_near(known, monkeypatch, most, zoom):
    monkeypatch.setattr(standalone_data, "MOST_SINGLE", most)
    monkeypatch.setattr(standalone_data, "MOST_FROM_AFAR", 5)
    shown = gather(known, ALL, (LON + 20 / 2000, LAT, zoom))

    def counted(cells: dict) -> set[int]:
        return {sum(sum(cell[2:]) for cell in of) for of in cells.values()}

    assert counted(shown.far) == {CAMERAS}
    if len(shown.single):
        assert counted(shown.rest) <= {CAMERAS - len(shown.single)}
        assert bool(shown.rest) is (len(shown.single) < CAMERAS)
    assert (shown.frame is not None) is (0 < len(shown.single) < CAMERAS)
    assert len(shown.single) in {0, len(shown.single), CAMERAS}
    assert len(shown.single) <= most
    if shown.frame:
        west, _, east, _ = shown.frame
        assert all(west <= known.lon[row] <= east for row in shown.single)
        assert not any(west <= known.lon[row] <= east for row in np.setdiff1d(rows(known, ALL), shown.single))


def test_few_cameras_are_single_ones_at_every_zoom(known):
    shown = gather(known, ALL, None)
    assert (shown.near_zoom, shown.far, shown.rest) == (0, {}, {})
    assert shown.single[-1] == DOWN - 1  # the worst is drawn last


def test_ground_is_certain_possible_or_lost(known):
    ground = gather(known, ALL, None).ground
    kinds = ground.groupby("status")["kind"].agg(set).to_dict()
    assert kinds == {"up": {"certain", "possible"}, "down": {LOST}, "unknown": {"possible"}}
    assert gather(known, CameraFilter.read("province=Atlantis"), None).ground.empty


def test_ground_of_many_is_left_out_and_that_is_said(known, monkeypatch):
    monkeypatch.setattr(standalone_data, "MOST_SECTORS", 39)
    assert gather(known, ALL, None).ground is None
    assert "more than 400 cameras are in the picture" in drawn(known)  # the words name the usual number


def test_names_are_text_and_no_address_leaves_the_house(known):
    html = drawn(known)
    assert HOSTILE not in html
    assert "<img" not in html
    nonce = re.search(r"'nonce-([^']+)'", html)[1]
    assert html.count("<script") == html.count(f'<script nonce="{nonce}">') > 0
    names = told(html)["cameras"]["name"]
    assert HOSTILE in names  # whole, but as data
    assert "hunter2" not in html
    assert "10.9.8.7" not in html


def test_a_filter_of_the_reader_is_text(known):
    html = drawn(known, "q=%3Cimg+src%3Dx%3E&province=%7B%7B7*7%7D%7D")
    assert "&lt;img src=x&gt;" in html
    assert "{{7*7}}" in html
    assert "<img" not in html


def test_nothing_lies_outside_the_file(known):
    html = drawn(known)
    assert re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)[^\"']+", html.split("<style>")[0]) == []
    assert re.findall(r"url\((?!data:)[^)]*\)", html.split("<style>")[1].split("</style>")[0]) == []
    assert "default-src 'none'" in html
    assert "sourceMappingURL" not in html
    assert "Redistribution and use" in html  # Leaflet's licence goes with it


def test_it_says_when_in_bangkok_and_that_it_does_not_change(known):
    thai = drawn(known, language="th", theme="dark")
    assert "23 พ.ย. 2569 12:30 น. (เวลาไทย)" in thai
    assert "ไม่เปลี่ยนตามสถานการณ์" in thai
    assert '<html lang="th">' in thai
    english = drawn(known)
    assert "taken 23 Nov 2026 12:30 (Bangkok time)" in english
    assert "it does not change" in english


def test_an_empty_country_is_a_map_that_says_so(database):
    html = drawn(Fleet(database).now())
    assert "No camera matches" in html
    assert told(html)["bounds"] == list(standalone._COUNTRY)


def test_the_filter_is_said_in_the_readers_language():
    chosen = CameraFilter.read("province=สระแก้ว&status=down&linked=not_linked&border=1&q=a")
    with speaking("en"):
        said = filters.said(chosen)
    assert said == "province Sa Kaeo · status down · link not linked · within 2 km of the border · with “a”"
    with speaking("th"):
        assert filters.said(chosen).startswith("จังหวัด สระแก้ว · สถานะ ล่ม · ")
        assert filters.said(ALL) == ""
