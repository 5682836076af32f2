"""What every format writes: rows in parts, the facts they repeat, and their columns as plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data.texts import PackedType

DECIMALS = 9  # 0.1 mm: lengths measured again from the file agree with ours

About = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """The rows of a file in parts, all of the same columns, and the facts that every row repeats."""

    first: pd.DataFrame
    rest: Iterator[pd.DataFrame]
    facts: About

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return chain([self.first], self.rest)

    @cached_property
    def geometry(self) -> str | None:
        """Name of the column of shapes, if there is one."""
        return str(self.first.geometry.name) if isinstance(self.first, gpd.GeoDataFrame) else None

    @cached_property
    def names(self) -> list[str]:
        """Names of the columns that are no shape."""
        return [str(name) for name in self.first.columns if name != self.geometry]


def arrow(values: "pd.Series[Any]", *, times: bool = True) -> pa.Array:
    """
    A column as Arrow holds it; what is missing or not finite is null, single precision is told as it was written.

    Parameters
    ----------
    times
        Whether times stay times; else they are ISO 8601 text.
    """
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = pa.array(values.cat.codes.to_numpy().astype(np.int32), mask=(values.cat.codes < 0).to_numpy())
        column = pa.DictionaryArray.from_arrays(codes, pa.array(values.cat.categories.astype(object), pa.string()))
        column = column.dictionary_decode()
    elif pd.api.types.is_datetime64_any_dtype(kind):
        column = pa.array(values).cast(pa.timestamp("ms", getattr(kind, "tz", None) and "UTC"), safe=False)
        if not times:
            codes, known = pd.factorize(values)
            words = pa.array([time.isoformat() for time in known], pa.string())
            column = words.take(pa.array(codes, mask=codes < 0))
    elif isinstance(kind, pd.StringDtype | PackedType):
        column = pa.array(values.array, from_pandas=True).cast(pa.string())
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    elif pd.api.types.is_object_dtype(kind):
        told = [plain(value) for value in values]
        try:
            column = pa.array(told)
        except pa.ArrowException:
            column = pa.array([word(value) for value in told], pa.string())
    elif kind.kind == "f":
        numbers = values.to_numpy()
        column = pa.array(numbers, mask=~np.isfinite(numbers))
        if kind == np.float32:
            column = column.cast(pa.string()).cast(pa.float64())
    else:
        column = pa.array(values)
    return column


def known(column: pa.Array) -> pa.Array:
    """Return a column that holds nothing as text: a file must call it something."""
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def like(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a later part in the types of the first."""
    return pa.RecordBatch.from_arrays([batch[field.name].cast(field.type) for field in schema], schema=schema)


def wound(rows: gpd.GeoDataFrame) -> Any:
    """Outer rings counterclockwise, as RFC 7946 and GeoParquet ask."""
    return shapely.orient_polygons(rows.geometry.to_numpy())


def plain(value: Any) -> Any:
    """One value as JSON knows it; times as ISO 8601, what is missing as None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else value


def word(value: Any) -> str | None:
    """Return any value as text."""
    return None if value is None else str(value)
