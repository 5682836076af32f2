"""Everything the app serves beside its pages, and the gate before all of it."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from data.database import open_database
from data.fleet import shared
from data.settings import settings
from web import downloads, files, health, signin, stills, tiles
from web.guard import Guard
from web.sessions import Sessions


def serve(extra: files.Extra) -> tuple[list[BaseRoute], list[Middleware]]:
    """
    Return the routes and the gate of the app, on the database of the settings.

    Parameters
    ----------
    extra
        Files made at start: name below /assets/ -> bytes, media type.
    """
    db, fleet = open_database(settings().url), shared(settings().url)
    sessions = Sessions(db)
    routes = [
        *health.routes(db, fleet),
        *signin.routes(sessions),
        *tiles.routes(fleet),
        *stills.routes(db, fleet),
        *downloads.routes(db, fleet),
        *files.routes(extra),
    ]
    return list(routes), [Middleware(Guard, sessions=sessions)]
