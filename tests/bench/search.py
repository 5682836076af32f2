"""A million cameras: what the box finds in how long, and who sees a point."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.finding.gazetteer import inventory_places
from data.finding.search import find_cameras, understand
from data.texts import BLOCK, PackedTexts
from geo.see.sight import seen_from
from tests.bench.million.encoders import best_ms

COUNT = 1_000_000
MOST_MS = 300.0
SIGHT_MS = 100.0
BANGKOK = (100.52, 13.75)


def measure() -> list[dict[str, Any]]:
    """Measure in about ten seconds: the best of five, in wall time."""
    table = country(COUNT)
    texts = {
        "a whole code": "CAM-0999999",
        "the beginning of a code, small letters": "cam-09999",
        "a Thai name": "ถนน 99123 ",
        "an English name, small letters": "road 99123 ",
        "nothing": "zzzz",
    }
    rows = [
        _row(f"{COUNT:,} cameras: {what}", best_ms(find_cameras, table, t), MOST_MS) for what, t in texts.items()
    ]
    table.loc[5, "hfov_deg"] = 2.0  # one telephoto lens makes the search wide for all
    rows.append(
        _row(f"{COUNT:,} cameras: who sees a point in the crowd", best_ms(seen_from, table, *BANGKOK), SIGHT_MS)
    )
    places = inventory_places(table)
    what = f"a place's name among {len(places):,} districts and subdistricts"
    return [*rows, _row(what, best_ms(understand, "คลองลึก", places), MOST_MS)]


def country(count: int) -> pd.DataFrame:
    """Columns of the inventory as it is held; half of the cameras in one city."""
    rng = np.random.default_rng(7)
    spread = np.where(rng.random(count) < 0.5, 0.15, 1.5)
    number = np.arange(count)
    lon, lat = (middle + rng.normal(0, 1, count) * spread for middle in BANGKOK)
    single = {
        "position_accuracy_m": rng.uniform(0, 80, count), "bearing_deg": rng.uniform(0, 360, count),
        "hfov_deg": rng.uniform(20, 110, count), "tilt_deg": rng.uniform(0, 40, count),
        "mount_height_m": rng.uniform(2, 8, count), "pixels_h": rng.choice([1920, 3840], count),
        "pixels_v": np.full(count, 1080), "focal_length_mm": np.full(count, np.nan),
        "sensor_width_mm": np.full(count, np.nan), "ir_range_m": np.full(count, 30),
    }  # fmt: skip
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "code": _texts(f"CAM-{n:07}" for n in number),
            "name_th": _texts(f"กล้องถนน {n} ฝั่งขาเข้า" for n in number),
            "name_en": _texts(f"Road {n} inbound" for n in number),
            "kind": pd.Categorical(rng.choice(["fixed", "ptz", "dome"], count)),
            "province": pd.Categorical([f"จังหวัด{n}" for n in number % 77]),
            "district": pd.Categorical([f"อำเภอที่{n}" for n in number % 924]),
            "subdistrict": pd.Categorical([f"ตำบลที่{n}" for n in number % 7392]),
        }
        | {name: values.astype(np.float32) for name, values in single.items()}
    )


def _texts(words: Any) -> Any:
    every = list(words)
    return PackedTexts.of(pa.array(every[at : at + BLOCK], pa.string()) for at in range(0, len(every), BLOCK))


def _row(what: str, ms: float, most_ms: float) -> dict[str, Any]:
    return {"what": what, "value": round(ms, 3), "unit": "ms", "target": f"<= {most_ms:g}", "met": ms <= most_ms}
