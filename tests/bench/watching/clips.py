"""The clips every way of making a thumbnail is measured on: coded once a run, the same for all."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demo.scenes import draw

FPS, GOP_S = 25, 2
GOP = FPS * GOP_S
GOPS = 2  # played in turn
SIZES = {360: (640, 600_000), 720: (1280, 2_500_000), 1080: (1920, 5_000_000)}  # lines: columns, bits a second
NOON_S = 1_795_410_000.0
_NOISE = 5.0  # of a sensor by day, in grey levels
_GOPS_ALONE = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:repeat-headers=1"
_H264 = {"preset": "veryfast", "x264-params": f"{_GOPS_ALONE}:aud=1"}
_H265 = {"preset": "ultrafast", "x265-params": f"{_GOPS_ALONE}:bframes=0:pools=none:log-level=none"}


@dataclass(frozen=True)
class Clips:
    """Pictures of some seconds, Annex B, by name such as "h264-1080"; and one still."""

    streams: dict[str, list[bytes]]
    jpeg: bytes

    def key(self, name: str) -> bytes:
        """First keyframe of a stream, with its parameters."""
        return self.streams[name][0]


def make() -> Clips:
    """Code them all; about half a minute."""
    streams = {f"h264-{lines}": _code("libx264", lines, _H264) for lines in SIZES}
    streams["h265-1080"] = _code("libx265", 1080, _H265)
    buffer = io.BytesIO()
    Image.fromarray(next(iter(_pictures(1080)))).save(buffer, "JPEG", quality=75)
    return Clips(streams, buffer.getvalue())


def _code(encoder: str, lines: int, options: dict[str, str]) -> list[bytes]:
    columns, rate = SIZES[lines]
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = columns, lines, "yuv420p"
    context.framerate, context.time_base, context.bit_rate = Fraction(FPS), Fraction(1, FPS), rate
    context.max_b_frames, context.options = 0, options
    packets = []
    for index, picture in enumerate(_pictures(lines)):
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
        frame.pts = index
        packets += context.encode(frame)
    coded = [bytes(packet) for packet in (*packets, *context.encode(None))]
    assert len(coded) == GOP * GOPS
    return coded


def _pictures(lines: int) -> "list[NDArray[np.uint8]]":
    """Pictures of a street in full size, with the noise of a sensor."""
    rng = np.random.default_rng(7)
    columns = SIZES[lines][0]
    grain = rng.normal(0, _NOISE, (lines + 64, columns + 64, 1)).astype(np.float32)
    made = []
    for index in range(GOP * GOPS):
        scene = Image.fromarray(draw(0, NOON_S + index / FPS, night=False)).resize((columns, lines))
        y, x = rng.integers(64, size=2)
        noisy = np.asarray(scene, np.float32) + grain[y : y + lines, x : x + columns]
        made.append(noisy.clip(0, 255).astype(np.uint8))
    return made
