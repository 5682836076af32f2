"""
What the border strip draws, as plain frames: bands by day and night, cells with their cameras and availability.

Lengths are kilometres from the line's beginning; `ui/strip.py` draws them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from data.geography import SA_KAEO, load_border, load_crossings
from data.inventory import status_codes
from data.lines import border
from data.lines import pillars as pillars_of
from data.lines.places import places
from geo.line.chainage import Line, chainage
from ui.labels import short_name

NEAR_M = 5_000.0  # a crossing further from a line is not drawn on it
DOWN = "down"  # band of the strip only: seen when everything works, by nothing now
CODES_SHOWN = 4
_RANK = {"permanent": 0, "temporary": 1, "trade_relaxation": 2}  # whose name stays where two do not fit


@dataclass(frozen=True, eq=False)
class StripData:
    """
    What the strip draws, lengths in km.

    Attributes
    ----------
    length
        Of the whole line.
    runs
        row ("day" or "night"), a, b, band ("certain", "possible", "open", "down").
    cells
        a, b, cameras (mean number that surely see it), availability (NaN: nobody was watching), watched (False:
        there is no camera to watch), from_to, th, en (subdistrict, or province), codes (of the cameras that look
        there, those down first), since (when the last of those failed, or NaT),
        {day,night}_{certain,possible,open} (km), pillar_from, pillar_to ("" where none is).
    subdistricts
        a, b, th, en; of other lines than Sa Kaeo's the provinces.
    crossings
        a, th, en; those whose name matters most first.
    """

    length: float
    runs: pd.DataFrame
    cells: pd.DataFrame
    subdistricts: pd.DataFrame
    crossings: pd.DataFrame


def prepare(
    covers: Mapping[str, border.LineCover],
    cameras: pd.DataFrame,
    status: ArrayLike,
    when: str,
    availability: pd.DataFrame | None = None,
    since: ArrayLike | None = None,
    pillars: pd.DataFrame = pillars_of.NONE,
) -> StripData:
    """
    Gather what the strip draws.

    Parameters
    ----------
    covers
        The line's cover by "day" and by "night", at one level.
    cameras
        The frame the covers were made from: id, code, since.
    status, since
        Of each camera now, words or codes, and times.
    when
        "live" or "planned".
    availability
        As `data.watch.availability.by_camera` gives it, over the days the heat row speaks of.
    pillars
        Boundary pillars on the line, as `data.lines.pillars.on_line` gives them.
    """
    day = covers["day"]
    runs = pd.concat([_runs(cover, status, when).assign(row=row) for row, cover in covers.items()])
    cells = _cells(covers, cameras, status, when, cameras["since"] if since is None else since)
    spans = cells[["a", "b"]].mul(1000).set_axis(["from_m", "to_m"], axis=1)
    cells = cells.join(_heat(day, spans, cameras, availability)).join(pillars_of.around(pillars, spans))
    return StripData(day.line.length_m / 1000, runs, cells, _places(day.line), _crossings(day.line))


def cell_m(chosen: float, line: Line) -> tuple[float, float]:
    """From and to of the cell a click gave. [m]"""
    return chosen * 1000, min(chosen * 1000 + border.cell_length_m(line), line.length_m)


def stretch_m(dragged: ArrayLike, line: Line) -> tuple[float, float]:
    """From and to of a dragged stretch, snapped to 100 m and to the line's ends. [m]"""
    low, high = sorted(np.asarray(dragged, float) * 1000)
    return float(np.clip(np.floor(low / 100) * 100, 0, line.length_m)), float(
        np.clip(np.ceil(high / 100) * 100, 0, line.length_m)
    )


def _runs(cover: border.LineCover, status: ArrayLike, when: str) -> pd.DataFrame:
    now = border.stretches(cover, status, when)
    if when == border.LIVE:
        now = _cut(now, border.stretches(cover, status, border.PLANNED))
    return pd.DataFrame({"a": now["from_m"] / 1000, "b": now["to_m"] / 1000, "band": now["band"]})


def _cut(now: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Cut the open stretches where a camera would see if it worked: those are "down"."""
    edges = np.union1d(np.append(now["from_m"], now["to_m"].iloc[-1]), planned["from_m"])
    middle = (edges[:-1] + edges[1:]) / 2
    band = [
        frame["band"].to_numpy(dtype=object)[np.searchsorted(frame["from_m"], middle, side="right") - 1]
        for frame in (now, planned)
    ]
    band[0] = np.where((band[0] == "open") & (band[1] != "open"), DOWN, band[0])
    first = np.flatnonzero(np.r_[True, band[0][1:] != band[0][:-1]])
    return pd.DataFrame(
        {"from_m": edges[first], "to_m": np.append(edges[first[1:]], edges[-1]), "band": band[0][first]}
    )


def _cells(
    covers: Mapping[str, border.LineCover], cameras: pd.DataFrame, status: ArrayLike, when: str, since: ArrayLike
) -> pd.DataFrame:
    by = {row: border.by_cell(cover, status, when) for row, cover in covers.items()}
    day = by["day"]
    codes, times = _who(covers["day"], day, cameras, status, when, since)
    place = _places(covers["day"].line)
    at = np.clip(np.searchsorted(place["a"], (day["from_m"] + day["to_m"]) / 2000) - 1, 0, len(place) - 1)
    seen = {f"{row}_{band}": frame[f"{band}_m"] / 1000 for row, frame in by.items() for band in border.BANDS}
    return pd.DataFrame(
        {
            "a": day["from_m"] / 1000,
            "b": day["to_m"] / 1000,
            "cameras": day["cameras"],
            "from_to": [f"{chainage(a)}–{chainage(b)}" for a, b in zip(day["from_m"], day["to_m"], strict=True)],
            "th": place["th"].to_numpy()[at],
            "en": place["en"].to_numpy()[at],
            "codes": codes,
            "since": times,
            **seen,
        }
    )


def _who(
    cover: border.LineCover,
    cells: pd.DataFrame,
    cameras: pd.DataFrame,
    status: ArrayLike,
    when: str,
    since: ArrayLike,
) -> tuple[list[str], pd.Series]:
    """Codes of the cameras that look at each cell, the ones down first, and when the last of those failed."""
    code = cameras["code"].astype(str).to_numpy(dtype=object)
    dark = np.isin(status_codes(status), status_codes(["down", "maintenance"])) & (when == border.LIVE)
    at = pd.Series(pd.to_datetime(np.asarray(since, dtype=object), utc=True))
    names, times = [], []
    for rows in _rows_by_cell(cover, cells):
        rows = rows[np.argsort(~dark[rows], kind="stable")]
        more = len(rows) - CODES_SHOWN
        names.append(", ".join(code[rows[:CODES_SHOWN]]) + (f" +{more}" if more > 0 else ""))
        times.append(at.iloc[rows[dark[rows]]].max())
    return names, pd.to_datetime(pd.Series(times, dtype=object), utc=True)


def _rows_by_cell(cover: border.LineCover, cells: pd.DataFrame) -> list[NDArray[np.int64]]:
    first = np.searchsorted(cells["to_m"], cover.from_m, side="right")
    last = np.searchsorted(cells["from_m"], cover.to_m, side="left")
    row = np.repeat(cover.row, last - first)
    cell = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.empty(0, int)])
    return [np.unique(row[cell == i]) for i in range(len(cells))]


def _heat(
    cover: border.LineCover, spans: pd.DataFrame, cameras: pd.DataFrame, availability: pd.DataFrame | None
) -> pd.DataFrame:
    """Availability of the cameras that look at each cell, by watched time."""
    rows = _rows_by_cell(cover, spans)
    has = [len(row) > 0 for row in rows]
    if availability is None:
        return pd.DataFrame({"availability": np.nan, "watched": has})
    known = availability.set_index("camera_id").reindex(cameras["id"])
    watched, down = (known[name].fillna(0).to_numpy(float) for name in ("watched_s", "down_s"))
    sums = np.array([(watched[row].sum(), down[row].sum()) for row in rows])
    share = 1 - sums[:, 1] / np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
    return pd.DataFrame({"availability": share, "watched": has})


@lru_cache(maxsize=8)
def _places(line: Line) -> pd.DataFrame:
    known = places(line)
    part = "subdistrict" if line is load_border() else "province"
    return pd.DataFrame(
        {
            "a": known["from_m"] / 1000, "b": known["to_m"] / 1000,
            "th": known[f"{part}_th"], "en": known[f"{part}_en"],
        }
    )  # fmt: skip


@lru_cache(maxsize=8)
def _crossings(line: Line) -> pd.DataFrame:
    known = load_crossings()
    if line is load_border():
        known = known[known["province_code"] == SA_KAEO]
    rows = []
    for row in known.itertuples():
        at_m, off_m = line.locate(row.lon, row.lat)
        if line is load_border() or off_m <= NEAR_M:
            rows.append((at_m / 1000, *_said(row.name_th, row.name_en), _RANK.get(row.type, 9)))
    found = pd.DataFrame(rows, columns=["a", "th", "en", "rank"])
    return found.sort_values(["rank", "a"], ignore_index=True).drop(columns="rank")


def _said(thai: str, english: str) -> tuple[str, str]:
    """A crossing as people call it: the village alone."""
    inside = thai.partition("(")[2].partition("–")[0]  # a bridge carries its villages in brackets
    village = (inside or short_name(thai)).removeprefix("บ้าน")
    return village, english.split(" (")[0].removeprefix("Ban ").split("-")[0]
