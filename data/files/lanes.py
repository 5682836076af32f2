"""The lane matrix as a file: the lanes of a view, a row a lane and light, now and over a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import geopandas as gpd
import numpy as np
import pandas as pd

from data.database import Database
from data.files import formats
from data.files.about import assumed, credits_of, is_demo, iso, method
from data.fleet import Snapshot
from data.geography import checkpoints
from data.inventory import STATUS_WORDS
from data.lines.past import last_days
from data.posts.lanes import Lane, lanes
from data.posts.losing import stack
from data.posts.matrix import LANE_SHARE, NOT_SEEN, NOT_WORKING, POSSIBLE, SEEN, STATES, matrix, matrix_over
from data.posts.openings import openings_at
from geo.crs import EPSG_LONLAT
from geo.line.chainage import Line
from geo.see.coverage import LIGHTS
from geo.see.levels import Edition

SHOWN = (SEEN, NOT_WORKING, POSSIBLE, NOT_SEEN)  # states of a lane now
USUAL_DAYS, MOST_DAYS = 7, 366
EVERYTHING = "every lane"
RULE = (
    f"a lane is seen where working cameras surely see {LANE_SHARE:.0%} of its middle line at its own level, from "
    "the side it asks for; over the period: shares of the open hours of which something is known"
)


@dataclass(frozen=True)
class LaneView:
    """
    Which lanes: as the page shows them and a link spells them.

    Attributes
    ----------
    posts
        Codes of checkpoints; none: all.
    states
        Of `SHOWN`; a lane is let through that is in one of them now, by day or by night. None: all.
    days
        How many days the period has, up to now.
    """

    posts: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    days: int = USUAL_DAYS

    @classmethod
    def of(cls, query: Iterable[tuple[str, str]]) -> "LaneView":
        """Read the query of a link, `post=KH01&state=not_seen&days=7`; ValueError if a value cannot be."""
        said: dict[str, list[str]] = {"post": [], "state": [], "days": []}
        for name, text in query:
            if name in said:
                said[name] += [word.strip() for word in text.split(",") if word.strip()]
        if odd := sorted(set(said["state"]) - set(SHOWN)):
            raise ValueError(f"state= takes {', '.join(SHOWN)}, got {odd[0][:20]!r}")
        days = said["days"][-1] if said["days"] else str(USUAL_DAYS)
        if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
            raise ValueError(f"days= takes whole days from 1 to {MOST_DAYS}, got {days[:20]!r}")
        states = tuple(state for state in SHOWN if state in said["state"])
        return cls(tuple(dict.fromkeys(said["post"])), states, int(days))

    @classmethod
    def read(cls, query: str) -> "LaneView":
        """Read a query as it is written."""
        return cls.of(parse_qsl(query.removeprefix("?"), keep_blank_values=True))

    def query(self) -> str:
        """Return the view as the query of a link."""
        asked = {"post": ",".join(self.posts), "state": ",".join(self.states), "days": str(self.days)}
        return urlencode({name: text for name, text in asked.items() if text})

    def said(self) -> str:
        """Return in words which lanes are let through."""
        parts = [
            f"{what} {', '.join(some)}"
            for what, some in (("checkpoint", self.posts), ("now", self.states))
            if some
        ]
        return "; ".join(parts) or EVERYTHING

    def lets(self, drawn: Sequence[Lane], now: pd.DataFrame) -> list[Lane]:
        """Return the lanes that are let through, in their order; `now` as of `data.posts.matrix.matrix`."""
        alike = set(now[now["state"].isin(self.states)]["lane_id"])
        return [
            lane
            for lane in drawn
            if (not self.posts or lane.checkpoint in self.posts) and (not self.states or lane.id in alike)
        ]


def listed_lanes(
    db: Database, known: Snapshot, view: LaneView, *, edition: Edition, at: datetime
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """
    Return the lanes of a view, and what a file says of them.

    Returns
    -------
    lanes, facts
        A row a lane and light it asks for: where it is, what it asks for, its state now as of
        `data.posts.matrix.matrix`, its times over the period as of `matrix_over` with shares as the page shows
        them, and its middle line in the direction of travel (EPSG:4326).

    Raises
    ------
    ValueError
        If the view names a checkpoint there is not.
    """
    posts = checkpoints(db).set_index("code")
    if odd := [code for code in view.posts if code not in posts.index]:
        raise ValueError(f"no checkpoint has the code {odd[0][:20]!r}; the page of checkpoints lists them")
    every = lanes(db)
    drawn = view.lets(every, matrix(known, every))
    begin, end = last_days(at, view.days)
    now = matrix(known, drawn)
    past = matrix_over(db, known, drawn, begin, end).drop(columns=["checkpoint", "code"])
    table = now.merge(past, on=["lane_id", "light"], how="left", validate="one_to_one")
    by_id, opened = {lane.id: lane for lane in drawn}, openings_at(db, at)
    told = pd.DataFrame([_told(by_id[lane_id], posts, opened) for lane_id in table["lane_id"]], columns=_TOLD)
    camera = known.inventory["code"].astype(object)
    worst = [None if row < 0 else camera.iloc[row] for row in table["worst_row"]]
    shown = pd.concat([told, table[["light", "state", "certain", "possible", "cameras"]]], axis=1).assign(
        worst_camera=pd.Series(worst, dtype=object),
        worst_status=table["worst_status"].replace("", None),
        worst_since=pd.to_datetime(table["worst_since"], utc=True),
        period_from=begin, period_to=end, **shares(table), **{name: table[name] for name in _TIMES},
    )  # fmt: skip
    shapes = [by_id[lane_id].drawn.line for lane_id in table["lane_id"]]
    rows = gpd.GeoDataFrame(shown, geometry=gpd.GeoSeries(shapes, crs=EPSG_LONLAT), crs=EPSG_LONLAT)
    return rows, _facts(known, view, every, drawn, now, edition=edition, period=(begin, end), at=at)


_TIMES = tuple(f"{name}_s" for name in (*STATES, "closed", "undated"))
_TOLD = (
    "checkpoint", "checkpoint_th", "checkpoint_en", "opening", "opening_from", "code", "name_th", "name_en", "use",
    "facing", "level_px_m", "width_m", "length_m", "drawn_by", "drawn_at", "demo",
)  # fmt: skip


def _told(lane: Lane, posts: pd.DataFrame, opened: dict[str, Any]) -> tuple[Any, ...]:
    post, drawn, opening = posts.loc[lane.checkpoint], lane.drawn, opened[lane.checkpoint]
    return (
        lane.checkpoint, post["name_th"], post["name_en"], opening.status.value, iso(opening.from_at), drawn.code,
        drawn.name_th, drawn.name_en, str(drawn.use), str(drawn.facing), drawn.level_px_m, drawn.width_m,
        Line.of(drawn.line).length_m, lane.made_by, iso(lane.made_at), lane.demo,
    )  # fmt: skip


def shares(over: pd.DataFrame) -> dict[str, pd.Series]:
    """
    Return the shares of the open hours, as the page shows them; not a number where there are none.

    Parameters
    ----------
    over
        As `data.posts.matrix.matrix_over` gives it.

    Returns
    -------
    shares
        {seen,not_working,possible,not_seen}_share of the hours of which something is known, unknown_share of all.
    """
    judged = sum((over[f"{name}_s"] for name in SHOWN), pd.Series(0.0, over.index)).replace(0.0, np.nan)
    opened = sum((over[f"{name}_s"] for name in STATES), pd.Series(0.0, over.index)).replace(0.0, np.nan)
    return {f"{name}_share": over[f"{name}_s"] / judged for name in SHOWN} | {
        "unknown_share": over["unknown_s"] / opened
    }


def _facts(
    known: Snapshot, view: LaneView, every: Sequence[Lane], drawn: Sequence[Lane], now: pd.DataFrame,
    *, edition: Edition, period: tuple[datetime, datetime], at: datetime,
) -> dict[str, Any]:  # fmt: skip
    rows = np.unique(np.concatenate([stack(known, drawn, light).rows for light in LIGHTS]))
    by_status = np.bincount(known.status[rows], minlength=len(STATUS_WORDS))
    assumptions = (
        f"{assumed(known.inventory)}; lanes and cameras stood as they do now; undated hours count as open"
    )
    counts = {
        f"{light}_{state}": int(((now["light"] == light) & (now["state"] == state)).sum())
        for light in LIGHTS
        for state in SHOWN
    }
    return {
        "as_of": iso(known.as_of),
        "written_at": iso(at),
        "edition": edition.value,
        "levels": ", ".join(f"{level:g}" for level in sorted({lane.drawn.level_px_m for lane in drawn})) or None,
        "when": "live",
        "period_from": iso(period[0]),
        "period_to": iso(period[1]),
        "filter": view.said(),
        "filter_query": view.query(),
        "lanes": len(every),
        "lanes_listed": len(drawn),
        **counts,
        "cameras": len(rows),
        **{f"cameras_{word}": int(count) for word, count in zip(STATUS_WORDS, by_status, strict=True)},
        "method": f"{method(known.inventory)}; {RULE}",
        "assumptions": assumptions,
        "demo": is_demo(known.inventory.iloc[rows]) or any(lane.demo for lane in drawn),
        "credits": credits_of(known.inventory),
    }


def export_lanes(
    db: Database, known: Snapshot, output: Path, view: LaneView, *, edition: Edition, at: datetime
) -> dict[str, Any]:
    """
    Write the lane matrix, a row a lane and light.

    Returns
    -------
    summary
        rows, file, and the facts of `listed_lanes`.
    """
    formats.check_path(output)
    rows, facts = listed_lanes(db, known, view, edition=edition, at=at)
    written = formats.write(rows, facts, output, layer="lanes")
    return {"rows": written, **facts, "file": str(output)}
