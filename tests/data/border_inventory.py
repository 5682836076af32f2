"""A few hundred random cameras along the Sa Kaeo line, as `load_cameras` would give them."""

import geopandas as gpd
import numpy as np
import pandas as pd

from data.geography import load_border

STATUSES = np.array(["unknown", "up", "down", "degraded", "maintenance"])


def cameras_along_the_border(count: int, seed: int = 7) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    line = load_border()
    at = rng.uniform(0, line.length_m, count)
    lon, lat = np.array([line.point_at(m) for m in at]).T + rng.normal(0, 0.0008, (2, count))

    def mostly(values, unknown):
        return np.where(rng.random(count) < unknown, np.nan, values)

    return frame(
        lon=lon,
        lat=lat,
        kind=rng.choice(["fixed", "ptz", "dome", "fisheye", "thermal"], count, p=[0.7, 0.08, 0.08, 0.04, 0.1]),
        bearing_deg=mostly(rng.uniform(0, 360, count), 0.15),
        hfov_deg=mostly(rng.choice([8.0, 30, 60, 90, 110, 180], count), 0.1),
        pixels_h=mostly(rng.choice([1280.0, 1920, 2560, 3840], count), 0.1),
        tilt_deg=mostly(rng.uniform(0, 25, count), 0.5),
        mount_height_m=mostly(rng.uniform(3, 20, count), 0.3),
        ir_range_m=mostly(rng.choice([0.0, 30, 80, 200], count), 0.3),
        status=rng.choice(STATUSES, count, p=[0.1, 0.7, 0.1, 0.05, 0.05]),
    )


def frame(**columns) -> gpd.GeoDataFrame:
    """Cameras from the columns that matter; what is not given is unknown."""
    lon, lat = np.atleast_1d(columns["lon"]), np.atleast_1d(columns["lat"])
    count = len(lon)
    unknown = dict.fromkeys(
        (
            "position_accuracy_m", "bearing_deg", "hfov_deg", "tilt_deg", "mount_height_m", "pixels_h", "pixels_v",
            "focal_length_mm", "sensor_width_mm", "ir_range_m",
        ),
        np.nan,
    )  # fmt: skip
    usual = {"kind": "fixed", "status": "up", "since": pd.Timestamp("2026-11-23", tz="UTC"), "demo": False}
    table = pd.DataFrame(
        {"id": np.arange(1, count + 1), "code": [f"C{i}" for i in range(count)], **unknown, **usual, **columns}
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4326)
