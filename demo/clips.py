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
from demo.scenes import LOOP_S, SCENES, Look, Picture, draw, enlarged, is_night

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
    """
    What a camera shows: a scene and how it comes out.

    Attributes
    ----------
    frozen_at
        Since when the picture stands still, if it does.
    clock_runs
        Whether the clock in a picture that stands still goes on.
    scale
        Size, in times of 640 x 360. Large pictures move at their keyframes only.
    """

    scene: int
    codec: Codec = Codec.H264
    look: Look = Look.CLEAR
    frozen_at: float | None = None
    clock_runs: bool = False
    scale: int = 1


@dataclass(frozen=True, eq=False)
class Clips:
    """
    Everything the cameras play.

    The moving parts of each scene are coded once. A keyframe is coded when somebody wants it, as its clock shows
    the true time, and is shared for its two seconds by all cameras of the scene.
    """

    moving: dict[tuple[Codec, int, bool, int], list[bytes]]  # by codec, scene, night, place in the loop
    _still: dict[tuple[Codec, int], list[bytes]] = field(default_factory=dict)  # by codec and scale
    _made: dict[object, bytes] = field(default_factory=dict)

    def pictures(self, view: View, number: int) -> list[bytes]:
        """Coded pictures of a segment, Annex B, keyframe first; `number` is Unix time by a segment's length."""
        at = float(number * SEGMENT_S)
        if view.look is Look.CLEAR and view.frozen_at is None and view.scale == 1:
            return [self.keyframe(view, at), *self.moving[view.codec, view.scene, is_night(at), number % _LOOP]]
        return [self.keyframe(view, at), *self._standing(view.codec, view.scale)]

    def _standing(self, codec: Codec, scale: int) -> list[bytes]:
        """Pictures that say "nothing moved" after any keyframe."""
        if (codec, scale) not in self._still:
            flat = enlarged(draw(0, 0.0, Look.BLACK), scale)
            self._still[codec, scale] = _code(codec, [flat] * FRAMES)[1:]
        return self._still[codec, scale]

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
        key = ("jpeg", view, *_times(view, at_s))
        if key not in self._made:
            buffer = io.BytesIO()
            Image.fromarray(_drawn(view, at_s)).save(buffer, "JPEG", quality=75)
            self._keep(key, buffer.getvalue())
        return self._made[key]

    def keyframe(self, view: View, at_s: float) -> bytes:
        """Coded picture at a Unix time, with its parameter sets."""
        key = ("key", view, *_times(view, at_s))
        if key not in self._made:
            self._keep(key, _code(view.codec, [_drawn(view, at_s)])[0])
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
    return Clips(moving)


def _times(view: View, at_s: float) -> tuple[float, float]:
    """Unix times of what the picture shows, and of its clock."""
    if view.frozen_at is None:
        return at_s, at_s
    return view.frozen_at, at_s if view.clock_runs else view.frozen_at


def _drawn(view: View, at_s: float) -> Picture:
    at, clock = _times(view, at_s)
    return enlarged(draw(view.scene, at, view.look, clock_s=clock), view.scale)


def _loop_part(codec: Codec, scene: int, night: bool, place: int) -> list[bytes]:
    start = place * SEGMENT_S
    drawn = [draw(scene, start + frame / FPS, night=night) for frame in range(FRAMES)]
    for picture in drawn[1:]:
        picture[:32] = drawn[0][:32]  # the clock stands still within a segment: only keyframes show it anew
    return _code(codec, drawn)[1:]


def _code(codec: Codec, drawn: Iterable[Picture]) -> list[bytes]:
    name, options = _ENCODERS[codec]
    drawn = list(drawn)
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.height, encoder.width = drawn[0].shape[:2]
    encoder.pix_fmt = "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    encoder.max_b_frames, encoder.thread_count, encoder.options = 0, 1, options
    planes = VideoReformatter()
    packets = []
    for index, picture in enumerate(drawn):
        frame = planes.reformat(av.VideoFrame.from_ndarray(picture, "rgb24"), format="yuv420p", threads=1)
        frame.pts = index
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in packets + encoder.encode(None)]
