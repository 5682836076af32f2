"""The ground: valid styles, what they are made of, and that no status is lost on any of them."""

import json
from itertools import product

import numpy as np
import pytest

from data.basemap import Source
from data.settings import settings
from ui import basemap
from ui.palette import DARK, GREYS, LIGHT, STATUSES, palette, rgba

STREETS = Source("pmtiles:///basemap.pmtiles", "vector")
PICTURES = Source("https://maps.example/{z}/{x}/{y}.png", "raster")
UNSURE = Source("pmtiles://https://maps.example/th.pmtiles", None)
TONES = tuple(GREYS)
BORNE = [("light", LIGHT), ("dark", DARK), ("neutral", LIGHT), ("neutral", DARK)]  # ground, cameras on it
LEAST_APART = 13.0  # CIE-like distance in OKLab, x100; two greys next to each other on a chart are about 2 apart
LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11, of a sign or of the casing around it
OKLAB = (
    np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
              [0.0883024619, 0.2817188376, 0.6299787005]]),
    np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
              [0.0259040371, 0.7827717662, -0.8086757660]]),
)  # fmt: skip


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def rgb(colour: str) -> np.ndarray:
    return np.array(rgba(colour)[:3]) / 255


def apart(one: np.ndarray, other: np.ndarray) -> float:
    to_cones, to_lab = OKLAB
    first, second = (to_lab @ np.cbrt(to_cones @ linear(colour)) for colour in (one, other))
    return float(np.linalg.norm(first - second)) * 100


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05 for colour in (one, other))
    return high / low


def every_grey(tone: str) -> list[np.ndarray]:
    """All the colours a ground can have: what is drawn of streets, and pictures from black to white."""
    greys = GREYS[tone]
    drawn = [
        greys.sea, greys.land, greys.far, greys.line, greys.over, greys.main, greys.street, greys.building,
    ]  # fmt: skip
    levels = np.linspace(greys.low, greys.high, 9)
    pictures = [greys.strength * level + (1 - greys.strength) * rgb(greys.land) for level in levels]
    return [*map(rgb, drawn), *pictures]


@pytest.mark.parametrize(("tone", "cameras"), BORNE)
@pytest.mark.parametrize("status", STATUSES)
def test_no_status_is_lost_on_any_grey_of_the_ground(tone, cameras, status):
    assert min(apart(rgb(cameras.status(status)), grey) for grey in every_grey(tone)) > LEAST_APART


@pytest.mark.parametrize(("tone", "cameras"), [one for one in BORNE if one[0] != "light"])
@pytest.mark.parametrize("status", STATUSES)
def test_where_the_ground_is_dark_a_sign_or_its_casing_stands_out(tone, cameras, status):
    signs = rgb(cameras.status(status)), rgb(cameras.casing)
    assert min(max(contrast(sign, grey) for sign in signs) for grey in every_grey(tone)) >= LEAST_CONTRAST


@pytest.mark.parametrize("status", STATUSES)
def test_pictures_cost_a_status_at_most_a_third_of_its_contrast_on_our_own_land(status):
    for theme in ("light", "dark"):
        sign = rgb(palette(theme).status(status))
        worst = min(contrast(sign, grey) for grey in every_grey(theme)[-9:])
        assert worst >= (2 / 3 if theme == "light" else 0.4) * contrast(sign, rgb(GREYS[theme].land))


def test_mid_grey_would_not_pass():
    assert apart(rgb(LIGHT.unknown), rgb("#808080")) < LEAST_APART


@pytest.mark.parametrize(("tone", "source"), list(product(TONES, (None, STREETS, PICTURES, UNSURE))))
def test_a_style_names_only_sources_it_has_and_draws_our_outlines_last(tone, source):
    style = json.loads(json.dumps(basemap.style(tone, source)))
    assert style["version"] == 8
    assert "glyphs" not in style
    names = [layer["id"] for layer in style["layers"]]
    assert len(set(names)) == len(names)
    assert (names[0], names[-1]) == ("sea", "outlines")
    for layer in style["layers"]:
        assert layer["type"] in {
            "background",
            "fill",
            "line",
            "raster",
        }  # no text: glyphs would come from elsewhere
        assert layer["type"] == "background" or layer["source"] in style["sources"]
        held = style["sources"].get(layer.get("source"), {}).get("type")
        assert ("source-layer" in layer) is (held == "vector")
    assert {layer["source"] for layer in style["layers"][1:]} == set(style["sources"])


@pytest.mark.parametrize("tone", TONES)
def test_streets_know_both_schemas_and_never_draw_a_border(tone):
    layers = {layer.get("source-layer") for layer in basemap.style(tone, STREETS)["layers"]} - {None}
    assert layers == {"earth", "water", "roads", "transportation", "buildings", "building"}


@pytest.mark.parametrize("tone", TONES)
def test_pictures_have_no_colour_left(tone):
    [picture] = [layer for layer in basemap.style(tone, PICTURES)["layers"] if layer["type"] == "raster"]
    paint = picture["paint"]
    assert paint["raster-saturation"] == -1
    assert paint.get("raster-contrast", 0) == 0  # more would leave the two ends
    assert (paint["raster-brightness-min"], paint["raster-brightness-max"]) == (GREYS[tone].low, GREYS[tone].high)


def test_a_source_nobody_has_looked_into_asks_the_browser_to():
    style = basemap.style("light", UNSURE)
    assert style["metadata"] == {"takhai:held": UNSURE.address}
    assert style["sources"]["base"]["type"] == "vector"
    looked = basemap.style("light", UNSURE, "raster")
    assert "metadata" not in looked
    assert looked["sources"]["base"] == {"type": "raster", "url": UNSURE.address, "tileSize": 256}


@pytest.fixture
def configured(monkeypatch, tmp_path):
    monkeypatch.setenv("TAKHAI_BASEMAP", "https://maps.example/{z}/{x}/{y}.png")
    monkeypatch.setenv("TAKHAI_BASEMAP_CREDITS", "© <a href=x onclick=alert(1)>กรมแผนที่</a> & co")
    settings.cache_clear()
    basemap.files.cache_clear()
    yield
    basemap.files.cache_clear()


def test_without_a_source_there_is_one_ground_and_no_other_host():
    assert basemap.grounds() == ("plain",)
    assert (
        basemap.style_url("dark") == basemap.style_url("dark", "neutral") == "/style.json?theme=dark&ground=plain"
    )


def test_with_a_source_it_is_the_usual_ground(configured):
    assert basemap.grounds() == ("base", "neutral", "plain")
    assert basemap.style_url("light") == "/style.json?theme=light&ground=base"
    assert basemap.style_url("light", "neutral") == "/style.json?theme=neutral&ground=base"
    assert basemap.style_url("light", "plain") == "/style.json?theme=light&ground=plain"
    assert basemap.style_url("light", "no such") == basemap.style_url("light")
    names = {name for name in basemap.files() if name.startswith("style-")}
    assert names == {f"style-{tone}-{ground}.json" for tone in TONES for ground in ("plain", "base")}


def test_credits_are_text_even_where_the_map_takes_html(configured):
    said = basemap.style("light", settings().basemap)["sources"]["base"]["attribution"]
    assert said == "© &lt;a href=x onclick=alert(1)&gt;กรมแผนที่&lt;/a&gt; &amp; co"
