"""A few children that decode or resolve: each job has a time limit; one that dies or hangs is replaced."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from data.settings import HOUSE
from worker.reach.network import Reach
from worker.still.messages import pack_message

JOBS_EACH = 5_000  # then a fresh one: decoders leak; starting one costs as much as 150 pictures
MOST_MEMORY = 200 * 2**20
MAX_ANSWER = 4_500_000
Answer = tuple[dict[str, Any], bytes]


class _GoneError(Exception):
    """Another's job ended the child before it came to this one."""


class Children:
    """
    A pool of `worker.still.child` processes, started when they are needed.

    With a `depth` over 1 so many jobs lie ready at each child: it works on while its last answer is on its way.
    """

    def __init__(self, reach: Reach, count: int, depth: int = 1) -> None:
        networks = [str(network) for network in reach.networks]
        self._argument = json.dumps({"networks": networks, "denied": sorted(reach.denied)})
        self._count, self._depth = count, depth
        self._free = asyncio.Semaphore(count * depth)
        self._all: set[Child] = set()
        self.killed = 0
        self.cpu_s = 0.0  # they took, their start with it

    async def do(self, job: dict[str, Any], body: bytes, timeout_s: float) -> Answer:
        """Answer to a job; {"ok": False, "reason": ...} where it killed the child or took too long."""
        while True:
            async with self.hold() as child:
                with suppress(_GoneError):
                    return await self.ask(child, job, body, timeout_s)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator["Child"]:
        """Hold a place at a child; with a depth of 1 it is one's own, for jobs that build on each other."""
        async with self._free:
            child = self._choose()
            child.held += 1
            try:
                yield child
            finally:
                child.held -= 1
                if child in self._all and child.worn and not child.held:
                    await self._end(child)

    def _choose(self) -> "Child":
        """Return the child with the least to do, a new one rather than one that is busy."""
        able = [child for child in self._all if child.held < self._depth and not child.worn]
        least = min(able, key=lambda child: child.held, default=None)
        if least is None or (least.held and len(able) < self._count):
            least = Child(self._argument)
            self._all.add(least)
        return least

    async def ask(self, child: "Child", job: dict[str, Any], body: bytes, timeout_s: float) -> Answer:
        """Answer of a held child; it is gone after one with the reason "timeout" or "garbage" of its own death."""
        if child not in self._all:
            return {"ok": False, "reason": "garbage"}, b""
        try:
            answer = await child.ask(job, body, timeout_s)
        except _GoneError:
            raise
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
        for child in [one for one in self._all if not one.held]:
            await self._end(child)

    async def close(self) -> None:
        """End every child."""
        for child in list(self._all):
            await self._end(child)

    async def _kill(self, child: "Child") -> None:
        if child in self._all:  # else who was before us at it did
            self.killed += 1
            await self._end(child)

    async def _end(self, child: "Child") -> None:
        self._all.discard(child)
        await child.end()


class Child:
    """One process, how many jobs it has done and how much memory it holds."""

    def __init__(self, argument: str) -> None:
        self._starting = asyncio.create_task(_start(argument))
        self._asked: deque[tuple[asyncio.Future[Answer], float]] = deque()  # with the seconds each may take
        self._reading: asyncio.Task[None] | None = None
        self._broken = False
        self.held = 0
        self.jobs = 0
        self.memory = 0

    @property
    def process(self) -> Process:
        """Its process, once it was asked something."""
        return self._starting.result()

    @property
    def worn(self) -> bool:
        """Whether it gets no more jobs."""
        return self._broken or self.jobs >= JOBS_EACH or self.memory >= MOST_MEMORY

    async def ask(self, job: dict[str, Any], body: bytes, timeout_s: float) -> Answer:
        """Answer to a job, which may take so long once its turn has come."""
        process = await asyncio.shield(self._starting)
        if self._broken:
            raise _GoneError
        assert process.stdin is not None
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append((answer, timeout_s))
        process.stdin.write(pack_message(job | {"timeout_s": timeout_s}, body))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await answer

    async def _read(self) -> None:
        """Hand out answers in the order of the jobs, as long as there are any."""
        while self._asked:
            answer, timeout_s = self._asked[0]
            try:
                async with asyncio.timeout(timeout_s):
                    found = await self._answer()
            except (TimeoutError, OSError, EOFError, ValueError) as error:
                self._fail(error)
                return
            self._asked.popleft()
            if not answer.done():
                answer.set_result(found)
        self._reading = None

    async def _answer(self) -> Answer:
        stdout = self.process.stdout
        assert stdout is not None
        sizes = await stdout.readexactly(8)
        head, rest = int.from_bytes(sizes[:4]), int.from_bytes(sizes[4:])
        if head + rest > MAX_ANSWER:
            raise ValueError("the child's answer is too long")
        answer: dict[str, Any] = json.loads(await stdout.readexactly(head))
        return answer, await stdout.readexactly(rest)

    def _fail(self, error: Exception) -> None:
        """Give up: the job it was at is to blame, those behind it are done elsewhere."""
        self._broken = True
        while self._asked:
            answer, _ = self._asked.popleft()
            if not answer.done():
                answer.set_exception(error)
            error = _GoneError()

    async def end(self) -> None:
        """End the process."""
        self._fail(_GoneError())
        if self._reading is not None:
            self._reading.cancel()
        with suppress(OSError):  # it never began
            process = await self._starting
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()


async def _start(argument: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "worker.still.child",
        argument,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=HOUSE,
        env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,  # Ctrl-C is for the worker, which then ends its children
    )
