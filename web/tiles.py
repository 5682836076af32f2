"""/tiles/{z}/{x}/{y}.mvt?v=VERSION: the map's tiles out of the fleet, compressed and kept while they are true."""

import asyncio
import gzip
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from data.fleet import Fleet, Snapshot
from geo.tiles import STATUSES

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
KEPT_BYTES = 64 * 2**20
BROWSER_S = 3600  # a version's tiles never change
_GZIP_LEVEL = 5
Key = tuple[str, int, int, int, frozenset[int] | None]


class TileCache:
    """Compressed tiles by version and address; the longest unused go first."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._most_bytes = most_bytes
        self._making = asyncio.Lock()
        self.size_bytes = 0

    async def get(self, snapshot: Snapshot, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
        """Return a tile, gzipped; empty where there is nothing."""
        key = (snapshot.version, z, x, y, only)
        if key not in self._kept:
            # One at a time: when the version moves, fifty viewers ask for the same tiles at once.
            async with self._making:
                if key not in self._kept:
                    self._keep(key, await asyncio.to_thread(_encode, snapshot, z, x, y, only))
        self._kept.move_to_end(key)
        return self._kept[key]

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
            only = _chosen(request.query_params.get("only"))
            packed = await cache.get(snapshot, z, x, y, only)
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


def _chosen(codes: str | None) -> frozenset[int] | None:
    """Status codes a page shows: `2,0`; None for all."""
    if not codes:
        return None
    known = {str(code): code for code in range(len(STATUSES))}
    if odd := [code for code in codes.split(",") if code not in known]:
        raise ValueError(
            f"only= takes status codes 0-{len(STATUSES) - 1} with commas between, got {odd[0][:20]!r}"
        )
    return frozenset(known[code] for code in codes.split(","))


def _encode(snapshot: Snapshot, z: int, x: int, y: int, only: frozenset[int] | None) -> bytes:
    tile = snapshot.tiles.tile(z, x, y, only)
    return gzip.compress(tile, _GZIP_LEVEL, mtime=0) if tile else b""
