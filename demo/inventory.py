"""`takhai demo`: an invented but plausible national inventory; the same seed invents the same country."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel, col, func, select

from data.database import Database, next_number
from data.geography import SA_KAEO, load_checkpoints, load_provinces
from data.models import INVENTORY, Agency, Camera, Linked
from data.progress import Tick
from data.sealing import split_address
from demo import agencies, lenses, places
from demo.border import border_cameras
from geo.bearing import compass_name
from geo.chainage import chainage

_BORDER_CAMERAS = 545
_CHUNK = 2_000
_WHERE = (
    ("แยกตลาด", "Market junction"), ("หน้าโรงเรียน", "School front"), ("วงเวียน", "Roundabout"),
    ("เชิงสะพาน", "Bridge foot"), ("สถานีขนส่ง", "Bus station"), ("หน้าโรงพยาบาล", "Hospital front"),
    ("ปากซอย", "Lane mouth"), ("ถนนสายหลัก", "Main road"), ("สวนสาธารณะ", "Public park"),
    ("แยกไฟแดง", "Traffic lights"),
)  # fmt: skip
_NO_ADDRESS = 0.08
_STREAMS = (("live.m3u8", 0.55), ("rtsp", 0.25), ("live.mjpg", 0.08), (None, 0.12))  # None: a still only
_SNAPSHOT = {"live.m3u8": 0.5, "rtsp": 0.4, "live.mjpg": 0.3, None: 1.0}  # share that has a still as well


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
    country = _Country(seed, port, at)
    with db.write() as session:
        real = session.exec(select(func.count()).select_from(Camera).where(col(Camera.demo).is_(False))).one()
        if real:
            raise ValueError(
                f"the database holds {real:,} cameras that are not demo; a demo country only goes into a database "
                "of its own: set TAKHAI_VAR to an empty folder"
            )
        _forget_demo(session)
        known = agencies.add(session)
        frames = []
        for frame in _provinces(country, cameras):
            _write(session, frame, country, known)
            frames.append(frame.drop(columns=["stream", "snapshot"]))
            tick(sum(map(len, frames)), cameras, "inventing cameras")
        next_number(session, INVENTORY)
    return _report(pd.concat(frames, ignore_index=True)) | {"checkpoints": load_checkpoints(db), "seed": seed}


def _forget_demo(session: Session) -> None:
    session.execute(delete(Camera))
    session.execute(delete(Agency).where(col(Agency.name_th).endswith(agencies.MARK, autoescape=True)))


def _provinces(country: _Country, total: int) -> Iterator[pd.DataFrame]:
    """Cameras of each province, all columns but the agencies' numbers; each is drawn from its own seed."""
    spots: dict[str, list[tuple[places.Spot, int]]] = {}
    rng = np.random.default_rng([country.seed, 0])
    for spot in places.spots():
        spots.setdefault(spot.province_code, []).append((spot, int(rng.integers(3, 9))))
    needed = {code: sum(number for _, number in held) for code, held in spots.items()}
    known = load_provinces().set_index("code")
    for code, number in places.share_out(total, needed).items():
        rng = np.random.default_rng([country.seed, int(code)])
        name_th, name_en = known.at[code, "name_th"], known.at[code, "name_en"]
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
    frame["name_th"] = [f"ชายแดน กม.{km} ต.{row.subdistrict} เสา {row.pole} {look}".strip() for km, look, row in rows]
    frame["name_en"] = [f"Border {km} {row.subdistrict_en}, pole {row.pole} {look}".strip() for km, look, row in rows]
    frame["place"], frame["role"] = frame["letters"], "border"
    return frame.drop(columns=["letters", "chainage_m", "pole", "subdistrict_en", "district_en"])


def _in_towns(code: str, number: int, name_th: str, name_en: str, rng: np.random.Generator) -> pd.DataFrame:
    ground = places.grounds()[code]
    held = places.towns(code, number, name_th, name_en, rng)
    weight = 1 / np.arange(1, len(held) + 1) ** 0.8
    town_of = np.sort(rng.choice(len(held), number, p=weight / weight.sum()))
    # several cameras share a pole: 2 on average
    poles = [
        places.around(ground, town.lon, town.lat, town.spread_m, (count + 1) // 2, rng)
        for town, count in zip(held, np.bincount(town_of, minlength=len(held)).tolist(), strict=True)
    ]
    frame = lenses.choose(lenses.STREET, number, rng)
    pole = np.array([rng.integers(len(poles[town])) for town in town_of], int)
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


def _kept(frame: pd.DataFrame, country: _Country, rng: np.random.Generator) -> pd.DataFrame:
    """Add who keeps each camera, how it is reached, and whether it is linked."""
    number, border = len(frame), frame["role"] == "border"
    none = rng.random(number) < np.where(border, _NO_ADDRESS / 2, _NO_ADDRESS)
    names, shares = zip(*_STREAMS, strict=True)
    stream = np.array(names, object)[rng.choice(len(names), number, p=shares)]
    has_still = rng.random(number) < np.array([_SNAPSHOT[name] for name in stream])
    frame["stream"] = np.where(none, None, stream)
    frame["snapshot"] = np.where(has_still & ~none, "still.jpg", None)
    share = rng.uniform(0.10, 0.33)  # of the province: some miss the goal of 20 %
    if border.any():  # the border is linked first, the rest of its province later
        share = np.where(border, 0.60, np.where(frame["role"] == "spot", 0.8, 0.06))
    drawn = rng.random(number)
    linked = (drawn < share) & ~none
    frame["linked"] = np.where(linked, Linked.LINKED, np.where(drawn > 0.95, Linked.UNKNOWN, Linked.NOT_LINKED))
    frame["owner"] = agencies.owners(frame, rng)
    frame["maintainer"] = agencies.maintainers(number, rng)
    frame["linker"] = np.where(linked, agencies.LINKER, None)
    age_days = rng.integers(3, 1_100, number)
    dated = rng.random(number) < 0.75
    day = country.at.date()
    frame["verified_on"] = [
        day - timedelta(days=int(age)) if known else None for age, known in zip(age_days, dated, strict=True)
    ]
    return frame


def _write(session: Session, frame: pd.DataFrame, country: _Country, known: dict[str, int]) -> None:
    rows = frame.drop(columns=["role", "place", "stream", "snapshot", "owner", "maintainer", "linker"])
    rows = rows.astype(object).where(rows.notna(), None)
    for name in ("owner", "maintainer", "linker"):
        rows[f"{name}_id"] = [known.get(agency) for agency in frame[name]]
    rows["pixels_h"] = [None if pixels is None else int(pixels) for pixels in rows["pixels_h"]]
    rows["pixels_v"] = [None if pixels is None else int(pixels) for pixels in rows["pixels_v"]]
    for name in ("stream", "snapshot"):
        split = [
            split_address(_address(code, what, country.port))
            for code, what in zip(frame["code"], frame[name], strict=True)
        ]
        rows[f"{name}_address"], rows[f"{name}_sealed"] = zip(*split, strict=True)
    rows["source"], rows["demo"], rows["updated_at"] = "demo", True, country.at
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for start in range(0, len(records), _CHUNK):
        session.execute(insert(SQLModel.metadata.tables["camera"]), records[start : start + _CHUNK])


def _address(code: str, what: object, port: int) -> str | None:
    if not isinstance(what, str):
        return None
    return f"rtsp://127.0.0.1:{port}/c/{code}" if what == "rtsp" else f"http://127.0.0.1:{port}/c/{code}/{what}"


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
