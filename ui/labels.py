"""
Place names on the map, drawn by Pillow into one atlas a theme, Thai and English.

deck.gl's own text lays out single characters and displaces Thai vowels and tone marks; Pillow shapes whole names
with HarfBuzz (raqm).
"""

import io
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import fontpkg_sarabun
import geopandas as gpd
import pandas as pd
from PIL import Image, ImageDraw, ImageFont, features

from data.geography import load_border, load_crossings, load_provinces, load_subdistricts
from ui.palette import Palette, Theme, palette

FONTS = Path(fontpkg_sarabun.__file__).parent / "files"
FONT_PX = 32
CELL_PX = 60  # room for two marks above and one below
BASELINE = 0.70  # of the cell, so that the letters' middle is the cell's middle
HALO_PX = 4
PAD_PX = 7
SIDE_PX = 30  # room on the side where a name's point lies; the point itself is in the middle of it
ATLAS_PX = 2048  # wide; the height stays far below the 16,384 px a texture may have
INLAND_DEG = 0.012  # subdistrict names stand on the Thai side, clear of the line
FAR_INLAND_DEG = 0.10  # and those of districts behind them
PREFIXES = ("จุดผ่านแดนถาวร", "จุดผ่อนปรนการค้า", "จุดผ่อนปรนพิเศษ", "ด่าน")

Kind = Literal["province", "district", "subdistrict", "crossing"]
_WEIGHT = {"province": "Regular", "district": "SemiBold", "subdistrict": "Regular", "crossing": "SemiBold"}
_SIDE = {
    "province": "middle",
    "district": "middle",
    "subdistrict": "right",
    "crossing": "left",
}  # where on the name its point lies


@dataclass(frozen=True)
class Label:
    """One name at one place; `sure` is False where the point itself is only approximate."""

    kind: Kind
    name_th: str
    name_en: str
    lon: float
    lat: float
    sure: bool = True

    def key(self, language: str) -> str:
        """Name of its picture in the atlas."""
        return f"{self.kind[0]}:{self.name_th if language == 'th' else self.name_en}"


@cache
def places() -> tuple[Label, ...]:
    """Every labelled place: provinces, districts and subdistricts along the Sa Kaeo border, crossings."""
    along = load_subdistricts()
    return (
        *_provinces(load_provinces()),
        *_along(along, "district", FAR_INLAND_DEG),
        *_along(along, "subdistrict", INLAND_DEG),
        *_crossings(load_crossings()),
    )


@cache
def mapping() -> dict[str, dict[str, float | bool]]:
    """Where each name lies in the atlas, the same for every theme."""
    boxes: dict[str, dict[str, float | bool]] = {}
    x = y = 0
    for kind, text in sorted({(p.kind, n) for p in places() for n in (p.name_th, p.name_en)}):
        box = _box(kind, text)
        if x + box["width"] > ATLAS_PX:
            x, y = 0, y + CELL_PX
        boxes[f"{kind[0]}:{text}"] = box | {"x": x, "y": y}
        x += int(box["width"])
    return boxes


@cache
def atlas(theme: Theme) -> bytes:
    """Return the names of a theme as PNG."""
    colours = palette(theme)
    height = CELL_PX + max(int(box["y"]) for box in mapping().values())
    # Transparent but of the halo's colour, or a dark fringe shows around the letters.
    image = Image.new("RGBA", (ATLAS_PX, height), colours.land + "00")
    draw = ImageDraw.Draw(image)
    kinds = {kind[0]: kind for kind in _WEIGHT}
    for key, box in mapping().items():
        kind, text = kinds[key[0]], key[2:]
        x = float(box["x"]) + (SIDE_PX if _SIDE[kind] == "left" else PAD_PX)
        draw.text(
            (x, float(box["y"]) + BASELINE * CELL_PX), text, font=_font(_WEIGHT[kind]), fill=_ink(colours, kind),
            anchor="ls", stroke_width=HALO_PX, stroke_fill=colours.land, language="th",
        )  # fmt: skip
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def files() -> dict[str, tuple[bytes, str]]:
    """Return what /assets/ serves: an atlas a theme and the mapping."""
    themes: tuple[Theme, ...] = ("light", "dark")
    pictures = {f"labels-{theme}.png": (atlas(theme), "image/png") for theme in themes}
    return pictures | {"labels.json": (json.dumps(mapping(), ensure_ascii=False).encode(), "application/json")}


def _box(kind: str, text: str) -> dict[str, float | bool]:
    # The point must lie inside the box: deck.gl looks there whether a name is covered by another one.
    letters = math.ceil(_font(_WEIGHT[kind]).getlength(text, language="th"))
    left, right = (SIDE_PX if _SIDE[kind] == side else PAD_PX for side in ("left", "right"))
    width = left + letters + right
    anchor = {"left": SIDE_PX / 2, "right": width - SIDE_PX / 2}.get(_SIDE[kind], width / 2)
    return {
        "width": width, "height": CELL_PX, "mask": False, "anchorX": anchor, "anchorY": CELL_PX / 2,
    }  # fmt: skip


def short_name(thai: str) -> str:
    """Return a crossing's Thai name as it is said on the map: without its type and what stands in brackets."""
    name = thai.split(" (")[0]
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _provinces(frame: gpd.GeoDataFrame) -> list[Label]:
    points = frame.geometry.representative_point()
    rows = zip(frame["name_th"], frame["name_en"], points.x, points.y, strict=True)
    return [Label("province", th, en, round(x, 4), round(y, 4)) for th, en, x, y in rows]


def _along(frame: pd.DataFrame, kind: Literal["district", "subdistrict"], inland_deg: float) -> list[Label]:
    line, found = load_border(), {}
    # The longest stretch of each names it: Tha Kham and Khlong Nam Sai touch the line twice.
    for row in frame.assign(length=frame["to_m"] - frame["from_m"]).sort_values("length").to_dict("records"):
        lon, lat = line.point_at((row["from_m"] + row["to_m"]) / 2)
        th, en = row[f"{kind}_th"], row[f"{kind}_en"]
        found[th] = Label(kind, th, en, round(lon - inland_deg, 4), round(lat, 4))
    return list(found.values())


def _crossings(frame: gpd.GeoDataFrame) -> list[Label]:
    found = []
    for row in frame.to_dict("records"):
        th, en = short_name(row["name_th"]), row["name_en"].split(" (")[0]
        found.append(Label("crossing", th, en, row["lon"], row["lat"], row["coord_certainty"] == "high"))
    return found


def _ink(colours: Palette, kind: str) -> str:
    return colours.text if kind == "crossing" else colours.soft


@cache
def _font(weight: str) -> ImageFont.FreeTypeFont:
    if not features.check("raqm"):
        raise RuntimeError(
            "Pillow here has no raqm, so Thai names would be drawn wrong; install Pillow's own wheel"
        )
    path = str(FONTS / f"Sarabun-{weight}.ttf")
    return ImageFont.truetype(path, FONT_PX, layout_engine=ImageFont.Layout.RAQM)
