"""
Ground that buildings or terrain cut short -> polygons of vector tiles.

Most cameras are drawn from their poses alone (`geo.tile.grounds`); those something hides ground from have outlines
of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.see.coverage import CERTAIN, footprints
from geo.see.shade import MAYBE, SURE, limited
from geo.tile.mvt import EXTENT, Ints

Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Cut:
    """Cameras with what is hidden from them, and the level and light their ground is drawn at."""

    cameras: pd.DataFrame
    level_px_m: float
    light: str

    @classmethod
    def of(cls, cameras: pd.DataFrame, level_px_m: float, light: str) -> "Cut | None":
        """Return the cameras of a table; None if nothing may be hidden from any."""
        return cls(cameras, level_px_m, light) if SURE in cameras else None

    def drawn(self, rows: Ints) -> tuple[Ints, Ints, Flags, Shapes]:
        """
        Which of some cameras are not seeing all they could, and the polygons of those.

        Returns
        -------
        cut
            Those cameras, of `rows`.
        row, possible, polygons
            An entry a polygon of one part, in EPSG:4326: its camera, and whether it is only possible.
        """
        rows = np.unique(rows)
        whole = shapely.is_missing(limited(self.cameras, SURE, rows))
        whole &= shapely.is_missing(limited(self.cameras, MAYBE, rows))
        cut = rows[~whole]
        prints = footprints(self.cameras.iloc[cut], self.level_px_m, self.light)
        parts, of = shapely.get_parts(prints.geometry.to_numpy(), return_index=True)
        possible = (prints["kind"] != CERTAIN).to_numpy(bool)
        return cut, cut[prints["row"].to_numpy()[of]], possible[of], parts


def in_tile(polygons: Shapes, z: int, x: int, y: int) -> Iterator[tuple[int, tuple[int, ...], Ints]]:
    """
    Those polygons that touch a tile and have an area left in its units, one after the other.

    Yields
    ------
    entry, sizes, vertices
        Place in `polygons`, vertices of each ring (the outer one clockwise as seen, then holes the other way
        round), and those, shape (1, sum of sizes, 2); no ring repeats its first vertex.
    """
    for entry, polygon in enumerate(shapely.orient_polygons(polygons, exterior_cw=True)):
        outer, *holes = (_units(ring, z, x, y) for ring in (polygon.exterior, *polygon.interiors))
        if not _area(outer) > 0 or (outer.max(axis=0) < 0).any() or (outer.min(axis=0) > EXTENT).any():
            continue
        rings = [outer, *(hole for hole in holes if _area(hole) < 0)]
        yield entry, tuple(map(len, rings)), np.concatenate(rings)[None]


def _units(ring: shapely.LinearRing, z: int, x: int, y: int) -> Ints:
    """Vertices of a ring in units of a tile, no two that follow each other the same."""
    lon, lat = shapely.get_coordinates(ring)[:-1].T
    across = (lon + 180) / 360 * 2**z - x
    down = (0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)) * 2**z - y
    units = np.floor(np.stack([across, down], axis=1) * EXTENT).astype(np.int64)
    kept: Ints = units[(units != np.roll(units, 1, axis=0)).any(axis=1)]
    return kept


def _area(ring: Ints) -> int:
    """Twice the signed area of a ring; above 0 is clockwise as seen."""
    if len(ring) < 3:
        return 0
    across, down = ring.T
    return int((across * np.roll(down, -1) - np.roll(across, -1) * down).sum())
