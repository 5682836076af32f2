"""What the tests of the simulated cameras measure pictures with."""

import io

import av

from demo.scenes import HEIGHT, WIDTH

NOON = 897_705_000  # number of a segment: Unix time by two seconds, noon in Bangkok


def luma(data, kind):
    """Brightness of the first picture in some bytes."""
    with av.open(io.BytesIO(data), format=kind) as container:
        return next(container.decode(video=0)).to_ndarray(format="gray").astype(float)


def focus(picture):
    """Edge energy over spread squared, at 320 x 180: about 0.1 in focus, a tenth of that or less out of focus."""
    small = picture.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
    around = small[:-2, 1:-1] + small[2:, 1:-1] + small[1:-1, :-2] + small[1:-1, 2:]
    return (around - 4 * small[1:-1, 1:-1]).var() / small.var()


def play(address, frames, patience_s=20, **options):
    """Decode the first frames of an address with FFmpeg's own readers: (codec, pictures)."""
    with av.open(address, options=options, timeout=(patience_s, patience_s)) as container:
        stream = container.streams.video[0]
        pictures = []
        for frame in container.decode(stream):
            assert not frame.is_corrupt
            pictures.append(frame.to_ndarray(format="gray").astype(float))
            if len(pictures) == frames:
                return stream.codec_context.name, pictures
    raise AssertionError(f"only {len(pictures)} of {frames} frames came")
