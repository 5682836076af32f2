"""Tables of checkpoints: the lanes and zones somebody drew, and when each was open."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from data.models import UtcDateTime, words_of

_IN_USE = text("retired_at IS NULL")


class Use(StrEnum):
    """What a lane is for."""

    IN = "in"
    OUT = "out"
    TRUCK = "truck"
    PEDESTRIAN = "pedestrian"
    QUEUE = "queue"
    BYPASS = "bypass"


class Facing(StrEnum):
    """From where a lane wants to be seen: those in it come towards the camera, go away from it, or either."""

    ONCOMING = "oncoming"
    LEAVING = "leaving"
    ANY = "any"


class LaneLight(StrEnum):
    """When a lane wants to be seen."""

    DAY = "day"
    NIGHT = "night"
    BOTH = "both"


class OpenStatus(StrEnum):
    """Whether a checkpoint is open; unknown is neither."""

    OPEN = "open"
    RESTRICTED = "restricted"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class CheckpointLane(SQLModel, table=True):
    """A lane as it was drawn; never changed, only retired: who draws it anew makes another row of its code."""

    __table_args__ = (
        Index(
            "one_lane_in_use", "checkpoint_id", "code", unique=True,
            sqlite_where=_IN_USE, postgresql_where=_IN_USE,
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    checkpoint_id: int = Field(foreign_key="checkpoint.id", ondelete="CASCADE")
    code: str
    name_th: str = ""
    name_en: str = ""
    use: Use = Field(sa_type=words_of(Use))
    wkt: str  # WGS 84 LINESTRING in the direction of travel
    width_m: float
    level_px_m: float
    light: LaneLight = Field(sa_type=words_of(LaneLight))
    facing: Facing = Field(sa_type=words_of(Facing))
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    demo: bool = False
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retired_by: str | None = None


class CheckpointZone(SQLModel, table=True):
    """The zone of a checkpoint as it was drawn; never changed, only retired, and one at most in use."""

    __table_args__ = (
        Index(
            "one_zone_in_use", "checkpoint_id", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    checkpoint_id: int = Field(foreign_key="checkpoint.id", ondelete="CASCADE")
    wkt: str  # WGS 84 POLYGON
    level_px_m: float  # wanted of it
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    demo: bool = False
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retired_by: str | None = None


class CheckpointOpening(SQLModel, table=True):
    """From when a checkpoint was open or not; only ever added. Before the first: what shipped with it."""

    __table_args__ = (Index("opening_of_checkpoint", "checkpoint_id", "from_at"),)

    id: int | None = Field(default=None, primary_key=True)
    checkpoint_id: int = Field(foreign_key="checkpoint.id", ondelete="CASCADE")
    status: OpenStatus = Field(sa_type=words_of(OpenStatus))
    from_at: datetime = Field(sa_type=UtcDateTime)
    note: str = ""
    source: str = ""
    by: str
    written_at: datetime = Field(sa_type=UtcDateTime)
