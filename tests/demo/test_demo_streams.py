"""Large and small pictures of one camera, both codings by RTSP, the ladder of HLS, and sign-in."""

import asyncio
import io

import aiohttp
import av
import numpy as np
import pytest

from demo.cameras import street
from demo.hookups import build_of
from demo.scenes import HEIGHT, WIDTH
from demo.signin import PASSWORD, USER
from tests.demo.pictures import play

CODES = [f"SKW-AR-{number:04d}" for number in range(1, 400)]
PLAIN = next(code for code in CODES if not build_of(code).substream)
LARGE = next(code for code in CODES if build_of(code).scale == 3 and not build_of(code).hevc)
HEVC = next(code for code in CODES if build_of(code).scale == 2 and build_of(code).hevc)


@pytest.fixture
async def running():
    """A street without faults, and a client."""
    async with street() as s, aiohttp.ClientSession() as client:
        yield s, client


@pytest.mark.parametrize(
    ("code", "name", "codec", "scale"),
    [(PLAIN, "rtsp", "h264", 1), (LARGE, "rtsp", "h264", 3), (LARGE, "rtsp/sub", "h264", 1),
     (HEVC, "rtsp", "hevc", 2), (HEVC, "rtsp/sub", "h264", 1)],
)  # fmt: skip
async def test_ffmpeg_reads_the_large_and_the_small_picture(running, code, name, codec, scale):
    s, _ = running
    found, pictures = await asyncio.to_thread(play, s.address(code, name), 20, rtsp_transport="tcp")
    assert found == codec
    assert pictures[0].shape == (scale * HEIGHT, scale * WIDTH)
    assert np.abs(pictures[-1] - pictures[0]).mean() > 0.1


async def test_a_ladder_lists_three_sizes_of_the_same_pictures(running):
    s, client = running
    async with client.get(s.address(LARGE, "master.m3u8")) as reply:
        lines = (await reply.text()).splitlines()
    names = [line for line in lines if not line.startswith("#")]
    assert names == ["live-1080.m3u8", "live-720.m3u8", "live.m3u8"]
    shapes = []
    for name in names:
        async with client.get(s.address(LARGE, name)) as reply:
            segment = (await reply.text()).splitlines()[-1]
        async with client.get(s.address(LARGE, segment)) as reply:
            body = await reply.read()
        with av.open(io.BytesIO(body), format="mpegts") as container:
            frames = list(container.decode(video=0))
        shapes.append((frames[0].height, len(frames)))
    assert shapes == [(1080, 16), (720, 16), (360, 16)]


async def test_a_part_of_a_segment_is_sent_to_whoever_asks_for_it(running):
    s, client = running
    async with client.get(s.address(PLAIN)) as reply:
        address = s.address(PLAIN, (await reply.text()).splitlines()[-1])
    async with client.get(address) as reply:
        whole = await reply.read()
    async with client.get(address, headers={"Range": "bytes=188-375"}) as reply:
        assert reply.status == 206
        assert reply.headers["Content-Range"] == f"bytes 188-375/{len(whole)}"
        assert await reply.read() == whole[188:376]
    async with client.get(address, headers={"Range": "bytes=99999999-"}) as reply:
        assert reply.status == 416


@pytest.mark.parametrize("kind", ["basic", "digest"])
async def test_only_the_right_password_opens_a_camera_that_wants_one(running, kind):
    s, client = running
    s.order(PLAIN, kind)

    async def status(password):
        digest = aiohttp.DigestAuthMiddleware(USER, password)
        basic = {"Authorization": aiohttp.encode_basic_auth(USER, password)}
        how = {"headers": basic} if kind == "basic" else {"middlewares": (digest,)}
        async with client.get(s.address(PLAIN, "still.jpg"), **how) as reply:
            return reply.status

    assert [await status(PASSWORD), await status("else")] == [200, 401]
    address = s.address(PLAIN, "rtsp").replace("rtsp://", f"rtsp://{USER}:{PASSWORD.replace(' ', '%20')}@")
    if kind == "basic":  # FFmpeg cuts a digest's password at its colon
        codec, _ = await asyncio.to_thread(play, address, 1, rtsp_transport="tcp")
        assert codec == "h264"
    with pytest.raises(av.FFmpegError):
        await asyncio.to_thread(play, s.address(PLAIN, "rtsp"), 1, rtsp_transport="tcp")
