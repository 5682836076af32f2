"""
Which gap first: a published formula whose weights people set, and whose parts are shown beside each score.

Each part is a number from 0 to 1; the score is their weighted mean. A part nothing is known of is left out of the
mean, so that it neither raises nor lowers a gap. What people bring of the country (`data.lines.nearness`) has its
parts as soon as there is such a layer.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlmodel import col, select

from data.database import Database
from data.lines.nearness import HALF_AGE_DAYS, INCIDENT_NEAR_M, UNDATED
from data.lines.tables import PriorityFormula
from data.watch.maintenance import NAME_MOST, TEXT_MOST, said
from geo.crs import Floats
from geo.line.gaps import between

# Column of a gap and the value of it that makes half of its part: of what counts more the more there is of it,
MORE = {"length": ("length_m", 1_000.0), "incidents": ("incidents_weighed", 2.0)}
# and of what counts more the nearer it is.
NEARER = {
    "crossing": ("crossing_m", 5_000.0), "road": ("road_m", 1_000.0), "village": ("village_m", 2_000.0),
    "water": ("water_m", 1_000.0),
}  # fmt: skip
SEEN_DAYS = 30  # over which the part for time open is counted
WEIGHTS = {
    "length": 2.0, "open": 1.0, "crossing": 1.0, "road": 0.5, "village": 0.5, "water": 0.25, "incidents": 1.0,
}  # fmt: skip
PARTS = tuple(WEIGHTS)
MOST = 100.0


@dataclass(frozen=True, slots=True)
class Formula:
    """The weights that hold; `number` 0 are the ones that ship."""

    weights: dict[str, float]
    number: int = 0
    note: str = ""
    by: str = ""
    at: datetime | None = None

    def said(self, parts: Iterable[str] = PARTS) -> str:
        """In one line, for a file: which weights of which parts, of which number."""
        weighed = ((self.weights.get(part, 0.0), part) for part in parts)
        told = " + ".join(f"{weight:g} x {part}" for weight, part in weighed if weight)
        return f"({told}) / sum of the weights of the parts known; no. {self.number}"


def scores(gaps: pd.DataFrame, seen: pd.DataFrame | None, formula: Formula) -> pd.DataFrame:
    """
    Rank gaps.

    Parameters
    ----------
    gaps
        As `data.lines.border.gap_table` gives it: from_m, to_m, length_m, crossing_m; of `data.lines.nearness` the
        columns there are.
    seen
        As `data.lines.past.CoveredTime.by_stretch` gives it: shares of the time each kilometre was seen; None
        where that is not known.

    Returns
    -------
    scores
        A row a gap, in the order given: score (0-1, NaN where no part is known), and of each of `parts_of(gaps)` a
        column part_... (0-1, NaN: not known).
    """
    parts = {part: _part(part, gaps, seen) for part in parts_of(gaps)}
    table = np.stack(list(parts.values()), axis=1)
    weight = np.where(np.isnan(table), 0.0, [formula.weights.get(part, 0.0) for part in parts])
    total = weight.sum(axis=1)
    score = (np.nan_to_num(table) * weight).sum(axis=1) / np.where(total > 0, total, np.nan)
    return pd.DataFrame({"score": score, **{f"part_{part}": of for part, of in parts.items()}}, index=gaps.index)


def parts_of(gaps: pd.DataFrame) -> tuple[str, ...]:
    """Return the parts a score of these gaps has: of what nobody brought a layer there is none."""
    column = {part: name for part, (name, _) in {**MORE, **NEARER}.items()}
    return tuple(part for part in PARTS if part == "open" or column[part] in gaps)


def published() -> dict[str, str]:
    """Return how each part of a score is made, for a file."""
    return {
        **{part: f"{column} / ({column} + {half:g})" for part, (column, half) in MORE.items()},
        "open": f"share of the last {SEEN_DAYS} days that is known of in which it was not certainly seen",
        **{part: f"1 / (1 + {column} / {half:g})" for part, (column, half) in NEARER.items()},
        "incidents_weighed": f"of each within {INCIDENT_NEAR_M:g} m 0.5 ^ (days / {HALF_AGE_DAYS:g}); "
        f"{UNDATED:g} without a date",
    }


def at_least(ranked: gpd.GeoDataFrame, score: float) -> gpd.GeoDataFrame:
    """Return the gaps of this score [0-1] or a higher one, and those of unknown score."""
    return ranked[~(ranked["score"] < score)]


def _part(part: str, gaps: pd.DataFrame, seen: pd.DataFrame | None) -> Floats:
    if part == "open":
        return np.full(len(gaps), np.nan) if seen is None else _unseen(gaps, seen)
    column, half = {**MORE, **NEARER}[part]
    told = gaps[column].to_numpy(np.float64)
    return np.asarray(told / (told + half) if part in MORE else 1 / (1 + told / half))


def _unseen(gaps: pd.DataFrame, seen: pd.DataFrame) -> Floats:
    """Share of the time that is known of in which a gap's stretch was not surely seen; NaN: nothing is known."""
    edges = np.append(seen["from_m"].to_numpy(), seen["to_m"].iloc[-1])
    ends = gaps[["from_m", "to_m"]].to_numpy(np.float64)

    def over(share: "pd.Series[float]") -> Floats:
        return between(edges, share.to_numpy(), ends)[:, 0]

    known = over(1 - seen["unknown"])
    metres = ends[:, 1] - ends[:, 0]
    return np.where(known > 1e-6 * metres, 1 - over(seen["certain"]) / np.where(known > 0, known, 1.0), np.nan)


def formula(db: Database) -> Formula:
    """Return the weights that hold now."""
    with db.read() as session:
        row = session.exec(select(PriorityFormula).order_by(col(PriorityFormula.id).desc()).limit(1)).first()
    if row is None or row.id is None:
        return Formula(dict(WEIGHTS))
    told = json.loads(row.weights)
    return Formula({part: float(told.get(part, 0.0)) for part in PARTS}, row.id, row.note, row.by, row.at)


def set_formula(db: Database, weights: dict[str, float], *, note: str, by: str, at: datetime) -> int:
    """
    Let other weights hold from now on, and return their number; the ones before stay written down.

    Raises
    ------
    ValueError
        If a weight is not between 0 and 100, if all are 0, if a part is none, or the note or the name is missing.
    """
    if strange := sorted(weights.keys() - WEIGHTS.keys()):
        raise ValueError(f"a formula has the parts {', '.join(PARTS)}, not {strange[0]!r}")
    for part, weight in weights.items():
        if not 0 <= weight <= MOST:
            raise ValueError(f"the weight of {part} is from 0 to {MOST:g}, got {weight:g}")
    if not any(weights.values()):
        raise ValueError("at least one weight is above 0, or no gap comes before another")
    row = PriorityFormula(
        weights=json.dumps(weights, sort_keys=True), note=said("note", note, TEXT_MOST),
        by=said("name", by, NAME_MOST), at=at,
    )  # fmt: skip
    with db.write() as session:
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id
