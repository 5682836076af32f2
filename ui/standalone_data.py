"""
What a stand-alone map holds of one moment: single cameras or counts by cell, covered ground, gaps, land.

Few cameras are all there, one by one. Of many, only those of the view are, if it is near and they are few enough;
all others are counted by cell, so that no place looks empty that is not. A part of the map without single cameras
is marked as such.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from data.filters import CameraFilter, counts, rows
from data.fleet import Rows, Snapshot
from data.geography import load_provinces
from data.inventory import STATUS_WORDS
from data.lines.border import LIVE, live_kind
from geo.see.coverage import CERTAIN, POSSIBLE, footprints
from geo.tile.tiles import CAMERA_ZOOM, WORST_FIRST, Layout, lonlat, with_status

MOST_SINGLE = 10_000  # cameras drawn one by one: about 1 MB, and a picture that still follows the hand
MOST_FROM_AFAR = 1_000  # so few are drawn one by one even when the whole country is seen
MOST_CELLS = 4_000  # discs of one zoom
MOST_SECTORS = 400  # cameras whose ground is drawn: about 0.4 MB
NEAR_ZOOM = 11  # from here single cameras are drawn where there are many; of tiles of 512 px, as everywhere
FIRST_ZOOM = 3
LOST = "lost"
WINDOW_PX = (1600, 1000)  # what a view is taken to show
_EXACT_FROM_ZOOM = 8.0
_ROUGH_DEG = 0.005
_PLACE_DIGITS = 5  # 1 m
Bounds = tuple[float, float, float, float]  # west, south, east, north [°]
At = tuple[float, float, float]  # lon, lat, zoom
Flags = NDArray[np.bool_]
Cells = list[list[float]]  # lon, lat and a count of each status code


@dataclass(frozen=True)
class Shown:
    """
    What is drawn.

    Attributes
    ----------
    counts
        Cameras by status: of all that the filter lets through, the same as in its export.
    bounds
        What the map opens on.
    single
        Rows of the cameras drawn one by one, the worst last.
    frame
        Outside of it there are no single cameras though there are some; None: all are there, or none is.
    near_zoom
        From this zoom on the single cameras are drawn, and `rest` for all others; before it, `far`.
    far, rest
        Zoom -> cells: of all cameras, and of those that are not drawn one by one.
    ground
        EPSG:4326: status, kind (certain, possible or `LOST`: seen only if the camera worked), geometry; None: too
        many cameras to draw it.
    """

    counts: dict[str, int]
    bounds: Bounds | None
    single: Rows
    frame: Bounds | None
    near_zoom: int
    far: dict[int, Cells]
    rest: dict[int, Cells]
    ground: gpd.GeoDataFrame | None

    @property
    def total(self) -> int:
        """How many cameras the filter lets through."""
        return sum(self.counts.values())


def gather(known: Snapshot, chosen: CameraFilter, at: At | None) -> Shown:
    """Return what is drawn of a snapshot; `at` is where the reader looks, else all that is shown is looked at."""
    shown = rows(known, chosen)
    everywhere = _bounds(known, shown)
    view = window(at) if at else everywhere
    in_view = shown[_inside(known, shown, view)] if view else shown
    single, frame = shown, None
    if len(shown) > MOST_SINGLE:
        near = at is not None and at[2] >= NEAR_ZOOM and len(in_view) <= MOST_SINGLE
        single, frame = (in_view, view) if near else (shown[:0], None)
    from_afar = len(single) == len(shown) <= MOST_FROM_AFAR
    others = np.setdiff1d(shown, single, assume_unique=True)
    return Shown(
        counts=counts(known, chosen),
        bounds=view,
        single=_worst_last(known, single),
        frame=frame,
        near_zoom=0 if from_afar else NEAR_ZOOM if len(single) else CAMERA_ZOOM * 2,
        far={} if from_afar else _cells(known, shown),
        rest=_finest(_cells(known, others)) if len(single) else {},
        ground=_ground(known, np.intersect1d(in_view, single), chosen) if len(in_view) <= MOST_SECTORS else None,
    )


def window(at: At) -> Bounds:
    """What a window of usual size shows of a view."""
    lon, lat, zoom = at
    degrees = 360 / 512 / 2**zoom
    across, up = (side / 2 * degrees for side in WINDOW_PX)
    up *= float(np.cos(np.radians(lat)))
    return lon - across, lat - up, lon + across, lat + up


def land(view: Bounds | None, zoom: float | None) -> list[shapely.Geometry]:
    """Provinces' outlines: exact where a near view looks, rough elsewhere."""
    outlines = load_provinces().geometry.to_numpy()
    rough = shapely.coverage_simplify(outlines, _ROUGH_DEG)
    if view is None or zoom is None or zoom < _EXACT_FROM_ZOOM:
        return list(rough)
    west, south, east, north = view
    wide, high = east - west, north - south
    near = shapely.intersects(outlines, shapely.box(west - wide, south - high, east + wide, north + high))
    return list(np.where(near, outlines, rough))


def cameras(known: Snapshot, single: Rows) -> dict[str, Any]:
    """Return the single cameras as plain columns: places, status codes, names and owners."""
    table = known.inventory[["code", "name_th", "name_en", "owner"]].iloc[single]
    owners = table["owner"].cat.remove_unused_categories()
    return {
        "at": np.stack([known.lon[single], known.lat[single]], axis=1).round(_PLACE_DIGITS).tolist(),
        "status": known.status[single].tolist(),
        "code": table["code"].tolist(),
        "name_th": table["name_th"].fillna("").tolist(),
        "name_en": table["name_en"].fillna("").tolist(),
        "owner": owners.cat.codes.tolist(),
        "owners": owners.cat.categories.tolist(),
    }


def _ground(known: Snapshot, of: Rows, chosen: CameraFilter) -> gpd.GeoDataFrame:
    prints = footprints(known.inventory.iloc[of], chosen.level_px_m, chosen.light)
    row = prints["row"].to_numpy()
    certain, seen = live_kind(row, (prints["kind"] == CERTAIN).to_numpy(bool), known.status[of], LIVE)
    kind = np.where(seen, np.where(certain, CERTAIN, POSSIBLE), LOST)
    status = np.array(STATUS_WORDS, object)[known.status[of][row]]
    # what is lost is drawn first: it must hide nothing that is seen
    return prints.assign(kind=kind, status=status)[["status", "kind", "geometry"]].sort_values(
        "kind", key=lambda kinds: kinds.map({LOST: 0, POSSIBLE: 1, CERTAIN: 2})
    )


def _cells(known: Snapshot, of: Rows) -> dict[int, Cells]:
    """Zoom -> counts by cell of some cameras, from far out down to the last that is few enough."""
    keep = np.zeros(len(known.ids), bool)
    keep[of] = True
    part: Layout = known.layout.only(keep)
    number = with_status(part, known.status).counts
    found: dict[int, Cells] = {}
    for zoom in range(FIRST_ZOOM, CAMERA_ZOOM):
        cells = part.cells[zoom]
        if not 0 < len(cells.x) <= MOST_CELLS:
            break
        lon, lat = lonlat(cells.x, cells.y)
        places = np.stack([lon, lat], axis=1).round(_PLACE_DIGITS).tolist()
        found[zoom] = [[*at, *n] for at, n in zip(places, number[zoom].tolist(), strict=True)]
    return found


def _finest(cells: dict[int, Cells]) -> dict[int, Cells]:
    return dict([max(cells.items())]) if cells else {}


def _worst_last(known: Snapshot, of: Rows) -> Rows:
    severity = -np.argsort(WORST_FIRST)
    return of[np.argsort(severity[known.status[of]], kind="stable")]


def _bounds(known: Snapshot, of: Rows) -> Bounds | None:
    if not len(of):
        return None
    lon, lat = known.lon[of], known.lat[of]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _inside(known: Snapshot, of: Rows, view: Bounds) -> Flags:
    west, south, east, north = view
    lon, lat = known.lon[of], known.lat[of]
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
