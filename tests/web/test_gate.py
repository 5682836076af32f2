import http.client
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from data.models import SignIn
from data.signins import is_signed_in
from web.guard import RECHECK_S, Guard
from web.sessions import COOKIE, MOST_REMEMBERED, REMEMBERED_S, Sessions
from web.signin import safe_path

CLOSED = (
    "/", "/map", "/wall", "/camera?camera=C1", "/no-such-page", "/static/js/index.js", "/favicon.png",
    "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/stream", "/_stcore/upload_file/a/b",
    "/media/0123456789abcdef.jpg", "/component/x/index.html", "/app/static/x", "/oauth2callback",
    "/tiles/13/6428/3783.mvt", "/tiles/5/25/14.mvt", "/stills/5.jpg", "/stills/5.jpg?wish=1",
    "/exports/gaps.geojson", "/exports/cameras.csv", "/assets/mvt-worker.js", "/assets/clock.js",
    "/assets/Sarabun-Regular.ttf", "/asof.json", "/readyz", "/logout", "/style.json", "/basemap.pmtiles",
    "/healthz/", "/healthz/x", "//healthz", "/HEALTHZ", "/login/", "/login/x", "/healthz%2f..", "/%68ealthz/",
    "/healthz;x", "/login/../map", "/healthz/..//map", "/\\healthz",
)  # fmt: skip


def stream(served, cookie: str | None = None, **more):
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    return connect(
        f"ws://127.0.0.1:{served.port}/_stcore/stream", additional_headers=headers, origin=served.url, proxy=None,
        subprotocols=["streamlit"], **more,
    )  # fmt: skip


def raw(served, method: str, target: str, **headers: str) -> tuple[int, bytes]:
    """A request whose path nobody tidies up on the way."""
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)) as asked:
        asked.putrequest(method, target, skip_host="Host" in headers)
        for name, value in headers.items():
            asked.putheader(name, value)
        asked.endheaders()
        answer = asked.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("path", CLOSED)
def test_without_signing_in_nothing_is_given_away(served, path):
    assert raw(served, "GET", path) == (401, b"sign in first\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/_stcore/upload_file/a/b", "/stills/5.jpg", "/logout"])
def test_no_method_gets_past_the_gate(served, method, path):
    status, body = raw(served, method, path)
    assert (status, body) == (401, b"sign in first\n")


def test_head_is_refused_too(served):
    assert raw(served, "HEAD", "/stills/5.jpg") == (401, b"")


def test_a_strange_host_is_refused_like_any_other(served):
    assert raw(served, "GET", "/", Host="evil.example") == (401, b"sign in first\n")


@pytest.mark.parametrize(
    "cookie", ["x", "A" * 43, "'; DROP TABLE signin; --", "A" * 5000, "\xff\xfe", f"a; {COOKIE}=b; {COOKIE}=c"]
)
def test_a_made_up_cookie_opens_nothing(served, cookie):
    assert raw(served, "GET", "/asof.json", Cookie=f"{COOKIE}={cookie}") == (401, b"sign in first\n")


def test_a_browser_is_told_in_thai_and_english_how_to_get_in(served):
    answer = served.anonymous().get(f"{served.url}/map", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 401
    assert "takhai link" in answer.text
    assert "เข้าสู่ระบบ" in answer.text
    assert "sign in" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r"(?:src|href|url)\s*[=(]", answer.text)  # it asks no other address for anything
    assert "streamlit" not in answer.text.lower()


def test_alive_is_all_a_stranger_can_learn(served):
    assert raw(served, "GET", "/healthz") == (200, b'{"ok":true}')


def test_the_websocket_is_refused_without_a_sign_in(served):
    for cookie in (None, "A" * 43):
        with pytest.raises(InvalidStatus) as refused, stream(served, cookie):
            pass
        assert refused.value.response.status_code == 403


def test_a_link_opens_everything_and_works_once(served):
    token = served.token()
    visitor = served.anonymous()
    answer = visitor.get(f"{served.url}/login", params={"token": token}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    said = answer.headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert "Path=/" in said
    assert "Max-Age=2592000" in said
    assert "Secure" not in said  # plain http on loopback: a browser would drop it
    assert "<title>Streamlit</title>" in visitor.get(f"{served.url}/").text
    assert visitor.get(f"{served.url}/_stcore/health").text == "ok"
    assert visitor.get(f"{served.url}/asof.json").json()["worker_alive"] in {True, False}
    with stream(served, visitor.cookies[COOKIE]) as socket:
        assert socket.subprotocol == "streamlit"

    late = served.anonymous().get(f"{served.url}/login", params={"token": token})
    assert late.status_code == 403
    assert "ลิงก์นี้ใช้ไม่ได้แล้ว" in late.text
    assert "Set-Cookie" not in late.headers
    again = visitor.get(f"{served.url}/login", params={"token": token}, allow_redirects=False)
    assert again.status_code == 303  # signed in already: no reason to complain


def test_behind_tls_the_cookie_is_secure(served):
    answer = served.anonymous().get(
        f"{served.url}/login", params={"token": served.token()}, headers={"X-Forwarded-Proto": "https"},
        allow_redirects=False,
    )  # fmt: skip
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_preview_of_a_link_does_not_use_it_up(served):
    address, visitor = f"{served.url}/login", served.anonymous()
    token = served.token()
    assert visitor.head(address, params={"token": token}).status_code == 200
    assert visitor.post(address, params={"token": token}).status_code == 405
    assert visitor.get(address, params={"token": token}, allow_redirects=False).status_code == 303


def test_after_signing_in_the_page_asked_for_opens(served):
    answer = served.anonymous().get(
        f"{served.url}/login", params={"token": served.token(), "next": "/map?lang=en"}, allow_redirects=False
    )
    assert answer.headers["Location"] == "/map?lang=en"


@pytest.mark.parametrize("wanted", ["/", "/map?lang=en&camera=C1", "/wall?area=27#x", "/ด่าน"])
def test_paths_of_ours_are_kept(wanted):
    assert safe_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    ["", "map", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "/\t/evil.example", "javascript:alert(1)", "/map\r\nSet-Cookie: a=b", " //evil.example", "///evil.example",
     "/login?token=x", "/logout"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(wanted):
    assert safe_path(wanted) == "/"


def test_signing_out_closes_every_door_and_the_open_websocket(served):
    visitor = served.signed_in()
    cookie = visitor.cookies[COOKIE]
    with stream(served, cookie, close_timeout=1) as socket:
        answer = visitor.post(f"{served.url}/logout")
        assert answer.status_code == 200
        assert "ออกจากระบบแล้ว" in answer.text
        assert raw(served, "GET", "/asof.json", Cookie=f"{COOKIE}={cookie}") == (401, b"sign in first\n")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=10)
        assert closed.value.rcvd.code == 1008
    with pytest.raises(InvalidStatus), stream(served, cookie):
        pass
    assert COOKIE not in visitor.cookies


def test_an_expired_sign_in_ends_its_websocket(served):
    visitor = served.signed_in()
    cookie = visitor.cookies[COOKIE]
    with stream(served, cookie, close_timeout=1) as socket:
        now = datetime.now(UTC)
        with served.db.write() as session:  # as if thirty days had passed for every sign-in so far
            session.execute(update(SignIn).values(expires_at=now - timedelta(seconds=1)))
        assert not is_signed_in(served.db, cookie, now)
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=10)


def test_another_site_cannot_sign_anybody_out(served):
    visitor = served.signed_in()
    answer = visitor.post(f"{served.url}/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    visitor.get(f"{served.url}/logout")  # nor can a link or a picture's address
    assert visitor.get(f"{served.url}/asof.json").ok


def test_a_foreign_page_cannot_open_the_websocket(served):
    cookie = served.signed_in().cookies[COOKIE]
    with pytest.raises(InvalidStatus), connect(
        f"ws://127.0.0.1:{served.port}/_stcore/stream", additional_headers={"Cookie": f"{COOKIE}={cookie}"},
        origin="https://evil.example", proxy=None,
    ):  # fmt: skip
        pass


async def heard(app, cookie: str, *headers: tuple[bytes, bytes]) -> list[dict]:
    """Everything an ASGI app sends to one request."""
    said: list[dict] = []

    async def send(message):
        said.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    head = [(b"cookie", f"{COOKIE}={cookie}".encode()), *headers]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": head}
    await app(scope, receive, send)
    return said


async def test_what_we_tell_ourselves_about_a_request_is_never_taken_from_outside(database):
    async def echo(request):
        return JSONResponse(dict(request.headers))

    sessions = Sessions(database)
    cookie = await sessions.begin(await sessions.link())
    gate = Guard(Starlette(routes=[Route("/", echo)]), sessions)
    said = await heard(
        gate, cookie, (b"X-Takhai-User", b"admin"), (b"x-takhai-role", b"admin"), (b"x-other", b"1")
    )
    assert b"admin" not in said[1]["body"]
    assert b'"x-other":"1"' in said[1]["body"]


async def test_the_database_is_asked_once_a_second_however_many_tiles_there_are(database):
    seconds = [0.0]
    sessions = Sessions(database, lambda: seconds[0])
    cookie = await sessions.begin(await sessions.link())
    assert await sessions.holds(cookie)
    with database.write() as session:
        session.execute(update(SignIn).values(ended_at=datetime.now(UTC)))  # by another process
    assert await sessions.holds(cookie)
    seconds[0] = REMEMBERED_S
    assert not await sessions.holds(cookie)


async def test_made_up_cookies_do_not_fill_the_memory(database):
    sessions = Sessions(database)
    for number in range(MOST_REMEMBERED + 50):
        await sessions.holds(f"made-up-{number}")
    assert len(sessions._remembered) == MOST_REMEMBERED


def test_a_sign_out_reaches_an_open_page_within_a_few_seconds():
    assert RECHECK_S + REMEMBERED_S <= 5
