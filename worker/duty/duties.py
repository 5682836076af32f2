"""What the worker does beside looking: each duty has `run_once(at)`, which blocks and belongs in a thread."""

from datetime import datetime, timedelta

from data.database import Database
from data.settings import Settings
from data.watch import alarming, incidents, retention, rollups
from data.watch.incidents import Kind
from worker.duty.incidents import LEAST, Cluster, group, join, settle

LOOK_BACK = timedelta(minutes=10)  # what fell longer ago is not grouped any more
COUNT_AGAIN = timedelta(minutes=5)  # how many cameras a site or a network has changes slowly


class Incidents:
    """Finds what went down together, and what of it is back; to be run each 10 s, before `Alarms`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watched: dict[tuple[Kind, str], int] = {}
        self._counted_at: datetime | None = None

    def run_once(self, at: datetime) -> int:
        """Open, grow and close incidents; return how many were opened, grew or were closed."""
        fallen = incidents.fallen(self._db, at - LOOK_BACK)
        members, places = incidents.standing(self._db)
        found: list[Cluster] = join(fallen, members, places)
        if len(fallen) >= LEAST:
            self._count(at)
            joined = {camera_id for cluster in found for camera_id in cluster.cameras}
            rest = [one for one in fallen if one.camera_id not in joined]
            found += settle(group(rest, self._watched), members, places)
        for cluster in found:
            incidents.hold(self._db, cluster.kind, cluster.key, cluster.began_at, cluster.cameras)
        return len(found) + len(incidents.close(self._db, at))

    def _count(self, at: datetime) -> None:
        if self._counted_at is None or at - self._counted_at >= COUNT_AGAIN:
            self._watched, self._counted_at = incidents.watched(self._db), at


class Alarms:
    """Raises and returns alarms; to be run each 10 s."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def run_once(self, at: datetime) -> int:
        """Return how many alarms were raised."""
        return len(alarming.follow(self._db, at))


class Rollups:
    """Sums up the hours that are over; to be run each minute."""

    HOURS_AT_ONCE = 6  # of a country, seconds each: the rest waits for the next time

    def __init__(self, db: Database) -> None:
        self._db = db

    def run_once(self, at: datetime) -> int:
        """Return how many hours were summed."""
        return rollups.roll_up(self._db, at, most=self.HOURS_AT_ONCE)


class Retention:
    """Forgets what is older than the settings keep; to be run each 10 minutes."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings

    def run_once(self, at: datetime) -> int:
        """Return how many rows were let go."""
        return retention.purge(
            self._db,
            at,
            journal_days=self._settings.journal_keep_days,
            hours_days=self._settings.hours_keep_days,
            alarms_days=self._settings.alarms_keep_days,
        )
