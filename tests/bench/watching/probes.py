"""Probes of 10,000 cameras, a tenth of them black holes: ours beside aiohttp; false downs; memory in flight."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.settings import HOUSE
from tests import serving
from tests.bench import processes
from tests.bench.rows import Row, at_most, just

CAMERAS, SILENT_EVERY = 10_000, 10
_LOOKER = "tests.bench.watching.looker"


def measure() -> Iterator[Row]:
    """Measure HLS and RTSP."""
    with tempfile.TemporaryDirectory(prefix="takhai-probes-") as folder:
        log = Path(folder) / "nation.log"
        arguments = ("--cameras", str(CAMERAS), "--silent-every", str(SILENT_EVERY))
        with serving.module("tests.bench.watching.nation", *arguments, log=log) as nation:
            processes.wait_for(log, "nation ready on ", nation)
            port = int(log.read_text().split("nation ready on ")[1].split()[0])
            theirs = _looked("aiohttp", "hls", port)
            theirs_us = 1e6 * theirs["cpu_s"] / CAMERAS
            yield just(f"HLS probe of {CAMERAS:,} cameras, 10 % black holes: aiohttp on uvloop", theirs_us, "us")
            yield just("the same: cameras aiohttp held for down that were not", _false(theirs), "cameras")
            yield just("the same: memory of one look in flight, aiohttp", theirs["kb"], "kB")
            for kind, name in (("hls", "HLS"), ("rtsp", "RTSP")):
                yield from _ours(f"{name} probe of {CAMERAS:,} cameras, 10 % black holes", kind, port, theirs_us)
            streams_us = 1e6 * _looked("streams", "rtsp", port)["cpu_s"] / CAMERAS
            yield just("RTSP probe by asyncio's streams on uvloop, DESCRIBE alone", streams_us, "us")


def _ours(what: str, kind: str, port: int, theirs_us: float) -> Iterator[Row]:
    ours = _looked("ours", kind, port)
    ours_us = 1e6 * ours["cpu_s"] / CAMERAS
    yield just(f"{what}: ours", ours_us, "us")
    bare_us = 1e6 * _looked("bare", kind, port)["cpu_s"] / CAMERAS
    yield just(f"{what}: ours / one bare request, nothing checked: {bare_us:.0f} us", ours_us / bare_us, "times")
    yield just(f"{what}: ours, the first look at each", 1e6 * ours["first_s"] / CAMERAS, "us")
    yield at_most(f"{what}: ours / aiohttp's for HLS", ours_us / theirs_us, "times", 1 / 3)
    yield at_most(f"{what}: held for down, but were not, in two rounds", _false(ours), "cameras", 0)
    missed = 2 * len(range(0, CAMERAS, SILENT_EVERY)) - sum(
        number % SILENT_EVERY == 0 for name in ("down", "first_down") for number in ours[name]
    )
    yield at_most(f"{what}: black holes held for up, in two rounds", missed, "cameras", 0)
    yield at_most(f"{what}: memory of one look in flight", ours["kb"], "kB", 16)


def _false(found: dict[str, Any]) -> int:
    return sum(number % SILENT_EVERY != 0 for name in ("down", "first_down") for number in found[name])


def _looked(way: str, kind: str, port: int) -> dict[str, Any]:
    job = json.dumps({"way": way, "kind": kind, "cameras": CAMERAS, "port": port})
    command = [sys.executable, "-m", _LOOKER, job]
    said = subprocess.run(command, cwd=HOUSE, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    found: dict[str, Any] = json.loads(said)
    return found
