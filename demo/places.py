"""Where the invented cameras stand: provinces by weight, invented towns, the Thai side of the border."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.geography import REFERENCE, SA_KAEO, load_border, load_crossings, load_provinces
from geo.crs import Floats, metres_per_degree

# Code, letters and weight (thousands of cameras; invented, but of the size that published totals suggest).
_TABLE = """
10 BKK 62, 11 SPK 9, 12 NTB 9, 13 PTE 9, 14 AYA 5.5, 15 ATG 1.6, 16 LRI 3.6, 17 SBR 1.3
18 CNT 1.6, 19 SRI 3.6, 20 CBI 16, 21 RYG 7, 22 CTI 4.6, 23 TRT 3, 24 CCO 4.6, 25 PRI 3.4
26 NYK 1.5, 27 SKW 0, 30 NMA 11, 31 BRM 6.5, 32 SRN 6, 33 SSK 5.6, 34 UBN 8, 35 YST 2.2
36 CPM 4, 37 ACR 1.8, 38 BKN 2.6, 39 NBP 2, 40 KKN 8.5, 41 UDN 6.6, 42 LEI 3.9, 43 NKI 4
44 MKM 3.4, 45 RET 4.6, 46 KSN 3.6, 47 SNK 4, 48 NPM 4, 49 MDH 3.1, 50 CMI 10, 51 LPN 2.2
52 LPG 3.9, 53 UTT 2.8, 54 PRE 2.3, 55 NAN 3.2, 56 PYO 2.6, 57 CRI 7.8, 58 MSN 2.6, 60 NSN 4.6
61 UTI 1.8, 62 KPT 3.2, 63 TAK 5.4, 64 STI 2.8, 65 PLK 4.6, 66 PCT 2.4, 67 PNB 3.8, 70 RBR 4.6
71 KRI 5.4, 72 SPB 3.8, 73 NPT 4.8, 74 SKN 4, 75 SKM 1.2, 76 PBI 2.8, 77 PKN 3.8, 80 NST 6.2
81 KBI 3, 82 PNA 2, 83 PKT 7, 84 SNI 5.6, 85 RNG 2.4, 86 CPN 2.6, 90 SKA 9.5, 91 STN 2.6
92 TRG 2.8, 93 PLG 2.2, 94 PTN 5.6, 95 YLA 5.8, 96 NWT 6
"""
_ROWS = [entry.split() for line in _TABLE.strip().splitlines() for entry in line.split(",")]
LETTERS = {code: letters for code, letters, _ in _ROWS}
WEIGHT = {code: float(weight) for code, _, weight in _ROWS}
LEAST = 20  # cameras of a province
_LEAST_IN_TOWNS = 4
_SA_KAEO_SHARE, _SA_KAEO_LEAST = 0.075, 300


@dataclass(frozen=True)
class Town:
    """A place that cameras stand around; the name says that it is invented where it is."""

    letters: str
    name_th: str
    name_en: str
    district: str | None
    lon: float
    lat: float
    spread_m: float


# Sa Kaeo's real towns, to a kilometre or so: an officer knows them.
_SA_KAEO_TOWNS = (
    Town("MU", "เมืองสระแก้ว", "Mueang Sa Kaeo", "เมืองสระแก้ว", 102.068, 13.818, 1900),
    Town("AT", "อรัญประเทศ", "Aranyaprathet", "อรัญประเทศ", 102.502, 13.690, 1500),
    Town("WN", "วัฒนานคร", "Watthana Nakhon", "วัฒนานคร", 102.313, 13.742, 1300),
    Town("WY", "วังน้ำเย็น", "Wang Nam Yen", "วังน้ำเย็น", 102.180, 13.500, 1300),
    Town("TT", "ตาพระยา", "Ta Phraya", "ตาพระยา", 102.805, 14.005, 900),
    Town("KT", "คลองหาด", "Khlong Hat", "คลองหาด", 102.300, 13.453, 900),
)


@dataclass(frozen=True)
class Spot:
    """A crossing or an airport, which gets a few cameras of its own."""

    code: str
    name_th: str
    name_en: str
    province_code: str
    district: str | None
    lon: float
    lat: float


def share_out(total: int, at_least: dict[str, int]) -> dict[str, int]:
    """
    Cameras of each province, by weight.

    Parameters
    ----------
    at_least
        What a province needs for its crossings and airports.

    Raises
    ------
    ValueError
        If the total does not reach for every province.
    """
    sa_kaeo = max(_SA_KAEO_LEAST, round(total * _SA_KAEO_SHARE))
    floor = {code: max(LEAST, at_least.get(code, 0) + _LEAST_IN_TOWNS) for code in WEIGHT} | {SA_KAEO: sa_kaeo}
    spare = total - sum(floor.values())
    if spare < 0:
        raise ValueError(f"a demo country needs at least {sum(floor.values()):,} cameras, got {total:,}")
    # every province by its weight, but not below its floor; what is left over goes by weight of those above it
    weights = np.array([WEIGHT[code] for code in WEIGHT])
    floors = np.array([floor[code] for code in WEIGHT])
    low, high = 0.0, float(total)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(weights * middle, floors).sum() < total else (low, middle)
    counts = np.maximum(np.floor(weights * low), floors).astype(int)
    heaviest = np.argsort(-weights, kind="stable")
    counts[heaviest[: total - counts.sum()]] += 1
    return dict(zip(WEIGHT, counts.tolist(), strict=True))


@lru_cache(maxsize=1)
def grounds() -> dict[str, shapely.Geometry]:
    """Land of each province by code (EPSG:4326); Sa Kaeo's ends at the border line."""
    provinces = load_provinces()
    land = dict(zip(provinces["code"], provinces.geometry, strict=True))
    line = load_border().lonlat
    south, north = line[-1] - (0, 0.5), line[0] + (0, 0.5)
    far = np.array([south, (101.0, south[1]), (101.0, north[1]), north])  # Thailand lies west of its whole length
    thai_side = shapely.make_valid(shapely.Polygon(np.concatenate([line, far])))
    land[SA_KAEO] = land[SA_KAEO].intersection(thai_side)
    for ground in land.values():
        shapely.prepare(ground)
    return land


def spots() -> list[Spot]:
    """Every crossing whose point is known, and every airport, in the order of their files."""
    airports = pd.read_csv(REFERENCE / "air_sea_checkpoints.csv", dtype={"province_code": "str"})
    airports = airports[airports["kind"] == "airport"]
    rows = [row for table in (load_crossings(), airports) for row in table.to_dict("records")]
    return [
        Spot(
            code=row["id"], name_th=row["name_th"], name_en=row["name_en"], province_code=row["province_code"],
            district=row.get("district_th"), lon=row["lon"], lat=row["lat"],
        )
        for row in rows
    ]  # fmt: skip


def towns(code: str, cameras: int, name_th: str, name_en: str, rng: np.random.Generator) -> list[Town]:
    """Return towns of a province: Sa Kaeo's own, elsewhere a few invented ones."""
    if code == SA_KAEO:
        return list(_SA_KAEO_TOWNS)
    ground = grounds()[code]
    inner = ground.buffer(-0.04)  # towns keep a few kilometres from the province's edge where it is wide enough
    number = int(np.clip(2 + cameras // 60, 2, 12))
    centres = scatter(inner if not inner.is_empty else ground, number, rng)
    size_m = np.sqrt(ground.area) * 110_000
    return [
        Town(
            f"T{index + 1}", f"ชุมชนตัวอย่าง {index + 1} จ.{name_th}", f"Sample town {index + 1}, {name_en}", None,
            float(lon), float(lat), float(np.clip(size_m * rng.uniform(0.02, 0.05), 700, 5000)),
        )
        for index, (lon, lat) in enumerate(centres)
    ]  # fmt: skip


def scatter(ground: shapely.Geometry, number: int, rng: np.random.Generator) -> Floats:
    """Points anywhere on a ground, evenly: lon, lat."""
    west, south, east, north = ground.bounds

    def draw(wanted: int) -> Floats:
        return rng.uniform((west, south), (east, north), (4 * wanted, 2))

    return _drawn_inside(ground, number, draw)


def around(
    ground: shapely.Geometry, lon: float, lat: float, spread_m: float, number: int, rng: np.random.Generator
) -> Floats:
    """Points on a ground, thick around a place and thinning out: lon, lat."""
    per_lon, per_lat = metres_per_degree(lat)

    def draw(wanted: int) -> Floats:
        metres = rng.normal(0, spread_m, (2 * wanted + 8, 2)) * rng.exponential(1.0, (2 * wanted + 8, 1))
        return np.array((lon, lat)) + metres / (float(per_lon), float(per_lat))

    return _drawn_inside(ground, number, draw)


def near(
    ground: shapely.Geometry, lon: float, lat: float, number: int, rng: np.random.Generator, within_m: float
) -> Floats:
    """Points on a ground close to a place, which may itself lie just outside: lon, lat."""
    per_degree = np.array([float(metres) for metres in metres_per_degree(lat)])
    for wider in range(1, 200):  # a place in the water or on a province's coarse edge: look a little further
        ring = rng.uniform(0.15, 1, (64 * number, 1)) * within_m * wider
        angle = rng.uniform(0, 2 * np.pi, 64 * number)
        away = ring * np.stack([np.sin(angle), np.cos(angle)], axis=1) / per_degree
        points = (np.array([lon, lat]) + away).round(6)
        found: Floats = points[inside(ground, points)]
        if len(found) >= number:
            return found[:number]
    raise ValueError(f"no land of its province near {lon}, {lat}; see data/reference")


def _drawn_inside(ground: shapely.Geometry, number: int, draw: Callable[[int], Floats]) -> Floats:
    found = [np.empty((0, 2))]
    while sum(map(len, found)) < number:
        points = draw(number).round(6)
        found.append(points[inside(ground, points)])
    return np.concatenate(found)[:number]


def inside(ground: shapely.Geometry, points: Floats) -> NDArray[np.bool_]:
    """Which points (lon, lat) lie on a ground."""
    return np.asarray(shapely.contains_xy(ground, points), bool)
