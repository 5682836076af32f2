"""The gaps of a line as a sheet to print: map, legend, figures and what they rest on, a list; Thai and English."""

import base64
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import fontpkg_sarabun
import geopandas as gpd
import pandas as pd

from data.files.drawing import HEIGHT_MM, WIDTH_MM, Drawing, draw
from data.files.rows import About, plain
from data.geography import load_crossings, load_provinces
from data.watch.service import BANGKOK
from geo.line.chainage import Line

LISTED = 60  # gaps in the list: the longest; the rest is in the files
DEADLINE_S = 120
FONTS = Path(fontpkg_sarabun.__file__).parent / "files"
_TEMPLATE = Path(__file__).with_name("mapsheet.typ")
_TYPESETTER = Path(__file__).with_name("typesetter.py")  # not imported: the app needs none of it
_COLUMNS = (
    "from",
    "to",
    "pillar_from",
    "pillar_to",
    "length_m",
    "band",
    "subdistrict_th",
    "district_th",
    "province_th",
    "nearest_crossing",
    "opened_by",
    "score",
)
_LENGTHS = ("total_m", "certain_m", "possible_m", "open_m", "listed_open_m", "listed_possible_m")


def map_pdf(
    line: Line,
    bands: pd.DataFrame,
    gaps: gpd.GeoDataFrame,
    cameras: pd.DataFrame,
    facts: About,
    within: tuple[float, float] | None,
    *,
    as_of: datetime | None,
    at: datetime,
) -> bytes:
    """
    Return the sheet as PDF; the same bytes for the same arguments.

    Parameters
    ----------
    bands
        The whole line by band: from_m, to_m, band.
    gaps, facts
        As `data.files.gaps.listed_gaps` gives them.
    cameras
        lon, lat, status of those to be drawn.
    within
        The stretch to be drawn; None: the whole line. [m]

    Raises
    ------
    ChildProcessError
        If the program that sets it ends without a PDF.
    """
    begin, end = within or (0.0, line.length_m)
    shown = (max(begin, 0.0), min(end, line.length_m))
    drawing = draw(line, bands, cameras, load_crossings(), load_provinces(), shown)
    longest = gaps.sort_values("length_m", ascending=False, kind="stable").head(LISTED).sort_values("from_m")
    said = {
        "facts": {name: value for name, value in facts.items() if name not in _LENGTHS},
        "km": {name.removesuffix("_m"): facts[name] / 1000 for name in _LENGTHS},
        "as_of": _told(as_of),
        "made_at": _told(at),
        "map": _map(drawing),
        "gaps": [
            {name: plain(value) for name, value in row.items()}
            for row in longest[list(_COLUMNS)].to_dict("records")
        ],
        "most": LISTED,
    }
    files = {
        "main.typ": _TEMPLATE.read_bytes(),
        "map.svg": drawing.svg,
        "data.json": json.dumps(said, ensure_ascii=False).encode(),
    }
    return _typeset(files, at)


def _map(drawing: Drawing) -> dict[str, Any]:
    return {
        "width": WIDTH_MM, "height": HEIGHT_MM, "labels": drawing.labels, "bar_km": drawing.bar_m / 1000,
        "bar_mm": drawing.bar_mm, "has_cameras": drawing.has_cameras,
    }  # fmt: skip


def _told(time: datetime | None) -> dict[str, Any] | None:
    """A time in Bangkok in the pieces that both calendars are written from."""
    if time is None:
        return None
    here = time.astimezone(BANGKOK)
    return {"year": here.year, "month": here.month, "day": here.day, "clock": f"{here:%H:%M}"}


def _typeset(files: dict[str, bytes], at: datetime) -> bytes:
    asked = {
        "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        "fonts": str(FONTS),
        "made_at": int(at.timestamp()),
    }
    try:
        done = subprocess.run(  # noqa: S603  our own program, and what people wrote only on its input
            [sys.executable, "-I", str(_TYPESETTER)], input=json.dumps(asked).encode(), capture_output=True,
            check=False, timeout=DEADLINE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ChildProcessError(f"the map could not be set within {DEADLINE_S} s") from None
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ChildProcessError(f"the map could not be set (exit code {done.returncode}): {' '.join(said)}")
    return done.stdout
