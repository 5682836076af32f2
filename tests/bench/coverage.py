"""Coverage and gaps: our way beside the way one would write with geopandas and shapely, on the same cameras."""

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.geography import load_border
from data.inventory import status_codes
from data.lines.border import counts, cover, stretches, sums
from geo.crs import WGS84
from geo.see.coverage import footprints
from geo.see.sector import sectors
from tests.bench.beside import buffered, median_s

sys.path.append(str(Path(__file__).parent.parent / "data"))
from border_inventory import cameras_along_the_border

CAMERAS = 20_000
ONE_BY_ONE = 200  # of them; the slow way takes about a millisecond each


def measure() -> list[dict[str, Any]]:
    """Sectors and border gaps for 20,000 cameras, and how often faster than the plain way that is."""
    return [*_sectors(), *_gaps()]


def _sectors() -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    pose = (
        rng.uniform(98, 105, CAMERAS), rng.uniform(6, 20, CAMERAS), rng.uniform(0, 360, CAMERAS),
        rng.choice([30.0, 60, 90, 110], CAMERAS), rng.uniform(20, 400, CAMERAS),
    )  # fmt: skip
    ours = median_s(lambda: sectors(*pose), 5)
    few = np.stack(pose, axis=1)[:ONE_BY_ONE]
    theirs = median_s(lambda: [buffered(*camera) for camera in few], 1) * CAMERAS / ONE_BY_ONE
    return [
        _row(f"sectors of {CAMERAS:,} cameras", ours * 1000, "ms", None),
        _row("sectors, per-camera geopandas buffer / ours", theirs / ours, "times", 200),
    ]


def _gaps() -> list[dict[str, Any]]:
    line = load_border()
    # a tenth watches the border, as in a country; the rest is far away
    near = cameras_along_the_border(CAMERAS // 10)
    far = cameras_along_the_border(CAMERAS - len(near), seed=8)
    far["lon"] -= 2
    cameras = gpd.GeoDataFrame(pd.concat([near, far], ignore_index=True), geometry="geometry", crs=4326)
    status = cameras["status"].to_numpy(dtype=str)
    code = status_codes(status)
    border = cover(line, cameras, 20)
    prints = footprints(near, 20)
    kept = (prints["kind"] == "certain") & np.isin(status[prints["row"]], ["up"])
    shapes = prints.geometry.to_numpy()[kept]

    build = median_s(lambda: cover(line, cameras, 20), 3)
    recount = median_s(lambda: counts(border, code, "live"), 21)
    bands = median_s(lambda: stretches(border, code, "live"), 21)
    slow = median_s(lambda: shapely.difference(line.geometry, shapely.union_all(shapes)), 3)
    found = sums(stretches(border, status, "live"))
    off = abs(
        WGS84.geometry_length(shapely.difference(line.geometry, shapely.union_all(shapes)))
        - (found["open_m"] + found["possible_m"])
    )
    return [
        _row(f"border intervals of {CAMERAS:,} cameras, built once", build * 1000, "ms", None),
        _row("recount of the whole border after a status change", recount * 1000, "ms", 0.5, below=True),
        _row("the same with its stretches as a frame", bands * 1000, "ms", None),
        _row("union and difference by shapely / our recount", slow / recount, "times", 100),
        _row("union and difference by shapely / ours, built anew", slow / (build + bands), "times", None),
        _row("length without certain coverage, ours beside shapely's", off, "m", 1, below=True),
    ]


def _row(what: str, value: float, unit: str, target: float | None, *, below: bool = False) -> dict[str, Any]:
    if target is None:
        return {"what": what, "value": value, "unit": unit, "target": None, "met": None}
    met = bool(value <= target if below else value >= target)
    said = f"{'<=' if below else '>='} {target:g}"
    return {"what": what, "value": value, "unit": unit, "target": said, "met": met}
