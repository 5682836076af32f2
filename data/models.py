"""Tables and enums. Times are aware UTC; positions are plain WGS 84 degrees."""

from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Enum, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SEQ = "seq"  # moves with every change of a camera's status
INVENTORY = "inventory"  # moves with every change of the inventory
SUMMED = "summed"  # the hour since the epoch before which every hour's sums hold; see data/watch/rollups.py

_OPEN = text("ended_at IS NULL")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out on both databases; SQLite by itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; hand over UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"times are aware UTC, got the naive {value}; add a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Status(StrEnum):
    """What we believe of a camera now. Unknown is never counted as up nor as down."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """How a camera sees."""

    FIXED = "fixed"
    PTZ = "ptz"
    DOME = "dome"
    FISHEYE = "fisheye"
    THERMAL = "thermal"


class ThermalCriteria(StrEnum):
    """How many pixels across a person a thermal camera's keeper counts; see `geo.see.optics.JOHNSON_PX`."""

    JOHNSON = "johnson"
    MAKER = "maker"


class Linked(StrEnum):
    """Whether a camera is joined to the central system (the 20 % programme)."""

    LINKED = "linked"
    NOT_LINKED = "not_linked"
    UNKNOWN = "unknown"


class CaptureClock(StrEnum):
    """Where a still's capture time comes from: the stream's own clock, or the moment it reached us."""

    STREAM = "stream"
    ARRIVAL = "arrival"


def words_of(kind: type[StrEnum]) -> Enum:
    """Return the column type that keeps the words of an enum."""
    # The words themselves are stored, so that the database reads the same from any other tool.
    return Enum(kind, values_callable=lambda members: [m.value for m in members], native_enum=False, length=16)


class Agency(SQLModel, table=True):
    """An owner, maintainer or linker of cameras."""

    id: int | None = Field(default=None, primary_key=True)
    name_th: str = Field(unique=True)
    name_en: str | None = None


class Camera(SQLModel, table=True):
    """One camera as its keepers describe it; what we saw of it is in CameraState, Outage and Still."""

    __table_args__ = (UniqueConstraint("owner_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str
    owner_id: int = Field(foreign_key="agency.id")  # found by the index of (owner_id, code)
    maintainer_id: int | None = Field(default=None, foreign_key="agency.id")
    linker_id: int | None = Field(default=None, foreign_key="agency.id")
    name_th: str | None = None
    name_en: str | None = None
    province_code: str | None = Field(default=None, index=True)  # two digits, DOPA / TIS-1099: "27" is Sa Kaeo
    province: str | None = None
    district: str | None = None
    subdistrict: str | None = None
    lon: float
    lat: float
    position_accuracy_m: float | None = None
    verified_on: date | None = None
    kind: Kind = Field(default=Kind.FIXED, sa_type=words_of(Kind))
    bearing_deg: float | None = None  # None: unknown, so its coverage is possible, never certain
    bearing_accuracy_deg: float | None = None  # how far off the bearing may be; None: taken as given
    hfov_deg: float | None = None
    tilt_deg: float | None = None  # below the horizon
    mount_height_m: float | None = None
    pixels_h: int | None = None
    pixels_v: int | None = None
    focal_length_mm: float | None = None
    sensor_width_mm: float | None = None
    ir_range_m: float | None = None  # 0: no infrared light; None: unknown
    stream_address: str | None = None  # only public addresses without user or password: see data/sealing.py
    stream_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    snapshot_address: str | None = None
    snapshot_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    substream_address: str | None = None  # the small picture of the same camera: cheaper to look at
    substream_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    thermal_criteria: ThermalCriteria | None = Field(default=None, sa_type=words_of(ThermalCriteria))
    onvif_profile: str | None = None
    site: str | None = None  # pole, cabinet or switch, as its keepers name it: what fails together
    network: str | None = None  # carrier or VLAN, as its keepers name it; never an address
    contract: str | None = None  # under which it is maintained
    linked: Linked = Field(default=Linked.UNKNOWN, sa_type=words_of(Linked))
    maintenance_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: str = "manual"  # module of data/intake/sources it came from, "demo" or "manual"
    demo: bool = False
    fingerprint: bytes | None = Field(default=None, sa_type=LargeBinary)  # keyed digest of the imported record
    updated_at: datetime = Field(sa_type=UtcDateTime)


class CameraPreset(SQLModel, table=True):
    """Where a PTZ looks for a while of its tour."""

    id: int | None = Field(default=None, primary_key=True)
    camera_id: int = Field(foreign_key="camera.id", ondelete="CASCADE", index=True)
    name: str = ""
    bearing_deg: float
    hfov_deg: float
    tilt_deg: float | None = None
    dwell_s: float


class CameraState(SQLModel, table=True):
    """What we believe of a camera now; written only when it changes. No row: never looked at, so unknown."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    status: Status = Field(sa_type=words_of(Status))
    since: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""  # a key of reasons, "timeout", "refused", "unauthorised" ..., worded by ui/words
    seq: int = Field(index=True)


class Outage(SQLModel, table=True):
    """A span [began_at, ended_at) that a camera was down; open while ended_at is None."""

    __table_args__ = (
        Index("one_open_outage", "camera_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("outage_of_camera", "camera_id", "ended_at", "began_at"),
        Index("outage_begun", "began_at", "camera_id"),
        Index("outage_ended", "ended_at", "camera_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    camera_id: int = Field(foreign_key="camera.id", ondelete="CASCADE")
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class WatchSpan(SQLModel, table=True):
    """
    A span in which we were watching.

    With a camera: it had a verdict (not unknown, not maintenance); open while ended_at is None. Without one: a
    worker was looking and our own uplink worked; the worker moves ended_at forward as it lives, so that after a
    kill it says when the watching stopped. A camera was watched where both kinds overlap.
    """

    __table_args__ = (
        Index("watched_of_camera", "camera_id", "ended_at", "began_at"),
        Index("watched_begun", "began_at", "camera_id"),
        Index("watched_ended", "ended_at", "camera_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    camera_id: int | None = Field(default=None, foreign_key="camera.id", ondelete="CASCADE")
    worker: str = ""
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Still(SQLModel, table=True):
    """The latest picture of a camera; the file lies under var/stills."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    captured_at: datetime = Field(sa_type=UtcDateTime)
    clock: CaptureClock = Field(default=CaptureClock.ARRIVAL, sa_type=words_of(CaptureClock))
    path: str  # below var/stills
    width: int
    height: int


class StillWish(SQLModel, table=True):
    """A camera somebody has on screen: the app writes it, the worker looks at these first."""

    camera_id: int = Field(primary_key=True, foreign_key="camera.id", ondelete="CASCADE")
    wanted_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Checkpoint(SQLModel, table=True):
    """A border crossing or another place with people to check; open or closed is a dated, editable status."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    type: str
    name_th: str
    name_en: str
    province_code: str
    district_th: str | None = None
    district_en: str | None = None
    neighbour: str | None = None
    opposite: str | None = None
    lon: float
    lat: float
    certainty: str  # how sure the point is: high, medium, low
    zone_wkt: str | None = None  # WGS 84 polygon that came with it; None: a 500 m circle, marked assumed
    opening: str = "unknown"  # open, restricted, closed, unknown
    opening_on: date | None = None


class SignInLink(SQLModel, table=True):
    """A one-time sign-in link; only the digest of its token is kept."""

    token_hash: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """A signed-in browser; only the digest of its cookie is kept."""

    id_hash: str = Field(primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Counter(SQLModel, table=True):
    """A number that only grows: SEQ and INVENTORY, by which caches and the fleet notice changes."""

    name: str = Field(primary_key=True)
    value: int = 0
