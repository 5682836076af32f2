"""What every file says of itself: how old it is, at which level and edition, what it takes for granted."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from data.fleet import Snapshot
from data.geography import CREDITS
from data.ground.hidden import FARTHEST_M, obstacles_of
from data.inventory import STATUS_WORDS, status_codes
from data.lines.border import LIVE, live_kind
from geo.see.coverage import kinds
from geo.see.levels import Edition, level_name
from geo.see.optics import (
    CLASS_DEFAULTS,
    CRITICAL_M,
    IDENTIFY_FROM_PX_M,
    JOHNSON_PX,
    RECOGNISE_FROM_PX_M,
    RECTILINEAR_BELOW_DEG,
    USUAL_ASPECT,
    USUAL_MOUNT_M,
)
from geo.see.terrain import LOW_MOUNT_M, RMSE_M, TARGET_M

METHOD = "takhai 2"


def about(
    cameras: pd.DataFrame,
    status: ArrayLike,
    level_px_m: float,
    *,
    edition: Edition,
    light: str,
    when: str,
    as_of: datetime | None,
    written_at: datetime,
) -> dict[str, Any]:
    """
    What a file of coverage or gaps says of itself: as-of, level, edition, counts of cameras, method, credits.

    Parameters
    ----------
    cameras, status
        All cameras it rests on, and their status now.
    as_of
        When its data was true: a worker's last sign of life for live, the inventory's last change for planned.
    """
    certain, seen = live_kind(*kinds(cameras, level_px_m, light), status, when)
    by_status = np.bincount(status_codes(status), minlength=len(STATUS_WORDS))
    return {
        "as_of": iso(as_of),
        "written_at": iso(written_at),
        "edition": edition.value,
        "level_px_m": float(level_px_m),
        "level": level_name(level_px_m, edition),
        "light": light,
        "when": when,
        "cameras": len(cameras),
        "cameras_certain": int((certain & seen).sum()),
        "cameras_possible": int((seen & ~certain).sum()),
        **{f"cameras_{word}": int(count) for word, count in zip(STATUS_WORDS, by_status, strict=True)},
        "method": method(cameras),
        "assumptions": assumed(cameras),
        "demo": is_demo(cameras),
        "credits": credits_of(cameras),
    }


def method(cameras: pd.DataFrame) -> str:
    """Return by which rules the ground of cameras was worked out, and with what."""
    return f"{METHOD}: {looked_past(cameras)}"


def looked_past(cameras: pd.DataFrame) -> str:
    """Return what the ground of cameras was worked out with: buildings and terrain by their names, or neither."""
    known = obstacles_of(cameras)
    if known is None:
        return "flat open ground; terrain, buildings and trees are not looked at"
    parts = [f"buildings of {', '.join(known.layers)}"] if known.layers else []
    parts += [f"terrain of {known.heights.name}"] if known.heights else []
    return f"flat open ground but for {' and '.join(parts)}; trees are not looked at"


def assumptions(cameras: pd.DataFrame) -> dict[str, Any]:
    """Return what is taken for granted where keepers do not say, and how it counts."""
    return {
        "ground": looked_past(cameras),
        "behind_a_building": "possible; not even that where the building is known to be at least as high as the "
        "camera hangs; a camera in its outline hangs outside on its wall",
        "behind_terrain": f"possible; certain is what a line of sight reaches that is drawn lower by {RMSE_M:g} m "
        f"at either end, but by no more than half its height there, from {LOW_MOUNT_M:g} m up where nobody says "
        f"how high a camera hangs, to {TARGET_M:g} m above the ground",
        "beyond_buildings_and_terrain_m": FARTHEST_M,
        "optics_where_unknown": {
            kind: {"pixels_h": usual.pixels_h, "hfov_deg": usual.hfov_deg, "ir_range_m": usual.ir_range_m}
            for kind, usual in CLASS_DEFAULTS.items()
        },
        "bearing_where_unknown": "any: the whole circle is possible, none of it certain",
        "ptz": "its whole circle is possible; certain is only a preset it never leaves",
        "position_and_bearing": "certain is cut back, possible widened by how far off they are said to be; "
        "as given where nobody says so",
        "ground_before_a_pole_of_unknown_height_or_tilt": "possible; certain from where a picture begins whose "
        f"top is the horizon, on a pole of {USUAL_MOUNT_M:g} m",
        "thermal": {
            "certain": "as far as its pixels per metre reach",
            "possible": f"as far as a person, {CRITICAL_M:g} m across, is told once in two times",
            "pixels_to_detect_recognise_identify": {name: list(pixels) for name, pixels in JOHNSON_PX.items()},
            "recognise_from_px_m": RECOGNISE_FROM_PX_M,
            "identify_from_px_m": IDENTIFY_FROM_PX_M,
        },
        "picture_height_by_width_where_unknown": USUAL_ASPECT,
        "angular_lens_from_deg": RECTILINEAR_BELOW_DEG,
        "live": "up: certain where its pose and optics are known; degraded and unknown: possible only; "
        "down and maintenance: sees nothing",
        "planned": "every camera works",
    }


def assumed(cameras: pd.DataFrame) -> str:
    """Return the assumptions as one sentence, for a file's rows."""
    usual = ", ".join(
        f"{kind} {optics.pixels_h} px {optics.hfov_deg:g}° IR {optics.ir_range_m:g} m"
        for kind, optics in CLASS_DEFAULTS.items()
    )
    behind = "" if obstacles_of(cameras) is None else ", ground behind buildings or hills"
    return (
        f"only possible where guessed: unknown optics ({usual}), unknown bearing or a PTZ (its whole circle, but "
        "for a preset it never leaves), what lies within how far off position and bearing are said to be, ground "
        f"before a pole of unknown height or tilt (taken as {USUAL_MOUNT_M:g} m), a thermal camera beyond its "
        f"pixels per metre, a camera degraded or unknown{behind}"
    )


def credits_of(cameras: pd.DataFrame) -> str:
    """Return whom what cameras cover is owed to: our own sources, and the layers it was worked out with."""
    known = obstacles_of(cameras)
    return "; ".join(dict.fromkeys([CREDITS, *(known.credits if known else ())]))


def as_of(known: Snapshot, when: str) -> datetime | None:
    """Return when what a file tells was true: see `about`."""
    if when == LIVE or known.inventory.empty:
        return known.as_of
    return pd.Timestamp(known.inventory["updated_at"].max()).to_pydatetime()


def is_demo(cameras: pd.DataFrame) -> bool:
    """Whether any of it is invented."""
    return bool(cameras["demo"].any())


def iso(time: datetime | None) -> str | None:
    """Return a time as a file says it."""
    return time.isoformat(timespec="seconds") if time else None
