"""
Positions as people write them -> WGS 84: decimal degrees, degrees-minutes-seconds, UTM; in one cell or two.

What can only be meant one way is put right and said; what could be meant two ways is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from data.cells import DIGITS, each, number, numeric
from data.provinces import provinces

WEST, SOUTH, EAST, NORTH = 97.3, 5.6, 105.7, 20.5  # Thailand, with a margin
ZONES = (47, 48)  # their seam, 102 east, runs through Sa Kaeo

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_METRES_FROM = 90_000  # smaller numbers are degrees, or wrong
_WIDEST_EASTING = 900_000
_DECIMALS = re.compile(
    r"[(\[]?\s*([-+]?\d{1,3}(?:\.\d+)?)\s*°?\s*[,;/\s]\s*([-+]?\d{1,3}(?:\.\d+)?)\s*°?\s*[)\]]?"
)
_POINT = re.compile(r"(?:srid=4326;)?\s*point\s*z?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+)?\s*\)", re.IGNORECASE)
_UTM = re.compile(
    r"(?:utm\s*)?(?:(?:zone|โซน)?\s*(\d\d)\s*([c-hj-np-x])?[\s,;:/]+)?"
    r"e?\s*([\d,]{6,9}(?:\.\d+)?)\s*m?\s*e?[\s,;/]+n?\s*([\d,]{6,9}(?:\.\d+)?)\s*m?\s*n?",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"[-+]?\d{1,3},\d{4,}")  # fewer decimals could be minutes or thousands
_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?")
_SIGNS = re.compile(r"[\s,;:/°º˚'\"′″’‘”“´`nsew-]*", re.IGNORECASE)
_WORDS = re.compile(
    r"องศา|[พฟ]?ิ?ลิปดา|เหนือ|ตะวันออก|(?:latitude|longitude|lat|long|lon|lng|deg|min|sec)(?![a-z])\.?", re.IGNORECASE
)


class Fault(StrEnum):
    """Why a row has no position."""

    NONE = ""
    MISSING = "missing"
    UNREADABLE = "unreadable"
    ZONE = "zone"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Positions:
    """Longitude and latitude of each row, good where there is no fault, and what had to be decided."""

    lon: Floats
    lat: Floats
    fault: npt.NDArray[np.object_]  # Fault
    swapped: Mask  # longitude stood where latitude belongs, or northing where easting does
    deduced: npt.NDArray[np.int64]  # UTM zone that no cell named, 0 for none
    rival: npt.NDArray[np.object_]  # column that stood in for the first one, "" for none


def locate(cells: pd.DataFrame, utm_zone: int | None = None, rivals: Sequence[str] = ()) -> Positions:
    """
    Return the position of every row.

    Parameters
    ----------
    cells
        Text columns lon, lat, position, zone, province, those there are; lon and lat rule over position.
    utm_zone
        Zone said by a heading, for rows that name none.
    rivals
        More columns of whole positions, used in their order for rows that have no good position otherwise.
    """
    found = _locate(cells, utm_zone)
    for rival in ("position", *rivals):
        bad = found.fault != Fault.NONE
        if rival in cells and bad.any():
            aside = [name for name in ("zone", "province") if name in cells]
            _stand_in(found, rival, bad, _locate(cells.loc[bad, aside].assign(position=cells[rival]), utm_zone))
    return found


def _stand_in(found: Positions, rival: str, bad: Mask, other: Positions) -> None:
    good = other.fault == Fault.NONE
    places = np.flatnonzero(bad)[good]
    for name in ("lon", "lat", "fault", "swapped", "deduced"):
        getattr(found, name)[places] = getattr(other, name)[good]
    found.rival[places] = rival


def _locate(cells: pd.DataFrame, utm_zone: int | None) -> Positions:
    lon, seen_lon = _angles(cells, "lon")
    lat, seen_lat = _angles(cells, "lat")
    zones = _zones(cells, utm_zone)
    seen = seen_lon & seen_lat
    if "position" in cells:
        seen |= _fill_from_one_cell(cells["position"], ~(seen_lon | seen_lat), lon, lat, zones)
    fault = np.full(len(cells), Fault.NONE, dtype=object)
    fault[np.isnan(lon) | np.isnan(lat)] = Fault.UNREADABLE
    fault[~seen] = Fault.MISSING
    swapped = _swap(lon, lat)
    metres = (fault == Fault.NONE) & (lon >= _METRES_FROM) & (lat >= _METRES_FROM)
    deduced = np.zeros(len(cells), dtype=np.int64)
    if metres.any():
        deduced = _to_degrees(cells, metres, lon, lat, zones)
        fault[metres & ~np.isin(zones, ZONES)] = Fault.ZONE
    inside = (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    fault[(fault == Fault.NONE) & ~inside] = Fault.OUTSIDE
    good = fault == Fault.NONE
    rival = np.full(len(cells), "", dtype=object)
    return Positions(lon, lat, fault, swapped & good, np.where(good, deduced, 0), rival)


def angle(cell: str) -> float | None:
    """Return one angle: 13.7563, 13°45'22.7"N, 13 45.378, 13 องศา 45 ลิปดา 22.7 พิลิปดา, or metres."""
    plain = cell.translate(DIGITS).strip()
    if _DECIMAL_COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    value = number(plain)
    if value is not None or "," in plain:
        return value
    read = _angle_numbers(plain)
    return _one_angle(read, plain) if read is not None and len(read) <= 3 else None


def pair(cell: str) -> tuple[float, float, int] | None:
    """Return (lon or easting, lat or northing, UTM zone or 0) from one cell; degrees stand latitude first."""
    plain = cell.translate(DIGITS).strip()
    if found := _DECIMALS.fullmatch(plain):
        return float(found[2]), float(found[1]), 0
    if found := _POINT.fullmatch(plain):
        lon, lat = number(found[1]), number(found[2])
        return None if lon is None or lat is None else (lon, lat, 0)
    if found := _UTM.fullmatch(plain):
        return float(found[3].replace(",", "")), float(found[4].replace(",", "")), int(found[1] or 0)
    return _angle_pair(plain)


def _angle_pair(plain: str) -> tuple[float, float, int] | None:
    numbers = _angle_numbers(plain)
    if numbers is None or len(numbers) not in (2, 4, 6):
        return None
    half = len(numbers) // 2
    letters = re.sub(r"[^nsew]", "", _WORDS.sub(" ", plain).lower())
    first = _one_angle(numbers[:half], letters[:1])
    second = _one_angle(numbers[half:], letters[1:2])
    if first is None or second is None or len(letters) not in (0, 2):
        return None
    return (first, second, 0) if letters[:1] in ("e", "w") else (second, first, 0)


def _angle_numbers(plain: str) -> list[str] | None:
    # A hyphen between digits parts them ("13-45-30"); only one at the start is a sign.
    plain = re.sub(r"(?<=\d)\s*[-−]\s*(?=\d)", " ", _WORDS.sub(" ", plain))
    return _NUMBER.findall(plain) if _SIGNS.fullmatch(_NUMBER.sub("", plain)) else None


def _one_angle(numbers: list[str], letters: str) -> float | None:
    values = [abs(float(text.replace("−", "-"))) for text in numbers]
    if not values or any(value >= 60 for value in values[1:]) or any(value % 1 for value in values[:-1]):
        return None
    size: float = sum(value / 60**power for power, value in enumerate(values))
    marks = set(re.findall(r"[nsew]", _WORDS.sub(" ", letters).lower()))
    if len(marks) > 1:
        return None
    return -size if numbers[0].startswith(("-", "−")) or marks & {"s", "w"} else size


def _angles(cells: pd.DataFrame, name: str) -> tuple[Floats, Mask]:
    if name not in cells:
        return np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)
    column = cells[name]
    values = numeric(column)
    seen = column.notna().to_numpy()
    values[~np.isfinite(values)] = np.nan
    rest = np.flatnonzero(seen & np.isnan(values))
    read = each(column.iloc[rest], angle)
    values[rest] = [np.nan if value is None else value for value in read]
    return values, seen


def _fill_from_one_cell(
    column: "pd.Series[str]", wanted: Mask, lon: Floats, lat: Floats, zones: npt.NDArray[np.int64]
) -> Mask:
    filled = wanted & column.notna().to_numpy()
    places = np.flatnonzero(filled)
    for place, read in zip(places, each(column.iloc[places], pair), strict=True):
        lon[place], lat[place], zone = read or (np.nan, np.nan, 0)
        zones[place] = zone or zones[place]
    return filled


def _zones(cells: pd.DataFrame, utm_zone: int | None) -> npt.NDArray[np.int64]:
    zones = np.full(len(cells), utm_zone or 0, dtype=np.int64)
    if "zone" not in cells:
        return zones
    places = np.flatnonzero(cells["zone"].notna())
    read = each(
        cells["zone"].iloc[places], lambda cell: re.search(r"(?<!\d)(?:326)?(\d\d)(?!\d)", cell.translate(DIGITS))
    )
    zones[places] = [int(found[1]) if found else -1 for found in read]
    return zones


def _swap(lon: Floats, lat: Floats) -> Mask:
    # Thai latitudes (5.6-20.5) and longitudes (97.3-105.7) share no number, so an exchange cannot be mistaken.
    degrees = (lat >= WEST) & (lat <= EAST) & (lon >= SOUTH) & (lon <= NORTH)
    metres = (lon > _WIDEST_EASTING) & (lat >= _METRES_FROM) & (lat <= _WIDEST_EASTING)
    swapped = degrees | metres
    lon[swapped], lat[swapped] = lat[swapped], lon[swapped]
    return swapped


def _to_degrees(
    cells: pd.DataFrame, metres: Mask, lon: Floats, lat: Floats, zones: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Turn metres into degrees in place; where no zone is named set the only one that fits and return it."""
    metres = metres & np.isin(zones, (0, *ZONES))
    ways = {zone: _transformer(zone).transform(lon[metres], lat[metres]) for zone in ZONES}
    deduced = np.zeros(len(lon), dtype=np.int64)
    deduced[metres] = np.where(zones[metres] == 0, _fitting_zone(cells[metres], ways), 0)
    zones[metres] = np.where(zones[metres] == 0, deduced[metres], zones[metres])
    for axis, values in enumerate((lon, lat)):
        values[metres] = np.select(
            [zones[metres] == zone for zone in ZONES], [ways[zone][axis] for zone in ZONES], np.nan
        )
    return deduced


def _fitting_zone(cells: pd.DataFrame, ways: dict[int, tuple[Floats, Floats]]) -> npt.NDArray[np.int64]:
    """Return the zone that puts each row into Thailand, or into the province it names; 0 where two or none do."""
    known = provinces()
    home = {zone: known.at(lon, lat) for zone, (lon, lat) in ways.items()}
    named = np.full(len(cells), -1)
    if "province" in cells:
        named = np.array(
            [-1 if name is None else name for name in each(cells["province"], known.named)], dtype=np.int64
        )
    fits = {zone: (place >= 0) & ((named < 0) | (place == named)) for zone, place in home.items()}
    return np.select([fits[47] & ~fits[48], fits[48] & ~fits[47]], ZONES, 0)


@lru_cache(maxsize=2)
def _transformer(zone: int) -> Transformer:
    return Transformer.from_crs(32600 + zone, 4326, always_xy=True)
