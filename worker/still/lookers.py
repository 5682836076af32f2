"""Look now: a picture in three seconds and then one a second, for as long as somebody asked for."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from data.database import Database
from data.watch import desk
from data.watch.roster import Watched
from worker.reach.fetch import reason_of
from worker.reach.network import Target, parse
from worker.still.children import Child, Children
from worker.still.measures import SIZE
from worker.still.photographer import DECODE_S, FETCH_S, UDP, Photographer, Taken, make_picture
from worker.streams.rtp import KeyframeFinder
from worker.streams.rtsp import Conversation, DeclinedError, SilentError, TransportError, open_conversation
from worker.streams.stream import Material, NoPictureError

POLL_S = 0.25
EVERY_S = 1.0
MOST = 8  # at once; each has a child of its own while it follows a stream
TRIES = 3  # in a row without a picture, before its reason is told
MOST_BYTES = 8_000_000  # of a stream between two pictures


class Lookers:
    """One task for each camera somebody wants to see now."""

    def __init__(
        self,
        db: Database,
        photographer: Photographer,
        deliver: Callable[[int, Taken], None],
        now: Callable[[], datetime],
        has: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._db, self._photographer, self._deliver, self._now = db, photographer, deliver, now
        self._has = has  # whether a camera is ours to look at
        self.children = Children(photographer.gatherer.names.reach, MOST)
        self._looks: dict[int, asyncio.Task[None]] = {}
        self._until: dict[int, datetime] = {}

    async def follow(self, cameras: Mapping[int, Watched]) -> None:
        """Begin the looks that are asked for and have not begun; the others end by themselves."""
        asked = await asyncio.to_thread(desk.looks, self._db, self._now())
        self._until = {camera_id: until_at for camera_id, until_at in asked.items() if self._has(camera_id)}
        for camera_id in self._until.keys() - self._looks.keys():
            camera = cameras.get(camera_id)
            if camera is None:
                await self._refuse(camera_id, "no_address")
            elif len(self._looks) >= MOST:
                await self._refuse(camera_id, "busy")
            else:
                self._looks[camera_id] = asyncio.create_task(self._look(camera))

    async def close(self) -> None:
        """End every look."""
        tasks = list(self._looks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wanted(self, camera_id: int) -> bool:
        until = self._until.get(camera_id)
        return until is not None and self._now() < until

    async def _refuse(self, camera_id: int, reason: str) -> None:
        await asyncio.to_thread(desk.refuse_look, self._db, camera_id, reason)

    async def _look(self, camera: Watched) -> None:
        address = camera.substream or camera.stream or ""
        try:
            streams = not camera.snapshot and address.lower().startswith(("rtsp:", "rtsps:"))
            if streams:
                reason = await self._follow_stream(camera.id, address)
            else:
                reason = await self._ask_again_and_again(camera)
        except asyncio.CancelledError:
            raise
        except (NoPictureError, DeclinedError) as error:
            reason = error.reason
        except Exception as error:  # a camera may answer anything: it is told, and the worker goes on
            reason = reason_of(error)
        finally:
            self._looks.pop(camera.id, None)
        if reason:
            await self._refuse(camera.id, reason)

    async def _ask_again_and_again(self, camera: Watched) -> str:
        """Ask a camera for a picture each second; returns the reason where none comes."""
        failed = 0
        while self._wanted(camera.id):
            begun_s = time.monotonic()
            taken = await self._photographer.take(camera, showing=True)
            self._deliver(camera.id, taken)
            failed = failed + 1 if taken.reason else 0
            if failed >= TRIES:
                return taken.reason
            await asyncio.sleep(max(0.0, begun_s + EVERY_S - time.monotonic()))
        return ""

    async def _follow_stream(self, camera_id: int, address: str) -> str:
        """Hold one session, and show the last picture of each second."""
        target = parse(address)
        udp = self._photographer.fallbacks.get(camera_id) == UDP
        async with self._photographer.inside(address):
            try:
                return await self._hold_session(camera_id, target, udp=udp)
            except TransportError:
                if target.secure:
                    raise
                return await self._hold_session(camera_id, target, udp=not udp)

    async def _hold_session(self, camera_id: int, target: Target, *, udp: bool) -> str:
        async with asyncio.timeout(FETCH_S):
            conversation = await open_conversation(target, self._photographer.gatherer.names)
        try:
            async with asyncio.timeout(FETCH_S):
                video = await conversation.find_video()
                await conversation.play(video, udp=udp)
            finder = KeyframeFinder(video.codec, video.parameters, every=True)
            async with self.children.hold() as child:
                return await self._show(camera_id, child, conversation, finder)
        finally:
            await conversation.hang_up()

    async def _show(self, camera_id: int, child: Child, conversation: Conversation, finder: KeyframeFinder) -> str:
        fresh, shown_s, pictures = True, 0.0, list[bytes]()
        begun_s = time.monotonic()
        while self._wanted(camera_id):
            try:
                found = finder.push(await conversation.packet())
            except SilentError:
                return "stalled"
            if found is None:
                if fresh and time.monotonic() - begun_s > FETCH_S:
                    return "timeout"
                continue
            pictures.append(found)
            if sum(map(len, pictures)) > MOST_BYTES:
                return "garbage"
            if time.monotonic() - shown_s >= EVERY_S:
                taken = await self._decode(child, finder.codec, pictures, fresh=fresh)
                fresh, shown_s, pictures = taken is None, time.monotonic(), []
                if taken is not None:
                    self._deliver(camera_id, taken)
        return ""

    async def _decode(self, child: Child, codec: str, pictures: list[bytes], *, fresh: bool) -> Taken | None:
        sizes = [len(picture) for picture in pictures]
        job = {"kind": "next", "form": self._photographer.form, "codec": codec, "fresh": fresh, "sizes": sizes}
        facts, answer = await self.children.ask(child, job, b"".join(pictures), DECODE_S)
        if not facts["ok"]:
            return None
        picture = make_picture(facts, answer[SIZE:], Material("next"), self._now())
        return Taken(picture, None)
