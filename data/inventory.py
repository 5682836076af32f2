"""
The inventory as one compact frame: about 130 bytes a camera, so that a million fit beside the app.

Words that repeat are categories, other texts are packed, numbers are of single precision: 4.8 is told as 4.8 again
by `plain`. What a camera's status is, is `data.fleet`'s to know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import Case, Select, String, case, literal_column, or_, select, type_coerce
from sqlmodel import col

from data.database import Database, fetched
from data.models import Agency, Camera, Status
from data.texts import BLOCK, PackedTexts
from geo.see.shade import MAYBE, SURE

NUMBERS = (
    "position_accuracy_m", "bearing_deg", "hfov_deg", "tilt_deg", "mount_height_m", "pixels_h", "pixels_v",
    "focal_length_mm", "sensor_width_mm", "ir_range_m", "bearing_accuracy_deg",
)  # fmt: skip
# A status's place here is its code, in the fleet and in the tiles alike.
STATUS_WORDS = tuple(
    s.value for s in (Status.UNKNOWN, Status.UP, Status.DOWN, Status.DEGRADED, Status.MAINTENANCE)
)
TEXTS = ("code", "name_th", "name_en")
WORDS = (
    "kind",
    "linked",
    "province_code",
    "province",
    "district",
    "subdistrict",
    "onvif_profile",
    "source",
    "thermal_criteria",
)
KEEPERS = ("owner", "maintainer", "linker")
TIMES = ("maintenance_until", "updated_at")
# Read camera by camera when somebody asks for them, and for files: not worth 15 bytes in every process.
DETAILS = ("maintainer", "linker", "onvif_profile", "source", "verified_on", "has_snapshot")
_DTYPES = {"id": np.int64, "owner_id": np.int32, "lon": np.float64, "lat": np.float64}
_FLAGS = ("demo", "has_stream", "has_snapshot")
_NO_FACTS = ("presets", SURE, MAYBE)  # columns of the frame that are nobody's to read
_FEW = 1_000  # so many are read one by one; of more than these, a quarter of all is where the whole is as quick
_BATCH = BLOCK  # rows at a time: small enough that they stay in the processor's cache
# Arrow's own pool keeps what it once had: a load would stay with the process for good.
pa.set_memory_pool(pa.system_memory_pool())
ALL = ("id", "owner_id", "lon", "lat", *TEXTS, *KEEPERS, *WORDS, *NUMBERS, "verified_on", *TIMES, *_FLAGS)
HELD = tuple(name for name in ALL if name not in DETAILS)


def load_cameras(db: Database, ids: Iterable[int] | None = None, columns: Sequence[str] = HELD) -> pd.DataFrame:
    """
    Every camera, or those with the given ids, sorted by id, with a RangeIndex; addresses never come this way.

    Parameters
    ----------
    columns
        Some of `ALL`.

    Returns
    -------
    cameras
        id, owner_id; lon, lat (WGS 84); `TEXTS` (packed, NaN where there is none); `KEEPERS` (names) and `WORDS`
        (categories); `NUMBERS` (float32, NaN: unknown); verified_on, maintenance_until, updated_at (times, NaT);
        demo, has_stream, has_snapshot (bool).
    """
    wanted = None if ids is None else sorted(ids)
    with db.read() as session:
        names = {row.id: row.name_th for row in session.execute(select(col(Agency.id), col(Agency.name_th)))}
        parts: dict[str, list[Any]] = {name: [] for name in columns}
        for query in _queries(wanted, columns):
            for rows in fetched(session, query, _BATCH):
                for name, values in zip(columns, zip(*rows, strict=True), strict=True):
                    parts[name].append(_part(name, values))
    # a column's parts go as soon as it is made, so that the whole is never held twice
    return pd.DataFrame({name: _column(name, parts.pop(name), names) for name in columns}, copy=False)


def details(db: Database, camera_id: int) -> dict[str, Any]:
    """What is known of one camera beyond the held columns, `DETAILS` as plain values; nothing if it is gone."""
    found = load_cameras(db, [camera_id], DETAILS)
    return plain(found, 0) if len(found) else {}


def followed(before: pd.DataFrame, db: Database) -> tuple[pd.DataFrame, NDArray[np.intp] | None]:
    """
    Return the inventory as it is now, made of an older one and of what changed, and the rows that changed.

    None for the rows: other cameras than before. A camera has changed if the time of its last change is another
    one: no table of changes is needed, and what was deleted is found as well. Columns that are not of the database
    are left out where anything changed.
    """
    stamps = select(col(Camera.id), _as_text("updated_at")).order_by(col(Camera.id))
    with db.read() as session:
        parts = [
            (np.fromiter((row[0] for row in rows), np.int64, len(rows)), read_times([row[1] for row in rows]))
            for rows in fetched(session, stamps, 10 * _BATCH)
        ]
    ids = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in parts)])
    at = np.concatenate([np.zeros(0, "datetime64[us]"), *(part[1] for part in parts)])
    old, old_at = before["id"].to_numpy(), before["updated_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    place = np.minimum(np.searchsorted(old, ids), max(len(old) - 1, 0))
    same = (old[place] == ids) & (old_at[place] == at) if len(old) else np.zeros(len(ids), bool)
    if same.all() and len(ids) == len(old):
        return before, np.zeros(0, np.intp)
    if (~same).sum() > max(len(ids) // 4, _FEW):
        return load_cameras(db), None
    fresh = load_cameras(db, ids[~same].tolist())
    if len(ids) == len(old) and (old == ids).all():
        rows = np.flatnonzero(~same)
        return _corrected(before, fresh, rows), rows
    return _merged(before, fresh, place[same]), None


def plain(cameras: pd.DataFrame, row: int) -> dict[str, Any]:
    """One camera as plain values: None where nothing is known, numbers as written down; no presets, no grounds."""
    return {str(name): _plain(cameras[name].iloc[row]) for name in cameras if name not in _NO_FACTS}


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


def _queries(ids: list[int] | None, columns: Sequence[str]) -> Iterator[Select[Any]]:
    query = select(*map(_as_text, columns)).order_by(col(Camera.id))
    if ids is None:
        yield query
    else:
        for start in range(0, len(ids), _BATCH):
            yield query.where(col(Camera.id).in_(ids[start : start + _BATCH]))


def _as_text(name: str) -> Any:
    """A column as the driver gives it: making enum members and aware times of a million rows takes a minute."""
    if name in KEEPERS:
        return getattr(Camera, f"{name}_id")
    if name in ("has_stream", "has_snapshot"):
        return _present(f"{name[4:]}_address", f"{name[4:]}_sealed").label(name)
    if name in (*WORDS, *TIMES, "verified_on"):
        return type_coerce(getattr(Camera, name), String).label(name)
    return getattr(Camera, name)


def _present(address: str, sealed: str) -> Case[bool]:
    given = or_(getattr(Camera, address).is_not(None), getattr(Camera, sealed).is_not(None))
    return case((given, literal_column("1")), else_=literal_column("0"))


def _part(name: str, values: tuple[Any, ...]) -> Any:
    """A column of some rows, as small as it will stay."""
    if name in WORDS:
        part: Any = pa.array(values, pa.string()).dictionary_encode()
    elif name in TEXTS:
        part = PackedTexts.of([pa.array(values, pa.string())])
    elif name in NUMBERS:
        part = _array(values, pa.float32())
    elif name in KEEPERS:
        part = pa.array(values, pa.int32()).fill_null(-1).to_numpy()
    elif name in (*TIMES, "verified_on"):
        part = read_times(values)
    else:
        part = np.array(values, _DTYPES.get(name, bool))
    return part


def _array(values: Any, kind: Any) -> NDArray[Any]:
    """Numbers of a column; None becomes NaN. Arrow reads them five times as fast as numpy."""
    return np.asarray(pa.array(values, kind).to_numpy(zero_copy_only=False))


def read_times(values: Any) -> NDArray[np.datetime64]:
    """Times of a column, UTC: SQLite's driver gives text, PostgreSQL's gives dates and aware times."""
    listed = pa.array(values).dictionary_encode()  # many cameras share a time: one import, one day
    known = _utc(listed.dictionary.to_pylist())
    codes = listed.indices.fill_null(len(known)).to_numpy()
    times: NDArray[np.datetime64] = np.append(known, np.datetime64("NaT", "us"))[codes]
    return times


def _utc(values: list[Any]) -> NDArray[np.datetime64]:
    if not values:
        return np.zeros(0, "datetime64[us]")
    times = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    return times.dt.tz_localize(None).to_numpy("datetime64[us]")


def _column(name: str, parts: list[Any], agencies: Mapping[int | None, str]) -> Any:
    """One column of the frame, made of its parts."""
    if name in WORDS:
        whole = (
            pa.chunked_array(parts, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries().combine_chunks()
        )
        return _categories(whole) if len(whole) else pd.Categorical.from_codes([], _index([]))
    if name in TEXTS:
        return PackedTexts.joined(parts)
    joined = np.concatenate(parts) if parts else np.zeros(0, np.int32 if name in KEEPERS else np.float64)
    if name in KEEPERS:
        used = np.bincount(joined + 1, minlength=1)[1:]
        known = [agency for agency in np.flatnonzero(used).tolist() if agency in agencies]
        codes = np.full(len(used) + 1, -1, np.int32)
        codes[known] = np.arange(len(known))
        return pd.Categorical.from_codes(codes[joined], _index(agencies[agency] for agency in known))
    if name in TIMES:
        return pd.Series(joined.astype("datetime64[us]"), copy=False).dt.tz_localize("UTC").array
    if name == "verified_on":
        return joined.astype("datetime64[s]")
    if name in _FLAGS:
        return joined.astype(bool)
    return joined.astype(_DTYPES.get(name, np.float32))


def _categories(column: Any) -> pd.Categorical:
    whole = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(codes, _index(whole.dictionary.to_pylist()))


def _index(words: Iterable[str]) -> "pd.Index[Any]":
    return pd.Index(list(words), dtype="str")


def _corrected(before: pd.DataFrame, fresh: pd.DataFrame, rows: NDArray[np.intp]) -> pd.DataFrame:
    """A frame with some rows anew; columns in which nothing changed are the old ones themselves, others go."""
    columns = {}
    for name in fresh:
        old, new = before[name], fresh[name]
        same = old.iloc[rows].astype(object).reset_index(drop=True).equals(new.astype(object))
        columns[name] = old if same else _joined([old, new], _replacing(len(old), rows))
    return pd.DataFrame(columns, copy=False)


def _merged(before: pd.DataFrame, fresh: pd.DataFrame, kept: NDArray[np.intp]) -> pd.DataFrame:
    """Some rows of a frame and all of another as one, sorted by id."""
    order = np.concatenate([kept, len(before) + np.arange(len(fresh))])
    ids = np.concatenate([before["id"].to_numpy(), fresh["id"].to_numpy()])
    order = order[np.argsort(ids[order], kind="stable")]
    return pd.DataFrame({name: _joined([before[name], fresh[name]], order) for name in fresh}, copy=False)


def _replacing(count: int, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    order = np.arange(count)
    order[rows] = count + np.arange(len(rows))
    return order


def _joined(parts: list["pd.Series[Any]"], order: NDArray[np.intp]) -> Any:
    """Both parts of a column, one after the other and then put in order; categories of both."""
    if isinstance(parts[0].array, PackedTexts):
        return PackedTexts.joined([part.array for part in parts]).reordered(order)
    if isinstance(parts[0].dtype, pd.CategoricalDtype):
        whole: Any = pd.api.types.union_categoricals(parts)
    else:
        whole = pd.concat(parts, ignore_index=True).array
    return whole.take(order)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float | np.floating) and np.isnan(value)):
        return None
    if isinstance(value, np.float32):
        return float(str(value))
    return value.item() if isinstance(value, np.generic) else value
