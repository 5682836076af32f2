"""Layers: what the map draws is what the frames say, and the same data gives the same specification."""

import json

import geopandas as gpd
import pydeck as pdk
import pytest
from shapely import LineString, box

from ui import assets, basemap, layers, tilelayers
from ui.palette import LIGHT, STATUSES, rgba

TILES = tilelayers.Tiles("abc-1-2")


def spec(layer):
    return json.loads(pdk.Deck([layer]).to_json())["layers"][0]


def gaps(*rows):
    return gpd.GeoDataFrame(
        {"band": [band for band, _ in rows]}, geometry=[LineString(line) for _, line in rows], crs="EPSG:4326"
    )


def test_a_live_gap_is_five_pixels_of_orange_over_a_wider_casing():
    frame = gaps(("open", [(102.5, 13.6), (102.6, 13.7)]))
    _, casing, line = (spec(layer) for layer in layers.gaps("light", frame, "live"))
    assert (casing["getWidth"], line["getWidth"]) == (7, 5)
    assert line["getColor"] == rgba(LIGHT.gap_live)
    assert line["data"][0]["p"] == [[102.5, 13.6], [102.6, 13.7]]
    assert casing["capRounded"] is line["capRounded"] is True  # one rounded and one not leaves dots at the ends


def test_what_is_possibly_seen_is_dashed_and_apart_from_what_nobody_sees():
    frame = gaps(("open", [(1, 1), (2, 2)]), ("possible", [(3, 3), (4, 4)]))
    unsure, _, line = (spec(layer) for layer in layers.gaps("light", frame, "planned"))
    assert [row["p"][0] for row in unsure["data"]] == [[3, 3]]
    assert [row["p"][0] for row in line["data"]] == [[1, 1]]
    assert all(row["d"] != [0, 0] for row in unsure["data"])
    assert line["getWidth"] == 3
    assert line["getColor"] == rgba(LIGHT.gap_planned)


def test_the_hatching_never_touches_the_layer_of_the_glyphs():
    # the extension would mask the glyphs of hatched cameras
    assert "extensions" in spec(tilelayers.sectors("light", TILES))
    assert "extensions" not in spec(tilelayers.cameras("light", TILES))


@pytest.mark.parametrize("draw", [tilelayers.sectors, tilelayers.cameras, tilelayers.clusters])
def test_tiles_are_asked_of_this_server_and_by_version(draw):
    found = spec(draw("dark", TILES))
    assert found["data"] == "/tiles/{z}/{x}/{y}.mvt?v=abc-1-2"
    assert found["loadOptions"]["mvt"]["workerUrl"].startswith("/assets/")


def test_chosen_statuses_are_part_of_the_address():
    tiles = tilelayers.Tiles("abc-1-2", ("unknown", "down"))
    assert spec(tilelayers.cameras("light", tiles))["data"].endswith("?v=abc-1-2&status=down,unknown")


def test_nothing_drawn_or_served_names_another_host():
    texts = [json.dumps(basemap.style(theme)) for theme in ("light", "dark")]
    drawn = [tilelayers.sectors("light", TILES), layers.border("light")]
    texts += [pdk.Deck(drawn, map_style=basemap.style_url("light")).to_json()]
    texts += [content.decode() for content, kind in assets.files().values() if kind == "application/json"]
    assert not [text[:80] for text in texts if "://" in text]


def test_the_click_layer_changes_its_name_with_each_turn():
    assert spec(tilelayers.hits(TILES, 0))["id"] != spec(tilelayers.hits(TILES, 1))["id"]
    assert spec(tilelayers.hits(TILES, 0))["pickable"] is True


def test_changes_are_drawn_by_status_certain_solid_and_possible_hatched():
    shapes = gpd.GeoDataFrame(
        {"kind": ["certain", "possible"], "status": ["down", "up"]},
        geometry=[box(0, 0, 1, 1), box(2, 2, 3, 3)],
        crs="EPSG:4326",
    )
    points = [{"lon": 0.5, "lat": 0.5, "status": "down"}, {"lon": 2.5, "lat": 2.5, "status": "up"}]
    certain, possible, patch, icons = (spec(layer) for layer in tilelayers.changes("light", points, shapes))
    assert certain["data"][0]["f"][:3] == rgba(LIGHT.down)[:3]
    assert possible["data"][0]["f"][:3] == rgba(LIGHT.up)[:3]
    assert "extensions" not in certain
    assert possible["extensions"]
    assert [row["s"] for row in icons["data"]] == ["down", "up"]
    assert len(patch["data"]) == 2


def test_every_status_has_its_glyph_and_its_colour_in_the_expressions():
    icon = spec(tilelayers.cameras("light", TILES))["getIcon"]
    fill = spec(tilelayers.sectors("light", TILES))["getFillColor"]
    for status in STATUSES:
        assert f"'{status}'" in icon
        assert str(rgba(LIGHT.status(status))[:3])[1:-1] in fill


def test_the_same_data_gives_the_same_specification_to_the_byte():
    def drawn():
        frame = gaps(("open", [(102.5, 13.6), (102.6, 13.7)]))
        found = [
            tilelayers.clusters("light", TILES),
            *layers.gaps("light", frame, "live"),
            *layers.names("light", "th"),
        ]
        return pdk.Deck(found, initial_view_state=pdk.ViewState(longitude=1, latitude=2, zoom=3)).to_json()

    assert drawn() == drawn()


def test_files_that_layers_name_are_served():
    served = assets.files()
    for layer in [layers.border("light"), layers.checkpoints("dark"), *layers.names("dark", "en")]:
        assert spec(layer)["data"].removeprefix("/assets/") in served
    for layer in [layers.checkpoints("dark"), *layers.names("dark", "en")]:
        assert spec(layer)["iconAtlas"].removeprefix("/assets/") in served
        assert spec(layer)["iconMapping"].removeprefix("/assets/") in served
