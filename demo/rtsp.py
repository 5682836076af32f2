"""RTSP of one connection (RFC 2326): what it answers, and the packets of what it plays."""

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
_CLIENT_PORT = re.compile(r"RTP/AVP(?:/UDP)?;.*\bclient_port=(\d{1,5})-(\d{1,5})")


class Session:
    """
    One viewer of one camera.

    Attributes
    ----------
    playing
        Whether pictures are to be sent.
    interval_s
        Time from one picture to the next.
    client_port
        Where packets are to be sent by datagrams; None where they go over the connection itself.
    """

    interval_s = 1 / FPS

    def __init__(self, clips: Clips, fault_of: Callable[[str], Fault], server_ports: tuple[int, int]) -> None:
        self._clips, self._fault_of, self._server_ports = clips, fault_of, server_ports
        self.client_port: int | None = None
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
            by_datagrams = fault.kind is FaultKind.UDP_ONLY
            return self._set_up_datagrams(request) if by_datagrams else self._set_up(request)
        if self._id is None or request.headers.get("session", "").partition(";")[0] != self._id:
            return reply(request, 454)
        return self._control(request, at_s)

    def _set_up(self, request: Request) -> bytes:
        wanted = _CHANNEL.search(request.headers.get("transport", ""))
        if wanted is None or int(wanted[1]) > 254:
            return reply(request, 461)
        self._channel, self.client_port = int(wanted[1]), None
        return self._ready(request, f"RTP/AVP/TCP;unicast;interleaved={self._channel}-{self._channel + 1}")

    def _set_up_datagrams(self, request: Request) -> bytes:
        wanted = _CLIENT_PORT.search(request.headers.get("transport", ""))
        if wanted is None or not 1024 <= int(wanted[1]) < 2**16:
            return reply(request, 461)
        self.client_port = int(wanted[1])
        ours = "{}-{}".format(*self._server_ports)
        return self._ready(request, f"RTP/AVP;unicast;client_port={wanted[1]}-{wanted[2]};server_port={ours}")

    def _ready(self, request: Request, way: str) -> bytes:
        self._id = self._id or secrets.token_hex(8)
        line = f"{way};ssrc={self._source:08X}"
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

    def picture(self, index: int) -> list[bytes]:
        """Packets of a picture, counted from the keyframe that PLAY begins with; may be none."""
        number, place = self._first + index // FRAMES, index % FRAMES
        if place == 0:
            fault = self._fault_of(self.code)
            stalled = fault.kind is FaultKind.STALLED
            shown = rtsp_view(self.code, fault, sub=self._sub)
            self._hevc = shown.codec is Codec.HEVC
            self._pictures = [] if stalled else self._clips.pictures(shown, number)
        if not self._pictures:
            return []
        stamp = number * SEGMENT_S * transport.CLOCK_HZ + place * transport.CLOCK_HZ // FPS
        packets = list(transport.rtp(self._pictures[place], stamp, self._number, self._source, hevc=self._hevc))
        self._number += len(packets)
        return packets

    def interleave(self, packets: list[bytes]) -> bytes:
        """Packets as they go over the connection itself."""
        return b"".join(struct.pack(">BBH", 0x24, self._channel, len(packet)) + packet for packet in packets)
