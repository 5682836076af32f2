"""The picture atlas of the map: status glyphs, cluster discs and the checkpoint mark, drawn once a theme."""

import io
import json
from functools import cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from ui.palette import Palette, Theme, palette

CELL = 64  # px of a glyph in the atlas; drawn OVERSAMPLE times larger and reduced
DISC = 128  # px of a cluster disc
OVERSAMPLE = 4
GLYPHS = ("unknown", "up", "down", "degraded", "maintenance", "planned", "checkpoint", "checkpoint_sure")
DOWN_STEPS = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)  # percent of a cluster that is down
CLUSTERS, HOLLOW = ([f"{look}{step}" for step in DOWN_STEPS] for look in ("cluster", "hollow"))
GAP = 16  # px between rows: pictures shown small must not bleed into each other
WIDTH, HEIGHT = DISC * len(DOWN_STEPS), CELL + 2 * (GAP + DISC)

Box = dict[str, int | bool]
Points = list[tuple[float, float]]


@cache
def mapping() -> dict[str, Box]:
    """Where each picture lies in the atlas, as deck.gl's `iconMapping` wants it."""
    boxes = {name: _box(i * CELL, 0, CELL) for i, name in enumerate(GLYPHS)}
    for row, names in enumerate((CLUSTERS, HOLLOW)):
        boxes |= {name: _box(i * DISC, CELL + GAP + row * (GAP + DISC), DISC) for i, name in enumerate(names)}
    return boxes


@cache
def atlas(theme: Theme) -> bytes:
    """Return the atlas of a theme as PNG; coloured, because the cross in `down` has a second colour."""
    colours = palette(theme)
    image = Image.new("RGBA", (WIDTH, HEIGHT))
    for name, box in mapping().items():
        side = int(box["width"]) * OVERSAMPLE
        large = Image.new("RGBA", (side, side))
        _draw(_Pen(ImageDraw.Draw(large), side, colours), name)
        image.paste(large.reduce(OVERSAMPLE), (int(box["x"]), int(box["y"])))
    # Transparent, but of the casing's colour: the card would else mix a dark fringe into the edges.
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0, :3] = ImageColor.getrgb(colours.casing)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def files() -> dict[str, tuple[bytes, str]]:
    """Return what /assets/ serves: an atlas a theme and the mapping."""
    themes: tuple[Theme, ...] = ("light", "dark")
    pictures = {f"glyphs-{theme}.png": (atlas(theme), "image/png") for theme in themes}
    return pictures | {"glyphs.json": (json.dumps(mapping()).encode(), "application/json")}


def html(status: str, label: str = "") -> str:
    """Return a glyph for text, 1em high; `label`, already escaped, is for where no word stands beside it."""
    spoken = f' role="img" aria-label="{label}"' if label else ' aria-hidden="true"'
    return f'<span class="glyph" style="--i:{GLYPHS.index(status)}"{spoken}></span>'


class _Pen:
    """Draws in fractions of a square cell."""

    def __init__(self, draw: ImageDraw.ImageDraw, side: int, colours: Palette) -> None:
        self.draw, self.side, self.colours = draw, side, colours

    def points(self, *fractions: tuple[float, float]) -> Points:
        return [(x * self.side, y * self.side) for x, y in fractions]

    def circle(self, radius: float, fill: str | None, outline: str | None = None, width: float = 0) -> None:
        box = self.points((0.5 - radius, 0.5 - radius), (0.5 + radius, 0.5 + radius))
        self.draw.ellipse(box, fill=fill, outline=outline, width=round(width * self.side))

    def arc(self, radius: float, from_deg: float, to_deg: float, colour: str, width: float) -> None:
        box = self.points((0.5 - radius, 0.5 - radius), (0.5 + radius, 0.5 + radius))
        self.draw.arc(box, from_deg, to_deg, fill=colour, width=round(width * self.side))

    def polygon(self, *fractions: tuple[float, float], fill: str) -> None:
        # The casing is drawn as a thick closed line first, so that corners stay whole.
        ring = self.points(*fractions)
        self.draw.line([*ring, *ring[:2]], fill=self.colours.casing, width=round(0.16 * self.side), joint="curve")
        self.draw.polygon(ring, fill=fill)

    def stroke(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.draw.line(self.points(start, end), fill=self.colours.casing, width=round(0.09 * self.side))


def _draw(pen: _Pen, name: str) -> None:
    colours = pen.colours
    look = name.rstrip("0123456789")
    if look in ("cluster", "hollow"):
        _cluster(pen, look, int(name.removeprefix(look)))
    elif name.startswith("checkpoint"):
        _post(pen, hollow=name == "checkpoint")
    elif name == "up":
        pen.circle(0.38, colours.casing)
        pen.circle(0.30, colours.up)
    elif name == "degraded":
        pen.polygon((0.5, 0.15), (0.88, 0.82), (0.12, 0.82), fill=colours.degraded)
    elif name == "down":
        pen.polygon((0.18, 0.18), (0.82, 0.18), (0.82, 0.82), (0.18, 0.82), fill=colours.down)
        pen.stroke((0.32, 0.32), (0.68, 0.68))
        pen.stroke((0.68, 0.32), (0.32, 0.68))
    elif name == "maintenance":
        pen.polygon((0.5, 0.09), (0.82, 0.5), (0.5, 0.91), (0.18, 0.5), fill=colours.maintenance)
    elif name == "unknown":
        pen.circle(0.38, colours.casing)
        pen.circle(0.31, None, colours.unknown, 0.12)
    else:  # planned: a dashed ring
        pen.circle(0.38, colours.casing)
        for start in range(0, 360, 60):
            pen.arc(0.31, start, start + 38, colours.planned, 0.12)


def _post(pen: _Pen, hollow: bool) -> None:
    # A sentry's house; hollow where the point itself is not sure.
    walls = ((0.5, 0.1), (0.86, 0.42), (0.86, 0.86), (0.14, 0.86), (0.14, 0.42))
    pen.polygon(*walls, fill=pen.colours.text)
    inner = [(0.5 + (x - 0.5) * 0.62, 0.53 + (y - 0.53) * 0.62) for x, y in walls]
    if hollow:
        pen.draw.polygon(pen.points(*inner), fill=pen.colours.casing)
    else:
        pen.draw.rectangle(pen.points((0.4, 0.58), (0.6, 0.86)), fill=pen.colours.casing)


def _cluster(pen: _Pen, look: str, share: int) -> None:
    # A healthy city stays quiet: only the share that is down is orange, as an arc from twelve o'clock.
    colours = pen.colours
    pen.circle(0.49, colours.casing)
    if look == "hollow":
        pen.circle(0.45, colours.land, colours.unknown, 0.06)
    else:
        pen.circle(0.45, colours.cluster)
    if share:
        pen.arc(0.49, -90, -90 + 3.6 * share, colours.casing, 0.13)
        pen.arc(0.47, -90, -90 + 3.6 * share, colours.down, 0.09)


def _box(x: int, y: int, side: int) -> Box:
    return {"x": x, "y": y, "width": side, "height": side, "mask": False}
