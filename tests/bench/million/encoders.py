"""Tiles of a million cameras: the time each takes, and the same features given to two other encoders."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely

from data.fleet import Snapshot
from geo.tile.tiles import SECTOR_ZOOM, tile_of

ZOOMS = range(5, 17)
A_ZOOM = 40  # tiles looked at, beside the most crowded one
TIMES = 5
Y_DOWN = {"y_coord_down": True}
HALF_M = 20_037_508.342789244  # half the width of web Mercator
Address = tuple[int, int, int]


@dataclass(frozen=True)
class Beside:
    """One tile of cameras by our encoder and by another one. [ms]"""

    cameras: int
    ours_ms: float
    theirs_ms: float

    @property
    def ratio(self) -> float:
        """How many times as long theirs takes."""
        return self.theirs_ms / self.ours_ms


def tile_times(known: Snapshot) -> Mapping[int, list[float]]:
    """Return the milliseconds of tiles where people look, by zoom: the best of some for each."""
    ground = known.ground()

    def make(z: int, x: int, y: int) -> bytes:
        tile = known.tiles.tile(z, x, y)
        return tile + ground.tile(known.tiles.status, z, x, y) if z >= SECTOR_ZOOM else tile

    return {z: [best_ms(make, *address) for address in addresses(known, z)] for z in ZOOMS}


def addresses(known: Snapshot, z: int) -> list[Address]:
    """Return the tiles of cameras drawn by lot, so that crowded ones come as often as they are looked at."""
    rows = np.random.default_rng(z).choice(len(known.ids), A_ZOOM, replace=False)
    places = zip(known.lon[rows].tolist(), known.lat[rows].tolist(), strict=True)
    return sorted({crowded(known, z), *((z, *tile_of(lon, lat, z)) for lon, lat in places)})


def crowded(known: Snapshot, z: int) -> Address:
    """Return the tile with the most cameras."""
    layout = known.tiles.layout
    cell = (layout.x >> np.uint32(32 - z)).astype(np.int64) << z | (layout.y >> np.uint32(32 - z))
    found, count = np.unique(cell, return_counts=True)
    most = int(found[count.argmax()])
    return z, most >> z, most & (1 << z) - 1


def beside_mapbox(known: Snapshot, z: int) -> Beside:
    """Compare with `mapbox-vector-tile` on the most crowded tile of a zoom."""
    address = crowded(known, z)
    features = _features(known, address)
    shapes = shapely.points([feature["geometry"]["coordinates"] for feature in features])
    layer = {
        "name": "cams",
        "features": [
            {"geometry": shape, "properties": feature["properties"], "id": feature["id"]}
            for shape, feature in zip(shapes, features, strict=True)
        ],
    }
    theirs = mapbox_vector_tile.encode([layer], default_options=Y_DOWN)
    _same(theirs, features)
    return Beside(
        len(features),
        best_ms(known.tiles.tile, *address),
        best_ms(lambda: mapbox_vector_tile.encode([layer], default_options=Y_DOWN)),
    )


def beside_duckdb(known: Snapshot, z: int) -> tuple[Beside, Beside] | None:
    """
    Compare with DuckDB's `ST_AsMVT` on the most crowded tile of a zoom; None if DuckDB is not installed.

    Returns
    -------
    whole, writing
        The tile out of a million cameras that lie in the database as points, as a tile server asks for it; and
        the writing alone, of points that are in the tile's units already (ours still the whole tile).
    """
    try:
        import duckdb
        import duckdb_extension_spatial as spatial
    except ImportError:
        return None
    z, x, y = address = crowded(known, z)
    features = _features(known, address)
    ours_ms = best_ms(known.tiles.tile, *address)
    with duckdb.connect() as db:
        db.load_extension(str(next(Path(spatial.__file__).parent.rglob("spatial.duckdb_extension"))))
        layout = known.tiles.layout
        at_x, at_y = (layout.x / 2**31 - 1) * HALF_M, (1 - layout.y / 2**31) * HALF_M
        _fill(db, "cams", at_x, at_y, known.tiles.status, layout.ids[layout.order])
        found = [(*f["geometry"]["coordinates"], f["properties"]["st"], f["id"]) for f in features]
        _fill(db, "here", *map(np.array, zip(*found, strict=True)))
        side = 2 * HALF_M / 2**z
        west, north = x * side - HALF_M, HALF_M - y * side
        # the bounds as plain numbers: DuckDB then passes over whole groups of rows, as they lie in Morton order
        inside = f"x >= {west} AND x < {west + side} AND y <= {north} AND y > {north - side}"
        units = f"ST_AsMVTGeom(geom, ST_Extent(ST_TileEnvelope({z}, {x}, {y})), 4096, 0, true)"
        whole = _WRITE.format(f"(SELECT {units} AS geom, st, id FROM cams WHERE {inside})")
        spans = []
        for query in (whole, _WRITE.format("here")):
            written = bytes(db.execute(query).fetchone()[0])
            _same(written, features, within=1)  # it rounds where we cut off
            spans.append(best_ms(lambda query=query: db.execute(query).fetchone()))
    return Beside(len(features), ours_ms, spans[0]), Beside(len(features), ours_ms, spans[1])


_WRITE = "SELECT ST_AsMVT({{geom: geom, st: st, id: id}}, 'cams', 4096, 'geom', 'id') FROM {}"


def _fill(db: Any, table: str, x: Any, y: Any, status: Any, ids: Any) -> None:
    db.register("given", {"a": x, "b": y, "c": status.astype(np.int32), "d": ids})
    db.execute(
        f"CREATE TABLE {table} AS "
        "SELECT a AS x, b AS y, c::INTEGER AS st, d::BIGINT AS id, ST_Point(a, b) AS geom FROM given"
    )


def best_ms(call: Callable[..., object], *arguments: Any, times: int = TIMES) -> float:
    """Return the shortest of some runs. [ms]"""
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        call(*arguments)
        spans.append(time.perf_counter() - began)
    return 1000 * min(spans)


def _features(known: Snapshot, address: Address) -> list[dict[str, Any]]:
    return _decoded(known.tiles.tile(*address))


def _decoded(tile: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mapbox_vector_tile.decode(tile, default_options=Y_DOWN)["cams"]["features"]
    return found


def _same(theirs: bytes, features: list[dict[str, Any]], within: int = 0) -> None:
    """Make sure that the other encoder wrote what we did, else the comparison says nothing."""
    theirs_by, ours_by = ({f["id"]: f for f in one} for one in (_decoded(theirs), features))
    # a rounded point may fall on the edge of the next tile
    assert abs(len(theirs_by) - len(ours_by)) <= within * 0.001 * len(ours_by), "the encoders wrote other cameras"
    for camera in theirs_by.keys() & ours_by.keys():
        one, other = theirs_by[camera], ours_by[camera]
        assert one["properties"]["st"] == other["properties"]["st"]
        apart = np.subtract(one["geometry"]["coordinates"], other["geometry"]["coordinates"])
        assert np.abs(apart).max() <= within, "the encoders wrote other places"
