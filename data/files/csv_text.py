"""CSV as spreadsheets read it: UTF-8 with its mark, nothing that would run as a formula, shapes as WKT."""

import csv
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyarrow.csv import CSVWriter, WriteOptions

from data.files.rows import DECIMALS, About, Rows, arrow, plain

_FORMULA = "^[=+\\-@\t\r\n]"


def write(rows: Rows, about: About, path: Path, _layer: str) -> int:
    """Write a CSV; one without rows says what it is in the heading of its last column."""
    count = 0
    heads = [*rows.names, *rows.facts, *(["wkt"] if rows.geometry else [])]
    facts = {name: _cells(arrow(pd.Series([value], dtype=object)))[0] for name, value in rows.facts.items()}
    schema = pa.schema([(name, pa.string()) for name in heads])
    with path.open("wb") as file:
        file.write(_heading(heads, about if rows.first.empty else {}))
        with CSVWriter(file, schema, write_options=WriteOptions(include_header=False, eol="\r\n")) as out:
            for part in rows:
                columns = [_cells(arrow(part[name], times=False)) for name in rows.names]
                columns += [pa.repeat(fact, len(part)) for fact in facts.values()]
                if rows.geometry:
                    wkt = shapely.to_wkt(part.geometry.to_numpy(), rounding_precision=DECIMALS)
                    columns.append(pa.array(wkt, pa.string()))
                out.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                count += len(part)
    return count


def _heading(names: list[str], about: About) -> bytes:
    """First line of a CSV; where there are no rows to say the facts in, a last heading says them."""
    said = "; ".join(f"{name}={plain(value)}" for name, value in about.items() if value is not None)
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow([*names, *([f"no rows; {said}"] if said else [])])
    # the mark tells Excel that the file is UTF-8, without it Thai turns to noise
    return line.getvalue().encode("utf-8-sig")


def _cells(column: pa.Array) -> pa.Array:
    """A spreadsheet runs text that begins like a formula; a quote in front makes it text."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    column = column.cast(pa.string())
    quoted = pc.binary_join_element_wise("'", column, "")
    return pc.if_else(pc.match_substring_regex(column, _FORMULA), quoted, column)
