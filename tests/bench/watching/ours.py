"""
Our way, in a process of its own so that all it takes is seen: `python -m tests.bench.watching.ours JOB`.

JOB is JSON: {"take": address with {host}, "count": N, "at_once": M}. It says "ready" once its children run, takes
the pictures, and says what that took of the processor, the children included.
"""

import asyncio
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import uvloop

from data.database import open_database
from data.watch.roster import Watched
from tests.bench.processes import cpu_s
from worker.reach.fetch import open_session
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach
from worker.still.children import Children
from worker.still.past import Past
from worker.still.photographer import Photographer
from worker.still.pictures import READY
from worker.streams.resolve import Resolver
from worker.streams.stream import Gatherer

_FIRST = 64  # pictures at once, so that every child runs: one does thousands before a fresh one takes over
_DECODERS = 1  # as many as the worker has by default


async def _run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    reach = Reach((ip_network("127.0.0.0/8"),))
    decoders, resolvers = Children(reach, _DECODERS, READY), Children(reach, 1)
    db = open_database(f"sqlite:///{folder / 'takhai.db'}")
    async with open_session(reach, 2 * job["at_once"]) as session:
        gatherer = Gatherer(session, Names(reach), Resolver(resolvers))
        past = Past(db)
        await past.open(datetime.now(UTC))
        taker = Photographer(db, gatherer, Gates(4, 10_000), decoders, past, lambda: datetime.now(UTC), "jpeg")
        places = asyncio.Semaphore(job["at_once"])

        async def take(number: int) -> bool:
            address = job["take"].format(host=f"127.9.{number // 250}.{number % 250 + 1}")
            async with places:
                return (await taker.take(_camera(number, address))).picture is not None

        await asyncio.gather(*map(take, range(_FIRST)))
        _say("ready")
        sys.stdin.readline()
        before_s = cpu_s(os.getpid())
        came = await asyncio.gather(*(take(_FIRST + number) for number in range(job["count"])))
        spent_s = cpu_s(os.getpid()) - before_s
        await decoders.close()
        await resolvers.close()
    db.dispose()
    return {"cpu_s": spent_s, "taken": sum(came), "tally": dict(taker.tally)}


def _camera(number: int, address: str) -> Watched:
    is_still = address.endswith(".jpg")
    known: dict[str, Any] = dict.fromkeys(Watched.__dataclass_fields__)
    known |= {"id": number + 1, "stream": None if is_still else address, "snapshot": address if is_still else None}
    return Watched(**known | {"linked": True})


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do the job that was given."""
    with tempfile.TemporaryDirectory(prefix="takhai-ours-") as folder:
        _say(json.dumps(uvloop.run(_run(json.loads(sys.argv[1]), Path(folder)))))


if __name__ == "__main__":
    main()
