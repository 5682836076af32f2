"""Stills kept for longer, read: which there are of a camera around a time, and each of them."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from data.settings import Settings
from data.watch.packs import Files, Packs
from data.watch.spool import HOUR, Entry, Spool, hour_of
from data.watch.thumbnails import Picture

BATCH = 8  # hours asked of the place at once
SCANS = 64  # hours and cameras whose waiting pictures are remembered


class Archived:
    """
    An archive and what waits for it, to be read by any process and thread.

    Raises
    ------
    ValueError
        If nothing here can reach such a place; says what to install.
    OSError
        From every method, if the place cannot be used now.
    """

    def __init__(self, place: str, spool: Spool) -> None:
        self._packs, self._spool = Packs(place), spool
        self._waiting: OrderedDict[tuple[datetime, int], list[Entry]] = OrderedDict()

    def hours(self) -> list[datetime]:
        """Hours pictures are kept of, of whatever camera, the oldest first."""
        return sorted({*self._packs.files(), *self._spool.hours()})

    def around(self, camera_id: int, at: datetime, most: int) -> tuple[list[Entry], list[Entry]]:
        """Last pictures of a camera until a time and first after it, the oldest first; at most so many of each."""
        files = self._packs.files()
        hours = sorted({*files, *self._spool.hours()})
        earlier = [hour for hour in reversed(hours) if hour <= at]
        later = [hour for hour in hours if hour >= hour_of(at)]
        before = self._first(camera_id, earlier, files, lambda one: one <= at, most)
        after = self._first(camera_id, later, files, lambda one: one > at, most)
        return before[-most:], after[:most]

    def between(self, camera_id: int, begin: datetime, end: datetime) -> list[Entry]:
        """Pictures of a camera captured in [begin, end), the oldest first."""
        files = self._packs.files()
        hours = [hour for hour in {*files, *self._spool.hours()} if hour + HOUR > begin and hour < end]
        return self._first(camera_id, sorted(hours), files, lambda one: begin <= one < end, None)

    def read(self, camera_id: int, captured_at: datetime) -> Picture | None:
        """Read the picture of a camera that was captured at a time; None if there is none, or none any more."""
        hour = hour_of(captured_at)
        for _ in range(2):  # what is thinned or brought to its place in between is found the second time
            # where one waits it stays until its hour is brought away: what was found before is found there again
            waiting = self._waiting.get((hour, camera_id), [])
            if all(entry.captured_at != captured_at for entry in waiting):
                waiting = self._scan(hour, camera_id)
            for entry, body in self._spool.read(hour, [one for one in waiting if one.captured_at == captured_at]):
                return entry.picture(body)
            for pack, entry in self._packs.of_camera(self._packs.of_hour(hour), camera_id):
                if entry.captured_at == captured_at and (body_ := self._packs.read_one(pack, entry)) is not None:
                    return entry.picture(body_)
        return None

    def _first(
        self,
        camera_id: int,
        hours: list[datetime],
        files: Files,
        wanted: Callable[[datetime], bool],
        most: int | None,
    ) -> list[Entry]:
        """Pictures out of hours in their order, until there are enough."""
        found: dict[datetime, Entry] = {}
        for n in range(0, len(hours), BATCH):
            part = hours[n : n + BATCH]
            asked = {hour: files[hour] for hour in part if hour in files}
            entries = [entry for _, entry in self._packs.of_camera(asked, camera_id)]
            entries += (entry for hour in part for entry in self._scan(hour, camera_id))
            found |= {entry.captured_at: entry for entry in entries if wanted(entry.captured_at)}
            if most is not None and len(found) >= most:
                break
        return [found[at] for at in sorted(found)]

    def _scan(self, hour: datetime, camera_id: int) -> list[Entry]:
        found = self._spool.entries(hour, camera_id)
        if found:
            self._waiting[hour, camera_id] = found
        while len(self._waiting) > SCANS:
            self._waiting.popitem(last=False)
        return found


def open_archived(given: Settings) -> Archived | None:
    """Return what the settings say is kept, one for a process; None where nothing is. Errors: see `Archived`."""
    return _opened(given.archive_place, given.var / "archive") if given.archive_place else None


@lru_cache(maxsize=1)
def _opened(place: str, folder: Path) -> Archived:
    return Archived(place, Spool(folder))
