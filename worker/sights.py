"""How far the last looks at each camera got; written down in batches, and only what is new or grew old."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from data.watch.status import Depth, Outcome, Reading

PICTURE_HOLDS = timedelta(minutes=15)  # what a picture said of a camera that still answers as well as then
OLD = timedelta(minutes=15)  # rows are written again after so long, for their times


@dataclass(slots=True)
class _Sight:
    depth: int = Depth.NOTHING
    reason: str = ""
    looked_at: datetime | None = None
    ok_at: datetime | None = None
    picture: int = Depth.NOTHING
    pictured_at: datetime | None = None
    written_at: datetime | None = None


@dataclass
class Sights:
    """What each camera's last look reached."""

    _of: defaultdict[int, _Sight] = field(default_factory=lambda: defaultdict(_Sight))
    _new: dict[int, None] = field(default_factory=dict)

    def look(self, camera_id: int, reading: Reading) -> None:
        """A probe's result."""
        sight = self._of[camera_id]
        depth = reading.depth
        if reading.outcome is Outcome.GOOD:
            sight.ok_at = reading.at
            if sight.pictured_at is not None and reading.at - sight.pictured_at <= PICTURE_HOLDS:
                depth = max(depth, sight.picture)
        else:
            sight.pictured_at = None
        sight.looked_at = reading.at
        if depth != sight.depth or reading.reason != sight.reason or _is_old(sight):
            sight.depth, sight.reason = depth, reading.reason
            self._new[camera_id] = None

    def picture(self, camera_id: int, depth: int, at: datetime) -> None:
        """A still could be decoded, or is healthy as well."""
        sight = self._of[camera_id]
        sight.picture, sight.pictured_at, sight.ok_at, sight.looked_at = depth, at, at, at
        if depth != sight.depth:
            sight.depth, sight.reason = depth, "ok"
            self._new[camera_id] = None

    def forget(self, camera_id: int) -> None:
        """A camera is gone."""
        self._of.pop(camera_id, None)
        self._new.pop(camera_id, None)

    def batch(self, limit: int, more: Callable[[int], tuple[float | None, str]]) -> list[dict[str, Any]]:
        """Take the next rows of Sight to store; `more` knows of a camera what its pictures do."""
        rows: list[dict[str, Any]] = []
        for camera_id in list(self._new)[:limit]:
            del self._new[camera_id]
            sight = self._of[camera_id]
            if sight.looked_at is None:
                continue
            sight.written_at = sight.looked_at
            every_s, fallback = more(camera_id)
            rows.append(
                {
                    "camera_id": camera_id,
                    "depth": int(sight.depth),
                    "reason": sight.reason,
                    "looked_at": sight.looked_at,
                    "last_ok_at": sight.ok_at,
                    "still_every_s": every_s,
                    "fallback": fallback,
                }
            )
        return rows

    def put_back(self, rows: list[dict[str, Any]]) -> None:
        """Queue rows again that could not be stored."""
        self._new.update((row["camera_id"], None) for row in rows if row["camera_id"] in self._of)


def _is_old(sight: _Sight) -> bool:
    return sight.written_at is None or (sight.looked_at or sight.written_at) - sight.written_at > OLD
