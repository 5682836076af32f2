"""One process of ours: its log, how it is started again when it dies, and how it is ended."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from data.settings import HOUSE

END_S = 5.0  # a process that has not ended by itself by then is killed
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0  # before a process that died is started again
STEADY_S = 60.0  # having lived so long it gets the first pause again
_PARENT_DEATH_SIGNAL = 1  # prctl(2)


@dataclass
class Child:
    """A command, and its process while it runs."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _file: IO[bytes] | None = None
    _started_at: float = 0.0
    _again_at: float | None = None
    _pause_s: float = field(default=FIRST_PAUSE_S)

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C reaches us alone, and we end the others in order."""
        if self._file is None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.log.open("wb")
        self._started_at, self._again_at = time.monotonic(), None
        self.process = subprocess.Popen(  # noqa: S603  our own command
            self.command,
            cwd=HOUSE,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def tended(self) -> str | None:
        """Start it again if it died and its pause is over; returns what there is to say about it."""
        assert self.process is not None
        if self._again_at is not None:
            if time.monotonic() >= self._again_at:
                self.start()
                return f"the {self.name} is started again"
            return None
        code = self.process.poll()
        if code is None:
            return None
        self._sweep()
        if time.monotonic() - self._started_at > STEADY_S:
            self._pause_s = FIRST_PAUSE_S
        pause_s, self._pause_s = self._pause_s, min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._again_at = time.monotonic() + pause_s
        return f"the {self.name} ended with {_ending(code)}; starting it again in {pause_s:.0f} s (see {self.log})"

    def end(self) -> None:
        """Ask it to end, then make it; whatever it started itself goes with it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._sweep()
        if self._file is not None:
            self._file.close()

    def last_lines(self, count: int = 12) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])

    def _sweep(self) -> None:
        assert self.process is not None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what is left of its session
        except ProcessLookupError:
            return


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def _end_with_parent() -> None:
    """Ask the kernel to end this process with the one that started it, even by kill -9."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
