"""Just enough of HLS to know whether a stream moves on, and where its last picture is (RFC 8216); pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, isfinite
from urllib.parse import urljoin

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')
MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Playlist:
    """What a playlist says of itself; `variant` is the playlist to look at instead, in a master playlist."""

    variant: str | None
    sequence: int
    target_s: float
    segments: int
    last: str
    ended: bool

    @property
    def position(self) -> tuple[int, int, str]:
        """Moves on whenever the stream does; the last name too, for servers that never count."""
        return self.sequence, self.segments, self.last


def parse_playlist(body: bytes, url: str) -> Playlist | None:
    """Read a playlist fetched from `url`; None if it is not one."""
    if not body[:64].lstrip(b"\xef\xbb\xbf \t").startswith(b"#EXTM3U"):
        return None  # most of what comes here instead are pictures: not worth reading as text
    lines = [line.strip() for line in body.decode("utf-8", "replace").lstrip("\ufeff").splitlines()]
    tags: dict[str, str] = {}
    uris: list[str] = []
    for line in lines:
        if line.startswith("#EXT-X-"):
            name, _, value = line.partition(":")
            tags[name] = value
        elif line and not line.startswith("#"):
            uris.append(line)
    if not uris:
        return None
    return Playlist(
        variant=_cheapest(body, url, uris[0]) if "#EXT-X-STREAM-INF" in tags else None,
        sequence=int(_number(tags.get("#EXT-X-MEDIA-SEQUENCE", ""), 0)),
        target_s=min(max(_number(tags.get("#EXT-X-TARGETDURATION", ""), 10), 1), 60),
        segments=len(uris),
        last=uris[-1],
        ended="#EXT-X-ENDLIST" in tags,
    )


def _cheapest(body: bytes, url: str, first: str) -> str:
    """Variant with the lowest bandwidth: the look must not cost the camera its line."""
    variants = find_variants(body, url)
    return min(variants, key=lambda one: (one.bandwidth, one.uri)).uri if variants else urljoin(url, first)


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the streams a master playlist offers; `width` is None where it does not say. [px]"""

    uri: str
    bandwidth: float
    width: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Where bytes are: the whole of an address, or `length` bytes of it from `start`."""

    uri: str
    start: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The last segment of a playlist: where it is, what must come before it, how it is locked, when it began."""

    piece: Piece
    head: Piece | None
    encrypted: bool
    began_at: datetime | None
    lasts_s: float
    number: int


def find_variants(body: bytes, url: str) -> list[Variant]:
    """Streams a master playlist fetched from `url` offers; none if it is not one."""
    found: list[Variant] = []
    offered: dict[str, str] | None = None
    for line in _lines(body):
        if line.startswith("#EXT-X-STREAM-INF:"):
            offered = _attributes(line)
        elif offered is not None and line and not line.startswith("#"):
            width = offered.get("RESOLUTION", "").lower().partition("x")[0]
            number = int(width) if width.isdecimal() and len(width) < 6 else None
            found.append(Variant(urljoin(url, line), _number(offered.get("BANDWIDTH", ""), inf), number))
            offered = None
    return found


def choose_variant(variants: list[Variant], width: int) -> Variant:
    """Cheapest variant at least so wide; where none is, the widest; where none says, the cheapest. [px]"""
    wide = [one for one in variants if one.width is None or one.width >= width]
    if wide:
        return min(wide, key=lambda one: (one.width is None, one.bandwidth, one.width or 0))
    return max(variants, key=lambda one: (one.width or 0, -one.bandwidth))


def find_last_segment(body: bytes, url: str) -> Segment | None:
    """Last segment of a media playlist fetched from `url`, or None."""
    found: Segment | None = None
    head: Piece | None = None
    at: datetime | None = None
    part, lasts_s, encrypted, number, ends = "", 0.0, False, 0, {url: 0}
    for line in _lines(body):
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            lasts_s = max(0.0, min(_number(value.partition(",")[0], 0.0), 3_600.0))
        elif name == "#EXT-X-BYTERANGE":
            part = value
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            at = _time(value)
        elif name == "#EXT-X-KEY":
            encrypted = _attributes(line).get("METHOD", "NONE") != "NONE"
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            number = int(_number(value, 0))
        elif name == "#EXT-X-MAP":
            named = _attributes(line)
            head = _piece(urljoin(url, named.get("URI", "")), named.get("BYTERANGE", ""), {})
        elif line and not line.startswith("#"):
            found = Segment(_piece(urljoin(url, line), part, ends), head, encrypted, at, lasts_s, number)
            at = at + timedelta(seconds=lasts_s) if at else None
            part, number = "", number + 1
    return found


def _piece(uri: str, part: str, ends: dict[str, int]) -> Piece:
    """Bytes a BYTERANGE names; without an offset they follow those of the same address before them."""
    length, _, offset = part.partition("@")
    if not length.strip().isdecimal():
        return Piece(uri)
    start = int(offset) if offset.strip().isdecimal() else ends.get(uri, 0)
    ends[uri] = start + int(length)
    return Piece(uri, start, int(length))


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _lines(body: bytes) -> list[str]:
    return [line.strip() for line in body.decode("utf-8", "replace").splitlines()[:MAX_LINES]]


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text.strip()[:20])
    except ValueError:
        return otherwise
    return number if isfinite(number) else otherwise
