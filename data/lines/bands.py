"""Stretches of the border that are worse now than with every camera working: what broken cameras cost."""

import geopandas as gpd
import numpy as np
import pandas as pd

from data.lines.border import BANDS
from geo.crs import EPSG_LONLAT
from geo.line.chainage import Line


def lost(live: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """
    Cut out where the live band is worse than the planned one.

    Parameters
    ----------
    live, planned
        The whole line by band, as `data.lines.border.stretches` gives it.

    Returns
    -------
    stretches
        from_m, to_m, band (the live one: "open" or "possible"); neighbours of one band are one stretch.
    """
    edges = np.union1d(np.append(live["from_m"], live["to_m"].iloc[-1]), planned["from_m"])
    middle = (edges[:-1] + edges[1:]) / 2
    now, best = (_rank(frame, middle) for frame in (live, planned))
    worse = np.where(now > best, now, 0)
    first = np.flatnonzero(np.r_[True, worse[1:] != worse[:-1]])
    found = pd.DataFrame(
        {"from_m": edges[first], "to_m": np.append(edges[first[1:]], edges[-1]), "rank": worse[first]}
    )
    found = found[found["rank"] > 0].reset_index(drop=True)
    return found.assign(band=np.asarray(BANDS, dtype=object)[found.pop("rank")])


def on_line(stretches: pd.DataFrame, line: Line) -> gpd.GeoDataFrame:
    """Give stretches their geometry, EPSG:4326."""
    parts = [line.part(a, b) for a, b in zip(stretches["from_m"], stretches["to_m"], strict=True)]
    return gpd.GeoDataFrame(stretches, geometry=parts, crs=EPSG_LONLAT)


def _rank(stretches: pd.DataFrame, at_m: np.ndarray) -> np.ndarray:
    rank = stretches["band"].map({band: i for i, band in enumerate(BANDS)}).to_numpy()
    return rank[np.searchsorted(stretches["from_m"], at_m, side="right") - 1]
