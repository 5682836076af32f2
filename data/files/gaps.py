"""The stretches of border without certain coverage, as a file whose rows add up to what it says of itself."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import geopandas as gpd

from data.files import formats
from data.files.about import about, as_of
from data.fleet import Snapshot
from data.lines import border_now
from data.lines.border import BANDS, LIVE, gap_table, stretches, sums
from geo.line.chainage import chainage
from geo.see.coverage import DAY
from geo.see.levels import BORDER_LEVEL_PX_M, Edition

LINE = "reference line (OpenStreetMap), not a legal boundary"
FINEST_M = 0.001  # a file holds every stretch, so that its lengths add up; lists on screen begin at a metre
WHOLE = "the whole line"


@dataclass(frozen=True)
class GapView:
    """
    Which gaps: as a page shows them and a link spells them.

    Attributes
    ----------
    within
        Only gaps that touch this stretch of chainage, whole. [m]
    shortest_m
        Shorter ones are left out of the rows, never out of the sums of the line. [m]
    """

    level_px_m: float = BORDER_LEVEL_PX_M
    edition: Edition = Edition.Y2025
    light: str = DAY
    when: str = LIVE
    within: tuple[float, float] | None = None
    shortest_m: float = FINEST_M

    def __post_init__(self) -> None:
        if self.within and not self.within[0] < self.within[1]:
            raise ValueError(
                f"a stretch of the line runs from a lower chainage to a higher one, "
                f"got {self.within[0]:g} m to {self.within[1]:g} m"
            )


def listed_gaps(known: Snapshot, view: GapView, *, at: datetime) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """
    Return the gaps of a view (see `data.lines.border.gap_table`), and what a file says of them.

    Returns
    -------
    gaps, facts
        Facts of the whole line: total_m = certain_m + possible_m + open_m. Facts of the rows: stretch,
        gaps_listed, listed_open_m, listed_possible_m, listed_from_m (the shortest that is a row). [m]
    """
    cameras = known.inventory
    border = border_now.cover(known, view.level_px_m, view.light)
    gaps = gap_table(border, cameras, known.status, view.when, since=known.since, shortest_m=view.shortest_m)
    if view.within:
        gaps = gaps[(gaps["from_m"] < view.within[1]) & (gaps["to_m"] > view.within[0])].reset_index(drop=True)
    facts = about(
        cameras, known.status, view.level_px_m, edition=view.edition, light=view.light, when=view.when,
        as_of=as_of(known, view.when), written_at=at,
    )  # fmt: skip
    lengths = gaps.groupby("band")["length_m"].sum()
    return gaps, {
        **facts,
        **sums(stretches(border, known.status, view.when)),
        "stretch": _stretch(view),
        "gaps_listed": len(gaps),
        **{f"listed_{band}_m": float(lengths.get(band, 0.0)) for band in BANDS[1:]},
        "listed_from_m": view.shortest_m,
        "line": LINE,
    }


def export_gaps(known: Snapshot, output: Path | None, view: GapView, *, at: datetime) -> dict[str, Any]:
    """
    Write the stretches of the Sa Kaeo border without certain coverage; without `output` only work out the sums.

    Returns
    -------
    summary
        gaps (from a metre up), file, and the facts of `listed_gaps`.
    """
    if output:
        formats.check_path(output)
    gaps, facts = listed_gaps(known, view, at=at)
    if output:
        formats.write(gaps, facts, output, layer="gaps")
    return {"gaps": int((gaps["length_m"] >= 1).sum()), **facts, "file": str(output) if output else None}


def _stretch(view: GapView) -> str:
    """The stretch of a view in words."""
    if view.within is None:
        return WHOLE
    begin, end = view.within
    return f"{chainage(begin)}–{chainage(end) if isfinite(end) else 'end'}"
