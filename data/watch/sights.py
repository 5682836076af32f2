"""How far the last look at each camera got: written many at a time."""

from collections.abc import Sequence
from typing import Any

from data.database import Database, upsert_of_cameras
from data.watch.tables import Sight


def write_sights(db: Database, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of Sight in one transaction, all of the same columns; cameras that are gone are passed over."""
    if rows:
        with db.write() as session:
            upsert_of_cameras(session, Sight, rows)
