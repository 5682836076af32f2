"""Invented lanes at Khlong Luek, so that a first look shows what the lane matrix tells; each is marked demo."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.database import Database
from data.geography import checkpoints, load_border
from data.posts.lanes import DrawnLane, lanes, save_lanes
from data.posts.tables import Facing, LaneLight, Use
from geo.crs import metres_per_degree

POST = "KH01"  # Khlong Luek, the busiest of Sa Kaeo
BY = "demo"


@dataclass(frozen=True)
class _Plan:
    """A lane in metres: how far right of the road's middle as one comes in, and from where to where along it."""

    code: str
    use: Use
    name_th: str
    name_en: str
    right_m: float
    from_m: float
    to_m: float
    level_px_m: float
    facing: Facing = Facing.ANY
    light: LaneLight = LaneLight.BOTH
    width_m: float = 3.5


_PLANS = (
    _Plan("IN-1", Use.IN, "ขาเข้า ช่อง 1", "Inbound 1", 2, -15, 15, 80, Facing.ONCOMING),
    _Plan("IN-2", Use.IN, "ขาเข้า ช่อง 2", "Inbound 2", 6, -15, 15, 40),
    _Plan("OUT-1", Use.OUT, "ขาออก ช่อง 1", "Outbound 1", -2, 15, -15, 80, Facing.ONCOMING),
    _Plan("OUT-2", Use.OUT, "ขาออก ช่อง 2", "Outbound 2", -6, 15, -15, 40, Facing.LEAVING),
    _Plan("TRUCK", Use.TRUCK, "ช่องรถบรรทุก", "Lorries", 12, -20, 20, 40, Facing.ANY, LaneLight.DAY, 4.5),
    _Plan("WALK", Use.PEDESTRIAN, "ทางเดินเท้า", "Footway", -12, -20, 20, 125, Facing.ANY, LaneLight.DAY, 2.5),
    _Plan("QUEUE", Use.QUEUE, "แถวรอขาออก", "Outbound queue", -8, 140, 30, 20),
    _Plan(
        "SIDE", Use.BYPASS, "ทางเลี่ยงข้างด่าน", "Way round the post", 70, -60, 120, 20, Facing.ANY, LaneLight.BOTH, 5
    ),
)


def plant(db: Database, *, at: datetime) -> int:
    """Draw the lanes unless their checkpoint has some already, and return how many were drawn."""
    known = checkpoints(db).set_index("code")
    if POST not in known.index or lanes(db, POST):
        return 0
    lon, lat = (float(one) for one in known.loc[POST, ["lon", "lat"]].to_numpy(float))
    line = load_border()
    scale = np.stack([float(one) for one in metres_per_degree(lat)])
    inward = (np.array([lon, lat]) - line.point_at(line.locate(lon, lat)[0])) * scale
    inward /= np.hypot(*inward)
    right = np.array([inward[1], -inward[0]])

    def place(plan: _Plan, along_m: float) -> tuple[float, float]:
        x, y = (lon, lat) + (inward * along_m + right * plan.right_m) / scale
        return round(float(x), 7), round(float(y), 7)

    drawn = [
        DrawnLane(
            plan.code, (place(plan, plan.from_m), place(plan, plan.to_m)), plan.use, plan.name_th, plan.name_en,
            plan.width_m, plan.level_px_m, plan.light, plan.facing,
        )
        for plan in _PLANS
    ]  # fmt: skip
    return save_lanes(db, POST, drawn, by=BY, at=at, demo=True)[0]
