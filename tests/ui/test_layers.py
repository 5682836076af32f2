"""Layers: what a map is told to draw, and the same choice gives the same specification."""

import json

import pydeck as pdk
import pytest

from ui import assets, basemap, layers, mapview, tilelayers
from ui.palette import LIGHT, STATUSES, rgba

TILED = (tilelayers.sectors, tilelayers.cameras, tilelayers.clusters)


def spec(layer):
    return json.loads(pdk.Deck([layer]).to_json())["layers"][0]


def test_a_live_gap_is_five_pixels_of_orange_and_a_planned_one_three_of_dark_red():
    live, planned = (spec(layers.gaps("light", when)) for when in ("live", "planned"))
    assert (live["width"], planned["width"]) == (5, 3)
    assert (live["color"], planned["color"]) == (rgba(LIGHT.gap_live), rgba(LIGHT.gap_planned))
    assert live["casing"] == rgba(LIGHT.casing)


def test_gaps_are_asked_for_by_the_level_and_light_that_are_shown():
    found = spec(layers.gaps("light", "live", "level=125&light=night"))
    assert found["source"] == "/live/gaps.json?when=live&level=125&light=night"


def test_the_hatching_never_touches_the_layer_of_the_glyphs():
    # the extension would mask the glyphs of hatched cameras
    assert "extensions" not in json.dumps(spec(tilelayers.cameras("light")))


@pytest.mark.parametrize("draw", TILED)
def test_tiles_are_asked_of_this_server_by_version_and_filter(draw):
    assert spec(draw("dark"))["address"] == "/tiles/{z}/{x}/{y}.mvt?v={v}"
    assert spec(draw("dark", "status=down"))["address"].endswith("?v={v}&status=down")


def test_the_border_is_filtered_by_level_and_light_only():
    drawn = [spec(layer) for layer in mapview.country("light", query="province=x&status=down&level=125")]
    sources = [layer["source"] for layer in drawn if layer["@@type"] == "GapsLayer"]
    assert sources == [f"/live/gaps.json?when={when}&level=125" for when in ("planned", "live")]
    tiles = [layer["address"] for layer in drawn if "address" in layer]
    assert len(tiles) == len(TILED)
    assert all(address.endswith("&province=x&status=down&level=125") for address in tiles)


def test_nothing_drawn_or_served_names_another_host():
    texts = [json.dumps(basemap.style(theme)) for theme in ("light", "dark")]
    drawn = mapview.country("light", language="th")
    texts += [pdk.Deck(drawn, initial_view_state=None, map_provider=None).to_json()]
    texts += [content.decode() for content, kind in assets.files().values() if kind == "application/json"]
    assert not [text[:80] for text in texts if "://" in text]


def test_every_status_has_its_glyph_and_its_colour_in_the_expressions():
    icon = spec(tilelayers.cameras("light"))["getIcon"]
    fill = spec(tilelayers.sectors("light"))["getFillColor"]
    for status in STATUSES:
        assert f"'{status}'" in icon
        assert str(rgba(LIGHT.status(status))[:3])[1:-1] in fill


def test_the_same_choice_gives_the_same_specification_to_the_byte():
    drawn = [pdk.Deck(mapview.country("light", language="th")).to_json() for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_files_that_layers_name_are_served():
    served = assets.files()
    named = [layers.border("light"), layers.checkpoints("dark"), layers.names("dark", "en")]
    for layer in map(spec, named):
        for source in [layer.get("data"), *(kind["source"] for kind in layer.get("kinds", []))]:
            assert source is None or source.removeprefix("/assets/") in served
    for layer in map(spec, named[1:]):
        assert layer["iconAtlas"].removeprefix("/assets/") in served
        assert layer["iconMapping"].removeprefix("/assets/") in served
