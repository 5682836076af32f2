"""
Where the archive lies: one pack and one index an hour, in a folder or in object storage.

    day=2026-11-25/hour=08/pack-1f2e3d4c.9a8b7c6d.bin     pictures, one after the other
    day=2026-11-25/hour=08/index-1f2e3d4c.json            the pack it belongs to, and where in it each picture is

A pack never replaces another and its index is put last, so that whoever reads finds the old pair or the new one.
Packs pass through in blocks: none is ever whole in memory. Times are UTC.
"""

import json
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from data.settings import HOUSE
from data.watch.spool import CLOCKS, EPOCH, MICROSECOND, Entry, Found

BLOCK = 8 * 1024 * 1024  # read or written at a time [bytes]; object storage takes parts of at least 5 MiB
INDEXES = 8  # kept in memory by a reader
# Of S3, whose libraries ask a server that takes connections and says nothing for eight minutes, one on top of the
# other: a page and a worker that is told to stop do not.
_PATIENCE = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 1}}
_HOUR = re.compile(r"day=(\d{4}-\d\d-\d\d)/hour=(\d\d)/[^/]+$")
Files = dict[datetime, dict[str, int]]


class PlaceError(OSError):
    """The place of the archive cannot be used now; the sentence says why."""


class Packs:
    """
    The files of an archive.

    Raises
    ------
    ValueError
        If nothing here can reach such a place; says what to install.
    OSError
        From every method, if the place cannot be used now.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._fs, root = _open(place)
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)
        self._indexes: OrderedDict[tuple[str, frozenset[str]], bytes] = OrderedDict()

    def files(self) -> Files:
        """Files of each hour and their sizes. [bytes]"""
        return self._find(self._root)

    def of_hour(self, hour: datetime) -> Files:
        """Files of one hour and their sizes. [bytes]"""
        return self._find(self._folder(hour))

    def entries(self, hour: datetime, name: str) -> tuple[str, list[Entry]]:
        """Return the pack of a writer's hour and where the pictures are in it, in their order; "" without any."""
        path = f"{self._folder(hour)}/index-{name}.json"
        with self._reached():
            if path not in self.of_hour(hour).get(hour, {}):
                return "", []
            index = json.loads(self._fs.cat_file(path))
        found = [_entry(int(camera), row) for camera, rows in index["cameras"].items() for row in rows]
        return f"{self._folder(hour)}/{index['pack']}", sorted(found, key=lambda entry: entry.at)

    def of_camera(self, files: Files, camera_id: int) -> list[tuple[str, Entry]]:
        """Where the pictures of one camera are, by some hours' files: the pack and the entry of each."""
        # every write has a pack of its own, so an index is known by the files beside it
        asked = {path: frozenset(beside) for beside in files.values() for path in beside if path.endswith(".json")}
        held = {one: raw for one in asked.items() if (raw := self._indexes.get(one)) is not None}
        missing = [one for one in asked.items() if one not in held]
        with self._reached():
            # together: over a wire that is not one after the other
            got = self._fs.cat([path for path, _ in missing], on_error="return") if missing else {}
            for error in got.values():
                if isinstance(error, Exception) and not isinstance(error, FileNotFoundError):
                    raise error  # what is only gone was thinned or let go meanwhile
        held |= {one: got[one[0]] for one in missing if isinstance(got.get(one[0]), bytes)}
        self._indexes |= held
        while len(self._indexes) > INDEXES:
            self._indexes.popitem(last=False)
        return [
            (f"{path.rpartition('/')[0]}/{pack}", entry)
            for (path, _), raw in held.items()
            for pack, entry in _of_camera(raw, camera_id)
        ]

    def read(self, pack: str, entries: Iterable[Entry]) -> Iterator[Found]:
        """Read pictures of a pack, those further on in it later."""
        with self._reached(), self._fs.open(pack, "rb", block_size=BLOCK, cache_type="readahead") as file:
            for entry in entries:
                file.seek(entry.at)
                yield entry, file.read(entry.size)

    def read_one(self, pack: str, entry: Entry) -> bytes | None:
        """Read one picture; None if its pack was thinned or let go."""
        try:
            with self._reached():
                body: bytes = self._fs.cat_file(pack, start=entry.at, end=entry.at + entry.size)
        except FileNotFoundError:
            return None
        return body

    def write(self, hour: datetime, name: str, pictures: Iterator[Found]) -> int:
        """Put pictures, by camera and time, in place of all a writer had in an hour; returns how many."""
        folder, cameras, at, count = self._folder(hour), dict[str, list[list[int]]](), 0, 0
        pack, index = f"pack-{name}.{secrets.token_hex(4)}.bin", f"index-{name}.json"
        first = next(pictures, None)
        with self._reached():
            if first is not None:
                if self._local:
                    self._fs.makedirs(folder, exist_ok=True)
                with self._put(f"{folder}/{pack}") as file:
                    for entry, body in chain([first], pictures):
                        cameras.setdefault(str(entry.camera_id), []).append(_row(entry, at))
                        file.write(body)
                        at, count = at + len(body), count + 1
                with self._put(f"{folder}/{index}") as file:
                    file.write(json.dumps({"pack": pack, "cameras": cameras}).encode())
            kept = {f"{folder}/{one}" for one in (pack, index)} if count else set[str]()
            # the pack before this one, or what a killed process left
            ours = (path for path in self.of_hour(hour).get(hour, {}) if f"-{name}." in path.rpartition("/")[2])
            self.remove([path for path in ours if path not in kept])
        return count

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files, and a folder with its last; what another machine deleted before us is gone as well."""
        folders = set()
        with self._reached():
            for path in sorted(paths):  # an index before its pack
                with suppress(FileNotFoundError):
                    self._fs.rm_file(path)
                folders.add(path.rpartition("/")[0])
        if self._local:
            for folder in folders:
                for one in (folder, folder.rpartition("/")[0]):
                    with suppress(OSError):  # it holds others
                        os.rmdir(one)  # noqa: PTH106 - a path of the library

    @contextmanager
    def _put(self, path: str) -> Iterator[Any]:
        """Yield a file that is there whole or not at all: object storage does so itself, a folder by a rename."""
        part = f"{path}.part" if self._local else path
        file = self._fs.open(part, "wb", block_size=BLOCK)
        try:
            yield file
            if self._local:  # before the only other copy goes
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            if not self._local:  # closing would put what there is
                file.discard()
                file.closed = True
            raise
        file.close()
        if self._local:
            self._fs.mv(part, path)

    def _find(self, folder: str) -> Files:
        with self._reached():
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(folder, detail=True)
            except FileNotFoundError:
                return {}
        hours: Files = {}
        for path, about in found.items():
            if match := _HOUR.search(path):
                hour = datetime.strptime(f"{match[1]}T{match[2]}+0000", "%Y-%m-%dT%H%z")
                hours.setdefault(hour, {})[path] = int(about["size"])
        return hours

    def _folder(self, hour: datetime) -> str:
        return f"{self._root}/day={hour:%Y-%m-%d}/hour={hour:%H}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in a sentence that the place cannot be used, whatever its library has for that."""
        try:
            yield
        except (FileNotFoundError, PlaceError):
            raise
        except Exception as error:
            if self._local and isinstance(error, OSError):
                raise
            raise PlaceError(f"TAKHAI_ARCHIVE_PLACE: {self._place} cannot be used now: {error}") from error


def _open(place: str) -> tuple[Any, str]:
    kind, named, _ = place.partition("://")
    patience = {"config_kwargs": _PATIENCE} if kind == "s3" else {}
    try:
        system, root = fsspec.core.url_to_fs(place if named else str(HOUSE / place), **patience)
    except ImportError as error:
        what = "s3fs" if kind == "s3" else f"what fsspec needs for {kind}://"
        raise ValueError(
            f"TAKHAI_ARCHIVE_PLACE: {kind}:// needs a library: `pip install {what}`, or take a folder"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"TAKHAI_ARCHIVE_PLACE takes a folder or s3://bucket/folder, got one that begins with {kind}://"
        ) from error
    if kind == "s3":
        system.retries = 1
    return system, root


def _row(entry: Entry, at: int) -> list[int]:
    captured = (entry.captured_at - EPOCH) // MICROSECOND
    return [captured, CLOCKS.index(entry.clock), entry.width, entry.height, at, entry.size]


def _entry(camera_id: int, row: list[int]) -> Entry:
    captured, clock, width, height, at, size = row
    return Entry(camera_id, EPOCH + captured * MICROSECOND, CLOCKS[clock], width, height, at, size)


def _of_camera(raw: bytes, camera_id: int) -> Iterator[tuple[str, Entry]]:
    """One camera's part of an index: a hundred times sooner found than all of it is parsed."""
    start, end = raw.find(b'"%d": [[' % camera_id), 0
    if start >= 0:
        start = raw.index(b"[[", start)
        end = raw.index(b"]]", start) + 2
        pack = json.loads(raw[raw.index(b'"pack": ') + 8 : raw.index(b",")])
        yield from ((pack, _entry(camera_id, row)) for row in json.loads(raw[start:end]))
