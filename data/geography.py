"""The places that ship with the project: border line, its subdistricts, provinces, crossings, checkpoints."""

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlmodel import col, select

from data.database import Database
from data.models import Checkpoint
from data.posts.tables import CheckpointZone
from geo.crs import EPSG_LONLAT
from geo.line.chainage import Line

REFERENCE = Path(__file__).parent / "reference"
CREDITS = "© OpenStreetMap contributors, ODbL 1.0"
SA_KAEO = "27"
_ZONE = ("zone_level_px_m", "zone_by", "zone_at")
SAKAEO, CAMBODIA = SHIPPED_LINES = ("sakaeo", "cambodia")  # names of the lines that ship


@lru_cache(maxsize=1)
def load_border() -> Line:
    """Return the Thai-Cambodian line through Sa Kaeo from north to south: for reference, not a legal boundary."""
    return Line.of(gpd.read_file(REFERENCE / "sakaeo_border.geojson").geometry.iloc[0])


@lru_cache(maxsize=1)
def load_cambodian_border() -> Line:
    """Return the whole Thai-Cambodian line from the Lao corner to the sea: for reference, not a legal boundary."""
    return Line.of(gpd.read_file(REFERENCE / "thai_cambodian_border.geojson").geometry.iloc[0])


@lru_cache(maxsize=1)
def load_subdistricts() -> pd.DataFrame:
    """Border by chainage: from_m, to_m, subdistrict_th, _en, district_th, _en; not to be changed."""
    return pd.read_csv(REFERENCE / "sakaeo_border_subdistricts.csv", dtype={"from_m": float, "to_m": float})


@lru_cache(maxsize=1)
def load_provinces() -> gpd.GeoDataFrame:
    """77 provinces, approximate: code, iso, name_th, name_en, region, geometry (EPSG:4326); not to be changed."""
    provinces = gpd.read_file(REFERENCE / "provinces.geojson").to_crs(EPSG_LONLAT)
    return provinces.astype({"code": "str"})


@lru_cache(maxsize=1)
def load_crossings() -> gpd.GeoDataFrame:
    """
    Land crossings with a known point, as they ship; not to be changed.

    Returns
    -------
    crossings
        EPSG:4326: id, type, name_th, name_en, province_code, district_en, district_th, neighbour, opposite, lat,
        lon, coord_source, coord_certainty, note, geometry.
    """
    table = pd.read_csv(REFERENCE / "border_crossings.csv", dtype={"province_code": "str"})
    table = table[table["lon"].notna() & table["lat"].notna()].reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=EPSG_LONLAT)


def load_checkpoints(db: Database) -> int:
    """
    Bring the crossings that ship into the database and return how many checkpoints it then holds.

    What is there already stays as somebody may have edited it; a crossing without a known point is left out.
    """
    with db.write() as session:
        held = set(session.exec(select(Checkpoint.code)).all())
        new = [_checkpoint(row) for row in load_crossings().to_dict("records") if row["id"] not in held]
        session.add_all(new)
        return len(held) + len(new)


def checkpoints(db: Database) -> pd.DataFrame:
    """
    Every checkpoint of the database, by code.

    Returns
    -------
    checkpoints
        The columns of `Checkpoint`; zone_wkt is that of the zone somebody drew, where there is one, with
        zone_level_px_m (what it asks for; NaN: nobody drew one here), zone_by and zone_at.
    """
    drawn = (col(CheckpointZone.checkpoint_id) == col(Checkpoint.id)) & col(CheckpointZone.retired_at).is_(None)
    query = select(Checkpoint, CheckpointZone).outerjoin(CheckpointZone, drawn).order_by(Checkpoint.code)
    with db.read() as session:
        rows = [_with_zone(post, zone) for post, zone in session.exec(query).all()]
    table = pd.DataFrame(rows, columns=[*Checkpoint.model_fields, *_ZONE])
    return table.astype({"zone_level_px_m": float})


def _with_zone(post: Checkpoint, zone: CheckpointZone | None) -> dict[str, Any]:
    told = post.model_dump()
    if zone is None:
        return told
    return told | {
        "zone_wkt": zone.wkt, "zone_level_px_m": zone.level_px_m, "zone_by": zone.made_by, "zone_at": zone.made_at,
    }  # fmt: skip


def _checkpoint(row: dict[Hashable, Any]) -> Checkpoint:
    said = {name: None if pd.isna(value) else value for name, value in row.items() if name != "geometry"}
    same = (
        "type",
        "name_th",
        "name_en",
        "province_code",
        "district_th",
        "district_en",
        "neighbour",
        "opposite",
        "lon",
        "lat",
    )
    return Checkpoint.model_validate(
        {name: said[name] for name in same} | {"code": said["id"], "certainty": said["coord_certainty"]}
    )
