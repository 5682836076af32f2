"""Coded pictures -> bytes on the wire: transport stream (ISO 13818-1) for HLS, RTP (RFC 6184, 7798) for RTSP."""

import struct
from collections.abc import Iterator, Sequence

CLOCK_HZ = 90_000
RTP_PAYLOAD = 96
_PAT, _PMT, _VIDEO = 0x0000, 0x1000, 0x0100
_PAYLOAD = 184  # bytes of a packet after its header
_BIGGEST_RTP = 1_400


def segment(pictures: Sequence[bytes], pts: Sequence[int], stream_type: int, number: int) -> bytes:
    """
    Transport stream of one segment that starts with a keyframe.

    Parameters
    ----------
    pictures
        Annex B, one coded picture each, in the order they are shown.
    pts
        When each is shown, in 1/90000 s.
    stream_type
        0x1B for H.264, 0x24 for H.265.
    number
        Media sequence. Each segment holds a multiple of 16 packets of video, so that the 4-bit continuity counters
        run on from any segment to the next without knowing it.
    """
    out = [_table(_PAT, number, 0x00, struct.pack(">HH", 1, 0xE000 | _PMT))]
    streams = struct.pack(">HH", 0xE000 | _VIDEO, 0xF000) + struct.pack(
        ">BHH", stream_type, 0xE000 | _VIDEO, 0xF000
    )
    out.append(_table(_PMT, number, 0x02, streams))
    counter = 0
    for index, (picture, at) in enumerate(zip(pictures, pts, strict=True)):
        last = index == len(pictures) - 1
        parts = _parts(_pes(picture, at), counter if last else None)
        for place, part in enumerate(parts):
            clock = (at - CLOCK_HZ // 2) % 2**33 if place == 0 else None
            out.append(_packet(part, counter, clock, start=place == 0, key=index == 0))
            counter += 1
    return b"".join(out)


def _pes(picture: bytes, pts: int) -> bytes:
    pts %= 2**33
    stamp = struct.pack(
        ">BHH", 0x21 | pts >> 29 & 0x0E, (pts >> 14 & 0xFFFE) | 1, (pts << 1 & 0xFFFE) | 1
    )  # 33 bits in three pieces, each closed by a 1
    return b"\x00\x00\x01\xe0\x00\x00\x84\x80\x05" + stamp + picture


def _parts(pes: bytes, fill_from: int | None) -> list[bytes]:
    """Cut into packet payloads; with a counter to fill from, into as many as end at a multiple of 16."""
    first = _PAYLOAD - 8  # the first packet carries the clock as well
    single = 0  # bytes at the end that get a packet each
    while True:
        body = pes[: len(pes) - single]
        parts = [body[:first], *(body[at : at + _PAYLOAD] for at in range(first, len(body), _PAYLOAD))]
        if fill_from is None or (fill_from + len(parts) + single) % 16 == 0:
            return parts + [pes[at : at + 1] for at in range(len(pes) - single, len(pes))]
        single += 1


def _packet(part: bytes, counter: int, clock: int | None, *, start: bool, key: bool) -> bytes:
    flags = b""
    if clock is not None:
        flags = bytes((0x50 if key else 0x10,)) + struct.pack(">IH", clock >> 1, (clock & 1) << 15 | 0x7E00)
    room = _PAYLOAD - len(part)
    field = b""
    if room:  # an adaptation field: its length, the flags and the clock, and stuffing up to a full packet
        content = (flags or b"\x00" * (room > 1)).ljust(room - 1, b"\xff")
        field = bytes((room - 1,)) + content
    head = struct.pack(">BHB", 0x47, (0x4000 if start else 0) | _VIDEO, (0x30 if field else 0x10) | counter & 15)
    return head + field + part


def _table(pid: int, number: int, table: int, content: bytes) -> bytes:
    section = struct.pack(">BHHBBB", table, 0xB000 | len(content) + 9, 1, 0xC1, 0, 0) + content
    section += struct.pack(">I", _crc(section))
    head = struct.pack(">BHBB", 0x47, 0x4000 | pid, 0x10 | number & 15, 0)
    return (head + section).ljust(188, b"\xff")


def _crc(section: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in section:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def units(picture: bytes) -> list[bytes]:
    """NAL units of a coded picture in Annex B, without their start codes."""
    return [
        part.rstrip(b"\x00")
        for part in picture.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    ][1:]


def rtp(picture: bytes, stamp: int, number: int, source: int, *, hevc: bool = False) -> Iterator[bytes]:
    """RTP packets of one picture, large units cut (FU-A, or FU of RFC 7798); `number` is the first's."""
    payloads = [piece for unit in units(picture) if not _delimits(unit, hevc) for piece in _pieces(unit, hevc)]
    for index, payload in enumerate(payloads):
        marker = 0x80 if index == len(payloads) - 1 else 0
        yield (
            struct.pack(">BBHII", 0x80, marker | RTP_PAYLOAD, (number + index) % 2**16, stamp % 2**32, source)
            + payload
        )


def kind_of(unit: bytes, *, hevc: bool) -> int:
    """Type of a NAL unit."""
    return unit[0] >> 1 & 63 if hevc else unit[0] & 31


def _delimits(unit: bytes, hevc: bool) -> bool:
    return kind_of(unit, hevc=hevc) == (35 if hevc else 9)


def _pieces(unit: bytes, hevc: bool) -> list[bytes]:
    if len(unit) <= _BIGGEST_RTP:
        return [unit]
    kind = kind_of(unit, hevc=hevc)
    lead = bytes((unit[0] & 0x81 | 49 << 1, unit[1])) if hevc else bytes((unit[0] & 0xE0 | 28,))
    body = unit[len(lead) :]
    cuts = range(0, len(body), _BIGGEST_RTP)
    pieces = []
    for at in cuts:
        ends = (0x80 if at == 0 else 0) | (0x40 if at == cuts[-1] else 0)
        pieces.append(lead + bytes((ends | kind,)) + body[at : at + _BIGGEST_RTP])
    return pieces
