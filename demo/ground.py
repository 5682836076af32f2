"""Invented villages, roads, water and incidents along the border, so that nearness shows on a first look."""

from datetime import datetime, timedelta
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.database import Database
from data.geography import SA_KAEO, load_border
from data.ground.layers import keep
from data.ground.tables import LayerKind
from demo.places import grounds, near
from geo.crs import EPSG_LONLAT, Floats

BY = "demo"
_SEEDED = 1_000  # beside the provinces' own seeds, so that cameras stay where they are
_VILLAGES, _PONDS, _STREAMS, _INCIDENTS = 70, 14, 16, 90
_HAUNTS, _HAUNT_M = 12, 1_500.0  # incidents gather in a few stretches
_VILLAGE_M = (400.0, 8_000.0)  # how far from the line
_INCIDENT_M = 1_200.0
_UNDATED = 0.25
_MEAN_AGE_DAYS, _OLDEST_DAYS = 400, 2_000
_TITLES = {
    LayerKind.VILLAGE: ("demo-villages", "หมู่บ้านสมมุติ", "บ้านตัวอย่าง"),
    LayerKind.ROAD: ("demo-roads", "ถนนสมมุติ", "ถนนตัวอย่าง"),
    LayerKind.WATER: ("demo-water", "แหล่งน้ำสมมุติ", "น้ำตัวอย่าง"),
    LayerKind.INCIDENT: ("demo-incidents", "เหตุสมมุติ", "เหตุตัวอย่าง"),
}


def plant(db: Database, seed: int, *, at: datetime) -> dict[str, int]:
    """Keep the layers, instead of those of an earlier demo, and return how many features each has."""
    rng = np.random.default_rng([seed, _SEEDED])
    villages = _beside(_VILLAGES, _VILLAGE_M, rng)
    shapes: dict[LayerKind, NDArray[np.object_]] = {
        LayerKind.VILLAGE: shapely.points(villages),
        LayerKind.ROAD: _roads(villages, rng),
        LayerKind.WATER: np.concatenate([_streams(rng), _ponds(villages, rng)]),
        LayerKind.INCIDENT: shapely.points(_haunts(rng)),
    }
    for kind, drawn in shapes.items():
        name, title, each = _TITLES[kind]
        table = pd.DataFrame({"name": [f"{each} {i + 1}" for i in range(len(drawn))], "height_m": np.nan})
        table["at"] = pd.to_datetime(_times(kind, len(drawn), at, rng), utc=True)
        features = gpd.GeoDataFrame(table, geometry=drawn, crs=EPSG_LONLAT)
        keep(db, features, kind, name, source="takhai demo", by=BY, at=at, title=title, demo=True)
    return {_TITLES[kind][0].removeprefix("demo-"): len(drawn) for kind, drawn in shapes.items()}


def _beside(number: int, away_m: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Places on Thai ground along the line, north to south: lon, lat."""
    return _at(np.sort(rng.uniform(0, load_border().length_m, number)), rng.uniform(*away_m, number), rng)


def _haunts(rng: np.random.Generator) -> Floats:
    """Where incidents happened: lon, lat."""
    length_m = load_border().length_m
    middles = rng.uniform(0, length_m, _HAUNTS)[rng.integers(_HAUNTS, size=_INCIDENTS)]
    along = np.clip(rng.normal(middles, _HAUNT_M), 0, length_m)
    return _at(along, rng.uniform(30.0, _INCIDENT_M, _INCIDENTS), rng)


def _at(along_m: Floats, away_m: Floats, rng: np.random.Generator) -> Floats:
    """Places on Thai ground near chainages: lon, lat."""
    line, ground = load_border(), grounds()[SA_KAEO]
    return np.concatenate(
        [near(ground, *line.point_at(at), 1, rng, within_m=m) for at, m in zip(along_m, away_m, strict=True)]
    )


def _roads(villages: Floats, rng: np.random.Generator) -> NDArray[np.object_]:
    """A road from each village to the next, and from every third one a track towards the line."""
    line = load_border()
    roads = [_winding(a, b, rng) for a, b in pairwise(villages)]
    for lon, lat in villages[::3]:
        foot = np.array(line.point_at(line.locate(lon, lat)[0]))
        village = np.array([lon, lat])
        roads.append(_winding(village, village + rng.uniform(0.6, 0.95) * (foot - village), rng))
    return _on_ground(roads)


def _streams(rng: np.random.Generator) -> NDArray[np.object_]:
    """Streams that wander from the line into the country."""
    line = load_border()
    starts = [line.point_at(at) for at in rng.uniform(0, line.length_m, _STREAMS)]
    steps = rng.normal((-0.003, 0), 0.003, (_STREAMS, 14, 2))  # Thailand lies west of the line
    return _on_ground([np.add(start, np.cumsum(walk, axis=0)) for start, walk in zip(starts, steps, strict=True)])


def _ponds(villages: Floats, rng: np.random.Generator) -> NDArray[np.object_]:
    middles = villages[rng.integers(len(villages), size=_PONDS)] + rng.normal(0, 0.004, (_PONDS, 2))
    return np.asarray(shapely.buffer(shapely.points(middles), rng.uniform(0.0005, 0.002, _PONDS), quad_segs=4))


def _winding(begin: Floats, end: Floats, rng: np.random.Generator) -> Floats:
    """Places along a road that is not quite straight: lon, lat."""
    share = np.linspace(0, 1, 9)[:, None]
    sway = rng.normal(0, 0.05, (9, 2)) * np.hypot(*(end - begin)) * np.sin(np.pi * share)
    return np.asarray(begin + share * (end - begin) + sway)


def _on_ground(lines: list[Floats]) -> NDArray[np.object_]:
    """What of lines lies on Thai ground, in single lines."""
    drawn = np.array([shapely.LineString(line.round(6)) for line in lines], object)
    parts = shapely.get_parts(shapely.intersection(drawn, grounds()[SA_KAEO]))
    return np.asarray(parts[shapely.get_dimensions(parts) == 1])


def _times(kind: LayerKind, number: int, at: datetime, rng: np.random.Generator) -> "pd.Series[datetime]":
    """When incidents happened, unknown of some; of anything else there is nothing to tell."""
    ages = np.minimum(rng.exponential(_MEAN_AGE_DAYS, number), _OLDEST_DAYS)
    dated = (rng.random(number) >= _UNDATED) & (kind is LayerKind.INCIDENT)
    told = [at - timedelta(days=float(age)) if known else None for age, known in zip(ages, dated, strict=True)]
    return pd.Series(told, dtype=object)
