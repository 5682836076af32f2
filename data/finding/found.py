"""What a search finds that is no camera: a kind of place, its name in both languages, a point to go to."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What was found."""

    POINT = "point"
    CHAINAGE = "chainage"
    PROVINCE = "province"
    CROSSING = "crossing"
    PORT = "port"  # an airport or a sea port with checks on entry
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"


class Note(StrEnum):
    """What to know of a find: the key of a sentence."""

    NONE = ""
    OUTSIDE = "outside"  # not in Thailand
    AMBIGUOUS = "ambiguous"  # no zone was named and more than one would do
    SWAPPED = "swapped"  # longitude stood before latitude, or northing before easting
    ROUGH = "rough"  # the point is only approximate


@dataclass(frozen=True)
class Found:
    """One find; lon, lat in WGS 84 [°], zoom as of web maps."""

    kind: Kind
    title_th: str
    title_en: str
    lon: float
    lat: float
    zoom: float
    note: Note = Note.NONE

    def noted(self, note: Note) -> "Found":
        """Return the same with another note."""
        return replace(self, note=note)
