"""What is seen of every zone at its own level: zones of checkpoints, and those that people brought or drew."""

from collections.abc import Sequence
from hashlib import blake2s

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.checkpoints import Shapes, zone_cover, zones
from data.database import Database
from data.fleet import Snapshot
from data.geography import checkpoints
from data.ground.layers import features, layers
from data.ground.tables import LayerKind
from data.inventory import STATUS_WORDS
from data.kept import Kept
from data.lines.border import LIVE, PLANNED, WHENS
from data.posts.matrix import LANE_SHARE, NOT_SEEN, NOT_WORKING, POSSIBLE, SEEN
from geo.crs import EPSG_LONLAT, Floats
from geo.see.coverage import LIGHTS

SHARES = tuple(f"{when}_{light}_{kind}" for when in WHENS for light in LIGHTS for kind in ("certain", "possible"))
_FACTS = ("layer", "code", "name_th", "name_en", "level_px_m", "assumed", "cut", "drawn_by", "drawn_at", "credit")
_COUNTS = ("area_m2", "cameras", *STATUS_WORDS)
STATES_NOW = tuple(f"{light}_state" for light in LIGHTS)
COLUMNS = (*_FACTS, *_COUNTS, *STATES_NOW, *SHARES)
_ROUNDING = 1e-9
_NEAR_DEG = 0.1  # 11 km: cameras further off do not reach a zone
_KEPT = 16


def other_zones(db: Database, known: Snapshot) -> gpd.GeoDataFrame:
    """
    Return the zones of layers that people brought or drew, by layer, in the order of their file.

    Returns
    -------
    zones
        EPSG:4326, the columns of `COLUMNS` and geometry: layer (its name), code (None), name_th and name_en (of
        the feature, or the layer's title), level_px_m (the layer's), assumed and cut (False), drawn_by, drawn_at,
        credit; area_m2, cameras that stand in it and how many of them are up, degraded, ...; {day,night}_state
        (now, a word of the lane matrix, by the same share of the zone's area);
        {planned,live}_{day,night}_{certain,possible}: shares of its area, 0-1, possible what only that adds.
    """
    held = {layer.name: layer for layer in layers(db, (LayerKind.ZONE,))}
    drawn = features(db, LayerKind.ZONE)
    mine = [held[name] for name in drawn["layer"] if name in held]
    drawn = drawn[drawn["layer"].isin(held.keys())]  # one may have been taken away between the two questions
    named = [name or layer.title for name, layer in zip(drawn["name"], mine, strict=True)]
    facts = pd.DataFrame(
        {
            "layer": [layer.name for layer in mine], "code": None, "name_th": named, "name_en": named,
            "level_px_m": [layer.level_px_m for layer in mine], "assumed": False, "cut": False,
            "drawn_by": [layer.by for layer in mine], "drawn_at": [layer.at for layer in mine],
            "credit": [layer.credit for layer in mine],
        }
    )  # fmt: skip
    return _seen(known, facts, drawn.geometry.to_numpy())


def post_zones(db: Database, known: Snapshot, level_px_m: float, posts: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """
    Return the zones of checkpoints, by code, in the columns of `other_zones`; layer is None.

    Parameters
    ----------
    level_px_m
        Asked of the zones nobody drew; one that was drawn has a level of its own.
    posts
        Codes; all unless given.
    """
    table = checkpoints(db)
    table = table[table["code"].isin(posts)] if posts else table
    table = table.reset_index(drop=True)
    places = zones(table)
    facts = pd.DataFrame(
        {
            "layer": None, "code": table["code"], "name_th": table["name_th"], "name_en": table["name_en"],
            "level_px_m": table["zone_level_px_m"].fillna(level_px_m), "assumed": places["assumed"],
            "cut": places["cut"], "drawn_by": table["zone_by"], "drawn_at": table["zone_at"], "credit": "",
        }
    )  # fmt: skip
    return _seen(known, facts, places.geometry.to_numpy())


def _seen(known: Snapshot, facts: pd.DataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Facts of zones with what is seen of each, kept while neither zones nor cameras near them change."""
    near = np.zeros(len(known.ids), bool)
    for west, south, east, north in shapely.bounds(shapes).reshape(-1, 4):
        near |= (
            (known.lon > west - _NEAR_DEG) & (known.lon < east + _NEAR_DEG)
            & (known.lat > south - _NEAR_DEG) & (known.lat < north + _NEAR_DEG)
        )  # fmt: skip
    status, level_px_m = known.status[near], facts["level_px_m"].to_numpy(np.float64)
    # by their shapes: a layer's number may be given again once it is taken away
    mark = blake2s(b"".join(shapely.to_wkb(shapes).tolist()) + level_px_m.tobytes()).digest()

    def make() -> pd.DataFrame:
        return _cover(known.inventory[near], status, shapes, level_px_m)

    kept: Kept = known.kept.get("zones", lambda: Kept(_KEPT))
    cover = kept.get((mark, status.tobytes()), make)
    table = pd.concat([facts.reset_index(drop=True), cover], axis=1)
    table = table.assign(**{f"{light}_state": _states(cover, light) for light in LIGHTS})
    table["drawn_at"] = pd.to_datetime(table["drawn_at"], utc=True)
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry=shapes, crs=EPSG_LONLAT)


def _states(cover: pd.DataFrame, light: str) -> NDArray[np.object_]:
    """
    What zones are now, in the words of the lane matrix.

    Shares do not tell why a zone is only possible, so possible comes before "not working": never is a zone said to
    be dark by a known fault that a camera of unknown status may see.
    """
    live, planned = (cover[f"{when}_{light}_certain"].to_numpy(np.float64) for when in (LIVE, PLANNED))
    at_all = live + cover[f"{LIVE}_{light}_possible"].to_numpy(np.float64)
    enough = [share >= LANE_SHARE - _ROUNDING for share in (live, at_all, planned)]
    return np.select(enough, [SEEN, POSSIBLE, NOT_WORKING], NOT_SEEN).astype(object)


def _cover(cameras: pd.DataFrame, status: NDArray[np.uint8], shapes: Shapes, level_px_m: Floats) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=[*_COUNTS, *SHARES], index=pd.RangeIndex(0), dtype=float)]
    for level in np.unique(level_px_m):
        at = np.flatnonzero(level_px_m == level)
        part = pd.DataFrame(index=at)
        for when in WHENS:
            for light in LIGHTS:
                cover = zone_cover(cameras, shapes[at], float(level), light, when, status=status).set_index(at)
                part[list(_COUNTS)] = cover[list(_COUNTS)]
                for kind in ("certain", "possible"):
                    part[f"{when}_{light}_{kind}"] = cover[kind]
        parts.append(part)
    return pd.concat(parts[1:] or parts).sort_index()
