"""
A line over time: how long each place of it was seen, by day and by night, and what opened and closed its gaps.

Certain: a camera that surely sees it worked, by the journal. Possible: one that may see it worked, or one had a
fault in its picture. Unknown: only cameras might have seen it of which nobody knew whether they worked.
Cameras are taken to have stood and looked as they do now: the inventory keeps no past of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.database import Database
from data.fleet import Snapshot
from data.lines import border_now
from data.lines.border import LineCover, cell_length_m
from data.lines.watched import WatchedLine
from data.watch.history import check_window
from data.watch.spans import Micros, Spans, What, micros, read
from geo.daylight import daylight, light_at
from geo.line.chainage import Line
from geo.line.gaps import Flags, Ints, between
from geo.line.hours import Watchers
from geo.see.coverage import DAY, LIGHTS

SORTS = ("certain", "possible", "unknown", "open")
_HOUR_US, _M_IN_KM = 3.6e9, 1000.0
_TO_MIN = 10


@dataclass(frozen=True, eq=False)
class Stretches:
    """Of each camera when something held, shape (cameras, k), in order, filled up at the window's end. [µs]"""

    begin: Micros
    end: Micros

    def clipped(self, begin: int, end: int) -> "Stretches":
        """Within a window. [µs]"""
        return Stretches(np.clip(self.begin, begin, end), np.clip(self.end, begin, end))


@dataclass(frozen=True, eq=False)
class Worked:
    """
    What is known of some cameras over a window, times since its begin; build it by `of`.

    Attributes
    ----------
    works
        It surely worked.
    showed
        It worked, be it with a fault in its picture.
    may
        It worked, had a fault, or nobody knows.
    """

    works: Stretches
    showed: Stretches
    may: Stretches

    @classmethod
    def of(cls, spans: dict[What, Spans], cameras: int, begin: int, end: int) -> "Worked":
        """Work it out of what the journal holds of cameras 0 to cameras - 1 over [begin, end). [µs]"""
        camera, at, over = _sweep(spans, cameras, begin, end)
        looking, kept = over[What.LOOKING], over[What.MAINTENANCE]
        known = looking & (over[What.WATCHED] | kept)
        dark = known & (kept | over[What.OUTAGES])
        showed = known & ~dark
        works = showed & ~over[What.DEGRADED]
        span = end - begin
        return cls(*(_stretches(camera, at, holds, cameras, span) for holds in (works, showed, ~dark)))


def last_days(at: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the last days, to the last ten minutes: what is added up over them changes slowly."""
    end = at.replace(second=0, microsecond=0) - timedelta(minutes=at.minute % _TO_MIN)
    return end - timedelta(days=days), end


def read_worked(connection: Connection, ids: Ints, begin: datetime, end: datetime) -> Worked:
    """Read what is known of cameras (sorted ids) over [begin, end)."""
    spans = read(connection, ids, begin, end, ids.tolist())
    return Worked.of(spans, len(ids), micros(begin), micros(end))


def covered_time(
    db: Database,
    known: Snapshot,
    level_px_m: float,
    begin: datetime,
    end: datetime,
    line: WatchedLine | None = None,
) -> "CoveredTime":
    """
    How long each place of a line, the Sa Kaeo border unless given, was seen over [begin, end), by day and night.

    Raises
    ------
    ValueError
        If the window has no time in it.
    """
    check_window(begin, end)
    covers = {light: border_now.cover(known, level_px_m, light, line) for light in LIGHTS}
    rows = border_now.watching(known, level_px_m, line)
    with db.read() as session:
        worked = read_worked(session.connection(), known.ids[rows], begin, end)
    return CoveredTime.of(covers, rows, worked, begin, end)


@dataclass(frozen=True, eq=False)
class CoveredTime:
    """
    How long each place of a line was seen over a window; build it by `covered_time`.

    Attributes
    ----------
    knots
        The clock that runs by day only, of the line's middle.
    """

    line: Line
    begin: datetime
    end: datetime
    worked: Worked
    knots: tuple[Micros, Micros]
    _sides: dict[str, "_Side"]

    @classmethod
    def of(
        cls, covers: dict[str, LineCover], rows: Ints, worked: Worked, begin: datetime, end: datetime
    ) -> "CoveredTime":
        """Join covers by day and by night with what is known of their cameras, `rows` of the inventory."""
        line = covers[DAY].line
        knots = daylight(*line.point_at(line.length_m / 2), begin, end)
        sides = {light: _Side.of(cover, rows) for light, cover in covers.items()}
        return cls(line, begin, end, worked, knots, sides)

    def by_cell(self, light: str, begin_us: int = 0, end_us: int | None = None) -> pd.DataFrame:
        """
        Time each cell of the line was seen while it was day, or night, between two times since the window's begin.

        Returns
        -------
        cells
            from_m, to_m, certain_us, possible_us, unknown_us, open_us; the last four add up to the time in which
            it was day, or night, the same in each row.
        """
        side = self._sides[light]
        end_us = self._span_us if end_us is None else end_us
        clock = [self._clock(light, part.clipped(begin_us, end_us)) for part in _parts(self.worked)]
        window_us = int(np.diff(self._time(light, np.array([begin_us, end_us])))[0])
        certain, showed, may = (
            who.covered_us(one.begin, one.end) for who, one in zip(side.who, clock, strict=True)
        )
        showed, may = np.maximum(showed, certain), np.maximum(may, certain)
        return pd.DataFrame(
            {
                "from_m": side.edges_m[:-1],
                "to_m": side.edges_m[1:],
                "certain_us": certain,
                "possible_us": showed - certain,
                "unknown_us": may - showed,
                "open_us": window_us - may,
            }
        )

    def km_hours(self, light: str, begin_us: int = 0, end_us: int | None = None) -> dict[str, float]:
        """Border kilometre-hours by `SORTS` while it was day, or night; they add up to length times hours."""
        cells = self.by_cell(light, begin_us, end_us)
        metres = cells["to_m"] - cells["from_m"]
        return {sort: float((cells[f"{sort}_us"] * metres).sum() / _HOUR_US / _M_IN_KM) for sort in SORTS}

    def by_day(self, zone: timedelta) -> pd.DataFrame:
        """
        Kilometre-hours of each day: day (a date), light, and a column for each of `SORTS`; the first and last cut.

        `zone`: by how much the days' midnights are ahead of UTC.
        """
        midnight = (self.begin + zone).replace(hour=0, minute=0, second=0, microsecond=0) - zone
        rows = []
        while midnight < self.end:
            first, last = (self._since(at) for at in (midnight, midnight + timedelta(days=1)))
            rows += [
                {"day": (midnight + zone).date(), "light": light, **self.km_hours(light, first, last)}
                for light in LIGHTS
            ]
            midnight += timedelta(days=1)
        return pd.DataFrame(rows, columns=["day", "light", *SORTS])

    def by_stretch(self, light: str) -> pd.DataFrame:
        """Shares of the time, 0-1, that each cell of the line was seen: from_m, to_m and `SORTS`."""
        cell_m = cell_length_m(self.line)
        cells = self.by_cell(light)
        edges = np.unique(np.append(np.arange(0.0, self.line.length_m, cell_m), self.line.length_m))
        cuts = np.append(cells["from_m"], self.line.length_m)
        window_us = max(1, int(cells[[f"{sort}_us" for sort in SORTS]].iloc[0].sum()))
        shares = {
            sort: between(cuts, cells[f"{sort}_us"].to_numpy(), edges) / np.diff(edges) / window_us
            for sort in SORTS
        }
        return pd.DataFrame({"from_m": edges[:-1], "to_m": edges[1:], **shares})

    @property
    def _span_us(self) -> int:
        return micros(self.end) - micros(self.begin)

    def _since(self, at: datetime) -> int:
        return min(max(micros(at) - micros(self.begin), 0), self._span_us)

    def _time(self, light: str, at_us: Micros) -> Micros:
        """Times since the window's begin on the clock that runs by day only, or by night."""
        by_day = light_at(self.knots, at_us)
        return by_day if light == DAY else at_us - by_day

    def _clock(self, light: str, part: Stretches) -> Stretches:
        return Stretches(self._time(light, part.begin), self._time(light, part.end))


def _parts(worked: Worked) -> tuple[Stretches, Stretches, Stretches]:
    return worked.works, worked.showed, worked.may


@dataclass(frozen=True, eq=False)
class _Side:
    """A line by day, or by night: its cells, and who sees them surely, or at all."""

    edges_m: NDArray[np.float64]
    who: tuple[Watchers, Watchers, Watchers]

    @classmethod
    def of(cls, cover: LineCover, rows: Ints) -> "_Side":
        camera, cells = np.searchsorted(rows, cover.row), len(cover.cells.edges_m) - 1

        def watchers(counted: Flags) -> Watchers:
            return Watchers.of(
                cover.cells.first[counted].astype(np.int64), cover.cells.last[counted].astype(np.int64),
                camera[counted].astype(np.int64), cells,
            )  # fmt: skip

        everyone = watchers(np.ones(len(cover.row), bool))
        return cls(cover.cells.edges_m, (watchers(cover.certain), everyone, everyone))


def _sweep(spans: dict[What, Spans], cameras: int, begin: int, end: int) -> tuple[Ints, Micros, dict[What, Flags]]:
    """
    Cut every camera's window wherever anything about it changes.

    Returns
    -------
    camera, at
        Of each cut; every camera has one at the window's begin, which is 0. [µs]
    over
        What held from there to the next cut of the same camera.
    """
    whose = [np.arange(cameras)]
    times = [np.zeros(cameras, np.int64)]
    steps: dict[What, list[NDArray[np.int8]]] = {what: [np.zeros(cameras, np.int8)] for what in What}
    for what in What:
        camera, first, last = _within(spans[what], cameras, begin, end, everyones=what is What.LOOKING)
        whose += [camera, camera]
        times += [first, last]
        for other in What:
            one = np.full(len(camera), 1 if other is what else 0, np.int8)
            steps[other] += [one, -one]
    camera, at = np.concatenate(whose), np.concatenate(times)
    order = np.lexsort((at, camera))
    # each camera's steps add up to nought, so none leaks into the next
    over = {what: np.cumsum(np.concatenate(parts)[order]) > 0 for what, parts in steps.items()}
    return camera[order], at[order], over


def _within(spans: Spans, cameras: int, begin: int, end: int, *, everyones: bool) -> tuple[Ints, Micros, Micros]:
    """Spans inside the window, times since its begin; those that are everyone's, once for each camera."""
    first, last = np.maximum(spans.begin, begin) - begin, np.minimum(spans.end, end) - begin
    inside = first < last
    camera, first, last = spans.camera[inside], first[inside], last[inside]
    if everyones:
        return np.repeat(np.arange(cameras), len(first)), np.tile(first, cameras), np.tile(last, cameras)
    return camera.astype(np.int64), first, last


def _stretches(camera: Ints, at: Micros, holds: Flags, cameras: int, span: int) -> Stretches:
    """Stretches in which something held, as a table."""
    until = np.append(at[1:], span)
    until[np.append(camera[1:] != camera[:-1], True)] = span  # a camera's last cut holds to the end
    holds = holds & (until > at)
    camera, at, until = camera[holds], at[holds], until[holds]
    fresh = np.ones(len(at), bool)
    fresh[1:] = (camera[1:] != camera[:-1]) | (at[1:] > until[:-1])
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(at) - 1) if len(at) else np.zeros(0, np.int64)
    camera, begins, ends = camera[fresh], at[fresh], until[last]
    count = np.bincount(camera, minlength=cameras)
    place = np.arange(len(camera)) - np.repeat(np.cumsum(count) - count, count)
    table = np.full((2, cameras, max(1, int(count.max(initial=0)))), span, np.int64)
    table[0, camera, place], table[1, camera, place] = begins, ends
    return Stretches(table[0], table[1])
