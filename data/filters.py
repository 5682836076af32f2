"""
Which cameras somebody wants to see, as one small frozen value: the same on tiles, in counts and in files.

It is spelled as the query of a link, in words that do not change with the language: `province=สระแก้ว&status=down`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from data.fleet import Rows, Snapshot
from data.geography import load_border
from data.inventory import STATUS_WORDS
from data.models import Kind, Linked
from data.texts import which
from geo.crs import metres_per_degree
from geo.see.coverage import DAY, LIGHTS
from geo.see.levels import BORDER_LEVEL_PX_M
from geo.tile.tiles import Layout

BORDER_M = 2_000.0  # "at the border" is this near to the line
LONGEST_TEXT = 100
HIGHEST_LEVEL_PX_M = 100_000.0
SEARCHED = ("code", "name_th", "name_en", "subdistrict", "district")
Flags = NDArray[np.bool_]
# name in a link -> field, column of the inventory, the words there are (None: whatever the inventory holds)
_LISTS: dict[str, tuple[str, str, tuple[str, ...] | None]] = {
    "province": ("provinces", "province", None),
    "district": ("districts", "district", None),
    "agency": ("agencies", "owner", None),
    "status": ("statuses", "status", STATUS_WORDS),
    "kind": ("kinds", "kind", tuple(kind.value for kind in Kind)),
    "linked": ("linked", "linked", tuple(link.value for link in Linked)),
}


@dataclass(frozen=True)
class CameraFilter:
    """What is to be seen; an empty tuple means all. Level and light say which ground is drawn and written."""

    provinces: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    border: bool = False  # only cameras within BORDER_M of the Sa Kaeo line
    text: str = ""  # every word of it in code, name, subdistrict or district
    level_px_m: float = BORDER_LEVEL_PX_M
    light: str = DAY

    @classmethod
    def of(cls, query: Iterable[tuple[str, str]]) -> "CameraFilter":
        """
        Read the query of a link; names that are no filter's are passed over.

        Raises
        ------
        ValueError
            If a value cannot be, or names nothing there could be; the message says what can.
        """
        found: dict[str, Any] = {}
        for name, value in query:
            if name in _LISTS:
                field, _, words = _LISTS[name]
                if words and value not in words:
                    raise ValueError(f"{name}= takes {', '.join(words)}, got {value[:40]!r}")
                found[field] = (*found.get(field, ()), value)
            elif name == "border":
                found["border"] = value not in ("", "0")
            elif name == "q":
                found["text"] = " ".join(value[:LONGEST_TEXT].split())
            elif name == "level":
                found["level_px_m"] = _level(value)
            elif name == "light":
                if value not in LIGHTS:
                    raise ValueError(f"light= takes {' or '.join(LIGHTS)}, got {value[:40]!r}")
                found["light"] = value
        # one way to write each: the order and repeats of a link make no other filter
        return cls(**{name: _sorted(value) for name, value in found.items()})

    @classmethod
    def read(cls, query: str, **more: object) -> "CameraFilter":
        """Read a query as it is written, `status=down&level=125`; what `more` gives, if not None, outweighs it."""
        given = [(name, str(value)) for name, value in more.items() if value is not None]
        return cls.of([*parse_qsl(query.removeprefix("?"), keep_blank_values=True), *given])

    def query(self) -> str:
        """Return the filter as the query of a link; what is not narrowed is left out."""
        pairs = [(name, word) for name, (field, _, _) in _LISTS.items() for word in getattr(self, field)]
        pairs += [("border", "1")] if self.border else []
        pairs += [("q", self.text)] if self.text else []
        if self.level_px_m != BORDER_LEVEL_PX_M:
            pairs.append(("level", f"{self.level_px_m:g}"))
        if self.light != DAY:
            pairs.append(("light", self.light))
        return urlencode(pairs)

    def said(self) -> str:
        """Return the filter in words, for files and people who read no queries; level and light are told apart."""
        named = [(name, getattr(self, field)) for name, (field, _, _) in _LISTS.items()]
        parts = [f"{name}: {' or '.join(words)}" for name, words in named if words]
        parts += [f"within {BORDER_M / 1000:g} km of the border"] if self.border else []
        parts += [f"text: {self.text}"] if self.text else []
        return "; ".join(parts) or "all cameras"

    @property
    def still(self) -> "CameraFilter":
        """The part of it that a change of status does not touch."""
        return replace(self, statuses=(), level_px_m=BORDER_LEVEL_PX_M, light=DAY)

    @property
    def codes(self) -> frozenset[int] | None:
        """Codes of the statuses shown; None for all."""
        return frozenset(STATUS_WORDS.index(word) for word in self.statuses) or None

    @property
    def narrow(self) -> bool:
        """Whether any camera is left out whatever its status."""
        return self.still != CameraFilter()


def keep(known: Snapshot, chosen: CameraFilter) -> Flags | None:
    """Which cameras a filter lets through whatever their status, an entry a camera; None: all of them."""
    if not chosen.narrow:
        return None
    return known.kept.get(("keep", chosen.still), lambda: _keep(known, chosen.still))


def layout(known: Snapshot, chosen: CameraFilter) -> Layout:
    """Where the cameras a filter lets through lie, whatever their status."""
    flags = keep(known, chosen)
    if flags is None:
        return known.layout
    return known.kept.get(("layout", chosen.still), lambda: known.layout.only(flags))


def rows(known: Snapshot, chosen: CameraFilter) -> Rows:
    """Rows of the cameras a filter lets through now, in their order."""
    flags, codes = keep(known, chosen), chosen.codes
    shown = np.ones(len(known.ids), bool) if flags is None else flags
    if codes is not None:
        shown = shown & np.isin(known.status, list(codes))
    return np.flatnonzero(shown)


def counts(known: Snapshot, chosen: CameraFilter) -> dict[str, int]:
    """How many cameras a filter lets through have each status; unknown is there beside the others."""
    flags = keep(known, chosen)
    number = np.bincount(known.status if flags is None else known.status[flags], minlength=len(STATUS_WORDS))
    shown = chosen.statuses or STATUS_WORDS
    return {word: int(n) if word in shown else 0 for word, n in zip(STATUS_WORDS, number, strict=True)}


def _keep(known: Snapshot, chosen: CameraFilter) -> Flags:
    cameras = known.inventory
    shown = np.ones(len(cameras), bool)
    for field, column, _ in _LISTS.values():
        if column != "status" and (wanted := getattr(chosen, field)):
            shown &= cameras[column].isin(wanted).to_numpy()
    if chosen.border:
        shown &= known.kept.get("at the border", lambda: _at_border(known))
    for word in chosen.text.casefold().split():
        shown &= _said(cameras, word, shown)
    return shown


def _said(cameras: pd.DataFrame, word: str, among: Flags) -> Flags:
    """Which of some cameras say a word."""
    found = np.zeros(len(cameras), bool)
    # asking for any case takes ten times as long, and Thai has none
    any_case = word.casefold() != word.upper()
    for name in SEARCHED:
        column = cameras[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            holds = np.array([word in str(said).casefold() for said in column.cat.categories], bool)
            found |= np.append(holds, False)[column.cat.codes.to_numpy()]
        else:
            found |= which(column, lambda texts: pc.match_substring(texts, word, ignore_case=any_case), among)
    return found & among


def _at_border(known: Snapshot) -> Flags:
    line = load_border().geometry
    west, south, east, north = shapely.bounds(line)
    a_lon, a_lat = (float(v) for v in metres_per_degree((south + north) / 2))
    margin_x, margin_y = BORDER_M / a_lon, BORDER_M / a_lat
    near = np.flatnonzero(
        (known.lon > west - margin_x) & (known.lon < east + margin_x)
        & (known.lat > south - margin_y) & (known.lat < north + margin_y)
    )  # fmt: skip
    metres = np.array([a_lon, a_lat])
    flat = shapely.transform(line, lambda at: at * metres)
    points = shapely.points(np.stack([known.lon[near], known.lat[near]], axis=1) * metres)
    found = np.zeros(len(known.ids), bool)
    found[near[shapely.dwithin(points, flat, BORDER_M)]] = True
    return found


def _sorted(value: Any) -> Any:
    return tuple(sorted(set(value))) if isinstance(value, tuple) else value


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0 < level < HIGHEST_LEVEL_PX_M:
        raise ValueError(f"level= takes pixels per metre above 0, got {text[:40]!r}")
    return level


def words(known: Snapshot) -> Mapping[str, list[str]]:
    """What can be chosen from: the provinces, districts and agencies the inventory holds."""

    def listed() -> dict[str, list[str]]:
        names = {name: column for name, (_, column, fixed) in _LISTS.items() if fixed is None}
        return {name: sorted(known.inventory[column].dropna().unique()) for name, column in names.items()}

    return known.kept.get("filter words", listed)


assert {field for field, _, _ in _LISTS.values()} < {field.name for field in fields(CameraFilter)}
