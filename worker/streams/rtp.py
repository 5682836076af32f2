"""
RTP packets, in their order again -> the first whole keyframe; pure.

H.264 by RFC 6184, H.265 by RFC 7798, MPEG-4 by RFC 6416, JPEG by RFC 2435.
"""

from dataclasses import dataclass, field

from worker.streams import mjpeg

START = b"\0\0\0\1"
MAX_FRAME = 8_000_000
_WHOLE = ("mpeg4", "mjpeg")  # whose payloads are not cut into units
_PICTURE = b"\0\0\1\xb6"  # in MPEG-4; the next two bits are its kind, 0 for a keyframe
WINDOW = 16  # packets that may come while one is waited for


@dataclass
class InOrder:
    """Puts packets that came by datagrams in their order; one that does not come in time is left out."""

    _next: int | None = None
    _held: dict[int, bytes] = field(default_factory=dict)
    _late: int = 0

    def push(self, packet: bytes) -> list[bytes]:
        """Packets whose turn it is, now that this one has come."""
        number = int.from_bytes(packet[2:4])
        if self._next is None:
            self._next = number
        if self._ahead(number) >= 0x8000:  # it came twice or too late; many such: the camera counts anew
            self._late += 1
            if self._late <= WINDOW:
                return []
            self._next, self._held = number, {}
        self._late = 0
        self._held[number] = packet
        if len(self._held) > WINDOW:
            self._next = min(self._held, key=self._ahead)
        ready: list[bytes] = []
        while self._next in self._held:
            ready.append(self._held.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return ready

    def _ahead(self, number: int) -> int:
        return (number - (self._next or 0)) & 0xFFFF


@dataclass
class KeyframeFinder:
    """Takes packets in their order; a lost one spoils its picture, and the next keyframe is waited for."""

    codec: str  # "h264", "hevc", "mpeg4" or "mjpeg"
    parameters: bytes = b""  # of sequence and picture, from the description, as they stand before a keyframe
    every: bool = False  # whether the whole pictures after the first keyframe are wanted too
    _going: bool = False
    _units: list[bytes] = field(default_factory=list)
    _fragment: bytearray | None = None
    _next: int | None = None
    _stamp: bytes = b""
    _whole: bool = True

    def push(self, packet: bytes) -> bytes | None:
        """Keyframe with its parameters (of H.264 and H.265 as Annex B), once this packet completes one."""
        payload = _payload(packet)
        if payload is None:
            return None
        sequence, marker = int.from_bytes(packet[2:4]), bool(packet[1] & 0x80)
        if packet[4:8] != self._stamp:
            self._begin(packet[4:8])
        if self._next is not None and sequence != self._next:
            self._whole = False
        self._next = (sequence + 1) & 0xFFFF
        self._take(payload)
        if not marker:
            return None
        found = self._keyframe()
        self._begin(b"")
        return found

    def _begin(self, stamp: bytes) -> None:
        self._units, self._fragment, self._stamp, self._whole = [], None, stamp, True

    def _take(self, payload: bytes) -> None:
        if self.codec in _WHOLE:
            self._units.append(payload)
        else:
            self._take_units(payload)
        if sum(map(len, self._units)) + len(self._fragment or b"") > MAX_FRAME:
            self._begin(self._stamp)
            self._whole = False

    def _take_units(self, payload: bytes) -> None:
        header = 1 if self.codec == "h264" else 2
        if len(payload) <= header:
            return
        kind = self._kind(payload[0])
        if kind == (24 if self.codec == "h264" else 48):
            self._take_several(payload[header:])
        elif kind == (28 if self.codec == "h264" else 49):
            self._take_fragment(payload, header)
        else:
            self._units.append(payload)

    def _take_several(self, rest: bytes) -> None:
        while len(rest) > 2:
            length = int.from_bytes(rest[:2])
            self._units.append(rest[2 : 2 + length])
            rest = rest[2 + length :]

    def _take_fragment(self, payload: bytes, header: int) -> None:
        flags = payload[header]
        if flags & 0x80:
            if self.codec == "h264":
                first = bytes([(payload[0] & 0xE0) | (flags & 0x1F)])
            else:
                first = bytes([(payload[0] & 0x81) | (flags & 0x3F) << 1, payload[1]])
            self._fragment = bytearray(first)
        if self._fragment is None:
            self._whole = False
            return
        self._fragment += payload[header + 1 :]
        if flags & 0x40:
            self._units.append(bytes(self._fragment))
            self._fragment = None

    def _keyframe(self) -> bytes | None:
        if self.codec == "mjpeg":
            return mjpeg.join(self._units) if self._whole else None
        if self.codec == "mpeg4":
            return self._visual(b"".join(self._units))
        kinds = [self._kind(unit[0]) for unit in self._units if unit]
        key = (5,) if self.codec == "h264" else tuple(range(16, 22))
        sets = (7, 8) if self.codec == "h264" else (32, 33, 34)
        within = [unit for unit in self._units if unit]
        if any(kind in sets for kind in kinds) and not any(kind in key for kind in kinds):
            # Some cameras send their parameters as a picture of their own just before the keyframe.
            self.parameters = b"".join(START + u for u in within if self._kind(u[0]) in sets)
        whole = self._whole and self._fragment is None and self._begins(within)
        if whole and any(kind in key for kind in kinds):
            self._going = self.every
            return self.parameters + b"".join(START + unit for unit in within)
        self._going = self._going and whole  # after a loss the next keyframe is waited for
        return b"".join(START + unit for unit in within) if self._going and within else None

    def _visual(self, body: bytes) -> bytes | None:
        """Picture of MPEG-4, whose packets are cut out of its stream as it is."""
        whole = self._whole and body.startswith(b"\0\0\1")
        picture = body.find(_PICTURE)
        if whole and picture < 0:
            self.parameters = body
            return None
        if whole and body[picture + 4 : picture + 5] < b"\x40":
            self._going = self.every
            return self.parameters + body
        self._going = self._going and whole
        return body if self._going else None

    def _begins(self, units: list[bytes]) -> bool:
        """Whether the first slice among some units is the first of its picture: else what came before is lost."""
        header, last = (1, 5) if self.codec == "h264" else (2, 31)
        first = next((u for u in units if self._kind(u[0]) <= last and (header == 2 or self._kind(u[0]))), None)
        return first is None or (len(first) > header and bool(first[header] & 0x80))

    def _kind(self, first: int) -> int:
        return first & 0x1F if self.codec == "h264" else (first >> 1) & 0x3F


def _payload(packet: bytes) -> bytes | None:
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    begin, end = 12 + 4 * (packet[0] & 0x0F), len(packet)
    if packet[0] & 0x10:
        if len(packet) < begin + 4:
            return None
        begin += 4 + 4 * int.from_bytes(packet[begin + 2 : begin + 4])
    if packet[0] & 0x20:
        end -= packet[-1]
    return packet[begin:end] if begin < end else None
