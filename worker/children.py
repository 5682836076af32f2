"""A few children that decode or resolve: each job has a time limit; one that dies or hangs is replaced."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from data.settings import HOUSE
from worker.messages import pack_message
from worker.network import Reach

JOBS_EACH = 5_000  # then a fresh one: decoders leak; starting one costs as much as 150 pictures
MOST_MEMORY = 200 * 2**20
MAX_ANSWER = 4_500_000
Answer = tuple[dict[str, Any], bytes]


class Children:
    """A pool of `worker.child` processes, started when they are needed."""

    def __init__(self, reach: Reach, count: int) -> None:
        networks = [str(network) for network in reach.networks]
        self._argument = json.dumps({"networks": networks, "denied": sorted(reach.denied)})
        self._free = asyncio.Semaphore(count)
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self.killed = 0
        self.cpu_s = 0.0  # they took, their start with it

    async def do(self, job: dict[str, Any], body: bytes, timeout_s: float) -> Answer:
        """Answer to a job; {"ok": False, "reason": ...} where it killed the child or took too long."""
        async with self.hold() as child:
            return await self.ask(child, job, body, timeout_s)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator["Child"]:
        """Hold a child of one's own, for jobs that build on each other."""
        async with self._free:
            child = self._idle.pop() if self._idle else await self._start()
            try:
                yield child
            finally:
                if child in self._all:
                    if child.jobs < JOBS_EACH and child.memory < MOST_MEMORY:
                        self._idle.append(child)
                    else:
                        await self._end(child)

    async def ask(self, child: "Child", job: dict[str, Any], body: bytes, timeout_s: float) -> Answer:
        """Answer of a held child; it is gone after one with the reason "timeout" or "garbage" of its own death."""
        if child not in self._all:
            return {"ok": False, "reason": "garbage"}, b""
        try:
            answer = await asyncio.wait_for(child.ask(job | {"timeout_s": timeout_s}, body), timeout_s)
        except TimeoutError:
            await self._kill(child)
            return {"ok": False, "reason": "timeout"}, b""
        except (OSError, EOFError, ValueError):
            await self._kill(child)
            return {"ok": False, "reason": "garbage"}, b""
        except BaseException:
            await self._kill(child)
            raise
        self.cpu_s += answer[0].pop("cpu_s")
        child.memory = answer[0].pop("memory")
        child.jobs += 1
        return answer

    async def rest(self) -> None:
        """End the children that have nothing to do: they come back when they are needed."""
        while self._idle:
            await self._end(self._idle.pop())

    async def close(self) -> None:
        """End every child."""
        for child in list(self._all):
            await self._end(child)
        self._idle.clear()

    async def _start(self) -> "Child":
        process = await asyncio.create_subprocess_exec(
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
        child = Child(process)
        self._all.add(child)
        return child

    async def _kill(self, child: "Child") -> None:
        self.killed += 1
        await self._end(child)

    async def _end(self, child: "Child") -> None:
        self._all.discard(child)
        process = child.process
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()


class Child:
    """One process, how many jobs it has done and how much memory it holds."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.jobs = 0
        self.memory = 0

    async def ask(self, job: dict[str, Any], body: bytes) -> Answer:
        """Answer to a job."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(pack_message(job, body))
        await stdin.drain()
        sizes = await stdout.readexactly(8)
        head, rest = int.from_bytes(sizes[:4]), int.from_bytes(sizes[4:])
        if head + rest > MAX_ANSWER:
            raise ValueError("the child's answer is too long")
        answer: dict[str, Any] = json.loads(await stdout.readexactly(head))
        return answer, await stdout.readexactly(rest)
