"""How each camera's picture usually is, by hour of the day: read and written many at a time."""

from collections.abc import Sequence

from sqlmodel import select

from data.database import Database, upsert_of_cameras
from data.watch.tables import Baseline

MEMORY = 24  # in place of an hour: what the last pictures looked like
AT_ONCE = 5_000  # rows in one transaction


def load_baselines(db: Database, hour: int) -> dict[int, bytes]:
    """Contents of every camera's baseline of an hour (0-23, Bangkok), or what is remembered of each (MEMORY)."""
    with db.read() as session:
        query = select(Baseline.camera_id, Baseline.content).where(Baseline.hour == hour)
        return dict(session.exec(query).all())


def save_baselines(db: Database, hour: int, contents: Sequence[tuple[int, bytes]]) -> None:
    """Write contents of cameras for an hour; cameras that are gone are passed over."""
    for begin in range(0, len(contents), AT_ONCE):
        part = contents[begin : begin + AT_ONCE]
        rows = [{"camera_id": camera_id, "hour": hour, "content": content} for camera_id, content in part]
        with db.write() as session:
            upsert_of_cameras(session, Baseline, rows)
