"""Tours of the demo's PTZ cameras at the border: most look along the line both ways, some never turn."""

import re
from datetime import datetime

from data.database import Database
from data.inventory import load_cameras
from data.models import Kind
from data.presets import Stop, set_presets

_BORDER = re.compile(r"SKW-(TP|KS|AR|KH)-\d{4}")
_PARKED_EVERY, _FREE_EVERY = 4, 5  # one of so many never turns; one of so many is turned by hand


def plant(db: Database, *, at: datetime) -> dict[str, int]:
    """Give the PTZ cameras of the border their presets, and return how many have some."""
    cameras = load_cameras(db, columns=("id", "code", "kind", "bearing_deg"))
    turning = cameras[((cameras["kind"] == Kind.PTZ) & cameras["bearing_deg"].notna()).to_numpy(bool)]
    columns = (turning[name].tolist() for name in ("id", "code", "bearing_deg"))
    there = [(number, aim) for number, code, aim in zip(*columns, strict=True) if _BORDER.fullmatch(code)]
    tours: dict[int, list[Stop]] = {}
    for number, (camera_id, aim) in enumerate(there):
        if number % _FREE_EVERY == 0:
            continue
        bearing = round(aim, 1)
        ahead = Stop(bearing, 20.0, 3.0, 60.0, "แนวชายแดน")
        beside = [
            Stop(round((bearing + turn) % 360, 1), 12.0, 2.0, 30.0, name)
            for turn, name in ((-60, "ซ้าย"), (60, "ขวา"))
        ]
        tours[camera_id] = [ahead] if number % _PARKED_EVERY == 0 else [ahead, *beside]
    set_presets(db, tours, at)
    return {"ptz_tours": len(tours)}
