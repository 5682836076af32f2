"""
/tiles/{z}/{x}/{y}.mvt?v=VERSION&FILTER: the map's tiles out of the fleet, compressed and kept while they are true.

The filter is spelled as in the links of the pages: see `data.filters.CameraFilter`.
"""

import asyncio
import gzip
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from data.filters import CameraFilter, layout
from data.fleet import Fleet, Snapshot
from data.kept import Kept
from geo.see.coverage import poses
from geo.tile.cuts import Cut
from geo.tile.grounds import Ground
from geo.tile.tiles import SECTOR_ZOOM, Tiles, check_address, with_status

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
KEPT_BYTES = 32 * 2**20
KEPT_LAYERS = 6  # filters whose counts, or whose ground, stay in memory: at worst 5 and 20 MB each at a million
BROWSER_S = 3600  # a version's tiles never change
_GZIP_LEVEL = 5
Key = tuple[str, int, int, int, CameraFilter]


class TileCache:
    """Compressed tiles by version and address; the longest unused go first."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._most_bytes = most_bytes
        self._making = asyncio.Lock()
        self._layers = Kept(KEPT_LAYERS)
        self.size_bytes = 0

    async def get(self, snapshot: Snapshot, z: int, x: int, y: int, chosen: CameraFilter) -> bytes:
        """
        Return a tile, gzipped; empty where there is nothing.

        Raises
        ------
        ValueError
            If there is no such tile.
        """
        check_address(z, x, y)
        key = (snapshot.version, z, x, y, chosen)
        if key not in self._kept:
            # One at a time: when the version moves, fifty viewers ask for the same tiles at once.
            async with self._making:
                if key not in self._kept:
                    self._keep(key, await asyncio.to_thread(self._encode, snapshot, z, x, y, chosen))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _encode(self, snapshot: Snapshot, z: int, x: int, y: int, chosen: CameraFilter) -> bytes:
        tiles = self._tiles(snapshot, chosen)
        tile = tiles.tile(z, x, y, chosen.codes)
        if z >= SECTOR_ZOOM:
            tile += self._ground(snapshot, chosen).tile(tiles.status, z, x, y, chosen.codes)
        return gzip.compress(tile, _GZIP_LEVEL, mtime=0) if tile else b""

    def _tiles(self, snapshot: Snapshot, chosen: CameraFilter) -> Tiles:
        if not chosen.narrow:
            return snapshot.tiles
        return self._layers.get(
            ("tiles", snapshot.version, chosen.still),
            lambda: with_status(layout(snapshot, chosen), snapshot.base_status),
        )

    def _ground(self, snapshot: Snapshot, chosen: CameraFilter) -> Ground:
        if not chosen.narrow:
            return snapshot.ground(chosen.level_px_m, chosen.light)
        seen = layout(snapshot, chosen)
        cameras = snapshot.inventory
        return self._layers.get(
            ("ground", snapshot.inventory_version, chosen.still, chosen.level_px_m, chosen.light),
            lambda: Ground.of(
                seen,
                poses(cameras, chosen.level_px_m, chosen.light),
                Cut.of(cameras, chosen.level_px_m, chosen.light),
            ),
        )

    def _keep(self, key: Key, tile: bytes) -> None:
        self._kept[key] = tile
        self.size_bytes += len(tile)
        while self.size_bytes > self._most_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self.size_bytes -= len(dropped)


def routes(fleet: Fleet) -> list[Route]:
    """Return the tile route."""
    cache = TileCache()

    async def tile(request: Request) -> Response:
        z, x, y = (int(request.path_params[name]) for name in "zxy")
        snapshot = fleet.now()
        try:
            chosen = CameraFilter.of(request.query_params.multi_items())
            packed = await cache.get(snapshot, z, x, y, chosen)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 404, {"Cache-Control": "no-store"})
        # A page that asks for another version gets what is true now, but may not keep it under that name.
        asked = request.query_params.get("v") == snapshot.version
        headers = {
            "Cache-Control": f"private, max-age={BROWSER_S}" if asked else "no-store",
            "Vary": "Accept-Encoding",
            "ETag": f'"{snapshot.version}"',
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if not packed:
            return Response(status_code=204, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(gzip.decompress(packed), media_type=MEDIA_TYPE, headers=headers)
        return Response(packed, media_type=MEDIA_TYPE, headers={**headers, "Content-Encoding": "gzip"})

    return [Route("/tiles/{z:int}/{x:int}/{y:int}.mvt", tile, methods=["GET"])]
