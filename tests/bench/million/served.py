"""A Streamlit process as a user starts it, and what it takes of the machine."""

import gzip
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.settings import HOUSE
from tests.conftest import free_port

START_S = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 2**20
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy between us


@dataclass(frozen=True)
class Served:
    """A running process and how long it took until it answered."""

    pid: int
    port: int
    started_s: float

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, cookie: str) -> tuple[bytes, float]:
        """Return what is at an address, and the seconds the reply took, packed as browsers ask for it."""
        asked = urllib.request.Request(
            self.url + path, headers={"Cookie": f"takhai={cookie}", "Accept-Encoding": "gzip"}
        )
        began = time.perf_counter()
        with _DIRECT.open(asked, timeout=60) as reply:
            content = reply.read()
            packed = reply.headers.get("Content-Encoding") == "gzip"
        took_s = time.perf_counter() - began
        return gzip.decompress(content) if packed else content, took_s

    def cpu_s(self) -> float:
        """Processor time it has used so far. [s]"""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS  # utime, stime

    def memory_mb(self, what: str = "VmRSS") -> float:
        """Memory it holds now, or held at most ("VmHWM"). [MB]"""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith(what))


@contextmanager
def serving(script: str, environment: Mapping[str, str], health: str, log: Path) -> Iterator[Served]:
    """Run `streamlit run SCRIPT` on a port of its own until the block ends."""
    port = free_port()
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)],
            cwd=HOUSE, env=dict(environment), stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}{health}", process, log)
        yield Served(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.perf_counter() + START_S
    while time.perf_counter() < until and process.poll() is None:
        try:
            with _DIRECT.open(address, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    raise RuntimeError(f"{address} does not answer; its log ends with {log.read_text()[-600:]!r}")
