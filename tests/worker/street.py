"""A small server of cameras for the worker's tests: real sockets, real encoded video, faults by path."""

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

import av
import numpy as np
from PIL import Image

Reply = bytes | Callable[[str, dict[str, str]], bytes | Awaitable[bytes | None] | None]
START = b"\0\0\0\1"


def picture(width: int = 640, height: int = 360, seed: int = 0) -> np.ndarray:
    """A scene with edges and noise, like a street by day."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    scene = 110 + 70 * ((x // 40 + y // 40) % 2) + rng.normal(0, 12, (height, width))
    return np.repeat(scene.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def jpeg(pixels: np.ndarray | None = None) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture() if pixels is None else pixels).save(out, "JPEG", quality=85)
    return out.getvalue()


@cache
def clip(codec: str = "libx264", form: str = "mpegts", frames: int = 10) -> bytes:
    """A short clip that begins with a keyframe."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.time_base = Fraction(1, 5)
        stream.options = {"preset": "ultrafast", "x265-params": "log-level=none"}
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(seed=number), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


@cache
def units(codec: str) -> list[bytes]:
    """NAL units of a keyframe, parameters first, as RTSP sends them."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = 640, 360, "yuv420p"
    context.time_base = Fraction(1, 5)
    context.options = {"preset": "ultrafast", "x265-params": "log-level=none:repeat-headers=1"}
    packets = [*context.encode(av.VideoFrame.from_ndarray(picture(), "rgb24")), *context.encode(None)]
    stream = bytes(packets[0]).replace(START, b"\0\0\1")
    return [unit for unit in stream.split(b"\0\0\1") if unit]


def rtp(codec: str, nal: list[bytes], *, first: int = 100) -> bytes:
    """Interleaved RTP packets of one picture, numbered from `first`."""
    packets: list[bytes] = []
    for unit in nal:
        if len(unit) <= 1200:
            packets.append(unit)
            continue
        header = 1 if codec == "h264" else 2
        kind = unit[0] & 31 if codec == "h264" else (unit[0] >> 1) & 63
        pieces = [unit[i : i + 1200] for i in range(header, len(unit), 1200)]
        for number, piece in enumerate(pieces):
            flags = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0) | kind
            lead = (
                bytes([unit[0] & 0xE0 | 28, flags])
                if codec == "h264"
                else bytes([unit[0] & 0x81 | 49 << 1, unit[1], flags])
            )
            packets.append(lead + piece)
    sent = b""
    for number, payload in enumerate(packets):
        marker = 0x80 if number == len(packets) - 1 else 0
        packet = (
            bytes([0x80, 96 | marker]) + (first + number).to_bytes(2) + first.to_bytes(4) + b"\0\0\0\1" + payload
        )
        sent += b"$\0" + len(packet).to_bytes(2) + packet
    return sent


def http(body: bytes, kind: str = "image/jpeg", status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def playlist(sequence: int, *, date: datetime | None = None, segment: str = "seg.ts", target: int = 2) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{target}", f"#EXT-X-MEDIA-SEQUENCE:{sequence}"]
    for number in (sequence, sequence + 1):
        if date is not None:
            lines.append(
                f"#EXT-X-PROGRAM-DATE-TIME:{(date + timedelta(seconds=2 * (number - sequence))).isoformat()}"
            )
        lines += ["#EXTINF:2.0,", f"{segment}?n={number}"]
    return http("\n".join([*lines, ""]).encode(), "application/vnd.apple.mpegurl")


class Street:
    """Cameras by path, on one port of 127.0.0.1, in a thread of their own."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Street":
        self._thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", self.port), self._loop
        ).result(10)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self.server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def url(self, path: str, scheme: str = "http", login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, uri, _ = lines[0].split(" ")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
        path = uri.partition(f":{self.port}")[2] if "://" in uri else uri
        self.requests.append((method, path, headers))
        reply = self.replies.get(path.partition("?")[0].partition("/track")[0], http(b"", status="404 Not Found"))
        if callable(reply):
            reply = reply(method, headers)
        if not isinstance(reply, bytes | None):
            reply = await reply
        if reply is None:
            return False
        writer.write(reply)
        await writer.drain()
        if reply.startswith(b"RTSP"):
            return True
        await asyncio.sleep(0.05)
        return False


def rtsp_camera(codec: str = "h264", *, after_play: bytes | None = None) -> Reply:
    """A camera that answers OPTIONS, DESCRIBE, SETUP and PLAY and then sends one keyframe."""
    encoder, name = ("libx264", "H264") if codec == "h264" else ("libx265", "H265")

    def answer(method: str, headers: dict[str, str]) -> bytes:
        head = f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n"
        if method == "DESCRIBE":
            sdp = f"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\na=control:track1\r\n"
            return f"{head}Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}".encode()
        if method == "SETUP":
            return f"{head}Session: 12;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n".encode()
        sent = (rtp(codec, units(encoder)) if after_play is None else after_play) if method == "PLAY" else b""
        return f"{head}\r\n".encode() + sent

    return answer


def now() -> datetime:
    return datetime.now(UTC)
