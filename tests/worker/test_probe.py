import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.watch.status import Outcome
from tests.worker.street import Street, clip, http, jpeg, picture, playlist, rtsp_camera
from worker.probe import Prober
from worker.reach.fetch import open_session
from worker.reach.gates import Gates
from worker.reach.names import Names
from worker.reach.network import Reach

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = Reach((ip_network("127.0.0.1/32"),))


async def look(address: str, at: datetime = NOON, *, times: int = 1, reach: Reach = HERE, timeout_s: float = 10.0):
    """Readings of one camera, a minute apart, as (outcome, reason, depth)."""

    async def no_page(_: str) -> bool:
        return False

    async with open_session(reach, 10) as session:
        prober = Prober(session, Names(reach), Gates(4, 200), timeout_s, no_page)
        readings = [await prober.probe(1, address, at + timedelta(minutes=n)) for n in range(times)]
    return [(reading.outcome, reading.reason, reading.depth) for reading in readings]


async def test_a_playlist_that_advances_is_good(street: Street):
    sequence = iter(range(5, 99))
    street.replies["/live.m3u8"] = lambda *_: playlist(next(sequence))
    assert await look(street.url("/live.m3u8"), times=2) == [(Outcome.GOOD, "ok", 2), (Outcome.GOOD, "ok", 3)]


async def test_a_playlist_that_stands_still_is_stalled(street: Street):
    street.replies["/live.m3u8"] = playlist(5)
    assert (await look(street.url("/live.m3u8"), times=2))[1] == (Outcome.MISS, "stalled", 2)


async def test_a_master_playlist_is_followed_to_its_smallest_variant(street: Street):
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900\nbig.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=100\nsmall.m3u8\n"
    street.replies["/live.m3u8"] = http(master, "application/x-mpegurl")
    street.replies["/small.m3u8"] = playlist(5)
    assert await look(street.url("/live.m3u8")) == [(Outcome.GOOD, "ok", 2)]
    assert [path for _, path, _ in street.requests] == ["/live.m3u8", "/small.m3u8"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (http(jpeg()), (Outcome.GOOD, "ok", 2)),
        (http(clip(), "video/mp2t"), (Outcome.GOOD, "ok", 3)),
        (http(b"--f\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(), "multipart/x-mixed-replace;boundary=f"),
         (Outcome.GOOD, "ok", 3)),
        (http(b"", status="500 Oops"), (Outcome.MISS, "http_error", 1)),
        (http(b"", status="404 Not Found"), (Outcome.MISS, "http_error", 1)),
        (http(b"", status="401 Unauthorized"), (Outcome.UNSURE, "unauthorised", 1)),
        (http(b"", status="403 Forbidden"), (Outcome.UNSURE, "unauthorised", 1)),
        (http(b""), (Outcome.MISS, "no_stream", 1)),
        (http(b"<html>sign in</html>", "text/html"), (Outcome.MISS, "no_stream", 1)),
        (http(b"\0\1\2 nothing we know", "image/jpeg"), (Outcome.MISS, "garbage", 1)),
        (http(b"#EXTM3U\n", "application/x-mpegurl"), (Outcome.MISS, "no_stream", 1)),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", (Outcome.MISS, "garbage", 0)),
        (None, (Outcome.MISS, "unreachable", 0)),
    ],
)  # fmt: skip
async def test_what_comes_back_over_http_is_told_apart(street: Street, reply, expected):
    street.replies["/x"] = lambda *_: reply
    assert await look(street.url("/x")) == [expected]


async def test_a_camera_that_says_nothing_times_out(street: Street):
    async def wait(*_):
        await asyncio.sleep(5)

    street.replies["/slow"] = wait
    assert await look(street.url("/slow"), timeout_s=0.2) == [(Outcome.MISS, "timeout", 0)]
    assert await look(street.url("/slow", "rtsp"), timeout_s=0.2) == [(Outcome.MISS, "timeout", 0)]


async def test_a_port_nobody_listens_on_refuses(street: Street):
    free = Street()
    with free:
        address = free.url("/x")
    assert await look(address) == [(Outcome.MISS, "refused", -1)]
    assert await look(address.replace("http", "rtsp")) == [(Outcome.MISS, "refused", -1)]


async def test_rtsp_with_video_is_good_and_asked_one_thing_only_from_then_on(street: Street):
    street.replies["/cam"] = rtsp_camera()
    assert await look(street.url("/cam", "rtsp"), times=2) == [(Outcome.GOOD, "ok", 2)] * 2
    assert [method for method, *_ in street.requests] == ["OPTIONS", "DESCRIBE", "DESCRIBE"]


async def test_a_camera_that_answers_but_describes_nothing_is_known_to_live(street: Street):
    async def half(method: str, headers: dict[str, str]) -> bytes:
        if method == "DESCRIBE":
            await asyncio.sleep(5)
        return f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()

    street.replies["/cam"] = half
    assert await look(street.url("/cam", "rtsp"), timeout_s=0.3) == [(Outcome.MISS, "timeout", 1)]


async def test_a_still_advances_once_it_is_another_picture(street: Street):
    street.replies["/same"] = http(jpeg())
    assert [depth for *_, depth in await look(street.url("/same"), times=3)] == [2, 2, 2]
    pictures = iter([jpeg(), jpeg(picture(seed=1)), jpeg(picture(seed=2))])
    street.replies["/live"] = lambda *_: http(next(pictures))
    assert [depth for *_, depth in await look(street.url("/live"), times=3)] == [2, 3, 3]


async def test_the_media_playlist_is_remembered_until_it_fails(street: Street):
    street.replies["/live.m3u8"] = http(
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\na.m3u8\n", "application/x-mpegurl"
    )
    sequence = iter(range(5, 99))
    street.replies["/a.m3u8"] = lambda *_: (
        http(b"", status="404 No") if (n := next(sequence)) == 7 else playlist(n)
    )
    street.replies["/b.m3u8"] = lambda *_: playlist(next(sequence))
    readings = await look(street.url("/live.m3u8"), times=3)
    assert readings[:2] == [(Outcome.GOOD, "ok", 2), (Outcome.GOOD, "ok", 3)]
    paths = [path for _, path, _ in street.requests]
    assert paths == ["/live.m3u8", "/a.m3u8", "/a.m3u8", "/a.m3u8", "/live.m3u8", "/a.m3u8"]


async def test_a_recorder_is_asked_by_few_at_once_and_the_others_come_again(street: Street):
    async def slow(*_):
        await asyncio.sleep(0.3)
        return http(jpeg())

    street.replies["/x"] = slow
    async with open_session(HERE, 10) as session:
        prober = Prober(session, Names(HERE), Gates(2, 200), 5, None)
        gates = prober.gates
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("worker.reach.gates._EXEMPT", frozenset())  # count the street's address like any other
            looks = [prober.probe(n, street.url("/x"), NOON) for n in range(5)]
            found = await asyncio.gather(*looks, return_exceptions=True)
    assert [type(one).__name__ for one in found].count("BusyError") == 3
    assert len(street.requests) == 2
    assert gates._inside == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404 Not Found", (Outcome.MISS, "no_stream", 1)),
        ("302 Moved", (Outcome.MISS, "http_error", 1)),
        ("401 Unauthorized", (Outcome.UNSURE, "unauthorised", 1)),
        ("200 OK", (Outcome.MISS, "no_stream", 1)),  # described, but without a video
    ],
)
async def test_rtsp_answers_are_told_apart(street: Street, status, expected):
    street.replies["/cam"] = lambda _, headers: f"RTSP/1.0 {status}\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()
    assert (await look(street.url("/cam", "rtsp")))[0] == expected


async def test_a_camera_that_hangs_up_without_a_word_is_unreachable(street: Street):
    street.replies["/cam"] = lambda *_: None
    assert await look(street.url("/cam", "rtsp")) == [(Outcome.MISS, "unreachable", 0)]


async def test_an_endless_answer_is_cut(street: Street):
    sent = 0

    async def flood(*_):
        nonlocal sent
        sent += 1
        return http(b"\x47" + b"\0" * 50_000_000, "video/mp2t")

    street.replies["/flood"] = flood
    assert (await look(street.url("/flood")))[0][1] in ("garbage", "ok")
    assert sent == 1


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
async def test_a_digest_sign_in_is_answered(street: Street, scheme):
    asked = 'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5'

    def door(method: str, headers: dict[str, str]) -> bytes:
        signed = (
            'username="somchai"' in headers.get("authorization", "") and "response=" in headers["authorization"]
        )
        if scheme == "rtsp":
            if signed:
                return rtsp_camera()(method, headers)
            return f"RTSP/1.0 401 No\r\nCSeq: {headers['cseq']}\r\nWWW-Authenticate: {asked}\r\n\r\n".encode()
        return http(jpeg()) if signed else http(b"", "text/plain", "401 No", f"WWW-Authenticate: {asked}")

    street.replies["/cam"] = door
    assert (await look(street.url("/cam", scheme, "somchai:p%40ss@")))[0][0] is Outcome.GOOD
    assert (await look(street.url("/cam", scheme)))[0][1] == "unauthorised"


async def test_without_listed_networks_this_machine_is_no_camera(street: Street):
    street.replies["/x"] = http(jpeg())
    for scheme in ("http", "rtsp"):
        assert await look(street.url("/x", scheme), reach=Reach()) == [(Outcome.UNSURE, "not_allowed", -1)]
    assert street.requests == []


async def test_a_redirect_out_of_the_allowed_networks_is_refused(street: Street):
    with Street() as inside:
        street.replies["/x"] = http(
            b"", "text/plain", "302 Found", f"Location: http://127.0.0.2:{inside.port}/secret"
        )
        assert await look(street.url("/x")) == [(Outcome.UNSURE, "not_allowed", 0)]
        assert inside.requests == []


async def test_a_password_does_not_follow_a_redirect_to_another_port(street: Street):
    with Street() as other:
        other.replies["/y"] = http(jpeg())
        street.replies["/x"] = http(b"", "text/plain", "302 Found", f"Location: {other.url('/y')}")
        assert (await look(street.url("/x", login="u:secret@")))[0][0] is Outcome.GOOD
        assert all("authorization" not in headers for _, _, headers in other.requests)


async def test_redirects_end(street: Street):
    street.replies["/x"] = lambda *_: http(b"", "text/plain", "302 Found", "Location: /x")
    assert await look(street.url("/x")) == [(Outcome.MISS, "http_error", 1)]
    assert len(street.requests) == 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["http", "rtsp"]), st.booleans())
def test_no_answer_of_any_camera_raises(street: Street, noise, scheme, polite):
    if polite:
        noise = (b"RTSP/1.0 200 OK\r\n" if scheme == "rtsp" else b"HTTP/1.1 200 OK\r\n") + noise + b"\r\n\r\n"
    street.replies["/x"] = lambda *_: noise
    [(outcome, reason, _)] = asyncio.run(look(street.url("/x", scheme), timeout_s=0.3))
    assert outcome in Outcome
    assert reason
