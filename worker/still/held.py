"""A decoder kept between jobs, for a camera somebody looks at: a picture a second without a keyframe each."""

from typing import Any

import av
from av.error import FFmpegError

from worker.still.snapshot import Small, UnreadableError, from_frame, open_decoder


class Held:
    """The one stream a child follows; a job with `fresh` begins another."""

    def __init__(self) -> None:
        self._decoder: Any = None

    def next(self, job: dict[str, Any], body: bytes) -> Small:
        """
        Still of the last of some coded pictures that follow each other.

        `job` holds "codec", "fresh", "form", and "sizes": how many bytes each picture has.
        """
        if job["fresh"] or self._decoder is None:
            self._decoder = open_decoder(job["codec"])
            self._decoder.options |= {"flags": "low_delay"}
        last: Any = None
        at = 0
        for size in job["sizes"]:
            try:
                for frame in self._decoder.decode(av.Packet(body[at : at + size])):
                    last = frame
            except (FFmpegError, ValueError):
                last = None  # the next keyframe puts it right
            at += size
        if last is None or last.is_corrupt:
            raise UnreadableError("no whole picture in it")
        return from_frame(last, job["form"])
