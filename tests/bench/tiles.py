"""Vector tiles: our encoder beside mapbox-vector-tile on the same tile, and the time a tile takes at two sizes."""

import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import shapely

from geo.sector import sectors
from geo.tiles import SECTOR_ZOOM, Tiles, lay_out, tile_of, with_status

BANGKOK = (100.52, 13.75)
SPREAD_DEG = 0.06
RATIO = 10.0
P95_MS = 10.0


def measure() -> list[dict[str, Any]]:
    """Measure in about half a minute, in processor time; every figure is of points and sectors together."""
    rows: list[dict[str, Any]] = []
    for count in (20_000, 100_000):
        began = time.process_time()
        tiles = country(count)
        layout_s = time.process_time() - began
        statuses = np.arange(count, dtype=np.uint8) % 5
        laid_ms = best_ms(with_status, tiles.layout, statuses)
        p95_ms = float(np.percentile([best_ms(tiles.tile, *address) for address in addresses(tiles)], 95))
        rows += [
            row(f"{count:,} cameras: sectors and layout", layout_s, "s"),
            row(f"{count:,} cameras: new statuses", laid_ms, "ms"),
            row(f"{count:,} cameras: a tile, p95, z0-16", p95_ms, "ms", f"<= {P95_MS:g}", p95_ms <= P95_MS),
        ]
    return rows + beside(tiles)


def beside(tiles: Tiles) -> list[dict[str, Any]]:
    """Encode one crowded tile, and then what is in it by mapbox-vector-tile."""
    z = SECTOR_ZOOM + 1
    address = (z, *tile_of(*BANGKOK, z))
    decoded = mapbox_vector_tile.decode(tiles.tile(*address), default_options={"y_coord_down": True})
    layers = [
        {
            "name": name,
            "features": [
                {"geometry": shapely.geometry.shape(f["geometry"]), "properties": f["properties"], "id": f["id"]}
                for f in layer["features"]
            ],
        }
        for name, layer in decoded.items()
    ]
    cameras, grounds = (len(decoded[name]["features"]) for name in ("cams", "sectors"))
    what = f"a tile of {cameras:,} cameras and {grounds:,} sectors"
    ours = best_ms(tiles.tile, *address)
    theirs = best_ms(mapbox_vector_tile.encode, layers, {"y_coord_down": True})
    return [
        row(f"{what}: ours", ours, "ms"),
        row(f"{what}: mapbox-vector-tile", theirs, "ms"),
        row(f"{what}: times faster", theirs / ours, "x", f">= {RATIO:g}", theirs / ours >= RATIO),
    ]


def country(count: int) -> Tiles:
    """Cameras crowded around one city, half of them in a few quarters, as they are."""
    rng = np.random.default_rng(7)
    spread = np.where(rng.random(count) < 0.5, SPREAD_DEG, 12 * SPREAD_DEG)
    lon, lat = (middle + rng.normal(0, 1, count) * spread for middle in BANGKOK)
    hfov = rng.choice([38.0, 60.0, 90.0, 360.0], count)
    shapes = sectors(lon, lat, rng.random(count) * 360, hfov, 40 + rng.random(count) * 80)
    kind = np.where(rng.random(count) < 0.85, "certain", "possible")
    ground = gpd.GeoDataFrame({"row": np.arange(count), "kind": kind}, geometry=shapes, crs=4326)
    layout = lay_out(np.arange(count) + 1, lon, lat, np.full(count, "fixed"), ground)
    return with_status(layout, rng.choice([0, 1, 2, 3], count, p=[0.05, 0.85, 0.07, 0.03]).astype(np.uint8))


def addresses(tiles: Tiles) -> list[tuple[int, int, int]]:
    """Tiles people look at: those of every two-hundredth camera."""
    layout = tiles.layout
    places = zip(layout.x[:: len(layout.x) // 200], layout.y[:: len(layout.y) // 200], strict=True)
    found = [(z, int(x * 2**z), int(y * 2**z)) for x, y in places for z in (0, 5, 8, 11, 13, 14, 15, 16)]
    return sorted(set(found))


def best_ms(call: Callable[..., object], *arguments: Any, times: int = 3) -> float:
    spans = []
    for _ in range(times):
        began = time.process_time()
        call(*arguments)
        spans.append(time.process_time() - began)
    return 1000 * min(spans)


def row(what: str, value: float, unit: str, target: str | None = None, met: bool | None = None) -> dict[str, Any]:
    return {"what": what, "value": round(value, 3), "unit": unit, "target": target, "met": met}
