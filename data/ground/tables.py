"""Tables of layers that people bring: each a file of one kind, its features beside it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from data.models import UtcDateTime, words_of


class LayerKind(StrEnum):
    """What the features of a layer are."""

    LINE = "line"  # to be watched along its length, as the border is
    ZONE = "zone"  # an area to be watched
    PILLAR = "pillar"  # boundary pillars, by their number
    BAND = "band"  # where the boundary may run, where that is uncertain
    BUILDING = "building"  # walls that cameras cannot see through
    ROAD = "road"
    VILLAGE = "village"
    WATER = "water"
    INCIDENT = "incident"  # what happened where


class Layer(SQLModel, table=True):
    """A layer as it was brought; brought anew under its name, it takes the place of the one before."""

    id: int | None = Field(default=None, primary_key=True)
    kind: LayerKind = Field(sa_type=words_of(LayerKind), index=True)
    name: str = Field(unique=True)  # as commands and links spell it
    title: str = ""  # as people read it
    source: str  # name of the file
    credit: str = ""  # whose it is, as every export says it
    level_px_m: float | None = None  # wanted of a line or a zone
    light: str | None = None  # "day" or "night": when a line is first of all to be seen; None: by day
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    demo: bool = False
    version: int | None = None  # of the inventory, from when it was brought; None: of an older release


class LayerFeature(SQLModel, table=True):
    """One feature of a layer, in the order of its file."""

    id: int | None = Field(default=None, primary_key=True)
    layer_id: int = Field(foreign_key="layer.id", ondelete="CASCADE", index=True)
    name: str = ""
    height_m: float | None = None  # of a building, above the ground; None: unknown
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of an incident; None: unknown
    wkb: bytes = Field(sa_type=LargeBinary)  # WGS 84
