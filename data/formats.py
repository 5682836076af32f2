"""A frame and what must be said of it -> one GeoJSON, GeoPackage or CSV file, whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

ABOUT = "takhai"  # top-level member of a GeoJSON; the GeoPackage has a table `about`
DECIMALS = 9  # 0.1 mm: lengths measured again from the file agree with ours
ENDINGS = (".geojson", ".gpkg", ".csv")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BRIEF = ("as_of", "edition", "demo", "credits")

About = dict[str, Any]


def write(frame: pd.DataFrame, about: About, path: Path, *, brief: bool = False, layer: str = "takhai") -> None:
    """
    Write a frame in the format its file's ending names; a failure leaves what was there before.

    Parameters
    ----------
    frame
        A GeoDataFrame in EPSG:4326, or for .csv any frame.
    about
        Facts about the frame (as-of, edition, counts, credits ...), written into the file.
    brief
        Repeat only the most needed facts in every row: for files of many rows. A CSV, which has no other place
        for them, always carries all.
    """
    check_path(path)
    ending = path.suffix.lower()
    facts = {key: value for key, value in about.items() if not brief or key in _BRIEF or ending == ".csv"}
    rows = frame.assign(**{key: value for key, value in facts.items() if key not in frame.columns})
    # written beside its place, so that the last step is one rename on one file system
    folder = Path(tempfile.mkdtemp(prefix=".takhai-", dir=path.parent))
    try:
        draft = folder / f"draft{ending}"
        _WRITERS[ending](rows, about, draft, layer)
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def to_bytes(frame: pd.DataFrame, about: About, ending: str, *, brief: bool = False) -> bytes:
    """Return what `write` would write to a file with this ending, for a download."""
    with tempfile.TemporaryDirectory(prefix="takhai-") as folder:
        path = Path(folder) / f"takhai{ending}"
        write(frame, about, path, brief=brief)
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


def _write_geojson(rows: gpd.GeoDataFrame, about: About, path: Path, layer: str) -> None:
    shapes = shapely.to_geojson(shapely.transform(_wound(rows), lambda lonlat: np.round(lonlat, DECIMALS)))
    columns = {
        name: [_plain(value) for value in rows[name]] for name in rows.columns if name != rows.geometry.name
    }
    with path.open("w", encoding="utf-8") as file:
        head = json.dumps({"name": layer, ABOUT: {k: _plain(v) for k, v in about.items()}}, ensure_ascii=False)
        file.write('{"type": "FeatureCollection", ' + head[1:-1] + ', "features": [')
        for i, shape in enumerate(shapes):
            said = json.dumps(
                {name: values[i] for name, values in columns.items()}, ensure_ascii=False, allow_nan=False
            )
            file.write(f'{"," if i else ""}\n{{"type": "Feature", "properties": {said}, "geometry": {shape}}}')
        file.write("\n]}\n")


def _write_geopackage(rows: gpd.GeoDataFrame, about: About, path: Path, layer: str) -> None:
    kinds = set(shapely.get_type_id(rows.geometry.to_numpy()).tolist())
    shape = {frozenset({1}): "LineString", frozenset({3}): "Polygon"}.get(frozenset(kinds), "Unknown")
    words = {name: rows[name].map(_word).astype(object) for name in rows.columns if rows[name].dtype == object}
    pyogrio.write_dataframe(rows.assign(**words), path, layer=layer, driver="GPKG", geometry_type=shape)
    facts = pd.DataFrame(
        {"name": list(about), "value": [_word(_plain(value)) for value in about.values()]}, dtype=object
    )
    pyogrio.write_dataframe(facts, path, layer="about", driver="GPKG", append=True)


def _write_csv(rows: pd.DataFrame, _about: About, path: Path, _layer: str) -> None:
    table = pd.DataFrame(rows)
    if isinstance(rows, gpd.GeoDataFrame):
        wkt = shapely.to_wkt(rows.geometry.to_numpy(), rounding_precision=DECIMALS)
        table = pd.DataFrame(rows.drop(columns=rows.geometry.name)).assign(wkt=wkt)
    table = pd.DataFrame({name: [_cell(_plain(value)) for value in table[name]] for name in table.columns})
    # the mark tells Excel that the file is UTF-8, without it Thai turns to noise
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


_WRITERS: dict[str, Callable[[Any, About, Path, str], None]] = {
    ".geojson": _write_geojson,
    ".gpkg": _write_geopackage,
    ".csv": _write_csv,
}


def _wound(rows: gpd.GeoDataFrame) -> Any:
    """Outer rings counterclockwise, as RFC 7946 asks."""
    return shapely.orient_polygons(rows.geometry.to_numpy())


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


def _cell(value: Any) -> Any:
    """A spreadsheet runs text that begins like a formula; a quote in front makes it text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
