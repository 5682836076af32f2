"""How far the last look at each camera got: written many at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from data.database import Database, upsert
from data.models import Camera
from data.watch.tables import Sight


def write_sights(db: Database, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of Sight in one transaction, all of the same columns; cameras that are gone are passed over."""
    if not rows:
        return
    with db.write() as session:
        asked = col(Camera.id).in_([row["camera_id"] for row in rows])
        known = set(session.connection().scalars(select(col(Camera.id)).where(asked)))
        upsert(session, Sight, [row for row in rows if row["camera_id"] in known])
