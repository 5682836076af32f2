"""
The base source of the map's ground, as a setting names it: one PMTiles archive, or tiles by a template.

None is the default: then the ground is our own outlines and no browser asks another host for anything.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["vector", "raster"]

ROUTE = "/basemap.pmtiles"  # where web/ground.py serves an archive of this machine
ENDING = ".pmtiles"
PLACES = ("{z}", "{x}", "{y}")
KINDS: dict[str, Kind] = {
    ".pbf": "vector", ".mvt": "vector", ".png": "raster", ".jpg": "raster", ".jpeg": "raster", ".webp": "raster",
    "": "raster",  # WMTS and ArcGIS name no format, and draw
}  # fmt: skip
FORMS = (
    f"a {ENDING} file, or an http(s) address of a {ENDING} file or of tiles with {{z}}, {{x}} and {{y}} that ends "
    f"in {', '.join(ending for ending in KINDS if ending)} or in nothing (pictures)"
)

# PMTiles 3, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
HEADER_BYTES, MAGIC = 127, b"PMTiles\x03"
DIRECTORIES_PACKED_AT, TILES_PACKED_AT, HELD_AT = 97, 98, 99
UNPACKABLE = {0, 1, 2}  # unsaid, none, gzip: browsers unpack neither brotli nor zstd
HELD: dict[int, Kind] = {1: "vector", 2: "raster", 3: "raster", 4: "raster", 5: "raster"}


@dataclass(frozen=True)
class Source:
    """
    Where the ground comes from.

    Attributes
    ----------
    address
        As MapLibre takes it: `pmtiles://` and the archive's address, or the template.
    kind
        None if only a browser can tell, from the archive's header: it lies elsewhere, or the file is away.
    file
        The archive, if it lies on this machine.
    """

    address: str
    kind: Kind | None
    file: Path | None = None

    @property
    def archive(self) -> bool:
        """Whether it is one PMTiles archive, not tiles by a template."""
        return self.address.startswith("pmtiles://")


def read_source(said: str, house: Path) -> Source:
    """
    Return the source a setting names.

    Parameters
    ----------
    said
        A path, from `house` if it is relative, or an address.

    Raises
    ------
    ValueError
        If it has none of the forms, or the file is no archive that browsers can read. A file that is away is
        no error: disks come and go, and the cameras must be shown without it.
    """
    if "://" in said:
        return _elsewhere(said)
    if not said.lower().endswith(ENDING):
        raise ValueError(f"TAKHAI_BASEMAP takes {FORMS}, got {_shown(said)!r}; empty: our own outlines")
    file = house / Path(said).expanduser()
    return Source(f"pmtiles://{ROUTE}", held(file), file)


def held(file: Path) -> Kind | None:
    """Return what an archive holds, from its header; None if it cannot be read now."""
    try:
        with file.open("rb") as opened:
            header = opened.read(HEADER_BYTES)
    except OSError:
        return None
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise ValueError(
            f"TAKHAI_BASEMAP takes PMTiles of version 3, and {file} begins with {header[:8]!r}; "
            "write it anew with the pmtiles tool (`pmtiles convert`)"
        )
    if not {header[DIRECTORIES_PACKED_AT], header[TILES_PACKED_AT]} <= UNPACKABLE:
        raise ValueError(
            f"TAKHAI_BASEMAP takes archives packed with gzip or not at all, as browsers unpack nothing else, and "
            f"{file} is not; write it anew"
        )
    kind = HELD.get(header[HELD_AT])
    if kind is None:
        raise ValueError(
            f"TAKHAI_BASEMAP takes archives of MVT, PNG, JPEG, WebP or AVIF tiles, and {file} holds type "
            f"{header[HELD_AT]}; write it anew"
        )
    return kind


def _elsewhere(said: str) -> Source:
    try:
        parts = urlsplit(said)
    except ValueError:  # its words would hold the user and password
        raise ValueError(f"TAKHAI_BASEMAP takes {FORMS}, got {_shown(said)!r}") from None
    if parts.username or parts.password:
        raise ValueError(
            f"TAKHAI_BASEMAP is sent to every browser and takes no user and password, got those of "
            f"{parts.hostname}; let a proxy sign in there"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"TAKHAI_BASEMAP takes {FORMS}, got {_shown(said)!r}")
    if parts.path.lower().endswith(ENDING):
        return Source(f"pmtiles://{said}", None)
    rest = said
    for place in PLACES:
        rest = rest.replace(place, "", 1)
    kind = KINDS.get(PurePosixPath(parts.path).suffix.lower())
    if kind is None or "{" in rest or len(rest) != len(said) - sum(map(len, PLACES)):
        raise ValueError(
            f"TAKHAI_BASEMAP takes {FORMS}, got {_shown(said)!r}; a style or TileJSON names such an address"
        )
    return Source(said, kind)


def _shown(said: str) -> str:
    """Return a setting as an error may show it: a user, a password and a query's keys left out."""
    return re.sub(r"\?.*", "?***", re.sub(r"(^|://).*@", r"\1***@", said))
