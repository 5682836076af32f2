"""What a simulated camera answers: playlist, segment, still, description; and the desk that takes faults."""

import base64
import json
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from demo import transport
from demo.clips import FPS, SEGMENT_S, Clips, Codec, View
from demo.faults import Fault, FaultKind, Faults
from demo.messages import Request, code_of, http_date, reply
from demo.scenes import SCENES, Look

LISTED = 5  # segments in a playlist
_KEPT = 30  # segments that can still be fetched
_HEVC_EVERY = 25  # one camera in so many codes its HLS as H.265
_STILL_S = 2  # a still changes this often
BOUNDARY = "takhai"
MJPEG_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n\r\n".encode()


def view(code: str, fault: Fault, *, hevc: bool = False) -> View:
    """Return what a camera shows; the same code always stands in the same street."""
    number = zlib.crc32(code.encode())
    look = Look(fault.kind.value) if fault.kind.value in set(Look) else Look.CLEAR
    frozen_at = float(int(fault.since)) if fault.kind is FaultKind.FROZEN else None
    if hevc and number // 64 % _HEVC_EVERY == 0:
        return View(0, Codec.HEVC, look, frozen_at)
    return View(number % len(SCENES), Codec.H264, look, frozen_at)


def http(clips: Clips, request: Request, code: str, fault: Fault, at_s: float) -> bytes:
    """Answer of a camera to an HTTP request at a Unix time, but for moving JPEG, which does not end."""
    name = request.place[2] if len(request.place) == 3 else ""
    if request.method not in ("GET", "HEAD"):
        return reply(request, 405, Allow="GET, HEAD")
    if fault.kind is FaultKind.UNAUTHORISED:
        return unauthorised(request)
    shown_s = min(at_s, fault.since) if fault.kind is FaultKind.STALLED else at_s
    dates = {"Date": http_date(int(at_s)), "Cache_Control": "no-store"}
    if name == "still.jpg":
        taken = int(shown_s) // _STILL_S * _STILL_S
        body = clips.jpeg(view(code, fault), float(taken))
        return reply(request, 200, body, "image/jpeg", Last_Modified=http_date(taken), **dates)
    newest = int(shown_s) // SEGMENT_S - 1
    if name == "live.m3u8":
        return reply(request, 200, _playlist(newest), "application/vnd.apple.mpegurl", **dates)
    number = name.removeprefix("seg-").removesuffix(".ts")
    if name == f"seg-{number}.ts" and number.isdecimal() and newest - _KEPT < int(number) <= newest:
        return reply(request, 200, clips.segment(view(code, fault, hevc=True), int(number)), "video/mp2t", **dates)
    return reply(request, 404, b"a camera has live.m3u8, still.jpg and live.mjpg\n")


def unauthorised(request: Request) -> bytes:
    """Say that a user and password are wanted; none is right."""
    return reply(
        request, 401, WWW_Authenticate='Digest realm="camera", nonce="5ca1ab1e", algorithm=MD5, qop="auth"'
    )


def jpeg_part(clips: Clips, code: str, fault: Fault, at_s: float) -> bytes:
    """One picture of moving JPEG."""
    body = clips.jpeg(view(code, fault), float(int(at_s)))
    return (
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
        + b"\r\n"
    )


@lru_cache(maxsize=64)
def _playlist(newest: int) -> bytes:
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
        lines += [f"#EXTINF:{SEGMENT_S:.3f},", f"seg-{number}.ts"]
    return "\n".join([*lines, ""]).encode()


def description(clips: Clips) -> bytes:
    """Session description (SDP) of any camera's H.264."""
    sps, pps = clips.parameter_sets()
    sets = ",".join(base64.b64encode(unit).decode() for unit in (sps, pps))
    coded = f"packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sets}"
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=Takhai demo",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {transport.RTP_PAYLOAD}",
        f"a=rtpmap:{transport.RTP_PAYLOAD} H264/{transport.CLOCK_HZ}",
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
            faults.clear(code)
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
