"""Keeps stills of chosen cameras for longer; for a thread of its own, as the place may be slow or gone."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from data.database import Database
from data.settings import Settings
from data.watch.archive import GB, Archive
from data.watch.roster import inventory_number
from data.watch.spool import Shot, Spool
from data.watch.thumbnails import read_stills

TEND = timedelta(hours=1)  # how often old pictures are thinned and let go


class Archiving:
    """
    Adds the newest stills to the archive; to be run each `archive_every_s`.

    Of several workers that share a `var` one does it, the others stand by: the lock ends with its process.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._folder = settings.var / "archive"
        self._spool = Spool(self._folder)
        self._lock: int | None = None
        self._archive: Archive | None = None
        self._chosen: list[int] = []
        self._inventory = -1
        self._last: dict[int, datetime] = {}
        self._tended_at: datetime | None = None

    def run_once(self, at: datetime) -> int:
        """
        Return how many pictures were added; those wait on our own disk while the place cannot be reached.

        Raises
        ------
        ValueError
            If the place or the filter is none, in a sentence that says what is.
        OSError
            If the place cannot be reached; tried again the next time.
        """
        if not self._ours():
            return 0
        self._choose()
        added = self._spool.add(self._new())
        self._spool.trim(self._settings.archive_quota_gb * GB)
        archive = self._open()
        archive.ship(at)
        if self._tended_at is None or at - self._tended_at >= TEND:
            archive.thin(at)
            archive.purge(at)
            self._tended_at = at
        return added

    def _ours(self) -> bool:
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return False
            self._lock = lock
            for hour in self._spool.hours():  # what a worker before us added is not added twice
                self._last |= {entry.camera_id: entry.captured_at for entry in self._spool.entries(hour)}
        return True

    def _open(self) -> Archive:
        if self._archive is None:
            given = self._settings
            self._archive = Archive(
                given.archive_place,
                self._spool,
                _name(self._folder / "name"),
                keep_days=given.archive_keep_days,
                quota_gb=given.archive_quota_gb,
            )
        return self._archive

    def _choose(self) -> None:
        """Find the cameras the filter lets through, whatever their status; anew when the inventory changed."""
        from data.filters import CameraFilter, keep  # much that a worker without an archive never needs
        from data.fleet import Fleet

        inventory = inventory_number(self._db)
        if inventory != self._inventory:
            known = Fleet(self._db).now()
            flags = keep(known, CameraFilter.read(self._settings.archive_filter))
            self._chosen = (known.ids if flags is None else known.ids[flags]).tolist()
            self._inventory = inventory

    def _new(self) -> Iterator[Shot]:
        for camera_id, picture in read_stills(self._db, self._chosen, self._last):
            yield camera_id, picture
            self._last[camera_id] = picture.captured_at


def _name(path: Path) -> str:
    """Name this machine's packs bear; made once, so that a worker goes on where the one before it ended."""
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_text(secrets.token_hex(4), encoding="ascii")
        part.replace(path)
    return path.read_text(encoding="ascii")
