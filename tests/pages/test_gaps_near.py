"""The gaps page where somebody brought villages and roads: how near gaps are, and a list cut to the near ones."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.geography import load_border
from data.ground.layers import keep
from data.ground.tables import LayerKind
from geo.see.levels import Edition
from tests.pages.small_country import html, open_page, settle
from ui import cache

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def bring(database, at, monkeypatch):
    settle(database, at)
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=20))

    def keep_layer(kind, shape, name=""):
        table = pd.DataFrame({"name": [name], "height_m": [np.nan], "at": pd.to_datetime([None], utc=True)})
        features = gpd.GeoDataFrame(table, geometry=[shape], crs=4326)
        keep(database, features, LayerKind(kind), kind, source=f"{kind}.geojson", by="ก", at=at, credit="กรมหนึ่ง")

    return keep_layer


@pytest.fixture
def village(bring):
    """A village beside the line at km 22, away from most gaps."""
    lon, lat = load_border().point_at(22_000)
    bring("village", Point(lon - 0.001, lat), HOSTILE)


def table(app):
    return app.dataframe[0].value


def test_without_layers_nothing_is_said_of_nearness(bring):
    app = open_page("gaps", order="by_priority", village="500")
    assert not app.exception
    assert not {"village", "village_m", "road_m", "incidents", "part_village"} & set(table(app))
    assert "ลิงก์ขอเฉพาะช่องว่างใกล้หมู่บ้าน แต่ยังไม่มีใครนำชั้นข้อมูลนั้นเข้า" in html(app)
    assert "ไม่นำมาคิดเพราะยังไม่มีใครนำชั้นข้อมูลเข้า: ความใกล้ถนน, ความใกล้หมู่บ้าน" in html(app)
    assert len(table(app)) == len(table(open_page("gaps")))


def test_a_layer_shows_metres_names_and_the_part_of_each_score(bring, village):
    by_length, by_priority = open_page("gaps"), open_page("gaps", order="by_priority", lang="en")
    assert not by_length.exception
    assert not by_priority.exception
    assert {"village", "village_m"} <= set(table(by_length))
    assert "part_village" not in table(by_length)
    shown = table(by_priority)
    assert (shown["village"] == HOSTILE).all()
    assert shown["part_village"].tolist() == pytest.approx(
        [100 / (1 + metres / 2_000) for metres in shown["village_m"]]
    )
    assert "0.5 × nearness to a village" in html(by_priority)
    assert "Nearness to a village: half at 2 km." in html(by_priority)


@pytest.mark.parametrize("metres", ["500", "750"])
def test_a_link_cuts_the_list_to_what_is_near_and_the_file_with_it(bring, village, tmp_path, at, database, metres):
    app = open_page("gaps", village=metres)
    shown = table(app)
    assert 0 < len(shown) < len(table(open_page("gaps")))
    assert (shown["village_m"] <= float(metres)).all()
    assert f'<div class="value">{len(shown)}<span' in html(app), "the figure counts the list"
    link = unescape(re.search(r'href="(/exports/gaps[.]geojson[^"]+)"', html(app)).group(1))
    view = GapView.read(database, urlsplit(link).query, edition=Edition.Y2025)
    assert view.near == (("village", float(metres)),)
    facts = export_gaps(
        database, Fleet(database).now(), tmp_path / "gaps.geojson", replace(view, shortest_m=1), at=at
    )
    written = gpd.read_file(tmp_path / "gaps.geojson")
    spans = {f"{one}–{other}" for one, other in zip(written["from"], written["to"], strict=True)}
    assert spans == set(shown["span"])
    assert written["village_m"].max() <= float(metres)
    assert facts["near_to"] == f"within {metres} m of a village"
    app.selectbox(key="village").set_value(5_000.0).run()
    assert not app.exception
    assert app.query_params["village"] == "5000"
    assert len(table(app)) > len(shown)
    app.selectbox(key="village").set_value(0.0).run()
    assert "village" not in app.query_params


def test_where_no_gap_is_so_near_it_says_what_to_do(bring):
    bring("road", LineString([(101.0, 13.0), (101.1, 13.0)]))
    app = open_page("gaps", road="250")
    assert not app.exception
    assert "ไม่มีช่องว่างที่ใกล้เท่านั้น" in html(app)
    assert not app.dataframe


@pytest.mark.parametrize("metres", ["-5", "nan", "inf", "many"])
def test_a_distance_that_cannot_be_is_left_out(bring, village, metres):
    app = open_page("gaps", village=metres)
    assert not app.exception
    assert len(table(app)) == len(table(open_page("gaps")))
