"""
The one gate, before pages, media, websocket and routes alike: closed unless a browser is signed in.

Pure ASGI, because Starlette's own middleware class does not see websockets.
"""

import asyncio
from contextlib import suppress

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.notes import SIGN_IN, page
from web.sessions import COOKIE, Sessions

OPEN = frozenset({"/healthz", "/login"})
OUR_HEADERS = b"x-takhai-"  # what we tell ourselves about a request; never taken from outside
RECHECK_S = 2.0  # how often an open websocket is asked for its sign-in
_POLICY_VIOLATION = 1008


class Guard:
    """Lets signed-in browsers through; for all others there are only the paths in `OPEN`."""

    def __init__(self, app: ASGIApp, sessions: Sessions, recheck_s: float = RECHECK_S) -> None:
        self._app = app
        self._sessions = sessions
        self._recheck_s = recheck_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse or hand on one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = _without_our_headers(scope)
        cookie = HTTPConnection(scope).cookies.get(COOKIE)
        if scope["type"] == "http" and (scope["path"] in OPEN or await self._sessions.holds(cookie)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket" and cookie and await self._sessions.holds(cookie):
            await self._watched(scope, receive, send, cookie)
        elif scope["type"] == "websocket":
            await receive()  # the handshake; closed before it is accepted, the browser gets a 403
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _refusal(scope)(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, cookie: str) -> None:
        """Hand on a websocket and end it soon after its sign-in has ended."""
        ended = asyncio.create_task(self._until_signed_out(cookie))

        async def receive_or_end() -> Message:
            message = asyncio.ensure_future(receive())
            try:
                await asyncio.wait({message, ended}, return_when=asyncio.FIRST_COMPLETED)
                if message.done():
                    return message.result()
            finally:
                message.cancel()
            with suppress(Exception):  # it may have gone by itself meanwhile
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "signed out"})
            return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}

        async def send_until_end(message: Message) -> None:
            if not ended.done():
                await send(message)

        try:
            await self._app(scope, receive_or_end, send_until_end)
        finally:
            ended.cancel()

    async def _until_signed_out(self, cookie: str) -> None:
        while True:
            await asyncio.sleep(self._recheck_s)
            with suppress(Exception):  # a database that is away for a moment signs nobody out
                if not await self._sessions.holds(cookie):
                    return


def _without_our_headers(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(OUR_HEADERS)]
    return {**scope, "headers": kept}


def _refusal(scope: Scope) -> Response:
    wanted = HTTPConnection(scope).headers.get("accept", "")
    if scope["method"] in {"GET", "HEAD"} and "text/html" in wanted:
        return page(SIGN_IN, 401)
    return PlainTextResponse("sign in first\n", 401, {"Cache-Control": "no-store"})
