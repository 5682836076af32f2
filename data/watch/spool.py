"""Pictures on their way to the archive: a file an hour on our own disk, of which a kill loses nothing written."""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data.models import CaptureClock
from data.watch.thumbnails import Picture

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CLOCKS = tuple(CaptureClock)
# camera, captured [µs since 1970], clock, width, height [px], bytes that follow, their checksum
_HEAD = struct.Struct("<qqBHHII")
_END = ".spool"
Shot = tuple[int, Picture]


def hour_of(at: datetime) -> datetime:
    """Begin of the hour a time is in, UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Spool:
    """A folder of files `2026-11-25T08.spool`, by the hour the pictures were captured in; one process writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checked: set[Path] = set()

    def add(self, shots: Iterable[Shot]) -> int:
        """Write pictures down before anything else is done with them; returns how many."""
        count = 0
        self._folder.mkdir(parents=True, exist_ok=True)
        for camera_id, picture in shots:
            path = self._path(hour_of(picture.captured_at))
            if path not in self._checked:
                _cut(path)
                self._checked.add(path)
            captured = (picture.captured_at - EPOCH) // MICROSECOND
            clock, length, sum_ = CLOCKS.index(picture.clock), len(picture.body), zlib.crc32(picture.body)
            head = _HEAD.pack(camera_id, captured, clock, picture.width, picture.height, length, sum_)
            with path.open("ab") as file:
                file.write(head + picture.body)
            count += 1
        return count

    def hours(self) -> list[datetime]:
        """Hours something waits of, the oldest first."""
        names = sorted(path.stem for path in self._folder.glob(f"*{_END}"))
        return [datetime.strptime(f"{name}+0000", "%Y-%m-%dT%H%z") for name in names]

    def read(self, hour: datetime) -> list[Shot]:
        """Pictures of an hour, in the order they were added; half of one at the end is none."""
        path = self._path(hour)
        return [shot for _, shot in _shots(path.read_bytes())] if path.exists() else []

    def drop(self, hour: datetime) -> None:
        """Forget an hour: it has arrived."""
        self._path(hour).unlink(missing_ok=True)
        self._checked.discard(self._path(hour))

    def trim(self, most_bytes: float) -> None:
        """Forget the oldest hours while the place cannot be reached and there are more bytes than may be."""
        sizes = {hour: self._path(hour).stat().st_size for hour in self.hours()}
        for hour, size in sizes.items():
            if sum(sizes.values()) <= most_bytes:
                return
            self.drop(hour)
            sizes = sizes | {hour: sizes[hour] - size}

    def _path(self, hour: datetime) -> Path:
        return self._folder / f"{hour:%Y-%m-%dT%H}{_END}"


def _shots(content: bytes) -> Iterator[tuple[int, Shot]]:
    """Pictures in a file, each with where it ends."""
    at = 0
    while at + _HEAD.size <= len(content):
        camera_id, captured, clock, width, height, length, sum_ = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        body = content[at : at + length]
        if len(body) < length or zlib.crc32(body) != sum_:
            return
        at += length
        yield at, (camera_id, Picture(body, EPOCH + captured * MICROSECOND, CLOCKS[clock], width, height))


def _cut(path: Path) -> None:
    """Take away half a picture an earlier process was killed over, so that what is added after it can be read."""
    if path.exists():
        end = 0
        for end, _ in _shots(path.read_bytes()):  # noqa: B007 - the last one is wanted
            pass
        os.truncate(path, end)
