"""A frame and what must be said of it -> one GeoJSON, GeoPackage or CSV file, whole or not at all."""

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyarrow.csv import CSVWriter, WriteOptions

ABOUT = "takhai"  # top-level member of a GeoJSON; the GeoPackage has a table `about`
DECIMALS = 9  # 0.1 mm: lengths measured again from the file agree with ours
ENDINGS = (".geojson", ".gpkg", ".csv")
PART_ROWS = 20_000  # rows held as plain values at a time, whatever a file's length: about 50 MB
_FORMULA = "^[=+\\-@\t\r\n]"
_BRIEF = ("as_of", "edition", "filter", "demo", "credits")

About = dict[str, Any]
Frames = pd.DataFrame | Iterable[pd.DataFrame]


@dataclass(frozen=True)
class Rows:
    """The rows of a file in parts, all of the same columns, and the facts that every row repeats."""

    first: pd.DataFrame
    rest: Iterator[pd.DataFrame]
    facts: About

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return chain([self.first], self.rest)


def write(frame: Frames, about: About, path: Path, *, brief: bool = False, layer: str = "takhai") -> int:
    """
    Write a frame in the format its file's ending names; a failure leaves what was there before.

    Parameters
    ----------
    frame
        A GeoDataFrame in EPSG:4326, or for .csv any frame; or its parts, one at least, made as they are written.
    about
        Facts about the frame (as-of, edition, counts, credits ...), written into the file.
    brief
        Repeat only the most needed facts in every row: for files of many rows. A CSV, which has no other place
        for them, always carries all; one without rows says them in the heading of its last column.

    Returns
    -------
    rows
        How many were written.
    """
    check_path(path)
    ending = path.suffix.lower()
    parts = _sliced(frame) if isinstance(frame, pd.DataFrame) else iter(frame)
    first = next(parts)
    while first.empty and (following := next(parts, None)) is not None:
        first = following
    facts = {key: value for key, value in about.items() if not brief or key in _BRIEF or ending == ".csv"}
    rows = Rows(first, parts, {key: value for key, value in facts.items() if key not in first.columns})
    # written beside its place, so that the last step is one rename on one file system
    folder = Path(tempfile.mkdtemp(prefix=".takhai-", dir=path.parent))
    try:
        draft = folder / f"draft{ending}"
        count = _WRITERS[ending](rows, about, draft, layer)
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def to_bytes(frame: Frames, about: About, ending: str) -> bytes:
    """Return what `write` would write to a file with this ending, for a download."""
    with tempfile.TemporaryDirectory(prefix="takhai-") as folder:
        path = Path(folder) / f"takhai{ending}"
        write(frame, about, path)
        return path.read_bytes()


def check_path(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse an ending we cannot write or a folder that is not there, before long work begins."""
    if path.suffix.lower() not in endings:
        raise ValueError(
            f"{path.name}: cannot write {path.suffix or 'a file without ending'}; use {', '.join(endings)}"
        )
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{path}: the folder {path.parent} may not be written to; choose another")


def _write_geojson(rows: Rows, about: About, path: Path, layer: str) -> int:
    count = 0
    said = json.dumps({name: _plain(value) for name, value in rows.facts.items()}, ensure_ascii=False)[1:-1]
    with path.open("w", encoding="utf-8") as file:
        head = json.dumps({"name": layer, ABOUT: {k: _plain(v) for k, v in about.items()}}, ensure_ascii=False)
        file.write('{"type": "FeatureCollection", ' + head[1:-1] + ', "features": [')
        for part in rows:
            shapes = shapely.to_geojson(shapely.transform(_wound(part), lambda lonlat: np.round(lonlat, DECIMALS)))
            names = [str(name) for name in part.columns if name != part.geometry.name]
            columns = [_arrow(part[name], times=False).to_pylist() for name in names]
            for values, shape in zip(zip(*columns, strict=True), shapes, strict=True):
                own = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, allow_nan=False)
                facts = f"{own[:-1]}, {said}}}" if said else own
                file.write(
                    f'{"," if count else ""}\n{{"type": "Feature", "properties": {facts}, "geometry": {shape}}}'
                )
                count += 1
        file.write("\n]}\n")
    return count


def _write_geopackage(rows: Rows, about: About, path: Path, layer: str) -> int:
    count = 0
    geometry = str(rows.first.geometry.name)
    names = [str(name) for name in rows.first.columns if name != geometry]
    kinds = set(shapely.get_type_id(rows.first.geometry.to_numpy()).tolist())
    shape = {frozenset({0}): "Point", frozenset({1}): "LineString", frozenset({3}): "Polygon"}

    def batch(part: pd.DataFrame) -> pa.RecordBatch:
        nonlocal count
        count += len(part)
        columns = {name: _arrow(part[name]) for name in names}
        columns |= {name: pa.repeat(pa.scalar(_plain(value)), len(part)) for name, value in rows.facts.items()}
        columns = {name: _known(column) for name, column in columns.items()}
        columns[geometry] = pa.array(shapely.to_wkb(part.geometry.to_numpy()), pa.binary())
        return pa.RecordBatch.from_pydict(columns)

    first = batch(rows.first)
    rest = (_like(first.schema, batch(part)) for part in rows.rest)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(first.schema, chain([first], rest)), path, layer=layer, driver="GPKG",
        geometry_name=geometry, geometry_type=shape.get(frozenset(kinds), "Unknown"), crs="EPSG:4326",
    )  # fmt: skip
    facts = pd.DataFrame(
        {"name": list(about), "value": [_word(_plain(value)) for value in about.values()]}, dtype=object
    )
    pyogrio.write_dataframe(facts, path, layer="about", driver="GPKG", append=True)
    return count


def _write_csv(rows: Rows, about: About, path: Path, _layer: str) -> int:
    count = 0
    geometry = rows.first.geometry.name if isinstance(rows.first, gpd.GeoDataFrame) else None
    names = [str(name) for name in rows.first.columns if name != geometry]
    heads = [*names, *rows.facts, *(["wkt"] if geometry else [])]
    facts = {name: _cells(_arrow(pd.Series([value], dtype=object)))[0] for name, value in rows.facts.items()}
    schema = pa.schema([(name, pa.string()) for name in heads])
    with path.open("wb") as file:
        file.write(_heading(heads, about if rows.first.empty else {}))
        with CSVWriter(file, schema, write_options=WriteOptions(include_header=False, eol="\r\n")) as out:
            for part in rows:
                columns = [_cells(_arrow(part[name], times=False)) for name in names]
                columns += [pa.repeat(fact, len(part)) for fact in facts.values()]
                if geometry:
                    wkt = shapely.to_wkt(part.geometry.to_numpy(), rounding_precision=DECIMALS)
                    columns.append(pa.array(wkt, pa.string()))
                out.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                count += len(part)
    return count


_WRITERS: dict[str, Callable[[Rows, About, Path, str], int]] = {
    ".geojson": _write_geojson,
    ".gpkg": _write_geopackage,
    ".csv": _write_csv,
}


def _sliced(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(frame), 1), PART_ROWS):
        yield frame.iloc[start : start + PART_ROWS]


def _heading(names: list[str], about: About) -> bytes:
    """First line of a CSV; where there are no rows to say the facts in, a last heading says them."""
    said = "; ".join(f"{name}={_plain(value)}" for name, value in about.items() if value is not None)
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow([*names, *([f"no rows; {said}"] if said else [])])
    # the mark tells Excel that the file is UTF-8, without it Thai turns to noise
    return line.getvalue().encode("utf-8-sig")


def _wound(rows: gpd.GeoDataFrame) -> Any:
    """Outer rings counterclockwise, as RFC 7946 asks."""
    return shapely.orient_polygons(rows.geometry.to_numpy())


def _arrow(values: "pd.Series[Any]", *, times: bool = True) -> pa.Array:
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
    elif isinstance(kind, pd.StringDtype):
        column = pa.array(values.array, from_pandas=True).cast(pa.string())
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    elif pd.api.types.is_object_dtype(kind):
        plain = [_plain(value) for value in values]
        try:
            column = pa.array(plain)
        except pa.ArrowException:
            column = pa.array([_word(value) for value in plain], pa.string())
    elif kind.kind == "f":
        numbers = values.to_numpy()
        column = pa.array(numbers, mask=~np.isfinite(numbers))
        if kind == np.float32:
            column = column.cast(pa.string()).cast(pa.float64())
    else:
        column = pa.array(values)
    return column


def _known(column: pa.Array) -> pa.Array:
    """A column that holds nothing is text: a GeoPackage must call it something."""
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _like(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([batch[field.name].cast(field.type) for field in schema], schema=schema)


def _cells(column: pa.Array) -> pa.Array:
    """A spreadsheet runs text that begins like a formula; a quote in front makes it text."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    column = column.cast(pa.string())
    quoted = pc.binary_join_element_wise("'", column, "")
    return pc.if_else(pc.match_substring_regex(column, _FORMULA), quoted, column)


def _plain(value: Any) -> Any:
    """One value as JSON knows it; times as ISO 8601, what is missing as None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _word(value: Any) -> str | None:
    return None if value is None else str(value)
