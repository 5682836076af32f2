"""Pictures on their way to the archive: a file an hour on our own disk, of which a kill loses nothing written."""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from data.models import CaptureClock
from data.watch.thumbnails import Picture

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CLOCKS = tuple(CaptureClock)
# camera, captured [µs since 1970], clock, width, height [px], bytes that follow, their checksum
_HEAD = struct.Struct("<qqBHHII")
_SUM = struct.Struct("<I")  # its end
_END = ".spool"
Shot = tuple[int, Picture]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where in a file a picture is, `size` bytes from `at` on; and all that is known of it but its bytes."""

    camera_id: int
    captured_at: datetime
    clock: CaptureClock
    width: int
    height: int
    at: int
    size: int

    def picture(self, body: bytes) -> Picture:
        """Return the picture itself."""
        return Picture(body, self.captured_at, self.clock, self.width, self.height)


Found = tuple[Entry, bytes]


def hour_of(at: datetime) -> datetime:
    """Begin of the hour a time is in, UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Spool:
    """
    A folder of files `2026-11-25T08.spool`, by the hour the pictures were captured in; one process writes.

    No more than one picture is in memory at a time.
    """

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

    def entries(self, hour: datetime, camera_id: int | None = None) -> list[Entry]:
        """
        Where the pictures of an hour are, all or one camera's, in the order they were added.

        Half of one at the end is none.
        """
        try:
            with self._path(hour).open("rb") as file:
                return list(_entries(file, camera_id))
        except FileNotFoundError:  # it has arrived meanwhile
            return []

    def read(self, hour: datetime, entries: Iterable[Entry]) -> Iterator[Found]:
        """Read pictures of an hour one by one; what did not get written whole is left out."""
        try:
            with self._path(hour).open("rb") as file:
                for entry in entries:
                    if (body := _body(file, entry)) is not None:
                        yield entry, body
        except FileNotFoundError:
            return

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


def _entries(file: BinaryIO, camera_id: int | None = None) -> Iterator[Entry]:
    """Where all pictures are, or those of one camera; of every other only the head is looked at."""
    number, at = file.fileno(), 0
    end = os.fstat(number).st_size
    while at + _HEAD.size <= end:
        # not through the file's buffer, which would read all that lies between
        owner, captured, clock, width, height, length, _ = _HEAD.unpack(os.pread(number, _HEAD.size, at))
        at += _HEAD.size
        if length == 0 or at + length > end:  # a lost power leaves zeros, a kill half a picture
            return
        if camera_id in (None, owner):
            yield Entry(owner, EPOCH + captured * MICROSECOND, CLOCKS[clock], width, height, at, length)
        at += length


def _body(file: BinaryIO, entry: Entry) -> bytes | None:
    file.seek(entry.at - _SUM.size)
    (sum_,) = _SUM.unpack(file.read(_SUM.size))
    body = file.read(entry.size)
    return body if zlib.crc32(body) == sum_ else None


def _cut(path: Path) -> None:
    """Take away half a picture an earlier process was killed over, so that what is added after it can be read."""
    if not path.exists():
        return
    end = 0
    with path.open("rb") as file:
        for entry in _entries(file):
            if _body(file, entry) is None:
                break
            end = entry.at + entry.size
    os.truncate(path, end)
