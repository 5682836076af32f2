"""/exports/...: the files the command line writes, for a browser; they say in themselves how old they are."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from data.database import Database
from data.files.export import export_cameras, export_coverage, export_outages, export_uptime
from data.files.formats import FORMATS, ending_of
from data.files.gaps import FINEST_M, GapView, export_gaps
from data.files.lanes import LaneView, export_lanes
from data.files.pack import export_pack
from data.files.zones import USUAL_LEVEL_PX_M, export_zones
from data.filters import CameraFilter
from data.fleet import Fleet
from data.geography import SAKAEO
from data.lines.border import LIVE, SHORTEST_GAP_M, check_when
from data.settings import settings
from geo.see.levels import Edition

NO_SUCH = (
    f"there are cameras, coverage, gaps, lanes and zones, each as {', '.join(FORMATS)} (cameras.csv), uptime.csv, "
    "uptime.xlsx, outages.csv and evidence.zip\n"
)
_AT_ONCE = 2  # each may take a core and a few hundred megabytes for a while
_FRESH = {"Cache-Control": "no-store"}
Write = Callable[[Path], object]


class Exports:
    """Writes a file for each who asks, a few at a time; every one from one snapshot of the fleet."""

    def __init__(self, db: Database, fleet: Fleet) -> None:
        self._db = db
        self._fleet = fleet
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._kinds = {
            "cameras": self._cameras,
            "coverage": self._coverage,
            "gaps": self._gaps,
            "lanes": self._lanes,
            "zones": self._zones,
        }

    async def of_kind(self, request: Request) -> Response:
        """Answer /exports/{what}.{ending}."""
        what, _, rest = f"{request.path_params['what']}.{request.path_params['ending']}".partition(".")
        ending = f".{rest}"  # of two parts for a Shapefile
        if what not in self._kinds or ending not in FORMATS:
            return PlainTextResponse(NO_SUCH, 404)
        try:
            name, write = await asyncio.to_thread(self._kinds[what], request.query_params)
        except ValueError as error:
            return _refused(error)
        return await self._written(f"takhai-{name}{ending}", write)

    async def evidence(self, request: Request) -> Response:
        """Answer /exports/evidence.zip: with every gap however short, so that they add up."""
        try:
            view = await asyncio.to_thread(self._view, request.query_params, FINEST_M)
            known = self._fleet.now()
        except ValueError as error:
            return _refused(error)
        return await self._written(
            f"takhai-evidence{_named(view)}.zip",
            lambda path: export_pack(self._db, known, path, view, at=datetime.now(UTC)),
        )

    async def outages(self, request: Request) -> Response:
        """Answer /exports/outages.csv."""
        begin, end = (request.query_params.get(name, "") for name in ("from", "to"))
        return await self._written(
            "takhai-outages.csv",
            lambda path: export_outages(self._db, path, begin, end, at=datetime.now(UTC)),
        )

    async def uptime(self, request: Request) -> Response:
        """Answer /exports/uptime.csv and .xlsx."""
        asked, known, ending = request.query_params, self._fleet.now(), request.path_params["ending"]
        if ending not in ("csv", "xlsx"):
            return PlainTextResponse(NO_SUCH, 404)
        by, begin, end, hours = (asked.get(name, "") for name in ("by", "from", "to", "hours"))
        try:
            chosen = CameraFilter.of(asked.multi_items())
        except ValueError as error:
            return _refused(error)
        return await self._written(
            f"takhai-uptime.{ending}",
            lambda path: export_uptime(
                self._db, known, path, by, begin, end, hours=hours, chosen=chosen, at=datetime.now(UTC)
            ),
        )

    def _cameras(self, asked: QueryParams) -> tuple[str, Write]:
        chosen, known = CameraFilter.of(asked.multi_items()), self._fleet.now()
        return f"cameras{_part(chosen)}", lambda path: export_cameras(
            self._db, known, path, chosen, at=datetime.now(UTC)
        )

    def _coverage(self, asked: QueryParams) -> tuple[str, Write]:
        chosen, known, when = (
            CameraFilter.of(asked.multi_items()),
            self._fleet.now(),
            check_when(asked.get("when", LIVE)),
        )
        return f"coverage{_part(chosen)}-{_ground(chosen, when)}", lambda path: export_coverage(
            known, path, chosen.level_px_m, edition=Edition(settings().edition), light=chosen.light, when=when,
            at=datetime.now(UTC), chosen=chosen,
        )  # fmt: skip

    def _gaps(self, asked: QueryParams) -> tuple[str, Write]:
        view, known = self._view(asked, SHORTEST_GAP_M), self._fleet.now()
        return f"gaps{_named(view)}", lambda path: export_gaps(self._db, known, path, view, at=datetime.now(UTC))

    def _lanes(self, asked: QueryParams) -> tuple[str, Write]:
        view, known = LaneView.of(asked.multi_items()), self._fleet.now()
        return f"lanes{'-part' if view.posts or view.states else ''}-{view.days}d", lambda path: export_lanes(
            self._db, known, path, view, edition=Edition(settings().edition), at=datetime.now(UTC)
        )

    def _zones(self, asked: QueryParams) -> tuple[str, Write]:
        level = CameraFilter.of([("level", asked.get("level", f"{USUAL_LEVEL_PX_M:g}"))]).level_px_m
        known = self._fleet.now()
        return "zones", lambda path: export_zones(
            self._db, known, path, level, edition=Edition(settings().edition), at=datetime.now(UTC)
        )

    def _view(self, asked: QueryParams, shortest_m: float) -> GapView:
        edition = Edition(settings().edition)
        return GapView.of(self._db, asked.multi_items(), edition=edition, shortest_m=shortest_m)

    async def _written(self, name: str, write: Write) -> Response:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="takhai-"))
        away = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        try:
            async with self._turns:
                await asyncio.to_thread(write, folder / name)
        except ValueError as error:
            await away()
            return _refused(error)
        except ChildProcessError as error:  # of a map to print
            await away()
            return _refused(error, 503)
        except BaseException:
            await away()
            raise
        ending = ending_of(Path(name))
        kind = FORMATS[ending].media_type if ending in FORMATS else "application/zip"
        return FileResponse(folder / name, media_type=kind, filename=name, headers=_FRESH, background=away)


def routes(db: Database, fleet: Fleet) -> list[Route]:
    """Return the export routes."""
    exports = Exports(db, fleet)
    return [
        Route("/exports/evidence.zip", exports.evidence, methods=["GET"]),
        Route("/exports/outages.csv", exports.outages, methods=["GET"]),
        Route("/exports/uptime.{ending}", exports.uptime, methods=["GET"]),
        Route("/exports/{what}.{ending}", exports.of_kind, methods=["GET"]),
    ]


def _refused(error: Exception, status: int = 400) -> Response:
    return PlainTextResponse(f"{error}\n", status, _FRESH)


def _part(chosen: CameraFilter) -> str:
    """Of a file's name: so that a part is never taken for the whole."""
    return "-part" if chosen.narrow or chosen.statuses else ""


def _ground(chosen: CameraFilter, when: str) -> str:
    return f"{when}-{chosen.light}-{chosen.level_px_m:g}px"


def _named(view: GapView) -> str:
    """Of a file's name: so that a part is never taken for the whole, nor one line for another."""
    line = "" if view.line.name == SAKAEO else f"-{view.line.name}"
    stretch = f"-{view.within[0]:.0f}-{view.within[1]:.0f}m" if view.within else ""
    least = f"-from-{view.least:g}" if view.least else ""
    near = "".join(f"-{kind}-{metres:g}m" for kind, metres in view.near)
    return f"{line}{stretch}{least}{near}-{view.when}-{view.light}-{view.level_px_m:g}px"
