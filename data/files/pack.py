"""
An evidence pack: the gaps of one view, what they rest on and a map to print, as a zip that can be checked.

The same view of the same moment gives the same bytes. What a pack proves is that it is whole and adds up, not who
made it: for that the SHA-256 of the whole file is told when it is made, to be kept apart from it.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.database import Database
from data.files import formats, zipped
from data.files.about import as_of, assumptions
from data.files.export import camera_rows, live_footprints
from data.files.gaps import GapView, listed_gaps
from data.files.lanes import LaneView, listed_lanes
from data.files.mapsheet import map_pdf
from data.files.rows import About, plain
from data.fleet import Rows, Snapshot
from data.geography import checkpoints
from data.lines import border_now
from data.lines.priority import published
from data.posts.lanes import AROUND_M
from data.posts.lanes import lanes as lanes_in_use
from data.sealing import redact
from geo.crs import EPSG_LONLAT
from geo.line.chainage import Line

KIND = "takhai evidence 1"
HASHES, TOTALS = "MANIFEST.sha256", "manifest.json"
_README = Path(__file__).with_name("pack_readme.txt")


def export_pack(db: Database, known: Snapshot, output: Path, view: GapView, *, at: datetime) -> dict[str, Any]:
    """
    Write an evidence pack of the gaps of a view, whole or not at all.

    Returns
    -------
    summary
        file, sha256 (of the whole pack), files, and the facts of `data.files.gaps.listed_gaps`.

    Raises
    ------
    ValueError
        If the view has no meaning or the file cannot be written there.
    ChildProcessError
        If the map could not be set.
    """
    formats.check_path(output, (".zip",))
    folder = Path(tempfile.mkdtemp(prefix=".takhai-", dir=output.parent))
    try:
        facts = _fill(db, known, folder, view, at)
        files = {file.name: file for file in folder.iterdir()}
        draft = folder / "pack.zip"
        zipped.write(files, draft)
        digest = sha256(draft)
        draft.replace(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"file": str(output), "sha256": digest, "files": len(files), **facts}


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _fill(db: Database, known: Snapshot, folder: Path, view: GapView, at: datetime) -> About:
    line = view.line.line
    gaps, facts = listed_gaps(db, known, view, at=at)
    border = border_now.cover(known, view.level_px_m, view.light, view.line)
    seeing = np.unique(border.row)
    bands = border_now.stretches(known, view.level_px_m, view.light, view.when, view.line)
    near = _with_named(known, seeing, gaps)
    gaps = _redacted(gaps)
    formats.write(gaps, facts, folder / "gaps.geojson", brief=True, layer="gaps")
    formats.write(gaps, facts, folder / "gaps.csv")
    cameras = (_redacted(part) for part in camera_rows(db, known, near, points=True))
    counted = {
        "gaps": len(gaps),
        "cameras": formats.write(cameras, facts, folder / "cameras.geojson", brief=True, layer="cameras"),
        "coverage": formats.write(
            _coverage(known, seeing, view), facts, folder / "coverage.geojson", brief=True, layer="coverage"
        ),
    }
    lanes = _lanes(db, known, folder, line, view, at)
    if lanes:
        counted["lanes"] = lanes["rows"]
    whole = gpd.GeoDataFrame(
        {"name": [view.line.title_en], "length_m": [line.length_m], "note": [view.line.note]},
        geometry=[line.geometry],
        crs=EPSG_LONLAT,
    )
    formats.write(
        whole, {name: facts[name] for name in ("as_of", "credits")}, folder / "line.geojson", layer="line"
    )
    drawn = known.frame.iloc[seeing]
    pdf = map_pdf(line, bands, gaps, drawn, facts, view.within, as_of=as_of(known, view.when), at=at)
    (folder / "map.pdf").write_bytes(pdf)
    taken = {"method": facts["method"], **assumptions(known.inventory), "priority": published()}
    _json(folder / "assumptions.json", taken)
    shutil.copyfile(_README, folder / "README.txt")
    _json(folder / TOTALS, {"kind": KIND, "rows": counted, "facts": facts, **({"lanes": lanes} if lanes else {})})
    hashes = sorted((file.name, sha256(file)) for file in folder.iterdir())
    (folder / HASHES).write_text("".join(f"{digest}  {name}\n" for name, digest in hashes), encoding="ascii")
    return facts


def _with_named(known: Snapshot, seeing: Rows, gaps: pd.DataFrame) -> Rows:
    """Cameras that could see the line, and those the gaps name as the nearest."""
    codes = set(gaps["nearest_camera"].dropna())
    named = np.flatnonzero(known.inventory["code"].isin(codes).to_numpy()) if codes else seeing[:0]
    return np.union1d(seeing, named)


def _lanes(db: Database, known: Snapshot, folder: Path, line: Line, view: GapView, at: datetime) -> About:
    """Write the lanes of the checkpoints at the line, or at the view's stretch of it; {} where there are none."""
    begin, end = view.within or (0.0, line.length_m)
    posts, drawn = checkpoints(db).set_index("code"), {lane.checkpoint for lane in lanes_in_use(db)}
    place = {code: line.locate(*posts.loc[code, ["lon", "lat"]].astype(float)) for code in sorted(drawn)}
    near = tuple(code for code, (at_m, away_m) in place.items() if away_m <= AROUND_M and begin <= at_m <= end)
    if not near:
        return {}
    rows, facts = listed_lanes(db, known, LaneView(near), edition=view.edition, at=at)
    formats.write(_redacted(rows), facts, folder / "lanes.geojson", brief=True, layer="lanes")
    return {"rows": len(rows), **facts}


def _coverage(known: Snapshot, seeing: Rows, view: GapView) -> Iterator[gpd.GeoDataFrame]:
    """The ground of the cameras that could see the line, as the view's gaps rest on it."""
    cameras, status = known.inventory.iloc[seeing], known.status[seeing]
    for part in formats.parts(len(seeing)):
        prints = live_footprints(cameras.iloc[part], status[part], view.level_px_m, view.light, view.when)
        yield _redacted(prints[["camera_code", "kind", "range_m", "near_m", "geometry"]])


def _redacted(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts name no internal host, user or password, whoever wrote them there."""
    texts = {
        name: table[name].map(lambda value: redact(value) if isinstance(value, str) else value)
        for name in table.columns
        if table[name].dtype == object or isinstance(table[name].dtype, pd.StringDtype | pd.CategoricalDtype)
    }
    return table.assign(**texts)


def _json(file: Path, said: About) -> None:
    file.write_text(json.dumps(said, ensure_ascii=False, indent=1, default=plain) + "\n", encoding="utf-8")
