"""Linear referencing: a line measured in geodesic metres from its start; point <-> chainage, parts of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import LineString, STRtree

from geo.crs import WGS84, Floats, metres_per_degree


@dataclass(frozen=True, eq=False)
class Line:
    """
    A line in WGS 84 with its chainage.

    Lengths are geodesic, vertex to vertex; inside a segment a position is the linear fraction in lon, lat, so that
    cuts agree with what shapely cuts in lon, lat. Build it by `Line.of`.

    Attributes
    ----------
    lonlat
        Vertices, shape (n, 2). [°]
    chainage_m
        Chainage of each vertex, shape (n,), from 0. [m]
    """

    lonlat: Floats
    chainage_m: Floats

    @classmethod
    def of(cls, geometry: LineString) -> "Line":
        """Measure a line given in WGS 84; repeated vertices are dropped."""
        lonlat = shapely.get_coordinates(geometry)
        lonlat = lonlat[np.r_[True, (np.diff(lonlat, axis=0) != 0).any(axis=1)]]
        if len(lonlat) < 2:
            raise ValueError(f"a line needs two different points, got {len(lonlat)}")
        lengths = WGS84.line_lengths(lonlat[:, 0], lonlat[:, 1])
        return cls(lonlat, np.concatenate([[0.0], np.cumsum(lengths)]))

    @property
    def length_m(self) -> float:
        """Geodesic length of the whole line. [m]"""
        return float(self.chainage_m[-1])

    @cached_property
    def geometry(self) -> LineString:
        """The whole line, EPSG:4326."""
        return LineString(self.lonlat)

    @cached_property
    def segments(self) -> "shapely.typing.ndarray":  # an object array of LineStrings
        """Each segment as a line of two points, in order."""
        return shapely.linestrings(np.stack([self.lonlat[:-1], self.lonlat[1:]], axis=1))

    @cached_property
    def tree(self) -> STRtree:
        """Spatial index of the segments."""
        return STRtree(self.segments)

    def point_at(self, at_m: float) -> tuple[float, float]:
        """Lon, lat at a chainage; ends are returned for a chainage beyond them."""
        lon, lat = self._points(np.array([at_m]))[0]
        return float(lon), float(lat)

    def part(self, from_m: float, to_m: float) -> LineString:
        """
        Stretch of the line between two chainages, with every vertex between them.

        Raises
        ------
        ValueError
            If `to_m` is not beyond `from_m`, or the stretch is not on the line.
        """
        if not -0.001 <= from_m < to_m <= self.length_m + 0.001:
            raise ValueError(f"a part must run forward within 0-{self.length_m:.1f} m, got {from_m}-{to_m}")
        inside = self.lonlat[(self.chainage_m > from_m) & (self.chainage_m < to_m)]
        ends = self._points(np.array([from_m, to_m]))
        return LineString(np.concatenate([ends[:1], inside, ends[1:]]))

    def locate(self, lon: float, lat: float) -> tuple[float, float]:
        """Chainage of the point of the line nearest to a position, and the geodesic distance to it. [m]"""
        # metres of the tangent plane at the position: near it, where the answer lies, they are right
        offsets = (self.lonlat - (lon, lat)) * np.stack(metres_per_degree(lat))
        start, step = offsets[:-1], np.diff(offsets, axis=0)
        fraction = np.clip(-(start * step).sum(axis=1) / (step * step).sum(axis=1), 0, 1)
        nearest = int(np.argmin(((start + fraction[:, None] * step) ** 2).sum(axis=1)))
        foot = self.lonlat[nearest] + fraction[nearest] * (self.lonlat[nearest + 1] - self.lonlat[nearest])
        _, _, distance = WGS84.inv(lon, lat, foot[0], foot[1])
        length = self.chainage_m[nearest + 1] - self.chainage_m[nearest]
        return float(self.chainage_m[nearest] + fraction[nearest] * length), float(distance)

    def _points(self, at_m: Floats) -> Floats:
        lon = np.interp(at_m, self.chainage_m, self.lonlat[:, 0])
        lat = np.interp(at_m, self.chainage_m, self.lonlat[:, 1])
        return np.stack([lon, lat], axis=1)


def chainage(at_m: float) -> str:
    """Chainage as it is said on the ground: 12340.4 -> "12+340"."""
    metres = round(at_m)
    sign = "-" if metres < 0 else ""
    return f"{sign}{abs(metres) // 1000}+{abs(metres) % 1000:03d}"
