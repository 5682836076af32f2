"""First decodable picture -> a small JPEG. Runs only in a child with limits: what it reads is hostile."""

import io
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from worker.picture import Luma

WIDTH, HEIGHT = 320, 180
QUALITY = 80
MAX_PIXELS = 40_000_000  # an 8K picture has 33 million
_FORMATS = "mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,h264,hevc"
MAX_PACKETS = 600


class UnreadableError(ValueError):
    """Bytes in which there is no picture."""


@dataclass(frozen=True, slots=True)
class Small:
    """A picture that fits 320 x 180, as JPEG and as brightness."""

    jpeg: bytes
    width: int
    height: int
    luma: Luma


def from_image(body: bytes) -> Small:
    """Still from a JPEG or PNG."""
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:  # known from the header, before anything is unpacked
                raise UnreadableError(f"{image.width} x {image.height} pixels are not a camera's")
            image.draft("RGB", (2 * WIDTH, 2 * HEIGHT))  # a JPEG is unpacked at half, quarter, eighth of its size
            return _small(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableError(str(error)) from error


def from_keyframe(body: bytes, codec: str) -> Small:
    """Still from one keyframe with its parameters (Annex B)."""
    try:
        context: Any = av.CodecContext.create(codec, "r")
        context.thread_count = 1
        context.options = {"max_pixels": str(MAX_PIXELS)}
        return _first([*context.decode(av.Packet(body)), *context.decode(None)])
    except (FFmpegError, ValueError) as error:
        raise UnreadableError(str(error)) from error


def from_video(body: bytes) -> Small:
    """Still from the beginning of an MPEG-TS, MP4, Matroska or FLV, as it was fetched."""
    # Bytes only and no protocols: a file that names another file or host opens nothing.
    options = {"protocol_whitelist": "", "format_whitelist": _FORMATS, "max_pixels": str(MAX_PIXELS)}
    try:
        opened: Any = av.open(io.BytesIO(body), options=options)
        with opened as container:
            [stream, *_] = container.streams.video or [None]
            if stream is None:
                raise UnreadableError("no video in it")
            stream.thread_type = "NONE"
            stream.codec_context.skip_frame = "NONKEY"
            for number, packet in enumerate(container.demux(stream)):
                frames = [frame for frame in packet.decode() if not frame.is_corrupt]
                if frames:
                    return _first(frames)
                if number > MAX_PACKETS:
                    break
    except (FFmpegError, ValueError, OSError) as error:
        raise UnreadableError(str(error)) from error
    raise UnreadableError("no whole keyframe in it")


def _first(frames: list[av.VideoFrame]) -> Small:
    for frame in frames:
        if frame.is_corrupt:
            continue
        width, height = _fit(frame.width, frame.height)
        return _small(Image.fromarray(frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()))
    raise UnreadableError("no whole keyframe in it")


def _small(image: Image.Image) -> Small:
    size = _fit(image.width, image.height)
    if size != image.size:
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    jpeg = out.getvalue()
    return Small(jpeg, *size, luma_of(jpeg))


def _fit(width: int, height: int) -> tuple[int, int]:
    share = min(WIDTH / width, HEIGHT / height, 1.0)
    return max(2, round(width * share)), max(2, round(height * share))


def luma_of(jpeg: bytes) -> Luma:
    """Brightness of a still, one byte a pixel."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        return np.asarray(image.convert("L"), np.uint8)
