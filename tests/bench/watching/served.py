"""
The clips by HTTP and RTSP, in a process of their own: `python -m tests.bench.watching.served FILE`.

Every address of 127.0.0.0/8 is one camera: /master.m3u8 with three sizes, /1080.m3u8, /still.jpg, and by RTSP
/h264-1080 and the like. Streams are played as fast as a camera does; with /late/ before the name they begin in the
middle between two keyframes.
"""

import asyncio
import json
import pickle
import struct
import sys
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvloop

from demo import transport
from demo.messages import Request, reply, take
from tests.bench.watching.clips import FPS, GOP, GOP_S, GOPS, SIZES, Clips
from tests.bench.watching.nation import listening

_STREAM_TYPE = 0x1B
_LISTED = 3


class Server:
    """What is served, and how many bytes went out."""

    def __init__(self, clips: Clips) -> None:
        self.clips, self.sent = clips, Counter[str]()
        self.segment = lru_cache(maxsize=24)(self._segment)

    def _segment(self, lines: int, number: int) -> bytes:
        start = number % GOPS * GOP
        pictures = self.clips.streams[f"h264-{lines}"][start : start + GOP]
        first = number * GOP_S * transport.CLOCK_HZ
        pts = [first + index * transport.CLOCK_HZ // FPS for index in range(GOP)]
        return transport.segment(pictures, pts, _STREAM_TYPE, number)

    def get(self, request: Request) -> bytes:
        """Answer an HTTP request."""
        name = request.place[-1]
        if name == "sent":
            sent, self.sent = dict(self.sent), Counter()
            return reply(request, 200, json.dumps(sent).encode(), "application/json")
        if name == "still.jpg":
            return reply(request, 200, self.clips.jpeg, "image/jpeg")
        if name == "master.m3u8":
            return reply(request, 200, _master(), "application/vnd.apple.mpegurl")
        if name.endswith(".m3u8"):
            return reply(request, 200, _playlist(name.partition(".")[0]), "application/vnd.apple.mpegurl")
        lines, number = map(int, name.removesuffix(".ts").split("-"))
        body, wanted = self.segment(lines, number), request.headers.get("range", "")
        if not wanted:
            return reply(request, 200, body, "video/mp2t")
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = body[int(first) : int(last or len(body)) + 1]
        where = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        return reply(request, 206, part, "video/mp2t", Content_Range=where)


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server, self.buffer, self.playing = server, bytearray(), False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self.transport: Any = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Stop playing."""
        self.playing = False

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self.buffer += data
        while (request := take(self.buffer)) is not None:
            self._send(self._rtsp(request) if request.is_rtsp else self.server.get(request))

    def _send(self, data: bytes) -> None:
        self.server.sent["bytes"] += len(data)
        self.transport.write(data)

    def _rtsp(self, request: Request) -> bytes:
        name = next((part for part in request.place if part in self.server.clips.streams), "")
        if request.method == "DESCRIBE":
            return reply(request, 200, _description(self.server.clips, name), "application/sdp",
                         Content_Base=request.target.rstrip("/") + "/")  # fmt: skip
        if request.method == "SETUP":
            return reply(request, 200, Transport="RTP/AVP/TCP;unicast;interleaved=0-1", Session="17;timeout=60")
        self.playing = request.method == "PLAY"
        if self.playing:
            first = GOP // 2 if "late" in request.place else 0
            asyncio.get_running_loop().call_soon(self._play, name, first, time.monotonic(), 0, 0)
        return reply(request, 200, Session="17")

    def _play(self, name: str, index: int, began: float, number: int, done: int) -> None:
        if not self.playing:
            return
        pictures = self.server.clips.streams[name]
        hevc = name.startswith("h265")
        packets = list(transport.rtp(pictures[index % len(pictures)], 3_600 * index, number, 1, hevc=hevc))
        self._send(b"".join(struct.pack(">BBH", 0x24, 0, len(packet)) + packet for packet in packets))
        wait_s = began + (done + 1) / FPS - time.monotonic()
        loop = asyncio.get_running_loop()
        loop.call_later(max(wait_s, 0), self._play, name, index + 1, began, number + len(packets), done + 1)


@lru_cache(maxsize=1)
def _master() -> bytes:
    rows = [
        f"#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={columns}x{lines}\n{lines}.m3u8"
        for lines, (columns, rate) in sorted(SIZES.items(), reverse=True)
    ]
    return "\n".join(["#EXTM3U", *rows, ""]).encode()


def _playlist(lines: str) -> bytes:
    newest = int(time.time()) // GOP_S
    rows = [f"#EXTINF:{GOP_S}.0,\n{lines}-{newest - _LISTED + 1 + one}.ts" for one in range(_LISTED)]
    head = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{GOP_S}"]
    return "\n".join([*head, f"#EXT-X-MEDIA-SEQUENCE:{newest - _LISTED + 1}", *rows, ""]).encode()


def _description(clips: Clips, name: str) -> bytes:
    codec = "H265" if name.startswith("h265") else "H264"
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=bench", "t=0 0", "m=video 0 RTP/AVP 96",
             f"a=rtpmap:96 {codec}/90000", "a=control:track1", ""]  # fmt: skip
    assert name in clips.streams
    return "\r\n".join(lines).encode()


async def _serve(clips: Clips) -> None:
    server, loop = Server(clips), asyncio.get_running_loop()
    with listening(0) as listener:
        await loop.create_server(lambda: Wire(server), sock=listener, backlog=1024)
        sys.stdout.write(f"clips served on {listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(pickle.loads(Path(sys.argv[1]).read_bytes())))
