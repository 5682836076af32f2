"""The stretches of a line without certain coverage, as a file whose rows add up to what it says of itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite, nan
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import geopandas as gpd
import pandas as pd

from data.database import Database
from data.files import formats
from data.files.about import about, as_of
from data.filters import CameraFilter
from data.fleet import Snapshot
from data.geography import SAKAEO
from data.lines import border_now
from data.lines.border import BANDS, LIVE, check_when, gap_table, stretches, sums, touching
from data.lines.nearness import NEAR_KINDS, Near, Places, near_to, places
from data.lines.past import covered_time, last_days
from data.lines.priority import SEEN_DAYS, at_least, formula, parts_of, scores
from data.lines.watched import WatchedLine, sakaeo, watched_line
from geo.line.chainage import chainage
from geo.see.coverage import DAY
from geo.see.levels import BORDER_LEVEL_PX_M, Edition

FINEST_M = 0.001  # a file holds every stretch, so that its lengths add up; lists on screen begin at a metre
WHOLE = "the whole line"
_ALL_SCORES = 100.0


@dataclass(frozen=True)
class GapView:
    """
    Which gaps: as a page shows them and a link spells them.

    Attributes
    ----------
    within
        Only gaps that touch this stretch of chainage, whole. [m]
    least
        Gaps of a lower priority, 0-100, are left out; one of unknown priority never is.
    near
        Only gaps so near to a road, a village or water, each kind by its name. [m]
    shortest_m
        Shorter ones are left out of the rows, never out of the sums of the line. [m]
    line
        Whose gaps; a link names it where it is not the usual one.
    """

    level_px_m: float = BORDER_LEVEL_PX_M
    edition: Edition = Edition.Y2025
    light: str = DAY
    when: str = LIVE
    within: tuple[float, float] | None = None
    least: float = 0.0
    near: Near = ()
    shortest_m: float = FINEST_M
    line: WatchedLine = field(default_factory=sakaeo)

    def __post_init__(self) -> None:
        check_when(self.when)
        if self.within and not self.within[0] < self.within[1]:
            raise ValueError(
                f"a stretch of the line runs from a lower chainage to a higher one, "
                f"got {self.within[0]:g} m to {self.within[1]:g} m"
            )
        if not 0 <= self.least <= _ALL_SCORES:
            raise ValueError(f"least= takes a score from 0 to {_ALL_SCORES:g}, got {self.least:g}")
        for kind, metres in self.near:
            if not metres > 0:
                raise ValueError(f"{kind}= takes metres above 0, got {metres:g}")

    @classmethod
    def of(
        cls, db: Database, query: Iterable[tuple[str, str]], *, edition: Edition, shortest_m: float = FINEST_M
    ) -> "GapView":
        """
        Read the query of a link; of a filter of cameras it takes level and light only: a gap belongs to no agency.

        A link without a level or a light means that of its line.

        Raises
        ------
        ValueError
            If a value cannot be, or there is no such line.
        """
        asked = list(query)
        chosen, said = CameraFilter.of(asked), dict(asked)
        ends = [_number(said[name], name) for name in ("from_m", "to_m") if name in said]
        within = (ends[0], ends[1]) if len(ends) == 2 else None
        least = _number(said.get("least", "0"), "least")
        when = said.get("when", LIVE)
        near = tuple((kind.value, _number(said[kind], kind)) for kind in NEAR_KINDS if kind in said)
        line = watched_line(db, said.get("line", SAKAEO))
        level_px_m = chosen.level_px_m if "level" in said else line.level_px_m
        light = chosen.light if "light" in said else line.light
        return cls(level_px_m, edition, light, when, within, least, near, shortest_m, line)

    @classmethod
    def read(cls, db: Database, query: str, *, edition: Edition, **more: object) -> "GapView":
        """Read a query as it is written, `level=40&from_m=0&to_m=9000`; what `more` gives outweighs it."""
        given = [(name, str(value)) for name, value in more.items() if value is not None]
        return cls.of(db, [*parse_qsl(query.removeprefix("?"), keep_blank_values=True), *given], edition=edition)

    def query(self) -> str:
        """Return the view as the query of a link."""
        asked: dict[str, object] = {} if self.line.name == SAKAEO else {"line": self.line.name}
        asked |= {"when": self.when, "level": f"{self.level_px_m:g}", "light": self.light}
        if self.within:
            asked |= {"from_m": f"{self.within[0]:g}", "to_m": f"{self.within[1]:g}"}
        if self.least:
            asked["least"] = f"{self.least:g}"
        return urlencode(asked | {kind: f"{metres:g}" for kind, metres in self.near})


def listed_gaps(
    db: Database, known: Snapshot, view: GapView, *, at: datetime
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """
    Return the gaps of a view along its line, and what a file says of them.

    Returns
    -------
    gaps, facts
        Gaps as of `data.lines.border.gap_table`, with how near they are as of `data.lines.nearness.Places.of`, and
        score and its parts as of `data.lines.priority.scores`.
        Facts of the whole line: total_m = certain_m + possible_m + open_m. Facts of the rows: stretch,
        least_score, near_to, gaps_listed, listed_open_m, listed_possible_m, listed_from_m (the shortest that is a
        row). [m]

    Raises
    ------
    ValueError
        If gaps near to something are asked for of which there is no layer.
    """
    cameras, brought = known.inventory, places(db)
    _check_near(view.near, brought)
    border = border_now.cover(known, view.level_px_m, view.light, view.line)
    gaps = gap_table(
        border, cameras, known.status, view.when, since=known.since, shortest_m=view.shortest_m,
        pillars=view.line.pillars,
    )  # fmt: skip
    held = formula(db)
    gaps = gaps.join(brought.of(gaps, at))
    gaps = gaps.join(scores(gaps, _seen(db, known, view, at), held))
    gaps = at_least(near_to(touching(gaps, view.within), view.near), view.least / _ALL_SCORES)
    gaps = gaps.reset_index(drop=True)
    facts = about(
        cameras, known.status, view.level_px_m, edition=view.edition, light=view.light, when=view.when,
        as_of=as_of(known, view.when), written_at=at,
    )  # fmt: skip
    lengths = gaps.groupby("band")["length_m"].sum()
    return gaps, {
        **facts,
        **sums(stretches(border, known.status, view.when)),
        "filter_query": view.query(),
        "stretch": _stretch(view),
        "least_score": view.least,
        "near_to": _near(view),
        "gaps_listed": len(gaps),
        **{f"listed_{band}_m": float(lengths.get(band, 0.0)) for band in BANDS[1:]},
        "listed_from_m": view.shortest_m,
        "priority": held.said(parts_of(gaps)),
        "line": view.line.name,
        "line_title": view.line.title_en,
        "line_title_th": view.line.title_th,
        "line_note": view.line.note,
        "layers": brought.said,
        "demo": facts["demo"] or brought.demo,
        "credits": "; ".join(filter(None, dict.fromkeys((view.line.credit, facts["credits"], *brought.credits)))),
    }


def export_gaps(
    db: Database, known: Snapshot, output: Path | None, view: GapView, *, at: datetime
) -> dict[str, Any]:
    """
    Write the stretches of a line without certain coverage; without `output` only work out the sums.

    Returns
    -------
    summary
        gaps (from a metre up), file, and the facts of `listed_gaps`.
    """
    if output:
        formats.check_path(output)
    gaps, facts = listed_gaps(db, known, view, at=at)
    if output:
        formats.write(gaps, facts, output, layer="gaps")
    return {"gaps": int((gaps["length_m"] >= 1).sum()), **facts, "file": str(output) if output else None}


def _seen(db: Database, known: Snapshot, view: GapView, at: datetime) -> pd.DataFrame:
    """Shares of the time the line was seen, over the same window as on screen."""
    return covered_time(db, known, view.level_px_m, *last_days(at, SEEN_DAYS), view.line).by_stretch(view.light)


def _stretch(view: GapView) -> str:
    """The stretch of a view in words."""
    return "–".join(map(chainage, view.within)) if view.within else WHOLE


def _near(view: GapView) -> str:
    """What the gaps of a view are near to, in words; empty: whatever is there."""
    return " and ".join(f"within {metres:g} m of a {kind}" for kind, metres in view.near)


def _check_near(near: Near, brought: Places) -> None:
    for kind, metres in near:
        if kind not in brought.kinds:
            raise ValueError(
                f"{kind}={metres:g} asks for gaps near a {kind}, and there is no layer of that kind; "
                f"bring one: takhai ground bring {kind} FILE"
            )


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        what = "a score from 0 to 100" if name == "least" else "metres along the border"
        what = "metres on the ground" if name in NEAR_KINDS else what
        raise ValueError(f"{name}= takes {what}, got {text[:20]!r}")
    return number
