"""How each camera's picture usually is, by hour of the day: read and written many at a time."""

from collections.abc import Sequence

from sqlmodel import col, select

from data.database import Database, upsert
from data.models import Camera
from data.watch.tables import Baseline

MEMORY = 24  # in place of an hour: what the last pictures looked like
AT_ONCE = 5_000


def load_baselines(db: Database, hour: int) -> dict[int, bytes]:
    """Contents of every camera's baseline of an hour (0-23, Bangkok), or what is remembered of each (MEMORY)."""
    with db.read() as session:
        query = select(Baseline.camera_id, Baseline.content).where(Baseline.hour == hour)
        return dict(session.exec(query).all())


def save_baselines(db: Database, hour: int, contents: Sequence[tuple[int, bytes]]) -> None:
    """Write contents of cameras for an hour; cameras that are gone are passed over."""
    for begin in range(0, len(contents), AT_ONCE):
        part = contents[begin : begin + AT_ONCE]
        with db.write() as session:
            query = select(Camera.id).where(col(Camera.id).in_([camera_id for camera_id, _ in part]))
            known = set(session.exec(query))
            rows = [{"camera_id": id_, "hour": hour, "content": content} for id_, content in part if id_ in known]
            upsert(session, Baseline, rows)
