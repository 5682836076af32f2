"""A map of a line as a picture of plain shapes, and the labels to be set on it; north is up, the scale one."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import Floats, metres_per_degree
from geo.line.chainage import Line, chainage

WIDTH_MM, HEIGHT_MM = 124.0, 196.0
MARGIN = 0.09  # of the panel, around what is shown
TICKS_AT_MOST = 20
MOST_SYMBOLS = 250  # more cameras than this hide the line they are to explain
_NICE = (1, 2, 5)
_TICK_MM = 1.6  # half of a mark's length
_LINE_MM = 0.9  # half of what a line takes with its casing
_ASIDE_MM = (  # how far out, and up or down, a crossing's name is moved until there is room
    (0, 0), (2, -4), (2, 4), (4, -8), (4, 8), (6, -12), (6, 12), (8, 0), (9, -18), (9, 18), (16, 0), (24, 0),
)  # fmt: skip
_FURNITURE = [(2.0, 2.0, 13.0, 17.0), (WIDTH_MM - 62, HEIGHT_MM - 16, WIDTH_MM, HEIGHT_MM)]  # north arrow, scale
_ALONG_MM = 2.0  # either way, what counts as the line's direction at a mark
# colours after ui/palette.py, the light theme; shape says the same, as a copy may be black and white
_LAND, _FAR, _BOUND, _GRID, _TEXT = "#F7F6F2", "#E8EDF0", "#B9C1C6", "#D5DBDF", "#1B2329"
_EDGE = 'stroke="#fff" stroke-width=".15"'
_STATUS = {  # the last one lies on top
    "up": (f'fill="#0072B2" {_EDGE}', "M-.55,0a.55,.55 0 1,0 1.1,0a.55,.55 0 1,0 -1.1,0z"),
    "maintenance": (f'fill="#CC79A7" {_EDGE}', "M0,-.75L.75,0L0,.75L-.75,0z"),
    "unknown": ('fill="#fff" stroke="#8A9299" stroke-width=".3"', "M-.5,0a.5,.5 0 1,0 1,0a.5,.5 0 1,0 -1,0z"),
    "degraded": (f'fill="#E69F00" {_EDGE}', "M0,-.75L.7,.5L-.7,.5z"),
    "down": (f'fill="#D55E00" {_EDGE}', "M-.55,-.55h1.1v1.1h-1.1z"),
}
_BANDS = {
    "certain": 'stroke="#0072B2" stroke-width=".8"',
    "possible": 'stroke="#0072B2" stroke-width="1.7" stroke-dasharray=".55 .55" stroke-linecap="butt"',
    "open": 'stroke="#D55E00" stroke-width="1.7" stroke-linecap="butt"',
}


@dataclass(frozen=True)
class Drawing:
    """
    A picture without words, WIDTH_MM by HEIGHT_MM, and the words to be set on it.

    Attributes
    ----------
    labels
        x, y (mm from the upper left corner), side ("left" or "right" of that point), kind ("chainage", "crossing"
        or "grid"), text; a crossing has a second one, text_en.
    bar_m, bar_mm
        A round distance and how long it is on the map.
    has_cameras
        Whether there was room for the cameras.
    """

    svg: bytes
    labels: list[dict[str, Any]]
    bar_m: float
    bar_mm: float
    has_cameras: bool


def draw(
    line: Line,
    bands: pd.DataFrame,
    cameras: pd.DataFrame,
    crossings: pd.DataFrame,
    grounds: gpd.GeoDataFrame,
    within: tuple[float, float],
) -> Drawing:
    """
    Draw a line by band with its cameras.

    Parameters
    ----------
    bands
        The whole line: from_m, to_m, band.
    cameras
        lon, lat, status.
    crossings
        lon, lat, name_th, name_en.
    grounds
        Outlines of the land on the line's own side, EPSG:4326.
    within
        The stretch to be shown. [m]
    """
    panel = _Panel.around(line.part(*within))
    shapes = [
        f'<rect width="{WIDTH_MM}" height="{HEIGHT_MM}" fill="{_FAR}"/>',
        *(
            panel.path(shape, f'fill="{_LAND}" stroke="{_BOUND}" stroke-width=".2"')
            for shape in panel.cut(grounds)
        ),
        *panel.grid(),
        panel.path(line.geometry, 'fill="none" stroke="#fff" stroke-width="2.6"'),
    ]
    for band, pen in _BANDS.items():
        spans = bands[bands["band"] == band]
        parts = [line.part(a, b) for a, b in zip(spans["from_m"], spans["to_m"], strict=True)]
        shapes += [panel.path(shapely.MultiLineString(parts), f'fill="none" {pen}')] if parts else []
    chainages = np.linspace(0, line.length_m, ceil(line.length_m * panel.mm_per_m / _LINE_MM) + 1)
    room = _Room(panel.mm(np.array([line.point_at(at_m) for at_m in chainages])))
    names = _names(panel, crossings, room)
    ticks, labels = _ticks(panel, line, within, room)
    bar_m = _round_distance(panel.mm_per_m)
    symbols = panel.symbols(cameras)
    drawn = len(symbols) <= MOST_SYMBOLS
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}">'
        f"{''.join(shapes)}{ticks}{''.join(symbols if drawn else ())}{_marks(names)}"
        f'<rect x=".15" y=".15" width="{WIDTH_MM - 0.3}" height="{HEIGHT_MM - 0.3}" fill="none" stroke="{_TEXT}" '
        'stroke-width=".3"/></svg>'
    )
    return Drawing(svg.encode(), [*labels, *names, *panel.grid_labels()], bar_m, bar_m * panel.mm_per_m, drawn)


@dataclass(frozen=True)
class _Panel:
    """Degrees to millimetres: plate carrée, true at its middle, over a hundred kilometres to half a percent."""

    lon: float
    lat: float
    lon_mm: float
    lat_mm: float
    mm_per_m: float

    @classmethod
    def around(cls, shape: shapely.Geometry) -> "_Panel":
        west, south, east, north = shape.bounds
        a_lon, a_lat = (float(metres) for metres in metres_per_degree((south + north) / 2))
        room = 1 - 2 * MARGIN
        wide, tall = max((east - west) * a_lon, 100.0), max((north - south) * a_lat, 100.0)
        mm_per_m = min(WIDTH_MM * room / wide, HEIGHT_MM * room / tall)
        lon_mm, lat_mm = a_lon * mm_per_m, a_lat * mm_per_m
        left, top = (west + east) / 2 - WIDTH_MM / 2 / lon_mm, (south + north) / 2 + HEIGHT_MM / 2 / lat_mm
        return cls(left, top, lon_mm, lat_mm, mm_per_m)

    @property
    def box(self) -> shapely.Geometry:
        return shapely.box(
            self.lon, self.lat - HEIGHT_MM / self.lat_mm, self.lon + WIDTH_MM / self.lon_mm, self.lat
        )

    def mm(self, lonlat: Floats) -> Floats:
        return (np.atleast_2d(lonlat) - (self.lon, self.lat)) * (self.lon_mm, -self.lat_mm)

    def cut(self, grounds: gpd.GeoDataFrame) -> Iterable[shapely.Geometry]:
        parts = shapely.clip_by_rect(grounds.geometry.to_numpy(), *shapely.buffer(self.box, 0.05).bounds)
        return [part for part in parts if not part.is_empty]

    def path(self, shape: shapely.Geometry, pen: str) -> str:
        """An SVG path of any lines or polygons."""
        rings = shape.boundary if "Polygon" in shape.geom_type else shape
        drawn = (
            "L".join(f"{x:.2f},{y:.2f}" for x, y in self.mm(shapely.get_coordinates(ring)))
            for ring in _parts(rings)
        )
        return f'<path d="M{"M".join(drawn)}" stroke-linejoin="round" {pen}/>'

    def symbols(self, cameras: pd.DataFrame) -> list[str]:
        """Cameras by status, those that need somebody on top."""
        shapes = []
        for status, (pen, shape) in _STATUS.items():
            mine = cameras[cameras["status"].astype(str) == status]
            shapes += [
                f'<path transform="translate({x:.2f} {y:.2f})" d="{shape}" {pen}/>'
                for x, y in self.mm(mine[["lon", "lat"]].to_numpy(np.float64))
                if 0 <= x <= WIDTH_MM and 0 <= y <= HEIGHT_MM
            ]
        return shapes

    def grid(self) -> Iterable[str]:
        for vertical, at, _ in self._grid_lines():
            ends = (
                f'x1="{at:.2f}" x2="{at:.2f}" y1="0" y2="{HEIGHT_MM}"'
                if vertical
                else f'y1="{at:.2f}" y2="{at:.2f}" x1="0" x2="{WIDTH_MM}"'
            )
            yield f'<line {ends} stroke="{_GRID}" stroke-width=".15"/>'

    def grid_labels(self) -> list[dict[str, Any]]:
        return [
            {"x": at, "y": HEIGHT_MM, "side": "middle", "kind": "grid", "text": f"{degrees:g}°E"}
            if vertical
            else {"x": 0.0, "y": at, "side": "right", "kind": "grid", "text": f"{degrees:g}°N"}
            for vertical, at, degrees in self._grid_lines()
        ]

    def _grid_lines(self) -> list[tuple[bool, float, float]]:
        west, south, east, north = self.box.bounds
        step = _step(north - south, 5)
        lines = []
        for vertical, low, high in ((True, west, east), (False, south, north)):
            for number in range(ceil(low / step), ceil(high / step)):
                at = self.mm(np.array([number * step, number * step]))[0][0 if vertical else 1]
                if 6 < at < (WIDTH_MM if vertical else HEIGHT_MM) - 6:
                    lines.append((vertical, float(at), round(number * step, 6)))
        return lines


class _Room:
    """Where something stands already, the line first of all: words that would cover it are not written."""

    def __init__(self, line_mm: Floats) -> None:
        near = line_mm[((line_mm > -5) & (line_mm < (WIDTH_MM + 5, HEIGHT_MM + 5))).all(axis=1)]
        self._taken = [(x - _LINE_MM, y - _LINE_MM, x + _LINE_MM, y + _LINE_MM) for x, y in near.tolist()]
        self._taken += _FURNITURE

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in the panel and not under its furniture."""
        under = any(left < x < right and top < y < bottom for left, top, right, bottom in _FURNITURE)
        return 0 < x < WIDTH_MM and 0 < y < HEIGHT_MM and not under

    def take(self, label: dict[str, Any], letter_mm: float, tall_mm: float) -> bool:
        """Whether a label has room, and is inside the panel; if so its place is taken."""
        wide = letter_mm * sum(not unicodedata.category(letter).startswith("M") for letter in label["text"]) + 1
        left = label["x"] - {"left": wide + 1, "right": -1.0, "middle": wide / 2}[label["side"]]
        top = label["y"] - (tall_mm + 0.5 if label["side"] == "middle" else tall_mm / 2)
        box = left, top, left + wide, top + tall_mm
        inside = box[0] > 0 and box[1] > 0 and box[2] < WIDTH_MM and box[3] < HEIGHT_MM
        free = inside and not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in self._taken
        )
        if free:
            self._taken.append(box)
        return free


def _ticks(
    panel: _Panel, line: Line, within: tuple[float, float], room: _Room
) -> tuple[str, list[dict[str, Any]]]:
    """Marks across the line at round chainages, their names on its right as it runs: our side."""
    begin, end = within
    step = _step(end - begin, TICKS_AT_MOST)
    marks, labels = [], []
    around_m = _ALONG_MM / panel.mm_per_m
    for number in range(ceil(begin / step), int(end // step) + 1):
        at_m = number * step
        before, (x, y), after = panel.mm(np.array([line.point_at(at_m + by) for by in (-around_m, 0, around_m)]))
        along = (after - before) / max(float(np.hypot(*(after - before))), 1e-9)
        across = np.array([-along[1], along[0]]) * _TICK_MM
        marks.append(f"M{x - across[0]:.2f},{y - across[1]:.2f}L{x + across[0]:.2f},{y + across[1]:.2f}")
        side = "left" if across[0] < -0.7 else "right" if across[0] > 0.7 else "middle"
        down = 3.0 if side == "middle" and across[1] > 0 else 0.0
        label = {"x": x + across[0], "y": y + across[1] + down, "side": side, "kind": "chainage"}
        label["text"] = chainage(at_m)
        if room.take(label, 1.2, 2.2):
            labels.append(label)
    return f'<path d="{"".join(marks)}" fill="none" stroke="{_TEXT}" stroke-width=".25"/>', labels


def _names(panel: _Panel, crossings: pd.DataFrame, room: _Room) -> list[dict[str, Any]]:
    """Where crossings are (`at`), and their names where there is room."""
    names: list[dict[str, Any]] = []
    for row in crossings.to_dict("records"):
        x, y = (float(v) for v in panel.mm(np.array([row["lon"], row["lat"]]))[0])
        if not room.holds(x, y):
            continue
        label = {"kind": "crossing", "at": (x, y), "text": row["name_th"], "text_en": row["name_en"]}
        places = (
            label | {"side": side, "x": x + sign * out, "y": y + down}
            for out, down in _ASIDE_MM
            for side, sign in (("right", 1), ("left", -1))
        )
        nowhere = label | {"side": "left", "x": x, "y": y, "text": ""}
        names.append(next((place for place in places if room.take(place, 1.35, 5.0)), nowhere))
    return names


def _marks(names: list[dict[str, Any]]) -> str:
    moved = [name for name in names if name["at"] != (name["x"], name["y"])]
    leaders = "".join(
        f"M{name['at'][0]:.2f},{name['at'][1]:.2f}L{name['x'] + (2 if name['side'] == 'right' else -2):.2f},"
        f"{name['y']:.2f}"
        for name in moved
    )
    return f'<path d="{leaders}" fill="none" stroke="{_TEXT}" stroke-width=".2"/>' + "".join(
        f'<path transform="translate({name["at"][0]:.2f} {name["at"][1]:.2f})" d="M0,-1.5L1.5,0L0,1.5L-1.5,0z" '
        f'fill="#fff" stroke="{_TEXT}" stroke-width=".4"/>'
        for name in names
    )


def _step(length: float, most: int) -> float:
    """A round step that cuts a length into at most so many parts."""
    power = 10.0 ** np.floor(np.log10(length / most))
    return float(next(power * nice for nice in (*_NICE, 10) if length / (power * nice) <= most))


def _round_distance(mm_per_m: float) -> float:
    """A round distance that takes 20 to 50 mm."""
    longest = 50 / mm_per_m
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(power * nice for nice in _NICE if power * nice <= longest))


def _parts(shape: shapely.Geometry) -> Iterable[shapely.Geometry]:
    return shapely.get_parts(shape) if shape.geom_type.startswith("Multi") else [shape]
