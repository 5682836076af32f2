"""Place names: shaped as Thai is written, complete, and within what a texture may hold."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ui import labels


def test_every_place_has_its_name_in_both_languages():
    for place in labels.places():
        assert place.key("th") in labels.mapping()
        assert place.key("en") in labels.mapping()


def test_all_provinces_the_border_subdistricts_and_the_crossings_are_named():
    kinds = [place.kind for place in labels.places()]
    assert kinds.count("province") == 77
    assert kinds.count("district") == 4
    assert kinds.count("subdistrict") == 13  # two of the 15 stretches come back to a subdistrict
    assert kinds.count("crossing") == 56  # one of 57 has no known point


def test_names_along_the_border_stand_on_thai_ground():
    from data.provinces import provinces

    for place in (p for p in labels.places() if p.kind in ("district", "subdistrict")):
        at = provinces().at(np.array([place.lon]), np.array([place.lat]))[0]
        assert provinces().names_en[at] == "Sa Kaeo", place.name_en


def test_no_two_names_overlap_in_the_atlas_and_it_fits_a_texture():
    image = Image.open(io.BytesIO(labels.atlas("light")))
    taken = np.zeros((image.height, image.width), bool)
    for box in labels.mapping().values():
        area = taken[int(box["y"]) : int(box["y"] + box["height"]), int(box["x"]) : int(box["x"] + box["width"])]
        assert area.size == box["width"] * box["height"]  # whole inside the picture
        assert not area.any()
        area[:] = True
    assert max(image.size) < 16_384


def test_the_point_of_a_name_lies_well_inside_its_box():
    # deck.gl samples there to find whether the name is covered; on the edge it would fade for ever
    for box in labels.mapping().values():
        assert 10 <= box["anchorX"] <= box["width"] - 10
        assert 10 <= box["anchorY"] <= box["height"] - 10


def test_stacked_vowels_and_tone_marks_are_shaped_not_laid_side_by_side():
    def width(layout):
        path = str(labels.FONTS / "Sarabun-Regular.ttf")
        font = ImageFont.truetype(path, 60, layout_engine=layout)
        image = Image.new("L", (400, 160))
        ImageDraw.Draw(image).text((10, 110), "ปั้น", font=font, fill=255, anchor="ls")
        return np.asarray(image)

    shaped, plain = width(ImageFont.Layout.RAQM), width(ImageFont.Layout.BASIC)
    assert (shaped != plain).any()  # without shaping the tone mark falls onto the vowel
    assert shaped[:60].any()  # and with it the mark stands above it


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("จุดผ่านแดนถาวรบ้านคลองลึก", "บ้านคลองลึก"),
        ("จุดผ่อนปรนการค้าบ้านหนองปรือ", "บ้านหนองปรือ"),
        ("จุดผ่านแดนถาวรสะเดา (ด่านนอก)", "สะเดา"),
        ("ช่องสายตะกู", "ช่องสายตะกู"),
    ],
)
def test_crossings_are_named_as_people_call_them(full, short):
    assert labels.short_name(full) == short
