"""Thumbnails: ours beside `streamlink | ffmpeg` and `ffmpeg` alone, above the floor; bytes and memory."""

import json
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from data.settings import HOUSE
from tests import serving
from tests.bench import processes
from tests.bench.rows import Row, at_least, at_most, just
from tests.bench.watching import clips as coded
from tests.bench.watching import floor
from tests.bench.watching.clips import Clips
from tests.serving import DIRECT

COUNT, AT_ONCE = 200, 8
HELD, HELD_COUNT = 64, 256
THEIRS = 7  # runs of each command; the median counts
_SERVED, _OURS = "tests.bench.watching.served", "tests.bench.watching.ours"
_STREAMLINK = str(Path(sys.executable).parent / "streamlink")


def measure() -> Iterator[Row]:
    """Measure each kind, and memory at the end."""
    clips = coded.make()
    with tempfile.TemporaryDirectory(prefix="takhai-clips-") as folder:
        file, log = Path(folder) / "clips.pickle", Path(folder) / "served.log"
        file.write_bytes(pickle.dumps(clips))
        with serving.module(_SERVED, str(file), log=log) as served:
            processes.wait_for(log, "clips served on ", served)
            port = int(log.read_text().split("clips served on ")[1].split()[0])
            if ffmpeg := _ffmpeg():
                yield just(f"the ffmpeg run beside ours: {_version(ffmpeg)}", 1, "")
            else:
                yield just("ffmpeg is not installed: `make bench` does it", 0, "")
            yield from _hls(clips, port)
            yield from _jpeg(clips, port)
            yield from _rtsp(clips, port)
            yield from _memory(port)


def _hls(clips: Clips, port: int) -> Iterator[Row]:
    what = "HLS thumbnail, sizes 1080, 720 and 360"
    ours_ms, sent_kb, floor_ms = _ours(
        f"http://{{host}}:{port}/master.m3u8", lambda: floor.of_key("h264", clips.key("h264-360"))
    )
    yield just(f"{what}: ours", ours_ms, "ms")
    yield at_most(f"{what}: ours / the floor of {floor_ms:.3g} ms", ours_ms / floor_ms, "times", 2.5)
    yield at_most(f"{what}: bytes the camera sends for one", sent_kb, "kB", 64)
    if (ffmpeg := _ffmpeg()) is None:
        return
    url = f"http://127.0.0.1:{port}/master.m3u8"
    to_jpeg = "-frames:v 1 -vf scale=320:180 -f mjpeg -"
    theirs_ms = _theirs(f"'{_STREAMLINK}' --stdout {url} best | '{ffmpeg}' -v error -i - {to_jpeg}")
    yield just(f"{what}: streamlink --stdout into ffmpeg -frames:v 1", theirs_ms, "ms")
    yield at_least(f"{what}: streamlink into ffmpeg / ours", theirs_ms / ours_ms, "times", 50)
    yield just(
        f"{what}: ffmpeg alone / ours", _theirs(f"'{ffmpeg}' -v error -i {url} {to_jpeg}") / ours_ms, "times"
    )


def _jpeg(clips: Clips, port: int) -> Iterator[Row]:
    what = f"JPEG thumbnail, 1920 x 1080, {len(clips.jpeg) / 1000:.0f} kB"
    ours_ms, _, floor_ms = _ours(f"http://{{host}}:{port}/still.jpg", lambda: floor.of_jpeg(clips.jpeg))
    yield just(f"{what}: ours", ours_ms, "ms")
    yield at_most(f"{what}: ours / the floor of {floor_ms:.3g} ms", ours_ms / floor_ms, "times", 1.5)
    if ffmpeg := _ffmpeg():
        url = f"http://127.0.0.1:{port}/still.jpg"
        theirs_ms = _theirs(f"'{ffmpeg}' -v error -i {url} -frames:v 1 -vf scale=320:180 -f mjpeg -")
        yield just(f"{what}: ffmpeg alone / ours", theirs_ms / ours_ms, "times")


def _rtsp(clips: Clips, port: int) -> Iterator[Row]:
    for name, codec, what, most in (
        ("h264-1080", "h264", "RTSP main stream, 1080 lines H.264", 1.3),
        ("h265-1080", "hevc", "RTSP main stream, 1080 lines H.265", 1.3),
        ("h264-360", "h264", "RTSP sub-stream, 360 lines H.264", None),
    ):
        ours_ms, _, floor_ms = _ours(
            f"rtsp://{{host}}:{port}/{name}", partial(floor.of_key, codec, clips.key(name))
        )
        yield just(f"{what}: ours", ours_ms, "ms")
        above = f"{what}: ours / the floor of {floor_ms:.3g} ms"
        yield (
            at_most(above, ours_ms / floor_ms, "times", most) if most else just(above, ours_ms / floor_ms, "times")
        )
        if ffmpeg := _ffmpeg():
            options = "-frames:v 1 -vf scale=320:180 -f mjpeg -"
            theirs_ms = _theirs(
                f"'{ffmpeg}' -v error -rtsp_transport tcp -i rtsp://127.0.0.1:{port}/{name} {options}"
            )
            row = f"{what}: ffmpeg alone / ours"
            yield (
                just(row, theirs_ms / ours_ms, "times")
                if most
                else at_least(row, theirs_ms / ours_ms, "times", 15)
            )


def _memory(port: int) -> Iterator[Row]:
    """Memory while 64 pictures are under way, joined in the middle between two keyframes."""
    most: list[float] = []
    with _working({"take": f"rtsp://{{host}}:{port}/late/h264-360", "count": HELD_COUNT, "at_once": HELD}) as ours:
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                most.append(processes.memory_mb(ours.process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        said = ours.finish()
        done.set()
        watcher.join()
    assert said["taken"] == HELD_COUNT, said
    yield at_most(f"memory with {HELD} thumbnails in flight, decoders included", max(most), "MB", 200)


class _Working:
    """Our way's process, ready to take pictures."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", _OURS, json.dumps(job)], cwd=HOUSE, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> "_Working":
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("our way does not start; what it says is above")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def finish(self) -> dict[str, Any]:
        """Take the pictures; what that took."""
        said, _ = self.process.communicate("\n", timeout=300)
        found: dict[str, Any] = json.loads(said)
        return found


def _working(job: dict[str, Any]) -> _Working:
    return _Working(job)


def _ours(address: str, at_least: Callable[[], bytes]) -> tuple[float, float, float]:
    """
    Measure one thumbnail, the mean of many, and the floor below it, just before and just after.

    Returns
    -------
    ours_ms
        Processor time, children included.
    sent_kb
        What the camera sends for it.
    floor_ms
        Processor time of `at_least`.
    """
    port = int(address.rpartition(":")[2].partition("/")[0])
    with _working({"take": address, "count": COUNT, "at_once": AT_ONCE}) as ours:
        _sent(port)
        before_ms = floor.floor_ms(at_least)
        said = ours.finish()
        after_ms = floor.floor_ms(at_least)
    if said["taken"] != COUNT:
        raise RuntimeError(f"{COUNT - said['taken']} of {COUNT} of {address} did not come: {said['tally']}")
    return 1000 * said["cpu_s"] / COUNT, _sent(port) / COUNT / 1000, (before_ms + after_ms) / 2


def _sent(port: int) -> int:
    with DIRECT.open(f"http://127.0.0.1:{port}/sent", timeout=30) as reply:
        return int(json.loads(reply.read()).get("bytes", 0))


def _theirs(command: str) -> float:
    """Processor time of a command, all its processes included, the median of some runs. [ms]"""
    spans = []
    for _ in range(THEIRS):
        spent_s, picture = processes.cpu_of_command(["sh", "-c", command])
        assert picture.startswith(b"\xff\xd8"), f"no JPEG came of {command}"
        spans.append(1000 * spent_s)
        time.sleep(0.1)
    return median(spans)


def _ffmpeg() -> str | None:
    """Return the machine's own ffmpeg if it has one, else the one that `make bench` installed."""
    if own := shutil.which("ffmpeg"):
        return own
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return None
    return str(get_ffmpeg_exe())


def _version(ffmpeg: str) -> str:
    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    return said.partition(" Copyright")[0].removeprefix("ffmpeg version ")
