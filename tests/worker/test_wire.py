"""The lines cameras are asked over: HTTP as they speak it, RTSP sessions that always end."""

import asyncio
import re
from types import SimpleNamespace

import pytest

from data.watch.status import Outcome
from tests.worker.street import Street, http, jpeg, rtsp_camera
from tests.worker.test_probe import HERE, look
from worker.reach.fetch import fetch, open_session
from worker.reach.names import Names
from worker.reach.network import NotAllowedError, Reach, parse
from worker.reach.wire import ProtocolError
from worker.streams.rtsp import SilentError, find_video, first_keyframe, open_conversation


async def get(street: Street, reply: bytes, cap: int = 100_000):
    street.replies["/x"] = reply
    async with open_session(HERE, 2) as session:
        return await fetch(session, parse(street.url("/x")), cap, names=Names(HERE))


async def test_a_body_comes_by_length_by_chunks_or_until_the_end(street: Street):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    for reply in (
        head + b"Content-Length: 5\r\n\r\nhello and more",
        head + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        head + b"\r\nhello",
        b"HTTP/1.0 200 OK\ncontent-type: text/plain\ncontent-length: 5\n\nhello",  # as some cameras end lines
        b"HTTP/1.1 100 Continue\r\n\r\n" + head + b"Content-Length: 5\r\n\r\nhello",
    ):
        answer = await get(street, reply)
        assert (answer.status, answer.body, answer.whole) == (200, b"hello", True)
        assert answer.content_type == "text/plain"
    cut = await get(street, head + b"Content-Length: 5\r\n\r\nhello", cap=3)
    assert (cut.body, cut.whole) == (b"hel", False)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9" + b"9" * 40 + b"\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",  # and no more
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,  # a head without an end
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\0" * 300,  # TLS on a plain port
        b"RTSP/1.0 400 Bad Request\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_garbage(street: Street, reply):
    street.replies["/x"] = reply
    [(outcome, reason, depth)] = await look(street.url("/x"))
    assert (outcome, reason, depth) == (Outcome.MISS, "garbage", 0)


async def test_a_sign_in_and_a_redirect_go_over_the_plain_line_as_well(street: Street):
    def door(_: str, headers: dict[str, str]) -> bytes:
        if headers.get("authorization") == "Basic dTpw":
            return http(jpeg())
        return http(b"", "text/plain", "401 No", 'WWW-Authenticate: Basic realm="cam"')

    street.replies |= {"/a": http(b"", "text/plain", "302 Found", "Location: /b"), "/b": door}
    assert await look(street.url("/a", login="u:p@")) == [(Outcome.GOOD, "ok", 2)]
    assert [path for _, path, _ in street.requests] == ["/a", "/b", "/b"]


async def test_our_own_database_and_app_are_no_camera_even_inside_listed_networks(street: Street):
    street.replies["/x"] = http(jpeg())
    for place in (("127.0.0.1", street.port), ("own", street.port)):
        reach = Reach(HERE.networks, frozenset({place}))
        for scheme in ("http", "rtsp"):
            assert await look(street.url("/x", scheme), reach=reach) == [(Outcome.UNSURE, "not_allowed", -1)]
        async with open_session(reach, 1) as session:
            with pytest.raises(NotAllowedError):
                await fetch(session, parse(street.url("/x")), 10)
    assert street.requests == []
    elsewhere = Reach(HERE.networks, frozenset({("127.0.0.1", 1)}))
    assert await look(street.url("/x"), reach=elsewhere) == [(Outcome.GOOD, "ok", 2)]


class Recorder:
    """An RTSP camera that counts its open sessions and goes wrong where it is told to."""

    def __init__(self, fails: str = "", after_play: bytes | None = None) -> None:
        self.open: set[str] = set()
        self.fails, self.plays = fails, rtsp_camera(after_play=after_play)

    def __call__(self, method: str, headers: dict[str, str]) -> bytes | None:
        assert callable(self.plays)
        if method == self.fails:
            return f"RTSP/1.0 455 No\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()
        if method == "SETUP":
            self.open.add("12")
        if method == "TEARDOWN":
            self.open.discard(headers["session"])
        return self.plays(method, headers)


async def until_closed(recorder: Recorder) -> bool:
    for _ in range(100):
        if not recorder.open:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_session_is_ended_once_there_is_a_picture(street: Street):
    street.replies["/cam"] = recorder = Recorder()
    await first_keyframe(parse(street.url("/cam", "rtsp")), HERE)
    assert await until_closed(recorder)
    assert [method for method, *_ in street.requests] == ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]


async def test_a_session_is_ended_where_the_camera_does_not_play(street: Street):
    street.replies["/cam"] = recorder = Recorder(fails="PLAY")
    with pytest.raises(ProtocolError, match="does not play"):
        await first_keyframe(parse(street.url("/cam", "rtsp")), HERE)
    assert await until_closed(recorder)


async def test_a_session_is_ended_where_nothing_comes(street: Street, monkeypatch):
    monkeypatch.setattr("worker.streams.rtsp.QUIET_S", 0.2)
    street.replies["/cam"] = recorder = Recorder(after_play=b"")
    with pytest.raises(SilentError):
        await first_keyframe(parse(street.url("/cam", "rtsp")), HERE)
    assert await until_closed(recorder)


async def test_a_session_is_ended_where_we_give_up_waiting(street: Street):
    street.replies["/cam"] = recorder = Recorder(after_play=b"")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await first_keyframe(parse(street.url("/cam", "rtsp")), HERE)
    assert await until_closed(recorder)


async def test_a_signed_session_counts_its_requests_and_takes_a_new_nonce(street: Street):
    counted: list[tuple[str, str, str]] = []

    def door(method: str, headers: dict[str, str]) -> bytes:
        said = headers.get("authorization", "")
        nonce, number = (re.search(p, said) for p in (r'nonce="(\w+)"', r"nc=(\w+)"))
        wanted = "first" if len(counted) < 2 else "second"
        if nonce is None or nonce[1] != wanted:
            stale = ", stale=true" if nonce else ""
            asked = f'Digest realm="cam", nonce="{wanted}", qop="auth"{stale}'
            return f"RTSP/1.0 401 No\r\nCSeq: {headers['cseq']}\r\nWWW-Authenticate: {asked}\r\n\r\n".encode()
        counted.append((method, nonce[1], number[1] if number else ""))
        camera = rtsp_camera()
        assert callable(camera)
        return camera(method, headers)

    street.replies["/cam"] = door
    await first_keyframe(parse(street.url("/cam", "rtsp", "u:p@")), HERE)
    await asyncio.sleep(0.05)
    assert counted == [
        ("DESCRIBE", "first", "00000001"),
        ("SETUP", "first", "00000002"),
        ("PLAY", "second", "00000001"),
        ("TEARDOWN", "second", "00000002"),
    ]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("rtsp://10.9.9.9/live/", "rtsp://10.9.9.9/live/track1"),  # its inside address: what it expects to hear
        ("rtsp://cam.example/live", "rtsp://cam.example/live/track1"),
        ("/live/", "rtsp://cam.example:8554/live/track1"),
        ("live", "rtsp://cam.example:8554/x/track1"),
        ("rtsp:///", "rtsp://cam.example:8554/x/track1"),
        ("rtsp://[bad/", "rtsp://[bad/track1"),
        ("rtsp://a b/", "rtsp://cam.example:8554/x/track1"),
        ("", "rtsp://cam.example:8554/x/track1"),
    ],
)
async def test_odd_bases_lead_to_a_track(street: Street, base, expected):
    sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
    head = f"Content-Base: {base}\r\n" if base else ""
    street.replies["/x"] = lambda _, headers: (
        f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n{head}Content-Length: {len(sdp)}\r\n\r\n{sdp}".encode()
    )
    conversation = await open_conversation(parse(street.url("/x", "rtsp")), HERE)
    reply = await conversation.describe()
    await conversation.hang_up()
    video = find_video(reply, "rtsp://cam.example:8554/x")
    assert video is not None
    assert video.control == expected


async def test_an_endless_answer_makes_the_other_side_wait_instead_of_filling_memory(street: Street):
    street.replies["/cam"] = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n" + b"$\0\xff\xff" + b"\0" * 30_000_000
    conversation = await open_conversation(parse(street.url("/cam", "rtsp")), HERE)
    await conversation.ask("OPTIONS", street.url("/cam", "rtsp"))
    await asyncio.sleep(0.3)
    assert len(conversation.line._buffer) < 1_000_000
    channel, packet = await conversation.frame()
    assert (channel, len(packet)) == (0, 65_535)
    await conversation.hang_up()


async def test_names_are_asked_once_and_their_last_address_outlives_our_name_server(monkeypatch):
    asked: list[str] = []
    now_s = 0.0

    async def answer(host: str, *_: object, **__: object) -> list[str]:
        asked.append(host)
        await asyncio.sleep(0.01)
        if len(asked) > 1:
            raise OSError("no name server")
        return ["203.0.113.9"]

    monkeypatch.setattr("worker.reach.names.resolve", answer)
    monkeypatch.setattr("worker.reach.names.time", SimpleNamespace(monotonic=lambda: 1_000 + now_s))
    names = Names(Reach())
    assert set(await asyncio.gather(*(names.find("cam.example", 80) for _ in range(50)))) == {"203.0.113.9"}
    now_s = 400
    assert await names.find("cam.example", 80) == "203.0.113.9"
    assert len(asked) == 2
    now_s = 100_000
    with pytest.raises(OSError, match="no name server"):
        await names.find("cam.example", 80)
    with pytest.raises(NotAllowedError):
        await names.find("127.0.0.1", 80)
