"""Which column of a table is which field: the Thai and English headings in use, however they are written."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEADINGS_FILE = Path(__file__).with_suffix(".toml")

STATUS = "status"  # known, so that it can be said that it is not taken
_LONGEST = 80
_MARKS = re.compile("[\u0e47-\u0e4e]")  # tone marks and the like: the first thing lost in typing
_BRACKETS = re.compile(r"[(\[{<（]([^)\]}>）]*)[)\]}>）]")
_ZONE = re.compile(r"(?i)(?:utm|zone|โซน|32)\D{0,6}?6?(4[78])(?!\d)")


@dataclass(frozen=True)
class Match:
    """What a row of headings says: the columns of each field, best first, and what is left over."""

    columns: dict[str, list[int]]
    ignored: list[int]
    status: list[int]  # columns that claim a live status
    utm_zone: int | None

    @property
    def strength(self) -> int:
        """How many fields are named; a position counts for three, so that a title line never wins."""
        return len(self.columns) + 2 * self.has_position

    @property
    def has_position(self) -> bool:
        """Whether there is a column pair, or one column, for the position."""
        return "position" in self.columns or {"lon", "lat"} <= self.columns.keys()


def match(headings: Sequence[str]) -> Match:
    """Return which column is which field; a column serves the field that knows its heading best."""
    found: dict[str, list[tuple[int, int]]] = {}
    ignored, status = [], []
    for column, heading in enumerate(headings):
        ways = [fold(way) for way in _readings(heading)]
        hit = next((_KNOWN[way] for way in ways if way in _KNOWN), None)
        if hit is None or hit[0] == STATUS:
            ignored.append(column)
            status += [column] if hit else []
        else:
            found.setdefault(hit[0], []).append((hit[1], column))
    columns = {name: [column for _, column in sorted(ranked)] for name, ranked in found.items()}
    zones = {int(zone[1]) for heading in headings if (zone := _ZONE.search(heading))}
    return Match(columns, ignored, status, zones.pop() if len(zones) == 1 else None)


def fold(heading: str) -> str:
    """Return a heading without all that people write differently: case, marks, spaces, signs, long and short u."""
    plain = unicodedata.normalize("NFC", heading).lower().replace("ํา", "ำ").replace("ู", "ุ")
    return "".join(sign for sign in _MARKS.sub("", plain) if sign.isalnum() or "\u0e30" <= sign <= "\u0e3a")


def _readings(heading: str) -> list[str]:
    # "ละติจูด (Latitude)", "Lat / ละติจูด", "ความสูง (ม.)": whole, without brackets, in brackets, each part.
    if len(heading) > _LONGEST:
        return []  # a sentence, or data
    bare = _BRACKETS.sub(" ", heading)
    parts = re.split(r"[/\n|]", bare)
    readings = [heading, bare, *_BRACKETS.findall(heading), *parts]
    readings += [
        re.sub(r"(?i)^(?:camera|cam|cctv|กล้อง)[\s_.-]+|[\s_.-]+(?:กล้อง|cctv)$", "", way.strip())
        for way in readings
    ]
    return [re.sub(r"(?i)\s*(?:utm)?\s*(?:zone|โซน)?\s*4[78]\s*[np]?\s*$", "", way) or way for way in readings]


def _known() -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
    for name, headings in tomllib.loads(HEADINGS_FILE.read_text(encoding="utf-8")).items():
        for rank, heading in enumerate(headings):
            known.setdefault(fold(heading), (name, rank))
    return known


_KNOWN = _known()
