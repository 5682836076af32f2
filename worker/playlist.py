"""Just enough of HLS to know whether a stream moves on (RFC 8216); pure."""

from dataclasses import dataclass
from math import inf, isfinite
from urllib.parse import urljoin


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
    lines = [line.strip() for line in body.decode("utf-8", "replace").lstrip("\ufeff").splitlines()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        return None
    tags = dict(line.partition(":")[::2] for line in lines if line.startswith("#EXT-X-"))
    uris = [line for line in lines if line and not line.startswith("#")]
    master = any(line.startswith("#EXT-X-STREAM-INF") for line in lines)
    if not uris:
        return None
    return Playlist(
        variant=urljoin(url, _smallest(lines)) if master else None,
        sequence=int(_number(tags.get("#EXT-X-MEDIA-SEQUENCE", ""), 0)),
        target_s=min(max(_number(tags.get("#EXT-X-TARGETDURATION", ""), 10), 1), 60),
        segments=len(uris),
        last=uris[-1],
        ended="#EXT-X-ENDLIST" in tags,
    )


def _smallest(lines: list[str]) -> str:
    """Variant with the lowest bandwidth: the look must not cost the camera its line."""
    found: list[tuple[float, str]] = []
    bandwidth: float | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF"):
            attributes = line.partition(":")[2]
            _, _, rest = f",{attributes}".partition(",BANDWIDTH=")
            bandwidth = _number(rest.partition(",")[0], inf)
        elif line and not line.startswith("#") and bandwidth is not None:
            found.append((bandwidth, line))
            bandwidth = None
    return min(found)[1] if found else next(line for line in lines if line and not line.startswith("#"))


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text.strip()[:20])
    except ValueError:
        return otherwise
    return number if isfinite(number) else otherwise
