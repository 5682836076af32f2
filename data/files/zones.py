"""Every zone that is watched as a file: those of checkpoints and those of layers, with what is seen of each."""

from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.database import Database
from data.files import formats
from data.files.about import assumed, credits_of, is_demo, iso, method
from data.fleet import Snapshot
from data.inventory import STATUS_WORDS
from data.posts.watched import other_zones, post_zones
from geo.crs import EPSG_LONLAT
from geo.see.levels import LANE_LEVEL_PX_M, Edition

USUAL_LEVEL_PX_M = LANE_LEVEL_PX_M  # asked of zones that nobody drew
RULE = "shares of a zone's area, at its own level; possible is what only possible coverage adds"


def listed_zones(
    db: Database, known: Snapshot, level_px_m: float = USUAL_LEVEL_PX_M, *, edition: Edition, at: datetime
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """
    Return every zone, those of checkpoints first, and what a file says of them.

    Parameters
    ----------
    level_px_m
        Asked of the zones of checkpoints that nobody drew.

    Returns
    -------
    zones, facts
        Rows as of `data.posts.watched.other_zones`, with `zone` ("checkpoint" or "layer").
    """
    posts, others = post_zones(db, known, level_px_m), other_zones(db, known)
    rows = pd.concat(
        [posts.assign(zone="checkpoint"), *([others.assign(zone="layer")] if len(others) else [])],
        ignore_index=True,
    )
    rows["drawn_at"] = [iso(None if pd.isna(time) else time) for time in rows["drawn_at"]]
    credit = dict.fromkeys([credits_of(known.inventory), *(text for text in others["credit"] if text)])
    by_status = np.bincount(known.status, minlength=len(STATUS_WORDS))
    facts = {
        "as_of": iso(known.as_of),
        "written_at": iso(at),
        "edition": edition.value,
        "level_px_m_where_not_drawn": float(level_px_m),
        "zones": len(rows),
        "zones_drawn": int((~rows["assumed"].astype(bool)).sum()),
        "cameras": len(known.ids),
        **{f"cameras_{word}": int(count) for word, count in zip(STATUS_WORDS, by_status, strict=True)},
        "method": f"{method(known.inventory)}; {RULE}",
        "assumptions": assumed(known.inventory),
        "demo": is_demo(known.inventory),
        "credits": "; ".join(credit),
    }
    columns = ["zone", *(name for name in posts.columns if name != "geometry"), "geometry"]
    return gpd.GeoDataFrame(rows[columns], geometry="geometry", crs=EPSG_LONLAT), facts


def export_zones(
    db: Database,
    known: Snapshot,
    output: Path,
    level_px_m: float = USUAL_LEVEL_PX_M,
    *,
    edition: Edition,
    at: datetime,
) -> dict[str, Any]:
    """Write every zone; returns rows, file, and the facts of `listed_zones`."""
    formats.check_path(output)
    rows, facts = listed_zones(db, known, level_px_m, edition=edition, at=at)
    written = formats.write(rows, facts, output, layer="zones")
    return {"rows": written, **facts, "file": str(output)}
