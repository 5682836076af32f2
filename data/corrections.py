"""What a person puts right by hand: where a camera stands and where it looks."""

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from data.database import Database, next_number
from data.models import INVENTORY, Camera, Kind, ThermalCriteria

# column -> lowest and highest value that can be true in Thailand
LIMITS: dict[str, tuple[float, float]] = {
    "lon": (97.3, 105.7),
    "lat": (5.6, 20.5),
    "position_accuracy_m": (0, 10_000),
    "bearing_deg": (0, 360),
    "bearing_accuracy_deg": (0, 180),
    "hfov_deg": (1, 360),
    "tilt_deg": (-30, 90),
    "mount_height_m": (0.5, 150),
    "ir_range_m": (0, 5_000),
}
_NEEDED = {"lon", "lat"}


def correct(db: Database, camera_id: int, changes: Mapping[str, Any], at: datetime) -> list[str]:
    """
    Write corrected columns of a camera and return the names of those that really changed.

    Parameters
    ----------
    changes
        Any of `LIMITS`, kind, thermal_criteria and verified_on; None where a value is not known.
    at
        When it was put right.

    Raises
    ------
    ValueError
        If a value cannot be true, or there is no such camera.
    """
    wanted = {name: _checked(name, value) for name, value in changes.items()}
    with db.write() as session:
        camera = session.get(Camera, camera_id)
        if camera is None:
            raise ValueError(f"there is no camera {camera_id} any more; look for it in the inventory again")
        changed = [name for name, value in wanted.items() if getattr(camera, name) != value]
        for name in changed:
            setattr(camera, name, wanted[name])
        if changed:
            # what was imported no longer tells what is stored: the next import must look at this camera anew
            camera.fingerprint = None
            camera.updated_at = at
            next_number(session, INVENTORY)
            session.add(camera)
    return changed


def _checked(name: str, value: Any) -> Any:
    if name == "kind":
        return Kind(value)
    if name == "thermal_criteria":
        return None if value is None else ThermalCriteria(value)
    if name == "verified_on":
        if value is not None and not isinstance(value, date):
            raise ValueError(f"verified_on must be a date, got {value!r}")
        return value
    if name not in LIMITS:
        named = ", ".join((*LIMITS, "kind", "thermal_criteria", "verified_on"))
        raise ValueError(f"{name} cannot be corrected by hand; only {named} can")
    if value is None:
        if name in _NEEDED:
            raise ValueError(f"{name} is needed: a camera without a position is on no map")
        return None
    number, (low, high) = float(value), LIMITS[name]
    if not isfinite(number) or not low <= number <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {value}")
    return number % 360 if name == "bearing_deg" else number
