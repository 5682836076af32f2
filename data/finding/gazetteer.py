"""Names of places -> where they are: provinces, districts, border crossings, ports."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from data.cells import DIGITS
from data.finding.found import Found, Kind, Note
from data.geography import REFERENCE, load_border, load_crossings, load_provinces, load_subdistricts
from data.provinces import provinces

LEAST_SIGNS = 2  # one letter names nothing
ZOOMS = {
    Kind.PROVINCE: 9.0, Kind.CROSSING: 15.0, Kind.PORT: 14.0, Kind.DISTRICT: 11.0, Kind.SUBDISTRICT: 13.0,
}  # fmt: skip
_ORDER = {kind: place for place, kind in enumerate(ZOOMS)}
# What stands before a name, and the kinds it says.
_PREFIXES = (
    (re.compile(r"^\s*(?:จังหวัด|จ\.|changwat\b|province of\b)", re.IGNORECASE), (Kind.PROVINCE,)),
    (re.compile(r"^\s*(?:กิ่งอำเภอ|อำเภอ|อ\.|เขต|amphoe\b|district of\b)", re.IGNORECASE), (Kind.DISTRICT,)),
    (re.compile(r"^\s*(?:ตำบล|ต\.|แขวง|tambon\b)", re.IGNORECASE), (Kind.SUBDISTRICT,)),
    (
        re.compile(
            r"^\s*(?:จุดผ่านแดน(?:ถาวร)?|จุดผ่อนปรน(?:การค้า|พิเศษ)?|ด่าน(?:ตรวจคนเข้าเมือง|ศุลกากร|พรมแดน|ชายแดน)?)"
        ),
        (Kind.CROSSING, Kind.PORT),
    ),
    (re.compile(r"^\s*(?:สนามบิน|ท่าอากาศยาน|ท่าเรือ)"), (Kind.PORT,)),
    (re.compile(r"^\s*(?:บ้าน|ban\b)", re.IGNORECASE), ()),
)
_SUFFIX = re.compile(
    r"\s+(?:province|district|subdistrict|airport|port|border|crossing|checkpoint)\s*$", re.IGNORECASE
)
_EXACT, _PREFIX, _WITHIN, _NOT = range(4)


@dataclass(frozen=True)
class Place:
    """A place with the folded forms of its names, and of the names of what it lies in."""

    found: Found
    names: tuple[str, ...]
    around: str = ""


def find_places(text: str, more: Iterable[Place] = (), most: int = 10) -> list[Found]:
    """Places a text may name, best first: the whole name, its beginning, a part of it; then large before small."""
    forms, said = _forms(text)
    known = [*shipped(), *more]
    ranked = sorted(_ranked(known, forms, said, text), key=lambda hit: hit[0])
    if not ranked:
        ranked = sorted(_ranked_within(known, text), key=lambda hit: hit[0])
    found: dict[tuple[Kind, str], Found] = {}
    for _, place in ranked:
        found.setdefault((place.found.kind, place.found.title_th), place.found)
    return list(found.values())[:most]


@cache
def shipped() -> tuple[Place, ...]:
    """Every place that ships with the project."""
    return (*_provinces(), *_border_districts(), *_crossings(), *_ports())


def inventory_places(cameras: pd.DataFrame) -> tuple[Place, ...]:
    """
    Districts and subdistricts that cameras name, each in the middle of its cameras.

    Parameters
    ----------
    cameras
        Columns lon, lat, province, district, subdistrict; names may be missing.
    """
    return (
        *_grouped(cameras, Kind.DISTRICT, ["province", "district"]),
        *_grouped(cameras, Kind.SUBDISTRICT, ["province", "district", "subdistrict"]),
    )


def _grouped(cameras: pd.DataFrame, kind: Kind, keys: list[str]) -> Iterator[Place]:
    columns = {name: cameras[name].array for name in (*keys, "lon", "lat")}
    middles = pd.DataFrame(columns, copy=False).groupby(keys, observed=True)[["lon", "lat"]].median()
    for names, lon, lat in zip(middles.index, middles["lon"], middles["lat"], strict=True):
        *around, name = (_bare(str(word)) for word in names)
        title = _full_name(kind, name, around)
        found = Found(kind, title, title, float(lon), float(lat), ZOOMS[kind], Note.ROUGH)
        yield Place(found, _all_forms([name]), fold(" ".join(around)))


def _full_name(kind: Kind, name: str, around: list[str]) -> str:
    """A Thai name with what it lies in; Bangkok's parts have words of their own."""
    capital = around[0].startswith("กรุงเทพ")
    marks = ("แขวง", "เขต", "") if capital else ("ต.", "อ.", "จ.")
    parts = (name, *reversed(around))
    used = marks if kind is Kind.SUBDISTRICT else marks[1:]
    return " ".join(mark + part for mark, part in zip(used, parts, strict=True))


def _bare(name: str) -> str:
    for prefix, kinds in _PREFIXES[:3]:
        name = prefix.sub("", name) if kinds else name
    return name.strip()


def fold(name: str) -> str:
    """Return a name as it is compared: small letters, ASCII digits, no signs, one spelling of แ and ำ."""
    plain = name.translate(DIGITS).casefold().replace("เเ", "แ").replace("\u0e4d\u0e32", "\u0e33")
    return "".join(sign for sign in plain if sign.isalnum() or "\u0e30" <= sign <= "\u0e4e")


def _forms(text: str) -> tuple[tuple[str, ...], tuple[Kind, ...]]:
    """Folded forms of what was typed, as it is and without prefixes, and the kinds these say."""
    rest = _SUFFIX.sub("", text)
    forms, said = [fold(text), fold(rest)], set[Kind]()
    for prefix, kinds in _PREFIXES:
        if prefix.match(rest):
            rest = prefix.sub("", rest)
            forms.append(fold(rest))
            said.update(kinds)
    return tuple(dict.fromkeys(form for form in forms if len(form) >= LEAST_SIGNS)), tuple(said)


def _all_forms(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for name in names for form in _forms(name)[0]))


def _ranked(
    places: Iterable[Place], forms: tuple[str, ...], said: tuple[Kind, ...], text: str
) -> Iterator[tuple[tuple[int, int, int, int, str], Place]]:
    alias = -1 if fold(text).isdigit() else provinces().named(text)
    meant = str(provinces().names_th[alias]) if alias >= 0 else None
    for place in places:
        kind, title = place.found.kind, place.found.title_th
        rank = min((_rank(name, form) for name in place.names for form in forms), default=_NOT)
        if kind is Kind.PROVINCE and title == meant:
            rank = _EXACT
        if rank < _NOT:
            other = int(bool(said) and kind not in said)
            yield (other, rank, _ORDER[kind], len(title), title), place


def _ranked_within(places: Iterable[Place], text: str) -> Iterator[tuple[tuple[int, int, int, int, str], Place]]:
    """Places named by the first word that lie in what the other words name: "คลองลึก สระแก้ว"."""
    first, *rest = text.split() or [""]
    others = [_forms(word)[0][-1:] for word in rest]
    if not rest or not all(others):
        return
    forms, said = _forms(first)
    around = [place for place in places if all(word[0] in place.around for word in others)]
    yield from _ranked(around, forms, said, first)


def _rank(name: str, form: str) -> int:
    if form not in name:
        return _NOT
    if name == form:
        return _EXACT
    return _PREFIX if name.startswith(form) else _WITHIN


def _provinces() -> Iterator[Place]:
    frame = load_provinces()
    points = frame.geometry.representative_point()
    for th, en, lon, lat in zip(frame["name_th"], frame["name_en"], points.x, points.y, strict=True):
        yield Place(Found(Kind.PROVINCE, th, en, lon, lat, ZOOMS[Kind.PROVINCE]), _all_forms([th, en]))


def _border_districts() -> Iterator[Place]:
    line, frame = load_border(), load_subdistricts()
    frame = frame.assign(length=frame["to_m"] - frame["from_m"]).sort_values("length", ascending=False)
    for kind, level in ((Kind.DISTRICT, "district"), (Kind.SUBDISTRICT, "subdistrict")):
        # the longest stretch of each names its point: some touch the line twice
        for row in frame.drop_duplicates(f"{level}_th").to_dict("records"):
            lon, lat = line.point_at((row["from_m"] + row["to_m"]) / 2)
            th, en = row[f"{level}_th"], row[f"{level}_en"]
            inside = [row["district_th"]] if kind is Kind.SUBDISTRICT else []
            title = _full_name(kind, th, ["สระแก้ว", *inside])
            around = "สระแก้ว Sa Kaeo " + (f"{row['district_th']} {row['district_en']}" if inside else "")
            title_en = f"{en} {level}, Sa Kaeo"
            yield Place(
                Found(kind, title, title_en, lon, lat, ZOOMS[kind], Note.ROUGH), _all_forms([th, en]), fold(around)
            )


def _crossings() -> Iterator[Place]:
    for row in load_crossings().to_dict("records"):
        inside = " ".join(str(row[name]) for name in ("district_th", "district_en", "province_en"))
        around = f"{inside} {_province(row['province_code'])}"
        yield _checked(Kind.CROSSING, row, around)


def _ports() -> Iterator[Place]:
    table = pd.read_csv(REFERENCE / "air_sea_checkpoints.csv", dtype={"province_code": "str"})
    for row in table.to_dict("records"):
        yield _checked(Kind.PORT, row, _province(row["province_code"]), str(row["id"]))


def _checked(kind: Kind, row: Mapping[Hashable, object], around: str, *codes: str) -> Place:
    th, en = str(row["name_th"]), str(row["name_en"])
    note = Note.NONE if row["coord_certainty"] == "high" else Note.ROUGH
    found = Found(kind, th, en, float(str(row["lon"])), float(str(row["lat"])), ZOOMS[kind], note)
    # with and without what stands in brackets, and that by itself
    names = [part for name in (th, en) for part in (name, *re.split(r"\s*[()]", name)) if part.strip()]
    return Place(found, _all_forms([*names, *codes]), fold(around))


def _province(code: object) -> str:
    place = provinces().named(str(code))
    return f"{provinces().names_th[place]} {provinces().names_en[place]}" if place >= 0 else ""
