"""
Shapefile as one .shp.zip: UTF-8 with its .cpg, short ASCII names, and beside it what a .dbf cannot hold.

A .dbf takes ten bytes for a name, 254 for a text, no times, and cuts in the middle of a letter. So names are our
own, texts end at a letter's edge, times are ISO 8601 text; names.csv gives every full name, about.txt the facts.
"""

import unicodedata
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely

from data.files import zipped
from data.files.rows import About, Rows, arrow, known, like, plain

LONGEST_TEXT_BYTES = 254
LONGEST_NAME = 10
MOST_ROWS = 200_000  # a .dbf of 45 columns and more rows comes near the 2 GB at which readers stop
_SHORT = {
    "length_m": "len_m", "part_length": "part_len", "part_crossing": "part_cross",
    "part_village": "part_vill", "part_incidents": "part_incid", "incidents_weighed": "incid_aged",
    "subdistrict_th": "subdist_th", "subdistrict_en": "subdist_en", "subdistrict": "subdist",
    "pillar_from": "pillar_fr", "province_th": "prov_th", "province_en": "prov_en",
    "district_th": "dist_th", "district_en": "dist_en", "district": "dist",
    "nearest_crossing": "cross_th", "nearest_crossing_en": "cross_en", "crossing_m": "cross_m",
    "nearest_camera": "near_cam", "nearest_status": "near_stat", "camera_m": "near_cam_m", "camera_id": "cam_id",
    "province_code": "prov_code", "maintainer": "maintain", "onvif_profile": "onvif",
    "position_accuracy_m": "pos_acc_m", "bearing_deg": "bearing", "bearing_accuracy_deg": "bear_acc",
    "thermal_criteria": "thermal", "hfov_deg": "hfov", "tilt_deg": "tilt",
    "mount_height_m": "height_m", "focal_length_mm": "focal_mm", "sensor_width_mm": "sensor_mm",
    "ir_range_m": "ir_m", "maintenance_until": "maint_till", "updated_at": "updated", "verified_on": "verified",
    "has_snapshot": "has_snap", "camera_code": "cam_code", "checkpoint": "post", "checkpoint_th": "post_th",
    "checkpoint_en": "post_en", "opening_from": "open_from", "worst_camera": "worst_cam",
    "worst_status": "worst_stat", "worst_since": "worst_from", "period_from": "per_from", "period_to": "per_to",
    "not_working_share": "notwork_sh", "possible_share": "poss_sh", "not_seen_share": "notseen_sh",
    "unknown_share": "unknown_sh", "not_working_s": "notwork_s",
}  # fmt: skip
_KINDS = {0: "Point", 1: "LineString", 3: "Polygon", 5: "LineString", 6: "Polygon"}  # by shapely's type id


def write(rows: Rows, about: About, path: Path, layer: str) -> int:
    """
    Write a zip of .shp, .shx, .dbf, .prj, .cpg, about.txt and names.csv.

    Raises
    ------
    ValueError
        If there are more than MOST_ROWS rows.
    """
    count, cut = 0, dict.fromkeys([*rows.names, *rows.facts], 0)
    short = short_names([*rows.names, *rows.facts])
    kinds = shapely.get_type_id(rows.first.geometry.to_numpy())

    def batch(part: pd.DataFrame) -> pa.RecordBatch:
        nonlocal count
        count += len(part)
        if count > MOST_ROWS:
            raise ValueError(
                f"a Shapefile takes at most {MOST_ROWS:,} rows and there are more; ask for .gpkg instead"
            )
        columns = {name: known(arrow(part[name], times=False)) for name in rows.names}
        columns |= {name: known(pa.array([plain(value)] * len(part))) for name, value in rows.facts.items()}
        for name, column in columns.items():
            columns[name], shorter = _cut(column)
            cut[name] += shorter
        told = {short[name]: column for name, column in columns.items()}
        told["wkb"] = pa.array(shapely.to_wkb(part.geometry.to_numpy()), pa.binary())
        return pa.RecordBatch.from_pydict(told)

    first = batch(rows.first)
    rest = (like(first.schema, batch(part)) for part in rows.rest)
    folder = path.parent / "shapefile"
    folder.mkdir()
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(first.schema, chain([first], rest)), folder / f"{layer}.shp",
        driver="ESRI Shapefile", geometry_name="wkb", crs="EPSG:4326", encoding="UTF-8", RESIZE="YES",
        geometry_type=_KINDS[int(kinds[0])] if len(kinds) else "Point",
    )  # fmt: skip
    (folder / "about.txt").write_text(_about(about, cut), encoding="utf-8")
    names = "".join(f"{short[name]},{name}\r\n" for name in short)
    (folder / "names.csv").write_text("field,name\r\n" + names, encoding="utf-8-sig", newline="")
    zipped.write({file.name: file for file in folder.iterdir()}, path)
    return count


def short_names(names: list[str]) -> dict[str, str]:
    """Return a name of ten ASCII letters at most for each; no two alike."""
    short: dict[str, str] = {}
    for name in names:
        plainest = _SHORT.get(name, name).encode("ascii", "ignore").decode()[:LONGEST_NAME] or "field"
        told, number = plainest, 1
        while told in short.values():
            number += 1
            told = f"{plainest[: LONGEST_NAME - len(str(number))]}{number}"
        short[name] = told
    return short


def shorten(text: str) -> str:
    """Return as much of a text as a .dbf takes, ending between letters, never between a letter and its marks."""
    kept = text.encode()[:LONGEST_TEXT_BYTES].decode(errors="ignore")
    while len(kept) < len(text) and kept and unicodedata.category(text[len(kept)]).startswith("M"):
        kept = kept[:-1]
    return kept


def _cut(column: pa.Array) -> tuple[pa.Array, int]:
    """A column whose texts a .dbf takes, and how many of them had to be cut."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int32()), 0
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return column, 0
    long = pc.fill_null(pc.greater(pc.binary_length(column), LONGEST_TEXT_BYTES), False)
    number = int(pc.sum(long).as_py() or 0)
    return (pa.array([_shortened(text) for text in column.to_pylist()], pa.string()) if number else column), number


def _shortened(text: str | None) -> str | None:
    return None if text is None else shorten(text)


def _about(about: About, cut: dict[str, int]) -> str:
    said: dict[str, Any] = {name: plain(value) for name, value in about.items()}
    said["full names of the columns"] = "names.csv"
    shorter = ", ".join(f"{name} in {number} rows" for name, number in cut.items() if number)
    said["texts cut to 254 bytes"] = shorter or "none"
    return "".join(f"{name}: {value}\r\n" for name, value in said.items() if value is not None)
