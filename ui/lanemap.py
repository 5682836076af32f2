"""folium: lanes on a map to click on, each as wide as it is, with an arrow in the direction of travel."""

from collections.abc import Sequence

import folium
import geopandas as gpd
import numpy as np
import shapely

from data.posts.lanes import DrawnLane
from geo.crs import Floats, metres_per_degree
from ui import leaflet
from ui.palette import Theme, palette

HEIGHT_PX, ZOOM = 520, 18
ARROW_M, ARROW_DEG = 5.0, 28.0
Place = tuple[float, float]


def ask(
    others: gpd.GeoDataFrame,
    zone: shapely.Geometry,
    lanes: Sequence[DrawnLane],
    points: Sequence[Place],
    theme: Theme,
    *,
    key: str,
    centre: Place,
    chosen: str = "",
    closed: bool = False,
    zoom: int = ZOOM,
) -> Place | None:
    """
    Show lanes and the points of one being drawn, and return the lon, lat that was clicked last, or None.

    Parameters
    ----------
    others
        Cameras around, drawn small.
    zone
        Ground of the checkpoint, EPSG:4326.
    chosen
        Code of the lane whose points are being drawn: it is left out as it was.
    closed
        Whether the points are the corners of an area, not a way.
    """
    shown = leaflet.ground(others, theme, centre)
    colours = palette(theme)
    for part in leaflet.polygons(zone):
        folium.Polygon(
            _latlon(shapely.get_coordinates(part.exterior)),
            color=colours.soft,
            weight=1,
            fill=False,
            dash_array="5 4",
        ).add_to(shown)
    moving = group(lanes, points, theme, chosen=chosen, closed=closed)
    found = leaflet.clicked(shown, moving, key=key, height=HEIGHT_PX, zoom=zoom)
    return (round(found[0], 7), round(found[1], 7)) if found else None


def group(
    lanes: Sequence[DrawnLane],
    points: Sequence[Place],
    theme: Theme,
    *,
    chosen: str = "",
    closed: bool = False,
) -> folium.FeatureGroup:
    """Return what moves on the map: lanes as ribbons, and what is being drawn, dashed: a way or an area."""
    colours, made = palette(theme), folium.FeatureGroup(name="lanes")
    for lane in lanes:
        if lane.code == chosen:
            continue
        for part in leaflet.polygons(ribbon(lane.points, lane.width_m)):
            folium.Polygon(
                _latlon(shapely.get_coordinates(part.exterior)), color=colours.quiet, weight=1, fill=True,
                fill_opacity=0.25,
            ).add_to(made)  # fmt: skip
        _line(_latlon(arrow(lane.points)), made, colours.quiet, 2)
    if closed and len(points) > 1:
        folium.Polygon(
            _latlon(np.array(points)), color=colours.text, weight=2, dash_array="6 5", fill=True, fill_opacity=0.12
        ).add_to(made)
    elif len(points) > 1:
        _line(_latlon(np.array(points)), made, colours.text, 2, dash="6 5")
        _line(_latlon(arrow(points)), made, colours.text, 2)
    for number, (lon, lat) in enumerate(points):
        folium.CircleMarker(
            (lat, lon), radius=5 if number else 7, color=colours.text, weight=2, fill=not number, fill_opacity=1
        ).add_to(made)
    return made


def ribbon(points: Sequence[Place], width_m: float) -> shapely.Geometry:
    """Ground of a lane, EPSG:4326: its line made as wide as it is, cut straight at the ends."""
    origin, scale = _plane(points)
    flat = shapely.LineString((np.array(points) - origin) * scale)
    wide = flat.buffer(width_m / 2, cap_style="flat", join_style="mitre")
    return shapely.transform(wide, lambda xy: xy / scale + origin)


def arrow(points: Sequence[Place]) -> Floats:
    """Head of an arrow at the end of a line, as three places in order."""
    origin, scale = _plane(points)
    end, before = (np.array(points[at]) - origin for at in (-1, -2))
    back = (before - end) * scale
    back = back / max(float(np.hypot(*back)), 1e-9) * ARROW_M
    turn = np.radians(ARROW_DEG)
    sides = [
        np.array([back[0] * np.cos(a) - back[1] * np.sin(a), back[0] * np.sin(a) + back[1] * np.cos(a)])
        for a in (turn, -turn)
    ]
    return np.stack([sides[0] / scale + end, end, sides[1] / scale + end]) + origin


def _plane(points: Sequence[Place]) -> tuple[Floats, Floats]:
    origin = np.array(points[0], np.float64)
    return origin, np.stack([float(one) for one in metres_per_degree(origin[1])])


def _line(
    places: list[Place], made: folium.FeatureGroup, colour: str, weight: int, dash: str | None = None
) -> None:
    line = folium.PolyLine(places, color=colour, weight=weight, dash_array=dash)  # type: ignore[no-untyped-call]
    line.add_to(made)


def _latlon(lonlat: Floats) -> list[Place]:
    return [(round(float(lat), 7), round(float(lon), 7)) for lon, lat in lonlat]
