"""Zones on the page of checkpoints: drawn and saved under a name, listed with what is seen of them, as files."""

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, Polygon, box

from data.files import formats
from data.files.zones import export_zones
from data.ground.layers import features, layers
from data.ground.tables import LayerKind
from data.posts.watched import other_zones, post_zones
from data.posts.zones import history, in_use, save_zone
from data.settings import settings
from geo.see.levels import Edition
from tests.data.posts.test_zones import POST, ZONE, all_round, country, kept, square
from tests.pages.small_country import html, map_data, open_page
from ui import cache, state


@pytest.fixture
def english(monkeypatch):
    """The app speaks English by itself: a test that goes on with a page words its choices outside of it."""
    monkeypatch.setenv("TAKHAI_LANGUAGE", "en")
    settings.cache_clear()


@pytest.fixture
def page(database, at, monkeypatch, english):
    """One camera at Khlong Luek that sees 64 m all round at 20 px/m, 20 m of it by night."""
    monkeypatch.setattr(cache, "now", lambda: at)
    country(database, at, all_round(at, *ZONE.points[0]))
    return lambda **query: open_page("checkpoints", checkpoint=POST, **query)


def sketch(app):
    return app.session_state[state.ZONE_SKETCH]


def errors(app):
    return [error.value.replace("\\", "") for error in app.error]


def press(app, key):
    return app.button(key).click().run()


def test_a_zone_is_drawn_saved_under_a_name_and_counts_at_once(database, at, page):
    app = page(part="zones")
    assert not app.exception
    assert app.button("zone-put").disabled  # nothing was clicked
    assert "Nobody has drawn a zone here yet" in html(app)
    sketch(app).points.extend(square())  # as clicks on the map do
    app.run()
    app.number_input(f"zone-level-post-{POST}-0").set_value(20.0)
    press(app, "zone-put")
    assert errors(app) == ["Write your name first: it stands beside all you do"]
    app.text_input("who").set_value("สมชาย").run()
    press(app, "zone-put")
    assert not app.exception
    assert [one.value for one in app.success] == ["The zone is saved, and counts from now on"]
    held = in_use(database, POST)
    assert (held.drawn.points, held.drawn.level_px_m, held.made_by) == (square(), 20.0, "สมชาย")
    shown = app.dataframe[0].value.set_index("name")
    assert shown["zone"].tolist().count("drawn") == 1
    said = html(app)
    assert "20 px/m: by day seen 100%, by night not seen " in said
    assert "drawn by สมชาย on " in said
    assert map_data(app, state.CHECKPOINT_MAP)["layers"]["zone"]["getDashArray"] == [0, 0]


def test_a_zone_in_use_is_changed_or_retired_and_all_is_told(database, at, page):
    save_zone(database, POST, ZONE, by="ก", at=at)
    app = page(part="zones")
    assert sketch(app).points == list(ZONE.points)
    assert app.number_input(f"zone-level-post-{POST}-0").value == 40.0
    press(app, "zone-undo")
    app.text_input("who").set_value("ข").run()
    press(app, "zone-put")
    assert in_use(database, POST).drawn.points == ZONE.points[:3]
    press(app, "zone-retire")
    assert not app.exception
    assert in_use(database, POST) is None
    assert [one.retired_by for one in history(database, POST)] == ["ข", "ข"]
    assert html(app).count("retired by ข on ") == 2
    assert set(app.dataframe[0].value["zone"]) == {"assumed 500 m"}


def test_who_draws_over_what_another_saved_meanwhile_is_told_and_begins_again(database, at, page):
    app = page(part="zones")
    sketch(app).points.extend(square())
    app.run()
    save_zone(database, POST, ZONE, by="ก", at=at)
    app.text_input("who").set_value("ข").run()
    press(app, "zone-put")
    assert "ก saved it meanwhile" in errors(app)[0]
    press(app, "zone-drop")
    app.number_input(f"zone-level-post-{POST}-0").set_value(80.0)
    press(app, "zone-put")
    assert not errors(app)
    held = in_use(database, POST)
    assert (held.made_by, held.drawn.level_px_m, held.drawn.points) == ("ข", 80.0, ZONE.points)


def test_a_zone_that_crosses_itself_is_refused_and_stays_as_it_was_drawn(database, page):
    app = page(part="zones")
    corners = [square()[i] for i in (0, 2, 1, 3)]
    sketch(app).points.extend(corners)
    app.run()
    app.text_input("who").set_value("ก").run()
    press(app, "zone-put")
    [error] = errors(app)
    assert "an edge that crosses itself" in error
    assert sketch(app).points == corners
    assert history(database, POST) == []


def test_a_zone_of_its_own_and_a_line_are_kept_as_layers(database, page):
    app = page(part="zones")
    app.segmented_control("zone-what").set_value("zone").run()
    sketch(app).points.extend(square())
    app.run()
    app.text_input("zone-name-zone-0").set_value("depot")
    app.text_input("zone-title-zone-0").set_value("คลัง <b>1")
    app.number_input(f"zone-level-zone-{POST}-0").set_value(40.0)
    app.text_input("who").set_value("ก").run()
    press(app, "zone-put")
    assert not app.exception
    assert errors(app) == []
    [held] = layers(database)
    assert (held.kind, held.name, held.title, held.level_px_m, held.by) == (
        LayerKind.ZONE, "depot", "คลัง <b>1", 40.0, "ก",
    )  # fmt: skip
    assert features(database, LayerKind.ZONE).geometry[0].equals(Polygon(square()))
    assert app.dataframe[1].value["name"].tolist() == ["คลัง <b>1"]
    assert "<b>1" not in html(app)
    app.segmented_control("zone-what").set_value("line").run()
    for points, told in (([square()[0]], "2 places or more, got 1"), ([square()[1]], "is called depot already")):
        sketch(app).points.extend(points)
        app.run()
        app.text_input("zone-name-line-1").set_value("depot" if "depot" in told else "fence").run()
        press(app, "zone-put")
        assert told in errors(app)[0]
    app.text_input("zone-name-line-1").set_value("fence").run()
    press(app, "zone-put")
    assert not errors(app)
    assert features(database, LayerKind.LINE, "fence").geometry[0].equals(LineString(square()[:2]))


def test_zones_that_people_brought_are_listed_drawn_and_told_as_bands(database, at, page):
    kept(database, at, "depots", box(102.0, 14.0, 102.001, 14.001), Polygon(square()), names=["", "ตลาด"])
    app = page()
    assert not app.exception
    shown = app.dataframe[1].value
    found = other_zones(database, cache.snapshot())
    night = f"{100 * found['live_night_certain'].iloc[1]:.0f}"
    told = shown[["name", "layer", "level", "live_day", "live_night", "planned_day"]].to_numpy().tolist()
    assert told == [
        ["คลัง", "depots", 20.0, "not seen 0", "not seen 0", "0"],
        ["ตลาด", "depots", 20.0, "seen 100", f"not seen {night}", "100"],
    ]
    assert len(map_data(app, state.CHECKPOINT_MAP)["layers"]["other-zones"]["data"]) == 2
    assert 'href="/exports/zones.gpkg?level=125"' in html(app)


def test_without_other_zones_there_is_no_such_list(page):
    app = page()
    assert len(app.dataframe) == 1
    assert "Other zones" not in html(app)


@pytest.mark.parametrize("ending", formats.ENDINGS)
def test_files_of_zones_hold_what_the_page_shows(database, at, page, tmp_path, ending):
    save_zone(database, POST, ZONE, by="ก", at=at)
    kept(database, at, "depots", Polygon(square()))
    known, file = cache.snapshot(), tmp_path / f"zones{ending}"
    said = export_zones(database, known, file, 125.0, edition=Edition.Y2025, at=at)
    mine = pd.concat([post_zones(database, known, 125.0), other_zones(database, known)])
    if ending == ".csv":
        rows = pd.read_csv(file, encoding="utf-8-sig")
    elif ending == ".xlsx":
        heads, *cells = openpyxl.load_workbook(file)["zones"].iter_rows(values_only=True)
        rows = pd.DataFrame(cells, columns=heads)
    elif ending == ".parquet":
        rows = gpd.read_parquet(file)
    else:
        rows = pyogrio.read_dataframe(file, layer=0)
    assert len(rows) == len(mine) == said["rows"] == said["zones"]
    assert said["zones_drawn"] == 2
    assert "กรม" in said["credits"]
    for name, short in (("live_day_certain", "live_day_c"), ("area_m2", "area_m2"), ("level_px_m", "level_px_m")):
        told = rows[short if ending == ".shp.zip" else name].astype(float)
        assert told.tolist() == pytest.approx(mine[name].astype(float).tolist())
    assert rows["zone"].tolist() == ["checkpoint"] * (len(rows) - 1) + ["layer"]
    assert 0 < mine["live_day_certain"].iloc[-1] <= 1
    if ending in (".geojson", ".gpkg", ".shp.zip", ".parquet"):
        assert rows.geometry.is_valid.all()
