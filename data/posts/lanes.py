"""Lanes of checkpoints: checked, saved all at once under a name, and never forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import TypeVar

import shapely
from shapely import LineString
from sqlmodel import Session, col, select

from data.database import Database
from data.models import Checkpoint
from data.posts.tables import CheckpointLane, Facing, LaneLight, Use
from geo.crs import distance_m
from geo.see.levels import LANE_LEVEL_PX_M

AROUND_M = 3_000.0  # a lane lies within this of its checkpoint
USUAL_WIDTH_M = 3.5
WIDTH_MOST_M, LEVEL_MOST_PX_M = 60.0, 2_000.0
CODE_MOST, NAME_MOST, LANES_MOST, POINTS_MOST = 24, 80, 60, 500
_MARKS = ("code", "name_th", "name_en", "use", "wkt", "width_m", "level_px_m", "light", "facing")
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True)
class DrawnLane:
    """
    A lane as somebody draws it.

    Attributes
    ----------
    points
        Lon, lat of its vertices in the direction of travel. [°]
    use, light, facing
        Words of `Use`, `LaneLight` and `Facing`; anything else is refused when it is checked.
    """

    code: str
    points: tuple[tuple[float, float], ...]
    use: str
    name_th: str = ""
    name_en: str = ""
    width_m: float = USUAL_WIDTH_M
    level_px_m: float = LANE_LEVEL_PX_M
    light: str = LaneLight.BOTH
    facing: str = Facing.ANY

    @property
    def line(self) -> LineString:
        """Its middle, EPSG:4326; at least two points."""
        return LineString(self.points)


@dataclass(frozen=True)
class Lane:
    """A lane in use: what was drawn, whose it is, and who drew it when."""

    id: int
    checkpoint_id: int
    checkpoint: str  # code
    drawn: DrawnLane
    made_at: datetime
    made_by: str
    demo: bool


def lanes(db: Database, checkpoint: str | None = None) -> list[Lane]:
    """Return the lanes in use, by checkpoint and as they were drawn; of one checkpoint if its code is given."""
    query = (
        select(CheckpointLane, Checkpoint.code)
        .join(Checkpoint, col(Checkpoint.id) == col(CheckpointLane.checkpoint_id))
        .where(col(CheckpointLane.retired_at).is_(None))
        .order_by(col(Checkpoint.code), col(CheckpointLane.id))
    )
    if checkpoint is not None:
        query = query.where(col(Checkpoint.code) == checkpoint)
    with db.read() as session:
        return [_lane(row, code) for row, code in session.exec(query).all()]


def save_lanes(
    db: Database,
    checkpoint: str,
    drawn: Sequence[DrawnLane],
    *,
    by: str,
    at: datetime,
    demo: bool = False,
    instead_of: Collection[int] | None = None,
) -> tuple[int, int]:
    """
    Make these the lanes of a checkpoint: new and changed ones are written, those left out are retired.

    Parameters
    ----------
    instead_of
        Ids of the lanes these were made from; given, nothing is saved over what somebody else saved meanwhile.

    Returns
    -------
    written, retired
        How many; a changed lane is one of each. All of it is one transaction.

    Raises
    ------
    ValueError
        If there is no such checkpoint, nobody's name is given, a lane breaks a rule, or others were saved
        meanwhile; then nothing is written.
    """
    name = check_name(by)
    with db.write() as session:
        post = checkpoint_of(session, checkpoint)
        for lane in drawn:
            check(lane, checkpoint, post.lon, post.lat)
        _check_together(drawn, checkpoint)
        held = session.exec(
            select(CheckpointLane).where(
                CheckpointLane.checkpoint_id == post.id, col(CheckpointLane.retired_at).is_(None)
            )
        ).all()
        if instead_of is not None and (new_to_us := {row.id: row for row in held if row.id not in instead_of}):
            other = next(iter(new_to_us.values()))
            raise ValueError(
                f"lanes of {checkpoint} are saved by one at a time, and {other.made_by} saved {other.code} "
                "meanwhile; begin again from the lanes there are now"
            )
        wanted = {lane.code.strip(): _row(lane, post.id or 0, name, at, demo) for lane in drawn}
        same = {row.code for row in held if row.code in wanted and _marks(row) == _marks(wanted[row.code])}
        old = [row for row in held if row.code not in same]
        for row in old:
            row.retired_at, row.retired_by = at, name
            session.add(row)
        session.flush()  # one lane in use of a code: the old ones go before the new ones come
        new = [row for code, row in wanted.items() if code not in same]
        session.add_all(new)
        return len(new), len(old)


def check(lane: DrawnLane, checkpoint: str, lon: float, lat: float) -> None:
    """
    Raise ValueError, a sentence, unless a lane can be one of the checkpoint at lon, lat.

    See `AROUND_M`, `WIDTH_MOST_M` and `LEVEL_MOST_PX_M` for the limits.
    """
    code = lane.code.strip()
    if not code or len(code) > CODE_MOST or not code.isprintable():
        raise ValueError(
            f"a lane of {checkpoint} has the code {lane.code!r}; give it one of 1 to {CODE_MOST} letters or digits"
        )
    called = f"lane {code} of {checkpoint}"
    for name in (lane.name_th, lane.name_en):
        if len(name) > NAME_MOST:
            raise ValueError(f"{called} has a name of {len(name)} letters; shorten it to {NAME_MOST}")
    for kind, said, what in (
        (Use, lane.use, "use"),
        (LaneLight, lane.light, "light"),
        (Facing, lane.facing, "facing"),
    ):
        word(kind, said, f"{called}: {what}")
    _check_number(lane.width_m, WIDTH_MOST_M, f"{called}: width", "m", "measure it across the lane")
    _check_number(
        lane.level_px_m, LEVEL_MOST_PX_M, f"{called}: level", "px/m", f"{LANE_LEVEL_PX_M:g} tells faces and plates"
    )
    _check_points(lane, called, lon, lat)


def word(kind: type[_Word], said: str, what: str) -> _Word:
    """Return a word of a closed set, or raise ValueError with those there are."""
    try:
        return kind(said)
    except ValueError:
        raise ValueError(f"{what} is one of {', '.join(kind)}, got {said!r}; choose one of them") from None


def check_name(by: str) -> str:
    """Return the name under which somebody acts; ValueError if there is none."""
    name = by.strip()
    if not name or len(name) > NAME_MOST:
        raise ValueError(
            f"who does this is kept with it, got {by[:NAME_MOST]!r}; give a name of 1 to {NAME_MOST} letters"
        )
    return name


def checkpoint_of(session: Session, code: str) -> Checkpoint:
    """Return a checkpoint by its code; ValueError if there is none."""
    found = session.exec(select(Checkpoint).where(Checkpoint.code == code)).first()
    if found is None:
        raise ValueError(f"no checkpoint has the code {code!r}; `takhai init` brings those that ship")
    return found


def _check_number(value: float, most: float, what: str, unit: str, way_out: str) -> None:
    if not (isfinite(value) and 0 < value <= most):
        raise ValueError(f"{what} lies above 0 and up to {most:g} {unit}, got {value:g}; {way_out}")


def _check_points(lane: DrawnLane, called: str, lon: float, lat: float) -> None:
    if not 1 < len(set(lane.points)) <= len(lane.points) <= POINTS_MOST:
        raise ValueError(
            f"{called} runs through 2 to {POINTS_MOST} points that differ, got {len(set(lane.points))}; "
            "draw it from where it begins to where it ends"
        )
    for x, y in lane.points:
        if not (isfinite(x) and isfinite(y) and -180 <= x <= 180 and -90 <= y <= 90):
            raise ValueError(
                f"{called} has the point {x:g}, {y:g}, which is no longitude and latitude; "
                "save it in WGS 84 (EPSG:4326)"
            )
    away_m = float(distance_m(lon, lat, *zip(*lane.points, strict=True)).max())
    if away_m > AROUND_M:
        raise ValueError(
            f"{called} reaches {away_m:,.0f} m from its checkpoint, a lane lies within {AROUND_M:,.0f} m; "
            "does it belong to another one, or are longitude and latitude mixed up?"
        )
    if not shapely.is_simple(lane.line):
        raise ValueError(f"{called} crosses itself, got {lane.line.wkt[:120]}; draw it as two lanes that meet")


def _check_together(drawn: Sequence[DrawnLane], checkpoint: str) -> None:
    if len(drawn) > LANES_MOST:
        raise ValueError(f"{checkpoint} would have {len(drawn)} lanes, at most {LANES_MOST}; leave some out")
    codes = [lane.code.strip() for lane in drawn]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise ValueError(
            f"{checkpoint} would have {codes.count(twice)} lanes {twice}; give each a code of its own"
        )


def _row(lane: DrawnLane, checkpoint_id: int, by: str, at: datetime, demo: bool) -> CheckpointLane:
    return CheckpointLane(
        checkpoint_id=checkpoint_id, code=lane.code.strip(), name_th=lane.name_th.strip(),
        name_en=lane.name_en.strip(), use=Use(lane.use), wkt=shapely.to_wkt(lane.line, rounding_precision=7),
        width_m=float(lane.width_m), level_px_m=float(lane.level_px_m), light=LaneLight(lane.light),
        facing=Facing(lane.facing), made_at=at, made_by=by, demo=demo,
    )  # fmt: skip


def _marks(row: CheckpointLane) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _MARKS)


def _lane(row: CheckpointLane, checkpoint: str) -> Lane:
    points = tuple((float(x), float(y)) for x, y in shapely.get_coordinates(shapely.from_wkt(row.wkt)))
    drawn = DrawnLane(
        row.code, points, row.use.value, row.name_th, row.name_en, row.width_m, row.level_px_m, row.light.value,
        row.facing.value,
    )  # fmt: skip
    assert row.id is not None
    return Lane(row.id, row.checkpoint_id, checkpoint, drawn, row.made_at, row.made_by, row.demo)
