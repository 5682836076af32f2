"""First decodable picture -> a small still. Runs only in a child with limits: what it reads is hostile."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from worker.still.measures import HEIGHT, SMALLEST, WIDTH, Luma
from worker.streams.ts import PACKET, first_key

QUALITY = 80
COARSENESS = 4  # the video encoder's own scale for a JPEG of about the same quality
MAX_PIXELS = 40_000_000  # an 8K picture has 33 million
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,mpegts"
MAX_PACKETS = 600


class UnreadableError(ValueError):
    """Bytes in which there is no picture."""


@dataclass(frozen=True, slots=True)
class Small:
    """A picture that fits 320 x 180: its bytes, its brightness, and how far its colours are from grey."""

    body: bytes
    width: int
    height: int
    luma: Luma
    colour: float


def from_image(body: bytes, form: str = "jpeg") -> Small:
    """Still from a JPEG or PNG; `form` is what to make: "jpeg" or "webp"."""
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:  # known from the header, before anything is unpacked
                raise UnreadableError(f"{image.width} x {image.height} pixels are not a camera's")
            size = _fit(image.width, image.height)
            # A JPEG is unpacked at a half, a quarter, an eighth: the smallest that is no smaller than the still.
            image.draft("YCbCr", size)
            whole = image if image.mode == "YCbCr" else image.convert("RGB").convert("YCbCr")
            return _small(whole.resize(size, Image.Resampling.BOX), form)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableError(str(error)) from error


def _small(image: Image.Image, form: str) -> Small:
    out = io.BytesIO()
    if form == "webp":
        image.convert("RGB").save(out, "WEBP", quality=QUALITY, method=0)
    else:
        image.save(out, "JPEG", quality=QUALITY)
    luma, blue, red = (np.asarray(band) for band in image.split())
    return Small(out.getvalue(), *image.size, luma, _colour(blue, red))


def _colour(blue: Luma, red: Luma) -> float:
    return sum(abs(float(band.mean()) - 128) for band in (blue, red))


def from_keyframe(body: bytes, codec: str, form: str = "jpeg") -> Small:
    """Still from one whole keyframe with its parameters (Annex B); whether it is whole nobody can tell from it."""
    try:
        context = open_decoder(codec)
        context.skip_frame = "NONKEY"
        frames = [*context.decode(av.Packet(body)), *context.decode(None)]
    except (FFmpegError, ValueError) as error:
        raise UnreadableError(str(error)) from error
    for frame in frames:
        if not frame.is_corrupt:
            return from_frame(frame, form)
    raise UnreadableError("no whole keyframe in it")


def open_decoder(codec: str) -> Any:
    """Bare decoder for hostile bytes: one thread, a bound on the size of pictures."""
    context: Any = av.CodecContext.create(codec, "r")
    context.thread_type, context.thread_count = "NONE", 1
    context.options = {"max_pixels": str(MAX_PIXELS), "skip_loop_filter": "all"}  # not seen at a sixth of the size
    return context


def from_frame(frame: av.VideoFrame, form: str = "jpeg") -> Small:
    """Still from a decoded picture."""
    width, height = _fit(frame.width, frame.height)
    if form == "webp":
        pixels = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()
        return _small(Image.fromarray(pixels).convert("YCbCr"), form)
    # The sides of the colour planes are half of these, so even ones; a camera's odd size is its own.
    small: Any = frame.reformat(width, height, "yuvj420p", interpolation="AREA")
    small.pts = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuvj420p", Fraction(1, 25)
    encoder.qmin = encoder.qmax = COARSENESS
    body = b"".join(bytes(packet) for packet in (*encoder.encode(small), *encoder.encode(None)))
    luma, blue, red = (_plane(plane) for plane in small.planes)
    return Small(body, width, height, luma, _colour(blue, red))


def _plane(plane: Any) -> Luma:
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def from_video(body: bytes, form: str = "jpeg", *, whole: bool = False) -> Small:
    """
    Still from the beginning of an MPEG-TS, MP4, Matroska or FLV, as it was fetched.

    `whole` says that `body` is all there is; else the last picture in it may be cut and is not taken.
    """
    if body[:1] == b"\x47" and body[PACKET : PACKET + 1] in (b"\x47", b""):
        key = first_key(body, whole=whole)
        if key is None:
            raise UnreadableError("no whole keyframe in it")
        return from_keyframe(key[1], key[0], form)
    # Bytes only and no protocols: a file that names another file or host opens nothing.
    options = {"protocol_whitelist": "", "format_whitelist": _FORMATS, "max_pixels": str(MAX_PIXELS)}
    try:
        opened: Any = av.open(io.BytesIO(body), options=options)
        with opened as container:
            return from_frame(_first_frame(container, whole=whole), form)
    except (FFmpegError, ValueError, OSError) as error:
        raise UnreadableError(str(error)) from error


def _first_frame(container: Any, *, whole: bool) -> av.VideoFrame:
    """Decode the first keyframe after which something else comes: the last one of a cut file may be cut itself."""
    [stream, *_] = container.streams.video or [None]
    if stream is None:
        raise UnreadableError("no video in it")
    stream.thread_type = "NONE"
    stream.codec_context.skip_frame = "NONKEY"
    key = None
    for number, packet in enumerate(container.demux(stream)):
        if key is not None and (whole or packet.size):
            frames: list[av.VideoFrame] = [*key.decode(), *stream.codec_context.decode(None)]
            for frame in frames:
                if not frame.is_corrupt:
                    return frame
            break
        if packet.is_keyframe and packet.size and not packet.is_corrupt:
            key = packet
        if number > MAX_PACKETS:
            break
    raise UnreadableError("no whole keyframe in it")


def _fit(width: int, height: int) -> tuple[int, int]:
    """Size of the still, in the shape of the picture, never blown up."""
    share = min(WIDTH / width, HEIGHT / height, 1.0)
    rows, columns = max(2, round(height * share)), max(2, round(width * share))
    if rows < SMALLEST[0] or columns < SMALLEST[1]:
        raise UnreadableError(f"{width} x {height} pixels are not a camera's")
    return columns, rows
