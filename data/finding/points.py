"""One point as people say it -> where it is: degrees, UTM, MGRS, chainage of the Sa Kaeo line."""

import math
import re
from functools import lru_cache

import mgrs
import numpy as np
from pyproj import Transformer

from data.cells import DIGITS
from data.coordinates import EAST, NORTH, SOUTH, WEST, ZONES, pair
from data.finding.found import Found, Kind, Note
from data.geography import load_border
from data.provinces import provinces
from geo.crs import EPSG_LONLAT
from geo.line.chainage import chainage

POINT_ZOOM, CHAINAGE_ZOOM = 17.0, 15.0
_METRES_FROM = 90_000.0  # smaller numbers are degrees
_EASTINGS = (100_000.0, 900_000.0)
_UTM_TO = (84.0, 9_400_000.0)  # northern end of UTM in degrees and metres
_KM = r"(?:km\.?|k\.?m\.?|ก\.?\s*ม\.?|กิโลเมตร(?:ที่)?|หลัก\s*กม\.?)"
_PLUS = re.compile(rf"{_KM}?\s*(\d{{1,4}})\s*\+\s*(\d{{1,3}}(?:\.\d{{1,3}})?)\s*(?:m\.?|ม\.?)?", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"{_KM}\s*(\d{{1,4}}(?:\.\d{{1,6}})?)|(\d{{1,4}}(?:\.\d{{1,6}})?)\s*{_KM}", re.IGNORECASE)
_MGRS = re.compile(r"(?:MGRS)?(0?[1-9]|[1-5]\d|60)([C-HJ-NP-X])([A-HJ-NP-Z][A-HJ-NP-V])((?:\d\d){0,5})")
# With four decimals a comma parts no thousands: 13,6621 102,5487
_DECIMAL_COMMAS = re.compile(r"^(\d{1,3}),(\d{4,12})[\s,;/]+(\d{1,3}),(\d{4,12})$")
# A pair of whole numbers far from Thailand is a house number or a date unless something says "degrees".
_SAYS_DEGREES = re.compile(r"[.°º˚'\"′″’”]|[nsew]|องศา|lat|lon", re.IGNORECASE)
_ZOOM_BY_DIGITS = (9.0, 11.0, 13.0, 15.0, 17.0, 17.0)  # MGRS: a square of 100 km ... 1 m
_ROUGH_BELOW_DIGITS = 3  # squares of 1 km and more


def said_point(text: str) -> list[Found]:
    """Points a text may mean, none if it is no point; at most two, where no UTM zone is named."""
    plain = _DECIMAL_COMMAS.sub(r"\1.\2 \3.\4", text.translate(DIGITS).strip())
    return _of_chainage(plain) or _of_mgrs(plain) or _of_numbers(plain)


def mgrs_of(lon: float, lat: float) -> str:
    """Return a WGS 84 position [°] as MGRS to the metre, in the groups people read: 48P TV 29123 12345."""
    plain: str = mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=5)
    return f"{plain[:-12]} {plain[-12:-10]} {plain[-10:-5]} {plain[-5:]}"


def _of_chainage(plain: str) -> list[Found]:
    if found := _PLUS.fullmatch(plain):
        at_m = 1000 * float(found[1]) + float(found[2])
    elif found := _WITH_UNIT.fullmatch(plain):
        at_m = 1000 * float(found[1] or found[2])
    else:
        return []
    line = load_border()
    if at_m > line.length_m:
        return []
    said, (lon, lat) = chainage(at_m), line.point_at(at_m)
    title_th, title_en = f"กม. {said} แนวชายแดนสระแก้ว", f"km {said}, Sa Kaeo border"
    return [Found(Kind.CHAINAGE, title_th, title_en, lon, lat, CHAINAGE_ZOOM)]


def _of_mgrs(plain: str) -> list[Found]:
    found = _MGRS.fullmatch(re.sub(r"[\s,:;/-]", "", plain).upper())
    if not found:
        return []
    zone, band, square, digits = found.groups()
    half = len(digits) // 2
    numbers = digits[:half], digits[half:]
    try:
        lat, lon = mgrs.MGRS().toLatLon(f"{int(zone)}{band}{square}{digits}")  # the middle of the square
    except mgrs.core.MGRSError:
        return []  # letters that do not occur in that zone and band
    title = " ".join(filter(None, (f"{int(zone)}{band}", square, *numbers)))
    point = _point(title, lon, lat, _ZOOM_BY_DIGITS[half])
    rough = half < _ROUGH_BELOW_DIGITS and point.note is Note.NONE
    return [point.noted(Note.ROUGH) if rough else point]


def _of_numbers(plain: str) -> list[Found]:
    try:
        read = pair(plain)
    except ValueError:  # commas without a digit, where a northing would stand
        return []
    if read is None or not all(map(math.isfinite, read)):
        return []
    first, second, zone = read
    if first >= _METRES_FROM and second >= _METRES_FROM:
        return _of_metres(first, second, zone)
    return _of_degrees(first, second, plain)


def _of_degrees(lon: float, lat: float, plain: str) -> list[Found]:
    swapped = not _in_thailand(lon, lat) and (_in_thailand(lat, lon) or (abs(lat) > 90 >= abs(lon)))
    if swapped:
        lon, lat = lat, lon
    if abs(lon) > 180 or abs(lat) > 90:
        return []
    point = _point(f"{lat:.5f}, {lon:.5f}", lon, lat, POINT_ZOOM)
    if point.note is Note.OUTSIDE:
        return [point] if _SAYS_DEGREES.search(plain) else []
    return [point.noted(Note.SWAPPED)] if swapped else [point]


def _of_metres(east_m: float, north_m: float, zone: int) -> list[Found]:
    swapped = east_m > _EASTINGS[1] >= north_m
    if swapped:
        east_m, north_m = north_m, east_m
    if not (_EASTINGS[0] <= east_m <= _EASTINGS[1] and north_m < _UTM_TO[1] and 0 <= zone <= 60):
        return []
    points = [_utm_point(z, east_m, north_m) for z in ([zone] if zone else ZONES)]
    if len(points) > 1:
        # one of the two zones is usually another country or the sea
        home = [p for p in points if provinces().at(np.array([p.lon]), np.array([p.lat]))[0] >= 0]
        points = home if len(home) == 1 else [point.noted(Note.AMBIGUOUS) for point in home or points]
    return [p.noted(Note.SWAPPED) if swapped and p.note is Note.NONE else p for p in points]


def _utm_point(zone: int, east_m: float, north_m: float) -> Found:
    lon, lat = _to_degrees(zone).transform(east_m, north_m)
    return _point(f"UTM {zone} {east_m:.0f} {north_m:.0f}", lon, lat, POINT_ZOOM)


def _point(title: str, lon: float, lat: float, zoom: float) -> Found:
    note = Note.NONE if _in_thailand(lon, lat) else Note.OUTSIDE
    return Found(Kind.POINT, title, title, float(lon), float(lat), zoom, note)


def _in_thailand(lon: float, lat: float) -> bool:
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


@lru_cache(maxsize=4)
def _to_degrees(zone: int) -> Transformer:
    return Transformer.from_crs(32600 + zone, EPSG_LONLAT, always_xy=True)
