"""What processes take of the machine, their children included, read from /proc."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_s(pid: int) -> float:
    """Processor time of a process and its descendants so far, of those that ended and were waited for too. [s]"""
    return sum(sum(map(int, fields[11:15])) for one in tree(pid) if (fields := _stat(one))) / _TICKS


def own_cpu_s(pid: int) -> float:
    """Processor time of a process without its children. [s]"""
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / _TICKS if fields else 0.0


def command_of(pid: int) -> str:
    """Return the command a process runs; "" once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def memory_mb(pid: int) -> float:
    """Memory of a process and its descendants; what they share is counted once (PSS). [MB]"""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat after the name: state, parent, ... utime (11), stime, cutime, cstime."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def wait_for(log: Path, text: str, process: subprocess.Popen[bytes], patience_s: float = 120) -> None:
    """Wait until a process says something in its log."""
    until_s = time.monotonic() + patience_s
    while text not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(f"{process.args!r} did not say {text!r}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def cpu_of_command(command: Sequence[str], patience_s: float = 60) -> tuple[float, bytes]:
    """Run a shell's pipeline; return its processor time, children included, and what it wrote. [s]"""
    before = os.times()
    done = subprocess.run(command, capture_output=True, timeout=patience_s, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{command!r} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return spent, done.stdout
