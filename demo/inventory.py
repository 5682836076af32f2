"""`takhai demo`: an invented but plausible national inventory; the same seed invents the same country."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.database import Database
from data.geography import SA_KAEO, load_checkpoints, load_provinces
from data.invented import refuse_beside_real, replace_invented
from data.models import Linked
from data.progress import Tick
from demo import agencies, ground, hookups, lanes, lenses, places, tours
from demo.border import border_cameras
from geo.bearing import compass_name
from geo.crs import Floats
from geo.line.chainage import chainage

_BORDER_CAMERAS = 545
_WHERE = (
    ("แยกตลาด", "Market junction"), ("หน้าโรงเรียน", "School front"), ("วงเวียน", "Roundabout"),
    ("เชิงสะพาน", "Bridge foot"), ("สถานีขนส่ง", "Bus station"), ("หน้าโรงพยาบาล", "Hospital front"),
    ("ปากซอย", "Lane mouth"), ("ถนนสายหลัก", "Main road"), ("สวนสาธารณะ", "Public park"),
    ("แยกไฟแดง", "Traffic lights"),
)  # fmt: skip
_NO_ADDRESS = 0.08
_STREAMS = np.array(["live.m3u8", "rtsp", "live.mjpg", None], object)  # None: a still only
_STREAM_SHARE = (0.55, 0.25, 0.08, 0.12)
_LADDER_SHARE = 0.4  # of HLS, that comes in three sizes
_STILL_SHARE = np.array([0.5, 0.4, 0.3, 1.0])  # of each kind of stream, that has a still as well


@dataclass(frozen=True)
class _Country:
    """What all provinces are invented from."""

    seed: int
    port: int
    at: datetime


def fill(db: Database, *, cameras: int, seed: int, port: int, at: datetime, tick: Tick) -> dict[str, Any]:
    """
    Fill the database with a demo country and say what it is; a demo country that is there is replaced.

    Parameters
    ----------
    cameras
        How many; at least about 2,000, so that every province and crossing has some.
    port
        Port of the simulated cameras on loopback, `demo/cameras.py`.
    at
        Time of the making.

    Raises
    ------
    ValueError
        If the database holds real cameras, or `cameras` is too few.
    """
    refuse_beside_real(db)
    country = _Country(seed, port, at)
    made = pd.concat(_provinces(country, cameras, tick), ignore_index=True)
    replace_invented(db, agencies.names(), made.drop(columns=["role", "place"]), at=at, tick=tick)
    posts = load_checkpoints(db)
    laid = ground.plant(db, seed, at=at) | tours.plant(db, at=at)
    return _report(made) | {"checkpoints": posts, "lanes": lanes.plant(db, at=at), **laid, "seed": seed}


def _provinces(country: _Country, total: int, tick: Tick) -> Iterator[pd.DataFrame]:
    """Cameras of each province, each province drawn from its own seed."""
    spots: dict[str, list[tuple[places.Spot, int]]] = {}
    rng = np.random.default_rng([country.seed, 0])
    for spot in places.spots():
        spots.setdefault(spot.province_code, []).append((spot, int(rng.integers(3, 9))))
    needed = {code: sum(number for _, number in held) for code, held in spots.items()}
    known = load_provinces().set_index("code")
    done = 0
    for code, number in places.share_out(total, needed).items():
        rng = np.random.default_rng([country.seed, int(code)])
        name_th, name_en = known.loc[code, ["name_th", "name_en"]]
        parts = [_at_spot(spot, held, rng) for spot, held in spots.get(code, [])]
        if code == SA_KAEO:
            parts.append(_at_border(min(_BORDER_CAMERAS, number * 4 // 11), rng))
        parts.append(_in_towns(code, number - sum(map(len, parts)), name_th, name_en, rng))
        frame = pd.concat(parts, ignore_index=True)
        order = frame.groupby("place", sort=False).cumcount() + 1
        frame["code"] = [
            f"{places.LETTERS[code]}-{place}-{at:04d}" for place, at in zip(frame["place"], order, strict=True)
        ]
        frame["province_code"], frame["province"] = code, name_th
        yield _kept(frame, country, rng)
        done += number
        tick(done, total, "inventing cameras")


def _at_spot(spot: places.Spot, number: int, rng: np.random.Generator) -> pd.DataFrame:
    points = places.near(places.grounds()[spot.province_code], spot.lon, spot.lat, number, rng, within_m=220)
    frame = lenses.choose(lenses.CROSSING, number, rng)
    frame["lon"], frame["lat"] = points.T
    # towards the place itself: that is where people and cars pass
    towards = np.degrees(np.arctan2(spot.lon - points[:, 0], spot.lat - points[:, 1]))
    frame["bearing_deg"] = ((towards + rng.normal(0, 15, number)) % 360).round(1) % 360
    frame = lenses.written_down(frame, rng, care=0.5)
    frame["place"], frame["district"], frame["role"] = spot.code, spot.district, "spot"
    frame["name_th"] = [f"{spot.name_th} กล้อง {at + 1}" for at in range(number)]
    frame["name_en"] = [f"{spot.name_en}, camera {at + 1}" for at in range(number)]
    return frame


def _at_border(number: int, rng: np.random.Generator) -> pd.DataFrame:
    frame = lenses.written_down(border_cameras(number, rng), rng, care=0.5)
    looks = ["" if np.isnan(bearing) else compass_name(bearing) for bearing in frame["bearing_deg"]]
    where = [chainage(at) for at in frame["chainage_m"]]
    rows = list(zip(where, looks, frame.itertuples(), strict=True))
    frame["name_th"] = [
        f"ชายแดน กม.{km} ต.{row.subdistrict} เสา {row.pole} {look}".strip() for km, look, row in rows
    ]
    frame["name_en"] = [
        f"Border {km} {row.subdistrict_en}, pole {row.pole} {look}".strip() for km, look, row in rows
    ]
    frame["place"], frame["role"] = frame["letters"], "border"
    return frame.drop(columns=["letters", "chainage_m", "pole", "subdistrict_en", "district_en"])


def _in_towns(code: str, number: int, name_th: str, name_en: str, rng: np.random.Generator) -> pd.DataFrame:
    ground = places.grounds()[code]
    held = places.towns(code, number, name_th, name_en, rng)
    weight = 1 / np.arange(1, len(held) + 1) ** 0.8
    town_of = np.sort(rng.choice(len(held), number, p=weight / weight.sum()))
    # several cameras share a pole: 2 on average
    poles = [
        _from_west(places.around(ground, town.lon, town.lat, town.spread_m, (count + 1) // 2, rng))
        for town, count in zip(held, np.bincount(town_of, minlength=len(held)).tolist(), strict=True)
    ]
    frame = lenses.choose(lenses.STREET, number, rng)
    pole = np.array([rng.integers(len(poles[town])) for town in town_of], int)
    pole = pole[np.lexsort((pole, town_of))]  # numbered along their poles: neighbours hang on one switch
    frame["lon"], frame["lat"] = np.array([poles[town][at] for town, at in zip(town_of, pole, strict=True)]).T
    frame["bearing_deg"] = rng.uniform(0, 360, number).round(1) % 360
    frame = lenses.written_down(frame, rng, care=1.0)
    frame["place"] = [held[town].letters for town in town_of]
    frame["district"] = [held[town].district for town in town_of]
    frame["role"] = "town"
    named = list(zip([held[town] for town in town_of], pole, rng.integers(len(_WHERE), size=number), strict=True))
    frame["name_th"] = [f"{_WHERE[word][0]} {at + 1} {town.name_th}" for town, at, word in named]
    frame["name_en"] = [f"{_WHERE[word][1]} {at + 1}, {town.name_en}" for town, at, word in named]
    return frame


def _from_west(points: Floats) -> Floats:
    return points[np.argsort(points[:, 0])]


def _kept(frame: pd.DataFrame, country: _Country, rng: np.random.Generator) -> pd.DataFrame:
    """Add who keeps each camera, how it is reached, and whether it is linked."""
    number, border = len(frame), frame["role"] == "border"
    none = rng.random(number) < np.where(border, _NO_ADDRESS / 2, _NO_ADDRESS)
    which = rng.choice(len(_STREAMS), number, p=_STREAM_SHARE)
    has_still = rng.random(number) < _STILL_SHARE[which]
    stream = _STREAMS[which]
    stream[(stream == "live.m3u8") & (rng.random(number) < _LADDER_SHARE)] = "master.m3u8"
    frame["stream"] = _addresses(frame["code"], _where(~none, stream), country.port)
    frame["snapshot"] = _addresses(frame["code"], _where(has_still & ~none, "still.jpg"), country.port)
    small = np.array([hookups.build_of(code).substream for code in frame["code"]])
    has_small = small & (_STREAMS[which] == "rtsp") & ~none
    frame["substream"] = _addresses(frame["code"], _where(has_small, "rtsp/sub"), country.port)
    share = np.full(number, rng.uniform(0.10, 0.33))  # of the province: some miss the goal of 20 %
    if border.any():  # the border is linked first, the rest of its province later
        share = np.where(border, 0.60, np.where(frame["role"] == "spot", 0.8, 0.06))
    drawn = rng.random(number)
    linked = (drawn < share) & ~none
    frame["linked"] = np.where(linked, Linked.LINKED, np.where(drawn > 0.95, Linked.UNKNOWN, Linked.NOT_LINKED))
    frame["owner"] = agencies.owners(frame, rng)
    frame["maintainer"] = agencies.maintainers(number, rng)
    frame["site"] = [hookups.site_of(code) for code in frame["code"]]
    frame["network"] = [hookups.network_of(code) for code in frame["code"]]
    frame["contract"] = [
        hookups.contract_of(code, keeper) for code, keeper in zip(frame["code"], frame["maintainer"], strict=True)
    ]
    frame["linker"] = _where(linked, agencies.LINKER)
    age_days = rng.integers(3, 1_100, number)
    dated = rng.random(number) < 0.75
    day = country.at.date()
    frame["verified_on"] = [
        day - timedelta(days=int(age)) if known else None for age, known in zip(age_days, dated, strict=True)
    ]
    return frame


def _where(flags: NDArray[np.bool_], value: object) -> NDArray[np.object_]:
    """Value where the flag is set, None elsewhere."""
    column = np.full(len(flags), None, object)
    column[flags] = value[flags] if isinstance(value, np.ndarray) else value
    return column


def _addresses(codes: "pd.Series[Any]", names: NDArray[np.object_], port: int) -> list[str | None]:
    return [_address(code, name, port) if name else None for code, name in zip(codes, names, strict=True)]


def _address(code: str, name: str, port: int) -> str:
    if name.startswith("rtsp"):
        return f"rtsp://127.0.0.1:{port}/c/{code}{name.removeprefix('rtsp')}"
    return f"http://127.0.0.1:{port}/c/{code}/{name}"


def _report(made: pd.DataFrame) -> dict[str, Any]:
    by_province = made["province"].value_counts()
    return {
        "demo": True,
        "cameras": len(made),
        "provinces": len(by_province),
        "by_province_top": by_province.head(8).to_dict(),
        "by_kind": made["kind"].value_counts().to_dict(),
        "agencies": int(made["owner"].nunique()),
        "border_cameras": int((made["role"] == "border").sum()),
        "crossing_and_airport_cameras": int((made["role"] == "spot").sum()),
        "bearing_unknown_share": round(float(made["bearing_deg"].isna().mean()), 3),
        "linked_share": round(float((made["linked"] == Linked.LINKED).mean()), 3),
    }
