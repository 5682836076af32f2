"""/assets/{name}: the few files a page needs, from an allow-list; nothing is looked up by a visitor's path."""

import asyncio
import hashlib
import mimetypes
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import fontpkg_sarabun
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

ASSETS = Path(__file__).parent / "assets"
_MODULES = ASSETS / "node_modules"
_LEAFLET = _MODULES / "leaflet" / "dist"
_FONTS = Path(fontpkg_sarabun.__file__).parent / "files"
FILES: dict[str, Path] = {
    "map.js": ASSETS / "built" / "map.js",
    "map-worker.js": ASSETS / "built" / "map-worker.js",
    "age.js": ASSETS / "age.js",
    "clock.js": ASSETS / "clock.js",
    "theme.js": ASSETS / "theme.js",
    "stills.js": ASSETS / "stills.js",
    "looks.js": ASSETS / "looks.js",
    "leaflet.js": _LEAFLET / "leaflet.js",
    "leaflet.css": _LEAFLET / "leaflet.css",
    **{
        f"images/{name}": _LEAFLET / "images" / name
        for name in ("layers.png", "layers-2x.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
    },
    **{f"Sarabun-{weight}.ttf": _FONTS / f"Sarabun-{weight}.ttf" for weight in ("Regular", "SemiBold")},
}
BROWSER_S = 300  # then the browser asks whether it is still the same
LEAST_DIGITS = 12
FOREVER_S = 30 * 86_400  # of what is asked for by its content: `?h=` and the beginning of its SHA-256
_TYPES = {".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf", ".png": "image/png"}
Files = Mapping[str, tuple[bytes, str]]  # name -> bytes, media type


class Drawn:
    """Files that are drawn, not kept: made once, by whoever asks first; all others wait for them."""

    def __init__(self, draw: Callable[[], Files]) -> None:
        self._draw = draw
        self._drawing = threading.Lock()
        self._files: Files | None = None

    def __call__(self) -> Files:
        """Return the files."""
        with self._drawing:
            if self._files is None:
                self._files = self._draw()
        return self._files


def routes(drawn: Drawn) -> list[Route]:
    """Return the asset route: files of the allow-list, and those that are drawn."""

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        found = _on_disk(name) or (await asyncio.to_thread(drawn)).get(name)
        if found is None:
            return PlainTextResponse("there is no such file here\n", 404, {"Cache-Control": "no-store"})
        digest, asked = hashlib.sha256(found[0]).hexdigest(), request.query_params.get("h", "")
        named = len(asked) >= LEAST_DIGITS and digest.startswith(asked)
        kept = f"private, max-age={FOREVER_S}, immutable" if named else f"private, max-age={BROWSER_S}"
        return answer(request, found, kept)

    return [Route("/assets/{name:path}", asset, methods=["GET"])]


def answer(request: Request, found: tuple[bytes, str], kept: str) -> Response:
    """Answer with bytes of a media type and how long they are kept, or 304 if the browser has these."""
    content, media_type = found
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"Cache-Control": kept, "ETag": tag, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def missing() -> list[str]:
    """Names of the files that were not installed; `make setup` brings them."""
    return [name for name, path in FILES.items() if not path.is_file()]


def _on_disk(name: str) -> tuple[bytes, str] | None:
    path = FILES.get(name)
    if path is None or not path.is_file():
        return None
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return path.read_bytes(), media_type
