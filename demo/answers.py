"""What a simulated camera answers: playlist, segment, still, description; and the desk that takes faults."""

import base64
import json
import random
import re
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from demo import transport
from demo.clips import FPS, SEGMENT_S, Clips, Codec, View
from demo.faults import WORKS, Fault, FaultKind, Faults
from demo.hookups import build_of
from demo.messages import Request, code_of, http_date, reply
from demo.scenes import HEIGHT, SCENES, WIDTH, Look
from demo.signin import is_welcome, unauthorised

LISTED = 5  # segments in a playlist
_KEPT = 30  # segments that can still be fetched
_HEVC_EVERY = 25  # one camera in so many codes its HLS as H.265
_STILL_S = 2  # a still changes this often
BOUNDARY = "takhai"
GARBAGE_BYTES = 2_000
_LADDER = {360: (1, 600_000), 720: (2, 2_500_000), 1080: (3, 5_000_000)}  # lines: scale, bandwidth
_LISTED = re.compile(r"live(?:-(720|1080))?\.m3u8")
_SEGMENT = re.compile(r"seg-(?:(720|1080)-)?(\d{1,12})\.ts")
MJPEG_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n\r\n".encode()


def view(code: str, fault: Fault, *, hevc: bool = False, scale: int = 1) -> View:
    """Return what a camera shows; the same code always stands in the same street."""
    number = zlib.crc32(code.encode())
    look = Look(fault.kind.value) if fault.kind.value in set(Look) else Look.CLEAR
    stands = fault.kind in (FaultKind.FROZEN, FaultKind.STUCK)
    frozen_at = float(int(fault.since)) if stands else None
    scene, codec = (0, Codec.HEVC) if hevc else (number % len(SCENES), Codec.H264)
    return View(scene, codec, look, frozen_at, fault.kind is FaultKind.STUCK, scale)


def codes_hevc(code: str) -> bool:
    """Whether a camera codes its small HLS as H.265."""
    return zlib.crc32(code.encode()) // 64 % _HEVC_EVERY == 0


def rtsp_view(code: str, fault: Fault, *, sub: bool) -> View:
    """Return what a camera plays by RTSP: its large picture or the small one."""
    build = build_of(code)
    return view(code, fault) if sub else view(code, fault, hevc=build.hevc, scale=build.scale)


def http(clips: Clips, request: Request, code: str, fault: Fault, at_s: float) -> bytes:
    """Answer of a camera to an HTTP request at a Unix time, but for what does not end."""
    name = request.place[2] if len(request.place) == 3 else ""
    if request.method not in ("GET", "HEAD"):
        return reply(request, 405, Allow="GET, HEAD")
    if not is_welcome(request, fault.kind):
        return unauthorised(request, fault.kind)
    shown_s = min(at_s, fault.since) if fault.kind is FaultKind.STALLED else at_s
    dates = {"Date": http_date(int(at_s)), "Cache_Control": "no-store"}
    if name == "still.jpg":
        taken = int(shown_s) // _STILL_S * _STILL_S
        body = clips.jpeg(view(code, fault), float(taken))
        return reply(request, 200, body, "image/jpeg", Last_Modified=http_date(taken), **dates)
    if name == "master.m3u8":
        return reply(request, 200, _master(), "application/vnd.apple.mpegurl", **dates)
    newest = int(shown_s) // SEGMENT_S - 1
    if listed := _LISTED.fullmatch(name):
        body = _playlist(newest, f"{listed[1]}-" if listed[1] else "")
        return reply(request, 200, body, "application/vnd.apple.mpegurl", **dates)
    segment = _SEGMENT.fullmatch(name)
    if segment and newest - _KEPT < int(segment[2]) <= newest:
        scale = _LADDER[int(segment[1] or HEIGHT)][0]
        shown = view(code, fault, hevc=scale == 1 and codes_hevc(code), scale=scale)
        return _part_of(request, clips.segment(shown, int(segment[2])), dates)
    return reply(request, 404, b"a camera has live.m3u8, master.m3u8, still.jpg and live.mjpg\n")


def _part_of(request: Request, body: bytes, dates: dict[str, str]) -> bytes:
    """Answer with a file, or with the range of it that was asked for."""
    wanted = re.fullmatch(r"bytes=(\d{1,9})-(\d{0,9})", request.headers.get("range", ""))
    if wanted is None:
        return reply(request, 200, body, "video/mp2t", **dates)
    first, last = int(wanted[1]), min(int(wanted[2] or len(body)), len(body) - 1)
    if first > last:
        return reply(request, 416, Content_Range=f"bytes */{len(body)}")
    where = f"bytes {first}-{last}/{len(body)}"
    return reply(request, 206, body[first : last + 1], "video/mp2t", Content_Range=where, **dates)


def garbage(code: str) -> bytes:
    """Bytes that mean nothing, the same for the same camera."""
    return random.Random(code).randbytes(GARBAGE_BYTES)


def elsewhere(request: Request, port: int) -> bytes:
    """Send whoever asks to an address of the machine itself that no list of networks names."""
    scheme = "rtsp" if request.is_rtsp else "http"
    return reply(request, 302, Location=f"{scheme}://[::1]:{port}{'/'.join(['', *request.place])}")


def endless_head(request: Request) -> bytes:
    """Begin a picture that never ends."""
    if request.place[2:] == ["still.jpg"]:
        return b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0"
    return MJPEG_HEAD + f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + b"\xff\xd8\xff\xe0"


def jpeg_part(clips: Clips, code: str, fault: Fault, at_s: float) -> bytes:
    """One picture of moving JPEG."""
    body = clips.jpeg(view(code, fault), float(int(at_s)))
    return (
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
        + b"\r\n"
    )


@lru_cache(maxsize=1)
def _master() -> bytes:
    lines = ["#EXTM3U"]
    for high, (scale, bandwidth) in sorted(_LADDER.items(), reverse=True):
        size = f"{WIDTH * scale}x{HEIGHT * scale}"
        name = f"live-{high}.m3u8" if scale > 1 else "live.m3u8"
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={size}", name]
    return "\n".join([*lines, ""]).encode()


@lru_cache(maxsize=64)
def _playlist(newest: int, size: str) -> bytes:
    first = newest - LISTED + 1
    began = datetime.fromtimestamp(first * SEGMENT_S, UTC)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{SEGMENT_S}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-PROGRAM-DATE-TIME:{began:%Y-%m-%dT%H:%M:%S}.000Z",
    ]
    for number in range(first, newest + 1):
        lines += [f"#EXTINF:{SEGMENT_S:.3f},", f"seg-{size}{number}.ts"]
    return "\n".join([*lines, ""]).encode()


def description(clips: Clips, code: str, *, sub: bool) -> bytes:
    """Session description (SDP) of a camera's video."""
    shown = rtsp_view(code, WORKS, sub=sub)
    hevc = shown.codec is Codec.HEVC
    by_kind = {transport.kind_of(unit, hevc=hevc): unit for unit in transport.units(clips.keyframe(shown, 0.0))}
    text = {kind: base64.b64encode(unit).decode() for kind, unit in by_kind.items()}
    if hevc:
        coded = f"sprop-vps={text[32]};sprop-sps={text[33]};sprop-pps={text[34]}"
    else:
        profile = by_kind[7][1:4].hex()
        coded = f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={text[7]},{text[8]}"
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=Takhai demo",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {transport.RTP_PAYLOAD}",
        f"a=rtpmap:{transport.RTP_PAYLOAD} {'H265' if hevc else 'H264'}/{transport.CLOCK_HZ}",
        f"a=fmtp:{transport.RTP_PAYLOAD} {coded}",
        f"a=framerate:{FPS}",
        "a=control:track1",
        "",
    )
    return "\r\n".join(lines).encode()


def desk(faults: Faults, request: Request, at_s: float) -> bytes:
    """Answer at /faults: GET lists the orders, POST gives one, DELETE forgets them."""
    code = request.place[1] if len(request.place) == 2 else None
    try:
        if request.method == "POST":
            _order(faults, code, json.loads(request.body), at_s)
        elif request.method == "DELETE":
            faults.clear(at_s, code)
        elif request.method not in ("GET", "HEAD"):
            return reply(request, 405, Allow="GET, HEAD, POST, DELETE")
    except (ValueError, TypeError, KeyError) as error:
        return _json(request, 400, {"error": str(error)[:300]})
    held = {
        code: {"fault": fault.kind.value, "since": fault.since, "until": fault.until}
        for code, fault in faults.orders(at_s).items()
    }
    return _json(request, 200, {"orders": held, "schedule": faults.schedule, "seed": faults.seed})


def _order(faults: Faults, code: str | None, wish: Any, at_s: float) -> None:
    if not isinstance(wish, dict):
        raise TypeError('an order is an object: {"fault": "dead", "for_s": 60}')
    if wish.get("fault") not in set(FaultKind):
        raise ValueError(f"fault must be one of {', '.join(FaultKind)}, got {wish.get('fault')!r}")
    codes = wish.get("codes", []) if code is None else [code]
    if not isinstance(codes, list) or not codes:
        raise ValueError('name a camera: POST /faults/CODE, or {"codes": ["A-1", "B-2"], "fault": ...}')
    for_s = wish.get("for_s")
    if for_s is not None and not (isinstance(for_s, int | float) and for_s > 0):
        raise ValueError(f"for_s must be seconds above 0, got {for_s!r}")
    for one in [code_of(str(one)) for one in codes]:
        faults.order(one, FaultKind(wish["fault"]), at_s, for_s)


def _json(request: Request, status: int, facts: dict[str, Any]) -> bytes:
    return reply(request, status, json.dumps(facts).encode() + b"\n", "application/json")
