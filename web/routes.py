"""Everything the app serves beside its pages, and the gate before all of it."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from data.database import open_database
from data.fleet import shared
from data.geography import load_checkpoints
from data.settings import settings
from web import archive, downloads, files, ground, health, live, looks, pictures, signin, stills, tiles
from web.guard import Guard
from web.sessions import Sessions

_ROOMS = ("tiles", "live", "stills", "archive", "looks", "exports")


def serve(drawn: files.Drawn, draw: pictures.Draw | None = None) -> tuple[list[BaseRoute], list[Middleware]]:
    """
    Return the routes and the gate of the app, on the database of the settings.

    Parameters
    ----------
    drawn
        Files below /assets/ that are made, not kept.
    draw
        Draws stand-alone maps; without it there are none.
    """
    db, fleet = open_database(settings().url), shared(settings().url)
    load_checkpoints(db)  # those that are missing: the first start makes them all
    sessions = Sessions(db)
    routes = [
        *health.routes(db, fleet),
        *signin.routes(sessions),
        *tiles.routes(fleet),
        *live.routes(db, fleet),
        *stills.routes(db, fleet),
        *archive.routes(fleet),
        *looks.routes(db, fleet),
        *(pictures.routes(fleet, draw) if draw else []),
        *downloads.routes(db, fleet),
        *files.routes(drawn),
        *ground.routes(drawn, settings().basemap),
        # else Streamlit answers any address it does not know with its front page and 200
        *(Route(f"/{room}/{{rest:path}}", _nothing, methods=["GET"]) for room in _ROOMS),
    ]
    return list(routes), [Middleware(Guard, sessions=sessions)]


async def _nothing(_request: Request) -> Response:
    return PlainTextResponse("there is nothing at this address\n", 404, {"Cache-Control": "no-store"})
