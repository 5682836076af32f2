"""A photographer with everything it needs, for tests of what a camera's answers become."""

import itertools
from dataclasses import dataclass
from ipaddress import ip_network

from data.database import Database
from data.watch.roster import Watched
from tests.worker.street import now
from worker.reach.fetch import open_session
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach
from worker.still.children import Children
from worker.still.past import Past
from worker.still.photographer import Photographer, Taken
from worker.streams.resolve import Resolver
from worker.streams.stream import Gatherer

_ids = itertools.count(1)
NETWORKS = (ip_network("127.0.0.1/32"),)


@dataclass
class Studio:
    """A photographer with everything it needs."""

    db: Database
    networks: tuple = NETWORKS
    form: str = "jpeg"
    denied: frozenset = frozenset()

    async def __aenter__(self) -> Photographer:
        reach = Reach(self.networks, self.denied)
        self.decoders, self.resolvers = Children(reach, 1), Children(reach, 1)
        self.session = open_session(reach, 4)
        gatherer = Gatherer(self.session, Names(reach), Resolver(self.resolvers))
        past = Past(self.db)
        await past.open(now())
        return Photographer(self.db, gatherer, Gates(4, 1000), self.decoders, past, now, self.form)

    async def __aexit__(self, *_: object) -> None:
        await self.decoders.close()
        await self.resolvers.close()
        await self.session.close()


async def take(studio: Studio, *cameras: Watched) -> list[Taken]:
    async with studio as photographer:
        return [await photographer.take(camera) for camera in cameras]


def camera(stream: str | None = None, snapshot: str | None = None, substream: str | None = None) -> Watched:
    return Watched(next(_ids), stream, snapshot, True, None, substream)
