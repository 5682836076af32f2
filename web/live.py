"""
/live: what changed on the map since its tiles were made; each map asks for it once a second.

/live/gaps.json: the stretches of a line a map draws; /live/line.json: the line itself; /live/bands.json: where
the boundary is uncertain. /live/tip/{camera}: what a map says of a camera under the pointer. The filter of a map
is the query of /live, spelled as in the links of the pages; `line=` names another line than the usual one.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.database import Database
from data.filters import CameraFilter, counts, keep
from data.fleet import Fleet, Rows, Snapshot
from data.geography import SAKAEO
from data.inventory import plain
from data.lines import border_now
from data.lines.border import LIVE, PLANNED, check_when
from data.lines.watched import WatchedLine, lines_of, no_line
from geo.tile.tiles import WORST_FIRST, runs, tile_of

KEPT = 64  # answers of one moment; maps mostly ask for the same
BROWSER_S = 3600  # stretches under their mark never change
DIGITS, LINE_DIGITS = 6, 5  # of a degree: 0.1 m for a camera, 1 m for a line
MAST_ZOOM = 24  # cameras in one tile of it, 2 m wide, hang on one mast
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SEVERITY = -np.argsort(WORST_FIRST)  # by status code; the worst is the greatest


class Answers:
    """The answers of one moment, as bytes: fifty maps a second cost little more than one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: Snapshot | None = None
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._making = asyncio.Lock()

    async def get(self, known: Snapshot, query: str, pairs: list[tuple[str, str]]) -> bytes:
        """
        Return the answer to a query.

        Raises
        ------
        ValueError
            If the query names nothing there could be.
        """
        if known is not self._known:
            self._known = known
            self._kept = OrderedDict()
        kept = self._kept  # another moment may begin while this answer is made
        if query not in kept:
            # one at a time: when a moment begins, fifty maps ask for the same at once
            async with self._making:
                if query not in kept:
                    answer = await asyncio.to_thread(self._made, known, pairs)
                    if len(kept) >= KEPT:
                        kept.popitem(last=False)
                    kept[query] = answer
        return kept[query]

    def _made(self, known: Snapshot, pairs: list[tuple[str, str]]) -> bytes:
        return news(known, pairs, line_of(self._db, known, dict(pairs)))


def line_of(db: Database, known: Snapshot, asked: Mapping[str, str]) -> WatchedLine:
    """Return the line a link names, the usual one if it names none; ValueError if there is no such line."""
    lines, name = lines_of(db, known), asked.get("line", SAKAEO)
    if name not in lines:
        raise no_line(name, lines)
    return lines[name]


def news(known: Snapshot, pairs: Iterable[tuple[str, str]], line: WatchedLine | None = None) -> bytes:
    """
    Return as JSON what a map must know: v, seq, as_of, changed, gaps, counts (by status, and in all as `shown`).

    `changed` holds [id, lon, lat, status code] of the cameras whose status changed since the tiles were made, or
    since the status number `since` where that is later, with whoever hangs on the same mast; the worst last.

    Raises
    ------
    ValueError
        If the query names nothing there could be.
    """
    pairs = list(pairs)
    chosen = CameraFilter.of(pairs)
    since = max(known.base_seq, _number(dict(pairs).get("since", "")))
    rows = _rows(known, chosen, with_mast(known, known.changed_since(since)))
    number = counts(known, chosen)
    facts = {
        "v": known.version,
        "seq": known.seq,
        "as_of": known.as_of.isoformat() if known.as_of else None,
        "changed": [
            [int(known.ids[row]), round(float(known.lon[row]), DIGITS), round(float(known.lat[row]), DIGITS),
             int(known.status[row])]
            for row in rows
        ],
        "gaps": border_now.mark(known, chosen.level_px_m, chosen.light, line),
        "counts": {**number, "shown": sum(number.values())},
    }  # fmt: skip
    return json.dumps(facts, separators=(",", ":")).encode()


def with_mast(known: Snapshot, rows: Rows) -> Rows:
    """Rows and whoever hangs at the same places, the worst last: one that came up must not hide a dead one."""
    if not len(rows):
        return rows
    layout = known.layout
    tiles = {tile_of(float(known.lon[row]), float(known.lat[row]), MAST_ZOOM) for row in rows}
    x, y = zip(*tiles, strict=True)
    found = [layout.order[first:last] for first, last in runs(layout.morton, MAST_ZOOM, x, y).tolist()]
    there = np.unique(np.concatenate([*found, rows]).astype(np.int64))
    return there[np.argsort(_SEVERITY[known.status[there]], kind="stable")]


def _rows(known: Snapshot, chosen: CameraFilter, rows: Rows) -> Rows:
    """Those of some rows a filter lets through whatever their status: what is hidden now must be heard of too."""
    flags = keep(known, chosen)
    return rows if flags is None else rows[flags[rows]]


def stretches(
    known: Snapshot, when: str, chosen: CameraFilter, line: WatchedLine | None = None
) -> list[dict[str, Any]]:
    """Return the stretches a map draws, as path, from and to [m] and band; live: those that are dark only now."""
    level, light = chosen.level_px_m, chosen.light
    if when == LIVE:
        frame = border_now.lost(known, level, light, line)
    else:
        frame = border_now.gaps(known, level, light, when, line)
    columns = (frame.geometry, frame["from_m"], frame["to_m"], frame["band"])
    return [
        {"p": _path(shape), "f": round(float(from_m)), "t": round(float(to_m)), "b": band}
        for shape, from_m, to_m, band in zip(*columns, strict=True)
    ]


def tip(known: Snapshot, row: int, now: datetime) -> dict[str, Any]:
    """Return what is said of a camera under the pointer; its status as the code tiles use."""
    camera = plain(known.inventory[["code", "name_th", "name_en"]], row)
    since = known.since[row]
    unseen = bool(np.isnat(since))
    began = None if unseen else since.astype("datetime64[s]").item().replace(tzinfo=UTC)
    since_s = None if began is None else max(0, round((now - began).total_seconds()))
    return {**camera, "status": int(known.status[row]), "since_s": since_s}


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return /live and what belongs to it."""
    answers = Answers(db)

    async def live(request: Request) -> Response:
        query = request.url.query
        try:
            content = await answers.get(fleet.now(), query, request.query_params.multi_items())
        except ValueError as error:
            return _no(error)
        return Response(content, media_type="application/json", headers=_FRESH)

    async def gaps(request: Request) -> Response:
        known, query = fleet.now(), request.query_params
        try:
            when, chosen = check_when(query.get("when")), CameraFilter.of(query.multi_items())
            line = await asyncio.to_thread(line_of, db, known, query)
        except ValueError as error:
            return _no(error)
        mark, found = await asyncio.to_thread(_marked, known, when, chosen, line)
        asked = query.get("h") in ((mark, mark.split(".")[0]) if when == PLANNED else (mark,))
        headers = _FRESH | ({"Cache-Control": f"private, max-age={BROWSER_S}"} if asked else {})
        return JSONResponse(found, headers=headers)

    async def course(request: Request) -> Response:
        query = request.query_params
        try:
            line = await asyncio.to_thread(line_of, db, fleet.now(), query)
        except ValueError as error:
            return _no(error)
        kept = {"Cache-Control": f"private, max-age={BROWSER_S}"} if query.get("h") == line.digest else {}
        return JSONResponse([{"p": _path(line.line.geometry)}], headers=_FRESH | kept)

    async def bands(request: Request) -> Response:
        line = await asyncio.to_thread(line_of, db, fleet.now(), {})
        kept = {"Cache-Control": f"private, max-age={BROWSER_S}"}
        asked = request.query_params.get("h") == line.uncertain_mark != ""
        shown = _edges(line) if request.query_params.get("edges") else _areas(line)
        return JSONResponse([{"p": one} for one in shown], headers=_FRESH | (kept if asked else {}))

    async def of_camera(request: Request) -> Response:
        known = fleet.now()
        row = known.row_of(int(request.path_params["camera"]))
        if row is None:
            return PlainTextResponse("there is no such camera\n", 404, _FRESH)
        return JSONResponse(tip(known, row, datetime.now(UTC)), headers=_FRESH)

    return [
        Route("/live", live, methods=["GET"]),
        Route("/live/gaps.json", gaps, methods=["GET"]),
        Route("/live/line.json", course, methods=["GET"]),
        Route("/live/bands.json", bands, methods=["GET"]),
        Route("/live/tip/{camera:int}", of_camera, methods=["GET"]),
    ]


def _marked(
    known: Snapshot, when: str, chosen: CameraFilter, line: WatchedLine
) -> tuple[str, list[dict[str, Any]]]:
    return border_now.mark(known, chosen.level_px_m, chosen.light, line), stretches(known, when, chosen, line)


def _areas(line: WatchedLine) -> list[list[list[list[float]]]]:
    """Where the boundary is uncertain: of each area its outline, then its holes."""
    parts = shapely.get_parts(line.uncertain) if line.uncertain is not None else []
    return [[_path(ring) for ring in (part.exterior, *part.interiors)] for part in parts]


def _edges(line: WatchedLine) -> list[list[list[float]]]:
    return [ring for area in _areas(line) for ring in area]


def _path(shape: Any) -> list[list[float]]:
    path: list[list[float]] = shapely.get_coordinates(shape).round(LINE_DIGITS).tolist()
    return path


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"since= takes a status number, got {text[:40]!r}")
    return int(text) if text else -1


def _no(error: ValueError) -> Response:
    return PlainTextResponse(f"{error}\n", 404, {"Cache-Control": "no-store"})
