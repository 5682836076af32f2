"""RTSP over TCP of one connection (RFC 2326): what it answers, and the packets of what it plays."""

import re
import secrets
import struct
from collections.abc import Callable

from demo import transport
from demo.answers import description, rtsp_view
from demo.clips import FPS, FRAMES, SEGMENT_S, Clips, Codec
from demo.faults import Fault, FaultKind
from demo.messages import Request, http_date, reply
from demo.signin import is_welcome, unauthorised

_CHANNEL = re.compile(r"RTP/AVP/TCP\b.*\binterleaved=(\d{1,3})-\d{1,3}")


class Session:
    """
    One viewer of one camera.

    Attributes
    ----------
    playing
        Whether pictures are to be sent.
    interval_s
        Time from one picture to the next.
    """

    interval_s = 1 / FPS

    def __init__(self, clips: Clips, fault_of: Callable[[str], Fault]) -> None:
        self._clips, self._fault_of = clips, fault_of
        self.code, self.playing, self._sub, self._hevc = "", False, False, False
        self._id: str | None = None
        self._channel = self._number = self._first = 0
        self._source = secrets.randbits(32)
        self._pictures: list[bytes] = []

    def answer(self, request: Request, fault: Fault, at_s: float) -> bytes:
        """Answer one request."""
        if request.code:
            self.code, self._sub = request.code, request.place[2:3] == ["sub"]
        if request.method == "OPTIONS":
            return reply(request, 200, Public="OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN")
        if not is_welcome(request, fault.kind):
            return unauthorised(request, fault.kind)
        if not request.target.startswith("rtsp://"):  # RFC 2326, 3.2: addresses are whole
            return reply(request, 400)
        if request.method == "DESCRIBE":
            base = f"{request.target.rstrip('/')}/"
            if fault.kind is FaultKind.ODD_BASE:
                base = f"/{'/'.join(request.place)}/"
            body = description(self._clips, self.code, sub=self._sub)
            dated = http_date(int(at_s))
            return reply(request, 200, body, "application/sdp", Content_Base=base, Date=dated)
        if request.method == "SETUP":
            return reply(request, 461) if fault.kind is FaultKind.UDP_ONLY else self._set_up(request)
        if self._id is None or request.headers.get("session", "").partition(";")[0] != self._id:
            return reply(request, 454)
        return self._control(request, at_s)

    def _set_up(self, request: Request) -> bytes:
        wanted = _CHANNEL.search(request.headers.get("transport", ""))
        if wanted is None or int(wanted[1]) > 254:
            return reply(request, 461)
        self._channel, self._id = int(wanted[1]), self._id or secrets.token_hex(8)
        line = f"RTP/AVP/TCP;unicast;interleaved={self._channel}-{self._channel + 1};ssrc={self._source:08X}"
        return reply(request, 200, Transport=line, Session=f"{self._id};timeout=60")

    def _control(self, request: Request, at_s: float) -> bytes:
        session = str(self._id)
        if request.method == "PLAY":
            self.playing, self._number, self._first = True, 0, int(at_s) // SEGMENT_S
            stamp = self._first * SEGMENT_S * transport.CLOCK_HZ % 2**32
            info = f"url={request.target.rstrip('/')}/track1;seq=0;rtptime={stamp}"
            return reply(request, 200, Session=session, Range="npt=now-", RTP_Info=info)
        if request.method == "GET_PARAMETER":
            return reply(request, 200, Session=session)
        if request.method in ("PAUSE", "TEARDOWN"):
            self.playing = False
            self._id = session if request.method == "PAUSE" else None
            return reply(request, 200, Session=session)
        return reply(request, 405, Allow="OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN")

    def picture(self, index: int) -> bytes:
        """Interleaved packets of a picture, counted from the keyframe that PLAY begins with; may be none."""
        number, place = self._first + index // FRAMES, index % FRAMES
        if place == 0:
            fault = self._fault_of(self.code)
            stalled = fault.kind is FaultKind.STALLED
            shown = rtsp_view(self.code, fault, sub=self._sub)
            self._hevc = shown.codec is Codec.HEVC
            self._pictures = [] if stalled else self._clips.pictures(shown, number)
        if not self._pictures:
            return b""
        stamp = number * SEGMENT_S * transport.CLOCK_HZ + place * transport.CLOCK_HZ // FPS
        packets = list(transport.rtp(self._pictures[place], stamp, self._number, self._source, hevc=self._hevc))
        self._number += len(packets)
        return b"".join(struct.pack(">BBH", 0x24, self._channel, len(packet)) + packet for packet in packets)
