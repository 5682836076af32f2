"""Glyphs: status is told by shape as well as by colour, in both themes."""

import io

import numpy as np
import pytest
from PIL import Image

from ui import glyphs
from ui.palette import STATUSES, Theme, palette, rgba

THEMES: tuple[Theme, ...] = ("light", "dark")
LARGEST_TEXTURE_PX = 16_384


def picture(name: str, theme: Theme) -> np.ndarray:
    box = glyphs.mapping()[name]
    image = Image.open(io.BytesIO(glyphs.atlas(theme)))
    x, y = int(box["x"]), int(box["y"])
    return np.asarray(image.crop((x, y, x + int(box["width"]), y + int(box["height"]))))


@pytest.mark.parametrize("theme", THEMES)
def test_the_atlas_holds_every_picture_and_fits_a_texture(theme):
    image = Image.open(io.BytesIO(glyphs.atlas(theme)))
    assert image.size == (glyphs.WIDTH, glyphs.HEIGHT)
    assert max(image.size) < LARGEST_TEXTURE_PX
    assert set(STATUSES) <= set(glyphs.mapping())
    for box in glyphs.mapping().values():
        assert box["x"] + box["width"] <= image.width
        assert box["y"] + box["height"] <= image.height


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_transparent_has_the_colour_of_the_casing(theme):
    # black there would be a dark fringe around every glyph that is shown small
    pixels = np.asarray(Image.open(io.BytesIO(glyphs.atlas(theme))))
    clear = pixels[pixels[..., 3] == 0]
    assert len(clear) > 1000
    assert (clear[:, :3] == rgba(palette(theme).casing)[:3]).all()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("status", STATUSES)
def test_a_glyph_carries_the_colour_of_its_status(theme, status):
    colour = rgba(palette(theme).status(status))
    assert (np.abs(picture(status, theme).astype(int) - colour).max(axis=2) < 3).sum() > 100


def test_no_two_statuses_share_a_silhouette():
    # where a glyph is its status's own colour: what is left of it for eyes that see no colours
    shapes = {}
    for status in STATUSES:
        colour = rgba(palette("light").status(status))
        shapes[status] = np.abs(picture(status, "light").astype(int) - colour).max(axis=2) < 40
    for one in STATUSES:
        for other in STATUSES:
            if one < other:
                differing = (shapes[one] ^ shapes[other]).sum() / (shapes[one] | shapes[other]).sum()
                assert differing > 0.2, (one, other)


def test_unknown_is_hollow_and_up_is_solid():
    middle = glyphs.CELL // 2
    assert picture("unknown", "light")[middle, middle, :3].tolist() == rgba(palette("light").casing)[:3]
    assert picture("up", "light")[middle, middle, :3].tolist() == rgba(palette("light").up)[:3]


@pytest.mark.parametrize(("share", "expected"), [(0, 0.0), (50, 0.5), (100, 1.0)])
def test_the_arc_of_a_cluster_is_as_long_as_the_share_that_is_down(share, expected):
    found = picture(f"cluster{share}", "light").astype(int)
    orange = np.abs(found - rgba(palette("light").down)).max(axis=2) < 20
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False) + 0.001
    ring = glyphs.DISC * 0.43  # in the middle of the arc's width
    x = (glyphs.DISC / 2 + ring * np.sin(angle)).astype(int)
    y = (glyphs.DISC / 2 - ring * np.cos(angle)).astype(int)
    assert orange[y, x].mean() == pytest.approx(expected, abs=0.02)


def test_a_glyph_in_text_points_at_its_place_in_the_atlas():
    assert '--i:2"' in glyphs.html("down")
    assert 'aria-hidden="true"' in glyphs.html("down")
    assert 'aria-label="down"' in glyphs.html("down", "down")
