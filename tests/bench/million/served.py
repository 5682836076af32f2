"""A Streamlit process as a user starts it, and what it takes of the machine."""

import gzip
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import own_cpu_s
from tests.serving import DIRECT, Running, streamlit

_MB = 2**20


@dataclass(frozen=True)
class Served(Running):
    """A running process that is asked, and looked at from outside."""

    def get(self, path: str, cookie: str) -> tuple[bytes, float]:
        """Return what is at an address, and the seconds the reply took, packed as browsers ask for it."""
        asked = urllib.request.Request(
            self.url + path, headers={"Cookie": f"takhai={cookie}", "Accept-Encoding": "gzip"}
        )
        began = time.perf_counter()
        with DIRECT.open(asked, timeout=60) as reply:
            content = reply.read()
            packed = reply.headers.get("Content-Encoding") == "gzip"
        took_s = time.perf_counter() - began
        return gzip.decompress(content) if packed else content, took_s

    def cpu_s(self) -> float:
        """Processor time it has used so far. [s]"""
        return own_cpu_s(self.pid)

    def memory_mb(self, what: str = "VmRSS") -> float:
        """Memory it holds now, or held at most ("VmHWM"). [MB]"""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith(what))


@contextmanager
def serving(script: str, environment: Mapping[str, str], health: str, log: Path) -> Iterator[Served]:
    """Run `streamlit run SCRIPT` on a port of its own until the block ends."""
    with streamlit(script, environment, log, health=health) as app:
        yield Served(**vars(app))
