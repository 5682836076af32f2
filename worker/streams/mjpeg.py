"""Payloads of JPEG over RTP (RFC 2435) -> a JPEG, with the tables the sender has left out; pure."""

import io
from functools import cache

_SIZES = (b"\x21", b"\x22")  # sampling of brightness, by type: 4:2:2, 4:2:0
_TABLE = 64
_OWN_TABLES = 128  # from this Q on the tables are in the packet
_SCAN = bytes.fromhex("ffda000c03010002110311003f00")
_END = b"\xff\xd9"


def join(payloads: list[bytes]) -> bytes | None:
    """JPEG of all payloads of a picture in their order; None where they are none, or one is missing."""
    scan = bytearray()
    head = b""
    for payload in payloads:
        if len(payload) < 8 or int.from_bytes(payload[1:4]) != len(scan):
            return None
        kind, quality, at = payload[4], payload[5], 8
        restart = b""
        if kind & 0x40:
            restart, at = b"\xff\xdd\0\4" + payload[8:10], 12
        if not scan:
            tables = _coarseness(quality)
            if quality >= _OWN_TABLES:
                size = int.from_bytes(payload[at + 2 : at + 4])
                tables, at = _given(payload[at + 1 : at + 2], payload[at + 4 : at + 4 + size]), at + 4 + size
            frame = _frame(kind, payload[6] * 8, payload[7] * 8)
            if not tables or not frame:
                return None
            head = b"\xff\xd8" + tables + frame + _codes() + restart + _SCAN
        scan += payload[at:]
    return head + bytes(scan).removesuffix(_END) + _END if scan else None


def _frame(kind: int, width: int, height: int) -> bytes:
    """Start of frame; b"" for what has no size or is of a type we do not know."""
    if not width or not height or kind & 0xBF >= len(_SIZES):
        return b""
    size = height.to_bytes(2) + width.to_bytes(2)
    return b"\xff\xc0\0\x11\x08" + size + b"\x03\x01" + _SIZES[kind & 1] + b"\0\x02\x11\x01\x03\x11\x01"


def _given(precision: bytes, tables: bytes) -> bytes:
    """Segments of the tables in a packet: one for brightness and one for colour, or one for both."""
    if precision != b"\0" or len(tables) not in (_TABLE, 2 * _TABLE):
        return b""
    return b"".join(b"\xff\xdb\0\x43" + bytes([n]) + t for n, t in enumerate((tables[:_TABLE], tables[-_TABLE:])))


def _coarseness(quality: int) -> bytes:
    """Segments of the tables a Q of 1-99 stands for; b"" for others."""
    return _segments(quality, 0xDB) if 0 < quality < 100 else b""


def _codes() -> bytes:
    """Segments of the Huffman tables every sender has to use, those of the JPEG standard."""
    return _segments(50, 0xC4)


@cache
def _segments(quality: int, kind: int) -> bytes:
    """All segments of a kind of a JPEG of the usual tables: RFC 2435 counts quality as the common library does."""
    from PIL import Image  # few cameras need it

    out = io.BytesIO()
    Image.new("YCbCr", (16, 16)).save(out, "JPEG", quality=quality)
    body, at, found = out.getvalue(), 2, b""
    while body[at + 1] != _SCAN[1]:
        end = at + 2 + int.from_bytes(body[at + 2 : at + 4])
        found += body[at:end] if body[at + 1] == kind else b""
        at = end
    return found
