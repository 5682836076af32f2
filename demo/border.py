"""Invented poles along the Sa Kaeo border line: on Thai ground, dense at the crossings, with holes between."""

import numpy as np
import pandas as pd
import shapely

from data.geography import SA_KAEO, load_border, load_crossings, load_subdistricts
from demo.lenses import BORDER, choose
from demo.places import grounds
from geo.crs import Floats, metres_per_degree
from geo.line.chainage import Line
from geo.see.optics import edges_m, range_m, vfov_deg

LETTERS = {"Ta Phraya": "TP", "Khok Sung": "KS", "Aranyaprathet": "AR", "Khlong Hat": "KH"}
LEVEL_PX_M = 20.0
_DENSITY = {"Ta Phraya": 0.5, "Khok Sung": 0.9, "Aranyaprathet": 1.0, "Khlong Hat": 0.55}
_HOLES = 7  # stretches of 1 to 5.5 km where nobody has built yet
_PER_POLE = 2.4
_STEP_M = 10.0
_AROUND_M = 4_000.0  # of the line's length: more than the longest lens reaches, meanders and all
_BEARINGS = np.arange(0, 360, 2.0)
_SPREAD_M = (30.0, 400.0)  # how far inside Thailand a pole stands


def border_cameras(number: int, rng: np.random.Generator) -> pd.DataFrame:
    """
    Cameras that watch the line, north to south.

    Returns
    -------
    cameras
        The columns of `lenses.choose`, and lon, lat, bearing_deg, chainage_m, pole, subdistrict, district,
        subdistrict_en, district_en, letters.
    """
    line = load_border()
    wanted = _chainages(line, max(round(number / _PER_POLE), 1), rng)
    poles = np.array([_pole(line, at, rng) for at in wanted])
    at_pole = np.sort(np.concatenate([np.arange(len(poles)), rng.integers(len(poles), size=number - len(poles))]))
    cameras = choose(BORDER, number, rng)
    hfov, tilt = cameras["hfov_deg"], cameras["tilt_deg"]
    # tilt is drawn as a part of half the picture's height: the picture holds the horizon, and the far end is seen
    cameras["tilt_deg"] = (tilt * vfov_deg(hfov, cameras["pixels_h"], cameras["pixels_v"]) / 2).round(1)
    cameras["lon"], cameras["lat"] = poles[at_pole].T
    cameras["pole"], cameras["chainage_m"] = at_pole + 1, wanted[at_pole]
    cameras["bearing_deg"] = _aims(line, cameras, rng)
    return cameras.join(_district(cameras["chainage_m"]))


def _chainages(line: Line, poles: int, rng: np.random.Generator) -> Floats:
    """Where poles stand along the line: by density, at uneven steps, none in a hole."""
    at = np.arange(0, line.length_m, _STEP_M)
    density = _district(pd.Series(at))["district_en"].map(_DENSITY).to_numpy(float).copy()
    crossings = load_crossings()
    for row in crossings[crossings["province_code"] == SA_KAEO].itertuples():
        from_crossing = (at - line.locate(row.lon, row.lat)[0]) / 2_500
        density += (1.6 if row.type == "permanent" else 0.6) * np.exp(-(from_crossing**2))
    for length in rng.uniform(1_000, 5_500, _HOLES):
        begin = rng.uniform(0, line.length_m - length)
        open_ground = density < 1.3  # nobody leaves a hole beside a crossing
        density[(at > begin) & (at < begin + length) & open_ground] = 0
    share = np.cumsum(density) / density.sum()
    steps = (np.arange(poles) + rng.uniform(0.25, 0.75, poles)) / poles
    return np.asarray(np.interp(steps, share, at))


def _pole(line: Line, at_m: float, rng: np.random.Generator) -> tuple[float, float]:
    """Place for a pole on Thai ground, 30 to 400 m from the line."""
    thai, (low, high) = grounds()[SA_KAEO], _SPREAD_M
    for tried in range(10_000):
        # a little further along at each try: the coarse province does not reach the line everywhere
        lon, lat = line.point_at(at_m + rng.normal(0, 60 + 5 * tried))
        per_lon, per_lat = metres_per_degree(lat)
        away, angle = low + (high - low) * rng.beta(1.2, 4.5), rng.uniform(0, 2 * np.pi)
        lon = round(float(lon + away * np.sin(angle) / per_lon), 6)
        lat = round(float(lat + away * np.cos(angle) / per_lat), 6)
        if shapely.contains_xy(thai, lon, lat) and low <= line.locate(lon, lat)[1] <= high:
            return lon, lat
    raise ValueError(f"no ground for a pole near chainage {at_m:.0f}; see data/reference/provinces.geojson")


def _aims(line: Line, cameras: pd.DataFrame, rng: np.random.Generator) -> list[float]:
    """
    Bearings an installer would choose: each camera sees as much as it can of the line that none before it sees.

    So the first of a pole looks along the line one way, the next the other way or straight across.
    """
    samples = np.arange(0, line.length_m, _STEP_M)
    points = np.stack([np.interp(samples, line.chainage_m, line.lonlat[:, axis]) for axis in (0, 1)], axis=1)
    hfov, pixels = cameras["hfov_deg"].to_numpy(), cameras["pixels_h"].to_numpy()
    vfov = vfov_deg(hfov, pixels, cameras["pixels_v"])
    near, _ = edges_m(cameras["mount_height_m"], cameras["tilt_deg"], vfov)
    far = range_m(pixels, hfov, LEVEL_PX_M)
    new = np.ones(len(samples))
    aims = []
    for index, (lon, lat, at) in enumerate(cameras[["lon", "lat", "chainage_m"]].to_numpy()):
        first = max(int((at - _AROUND_M) / _STEP_M), 0)
        there = slice(first, int((at + _AROUND_M) / _STEP_M))
        offset = (points[there] - (lon, lat)) * np.stack([float(metres) for metres in metres_per_degree(lat)])
        distance = np.hypot(offset[:, 0], offset[:, 1])
        seen = np.flatnonzero((distance < far[index]) & (distance > near[index]))
        if not len(seen):  # too far from the line for this lens: at least it looks there
            seen = np.array([np.argmin(distance)])
        to_points = np.degrees(np.arctan2(offset[seen, 0], offset[seen, 1]))
        turn = (to_points[None, :] - _BEARINGS[:, None] + 180) % 360 - 180
        within = np.abs(turn) < hfov[index] / 2
        best = int(np.argmax((within * new[there][seen]).sum(axis=1)))
        if cameras["kind"].iloc[index] != "ptz":
            new[first + seen[within[best]]] = 0.05  # to see the same again is worth a little
        aims.append(float((_BEARINGS[best] + rng.normal(0, 0.7)) % 360))
    return [round(aim, 1) % 360 for aim in aims]


def _district(chainage_m: pd.Series) -> pd.DataFrame:
    known = load_subdistricts()
    row = np.clip(np.searchsorted(known["from_m"], chainage_m, side="right") - 1, 0, len(known) - 1)
    named = known.iloc[row].set_axis(chainage_m.index)
    return pd.DataFrame(
        {
            "subdistrict": named["subdistrict_th"],
            "district": named["district_th"],
            "subdistrict_en": named["subdistrict_en"],
            "district_en": named["district_en"],
            "letters": named["district_en"].map(LETTERS),
        }
    )
