"""Layers of the country that people bring: kept, listed, taken away."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sql
from sqlmodel import Session, col, delete, func, insert, select

from data.database import Database, next_number
from data.geography import SHIPPED_LINES
from data.ground.reading import read_layer
from data.ground.tables import Layer, LayerFeature, LayerKind
from data.models import INVENTORY
from data.watch.maintenance import NAME_MOST, TEXT_MOST, said
from geo.crs import EPSG_LONLAT
from geo.see.levels import BORDER_LEVEL_PX_M
from geo.see.poses import LIGHTS

LEVEL_MOST_PX_M = 2_000.0
WATCHED = (LayerKind.LINE, LayerKind.ZONE)  # what has a level of its own
_SPELLED = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Held:
    """A layer without its features."""

    id: int
    kind: LayerKind
    name: str
    title: str
    source: str
    credit: str
    level_px_m: float | None
    light: str | None
    features: int
    by: str
    at: datetime


def bring(
    db: Database,
    path: Path,
    kind: LayerKind,
    name: str,
    *,
    by: str,
    at: datetime,
    title: str = "",
    credit: str = "",
    level_px_m: float | None = None,
    light: str | None = None,
) -> int:
    """
    Keep the features of a file as a layer, instead of the one of that name, and return how many there are.

    Raises
    ------
    SourceError, ValueError
        If the file or what is said of it breaks a rule; then nothing is kept.
    """
    return keep(
        db, read_layer(path, kind), kind, name, source=path.name, by=by, at=at, title=title, credit=credit,
        level_px_m=level_px_m, light=light,
    )  # fmt: skip


def keep(
    db: Database,
    features: gpd.GeoDataFrame,
    kind: LayerKind,
    name: str,
    *,
    source: str,
    by: str,
    at: datetime,
    title: str = "",
    credit: str = "",
    level_px_m: float | None = None,
    light: str | None = None,
    demo: bool = False,
) -> int:
    """Keep features as `data.ground.reading.read_layer` gives them, `demo` invented; the rest as of `bring`."""
    if not _SPELLED.fullmatch(name):
        raise ValueError(f"a layer is called by small letters, digits and -, at most 40, got {name[:50]!r}")
    if level_px_m is not None and kind not in WATCHED:
        raise ValueError(f"a level is wanted of a line or a zone, not of a {kind}; leave it out")
    if level_px_m is not None and not 0 < level_px_m <= LEVEL_MOST_PX_M:
        raise ValueError(f"a level lies above 0 and up to {LEVEL_MOST_PX_M:g} px/m, got {level_px_m:g}")
    if light is not None and kind is not LayerKind.LINE:
        raise ValueError(f"a light is wanted of a line, not of a {kind}; leave it out")
    if light not in (None, *LIGHTS):
        raise ValueError(f"a light is {' or '.join(LIGHTS)}, got {light[:20]!r}")
    if kind is LayerKind.LINE and len(features) != 1:
        raise ValueError(f"a line to be watched is one line, got {len(features)}; bring each by itself")
    if name in SHIPPED_LINES:
        raise ValueError(f"{name} is a line that ships already; take another name")
    wanted = level_px_m or (BORDER_LEVEL_PX_M if kind in WATCHED else None)
    row = Layer(
        kind=kind, name=name, title=title.strip()[:TEXT_MOST] or name, source=source,
        credit=credit.strip()[:TEXT_MOST], level_px_m=wanted, light=light, by=said("name", by, NAME_MOST), at=at,
        demo=demo,
    )  # fmt: skip
    with db.write() as session:
        there = session.exec(select(Layer).where(Layer.name == name)).first()
        if there is not None and there.kind != kind:
            raise ValueError(
                f"{name} is a layer of kind {there.kind} already; take another name, or remove it first"
            )
        _take_away(session, there)
        row.version = next_number(session, INVENTORY)  # what cameras cover rests on it
        session.add(row)
        session.flush()
        assert row.id is not None
        session.execute(insert(LayerFeature), _features(features, row.id))
    return len(features)


def remove(db: Database, name: str) -> None:
    """Take a layer away; ValueError if there is none of that name."""
    with db.write() as session:
        there = session.exec(select(Layer).where(Layer.name == name)).first()
        if there is None:
            held = ", ".join(session.exec(select(Layer.name).order_by(Layer.name)).all()) or "none"
            raise ValueError(f"no layer is called {name[:50]!r}; there are: {held}")
        _take_away(session, there)
        next_number(session, INVENTORY)


def layers(db: Database, kinds: Iterable[LayerKind] = tuple(LayerKind)) -> list[Held]:
    """Return the layers there are, by kind and name."""
    count = select(func.count()).where(col(LayerFeature.layer_id) == col(Layer.id)).scalar_subquery()
    query = select(Layer, count).where(col(Layer.kind).in_(list(kinds))).order_by(col(Layer.kind), col(Layer.name))
    with db.read() as session:
        return [
            Held(
                row.id or 0, row.kind, row.name, row.title, row.source, row.credit, row.level_px_m, row.light,
                int(features),
                row.by, row.at,
            )
            for row, features in session.exec(query).all()
        ]  # fmt: skip


def features(db: Database, kind: LayerKind, name: str | None = None) -> gpd.GeoDataFrame:
    """
    Return the features of all layers of a kind, or of one by its name.

    Returns
    -------
    features
        EPSG:4326: layer (its name), name, height_m, at (aware UTC), geometry.
    """
    # columns, not objects: of 100,000 features those take four times as long
    told = (LayerFeature.name, LayerFeature.height_m, LayerFeature.at, LayerFeature.wkb)
    query = (
        sql.select(col(Layer.name), *map(col, told))
        .join_from(Layer, LayerFeature, col(Layer.id) == col(LayerFeature.layer_id))
        .where(col(Layer.kind) == kind)
        .order_by(col(Layer.name), col(LayerFeature.id))
    )
    if name is not None:
        query = query.where(col(Layer.name) == name)
    with db.read() as session:
        rows = session.execute(query).all()
    table = pd.DataFrame([tuple(row[:4]) for row in rows], columns=["layer", "name", "height_m", "at"])
    table["height_m"] = table["height_m"].astype(float)
    table["at"] = pd.to_datetime(table["at"], utc=True)
    shapes = shapely.from_wkb(np.array([row[4] for row in rows], object))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=EPSG_LONLAT)


def _take_away(session: Session, there: Layer | None) -> None:
    if there is not None:
        session.exec(delete(LayerFeature).where(col(LayerFeature.layer_id) == there.id))
        session.delete(there)
        session.flush()


def _features(features: gpd.GeoDataFrame, layer: int) -> list[dict[str, Any]]:
    shapes = shapely.to_wkb(features.geometry.to_numpy())
    columns = (features["name"], features["height_m"], features["at"], shapes)
    return [
        {
            "layer_id": layer, "name": name, "height_m": None if pd.isna(height) else float(height),
            "at": None if pd.isna(at) else at.to_pydatetime(), "wkb": wkb,
        }
        for name, height, at, wkb in zip(*columns, strict=True)
    ]  # fmt: skip
