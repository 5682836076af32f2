"""GeoParquet 1.1: shapes as WKB in one column, what the file says of itself in the metadata of its schema."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data.files.rows import About, Rows, arrow, known, like, plain, wound

ABOUT = b"takhai"


def write(rows: Rows, about: About, path: Path, _layer: str) -> int:
    """Write a GeoParquet file, a row group a part; a frame without shapes is plain Parquet."""
    count = 0
    first = _batch(rows, rows.first)
    schema = first.schema.with_metadata(_metadata(rows, about))
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for part in rows:
            out.write_batch(like(schema, _batch(rows, part)))
            count += len(part)
    return count


def _batch(rows: Rows, part: pd.DataFrame) -> pa.RecordBatch:
    columns = {name: known(arrow(part[name])) for name in rows.names}
    if rows.geometry:
        columns[rows.geometry] = pa.array(shapely.to_wkb(wound(part)), pa.binary())
    return pa.RecordBatch.from_pydict(columns)


def _metadata(rows: Rows, about: About) -> dict[bytes, bytes]:
    facts = {ABOUT: _json({name: plain(value) for name, value in about.items()})}
    if rows.geometry:
        # no crs means longitude and latitude on WGS 84; no types means any: the file is written as it is made
        column = {"encoding": "WKB", "geometry_types": [], "orientation": "counterclockwise"}
        facts[b"geo"] = _json(
            {"version": "1.1.0", "primary_column": rows.geometry, "columns": {rows.geometry: column}}
        )
    return facts


def _json(said: About) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
