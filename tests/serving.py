"""A Streamlit process as a user starts it, for tests and measurements alike; and waiting for what it does."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from data.settings import HOUSE
from tests.conftest import free_port

START_S, END_S = 120.0, 20.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy between us
T = TypeVar("T")


@dataclass(frozen=True)
class Running:
    """A process that answers, and how long it took until it did."""

    pid: int
    port: int
    started_s: float

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


def environment(var: Path, **settings: object) -> dict[str, str]:
    """Return the environment of a process that works on a folder; the machine's own settings do not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAKHAI_")}
    said = {f"TAKHAI_{name.upper()}": str(value) for name, value in settings.items()}
    return kept | said | {"TAKHAI_VAR": str(var), "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1"}


@contextmanager
def streamlit(
    script: str, surroundings: Mapping[str, str], log: Path, *, health: str = "/healthz"
) -> Iterator[Running]:
    """Run `streamlit run SCRIPT` on a port of its own until the block ends, which begins once it answers."""
    port, began = free_port(), time.perf_counter()
    with module("streamlit", "run", script, "--server.port", str(port), log=log, surroundings=surroundings) as app:
        _wait(f"http://127.0.0.1:{port}{health}", app, log)
        yield Running(app.pid, port, time.perf_counter() - began)


@contextmanager
def module(
    name: str, *arguments: str, log: Path, surroundings: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python -m NAME` until the block ends; what it says goes into the log."""
    given = {**os.environ, "PYTHONPATH": str(HOUSE)} if surroundings is None else dict(surroundings)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", name, *arguments], cwd=HOUSE, env=given, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[Any]", patience_s: float = END_S) -> None:
    """End a process, by force if it does not go by itself."""
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_S)


def until(true: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Wait until something is true and return it."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until_s = time.perf_counter() + START_S
    while time.perf_counter() < until_s and process.poll() is None:
        try:
            with DIRECT.open(address, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    raise RuntimeError(f"{address} does not answer; its log ends with {log.read_text()[-3000:]!r}")
