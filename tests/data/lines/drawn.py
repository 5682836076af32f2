"""A short line people drew, with two cameras, and the numbers of it worked out by hand."""

from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from data.database import Database, next_number
from data.ground.layers import keep
from data.ground.tables import LayerKind
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Status, WatchSpan

ROAD = LineString([(102.3, 13.6), (102.3, 13.7)])  # a tenth of a degree to the north, inside Sa Kaeo
LENGTH_M = 11_063.6  # 0.1° · π/180 · the meridian's radius of 6,338,983 m at 13.65°
REACH_M = 64.0  # 2560 px / (2 · 20 px/m · tan 45°)


def layer(shapes: list[BaseGeometry], names: list[str] | None = None) -> gpd.GeoDataFrame:
    """Features as `read_layer` gives them."""
    table = pd.DataFrame({"name": names or [""] * len(shapes), "height_m": np.nan, "at": pd.NaT})
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def bring_road(
    db: Database, at: datetime, *, level_px_m: float = 20.0, shape: LineString = ROAD, light: str | None = None
) -> None:
    """Bring the line under the name "road"."""
    keep(
        db, layer([shape]), LayerKind.LINE, "road", source="road.geojson", by="สมชาย", at=at, title="ถนนสาย 3",
        credit="กองกำลังบูรพา", level_px_m=level_px_m, light=light,
    )  # fmt: skip


def two_cameras(db: Database, at: datetime) -> None:
    """R1 works, a kilometre from the line's beginning, R2, at 5 km, nobody knows of; both look along it, low."""
    with db.write() as session:
        session.add(Agency(id=1, name_th="กองกำลังบูรพา"))
        session.flush()
        next_number(session, INVENTORY)
        seq = next_number(session, SEQ)
        for number, (at_m, status) in enumerate(((1_000, Status.UP), (5_000, Status.UNKNOWN)), start=1):
            session.add(
                Camera(
                    id=number, code=f"R{number}", owner_id=1, name_th=f"ถนน {number}", lon=102.3,
                    lat=13.6 + 0.1 * at_m / LENGTH_M, bearing_deg=0, hfov_deg=90, mount_height_m=0.2, tilt_deg=0,
                    pixels_h=2560, ir_range_m=30, province="สระแก้ว", province_code="27", updated_at=at,
                )
            )  # fmt: skip
            session.flush()
            hour = timedelta(hours=1)
            session.add(CameraState(camera_id=number, status=status, since=at - hour, reason="ok", seq=seq))
            if status is Status.UP:
                session.add(WatchSpan(camera_id=number, began_at=at - 10 * hour))
        session.add(WatchSpan(worker="w", began_at=at - 10 * timedelta(hours=1), ended_at=at))
