"""Coded video of the invented street: made at start, no clip is kept in a file."""

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
from av.video.reformatter import VideoReformatter
from PIL import Image

from demo import transport
from demo.scenes import HEIGHT, LOOP_S, SCENES, WIDTH, Look, Picture, draw, is_night

FPS = 8
SEGMENT_S = 2
FRAMES = FPS * SEGMENT_S  # in a segment: one keyframe, then pictures that say what moved
_LOOP = round(LOOP_S / SEGMENT_S)
_CACHED = 128  # pictures and segments of the last moments, shared by all cameras of a scene
_KEY_HZ = transport.CLOCK_HZ // FPS


class Codec(StrEnum):
    """How the video is coded."""

    H264 = "h264"
    HEVC = "hevc"


# Quality is fixed (no rate control), so that a keyframe made later fits the pictures that were made at start.
_ENCODERS = {
    Codec.H264: ("libx264", {
        "preset": "superfast", "tune": "zerolatency", "qp": "25",
        "x264-params": "keyint=infinite:scenecut=0:aud=1:threads=1:repeat-headers=1",
    }),
    Codec.HEVC: ("libx265", {
        "preset": "ultrafast", "tune": "zerolatency",
        "x265-params": "qp=28:keyint=-1:scenecut=0:bframes=0:pools=none:frame-threads=1:repeat-headers=1:aud=1"
        ":log-level=none:info=0",
    }),
}  # fmt: skip
_STREAM_TYPE = {Codec.H264: 0x1B, Codec.HEVC: 0x24}


@dataclass(frozen=True, slots=True)
class View:
    """What a camera shows: a scene, how it comes out, and since when the picture stands still if it does."""

    scene: int
    codec: Codec = Codec.H264
    look: Look = Look.CLEAR
    frozen_at: float | None = None


@dataclass(frozen=True, eq=False)
class Clips:
    """
    Everything the cameras play.

    The moving parts of each scene are coded once. A keyframe is coded when somebody wants it, as its clock shows
    the true time, and is shared for its two seconds by all cameras of the scene.
    """

    moving: dict[tuple[Codec, int, bool, int], list[bytes]]  # by codec, scene, night, place in the loop
    still: dict[Codec, list[bytes]]  # "nothing moved", fits any keyframe
    _made: dict[object, bytes] = field(default_factory=dict)

    def pictures(self, view: View, number: int) -> list[bytes]:
        """Coded pictures of a segment, Annex B, keyframe first; `number` is Unix time by a segment's length."""
        at = float(number * SEGMENT_S) if view.frozen_at is None else view.frozen_at
        moves = view.look is Look.CLEAR and view.frozen_at is None
        tail = (
            self.moving[view.codec, view.scene, is_night(at), number % _LOOP] if moves else self.still[view.codec]
        )
        return [self._keyframe(view, at), *tail]

    def segment(self, view: View, number: int) -> bytes:
        """MPEG transport stream of a segment."""
        key = ("segment", view, number)
        if key not in self._made:
            start = number * SEGMENT_S * transport.CLOCK_HZ
            pts = [start + frame * _KEY_HZ for frame in range(FRAMES)]
            self._keep(key, transport.segment(self.pictures(view, number), pts, _STREAM_TYPE[view.codec], number))
        return self._made[key]

    def jpeg(self, view: View, at_s: float) -> bytes:
        """Still of a camera at a Unix time."""
        at = at_s if view.frozen_at is None else view.frozen_at
        key = ("jpeg", view.scene, view.look, at)
        if key not in self._made:
            buffer = io.BytesIO()
            Image.fromarray(draw(view.scene, at, view.look)).save(buffer, "JPEG", quality=75)
            self._keep(key, buffer.getvalue())
        return self._made[key]

    def parameter_sets(self) -> tuple[bytes, bytes]:
        """SPS and PPS of the H.264 clips."""
        found = {unit[0] & 31: unit for unit in transport.units(self._keyframe(View(0), 0.0))}
        return found[7], found[8]

    def _keyframe(self, view: View, at_s: float) -> bytes:
        key = ("key", view.codec, view.scene, view.look, at_s)
        if key not in self._made:
            self._keep(key, _code(view.codec, [draw(view.scene, at_s, view.look)])[0])
        return self._made[key]

    def _keep(self, key: object, made: bytes) -> None:
        while len(self._made) >= _CACHED:
            self._made.pop(next(iter(self._made)))
        self._made[key] = made


@lru_cache(maxsize=1)
def clips() -> Clips:
    """Return the clips of this process, coded at the first call (about two seconds)."""
    scenes = [(Codec.H264, scene) for scene in range(len(SCENES))] + [(Codec.HEVC, 0)]
    jobs = [
        (codec, scene, night, place)
        for codec, scene in scenes
        for night in (False, True)
        for place in range(_LOOP)
    ]
    with ThreadPoolExecutor(2) as pool:  # the encoders let go of the interpreter's lock
        moving = dict(zip(jobs, pool.map(lambda job: _loop_part(*job), jobs), strict=True))
    flat = draw(0, 0.0, Look.BLACK)
    return Clips(moving, {codec: _code(codec, [flat] * FRAMES)[1:] for codec in Codec})


def _loop_part(codec: Codec, scene: int, night: bool, place: int) -> list[bytes]:
    start = place * SEGMENT_S
    drawn = [draw(scene, start + frame / FPS, night=night) for frame in range(FRAMES)]
    for picture in drawn[1:]:
        picture[:32] = drawn[0][:32]  # the clock stands still within a segment: only keyframes show it anew
    return _code(codec, drawn)[1:]


def _code(codec: Codec, drawn: Iterable[Picture]) -> list[bytes]:
    name, options = _ENCODERS[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    encoder.max_b_frames, encoder.thread_count, encoder.options = 0, 1, options
    planes = VideoReformatter()
    packets = []
    for index, picture in enumerate(drawn):
        frame = planes.reformat(av.VideoFrame.from_ndarray(picture, "rgb24"), format="yuv420p", threads=1)
        frame.pts = index
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in packets + encoder.encode(None)]
