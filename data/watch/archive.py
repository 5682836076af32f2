"""
Stills kept for longer: one pack and one index an hour, in a folder or in object storage.

    day=2026-11-25/hour=08/pack-1f2e3d4c.9a8b7c6d.bin     pictures, one after the other
    day=2026-11-25/hour=08/index-1f2e3d4c.json            the pack it belongs to, and where in it each picture is

A pack is named after what is in it and the index is moved into its place last, so that whoever reads finds the old
pair or the new one. Times are UTC.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import fsspec

from data.settings import HOUSE
from data.watch.spool import CLOCKS, EPOCH, HOUR, MICROSECOND, Shot, Spool, hour_of
from data.watch.thumbnails import Picture

HOURLY_AFTER = timedelta(hours=24)  # from here on a picture an hour is enough
DAILY_AFTER = timedelta(days=7)
NOON = timedelta(hours=5)  # in Thailand, as UTC: the picture of a day that shows most
LATE = timedelta(minutes=5)  # a picture may come so long after its hour
_HOUR = re.compile(r"day=(\d{4}-\d\d-\d\d)/hour=(\d\d)/[^/]+$")
GB = 1e9  # bytes


class Archive:
    """
    An archive and what waits for it; one process writes under one name, any may read.

    Raises
    ------
    ValueError
        If nothing here can reach such a place; says what to install.
    """

    def __init__(self, place: str, spool: Spool, name: str, *, keep_days: float, quota_gb: float) -> None:
        self._fs, root = _open(place)
        self._root = root.rstrip("/")
        self._spool, self._name = spool, name
        self._keep, self._most_bytes = timedelta(days=keep_days), quota_gb * GB
        self._thinned: dict[
            datetime, timedelta
        ] = {}  # how far each hour has been, so that none is read for nothing

    def ship(self, at: datetime) -> int:
        """Bring the hours that are over to their place; returns how many. What fails is tried again."""
        over = [hour for hour in self._spool.hours() if hour + HOUR + LATE <= at]
        for hour in over:
            known = {(camera_id, shot.captured_at): shot for camera_id, shot in self._own(hour)}
            known |= {(camera_id, shot.captured_at): shot for camera_id, shot in self._spool.read(hour)}
            self._write(hour, [(camera_id, shot) for (camera_id, _), shot in known.items()])
            self._thinned.pop(hour, None)
            self._spool.drop(hour)
        return len(over)

    def read(self, camera_id: int, at: datetime) -> Picture | None:
        """Picture of a camera that was captured nearest to a time, or None."""
        best: Picture | None = None
        hours = set(self._files()) | set(self._spool.hours())
        for hour in sorted(hours, key=lambda one: _apart(one, at)):
            if best is not None and abs(best.captured_at - at) <= _apart(hour, at):
                break
            waiting = [shot for owner, shot in self._spool.read(hour) if owner == camera_id]
            for shot in [*self._of_camera(hour, camera_id, at), *waiting]:
                if best is None or abs(shot.captured_at - at) < abs(best.captured_at - at):
                    best = shot
        return best

    def thin(self, at: datetime) -> int:
        """Keep one picture an hour of what is older than a day, one a day after a week; returns how many went."""
        gone = 0
        days: dict[datetime, list[datetime]] = {}
        for hour in sorted(self._files()):
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
        files = self._files()
        left = sum(size for sizes in files.values() for size in sizes.values())
        gone = 0
        for hour in sorted(files):
            if hour + HOUR > at - self._keep and left <= self._most_bytes:
                break
            for path in files[hour]:
                self._fs.rm_file(path)
            left -= sum(files[hour].values())
            self._thinned.pop(hour, None)
            gone += 1
        return gone

    def _thin(self, hours: list[datetime], wanted: datetime) -> int:
        """Keep of each camera the picture nearest to a time, among some hours; returns how many went."""
        shots = {hour: self._own(hour) for hour in hours}
        best: dict[int, datetime] = {}
        for camera_id, shot in (one for found in shots.values() for one in found):
            if camera_id not in best or abs(shot.captured_at - wanted) < abs(best[camera_id] - wanted):
                best[camera_id] = shot.captured_at
        gone = 0
        for hour, found in shots.items():
            kept = [one for one in found if one[1].captured_at == best[one[0]]]
            if len(kept) < len(found):
                self._write(hour, kept)
            gone += len(found) - len(kept)
        return gone

    def _write(self, hour: datetime, shots: list[Shot]) -> None:
        folder, cameras, content, at = self._folder(hour), dict[str, list[list[int]]](), list[bytes](), 0
        for camera_id, shot in sorted(shots, key=lambda one: (one[0], one[1].captured_at)):
            captured = (shot.captured_at - EPOCH) // MICROSECOND
            clock, size = CLOCKS.index(shot.clock), len(shot.body)
            cameras.setdefault(str(camera_id), []).append([captured, clock, shot.width, shot.height, at, size])
            content.append(shot.body)
            at += size
        body = b"".join(content)
        pack = f"pack-{self._name}.{hashlib.sha256(body).hexdigest()[:8]}.bin"
        index = f"index-{self._name}.json"
        self._fs.makedirs(folder, exist_ok=True)
        if shots:
            self._put(f"{folder}/{pack}", body)
            self._put(f"{folder}/{index}", json.dumps({"pack": pack, "cameras": cameras}).encode())
        kept = {f"{folder}/{one}" for one in (pack, index)} if shots else set[str]()
        for path in self._files().get(hour, {}):
            if path not in kept and f"-{self._name}." in path.rpartition("/")[2]:
                self._fs.rm_file(path)  # the pack before this one, or what a killed process left

    def _put(self, path: str, body: bytes) -> None:
        part = f"{path}.part"
        self._fs.pipe_file(part, body)
        self._fs.mv(part, path)

    def _own(self, hour: datetime) -> list[Shot]:
        """Everything of an hour that was written under our name."""
        path = f"{self._folder(hour)}/index-{self._name}.json"
        if path not in self._files().get(hour, {}):
            return []
        index = json.loads(self._fs.cat_file(path))
        content = self._fs.cat_file(f"{self._folder(hour)}/{index['pack']}")
        return [
            (int(camera_id), _picture(row, content[row[4] : row[4] + row[5]]))
            for camera_id, rows in index["cameras"].items()
            for row in rows
        ]

    def _of_camera(self, hour: datetime, camera_id: int, at: datetime) -> Iterator[Picture]:
        """Of each writer the picture of a camera nearest to a time, within an hour."""
        for path in self._files().get(hour, {}):
            if not path.endswith(".json"):
                continue
            found = self._nearest(path, camera_id, at) or self._nearest(path, camera_id, at)  # thinned in between
            if found is not None:
                yield found

    def _nearest(self, path: str, camera_id: int, at: datetime) -> Picture | None:
        try:
            index = json.loads(self._fs.cat_file(path))
            rows = index["cameras"].get(str(camera_id))
            if not rows:
                return None
            row = min(rows, key=lambda one: abs(EPOCH + one[0] * MICROSECOND - at))
            pack = f"{path.rpartition('/')[0]}/{index['pack']}"
            return _picture(row, self._fs.cat_file(pack, row[4], row[4] + row[5]))
        except FileNotFoundError:
            return None

    def _files(self) -> dict[datetime, dict[str, int]]:
        """Files of each hour and their sizes. [bytes]"""
        self._fs.invalidate_cache()
        try:
            found = self._fs.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        hours: dict[datetime, dict[str, int]] = {}
        for path, about in found.items():
            if match := _HOUR.search(path):
                hour = datetime.strptime(f"{match[1]}T{match[2]}+0000", "%Y-%m-%dT%H%z")
                hours.setdefault(hour, {})[path] = int(about["size"])
        return hours

    def _folder(self, hour: datetime) -> str:
        return f"{self._root}/day={hour:%Y-%m-%d}/hour={hour:%H}"


def _open(place: str) -> tuple[Any, str]:
    kind, named, _ = place.partition("://")
    try:
        system, root = fsspec.core.url_to_fs(place if named else str(HOUSE / place))
    except ImportError as error:
        what = "s3fs" if kind == "s3" else f"what fsspec needs for {kind}://"
        raise ValueError(
            f"TAKHAI_ARCHIVE_PLACE: {kind}:// needs a library: `pip install {what}`, or take a folder"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"TAKHAI_ARCHIVE_PLACE takes a folder or s3://bucket/folder, got one that begins with {kind}://"
        ) from error
    return system, root


def _apart(hour: datetime, at: datetime) -> timedelta:
    """How far a time is from an hour; none within it."""
    return timedelta(0) if hour_of(at) == hour else max(hour - at, at - hour - HOUR)


def _picture(row: list[int], body: bytes) -> Picture:
    return Picture(body, EPOCH + row[0] * MICROSECOND, CLOCKS[row[1]], row[2], row[3])
