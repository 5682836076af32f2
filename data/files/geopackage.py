"""GeoPackage: the rows in one table, what the file says of itself in another, `about`."""

from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from data.files.rows import About, Rows, arrow, known, like, plain, word

_SHAPES = {frozenset({0}): "Point", frozenset({1}): "LineString", frozenset({3}): "Polygon"}


def write(rows: Rows, about: About, path: Path, layer: str) -> int:
    """Write a GeoPackage."""
    count = 0
    geometry = str(rows.geometry)
    kinds = set(shapely.get_type_id(rows.first.geometry.to_numpy()).tolist())

    def batch(part: pd.DataFrame) -> pa.RecordBatch:
        nonlocal count
        count += len(part)
        columns = {name: arrow(part[name]) for name in rows.names}
        columns |= {name: pa.repeat(pa.scalar(plain(value)), len(part)) for name, value in rows.facts.items()}
        columns = {name: known(column) for name, column in columns.items()}
        columns[geometry] = pa.array(shapely.to_wkb(part.geometry.to_numpy()), pa.binary())
        return pa.RecordBatch.from_pydict(columns)

    first = batch(rows.first)
    rest = (like(first.schema, batch(part)) for part in rows.rest)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(first.schema, chain([first], rest)), path, layer=layer, driver="GPKG",
        geometry_name=geometry, geometry_type=_SHAPES.get(frozenset(kinds), "Unknown"), crs="EPSG:4326",
    )  # fmt: skip
    facts = pd.DataFrame(
        {"name": list(about), "value": [word(plain(value)) for value in about.values()]}, dtype=object
    )
    pyogrio.write_dataframe(facts, path, layer="about", driver="GPKG", append=True)
    return count
