"""
folium: placing a camera by hand on a map that asks no other host for anything (ui/standalone.py: a map to send).

Leaflet itself comes from our own /assets/. The ground never changes while a camera is placed, so the map keeps its
view; what moves (the camera and its sector) is handed over apart.
"""

from typing import Any

import folium
import geopandas as gpd
import shapely

from data.geography import load_border, load_provinces
from geo.see import coverage
from ui.palette import Theme, palette

HEIGHT_PX = 380
ZOOM = 16
AROUND_DEG = 0.25  # ground that is drawn around the camera
LEVEL_PX_M = 20.0


class _Map(folium.Map):
    """A folium map whose scripts and styles are our own files."""

    default_js = [("leaflet", "/assets/leaflet.js")]  # noqa: RUF012  (folium's own form)
    default_css = [("leaflet_css", "/assets/leaflet.css")]  # noqa: RUF012


def place(
    camera: gpd.GeoDataFrame, others: gpd.GeoDataFrame, theme: Theme, *, key: str, centre: tuple[float, float]
) -> tuple[float, float] | None:
    """
    Show a camera with its ground, and return the lon, lat that was clicked last, or None.

    Parameters
    ----------
    camera
        One row as `data.inventory.load_cameras` gives it, with the values being tried.
    others
        Cameras around it, drawn small.
    centre
        Lon, lat the map opens on; it stays the same while one camera is being placed.
    """
    return clicked(ground(others, theme, centre), subject(camera, theme), key=key, height=HEIGHT_PX)


def clicked(
    shown: folium.Map, moving: folium.FeatureGroup, *, key: str, height: int, zoom: int = ZOOM
) -> tuple[float, float] | None:
    """Show a map with what moves on it, and return the lon, lat that was clicked last, or None."""
    # Streamlit serves a component only if it was imported by a page's script; the app itself imports this module
    from streamlit_folium import st_folium

    said = st_folium(
        shown,
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=["last_clicked"],
        zoom=zoom,
        feature_group_to_add=moving,
    )
    place = (said or {}).get("last_clicked")
    return (float(place["lng"]), float(place["lat"])) if place else None


def ground(others: gpd.GeoDataFrame, theme: Theme, centre: tuple[float, float]) -> folium.Map:
    """Return the map without the camera: provinces, the border and the cameras around."""
    colours, (lon, lat) = palette(theme), centre
    around = shapely.box(lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG)
    shown = _Map(
        location=(lat, lon),
        zoom_start=ZOOM,
        tiles=None,
        control_scale=True,
        max_zoom=20,
        attribution_control=False,
    )
    css = f".leaflet-container{{background:{colours.sea};font-family:Sarabun,sans-serif}}"
    root: Any = shown.get_root()  # a Figure, once it has a map
    root.header.add_child(folium.Element(f"<style>{css}</style>"))
    for shape in shapely.intersection(load_provinces().geometry.to_numpy(), around):
        for part in polygons(shape):
            folium.Polygon(
                _latlon(part.exterior), color=colours.line, weight=1, fill=True, fill_color=colours.land,
                fill_opacity=1,
            ).add_to(shown)  # fmt: skip
    for part in shapely.get_parts(shapely.intersection(load_border().geometry, around)):
        if part.geom_type == "LineString" and not part.is_empty:
            line = folium.PolyLine(_latlon(part), color=colours.soft, weight=2)  # type: ignore[no-untyped-call]
            line.add_to(shown)
    for other in others.itertuples():
        folium.CircleMarker(
            (other.lat, other.lon), radius=4, color=colours.soft, weight=1, fill=True, fill_opacity=0.4
        ).add_to(shown)  # fmt: skip
    return shown


def subject(camera: gpd.GeoDataFrame, theme: Theme) -> folium.FeatureGroup:
    """Return the camera being placed: a ring, and the ground it would cover, dashed where only possible."""
    colours = palette(theme)
    group = folium.FeatureGroup(name="camera")
    for covered in coverage.footprints(camera, LEVEL_PX_M).itertuples():
        for part in polygons(covered.geometry):
            folium.Polygon(
                _latlon(part.exterior), color=colours.up, weight=1.5, fill=True, fill_opacity=0.2,
                dash_array=None if covered.kind == coverage.CERTAIN else "6 5",
            ).add_to(group)  # fmt: skip
    one = camera.iloc[0]
    folium.CircleMarker((one["lat"], one["lon"]), radius=8, color=colours.text, weight=2.5, fill=False).add_to(
        group
    )
    return group


def polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """Return the polygons a shape is made of; points and lines left over by a cut are no ground."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]


def _latlon(shape: shapely.Geometry) -> list[tuple[float, float]]:
    return [(round(float(lat), 6), round(float(lon), 6)) for lon, lat in shapely.get_coordinates(shape)]
