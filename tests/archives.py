"""Small PMTiles archives around a place: streets and water on a grid, or pictures in loud colours."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import mapbox_vector_tile
import numpy as np
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.tile.tiles import tile_of

DEEPEST, AROUND = 14, 2  # zoom; tiles beside the one the place is in
EXTENT = 4096
LOUD = ((0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0))  # what a muted ground must not let through


def write_streets(path: Path, lon: float, lat: float) -> Path:
    """An archive of vector tiles by the names of Protomaps; every tile is the same."""
    tile = gzip.compress(street_tile(), mtime=0)
    return _write(path, lon, lat, lambda: tile, TileType.MVT, Compression.GZIP)


def write_pictures(path: Path, lon: float, lat: float) -> Path:
    """An archive of PNG tiles, each a chequer of `LOUD`."""
    squares = np.array(LOUD, dtype=np.uint8)[np.add.outer(np.arange(8), np.arange(8) * 3) % len(LOUD)]
    out = io.BytesIO()
    Image.fromarray(squares.repeat(32, axis=0).repeat(32, axis=1)).save(out, "PNG")
    return _write(path, lon, lat, out.getvalue, TileType.PNG, Compression.NONE)


def street_tile() -> bytes:
    """Land, a river along the west, a highway across the middle, streets beside it, blocks between them."""
    streets = [
        {"geometry": f"LINESTRING(0 {at}, {EXTENT} {at})", "properties": {"kind": "minor_road"}}
        for at in range(256, EXTENT, 256)
    ]
    blocks = [_box(x, y, x + 120, y + 120) for x in range(700, EXTENT, 256) for y in range(324, EXTENT, 256)]
    highway = {
        "geometry": f"LINESTRING({EXTENT // 2} 0, {EXTENT // 2} {EXTENT})", "properties": {"kind": "highway"}
    }  # fmt: skip
    tile = [
        {"name": "earth", "features": [_box(0, 0, EXTENT, EXTENT)]},
        {"name": "water", "features": [_box(100, 0, 600, EXTENT)]},
        {"name": "roads", "features": [*streets, highway]},
        {"name": "buildings", "features": blocks},
    ]
    return bytes(mapbox_vector_tile.encode(tile, default_options={"extents": EXTENT}))


def _box(west: int, south: int, east: int, north: int) -> dict[str, object]:
    ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    return {"geometry": f"POLYGON(({ring}))", "properties": {"kind": "box"}}


def _write(
    path: Path, lon: float, lat: float, draw: Callable[[], bytes], held: TileType, packed: Compression
) -> Path:
    with path.open("wb") as opened:
        writer = Writer(opened)
        for z in range(DEEPEST + 1):
            x, y = tile_of(lon, lat, z)
            near = [
                (i, j)
                for i in range(x - AROUND, x + AROUND + 1)
                for j in range(y - AROUND, y + AROUND + 1)
                if min(i, j) >= 0 and max(i, j) < 2**z
            ]
            for number in sorted(zxy_to_tileid(z, i, j) for i, j in near):
                writer.write_tile(number, draw())
        west, south, east, north = -180, -85, 180, 85
        writer.finalize(
            {
                "tile_type": held, "tile_compression": packed, "min_lon_e7": west * 10**7,
                "min_lat_e7": south * 10**7, "max_lon_e7": east * 10**7, "max_lat_e7": north * 10**7,
                "center_zoom": 10, "center_lon_e7": round(lon * 1e7), "center_lat_e7": round(lat * 1e7),
            },
            {"attribution": "<b>of the archive</b>"},
        )  # fmt: skip
    return path
