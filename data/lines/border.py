"""
The border as the cameras see it: intervals once per geometry, bands and gaps for every change of status.

Bands: "certain" (a working camera surely sees it), "possible" (only a degraded or unknown camera, or one whose
coverage is itself only possible), "open" (nothing sees it). Down and maintenance cameras cover nothing.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from data.geography import load_crossings
from data.inventory import STATUS_WORDS, status_codes
from data.lines import pillars as pillars_of
from data.lines.places import along
from data.models import Status
from geo.crs import EPSG_LONLAT, WGS84, Floats, metres_per_degree
from geo.line.chainage import Line, chainage
from geo.line.gaps import Cells, Flags, Ints, between, intervals, runs, told_apart
from geo.see import coverage

BANDS = ("certain", "possible", "open")
PLANNED, LIVE = "planned", "live"
WHENS = (PLANNED, LIVE)
CELL_M, SHORT_CELL_M = 1_000.0, 100.0
SHORT_LINE_M = 30_000.0  # a line shorter than this has short cells
SHORTEST_GAP_M = 1.0  # shorter stretches are below what positions are known to; sums still hold them

_ACROSS_KM = 33  # cameras looked at for "nearest camera": those within about this far of the line's box


@dataclass(frozen=True, eq=False)
class LineCover:
    """
    What cameras could see of a line, whatever their status: one entry an interval.

    Attributes
    ----------
    row
        Position of the camera in the frame it was made from.
    from_m, to_m
        Chainages. [m]
    certain
        Whether the camera's coverage is certain as long as it works.
    cells
        The line cut at every end of an interval.
    """

    line: Line
    level_px_m: float
    light: str
    row: Ints
    from_m: Floats
    to_m: Floats
    certain: Flags
    cells: Cells


def cover(line: Line, cameras: pd.DataFrame, level_px_m: float, light: str = coverage.DAY) -> LineCover:
    """Cut every camera's coverage by a line: geometry only, to be kept until positions, poses or optics change."""
    near = _near(line, cameras, coverage.reach_m(cameras, level_px_m, light))
    prints = coverage.footprints(cameras.iloc[near], level_px_m, light)
    one, from_m, to_m = intervals(line, prints.geometry.to_numpy())
    certain = (prints["kind"] == coverage.CERTAIN).to_numpy(dtype=bool)[one]
    row, from_m, to_m, certain = told_apart(near[prints["row"].to_numpy()[one]], from_m, to_m, certain)
    return LineCover(
        line, float(level_px_m), light, row, from_m, to_m, certain, Cells.of(from_m, to_m, line.length_m)
    )


def _near(line: Line, cameras: pd.DataFrame, reach_m: Floats) -> Ints:
    """Cameras whose reach touches the line's box: most of a country's cameras need no polygon."""
    west, south, east, north = shapely.bounds(line.geometry)
    lon, lat = cameras["lon"].to_numpy(dtype=np.float64), cameras["lat"].to_numpy(dtype=np.float64)
    a_lon, a_lat = metres_per_degree(lat)
    x, y = reach_m / a_lon * 1.01, reach_m / a_lat * 1.01
    return np.flatnonzero((lon + x >= west) & (lon - x <= east) & (lat + y >= south) & (lat - y <= north))


def counts(cover: LineCover, status: ArrayLike, when: str) -> tuple[Ints, Ints]:
    """How many cameras see each cell of the line: certainly, and possibly only."""
    certain, possible = _seen(cover, status, when)
    return cover.cells.count(certain), cover.cells.count(possible)


def _seen(cover: LineCover, status: ArrayLike, when: str) -> tuple[Flags, Flags]:
    certain, seen = live_kind(cover.row, cover.certain, status, when)
    return certain, seen & ~certain


def check_when(text: str | None) -> str:
    """Return one of WHENS as a link spells it; raises ValueError for any other word, None too."""
    if text not in WHENS:
        raise ValueError(f"when= takes {' or '.join(WHENS[::-1])}, got {str(text)[:20]!r}")
    return text


def live_kind(row: Ints, certain: Flags, status: ArrayLike, when: str) -> tuple[Flags, Flags]:
    """
    Whether coverage of cameras (by their row) is certain, and whether it is there at all, for their status.

    The one rule of live certainty: up cameras keep theirs, degraded and unknown ones are only possible, down and
    maintenance see nothing. Planned: every camera works.
    """
    if when not in WHENS:
        raise ValueError(f"when must be planned or live, got {when!r}")
    if when == PLANNED:
        return certain, np.ones(len(row), bool)
    code = status_codes(status)[row]
    return certain & (code == status_codes(Status.UP)), ~_dark(code)


def _dark(code: NDArray[np.int8]) -> Flags:
    """Cameras that show nothing now: down, or taken out for maintenance."""
    return np.isin(code, status_codes([Status.DOWN, Status.MAINTENANCE]))


def stretches(cover: LineCover, status: ArrayLike, when: str) -> pd.DataFrame:
    """
    The whole line by band.

    Parameters
    ----------
    status
        Status of every camera of the frame `cover` was made from, as words or as codes; not used for "planned".
    when
        "planned" (as if every camera worked) or "live".

    Returns
    -------
    stretches
        from_m, to_m, band; neighbours differ in band, the first begins at 0 and the last ends at the line's end.
    """
    certain, possible = counts(cover, status, when)
    begin, end, band = runs(cover.cells.edges_m, np.where(certain > 0, 0, np.where(possible > 0, 1, 2)))
    return pd.DataFrame({"from_m": begin, "to_m": end, "band": np.asarray(BANDS, dtype=object)[band.astype(int)]})


def sums(stretches: pd.DataFrame) -> dict[str, float]:
    """Length of the whole line and of each band: total_m, certain_m, possible_m, open_m."""
    length = (stretches["to_m"] - stretches["from_m"]).groupby(stretches["band"]).sum()
    lengths = {f"{band}_m": float(length.get(band, 0.0)) for band in BANDS}
    return {"total_m": sum(lengths.values()), **lengths}


def redundancy(cover: LineCover, status: ArrayLike, when: str) -> pd.DataFrame:
    """The whole line by how many cameras see it: from_m, to_m, certain, possible (only possibly)."""
    certain, possible = counts(cover, status, when)
    begin, end, both = runs(cover.cells.edges_m, certain * (len(cover.row) + 1) + possible)
    seen, maybe = np.divmod(both.astype(np.int64), len(cover.row) + 1)
    return pd.DataFrame({"from_m": begin, "to_m": end, "certain": seen, "possible": maybe})


def cell_length_m(line: Line) -> float:
    """Length of the cells a line is drawn and shares of its time are told in."""
    return CELL_M if line.length_m >= SHORT_LINE_M else SHORT_CELL_M


def by_cell(cover: LineCover, status: ArrayLike, when: str) -> pd.DataFrame:
    """
    The line in equal cells, as the strip draws it.

    Returns
    -------
    cells
        from_m, to_m, certain_m, possible_m, open_m (metres of each band in the cell; they add up to its length),
        cameras (mean number of cameras that certainly see a place of it).
    """
    cuts = cover.cells.edges_m
    cell_m = cell_length_m(cover.line)
    edges = np.unique(np.append(np.arange(0.0, cover.line.length_m, cell_m), cover.line.length_m))
    certain, possible = counts(cover, status, when)
    masks = {
        "certain_m": certain > 0,
        "possible_m": (certain == 0) & (possible > 0),
        "open_m": certain + possible == 0,
    }
    columns = {name: between(cuts, mask, edges) for name, mask in masks.items()}
    mean = between(cuts, certain, edges) / np.diff(edges)
    return pd.DataFrame({"from_m": edges[:-1], "to_m": edges[1:], **columns, "cameras": mean})


def gap_table(
    cover: LineCover,
    cameras: pd.DataFrame,
    status: ArrayLike | None = None,
    when: str = LIVE,
    *,
    since: ArrayLike | None = None,
    shortest_m: float = SHORTEST_GAP_M,
    pillars: pd.DataFrame = pillars_of.NONE,
) -> gpd.GeoDataFrame:
    """
    The stretches without certain coverage, in the line's order, with what an officer asks about each.

    Parameters
    ----------
    cameras
        The frame `cover` was made from: lon, lat, code, status, since.
    status, since
        Taken from `cameras` unless given (the fleet is newer than the frame).
    shortest_m
        Shorter stretches are not listed; `sums` holds them. [m]
    pillars
        Boundary pillars on the line, as `data.lines.pillars.on_line` gives them.

    Returns
    -------
    gaps
        EPSG:4326; from_m, to_m, length_m, from, to ("12+340"), pillar_from, pillar_to ("" where none is), band
        ("open" or "possible"), when, light, level_px_m, the names of its middle as of `data.lines.places.places`,
        nearest_crossing, nearest_crossing_en, crossing_m, nearest_camera, nearest_status, camera_m, opened_by
        (codes of the cameras that would certainly see some of it if they worked), since (when the last of those
        failed: since then it has its present length; NaT for planned), geometry.
    """
    status = cameras["status"] if status is None else status
    since = cameras["since"] if since is None else since
    table = stretches(cover, status, when)
    table = table[(table["band"] != BANDS[0]) & (table["to_m"] - table["from_m"] >= shortest_m)].reset_index(
        drop=True
    )
    table.insert(2, "length_m", table["to_m"] - table["from_m"])
    table.insert(3, "from", [chainage(m) for m in table["from_m"]])
    table.insert(4, "to", [chainage(m) for m in table["to_m"]])
    for place, name in enumerate(pillars_of.COLUMNS, start=5):
        table.insert(place, name, pillars_of.around(pillars, table)[name])
    table["when"], table["light"], table["level_px_m"] = when, cover.light, cover.level_px_m
    lines = np.array(
        [cover.line.part(a, b) for a, b in zip(table["from_m"], table["to_m"], strict=True)], dtype=object
    )
    table = table.join(along(cover.line, table))
    table = table.join(_nearest_crossing(lines)).join(_nearest_camera(lines, cover.line, cameras, status))
    table = table.join(_opened_by(table, cover, cameras, status, since, when))
    return gpd.GeoDataFrame(table, geometry=lines, crs=EPSG_LONLAT)


def touching(gaps: gpd.GeoDataFrame, within: tuple[float, float] | None) -> gpd.GeoDataFrame:
    """Return the gaps that touch a stretch from one chainage to another [m], whole; without one all gaps."""
    return gaps[(gaps["from_m"] < within[1]) & (gaps["to_m"] > within[0])] if within else gaps


def _nearest_crossing(lines: NDArray[np.object_]) -> pd.DataFrame:
    crossings = load_crossings()
    at, metres = _nearest(lines, crossings["lon"].to_numpy(), crossings["lat"].to_numpy())
    return pd.DataFrame(
        {
            "nearest_crossing": crossings["name_th"].to_numpy()[at],
            "nearest_crossing_en": crossings["name_en"].to_numpy()[at],
            "crossing_m": metres,
        }
    )


def _nearest_camera(
    lines: NDArray[np.object_], line: Line, cameras: pd.DataFrame, status: ArrayLike
) -> pd.DataFrame:
    near = _near(line, cameras, np.full(len(cameras), _ACROSS_KM * 1000.0))
    if not len(near):
        near = np.arange(len(cameras))
    if not len(near):
        return pd.DataFrame(
            {"nearest_camera": None, "nearest_status": None, "camera_m": np.nan}, index=range(len(lines))
        )
    at, metres = _nearest(lines, cameras["lon"].to_numpy()[near], cameras["lat"].to_numpy()[near])
    words = np.asarray(STATUS_WORDS, dtype=object)[status_codes(status)[near[at]]]
    return pd.DataFrame(
        {
            "nearest_camera": cameras["code"].iloc[near[at]].to_numpy(object),
            "nearest_status": words,
            "camera_m": metres,
        }
    )


def _nearest(lines: NDArray[np.object_], lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
    """Index of the point nearest to each line, and the geodesic distance between them. [m]"""
    if not len(lines):
        return np.zeros(0, np.int64), np.zeros(0)
    # degrees of longitude shrunk to those of latitude, so that "nearest" in the tree is nearest on the ground
    middle = float(np.mean(shapely.bounds(lines)[:, [1, 3]]))
    a_lon, a_lat = metres_per_degree(middle)
    shrink = np.array([float(a_lon / a_lat), 1.0])
    points = shapely.points(np.stack([lon, lat], axis=1) * shrink)
    shrunk = shapely.transform(lines, lambda xy: xy * shrink)
    at = shapely.STRtree(points).nearest(shrunk)
    ends = shapely.get_coordinates(shapely.shortest_line(shrunk, points[at])).reshape(-1, 4) / np.tile(shrink, 2)
    _, _, metres = WGS84.inv(*ends.T)
    return at, np.asarray(metres)


def _opened_by(
    gaps: pd.DataFrame, cover: LineCover, cameras: pd.DataFrame, status: ArrayLike, since: ArrayLike, when: str
) -> pd.DataFrame:
    hidden = (
        cover.certain & _dark(status_codes(status)[cover.row]) if when == LIVE else np.zeros(len(cover.row), bool)
    )
    row, from_m, to_m = cover.row[hidden], cover.from_m[hidden], cover.to_m[hidden]
    failed = _utc(pd.Series(since, copy=False).iloc[row])
    who, times = [], []
    for begin, end in zip(gaps["from_m"], gaps["to_m"], strict=True):
        over = (from_m < end) & (to_m > begin)
        who.append(", ".join(cameras["code"].iloc[np.unique(row[over])].astype(str)))
        times.append(np.fmax.reduce(failed[over], initial=np.datetime64("NaT", "us")))  # fmax passes over NaT
    at = pd.Series(np.array(times, dtype="datetime64[us]")).dt.tz_localize("UTC")
    return pd.DataFrame({"opened_by": pd.Series(who, dtype=object), "since": at})


def _utc(times: "pd.Series[Any]") -> NDArray[np.datetime64]:
    """Times as numpy holds them, in UTC."""
    return pd.to_datetime(times, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
