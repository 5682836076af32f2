"""Beginning of an MPEG transport stream -> its first whole keyframe (ISO 13818-1, Annex B); pure."""

import re
from dataclasses import dataclass

PACKET = 188
_CODECS = {0x1B: "h264", 0x24: "hevc"}
_UNIT = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)


def first_key(data: bytes, *, whole: bool = False) -> tuple[str, bytes] | None:
    """
    Codec ("h264", "hevc") and bytes of the first keyframe that is there from its first byte to its last.

    A picture is whole once the next begins, or its length says so: a decoder may not notice that half of one is
    missing. None if there is none: it was cut, a packet is lost, or it is no such stream.

    Parameters
    ----------
    whole
        Whether `data` is all there is to be had, so that its end ends the last picture. A server may send half a
        file as a whole one: the H.264 decoder notices, the H.265 one does not, and there the last packet has to
        be filled up with stuffing, as one that ends a picture is unless it fits to the byte.
    """
    tables: dict[int, bytes] = {}
    pid, pes, ended = -1, _Pes(""), False
    for at in range(0, len(data) - PACKET + 1, PACKET):
        if data[at] != 0x47:
            return None
        here, flags = (data[at + 1] & 0x1F) << 8 | data[at + 2], data[at + 3]
        begin = at + 4 + (1 + data[at + 4] if flags & 0x20 else 0)
        if not flags & 0x10 or begin >= at + PACKET:
            continue
        starts = bool(data[at + 1] & 0x40)
        if here == pid:
            ended = pes.codec == "h264" or _stuffed(data[at + 4 : begin])
            broken = bool(data[at + 1] & 0x80 or flags & 0xC0)  # on its way, or scrambled
            if key := pes.push(data[begin : at + PACKET], flags & 15, starts=starts, broken=broken):
                return pes.codec, key
        elif starts and pid < 0 and here < 0x1FFF:
            tables[here] = data[begin : at + PACKET]
            pid, codec = _video(tables)
            pes = _Pes(codec)
    key = pes.keyframe() if whole and ended and len(data) % PACKET == 0 else b""
    return (pes.codec, key) if key else None


def _stuffed(adaptation: bytes) -> bool:
    """Whether the field before a packet's payload is longer than what it says needs: the payload ends there."""
    if len(adaptation) < 2:
        return len(adaptation) == 1
    clocks = (adaptation[1] >> 4 & 1) + (adaptation[1] >> 3 & 1)
    return not adaptation[1] & 0x07 and len(adaptation) > 2 + 6 * clocks


@dataclass
class _Pes:
    """A packetised picture as it comes in; `parts` is None while there is none worth having."""

    codec: str
    parts: list[bytes] | None = None
    count: int = -1
    size: int = 0

    def push(self, part: bytes, count: int, *, starts: bool, broken: bool) -> bytes:
        """Keyframe this packet completed, as Annex B, or nothing."""
        if starts:
            if key := self.keyframe():
                return key
            self.parts, self.size = [], 0
        elif count == self.count:
            return b""  # a packet may be sent twice
        elif count != (self.count + 1) & 15:
            self.parts = None
        self.count = count
        if broken or self.parts is None:
            self.parts = None
            return b""
        self.parts.append(part)
        self.size += len(part)
        length = int.from_bytes(self.parts[0][4:6])
        return self.keyframe() if length and self.size >= length + 6 else b""

    def keyframe(self) -> bytes:
        """Annex B of the picture, if it is a keyframe."""
        pes = b"".join(self.parts or ())
        if pes[:3] != b"\0\0\1" or len(pes) < 9 or not 0xE0 <= pes[3] <= 0xEF:
            return b""
        length = int.from_bytes(pes[4:6])
        if length and len(pes) < length + 6:
            return b""
        body = pes[9 + pes[8] : length + 6 if length else None]
        kinds = {found[1][0] for found in _UNIT.finditer(body)}
        if self.codec == "h264":
            said = {kind & 31 for kind in kinds}
            key = 5 in said or {7, 1} <= said  # some cameras never send an IDR, but tell where one may join
        else:
            key = any(16 <= kind >> 1 & 63 < 22 for kind in kinds)
        return body if key else b""


def _video(tables: dict[int, bytes]) -> tuple[int, str]:
    """Find the first video a program table names that we can read; -1 while the tables are not there."""
    for pid, table in tables.items():
        if pid == 0 or len(table) < 2:
            continue
        section = table[1 + table[0] :]
        if len(section) < 12 or section[0] != 2:
            continue
        end = min(3 + ((section[1] & 15) << 8 | section[2]) - 4, len(section))
        at = 12 + ((section[10] & 15) << 8 | section[11])
        while at + 5 <= end:
            if codec := _CODECS.get(section[at]):
                return (section[at + 1] & 31) << 8 | section[at + 2], codec
            at += 5 + ((section[at + 3] & 15) << 8 | section[at + 4])
    return -1, ""
