"""How many cameras there are, asked without loading what frames need: the start waits for this answer."""

from dataclasses import dataclass

from sqlmodel import col, func, select

from data.database import Database
from data.models import Camera


@dataclass(frozen=True)
class Census:
    """All cameras, and how many of them belong to a demo."""

    total: int
    demo: int


def census(db: Database) -> Census:
    """Count the cameras of the inventory."""
    with db.read() as session:
        total = session.exec(select(func.count()).select_from(Camera)).one()
        demo = session.exec(select(func.count()).select_from(Camera).where(col(Camera.demo))).one()
    return Census(total, demo)
