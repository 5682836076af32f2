"""Zones of checkpoints that people draw: checked, kept under a name, one at most in use, and never forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

import shapely
from shapely import LinearRing, Polygon
from sqlmodel import Session, col, select

from data.database import Database, next_number
from data.models import INVENTORY, Checkpoint
from data.posts.lanes import AROUND_M, LEVEL_MOST_PX_M, POINTS_MOST, check_name, checkpoint_of
from data.posts.tables import CheckpointZone
from geo.crs import WGS84, distance_m
from geo.see.levels import LANE_LEVEL_PX_M

LEAST_M2 = 1.0  # less is a slip of the hand
_CORNERS = 3
Place = tuple[float, float]


@dataclass(frozen=True)
class DrawnZone:
    """A zone as somebody draws it: lon, lat of its corners in turn [°], and the level wanted of it."""

    points: tuple[Place, ...]
    level_px_m: float = LANE_LEVEL_PX_M


@dataclass(frozen=True)
class Zone:
    """A zone that is or was in use: what was drawn, whose it is, who drew it and who retired it when."""

    id: int
    checkpoint: str  # code
    drawn: DrawnZone
    made_at: datetime
    made_by: str
    retired_at: datetime | None
    retired_by: str | None


def history(db: Database, checkpoint: str) -> list[Zone]:
    """Return every zone drawn of a checkpoint, the newest first; one that is in use has no `retired_at`."""
    query = (
        select(CheckpointZone)
        .join(Checkpoint, col(Checkpoint.id) == col(CheckpointZone.checkpoint_id))
        .where(Checkpoint.code == checkpoint)
        .order_by(col(CheckpointZone.id).desc())
    )
    with db.read() as session:
        return [_zone(row, checkpoint) for row in session.exec(query)]


def in_use(db: Database, checkpoint: str) -> Zone | None:
    """Return the zone somebody drew of a checkpoint; None where the derived one holds."""
    return next((zone for zone in history(db, checkpoint) if zone.retired_at is None), None)


def save_zone(
    db: Database,
    checkpoint: str,
    drawn: DrawnZone | None,
    *,
    by: str,
    at: datetime,
    instead_of: int | None = None,
    demo: bool = False,
) -> None:
    """
    Make this the zone of a checkpoint, and retire the one before; None: the derived one holds again.

    Parameters
    ----------
    instead_of
        Id of the zone in use this was made from; None: there was none. Nothing is saved over what somebody else
        saved meanwhile.

    Raises
    ------
    ValueError
        If there is no such checkpoint, nobody's name is given, the zone breaks a rule, or another was saved
        meanwhile; then nothing is written.
    """
    name = check_name(by)
    with db.write() as session:
        post = checkpoint_of(session, checkpoint)
        assert post.id is not None
        if drawn is not None:
            check_zone(drawn, checkpoint, post.lon, post.lat)
        held = _held(session, post.id)
        if (held.id if held else None) != instead_of:
            other = held.made_by if held else "somebody"
            raise ValueError(
                f"the zone of {checkpoint} is saved by one at a time, and {other} saved it meanwhile; "
                "begin again from the one there is now"
            )
        if held is not None:
            held.retired_at, held.retired_by = at, name
            session.add(held)
            session.flush()  # one zone in use: the old one goes before the new one comes
        if drawn is not None:
            wkt = shapely.to_wkt(Polygon(drawn.points), rounding_precision=7)
            session.add(
                CheckpointZone(
                    checkpoint_id=post.id, wkt=wkt, level_px_m=float(drawn.level_px_m), made_at=at, made_by=name,
                    demo=demo,
                )
            )  # fmt: skip
        next_number(session, INVENTORY)  # what is worked out of zones is kept by it


def check_zone(drawn: DrawnZone, checkpoint: str, lon: float, lat: float) -> None:
    """Raise ValueError, a sentence, unless a zone can be that of the checkpoint at lon, lat."""
    called = f"the zone of {checkpoint}"
    level = drawn.level_px_m
    if not (isfinite(level) and 0 < level <= LEVEL_MOST_PX_M):
        raise ValueError(
            f"{called}: level lies above 0 and up to {LEVEL_MOST_PX_M:g} px/m, got {level:g}; "
            f"{LANE_LEVEL_PX_M:g} tells faces and plates"
        )
    check_outline(drawn.points, called)
    away_m = float(distance_m(lon, lat, *zip(*drawn.points, strict=True)).max())
    if away_m > AROUND_M:
        raise ValueError(
            f"{called} reaches {away_m:,.0f} m from its checkpoint, a zone lies within {AROUND_M:,.0f} m; "
            "does it belong to another one, or are longitude and latitude mixed up?"
        )


def check_outline(points: Sequence[Place], called: str) -> None:
    """Raise ValueError, a sentence, unless corners in turn enclose an area."""
    if not _CORNERS <= len(set(points)) <= len(points) <= POINTS_MOST:
        raise ValueError(
            f"{called} has {_CORNERS} to {POINTS_MOST} corners that differ, got {len(set(points))}; "
            "draw it all the way round"
        )
    for x, y in points:
        if not (isfinite(x) and isfinite(y) and -180 <= x <= 180 and -90 <= y <= 90):
            raise ValueError(
                f"{called} has the corner {x:g}, {y:g}, which is no longitude and latitude; "
                "save it in WGS 84 (EPSG:4326)"
            )
    area_m2 = abs(WGS84.geometry_area_perimeter(Polygon(points))[0])
    if not shapely.is_simple(LinearRing(points)):
        raise ValueError(
            f"{called} has an edge that crosses itself, got {Polygon(points).wkt[:120]}; draw its corners in turn"
        )
    if not area_m2 >= LEAST_M2:
        raise ValueError(f"{called} has no area, got {area_m2:.2f} m²; draw it around the ground that is watched")


def _held(session: Session, checkpoint_id: int) -> CheckpointZone | None:
    query = select(CheckpointZone).where(
        CheckpointZone.checkpoint_id == checkpoint_id, col(CheckpointZone.retired_at).is_(None)
    )
    return session.exec(query).first()


def _zone(row: CheckpointZone, checkpoint: str) -> Zone:
    corners = shapely.get_coordinates(shapely.from_wkt(row.wkt))[:-1]  # the last is the first again
    drawn = DrawnZone(tuple((float(x), float(y)) for x, y in corners), row.level_px_m)
    assert row.id is not None
    return Zone(row.id, checkpoint, drawn, row.made_at, row.made_by, row.retired_at, row.retired_by)
