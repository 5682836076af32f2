"""Several processes that share the cameras: one loop keeps one core busy, a country needs more."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from data.settings import HOUSE, Settings
from worker.watching import Word

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0  # before a process that ended is started again
STEADY_S = 60.0  # having lived so long it gets the first pause again


@dataclass(frozen=True, slots=True)
class Share:
    """Cameras one process looks at: of `of` processes the one with this index, from 0."""

    index: int = 0
    of: int = 1

    @property
    def first(self) -> bool:
        """Whether it is the one that starts the others, and does what is done once for all."""
        return self.index == 0

    def has(self, camera_id: int) -> bool:
        """Whether a camera is in it."""
        return camera_id % self.of == self.index

    def portion(self, settings: Settings) -> Settings:
        """Settings with this share of what the worker may take of the machine, of hosts and of networks."""
        given, of = settings, self.of
        return settings.model_copy(
            update={
                "probes_at_once": max(1, given.probes_at_once // of),
                "sessions_per_host": max(1, given.sessions_per_host // of),
                "probes_per_network_s": given.probes_per_network_s / of,
                "stills_at_once": max(1, given.stills_at_once // of),
                "still_cores": given.still_cores / of,
            }
        )


class Others:
    """The processes of all shares but the first: started, heard, started again when they die, and ended."""

    def __init__(
        self, name: str, of: int, heard: Callable[[int, Word], None], gone: Callable[[int], None]
    ) -> None:
        self._name, self._of, self._heard, self._gone = name, of, heard, gone
        self._processes: dict[int, Process] = {}
        self._keeping: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start them."""
        self._keeping = [asyncio.create_task(self._keep(index)) for index in range(1, self._of)]

    async def close(self, patience_s: float) -> None:
        """End them; each closes its books first, if that does not take too long."""
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
        ends = [asyncio.create_task(process.wait()) for process in self._processes.values()]
        if ends:
            await asyncio.wait(ends, timeout=patience_s)
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    async def _keep(self, index: int) -> None:
        loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            started_s = loop.time()
            with suppress(OSError):  # no memory for one more process, say: it is tried again
                await self._run(index)
            if loop.time() - started_s > STEADY_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _run(self, index: int) -> None:
        """Run a process to its end. It ends by itself when our end of its stdin goes, be we killed."""
        arguments = ("-m", "worker.share", self._name, str(index), str(self._of))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE, cwd=HOUSE
        )
        self._processes[index] = process
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                with suppress(ValueError):  # something a library prints is no word of ours
                    self._heard(index, Word.unpack(line))
            await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            self._gone(index)
