"""/login trades a one-time link for a cookie, /logout ends it."""

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from data.signins import SIGN_IN_LIFE
from web.notes import BAD_LINK, SIGN_IN, SIGNED_OUT, page
from web.sessions import COOKIE, Sessions


def routes(sessions: Sessions) -> list[Route]:
    """Return /login and /logout."""

    async def login(request: Request) -> Response:
        token = request.query_params.get("token", "")
        goal = safe_path(request.query_params.get("next", "/"))
        if request.method == "HEAD":  # a preview of the link in a chat must not use it up
            return page(SIGN_IN, 200)
        if token and (cookie := await sessions.begin(token)):
            reply = RedirectResponse(goal, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
            _set(reply, cookie, SIGN_IN_LIFE, secure=request.url.scheme == "https")
            return reply
        if await sessions.holds(request.cookies.get(COOKIE)):
            return RedirectResponse(goal, 303, {"Cache-Control": "no-store"})
        return page(BAD_LINK, 403) if token else page(SIGN_IN, 401)

    async def logout(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return PlainTextResponse("only from our own pages\n", 403)
        if cookie := request.cookies.get(COOKIE):
            await sessions.end(cookie)
        reply = page(SIGNED_OUT, 200)
        _set(reply, "", timedelta(0), secure=request.url.scheme == "https")
        return reply

    return [Route("/login", login, methods=["GET"]), Route("/logout", logout, methods=["POST"])]


def safe_path(wanted: str) -> str:
    """Return a path on this server, / where what is wanted is none or would lead elsewhere."""
    plain = wanted.isprintable() and not set(wanted) & {" ", "\\"}
    if not plain or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    return "/" if urlsplit(wanted).path in {"/login", "/logout"} else wanted


def _set(reply: Response, cookie: str, life: timedelta, *, secure: bool) -> None:
    reply.set_cookie(
        COOKIE, cookie, max_age=int(life.total_seconds()), path="/", secure=secure, httponly=True, samesite="lax"
    )
