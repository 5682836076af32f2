"""The inventory as one frame: every camera with what is believed of it now."""

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import Case, String, case, func, or_, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from data.database import Database
from data.models import INVENTORY, Agency, Camera, CameraState, Counter, Status
from geo.crs import EPSG_LONLAT

NUMBERS = (
    "position_accuracy_m", "bearing_deg", "hfov_deg", "tilt_deg", "mount_height_m", "pixels_h", "pixels_v",
    "focal_length_mm", "sensor_width_mm", "ir_range_m",
)  # fmt: skip
# A status's place here is its code, in the fleet and in the tiles alike.
STATUS_WORDS = tuple(
    s.value for s in (Status.UNKNOWN, Status.UP, Status.DOWN, Status.DEGRADED, Status.MAINTENANCE)
)
_WORDS = ("kind", "linked")
# Addresses and what is derived from them never leave the inventory by this way.
_WITHHELD = {"stream_address", "stream_sealed", "snapshot_address", "snapshot_sealed", "fingerprint"}
OPEN_COLUMNS = tuple(name for name in Camera.model_fields if name not in _WITHHELD)


def load_cameras(db: Database) -> gpd.GeoDataFrame:
    """
    Every camera, sorted by id, with a RangeIndex.

    Returns
    -------
    cameras
        EPSG:4326. The columns of `Camera` without addresses and fingerprint (kind and linked as plain strings,
        unknown numbers NaN), owner, maintainer, linker (names), has_stream, has_snapshot, status ("unknown" where
        nothing was ever seen), since (UTC or NaT), reason.
    """
    owner, maintainer, linker = aliased(Agency), aliased(Agency), aliased(Agency)
    # a word column is read as the string it is stored as: building 20,000 enum members costs more than the query
    columns = [
        type_coerce(getattr(Camera, name), String).label(name) if name in _WORDS else getattr(Camera, name)
        for name in OPEN_COLUMNS
    ]
    query = (
        select(  # type: ignore[call-overload]
            *columns,
            col(owner.name_th).label("owner"),
            col(maintainer.name_th).label("maintainer"),
            col(linker.name_th).label("linker"),
            _present(Camera.stream_address, Camera.stream_sealed).label("has_stream"),
            _present(Camera.snapshot_address, Camera.snapshot_sealed).label("has_snapshot"),
            func.coalesce(type_coerce(CameraState.status, String), Status.UNKNOWN.value).label("status"),
            CameraState.since,
            func.coalesce(CameraState.reason, "").label("reason"),
        )
        .join(owner, owner.id == Camera.owner_id, isouter=True)
        .join(maintainer, maintainer.id == Camera.maintainer_id, isouter=True)
        .join(linker, linker.id == Camera.linker_id, isouter=True)
        .join(CameraState, CameraState.camera_id == Camera.id, isouter=True)
        .order_by(Camera.id)
    )
    with db.read() as session:
        result = session.execute(query)
        # object columns: a missing word stays None instead of turning into a NaN that is true
        frame = pd.DataFrame(result.all(), columns=list(result.keys()), dtype=object)
    return gpd.GeoDataFrame(
        _typed(frame), geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=EPSG_LONLAT
    )


def inventory_number(db: Database) -> int:
    """Number that moves with every change of the inventory: the key of what is computed from it."""
    with db.read() as session:
        counter = session.get(Counter, INVENTORY)
    return counter.value if counter else 0


def inventory_time(db: Database) -> datetime | None:
    """When the inventory last changed; None while it is empty."""
    with db.read() as session:
        return session.exec(select(func.max(Camera.updated_at))).one()


def status_codes(status: ArrayLike) -> NDArray[np.int8]:
    """Statuses as the numbers the fleet and the tiles hold: words are looked up, numbers pass."""
    given = np.asarray(status)
    if given.dtype.kind in "iu":
        return given.astype(np.int8)
    words, where = np.unique(given.astype(str), return_inverse=True)
    odd = [word for word in words if word not in STATUS_WORDS]
    if odd:
        raise ValueError(f"status must be one of {', '.join(STATUS_WORDS)}, got {odd[0]!r}")
    return np.array([STATUS_WORDS.index(word) for word in words], np.int8)[where].reshape(given.shape)


def count_by_status(cameras: pd.DataFrame) -> dict[str, int]:
    """How many cameras have each status; every status is there, unknown beside the others."""
    counts = cameras["status"].value_counts()
    return {status.value: int(counts.get(status.value, 0)) for status in Status}


def _present(address: str | None, sealed: bytes | None) -> Case[bool]:
    return case((or_(col(address).is_not(None), col(sealed).is_not(None)), True), else_=False)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = dict.fromkeys((*NUMBERS, "lon", "lat"), "float64")
    flags = dict.fromkeys(("demo", "has_stream", "has_snapshot"), "bool")
    whole = dict.fromkeys(("maintainer_id", "linker_id"), "Int64") | {"id": "int64", "owner_id": "int64"}
    frame = frame.astype(numbers | flags | whole)
    for name in ("since", "maintenance_until", "updated_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    return frame
