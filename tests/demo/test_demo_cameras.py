"""The simulated street, seen by plain clients: aiohttp, raw sockets, PyAV."""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest

from demo import cameras
from demo.answers import LISTED, codes_hevc
from demo.cameras import Street, street
from demo.clips import FRAMES
from demo.scenes import HEIGHT, WIDTH
from tests.demo.pictures import focus, luma, play

HOUSE = Path(__file__).resolve().parents[2]
CODE = "SKW-AR-0123"
HEVC = next(c for c in (f"BKK-T1-{n:04d}" for n in range(999)) if codes_hevc(c))


@pytest.fixture
async def running():
    """A street without faults, and a client."""
    async with street(port=0, schedule=False) as s, aiohttp.ClientSession() as client:
        yield s, client


async def listed(client, address):
    """Media sequence and segment names of a playlist."""
    async with client.get(address) as reply:
        assert reply.status == 200
        lines = (await reply.text()).splitlines()
    tags = dict(line.partition(":")[::2] for line in lines if line.startswith("#EXT-X"))
    return int(tags["#EXT-X-MEDIA-SEQUENCE"]), [line for line in lines if not line.startswith("#")], tags


async def fetched(client, address):
    async with client.get(address) as reply:
        assert reply.status == 200
        return await reply.read()


async def test_ffmpeg_reads_rtsp_over_tcp_and_sees_things_move(running):
    s, _ = running
    codec, pictures = await asyncio.to_thread(play, s.address(CODE, "rtsp/sub"), 20, rtsp_transport="tcp")
    assert codec == "h264"
    assert pictures[0].shape == (HEIGHT, WIDTH)
    assert np.abs(pictures[-1] - pictures[0]).mean() > 0.3


async def test_ffmpeg_reads_live_hls_in_both_codings(running):
    s, _ = running
    for code, wanted in ((CODE, "h264"), (HEVC, "hevc")):
        codec, pictures = await asyncio.to_thread(play, s.address(code), 3 * FRAMES)
        assert codec == wanted
        assert np.abs(pictures[-1] - pictures[0]).mean() > 0.3


async def test_ffmpeg_reads_moving_jpeg(running):
    s, _ = running
    codec, pictures = await asyncio.to_thread(play, s.address(CODE, "live.mjpg"), 2)
    assert codec == "mjpeg"
    assert np.abs(pictures[1] - pictures[0]).mean() > 0.1


async def test_a_playlist_moves_on_and_its_segments_are_there(running):
    s, client = running
    first, names, tags = await listed(client, s.address(CODE))
    assert len(names) == LISTED
    assert names[0] == f"seg-{first}.ts"
    assert tags["#EXT-X-PROGRAM-DATE-TIME"].endswith("Z")
    assert luma(await fetched(client, s.address(CODE, names[-1])), "mpegts").std() > 20
    later = first
    for _ in range(50):
        await asyncio.sleep(0.1)
        later, _, _ = await listed(client, s.address(CODE))
        if later > first:
            break
    assert later > first
    for missing in (f"seg-{first + 10_000}.ts", f"seg-{first - 10_000}.ts", "seg-.ts", "other.ts"):
        async with client.get(s.address(CODE, missing)) as reply:
            assert reply.status == 404


async def test_a_still_changes_and_says_when_it_was_taken(running):
    s, client = running
    async with client.get(s.address(CODE, "still.jpg")) as reply:
        assert reply.content_type == "image/jpeg"
        assert {"Date", "Last-Modified"} <= reply.headers.keys()
        first = await reply.read()
    assert luma(first, "jpeg_pipe").std() > 20
    for _ in range(50):
        await asyncio.sleep(0.1)
        if await fetched(client, s.address(CODE, "still.jpg")) != first:
            return
    pytest.fail("the still never changed")


async def test_a_dead_camera_resets_the_connection_without_a_word(running):
    s, client = running
    s.order(CODE, "dead")
    for address in (s.address(CODE), s.address(CODE, "still.jpg"), s.address(CODE, "live.mjpg")):
        with pytest.raises(aiohttp.ClientOSError):
            await fetched(client, address)
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(f"DESCRIBE {s.address(CODE, 'rtsp')} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert await fetched(client, s.address("OTHER"))


async def test_a_camera_that_dies_takes_its_viewers_with_it(running):
    s, _ = running
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(f"GET /c/{CODE}/live.mjpg HTTP/1.1\r\n\r\n".encode())
    assert await reader.readuntil(b"image/jpeg")
    s.order(CODE, "dead")
    with pytest.raises(ConnectionResetError):
        while await asyncio.wait_for(reader.read(65_536), 10):
            pass
    writer.close()


async def test_a_slow_camera_answers_late(running, monkeypatch):
    monkeypatch.setattr(cameras, "SLOW_S", 0.7)
    s, client = running
    s.order(CODE, "slow")
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fetched(client, s.address(CODE)), 0.3)
    assert (await fetched(client, s.address(CODE))).startswith(b"#EXTM3U")
    assert loop.time() - began >= 0.99


async def test_a_camera_whose_password_changed_says_401_in_both_protocols(running):
    s, client = running
    s.order(CODE, "401")
    for name in ("live.m3u8", "still.jpg", "live.mjpg"):
        async with client.get(s.address(CODE, name)) as reply:
            assert reply.status == 401
            assert reply.headers["WWW-Authenticate"].startswith("Digest ")
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(f"DESCRIBE {s.address(CODE, 'rtsp')} RTSP/1.0\r\nCSeq: 4\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert head.startswith("RTSP/1.0 401 ")
    assert "CSeq: 4\r\n" in head
    assert "WWW-Authenticate: Digest" in head
    writer.close()


async def test_a_frozen_camera_plays_on_with_the_same_picture(running):
    s, client = running
    s.order(CODE, "frozen")
    _, names, _ = await listed(client, s.address(CODE))
    pictures = [luma(await fetched(client, s.address(CODE, name)), "mpegts") for name in names[-2:]]
    assert np.abs(pictures[1] - pictures[0]).mean() == 0
    assert pictures[0].std() > 20
    first = await fetched(client, s.address(CODE, "still.jpg"))
    await asyncio.sleep(2.1)
    assert await fetched(client, s.address(CODE, "still.jpg")) == first


async def test_a_live_camera_never_shows_the_same_picture_twice(running):
    s, client = running
    for code in (CODE, HEVC):
        _, names, _ = await listed(client, s.address(code))
        pictures = [luma(await fetched(client, s.address(code, name)), "mpegts") for name in names]
        for index, one in enumerate(pictures):
            assert all(np.abs(one - other).mean() > 0.2 for other in pictures[:index])


@pytest.mark.parametrize("name", ["still.jpg", "hls"])
async def test_black_blurred_and_covered_pictures_are_what_they_say(running, name):
    s, client = running

    async def seen(fault):
        s.order(CODE, fault)
        if name == "still.jpg":
            return luma(await fetched(client, s.address(CODE, name)), "jpeg_pipe")
        _, names, _ = await listed(client, s.address(CODE))
        return luma(await fetched(client, s.address(CODE, names[-1])), "mpegts")

    clear, black, blurred, covered = [await seen(fault) for fault in ("none", "black", "blurred", "covered")]
    assert black.mean() < 20
    assert black.std() < 2
    assert covered.std() < 9
    assert covered.mean() > 30
    assert focus(blurred) < 0.01 < 0.02 < focus(clear)


async def test_a_stalled_playlist_stands_still_and_a_stalled_stream_is_silent(running):
    s, client = running
    s.order(CODE, "stalled")
    first, names, _ = await listed(client, s.address(CODE))
    await asyncio.sleep(2.1)
    assert (await listed(client, s.address(CODE)))[:2] == (first, names)
    assert luma(await fetched(client, s.address(CODE, names[-1])), "mpegts").std() > 20
    with pytest.raises(av.FFmpegError):
        await asyncio.to_thread(play, s.address(CODE, "rtsp"), 1, patience_s=1.5, rtsp_transport="tcp")


async def test_faults_are_ordered_listed_and_lifted_over_http(running):
    s, client = running
    desk = f"http://127.0.0.1:{s.port}/faults"
    async with client.post(f"{desk}/{CODE}", json={"fault": "dead", "for_s": 600}) as reply:
        assert reply.status == 200
    async with client.post(desk, json={"codes": ["B-1", "B-2"], "fault": "401"}) as reply:
        orders = (await reply.json())["orders"]
    assert {code: order["fault"] for code, order in orders.items()} == {CODE: "dead", "B-1": "401", "B-2": "401"}
    assert orders[CODE]["until"] - orders[CODE]["since"] == 600
    async with client.post(f"{desk}/{CODE}", json={"fault": "none"}) as reply:
        assert reply.status == 200
    assert await fetched(client, s.address(CODE))
    async with client.delete(desk) as reply:
        assert (await reply.json())["orders"] == {}
    assert await fetched(client, s.address("B-1"))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"nonsense", b'{"fault": "explode"}', b'{"fault": "dead", "for_s": -1}', b'{"fault": ["dead"]}',
     b'{"fault": "dead", "for_s": "now"}', b"\xff\xfe", b"null"],
)  # fmt: skip
async def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(running, body):
    s, client = running
    async with client.post(f"http://127.0.0.1:{s.port}/faults/A", data=body) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"]
    async with client.post(f"http://127.0.0.1:{s.port}/faults", json={"fault": "dead"}) as reply:
        assert reply.status == 400
    assert s.faults.orders(0) == {}


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"A" * 20_000,
     b"GET /c/A/x HTTP/1.1\r\nContent-Length: x\r\n\r\n",
     b"POST /faults HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"PLAY * RTSP/9.9\r\n\r\n"],
)  # fmt: skip
async def test_bytes_that_are_no_request_end_the_connection_only(running, sent):
    s, client = running
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(sent)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    assert await fetched(client, s.address(CODE))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/c", "GET", 404),
     ("/c/A%2F..%2Fb/still.jpg", "GET", 404), ("/c/A/still.jpg", "PUT", 405),
     ("/c/A", "GET", 404), ("/c/A/live.m3u8/x", "GET", 404), ("/c/A/still.jpg", "HEAD", 200),
     ("/faults", "PUT", 405), ("/c/" + "A" * 70 + "/still.jpg", "GET", 404)],
)  # fmt: skip
async def test_other_paths_and_methods_are_answered_politely(running, path, method, status):
    s, client = running
    async with client.request(method, f"http://127.0.0.1:{s.port}{path}") as reply:
        assert reply.status == status


async def test_one_connection_carries_many_requests_in_order(running):
    s, _ = running
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    url = s.address(CODE, "rtsp")
    writer.write(b"".join(f"{what} {url} RTSP/1.0\r\nCSeq: {n}\r\n\r\n".encode() for n, what in
                          enumerate(("OPTIONS", "PLAY", "GET_PARAMETER"), 1)))  # fmt: skip
    for number, status in ((1, 200), (2, 454), (3, 454)):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith(f"RTSP/1.0 {status} ")
        assert f"CSeq: {number}\r\n" in head
    writer.write(
        f"SETUP {url}/track1 RTSP/1.0\r\nCSeq: 4\r\nTransport: RTP/AVP;unicast;client_port=1-2\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"RTSP/1.0 461 ")
    writer.close()


async def test_teardown_ends_the_pictures(running):
    s, _ = running
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    url = s.address(CODE, "rtsp")
    writer.write(
        f"SETUP {url}/track1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    session = head.partition("Session: ")[2].partition(";")[0]
    writer.write(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"RTSP/1.0 200 ")
    framed = await reader.readexactly(4)
    assert framed[:2] == b"$\x02"  # the channel that was asked for
    first = await reader.readexactly(int.from_bytes(framed[2:], "big"))
    assert first[0] == 0x80
    assert first[12] & 31 == 7  # a sequence parameter set: the keyframe comes first
    writer.write(f"TEARDOWN {url} RTSP/1.0\r\nCSeq: 3\r\nSession: {session}\r\n\r\n".encode())
    rest = await asyncio.wait_for(reader.readuntil(b"CSeq: 3\r\n"), 10)
    assert b"RTSP/1.0 200 OK" in rest
    await reader.readuntil(b"\r\n\r\n")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.6)
    writer.close()


def test_only_loopback_is_listened_on():
    with pytest.raises(ValueError, match=r"loopback only, got 0\.0\.0\.0"):
        Street(port=0, schedule=False, seed=7, host="0.0.0.0")


async def test_the_program_says_when_it_is_ready_and_stops_when_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.cameras", "--port", str(port), "--no-schedule", cwd=HOUSE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        line = await asyncio.wait_for(program.stdout.readline(), 120)
        assert f"127.0.0.1:{port}".encode() in line
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{port}/c/A/live.mjpg") as viewer,
        ):
            assert viewer.status == 200
            async with client.get(f"http://127.0.0.1:{port}/faults") as reply:
                assert json.loads(await reply.text()) == {"orders": {}, "schedule": False, "seed": 7}
            program.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(program.wait(), 10) == 0
        assert await program.stderr.read() == b""
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


async def test_the_program_refuses_another_address_than_loopback():
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.cameras", "--host", "0.0.0.0", cwd=HOUSE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 1
    assert b"loopback only" in said
