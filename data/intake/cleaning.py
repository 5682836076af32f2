"""
Rows of text as a source says them -> values the camera table takes; the wrong is put right, left out or refused.

A row is refused only for what makes it no camera: no code, a code twice, no position, a position outside Thailand.
Any other cell that cannot be right counts as unknown, and the row is reported as repaired.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data import cells as read
from data.coordinates import EAST, NORTH, SOUTH, WEST, Fault, Positions, locate
from data.intake.addresses import address_fault
from data.intake.labels import built_codes, by_language, open_codes, open_text, tidy
from data.intake.measures import LEFT_OUT, measures
from data.intake.remarks import REPAIRED, Mask, Remarks
from data.intake.sources.record import ADDRESSES, RIVALS, Feed, RawRows
from data.models import Kind, Linked
from data.provinces import provinces

AGENCIES = ("owner", "maintainer", "linker")
KEPT_TEXTS = ("onvif_profile", "site", "network", "contract")
_TEXTS = (*AGENCIES, "name", "name_th", "name_en", "place", "district", "subdistrict", *KEPT_TEXTS)
_POSITION_FAULTS = {
    Fault.MISSING: ("a camera needs a position", "fill in latitude and longitude"),
    Fault.UNREADABLE: (
        "a position is decimal degrees, degrees-minutes-seconds or UTM metres",
        "write it as 13.6621 and 102.5487",
    ),
    Fault.ZONE: (
        "UTM metres need a zone, 47 or 48, unless only one of them fits Thailand and the province",
        "add a column Zone",
    ),
    Fault.OUTSIDE: (
        f"Thailand lies between latitude {SOUTH} and {NORTH}, longitude {WEST} and {EAST}",
        "look for lost digits, or degrees and minutes mixed up",
    ),
}


@dataclass(frozen=True)
class Cleaned:
    """The good rows of one batch, and what is to be said of the others."""

    frame: pd.DataFrame  # columns of Camera, with agency names and whole addresses in place of ids and sealed ones
    lines: pd.DataFrame  # remarks.COLUMNS
    read: int
    repaired: int

    @property
    def rejected(self) -> int:
        """Rows that were refused."""
        return self.read - len(self.frame)


@dataclass
class Cleaner:
    """Cleans the batches of one feed; remembers codes, so that the second of a pair is refused in any batch."""

    feed: Feed
    owner: str  # of rows that name none
    today: date
    agency: Callable[[str], str]  # a name -> the same for every writing of one agency
    make_key: bool = True
    _seen: dict[str, dict[str, int]] = field(default_factory=dict)  # owner -> code -> row number

    def clean(self, raw: RawRows) -> Cleaned:
        """Return what is good of some rows."""
        remarks = Remarks(raw.numbers)
        cells = tidy(raw.cells)
        self._refuse_broken(raw, remarks)
        texts = {name: open_text(cells[name], self._heading(name), remarks) for name in _TEXTS if name in cells}
        found = self._position(cells, remarks)
        frame = pd.DataFrame({"lon": found.lon, "lat": found.lat}, index=cells.index)
        frame = frame.assign(**_names(texts), **self._agencies(texts, cells.index))
        for name in ("district", "subdistrict", *KEPT_TEXTS):
            if name in texts:
                frame[name] = texts[name]
        frame["code"] = self._codes(cells, frame, remarks)
        frame = frame.assign(**measures(cells, self._heading, remarks), **self._words(cells, remarks))
        frame = frame.assign(**self._addresses(cells, remarks), **self._province(cells, found, remarks))
        self._refuse_second(frame, remarks)
        lines = remarks.lines()
        good = frame[~remarks.refused].reset_index(drop=True)
        return Cleaned(good, lines, len(cells), int((lines["outcome"] == REPAIRED).sum()))

    def _heading(self, *names: str) -> str:
        return ", ".join(dict.fromkeys(self.feed.columns[name] for name in names if name in self.feed.columns))

    def _refuse_broken(self, raw: RawRows, remarks: Remarks) -> None:
        rules = pd.Series(raw.broken, dtype="str").reindex(range(len(raw.cells)))
        for rule in rules.dropna().unique():
            remarks.reject((rules == rule).to_numpy(bool), "", rules.where(rules.isna()), rule, "correct the row")

    def _position(self, cells: pd.DataFrame, remarks: Remarks) -> Positions:
        found = locate(cells, self.feed.utm_zone, RIVALS)
        heading = self._heading("lat", "lon", "position")
        shown = _shown_position(cells)
        for fault, (rule, way_out) in _POSITION_FAULTS.items():
            remarks.reject(found.fault == fault, heading, shown, rule, way_out)
        rule = "latitude and longitude, or northing and easting, stood in each other's place"
        remarks.repair(found.swapped, heading, shown, rule, "exchange them in the list; they were exchanged here")
        for name in sorted(set(found.rival) - {""}):
            rule = f"the position cannot be right; the one of column {self._heading(name)} stands in for it"
            remarks.repair(found.rival == name, heading, shown, rule, "correct it in the list")
        for zone in np.unique(found.deduced[found.deduced > 0]):
            rule = f"no UTM zone is named; {zone} is the only one that fits"
            remarks.repair(found.deduced == zone, heading, shown, rule, "add a column Zone")
        return found

    def _agencies(self, texts: dict[str, "pd.Series[str]"], index: pd.Index) -> dict[str, "pd.Series[str]"]:
        named = {name: texts[name] for name in AGENCIES if name in texts}
        owner = named.get("owner", pd.Series([None] * len(index), index=index, dtype="str"))
        named["owner"] = owner.fillna(self.owner)
        return {
            name: pd.Series(read.each(column, self.agency), index=index, dtype="str")
            for name, column in named.items()
        }

    def _codes(self, cells: pd.DataFrame, frame: pd.DataFrame, remarks: Remarks) -> "pd.Series[str]":
        if "code" in cells:
            return open_codes(cells["code"], self._heading("code"), remarks, make_key=self.make_key)
        names = frame.get("name_th", frame.get("name_en", pd.Series([None] * len(frame), dtype="str")))
        return built_codes(names, frame["lon"], frame["lat"])

    def _words(self, cells: pd.DataFrame, remarks: Remarks) -> dict[str, Any]:
        words: dict[str, Any] = {}
        if "kind" in cells:
            rule = "a camera is fixed, ptz, dome, fisheye or thermal"
            words["kind"] = self._said(cells, "kind", read.kind, remarks, rule, Kind.FIXED)
        if "linked" in cells:
            rule = "a camera is linked to the central system or not"
            words["linked"] = self._said(cells, "linked", read.linked, remarks, rule, Linked.UNKNOWN)
        days = [name for name in ("verified_on", "installed_on") if name in cells]
        for name in days:
            rule = f"a date lies between 1950 and {self.today.isoformat()}, Christian or Buddhist year"
            values = self._said(cells, name, self._past, remarks, rule, None)
            first = words.get("verified_on", [None] * len(cells))
            words["verified_on"] = [kept or value for kept, value in zip(first, values, strict=True)]
        return {
            name: pd.Series([value and str(value) for value in values], dtype="str")
            for name, values in words.items()
        }

    def _said(
        self,
        cells: pd.DataFrame,
        name: str,
        meaning: Callable[[str], Any],
        remarks: Remarks,
        rule: str,
        otherwise: Any,
    ) -> list[Any]:
        values = read.each(cells[name], meaning)
        wrong = cells[name].notna().to_numpy() & np.array([value is None for value in values], dtype=bool)
        way_out = f"correct it in the list; it counts as {otherwise or 'unknown'} here"
        remarks.repair(wrong, self._heading(name), cells[name], rule, way_out)
        return [otherwise if value is None else value for value in values]

    def _past(self, cell: str) -> date | None:
        day = read.day(cell)
        return day if day is None or day <= self.today else None

    def _addresses(self, cells: pd.DataFrame, remarks: Remarks) -> dict[str, Any]:
        kept = {}
        for name in ADDRESSES:
            if name in cells:
                faults = np.array(read.each(cells[name], address_fault), dtype=object)
                for rule in sorted({fault for fault in faults if fault}):
                    remarks.repair(faults == rule, self._heading(name), cells[name], rule, LEFT_OUT)
                kept[name] = cells[name].where(pd.isna(faults))
        return kept

    def _province(self, cells: pd.DataFrame, found: Positions, remarks: Remarks) -> dict[str, Any]:
        known = provinces()
        place = np.full(len(cells), -1, dtype=np.int64)
        if "province" in cells:
            place = np.array(
                [-1 if at is None else at for at in read.each(cells["province"], known.named)], dtype=np.int64
            )
            wrong = cells["province"].notna().to_numpy() & (place < 0)
            rule = "a province is one of the 77, by name or two-digit code"
            way_out = "correct it in the list; it was taken from the position here"
            remarks.repair(wrong, self._heading("province"), cells["province"], rule, way_out)
        open_ = np.flatnonzero((place < 0) & (found.fault == Fault.NONE))
        place[open_] = known.at(found.lon[open_], found.lat[open_])
        return {
            "province_code": pd.Series([*known.codes, None], dtype="str").iloc[place].array,
            "province": pd.Series([*known.names_th, None], dtype="str").iloc[place].array,
        }

    def _refuse_second(self, frame: pd.DataFrame, remarks: Remarks) -> None:
        second: Mask = np.zeros(len(frame), dtype=bool)
        good = np.flatnonzero(~remarks.refused)
        numbers = remarks.numbers[good].tolist()
        keys = zip(good, *(read.plain(frame[name].iloc[good]) for name in ("owner", "code")), numbers, strict=True)
        for place, owner, code, number in keys:
            second[place] = self._seen.setdefault(owner, {}).setdefault(code, number) != number
        rule = "another row of this owner has the code"
        remarks.reject(second, self._heading("code"), frame["code"], rule, "give each camera its own")


def _names(texts: dict[str, "pd.Series[str]"]) -> dict[str, "pd.Series[str]"]:
    """Return name_th and name_en, as far as the list speaks of them; the place stands in for a missing name."""
    names: dict[str, pd.Series[str]] = {name: texts[name] for name in ("name_th", "name_en") if name in texts}
    for other in ("name", "place"):
        if other in texts:
            column = texts[other]
            if other == "place" and names:
                column = column.where(pd.concat([*names.values()], axis=1).isna().all(axis=1))
            for name, part in zip(("name_th", "name_en"), by_language(column), strict=True):
                names[name] = names[name].fillna(part) if name in names else part
    return names


def _shown_position(cells: pd.DataFrame) -> "pd.Series[str]":
    """Return what the list says of the position, for the remarks."""
    said = [cells[name] for name in ("lat", "lon", "position") if name in cells]
    if not said:
        return pd.Series([None] * len(cells), dtype="str")
    shown = said[0].fillna("")
    for more in said[1:]:
        shown = (shown + ", " + more.fillna("")).str.strip(", ")
    return shown
