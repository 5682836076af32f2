"""
How near gaps of a line are to what people brought of the country: roads, villages, water, and what happened where.

Metres are geodesic, from any part of a gap's line to any part of a road, of a village or of water; 0 where they
touch. The nearest is looked for on a Mercator map, so one tree serves every line; what is found is measured on the
ellipsoid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2s

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlmodel import col, select

from data.database import Database
from data.ground.layers import features
from data.ground.tables import Layer, LayerKind
from data.kept import Kept
from geo.crs import WGS84, Floats, from_mercator, mercator, metres_per_degree
from geo.line.gaps import Ints

NEAR_KINDS = (LayerKind.ROAD, LayerKind.VILLAGE, LayerKind.WATER)  # what a gap is so many metres from
KINDS = (*NEAR_KINDS, LayerKind.INCIDENT)
INCIDENT_NEAR_M = 2_000.0
HALF_AGE_DAYS = 365.0  # an incident so old weighs half as much as one of today
UNDATED = 0.5  # what one without a date weighs: neither new nor old
_PIECE_VERTICES = 16  # of a tree's lines: whole, a long road would be near everything by its box
_DAY = np.timedelta64(1, "D")
_TABLES = 32  # of gaps: a few levels and lights, live and planned
_KEPT = Kept(4)
Near = tuple[tuple[str, float], ...]  # kinds and metres: only gaps so near to each


@dataclass(frozen=True, eq=False)
class _Features:
    """Features of one kind on the Mercator map, cut into short pieces; `of` is the feature of each piece."""

    name: NDArray[np.object_]
    at: NDArray[np.datetime64]  # UTC; NaT: unknown
    pieces: NDArray[np.object_]
    of: Ints
    tree: shapely.STRtree
    areas: NDArray[np.object_]  # prepared, to know what lies inside
    area_of: Ints
    area_tree: shapely.STRtree


@dataclass(frozen=True, eq=False)
class Places:
    """
    What is there to be near to.

    Attributes
    ----------
    kinds
        Those of which there is a layer, in the order of KINDS.
    credits
        Whose the layers are, each once.
    said
        The layers in one line, for a file.
    demo
        Whether any of it is invented.
    """

    kinds: tuple[LayerKind, ...]
    credits: tuple[str, ...]
    said: str
    demo: bool
    _held: dict[LayerKind, _Features] = field(repr=False)
    _near: Kept = field(repr=False, default_factory=lambda: Kept(_TABLES))

    def of(self, gaps: gpd.GeoDataFrame, at: datetime) -> pd.DataFrame:
        """
        Return how near gaps (EPSG:4326 lines) are to all this, a row a gap.

        Returns
        -------
        nearness
            Of the kinds there are: road_m, village_m, village (its name, "" unnamed), water_m, incidents (how many
            within INCIDENT_NEAR_M), incidents_weighed (each by its age at `at`: see `weights`).
        """
        lines = gaps.geometry.to_numpy()
        key = blake2s(b"".join(shapely.to_wkb(lines))).digest()
        table, gap, incident = self._near.get(key, lambda: self._measure(lines))
        found = table.set_axis(gaps.index)
        if LayerKind.INCIDENT in self.kinds:
            weight = weights(self._held[LayerKind.INCIDENT].at, at)[incident]
            found["incidents"] = np.bincount(gap, minlength=len(gaps))
            found["incidents_weighed"] = np.bincount(gap, weight, minlength=len(gaps))
        return found

    def _measure(self, lines: NDArray[np.object_]) -> tuple[pd.DataFrame, Ints, Ints]:
        """What does not change with time: a row a line, and each pair of line and incident near it."""
        segments, gap = _cut(shapely.transform(lines, mercator), 2)
        found: dict[str, object] = {}
        for kind in NEAR_KINDS:
            if kind in self._held:
                at, metres = _nearest(segments, gap, self._held[kind], len(lines))
                found[f"{kind}_m"] = metres
                if kind is LayerKind.VILLAGE:
                    found["village"] = self._held[kind].name[at]
        table = pd.DataFrame(found, index=range(len(lines)))
        if LayerKind.INCIDENT not in self._held:
            return table, np.zeros(0, np.int64), np.zeros(0, np.int64)
        return table, *_within(segments, gap, self._held[LayerKind.INCIDENT])


def places(db: Database) -> Places:
    """Return what people brought for gaps to be near to; read once, and again when a layer of it changed."""
    query = select(Layer).where(col(Layer.kind).in_(KINDS)).order_by(col(Layer.kind), col(Layer.name))
    with db.read() as session:
        held = session.exec(query).all()
    key = (str(db.reader.url), *((layer.id, layer.version, layer.at) for layer in held))
    return _KEPT.get(key, partial(_load, db, held))


def near_to(gaps: gpd.GeoDataFrame, near: Near) -> gpd.GeoDataFrame:
    """Return the gaps that are so near to each of some kinds [m]; they have the columns of `Places.of`."""
    for kind, metres in near:
        gaps = gaps[gaps[f"{kind}_m"] <= metres]
    return gaps


def weights(happened: NDArray[np.datetime64], at: datetime) -> Floats:
    """What incidents count: 1 of today, half of it for each HALF_AGE_DAYS; UNDATED without a date that can be."""
    now = np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
    days = (now - happened) / _DAY
    known = np.isfinite(days) & (days >= 0)
    return np.where(known, 0.5 ** (np.where(known, days, 0.0) / HALF_AGE_DAYS), UNDATED)


def _load(db: Database, held: Sequence[Layer]) -> Places:
    read = {kind: _features(features(db, kind)) for kind in KINDS if any(layer.kind == kind for layer in held)}
    return Places(
        kinds=tuple(read),
        credits=tuple(dict.fromkeys(layer.credit for layer in held if layer.credit)),
        said="; ".join(f"{layer.kind}: {layer.title} ({layer.source}, {layer.at:%Y-%m-%d})" for layer in held),
        demo=any(layer.demo for layer in held),
        _held=read,
    )


def _features(table: gpd.GeoDataFrame) -> _Features:
    shapes = shapely.transform(table.geometry.to_numpy(), mercator)
    area_of = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    outlines, outline_of = shapely.get_parts(shapely.boundary(shapes[area_of]), return_index=True)
    line_of = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    point_of = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    cut, cut_of = _cut(np.concatenate([shapes[line_of], outlines]), _PIECE_VERTICES)
    pieces = np.concatenate([shapes[point_of], cut])
    shapely.prepare(shapes[area_of])
    return _Features(
        name=table["name"].to_numpy(object),
        at=table["at"].dt.tz_localize(None).to_numpy("datetime64[us]"),
        pieces=pieces,
        of=np.concatenate([point_of, np.concatenate([line_of, area_of[outline_of]])[cut_of]]),
        tree=shapely.STRtree(pieces),
        areas=shapes[area_of],
        area_of=area_of,
        area_tree=shapely.STRtree(shapes[area_of]),
    )


def _cut(lines: NDArray[np.object_], most: int) -> tuple[NDArray[np.object_], Ints]:
    """Lines in pieces of so many vertices at most, and which line each is of."""
    xy, of = shapely.get_coordinates(lines, return_index=True)
    if not len(of):
        return np.zeros(0, object), np.zeros(0, np.int64)
    first = np.r_[True, of[1:] != of[:-1]]
    number = np.arange(len(of))
    number -= np.maximum.accumulate(np.where(first, number, 0))
    # where one piece ends and the next begins the vertex is of both
    joint = (number % (most - 1) == 0) & ~first & ~np.r_[first[1:], True]
    twice = 1 + joint
    begins = np.repeat(first, twice)
    begins[np.cumsum(twice)[joint] - 1] = True
    pieces = shapely.linestrings(np.repeat(xy, twice, axis=0), indices=np.cumsum(begins) - 1)
    return pieces, np.repeat(of, twice)[begins]


def _nearest(segments: NDArray[np.object_], gap: Ints, held: _Features, count: int) -> tuple[Ints, Floats]:
    """The feature nearest to each gap, and how far it is. [m]"""
    if not count:
        return np.zeros(0, np.int64), np.zeros(0)
    piece = held.tree.nearest(segments)
    at, metres = held.of[piece], _apart(segments, held.pieces[piece])
    inside, area = held.area_tree.query(segments)
    touches = shapely.intersects(held.areas[area], segments[inside])
    at[inside[touches]], metres[inside[touches]] = held.area_of[area[touches]], 0.0
    order = np.lexsort((metres, gap))
    best = order[np.r_[True, np.diff(gap[order]) > 0]]
    return at[best], metres[best]


def _within(segments: NDArray[np.object_], gap: Ints, held: _Features) -> tuple[Ints, Ints]:
    """Each pair of a gap and an incident near it, once."""
    north = np.abs(shapely.bounds(segments)[:, [1, 3]]).max(axis=1, initial=0)
    lat = from_mercator(np.stack([np.zeros(len(north)), north], axis=1))[:, 1]
    scale = metres_per_degree(0.0)[0] / metres_per_degree(lat)[0]
    # a little further than wanted on the map, then as far as it is on the ground
    segment, piece = held.tree.query(segments, predicate="dwithin", distance=1.01 * INCIDENT_NEAR_M * scale)
    near = _apart(segments[segment], held.pieces[piece]) <= INCIDENT_NEAR_M
    pairs = np.unique(np.stack([gap[segment[near]], held.of[piece[near]]], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _apart(one: NDArray[np.object_], other: NDArray[np.object_]) -> Floats:
    """How far shapes of the map are apart on the ground. [m]"""
    ends = from_mercator(shapely.get_coordinates(shapely.shortest_line(one, other)))
    _, _, metres = WGS84.inv(*ends[::2].T, *ends[1::2].T)
    return np.asarray(metres, dtype=np.float64)
