"""
What buildings and terrain hide from cameras, worked out for a camera when somebody asks for it.

It travels with the inventory as two columns, `sure_ground` and `maybe_ground` (`geo.see.shade`): an inventory
without buildings and without a terrain model has neither and costs nothing, and that of a country with both is
there at once. They depend on where a camera stands and how far it could ever see, not on level, light or status.
"""

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray, ExtensionDtype

from data.database import Database
from data.ground.heights import check_heights, reading
from data.ground.layers import Held, features, layers
from data.ground.tables import LayerKind
from data.intake.sources.record import SourceError
from data.settings import settings
from geo.see.coverage import reach_m
from geo.see.shade import MAYBE, SURE, Buildings, Shapes, Standing, maybe_grounds, sure_grounds
from geo.see.terrain import clear_ground
from geo.see.walls import areas

COLUMNS = (SURE, MAYBE)
LOWEST_PX_M = 5.0  # the lowest level anybody asks for
FARTHEST_M = 3_000.0  # beyond, nothing is sure where anything is in the way nearer by
KEPT = 40_000  # grounds kept: at most some hundred megabytes
_log = logging.getLogger(__name__)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Considered:
    """What is known to stand or lie around a camera."""

    buildings: dict[str, int]  # by the name of their layer
    heights: str | None  # name of the terrain model

    def __bool__(self) -> bool:
        return bool(self.buildings or self.heights)


class Obstacles:
    """Buildings and terrain as they were at one moment, and the grounds already worked out of them."""

    def __init__(self, db: Database, mark: tuple[Any, ...], held: Sequence[Held], heights: Path | None) -> None:
        self.mark = mark
        self.layers = tuple(one.name for one in held)
        self.credits = tuple(one.credit for one in held if one.credit)
        self.heights = heights
        self._db = db
        self._lock = threading.RLock()
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._complained = False

    def grounds(self, cameras: pd.DataFrame, column: str) -> Shapes:
        """Return what is not hidden from cameras, as `geo.see.shade` has it for a column; None: all of it."""
        standing = _standing(cameras)
        places = zip(*(part.tolist() for part in vars(standing).values()), strict=True)
        keys = [(column, *(None if value != value else value for value in one)) for one in places]  # NaN is no key
        with self._lock:
            new = {key: row for row, key in enumerate(keys) if key not in self._kept}
            made = self._made(standing.of(np.fromiter(new.values(), np.int64, len(new))), column)
            fresh = dict(zip(new, made, strict=True))
            grounds = np.empty(len(keys), object)
            grounds[:] = [fresh[key] if key in fresh else self._kept[key] for key in keys]
            self._kept |= fresh
            while len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)))  # the oldest
        return grounds

    def around(self, cameras: pd.DataFrame) -> Considered:
        """Return what is considered of one camera, a table of one row."""
        one = _standing(cameras)
        with self._lock:
            _, building = self._buildings.near(one.lon, one.lat, one.reach_m)
        counts = Counter(self._layer_of[building].tolist())
        return Considered(dict(sorted(counts.items())), self.heights.name if self.heights else None)

    @cached_property
    def _drawn(self) -> pd.DataFrame:
        return pd.DataFrame(features(self._db, LayerKind.BUILDING))

    @cached_property
    def _buildings(self) -> Buildings:
        return Buildings.of(self._drawn["geometry"].to_numpy(), self._drawn["height_m"].to_numpy(np.float64))

    @cached_property
    def _layer_of(self) -> NDArray[np.object_]:
        return self._drawn["layer"].to_numpy(object)

    def _made(self, cameras: Standing, column: str) -> Shapes:
        if not len(cameras):
            return np.zeros(0, object)
        if column == MAYBE:
            return maybe_grounds(cameras, self._buildings)
        found = sure_grounds(cameras, self._buildings)
        clear = self._clear(cameras)
        both = np.flatnonzero(~shapely.is_missing(found) & ~shapely.is_missing(clear))
        found = np.where(shapely.is_missing(found), clear, found)
        found[both] = areas(shapely.intersection(found[both], clear[both]))
        return found

    def _clear(self, cameras: Standing) -> Shapes:
        """Ground to which the terrain leaves each camera a line of sight; None: all, or there is no model."""
        clear = np.full(len(cameras), None, object)
        if self.heights is None:
            return clear
        columns = zip(cameras.lon, cameras.lat, cameras.mount_m, cameras.reach_m, strict=True)
        try:
            with reading(self.heights) as near:
                for row, (lon, lat, mount, reach) in enumerate(columns):
                    heights = near(lon, lat, reach) if reach > 0 else None
                    clear[row] = None if heights is None else clear_ground(lon, lat, mount, reach, heights)
        except SourceError as error:
            if not self._complained:
                _log.exception("nothing counts as surely seen while the terrain is unknown: %s", error)
            self._complained = True
            clear[:] = shapely.Polygon()
        return clear


def obstacles(db: Database, before: Obstacles | None = None) -> Obstacles | None:
    """
    Return what is known to be in the way of cameras now; `before` itself if it is the same, None if nothing is.

    Raises
    ------
    SourceError
        If the terrain model the settings name cannot be used, unless it could be `before`.
    """
    heights = settings().heights
    held = layers(db, [LayerKind.BUILDING])
    if not held and heights is None:
        return None
    mark = (*((one.name, one.id, one.at, one.features) for one in held), _stamp(heights))
    if before is not None and before.mark == mark:
        return before
    if heights is not None:
        try:
            check_heights(heights)
        except SourceError:
            if before is None:
                raise
            _log.exception("the terrain model cannot be used any more; nothing counts as surely seen")
    return Obstacles(db, mark, held, heights)


def obstacles_of(cameras: pd.DataFrame) -> Obstacles | None:
    """Return the obstacles the grounds of an inventory are worked out of; None if it has none."""
    column = cameras[SURE].array if SURE in cameras else None
    return column.obstacles if isinstance(column, Grounds) else None


def hidden(cameras: pd.DataFrame, known: Obstacles | None) -> pd.DataFrame:
    """Return cameras with the two columns of what obstacles hide, in place of those they had; without if None."""
    without = bare(cameras)
    if known is None:
        return without
    rows, frame = np.arange(len(without)), without.copy(deep=False)
    for column in COLUMNS:
        frame[column] = Grounds(known, without, column, rows)
    return frame


def bare(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return cameras without what is hidden from them: for tables whose every value is written out."""
    return cameras.drop(columns=[name for name in COLUMNS if name in cameras])


def _stamp(path: Path | None) -> tuple[Any, ...]:
    try:
        told = path.stat() if path else None
    except OSError:
        return (path,)
    return (path, told.st_mtime_ns, told.st_size) if told else ()


def _standing(cameras: pd.DataFrame) -> Standing:
    columns = ("lon", "lat", "mount_height_m", "position_accuracy_m")
    lon, lat, mount, off = (cameras[name].to_numpy(np.float64, na_value=np.nan) for name in columns)
    return Standing(lon, lat, mount, off, np.minimum(reach_m(cameras, LOWEST_PX_M), FARTHEST_M))


class GroundType(ExtensionDtype):
    """The dtype of a column of grounds."""

    name = "ground in sight"
    type = object
    na_value = None

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the class of such a column's array."""
        return Grounds


class Grounds(ExtensionArray):
    """Grounds of some cameras of a table; taking rows costs nothing, looking at them works them out."""

    def __init__(self, known: Obstacles, cameras: pd.DataFrame, column: str, rows: Ints) -> None:
        self.obstacles = known
        self._cameras = cameras
        self._column = column
        self._rows = rows

    def take(self, indexer: Any, *, allow_fill: bool = False, **_: Any) -> Any:
        """Return some of the grounds, unmade; none may be missing."""
        places = np.asarray(indexer, np.int64)
        if allow_fill and (places < 0).any():
            raise ValueError(
                "the ground of a camera cannot be missing; join cameras before what hides it is added"
            )
        return Grounds(self.obstacles, self._cameras, self._column, self._rows[places])

    # What follows is what pandas asks of the array of any column.

    @property
    def dtype(self) -> GroundType:
        """Ground in sight."""
        return GroundType()

    @property
    def nbytes(self) -> int:
        """Bytes its row numbers take."""
        return int(self._rows.nbytes)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, int | np.integer):
            return self._shapes(np.array([self._rows[item]]))[0]
        return Grounds(self.obstacles, self._cameras, self._column, self._rows[item])

    def __setitem__(self, item: Any, value: Any) -> None:
        raise TypeError("grounds never change; put the camera right, or bring another layer")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._shapes(self._rows)

    def isna(self) -> NDArray[np.bool_]:
        """No place is without an answer, be it that nothing is hidden."""
        return np.zeros(len(self), bool)

    def copy(self) -> "Grounds":
        """Return itself: nobody can change it."""
        return self

    def view(self, *_: Any) -> "Grounds":
        """Return itself: nobody can change it."""
        return self

    def _shapes(self, rows: Ints) -> Shapes:
        return self.obstacles.grounds(self._cameras.iloc[rows], self._column)

    @classmethod
    def _from_sequence(cls, *_: Any, **__: Any) -> Any:
        raise TypeError("grounds are worked out of obstacles; see data.ground.hidden.hidden")

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence["Grounds"]) -> "Grounds":
        first = to_concat[0]
        if any(part._cameras is not first._cameras or part._column != first._column for part in to_concat):
            raise TypeError("grounds of two tables cannot be joined; join the tables, then add what is hidden")
        return cls(
            first.obstacles, first._cameras, first._column, np.concatenate([part._rows for part in to_concat])
        )
