"""One cell of a camera list as a value: numbers, dates, bearings, sizes, words; None where it cannot be read."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.models import Kind, Linked

BLANK = frozenset((
    "-", "--", "---", "–", "—", ".", "..", "?", "*", "n/a", "na", "#n/a", "nan", "null", "none", "nil", "unknown",
    "undefined", "#value!", "#ref!", "#name?", "#div/0!", "ไม่มี", "ไม่มีข้อมูล", "ไม่ระบุ", "ไม่ทราบ", "ไม่พบข้อมูล",
))  # fmt: skip
DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
BUDDHIST_FROM = 2400  # a year from here on is Buddhist
BUDDHIST_YEARS = 543  # ahead of ours
COMPASS = ("n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw")

_UNIT = r"(?:mm?|px|deg(?:rees?)?|met(?:er|re)s?|pixels?|[°º˚]|มม?|เมตร|มิลลิเมตร|องศา|พิกเซล|ตัว|กล้อง|จุด|ชุด)"
_NUMBER = re.compile(
    rf"([-+−]?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|[-+−]?\d+(?:\.\d*)?|[-+−]?\.\d+)\s*{_UNIT}?\.?", re.IGNORECASE
)
_SIZE = re.compile(r"(\d{2,5})\s*(?:px|พิกเซล)?\s*[x×*хX]\s*(\d{2,5})(?!\d)", re.IGNORECASE)
_NAMED_SIZES = {
    "720p": (1280, 720), "1080p": (1920, 1080), "fullhd": (1920, 1080), "fhd": (1920, 1080),
    "1440p": (2560, 1440), "2160p": (3840, 2160), "4k": (3840, 2160), "4kuhd": (3840, 2160),
}  # fmt: skip
_THAI_WINDS = {"เหนือ": 0.0, "ตะวันออกเฉียงเหนือ": 45.0, "ตะวันออก": 90.0, "ตะวันออกเฉียงใต้": 135.0,
               "ใต้": 180.0, "ตะวันตกเฉียงใต้": 225.0, "ตะวันตก": 270.0, "ตะวันตกเฉียงเหนือ": 315.0}  # fmt: skip
_ENGLISH_WINDS = {"north": "n", "south": "s", "east": "e", "west": "w"}
# The first that occurs decides: a "speed dome" turns, a "thermal PTZ" sees heat.
_KIND_WORDS = (
    (Kind.THERMAL, ("thermal", "ความร้อน", "เทอร์มอล", "เทอมอล")),
    (Kind.FISHEYE, ("fisheye", "fish-eye", "fish eye", "panoram", "ฟิชอาย", "ตาปลา", "พาโนรามา", "360")),
    (Kind.PTZ, ("ptz", "speed dome", "speeddome", "speed-dome", "panning", "pan-tilt", "pan tilt")),
    (Kind.PTZ, ("สปีดโดม", "สปีด โดม", "ปรับมุม", "หมุน", "แพน")),
    (Kind.DOME, ("dome", "โดม")),
    (Kind.FIXED, ("fix", "bullet", "box", "turret", "anpr", "lpr", "ป้ายทะเบียน", "คงที่", "อยู่กับที่")),
    (Kind.FIXED, ("ประจำที่", "ฟิกซ์", "ฟิก", "บูลเล็ต", "บุลเล็ต", "กระบอก", "บ็อกซ์")),
)
_NOT_LINKED = ("ยังไม่", "ไม่เชื่อม", "ไม่ได้เชื่อม", "not", "no", "n", "0", "false", "ไม่", "ไม่ใช่", "unlinked", "รอ")
_LINKED = ("linked", "yes", "y", "1", "true", "connected", "เชื่อมโยง", "เชื่อม", "ใช่", "✓", "✔", "/", "แล้ว")
_MONTHS = (
    ("ม.ค.", "มกราคม", "jan"), ("ก.พ.", "กุมภาพันธ์", "feb"), ("มี.ค.", "มีนาคม", "mar"), ("เม.ย.", "เมษายน", "apr"),
    ("พ.ค.", "พฤษภาคม", "may"), ("มิ.ย.", "มิถุนายน", "jun"), ("ก.ค.", "กรกฎาคม", "jul"), ("ส.ค.", "สิงหาคม", "aug"),
    ("ก.ย.", "กันยายน", "sep"), ("ต.ค.", "ตุลาคม", "oct"), ("พ.ย.", "พฤศจิกายน", "nov"), ("ธ.ค.", "ธันวาคม", "dec"),
)  # fmt: skip


def each(column: "pd.Series[str]", read: Callable[[str], object]) -> npt.NDArray[np.object_]:
    """Return read(cell) for every cell, None for missing ones; equal cells are read once."""
    codes, uniques = pd.factorize(column)
    values = np.full(len(uniques) + 1, None, dtype=object)
    for place, cell in enumerate(plain(uniques)):
        values[place] = read(cell)
    return values[codes]


def plain(column: "pd.Series[Any] | pd.Index[Any] | npt.NDArray[Any]") -> list[Any]:
    """Return plain Python values, None where one is missing."""
    values = np.array(column, dtype=object)
    values[pd.isna(values)] = None
    return list(values.tolist())


def numeric(column: "pd.Series[str]") -> npt.NDArray[np.float64]:
    """Return plain numbers as floats, NaN for all other cells."""
    try:
        numbers = column.astype("float64")
    except ValueError:  # one cell that is no number; this way takes twice as long
        numbers = pd.to_numeric(column, errors="coerce")
    return np.array(numbers.to_numpy(dtype="float64", na_value=np.nan), dtype=np.float64)  # a copy, to be changed


def number(cell: str) -> float | None:
    """Return a number with or without its unit and Thai digits; a span such as "2.8-12 mm" is none."""
    found = _NUMBER.fullmatch(cell.translate(DIGITS).strip().lstrip("≈~"))
    return float(found[1].replace(",", "").replace("−", "-")) if found and len(found[1]) < 40 else None


def bearing(cell: str) -> float | None:
    """Return degrees from a number or a compass point in English or Thai; 360 is 0."""
    value = number(cell)
    if value is not None:
        return 0.0 if value == 360 else value
    word = cell.lower().replace("ทิศ", "").replace("-", "").replace(" ", "").strip(".")
    if word in _THAI_WINDS:
        return _THAI_WINDS[word]
    for long, short in _ENGLISH_WINDS.items():
        word = word.replace(long, short)
    return COMPASS.index(word) * 22.5 if word in COMPASS else None


def resolution(cell: str) -> tuple[int, int] | None:
    """Return (pixels_h, pixels_v); a bare count of megapixels does not say either."""
    plain = cell.translate(DIGITS).lower()
    if size := _SIZE.search(plain.replace(",", "")):
        return int(size[1]), int(size[2])
    return _NAMED_SIZES.get(re.sub(r"[\s_()-]", "", plain))


def kind(cell: str) -> Kind | None:
    """Return how the camera sees, from the words in use for it."""
    plain = unicodedata.normalize("NFC", cell).lower()
    return next((kind for kind, words in _KIND_WORDS if any(word in plain for word in words)), None)


def linked(cell: str) -> Linked | None:
    """Return whether the camera is joined to the central system."""
    plain = cell.translate(DIGITS).strip().lower().replace("_", " ")
    if any(plain == word or (len(word) > 2 and plain.startswith(word)) for word in _NOT_LINKED):
        return Linked.NOT_LINKED
    if any(plain == word or (len(word) > 3 and plain.startswith(word)) for word in _LINKED):
        return Linked.LINKED
    return None


def day(cell: str) -> date | None:
    """
    Return a day from ISO, Thai and English forms, with Buddhist or Christian year.

    A year alone is its first day: nobody knows more, and older is the careful answer.
    """
    plain = re.sub(r"(?i)พ\.?\s*ศ\.?|b\.?e\.?(?=\s*\d)|ปี|วันที่", " ", cell.translate(DIGITS)).strip()
    for place, names in enumerate(_MONTHS, 1):
        name = next((name for name in names if name in plain.lower()), None)
        if name:
            parts = re.findall(r"\d+", plain)
            return _day(parts[1], place, parts[0]) if len(parts) == 2 else _lone_month(parts, place)
    if found := re.fullmatch(r"(\d{4})", plain):
        return _day(found[1], 1, "1")
    if found := re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$", plain):
        return _day(found[1], int(found[2]), found[3])
    if found := re.match(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2}|\d{4})(?:\s.*)?$", plain):
        return _day(found[3], int(found[2]), found[1])
    return None


def _lone_month(parts: list[str], month: int) -> date | None:
    return _day(parts[0], month, "1") if len(parts) == 1 and len(parts[0]) == 4 else None


def _day(year: str, month: int, day: str) -> date | None:
    number = int(year)
    if len(year) == 2 and number >= 40:
        number += 2500  # "15/03/63": two digits are Buddhist in Thailand; below 40 nobody can tell
    if number >= BUDDHIST_FROM:
        number -= BUDDHIST_YEARS
    try:
        return date(number, month, int(day)) if number >= 1950 else None
    except ValueError:
        return None
