"""Ways a camera may fail its viewer: silence, noise, endless answers, whole switches; and the log of all that."""

import asyncio
import contextlib
import re
import socket
import time

import aiohttp
import av
import numpy as np
import pytest

from demo import cameras
from demo.cameras import street
from demo.datagrams import Datagrams
from demo.faults import FaultKind
from demo.hookups import network_of, site_of
from tests.demo.pictures import luma, play

CODE = "SKW-AR-0123"


@pytest.fixture
async def running():
    """A street without faults, and a client."""
    async with street() as s, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as client:
        yield s, client


async def asked(s, request, fault):
    """First bytes that come back within half a second; None for silence, b"" for a closed connection."""
    s.order(CODE, fault)
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(100), 0.5)
    except TimeoutError:
        return None
    finally:
        writer.close()


def requests(s):
    return (
        f"DESCRIBE {s.address(CODE, 'rtsp')} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode(),
        f"GET /c/{CODE}/live.m3u8 HTTP/1.1\r\n\r\n".encode(),
    )


async def test_a_silent_camera_takes_the_connection_and_says_nothing(running):
    s, _ = running
    for request in requests(s):
        assert await asked(s, request, "silent") is None


async def test_a_camera_with_too_many_viewers_says_so(running):
    s, _ = running
    rtsp, http = [await asked(s, request, "refuse") for request in requests(s)]
    assert rtsp.startswith(b"RTSP/1.0 453 Not Enough Bandwidth")
    assert http.startswith(b"HTTP/1.1 503 ")


async def test_garbage_is_neither_protocol(running):
    s, _ = running
    for request in requests(s):
        said = await asked(s, request, "garbage")
        assert said
        assert b"RTSP" not in said
        assert b"HTTP" not in said


async def test_a_dripping_camera_begins_an_answer_that_never_ends(running, monkeypatch):
    monkeypatch.setattr(cameras, "DRIP_S", 0.01)
    s, _ = running
    s.order(CODE, "drip")
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(requests(s)[1])
    assert await asyncio.wait_for(reader.readexactly(60), 10) == b"HTTP/1.1 200 OK\r\nServer: ".ljust(60, b"a")
    writer.close()


async def test_a_redirect_leads_to_another_address_of_the_machine(running):
    s, client = running
    s.order(CODE, "redirect")
    async with client.get(s.address(CODE, "still.jpg"), allow_redirects=False) as reply:
        assert reply.status == 302
        assert reply.headers["Location"] == f"http://[::1]:{s.port}/c/{CODE}/still.jpg"


@pytest.mark.parametrize("name", ["still.jpg", "live.mjpg"])
async def test_an_endless_picture_goes_on_beyond_any_bound(running, name):
    s, client = running
    s.order(CODE, "endless")
    async with client.get(s.address(CODE, name)) as reply:
        assert reply.status == 200
        begun = await reply.content.readexactly(2_000_000)
    assert begun.count(b"\xff\xd8\xff") == 1
    assert b"\xff\xd9" not in begun


async def test_a_camera_for_udp_only_refuses_tcp_and_one_with_an_odd_base_says_a_path(running):
    s, _ = running
    set_up = (
        f"SETUP {s.address(CODE, 'rtsp')}/track1 RTSP/1.0\r\nCSeq: 1\r\n"
        "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
    ).encode()
    assert (await asked(s, set_up, "udp_only")).startswith(b"RTSP/1.0 461 ")
    assert f"Content-Base: /c/{CODE}/\r\n".encode() in await asked_all(s, requests(s)[0], "odd_base")
    by_path = set_up.replace(s.address(CODE, "rtsp").encode(), f"/c/{CODE}".encode())
    assert (await asked(s, by_path, "odd_base")).startswith(b"RTSP/1.0 400 ")


async def test_ffmpeg_sees_a_camera_for_udp_only_by_datagrams_and_not_over_tcp(running):
    s, _ = running
    s.order(CODE, "udp_only")
    codec, pictures = await asyncio.to_thread(play, s.address(CODE, "rtsp/sub"), 20, rtsp_transport="udp")
    assert codec == "h264"
    assert np.abs(pictures[-1] - pictures[0]).mean() > 0.1
    with pytest.raises(av.FFmpegError):
        await asyncio.to_thread(play, s.address(CODE, "rtsp/sub"), 1, rtsp_transport="tcp")


async def test_a_camera_sends_datagrams_to_whoever_asked_until_told_to_end(running):
    s, _ = running
    s.order(CODE, "udp_only")
    url = s.address(CODE, "rtsp/sub")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        port = ours.getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", s.port)

        async def said(method, *lines):
            writer.write("\r\n".join([f"{method} {url} RTSP/1.0", "CSeq: 1", *lines, "", ""]).encode())
            return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()

        assert (await said("SETUP", "Transport: RTP/AVP;unicast;client_port=80-81")).startswith("RTSP/1.0 461 ")
        ready = await said("SETUP", f"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}")
        theirs, session = (re.search(rf"{name}=?:? ?(\w+)", ready)[1] for name in ("server_port", "Session"))
        await said("PLAY", f"Session: {session}")
        loop = asyncio.get_running_loop()
        packet, (host, came_from) = await asyncio.wait_for(loop.sock_recvfrom(ours, 2_000), 10)
        assert (host, came_from, packet[0]) == ("127.0.0.1", int(theirs), 0x80)
        await said("TEARDOWN", f"Session: {session}")
        with contextlib.suppress(BlockingIOError):
            while ours.recv(2_000):
                pass
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recvfrom(ours, 2_000), 0.4)
        writer.close()


def test_simulated_cameras_send_to_loopback_only():
    datagrams = Datagrams("127.0.0.1")
    with contextlib.closing(datagrams), pytest.raises(ValueError, match="loopback"):
        datagrams.send([b"x"], "192.0.2.1", 9)


async def asked_all(s, request, fault):
    s.order(CODE, fault)
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    return head


async def test_pictures_of_a_lost_signal_and_of_a_camera_that_turned(running):
    s, client = running

    async def seen(fault):
        s.order(CODE, fault)
        async with client.get(s.address(CODE, "still.jpg")) as reply:
            return luma(await reply.read(), "jpeg_pipe")

    clear, moved, bars, blue = [await seen(fault) for fault in ("none", "moved", "bars", "no_signal")]
    assert np.abs(bars[10:350, 40:600] - bars[9:349, 40:600]).max() < 3  # every row is the same
    assert bars.std() > 30
    assert blue.std() < 1
    assert np.abs(moved - clear)[32:].mean() > 15
    assert abs(moved.mean() - clear.mean()) < 6


async def test_a_stuck_picture_stands_still_below_a_clock_that_runs(running):
    s, client = running
    s.order(CODE, "stuck")
    pictures = []
    while len(pictures) < 2:
        async with client.get(s.address(CODE, "still.jpg")) as reply:
            body = await reply.read()
        if not pictures or body != pictures[0]:
            pictures.append(body)
        await asyncio.sleep(0.1)
    one, other = (luma(body, "jpeg_pipe") for body in pictures)
    assert np.abs(one - other)[40:].max() == 0
    assert np.abs(one - other)[:32].max() > 50


async def test_a_switch_takes_its_cameras_along_and_a_network_all_its_switches(running):
    s, _ = running
    now = time.time()
    codes = [f"SKW-AR-{number:04d}" for number in range(1, 201)]
    site, network = site_of(CODE), network_of(CODE)

    def silent():
        return {code for code in codes if s.faults.of(code, now + 1).kind is FaultKind.SILENT}

    s.order(site, "silent")
    assert silent() == {code for code in codes if site_of(code) == site}
    assert len(silent()) == 8
    s.order(CODE, "none")
    assert CODE not in silent()
    s.order(network, "silent")
    assert silent() == {code for code in codes if network_of(code) == network} - {CODE}
    assert 8 < len(silent()) < 200


async def test_the_log_says_what_was_ordered_when_and_for_how_long(running):
    s, _ = running
    faults = s.faults
    faults.order("A", FaultKind.DEAD, 100.0, for_s=50)
    faults.order("B", FaultKind.BLACK, 110.0)
    faults.order("A", FaultKind.NONE, 120.0)
    faults.clear(130.0, "B")
    faults.order("C", FaultKind.DEAD, 140.0, for_s=5)
    faults.clear(200.0)
    told = [(one.code, one.kind, one.since, one.until) for one in faults.log]
    assert told == [
        ("A", FaultKind.DEAD, 100.0, 120.0),
        ("B", FaultKind.BLACK, 110.0, 130.0),
        ("A", FaultKind.NONE, 120.0, 200.0),
        ("C", FaultKind.DEAD, 140.0, 145.0),
    ]


async def test_requests_are_counted_by_method(running):
    s, _ = running
    with pytest.raises(av.FFmpegError):
        s.order(CODE, "udp_only")
        await asyncio.to_thread(play, s.address(CODE, "rtsp/sub"), 1, rtsp_transport="tcp")
    assert s.asked["DESCRIBE"] == 1
    s.order(CODE, "none")
    await asyncio.to_thread(play, s.address(CODE, "rtsp/sub"), 1, rtsp_transport="tcp")
    assert s.asked["PLAY"] == 1
    assert s.asked["TEARDOWN"] >= 1
