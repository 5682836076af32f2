"""Stills kept for longer, written: hours that are over are brought to their place, thinned by age, and let go."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta

from data.watch.packs import Packs
from data.watch.spool import HOUR, Entry, Found, Spool

HOURLY_AFTER = timedelta(hours=24)  # from here on a picture an hour is enough
DAILY_AFTER = timedelta(days=7)
NOON = timedelta(hours=5)  # in Thailand, as UTC: the picture of a day that shows most
LATE = timedelta(minutes=5)  # a picture may come so long after its hour
GB = 1e9  # bytes


class Archive:
    """
    An archive and what waits for it; one process writes under one name. `Archived` reads it.

    Raises
    ------
    ValueError
        If nothing here can reach such a place; says what to install.
    """

    def __init__(self, place: str, spool: Spool, name: str, *, keep_days: float, quota_gb: float) -> None:
        self._packs = Packs(place)
        self._spool, self._name = spool, name
        self._keep, self._most_bytes = timedelta(days=keep_days), quota_gb * GB
        # how far each hour has been thinned, so that none is read for nothing
        self._thinned: dict[datetime, timedelta] = {}

    def ship(self, at: datetime) -> int:
        """Bring the hours that are over to their place; returns how many. What fails is tried again."""
        over = [hour for hour in self._spool.hours() if hour + HOUR + LATE <= at]
        for hour in over:
            self._packs.write(hour, self._name, self._joined(hour))
            self._thinned.pop(hour, None)
            self._spool.drop(hour)
        return len(over)

    def thin(self, at: datetime) -> int:
        """Keep one picture an hour of what is older than a day, one a day after a week; returns how many went."""
        gone = 0
        days: dict[datetime, list[datetime]] = {}
        for hour in sorted(self._packs.files()):
            days.setdefault(hour.replace(hour=0), []).append(hour)
        for day, hours in days.items():
            if at >= day + 24 * HOUR + DAILY_AFTER:
                parts, wanted, step = [hours], day + NOON, DAILY_AFTER
            else:
                parts = [[hour] for hour in hours if at >= hour + HOUR + HOURLY_AFTER]
                wanted, step = day, HOURLY_AFTER  # the first of each hour
            for part in parts:
                if any(self._thinned.get(hour) != step for hour in part):
                    gone += self._thin(part, wanted)
                    self._thinned |= dict.fromkeys(part, step)
        return gone

    def purge(self, at: datetime) -> int:
        """Delete what is too old, then the oldest until the rest has room; returns how many hours went."""
        files = self._packs.files()
        left = sum(size for sizes in files.values() for size in sizes.values())
        gone = 0
        for hour in sorted(files):
            if hour + HOUR > at - self._keep and left <= self._most_bytes:
                break
            self._packs.remove(files[hour])
            left -= sum(files[hour].values())
            self._thinned.pop(hour, None)
            gone += 1
        return gone

    def _joined(self, hour: datetime) -> Iterator[Found]:
        """Pictures of an hour by camera and time: those that wait, and those in place that came before them."""
        waiting = {_order(entry): entry for entry in self._spool.entries(hour)}
        pack, there = self._packs.entries(hour, self._name)
        before = [entry for entry in there if _order(entry) not in waiting]
        in_place = self._packs.read(pack, before) if before else iter(())
        yield from heapq.merge(
            in_place,
            self._spool.read(hour, (waiting[key] for key in sorted(waiting))),
            key=lambda one: _order(one[0]),
        )

    def _thin(self, hours: list[datetime], wanted: datetime) -> int:
        """Keep of each camera the picture nearest to a time, among some hours; returns how many went."""
        best: dict[int, datetime] = {}
        for hour in hours:
            for entry in self._packs.entries(hour, self._name)[1]:
                old = best.get(entry.camera_id)
                if old is None or abs(entry.captured_at - wanted) < abs(old - wanted):
                    best[entry.camera_id] = entry.captured_at
        gone = 0
        for hour in hours:
            pack, found = self._packs.entries(hour, self._name)
            kept = [entry for entry in found if entry.captured_at == best[entry.camera_id]]
            if len(kept) < len(found):
                self._packs.write(hour, self._name, self._packs.read(pack, kept))
            gone += len(found) - len(kept)
        return gone


def _order(entry: Entry) -> tuple[int, datetime]:
    return entry.camera_id, entry.captured_at
