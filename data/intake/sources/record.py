"""
What every source delivers: rows of text under the names of `FIELDS`, with the row numbers people see in the file.

Rows travel as columns, not as one object each: a million objects alone would take longer than the whole import.
`data/cleaning.py` turns them into values that the camera table takes, or says what is wrong with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

# Everything a source may say of a camera. Units are in the names; text may still carry them ("6 m").
FIELDS = (
    "code",
    "owner",
    "maintainer",
    "linker",
    "name",  # in either language; Thai letters decide
    "name_th",
    "name_en",
    "place",  # stands in for a missing name
    "province",  # name or code
    "district",
    "subdistrict",
    "lon",  # or easting
    "lat",  # or northing
    "position",  # both in one cell
    "rival_1",  # other columns that hold whole positions: they stand in for one that cannot be right
    "rival_2",
    "rival_3",
    "zone",  # of UTM: 47 or 48
    "position_accuracy_m",
    "verified_on",
    "installed_on",  # stands in for a missing verified_on
    "kind",
    "bearing_deg",
    "bearing_accuracy_deg",
    "hfov_deg",
    "tilt_deg",
    "mount_height_m",
    "resolution",  # pixels_h x pixels_v in one cell
    "pixels_h",
    "pixels_v",
    "focal_length_mm",
    "sensor_width_mm",
    "ir_range_m",
    "stream",
    "snapshot",
    "substream",
    "onvif_profile",
    "site",  # pole, cabinet or switch
    "network",
    "contract",
    "linked",
    "count",  # how many cameras the row stands for
)
ADDRESSES = ("stream", "snapshot", "substream")
RIVALS = ("rival_1", "rival_2", "rival_3")
ROWS_MOST = 2_000_000
UNSPECIFIED = "ไม่ระบุหน่วยงาน"  # owner of rows that name none, when nobody says whose they are


class SourceError(ValueError):
    """A file or feed breaks its promise; the message says how, and the way out."""


@dataclass(frozen=True)
class RawRows:
    """
    Some rows as the source says them.

    Parameters
    ----------
    cells
        One text column a field of FIELDS the source delivers; missing where the cell is empty.
    numbers
        Row number of each, as a spreadsheet counts them or, without a table, the place in the list from 1.
    broken
        Position in `cells` -> why that row cannot be read at all.
    """

    cells: pd.DataFrame
    numbers: npt.NDArray[np.int64]
    broken: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Feed:
    """A file that was recognised and can be read row by row."""

    source: str  # module of data/intake/sources
    rows: Iterator[RawRows]
    total: int  # rows, as near as is known beforehand
    columns: dict[str, str]  # field -> heading in the file
    ignored: tuple[str, ...] = ()  # headings nothing is read from
    encoding: str | None = None
    notes: tuple[str, ...] = ()
    owner: str = UNSPECIFIED
    utm_zone: int | None = None  # said by a heading


def rows_of(
    records: list[dict[str, object]], fields: tuple[str, ...], broken: dict[int, str]
) -> Iterator[RawRows]:
    """Yield one RawRows of records whose keys are fields; numbered from 1."""
    if records:
        cells = pd.DataFrame({name: texts([record.get(name) for record in records]) for name in fields})
        yield RawRows(cells, np.arange(1, len(records) + 1), broken)


def texts(values: list[object]) -> "pd.Series[str]":
    """Return a text column; what is no single value (a list, an object) counts as empty."""
    return pd.Series([text(value) for value in values], dtype="str")


def text(value: object) -> str | None:
    """Return a value as the text of a cell: whole numbers without .0, dates in ISO form."""
    match value:
        case None | list() | dict() | bytes():
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case str():
            # A lone surrogate, possible in JSON, has no UTF-8 form and would stop the whole import later.
            return value if value.isascii() else value.encode("utf-8", "replace").decode()
        case _:
            return str(value)
