"""A frame and what must be said of it -> one file in the format its ending names, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.files import csv_text, geojson, geopackage, geoparquet, kml, shapefile, workbook
from data.files.rows import About, Rows

PART_ROWS = 20_000  # rows held as plain values at a time, whatever a file's length: about 50 MB
_BRIEF = ("as_of", "edition", "filter", "demo", "credits")

Frames = pd.DataFrame | Iterable[pd.DataFrame]


@dataclass(frozen=True)
class Format:
    """
    How a frame is written.

    Attributes
    ----------
    write
        Takes rows, facts, path and layer; returns how many rows it wrote.
    media_type
        What a browser is told it is.
    """

    write: Callable[[Rows, About, Path, str], int]
    media_type: str


FORMATS = {
    ".geojson": Format(geojson.write, "application/geo+json"),
    ".gpkg": Format(geopackage.write, "application/geopackage+sqlite3"),
    ".csv": Format(csv_text.write, "text/csv; charset=utf-8"),
    ".xlsx": Format(workbook.write, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".shp.zip": Format(shapefile.write, "application/zip"),
    ".kml": Format(kml.write, "application/vnd.google-earth.kml+xml"),
    ".parquet": Format(geoparquet.write, "application/vnd.apache.parquet"),
}
ENDINGS = tuple(FORMATS)
_ROWS_ARE_BARE = (".xlsx", ".parquet")  # the facts stand in one place that travels with the rows


def write(frame: Frames, about: About, path: Path, *, brief: bool = False, layer: str = "takhai") -> int:
    """
    Write a frame in the format its file's ending names; a failure leaves what was there before.

    Parameters
    ----------
    frame
        A GeoDataFrame in EPSG:4326, or for .csv, .xlsx and .parquet any frame; or its parts, one at least, made as
        they are written.
    about
        Facts about the frame (as-of, edition, counts, credits ...), written into the file.
    brief
        Repeat only the most needed facts in every row: for files of many rows. A CSV, which has no other place
        for them, always carries all; one without rows says them in the heading of its last column. A Shapefile and
        a KML are always brief.

    Returns
    -------
    rows
        How many were written.
    """
    check_path(path)
    ending = ending_of(path)
    sliced = (frame.iloc[part] for part in parts(len(frame))) if isinstance(frame, pd.DataFrame) else iter(frame)
    first = next(sliced)
    while first.empty and (following := next(sliced, None)) is not None:
        first = following
    rows = Rows(
        first, sliced, {k: v for k, v in _repeated(about, ending, brief).items() if k not in first.columns}
    )
    # written beside its place, so that the last step is one rename on one file system
    folder = Path(tempfile.mkdtemp(prefix=".takhai-", dir=path.parent))
    try:
        draft = folder / f"draft{ending}"
        count = FORMATS[ending].write(rows, about, draft, layer)
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def ending_of(path: Path) -> str:
    """Return the ending that names a file's format, in small letters: ".gpkg", ".shp.zip"."""
    name = path.name.lower()
    return next((ending for ending in ENDINGS if name.endswith(ending)), path.suffix.lower())


def check_path(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse an ending we cannot write or a folder that is not there, before long work begins."""
    if ending_of(path) not in endings:
        raise ValueError(
            f"{path.name}: cannot write {path.suffix or 'a file without ending'}; use {', '.join(endings)}"
        )
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{path}: the folder {path.parent} may not be written to; choose another")


def _repeated(about: About, ending: str, brief: bool) -> About:
    """Facts that every row says: a row is often all that reaches the next reader."""
    if ending in _ROWS_ARE_BARE:
        return {}
    if ending == ".csv" or not (brief or ending in (".shp.zip", ".kml")):
        return about
    return {name: value for name, value in about.items() if name in _BRIEF}


def parts(count: int) -> Iterator[slice]:
    """Cut a number of rows into slices of PART_ROWS that are worked on one after the other; one at least."""
    yield from (slice(start, start + PART_ROWS) for start in range(0, max(count, 1), PART_ROWS))
