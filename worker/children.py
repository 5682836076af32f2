"""A few children that decode: each job has a time limit, and a child that dies or hangs is replaced."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from data.settings import HOUSE, Network
from worker.child import pack_message

JOBS_EACH = 500  # then a fresh one: decoders leak
MAX_ANSWER = 4_000_000


class Children:
    """A pool of `worker.child` processes."""

    def __init__(self, networks: Sequence[Network], count: int) -> None:
        self._argument = json.dumps({"networks": [str(network) for network in networks]})
        self._free = asyncio.Semaphore(count)
        self._idle: list[tuple[Process, int]] = []
        self._all: set[Process] = set()
        self.killed = 0

    async def do(self, job: dict[str, Any], body: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Answer to a job; {"ok": False, "reason": ...} where it killed the child or took too long."""
        async with self._free:
            child, jobs = self._idle.pop() if self._idle else (await self._start(), 0)
            try:
                answer = await asyncio.wait_for(_ask(child, job | {"timeout_s": timeout_s}, body), timeout_s)
            except TimeoutError:
                await self._kill(child)
                return {"ok": False, "reason": "timeout"}, b""
            except (OSError, EOFError, ValueError):
                await self._kill(child)
                return {"ok": False, "reason": "garbage"}, b""
            except BaseException:
                await self._kill(child)
                raise
            if jobs + 1 < JOBS_EACH:
                self._idle.append((child, jobs + 1))
            else:
                await self._end(child)
            return answer

    async def close(self) -> None:
        """End every child."""
        for child in list(self._all):
            await self._end(child)
        self._idle.clear()

    async def _start(self) -> Process:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "worker.child",
            self._argument,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=HOUSE,
            env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,  # Ctrl-C is for the worker, which then ends its children
        )
        self._all.add(child)
        return child

    async def _kill(self, child: Process) -> None:
        self.killed += 1
        await self._end(child)

    async def _end(self, child: Process) -> None:
        self._all.discard(child)
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()
        if child.stdin is not None:
            child.stdin.close()


async def _ask(child: Process, job: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(pack_message(job, body))
    await child.stdin.drain()
    sizes = await child.stdout.readexactly(8)
    head, rest = int.from_bytes(sizes[:4]), int.from_bytes(sizes[4:])
    if head + rest > MAX_ANSWER:
        raise ValueError("the child's answer is too long")
    answer: dict[str, Any] = json.loads(await child.stdout.readexactly(head))
    return answer, await child.stdout.readexactly(rest)
