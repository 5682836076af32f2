"""The gaps page, on a small country."""

import json
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.geography import load_border
from geo.see.levels import Edition
from tests.pages.small_country import html, open_page, settle
from ui import state


@pytest.fixture
def page(database, at):
    settle(database, at)
    return open_page


def table(app):
    return app.dataframe[0].value


def test_it_opens_with_a_sentence_and_the_gaps_add_up_to_what_is_not_certain(page):
    app = page("gaps")
    assert not app.exception
    assert '<h1 class="finding">ขณะนี้กล้องไม่เห็นชายแดนสระแก้ว' in html(app)
    shown = table(app)
    total = load_border().length_m / 1000
    # eight cameras that work and know where they look see at most 363 m each (2560 / (2 · 20 · tan 10°))
    assert total - 8 * 0.363 < shown["length"].sum() < total
    assert shown["band"].tolist() == sorted(shown["band"], key=["ไม่เห็น", "อาจเห็น"].index)
    opened = shown[shown["opened_by"] == "C0"]
    assert len(opened) == 1
    assert opened["since"].iloc[0] == "23 พ.ย. 2569 11:00"


def test_the_link_chooses_the_view_and_language_does_not_change_its_words(page):
    app = page("gaps", lang="en", when="planned", light="night", level="40")
    assert not app.exception
    assert "Even with every camera working" in html(app)
    assert "opened_by" in table(app)
    assert (table(app)["opened_by"] == "–").all()
    assert app.session_state[state.LEVEL] == 40


def test_words_nobody_offers_in_a_link_are_left_out(page):
    app = page("gaps", when="tomorrow", level="1e9", light="<b>")
    assert not app.exception
    assert app.session_state[state.WHEN] == "live"


def test_a_stretch_in_the_link_narrows_the_list_and_can_be_taken_back(page):
    every = len(table(page("gaps")))
    app = page("gaps", from_m="20000", to_m="21000")
    assert 0 < len(table(app)) < every
    app.button(key="whole").click().run()
    assert len(table(app)) == every
    assert state.STRETCH_FROM not in app.query_params


def test_the_file_offered_is_the_list_on_screen(page, tmp_path, at, database):
    app = page("gaps", from_m="20000", to_m="21000")
    links = re.findall(r'href="(/exports/gaps[^"]+)"', html(app))
    assert [urlsplit(unescape(link)).path for link in links] == [
        "/exports/gaps.xlsx", "/exports/gaps.csv", "/exports/gaps.kml", "/exports/gaps.shp.zip",
        "/exports/gaps.gpkg", "/exports/gaps.geojson", "/exports/gaps.parquet",
    ]  # fmt: skip
    pack = re.findall(r'href="(/exports/evidence[^"]+)"', html(app))
    assert [urlsplit(unescape(link)).path for link in pack] == ["/exports/evidence.zip"]
    assert {urlsplit(unescape(link)).query for link in pack + links} == {urlsplit(unescape(links[0])).query}
    asked = dict(parse_qsl(urlsplit(unescape(links[0])).query))
    assert asked == {"when": "live", "level": "20", "light": "day", "from_m": "20000", "to_m": "21000"}
    file = tmp_path / "gaps.geojson"
    export_gaps(database, Fleet(database).now(), file, GapView(within=(20_000, 21_000), shortest_m=1), at=at)
    written = json.loads(file.read_text())
    spans = {f"{row['properties']['from']}–{row['properties']['to']}" for row in written["features"]}
    assert spans == set(table(app)["span"])
    assert written["takhai"]["cameras"] == 11


def test_the_file_leaves_out_what_the_list_leaves_out(page, tmp_path, at, database):
    app = page("gaps", order="by_priority", least="50")
    link = unescape(re.search(r'href="(/exports/gaps[.]geojson[^"]+)"', html(app)).group(1))
    view = GapView.read(database, urlsplit(link).query, edition=Edition.Y2025)
    assert view.least == 50
    export_gaps(database, Fleet(database).now(), tmp_path / "gaps.geojson", replace(view, shortest_m=1), at=at)
    rows = [row["properties"] for row in json.loads((tmp_path / "gaps.geojson").read_text())["features"]]
    shown = table(app)
    assert {f"{row['from']}–{row['to']}" for row in rows} == set(shown["span"])
    assert 0 < len(rows) < len(table(page("gaps")))
    assert min(row["score"] for row in rows) >= 0.5


def test_without_cameras_it_says_what_to_do(database):
    app = open_page("gaps")
    assert not app.exception
    assert "นำเข้าบัญชีกล้อง" in html(app)
    assert table(app)["length"].sum() == pytest.approx(load_border().length_m / 1000)
