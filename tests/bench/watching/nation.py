"""
A nation of simulated cameras on 127.0.0.0/8, as cheap as they can be: canned bytes, no parsing worth the name.

`python -m tests.bench.watching.nation --cameras N --port P`. Camera i has an address of its own, 127.x.y.z. They
stream by HLS, RTSP or moving JPEG, or have a still only, in the shares of the demo.
GET /counts answers what was asked so far, and how far apart the looks at each camera were.
"""

import argparse
import asyncio
import io
import json
import signal
import socket
import struct
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvloop
from PIL import Image

from demo import transport
from demo.answers import description
from demo.clips import SEGMENT_S, Clips, View, clips
from demo.hookups import build_of
from demo.scenes import SCENES, draw, enlarged

PICTURES = 16  # of each scene, taken in turn: a camera's next picture is never the one before
SCALE = 2  # of a snapshot, in times of 640 x 360
GAPS_S = 600  # longest gap between two looks that is told from longer ones
_RESET = struct.pack("ii", 1, 0)
_BOUNDARY = b"--takhai\r\nContent-Type: image/jpeg\r\n\r\n"


def kind_of(number: int) -> str:
    """Return what a camera is: hls, rtsp, mjpeg or still; of 100 neighbours 55, 25, 8 and 12."""
    place = number * 37 % 100
    return "hls" if place < 55 else "rtsp" if place < 80 else "mjpeg" if place < 88 else "still"


def fault_of(number: int) -> str:
    """What is wrong with a camera for good: of 150 each one is silent, dead or gone; "" for the others."""
    return {13: "silent", 46: "dead", 79: "gone"}.get(number * 53 // 100 % 150, "")


def has_snapshot(number: int) -> bool:
    """Whether it has a still beside its stream: half of HLS, 40 % of RTSP, 30 % of MJPEG."""
    share = {"hls": 50, "rtsp": 40, "mjpeg": 30, "still": 100}[kind_of(number)]
    return number * 7919 // 100 % 100 < share


def has_substream(number: int) -> bool:
    """Whether it has a small RTSP stream."""
    return kind_of(number) == "rtsp" and build_of(f"N-N-{number}").substream


def host_of(number: int) -> str:
    """Address of a camera on the loop: 127.1.0.1 and on, 254 in each /24."""
    net, last = divmod(number, 254)
    return f"127.{1 + net // 256}.{net % 256}.{last + 1}"


def addresses_of(number: int, port: int) -> dict[str, str | None]:
    """Stream, snapshot and substream of a camera."""
    host, kind = f"{host_of(number)}:{port}", kind_of(number)
    stream = {"hls": f"http://{host}/{number}/live.m3u8", "rtsp": f"rtsp://{host}/{number}",
              "mjpeg": f"http://{host}/{number}/live.mjpg", "still": None}[kind]  # fmt: skip
    snapshot = f"http://{host}/{number}/still.jpg" if has_snapshot(number) else None
    return {
        "stream": stream,
        "snapshot": snapshot,
        "substream": f"{stream}/sub" if has_substream(number) else None,
    }


class Nation:
    """What all its cameras say, and what they were asked."""

    def __init__(self, cameras: int, silent_every: int) -> None:
        self.silent_every = silent_every
        self.counts: Counter[str] = Counter()
        self.looks, self.since_s = 0, time.monotonic()
        self.looked = array("d", bytes(8 * cameras))
        self.gaps = array("q", bytes(8 * (GAPS_S + 1)))  # by whole seconds
        made = clips()
        self.segments = [
            [_segment(made, scene, place) for place in range(PICTURES)] for scene in range(len(SCENES))
        ]
        self.stills = [[_still(scene, place) for place in range(PICTURES)] for scene in range(len(SCENES))]
        self.keys = [[_packets(made, scene, place) for place in range(PICTURES)] for scene in range(len(SCENES))]
        self.sdp = _description(made)
        self._listed: tuple[int, bytes] = (0, b"")

    def fault(self, number: int) -> str:
        """What is wrong with a camera."""
        if self.silent_every:
            return "" if number % self.silent_every else "silent"
        return fault_of(number)

    def look(self, number: int) -> None:
        """Take down that a camera was looked at."""
        now_s = time.monotonic()
        before_s = self.looked[number]
        if before_s:
            self.gaps[min(int(now_s - before_s), GAPS_S)] += 1
        self.looked[number] = now_s
        self.looks += 1

    def playlist(self) -> bytes:
        """Live playlist of this moment, the same for all."""
        newest = int(time.time()) // SEGMENT_S
        if self._listed[0] != newest:
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime((newest - 2) * SEGMENT_S))
            rows = "".join(f"#EXTINF:{SEGMENT_S}.0,\nseg-{newest - 2 + one}.ts\n" for one in range(3))
            text = (
                f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n"
                f"#EXT-X-MEDIA-SEQUENCE:{newest - 2}\n#EXT-X-PROGRAM-DATE-TIME:{at}.000Z\n{rows}"
            ).encode()
            self._listed = newest, _http(text, b"application/vnd.apple.mpegurl")
        return self._listed[1]

    def told(self) -> dict[str, Any]:
        """What was asked since this was asked before: looks, their gaps, and gaps that still go on by now. [s]"""
        now_s = time.monotonic()
        waits = array("q", bytes(8 * (GAPS_S + 1)))
        for number, at_s in enumerate(self.looked):
            if not self.fault(number):
                waits[min(int(now_s - (at_s or self.since_s)), GAPS_S)] += 1
        found = {"counts": dict(self.counts), "looks": self.looks, "gaps": list(self.gaps), "waits": list(waits)}
        self.gaps, self.looks = array("q", bytes(8 * (GAPS_S + 1))), 0
        return found


class Camera(asyncio.Protocol):
    """One connection to any camera; its address says which."""

    def __init__(self, nation: Nation) -> None:
        self.nation, self.rest = nation, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head, self.rest = self.rest[:end], self.rest[end + 4 :]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        """Answer a request by its first line."""
        method, target, _ = head.split(b" ", 2)
        if target.startswith(b"/counts"):
            self.transport.write(_http(json.dumps(self.nation.told()).encode(), b"application/json"))
            return
        path = target[target.index(b"/", 8) + 1 :] if target.startswith(b"rtsp") else target[1:]
        place, _, name = path.partition(b"/")
        number = int(place)
        self.nation.counts[f"{method.decode()} {name.decode() if method == b'GET' else ''}"[:12].strip()] += 1
        if fault := self.nation.fault(number):
            self._fail(fault, number, head)
        elif method == b"GET":
            self._http(number, name, head)
        else:
            self._rtsp(method, number, head)

    def _fail(self, fault: str, number: int, head: bytes) -> None:
        if fault == "dead":
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()
        elif fault == "gone":
            cseq = _cseq(head)
            self.transport.write(
                b"RTSP/1.0 404 Not Found\r\nCSeq: %b\r\n\r\n" % cseq
                if cseq
                else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            )

    def _http(self, number: int, name: bytes, head: bytes) -> None:
        nation, scene = self.nation, number % len(SCENES)
        if name == b"live.m3u8":
            nation.look(number)
            self.transport.write(nation.playlist())
        elif name == b"still.jpg":
            if kind_of(number) == "still":
                nation.look(number)
            self.transport.write(_http(nation.stills[scene][_turn(number)], b"image/jpeg"))
        elif name == b"live.mjpg":
            nation.look(number)
            part = _BOUNDARY + nation.stills[scene][_turn(number)] + b"\r\n"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=takhai\r\n\r\n"
            self.transport.write(head + part + _BOUNDARY)
        elif name.startswith(b"seg-"):
            body = nation.segments[scene][_turn(number)]
            at = head.lower().find(b"range: bytes=")
            if at < 0:
                self.transport.write(_http(body, b"video/mp2t"))
                return
            first, _, last = head[at + 13 :].split(b"\r\n", 1)[0].partition(b"-")
            part = body[int(first) : int(last or len(body)) + 1]
            where = b"Content-Range: bytes %b-%d/%d\r\n" % (first, int(first) + len(part) - 1, len(body))
            self.transport.write(_http(part, b"video/mp2t", b"206 Partial Content", where))
        else:
            self.transport.write(_http(b"", b"text/plain", b"404 Not Found"))

    def _rtsp(self, method: bytes, number: int, head: bytes) -> None:
        cseq = _cseq(head)
        ok = b"RTSP/1.0 200 OK\r\nCSeq: %b\r\n" % cseq
        if method == b"OPTIONS":
            self.transport.write(ok + b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n")
        elif method == b"DESCRIBE":
            self.nation.look(number)
            self.transport.write(
                ok + b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(self.nation.sdp)
                + self.nation.sdp
            )  # fmt: skip
        elif method == b"SETUP":
            self.transport.write(ok + b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n")
        else:
            self.transport.write(ok + b"Session: 1\r\n\r\n")
            if method == b"PLAY":
                self.transport.write(self.nation.keys[number % len(SCENES)][_turn(number)])


def _turn(number: int) -> int:
    """Which of its pictures a camera shows at this moment."""
    return (int(time.time()) // 7 + number) % PICTURES


def _cseq(head: bytes) -> bytes:
    at = head.find(b"CSeq: ")
    return head[at + 6 :].split(b"\r\n", 1)[0] if at >= 0 else b""


def _http(body: bytes, kind: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n%b" % (
        status, kind, len(body), more, body,
    )  # fmt: skip


def _moment(place: int) -> float:
    """Unix time at noon in Bangkok of one of the pictures."""
    return 1_795_410_000.0 + SEGMENT_S * place


def _segment(made: Clips, scene: int, place: int) -> bytes:
    return made.segment(View(scene), int(_moment(place)) // SEGMENT_S)


def _still(scene: int, place: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(enlarged(draw(scene, _moment(place), night=False), SCALE)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _packets(made: Clips, scene: int, place: int) -> bytes:
    """Keyframe as interleaved RTP, and the first packet of the next picture."""
    pictures = made.pictures(View(scene), int(_moment(place)) // SEGMENT_S)[:2]
    sent, number = b"", 0
    for index, picture in enumerate(pictures):
        for packet in transport.rtp(picture, 3_000 * index, number, 1):
            sent += struct.pack(">BBH", 0x24, 0, len(packet)) + packet
            number += 1
    return sent


def _description(made: Clips) -> bytes:
    return description(made, "N-N-1", sub=True)


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Socket that hears all of 127.0.0.0/8 and nobody else: bound to the loop's own device."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        listener.bind(("0.0.0.0", port))
        yield listener


async def _serve(cameras: int, port: int, silent_every: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    nation = Nation(cameras, silent_every)
    with listening(port) as listener:
        server = await loop.create_server(lambda: Camera(nation), sock=listener, backlog=8192)
        sys.stdout.write(f"nation ready on {listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await stop.wait()
        server.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="A nation of simulated cameras on 127.0.0.0/8.")
    parser.add_argument("--cameras", type=int, default=377_000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--silent-every", type=int, default=0, help="each Nth is a black hole, the others answer")
    chosen = parser.parse_args()
    uvloop.run(_serve(chosen.cameras, chosen.port, chosen.silent_every))


if __name__ == "__main__":
    main()
