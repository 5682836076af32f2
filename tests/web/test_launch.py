import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from data.database import open_database
from data.models import Camera
from data.settings import HOUSE
from tests.conftest import free_port, stock
from tests.serving import environment
from web.child import Child

LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?token=[\w-]{43}")
PATIENCE_S = 120


def inventory(var: Path, demo: bool) -> None:
    db = open_database(f"sqlite:///{var / 'takhai.db'}")
    stock(db, [Camera(id=1, code="C1", owner_id=1, lon=102.5, lat=13.7, demo=demo, updated_at=datetime.now(UTC))])
    db.dispose()


@dataclass
class Run:
    """`takhai run` under way, and what it says."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def told(self, words: str) -> str:
        """Wait for words; return all it said."""
        assert eventually(lambda: words in self.said() or self.process.poll() is not None, PATIENCE_S)
        assert words in self.said(), self.said()
        return self.said()


@contextmanager
def running(var: Path, port: int, **more: object) -> Iterator[Run]:
    output = var.with_name(f"{var.name}.out")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "run", "--port", str(port)],
            cwd=HOUSE, env=environment(var, **more), stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Run(process, output)
    finally:
        process.terminate()
        process.wait(30)


def children(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Its children: a word of their command -> process id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().split("\0")
        except (OSError, ValueError):
            continue
        if parent == process.pid:
            found[next((w for w in ("worker", "demo.cameras", "streamlit") if w in command), "?")] = int(
                folder.name
            )
    return found


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def eventually(condition, within_s: float = 20) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_demo_runs_whole_mends_its_worker_and_ends_whole(tmp_path):
    inventory(tmp_path, demo=True)
    port, street = free_port(), free_port()
    with running(tmp_path, port, demo_port=street) as run:
        process, said = run.process, run.told("To stop")
        assert "running with 1 demo cameras" in said
        [link] = LINK.findall(said)
        with requests.Session() as visitor:
            visitor.trust_env = False
            assert visitor.get(link).status_code == 200
            assert "<title>Streamlit</title>" in visitor.get(f"http://127.0.0.1:{port}/").text
        assert eventually(lambda: listens(street))
        first = children(process)
        assert set(first) == {"worker", "demo.cameras", "streamlit"}

        os.kill(first["worker"], signal.SIGKILL)
        assert "the worker ended with SIGKILL; starting it again in 1 s" in run.told("starting it again")
        run.told("the worker is started again")
        second = children(process)
        assert second["worker"] != first["worker"]
        assert second["streamlit"] == first["streamlit"]

        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert time.monotonic() - began < 20
        assert all(gone(pid) for pid in second.values())
        assert not listens(port)
        assert not listens(street)
    logs = {file.name for file in (tmp_path / "log").iterdir()}
    assert logs == {"app.log", "worker.log", "cameras.log"}
    assert link.partition("token=")[2] not in "".join(file.read_text() for file in (tmp_path / "log").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to orphans is Linux's")
def test_with_a_real_inventory_there_are_no_simulated_cameras_and_a_kill_leaves_no_orphans(tmp_path):
    inventory(tmp_path, demo=False)
    port = free_port()
    with running(tmp_path, port) as run:
        process, said = run.process, run.told("To stop")
        assert "running with 1 cameras" in said
        ours = children(process)
        assert set(ours) == {"worker", "streamlit"}
        process.kill()
        process.wait()
        assert eventually(lambda: all(gone(pid) for pid in ours.values()))
        assert eventually(lambda: not listens(port))


def test_a_busy_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with running(tmp_path, port) as run:
            assert run.process.wait(PATIENCE_S) == 1
            said = run.said()
    assert said == (
        f"takhai: port {port} of 127.0.0.1 cannot be used (something else listens there); "
        "choose another with --port\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_terrain_model_nothing_may_rest_on_is_said_before_anything_starts(tmp_path):
    (tmp_path / "dem.tif").write_bytes(b"no picture")
    with running(tmp_path / "var", free_port(), heights=tmp_path / "dem.tif") as run:
        assert run.process.wait(PATIENCE_S) == 1
        assert run.said().startswith("takhai: TAKHAI_HEIGHTS: dem.tif cannot be read as a GeoTIFF of heights: ")
    assert not (tmp_path / "var").exists()


def test_a_busy_demo_port_is_said_too(tmp_path):
    inventory(tmp_path, demo=True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        street = other.getsockname()[1]
        with running(tmp_path, free_port(), demo_port=street) as run:
            assert run.process.wait(PATIENCE_S) == 1
            said = run.said()
    assert f"the simulated cameras cannot start: port {street}" in said
    assert not (tmp_path / "log").exists()


def child(tmp_path: Path, script: str) -> Child:
    return Child("trial", [sys.executable, "-c", script], dict(os.environ), tmp_path / "log" / "trial.log")


def test_a_process_that_keeps_dying_is_started_less_and_less_often(tmp_path):
    trial = child(tmp_path, "print('at work'); raise SystemExit(3)")
    trial.start()
    pauses = []
    while len(pauses) < 2:
        if (said := trial.tended()) and "ended with code 3" in said:
            pauses.append(float(re.search(r"again in (\d+) s", said)[1]))
        time.sleep(0.05)
    trial.end()
    assert pauses == [1, 2]
    assert trial.last_lines().splitlines() == ["at work", "at work"]


def test_a_process_that_will_not_end_is_killed_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("web.child.END_S", 0.5)
    trial = child(
        tmp_path,
        "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)",
    )
    trial.start()
    assert eventually(lambda: trial.last_lines().strip().isdecimal())
    trial.end()
    assert trial.process.returncode == -signal.SIGKILL
    assert eventually(lambda: gone(int(trial.last_lines())))
