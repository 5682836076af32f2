"""How an invented camera hangs on the country, by its code alone: switch, network, contract and build."""

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from demo.agencies import MARK

CAMERAS_A_SWITCH = 8
CARRIERS = "ABC"
_CODE = re.compile(r"([A-Za-z]+)-([A-Za-z0-9]+)-(\d+)")
_SUBSTREAM = 0.70  # of cameras that stream by RTSP, that have a small picture as well
_HEVC = 0.20  # of those
_FULL_HD = 0.60  # of cameras with a small picture, that have 1080 lines in the large one; the others have 720
_CONTRACTS_A_YEAR, _YEARS = 4, (2566, 2567, 2568)


@dataclass(frozen=True, slots=True)
class Build:
    """
    What a camera plays by RTSP.

    Attributes
    ----------
    substream
        Whether it has a small picture beside the large one.
    scale
        Size of its large picture, in times of 640 x 360.
    hevc
        Whether the large one is H.265.
    """

    substream: bool
    scale: int
    hevc: bool


@lru_cache(maxsize=65_536)
def build_of(code: str) -> Build:
    """Return what a camera plays; the same code always plays the same."""
    if _draw(code, "substream") >= _SUBSTREAM:
        return Build(substream=False, scale=1, hevc=False)
    return Build(True, 3 if _draw(code, "lines") < _FULL_HD else 2, _draw(code, "coding") < _HEVC)


@lru_cache(maxsize=65_536)
def site_of(code: str) -> str:
    """Switch a camera hangs on, up to eight neighbours each: SKW-AR-0009 -> SW-SKW-AR-002; "" for other codes."""
    named = _CODE.fullmatch(code)
    return f"SW-{named[1]}-{named[2]}-{(int(named[3]) - 1) // CAMERAS_A_SWITCH + 1:03d}" if named else ""


@lru_cache(maxsize=65_536)
def network_of(code: str) -> str:
    """Network of a camera's switch, a carrier's in one province: NET-A-SKW; "" where there is no switch."""
    site = site_of(code)
    return f"NET-{CARRIERS[zlib.crc32(site.encode()) % len(CARRIERS)]}-{site.split('-')[1]}" if site else ""


def contract_of(code: str, maintainer: object) -> str | None:
    """Contract under which a maintainer keeps the cameras of a province; None without maintainer."""
    if not isinstance(maintainer, str):
        return None
    lot = zlib.crc32(f"{maintainer} {code.partition('-')[0]}".encode())
    number, year = lot % _CONTRACTS_A_YEAR + 1, _YEARS[lot // 8 % len(_YEARS)]
    return f"สัญญา {maintainer.removesuffix(MARK)[-1]}{number}/{year}{MARK}"


def _draw(code: str, what: str) -> float:
    return int.from_bytes(blake2b(f"{what} {code}".encode(), digest_size=4).digest()) / 2**32
