"""The floor under every thumbnail: the same picture decoded, scaled and coded again, in memory, nothing else."""

import io
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from PIL import Image

TIMES = 40


def floor_ms(make: Callable[[], bytes]) -> float:
    """Processor time of one, the mean of many. [ms]"""
    make()
    began = time.process_time()
    for _ in range(TIMES):
        make()
    return 1000 * (time.process_time() - began) / TIMES


def of_key(codec: str, key: bytes) -> bytes:
    """Thumbnail of a keyframe by the bare decoder and encoder; its luma as well, as every way of ours needs it."""
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.thread_type, decoder.thread_count, decoder.skip_frame = "NONE", 1, "NONKEY"
    decoder.options = {"skip_loop_filter": "all"}
    [frame, *_] = decoder.decode(av.Packet(key)) + decoder.decode(None)
    return _coded(frame.reformat(320, 180, "yuvj420p", interpolation="AREA"))


def of_jpeg(body: bytes) -> bytes:
    """Thumbnail of a JPEG, decoded at a fraction of its size."""
    with Image.open(io.BytesIO(body)) as image:
        image.draft("YCbCr", (320, 180))
        small = image.resize((320, 180), Image.Resampling.BOX)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _coded(frame: Any) -> bytes:
    frame.pts = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 320, 180, "yuvj420p", Fraction(1, 25)
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
