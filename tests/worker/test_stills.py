import asyncio
import io
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from data.models import CaptureClock
from data.settings import HOUSE
from tests.worker.street import Reply, Street, clip, http, jpeg, now, picture, playlist, rtsp_camera, units
from tests.worker.street import rtp as rtp_packets
from tests.worker.studio import NETWORKS, Studio, camera, take
from worker.reach.network import Reach
from worker.still.children import Children
from worker.still.snapshot import UnreadableError, from_image, from_keyframe, from_video
from worker.still.stills import Stills
from worker.streams import rtsp
from worker.streams.rtp import KeyframeFinder


def asking_for_a_password(reply: bytes) -> Reply:
    asked = http(b"", "text/plain", "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"')
    return lambda _, headers: reply if "authorization" in headers else asked


def packets(sent: bytes) -> list[bytes]:
    found = []
    while sent:
        length = int.from_bytes(sent[2:4])
        found.append(sent[4 : 4 + length])
        sent = sent[4 + length :]
    return found


def joined(found: list[bytes]) -> bytes:
    return b"".join(b"$\0" + len(packet).to_bytes(2) + packet for packet in found)


def size(jpeg_bytes: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(jpeg_bytes)).size


async def test_a_picture_is_taken_from_every_kind_of_camera(street: Street, studio: Studio):
    street.replies |= {
        "/still.jpg": http(jpeg()),
        "/live.mjpg": http(
            b"--f\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg() + b"\r\n--f\r\n" + jpeg(),
            "multipart/x-mixed-replace; boundary=f",
        ),
        "/live.m3u8": playlist(7),
        "/seg.ts": http(clip(), "video/mp2t"),
        "/h264": rtsp_camera("h264"),
        "/hevc": rtsp_camera("hevc"),
        "/clip.mp4": http(clip(form="matroska"), "video/x-matroska"),
    }
    addresses = [street.url(p) for p in ("/still.jpg", "/live.mjpg", "/live.m3u8", "/clip.mp4")]
    addresses += [street.url(p, "rtsp") for p in ("/h264", "/hevc")]
    taken = await take(studio, *map(camera, addresses))
    for address, one in zip(addresses, taken, strict=True):
        assert one.picture is not None, address
        assert size(one.picture.body) == (320, 180)
        assert one.verdict == "", address


async def test_a_playlist_with_its_own_clock_says_when_the_picture_was_taken(street: Street, studio: Studio):
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=9)
    street.replies |= {"/live.m3u8": playlist(7, date=began), "/seg.ts": http(clip(), "video/mp2t")}
    [taken] = await take(studio, camera(street.url("/live.m3u8")))
    assert taken.picture is not None
    assert taken.picture.captured_at == began + timedelta(seconds=2)
    assert taken.picture.clock is CaptureClock.STREAM


async def test_a_still_is_as_old_as_its_camera_says_by_its_own_clock(street: Street, studio: Studio):
    headers = ("Date: Sun, 01 Jan 2012 00:01:40 GMT", "Last-Modified: Sun, 01 Jan 2012 00:00:00 GMT")
    street.replies["/still.jpg"] = http(jpeg(), "image/jpeg", "200 OK", *headers)
    [taken] = await take(studio, camera(street.url("/still.jpg")))
    assert taken.picture is not None
    assert timedelta(seconds=95) < now() - taken.picture.captured_at < timedelta(seconds=160)
    assert taken.picture.clock is CaptureClock.STREAM


async def test_a_still_without_a_clock_counts_from_its_arrival(street: Street, studio: Studio):
    street.replies["/still.jpg"] = http(jpeg())
    [taken] = await take(studio, camera(street.url("/still.jpg")))
    assert taken.picture is not None
    assert taken.picture.clock is CaptureClock.ARRIVAL


async def test_the_stream_helps_out_where_the_still_fails(street: Street, studio: Studio):
    street.replies["/h264"] = rtsp_camera("h264")
    [taken] = await take(studio, camera(street.url("/h264", "rtsp"), street.url("/gone.jpg")))
    assert taken.picture is not None


async def test_a_playlist_that_names_another_host_reaches_nothing_there(street: Street, studio: Studio):
    with Street() as inside:
        inside.replies["/seg.ts"] = http(clip(), "video/mp2t")
        outside = f"http://127.0.0.2:{inside.port}/seg.ts"
        street.replies["/live.m3u8"] = playlist(7, segment=outside)
        street.replies["/hop.m3u8"] = playlist(7, segment="/hop")
        street.replies["/hop"] = http(b"", "text/plain", "302 Found", f"Location: {outside}")
        street.replies["/file.m3u8"] = playlist(7, segment="file:///etc/hostname")
        found = await take(studio, *(camera(street.url(f"/{name}.m3u8")) for name in ("live", "hop", "file")))
        assert [one.picture for one in found] == [None, None, None]
        assert inside.requests == []


async def test_a_password_goes_to_the_camera_and_not_to_the_host_its_playlist_names(
    street: Street, studio: Studio
):
    with Street() as other:
        other.replies["/seg.ts"] = http(clip(), "video/mp2t")
        listed = playlist(7, segment=other.url("/seg.ts"))
        street.replies["/live.m3u8"] = asking_for_a_password(listed)
        [taken] = await take(studio, camera(street.url("/live.m3u8", login="u:secret@")))
        assert taken.picture is not None
        assert [h.get("authorization") for _, _, h in street.requests][-1] == "Basic dTpzZWNyZXQ="
        assert all("authorization" not in headers for _, _, headers in other.requests)


async def test_bytes_that_are_no_picture_need_two_looks_to_degrade(street: Street, studio: Studio):
    street.replies["/x.jpg"] = http(b"\xff\xd8\xff" + b"\0" * 5000)
    one = camera(None, street.url("/x.jpg"))
    taken = await take(studio, one, one)
    assert [(t.picture, t.verdict) for t in taken] == [(None, None), (None, "garbage")]
    assert studio.decoders.killed == 0


async def test_a_camera_that_plays_but_sends_nothing_is_stalled(street: Street, studio: Studio, monkeypatch):
    monkeypatch.setattr(rtsp, "QUIET_S", 0.2)
    street.replies["/cam"] = rtsp_camera("h264", after_play=b"")
    one = camera(street.url("/cam", "rtsp"))
    taken = await take(studio, one, one)
    assert [(t.picture, t.verdict) for t in taken] == [(None, None), (None, "stalled")]


async def test_a_bomb_neither_hurts_the_worker_nor_stops_the_next_picture(street: Street, studio: Studio):
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    street.replies |= {"/bomb.png": http(out.getvalue(), "image/png"), "/still.jpg": http(jpeg())}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = await take(studio, camera(None, street.url("/bomb.png")), camera(None, street.url("/still.jpg")))
    assert taken[0].picture is None
    assert taken[1].picture is not None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_child_cannot_take_much_memory_nor_write_a_file(tmp_path):
    script = (
        "import sys; from worker.still import child; child._limit()\n"
        "try: bytearray(2**30)\n"
        "except MemoryError: print('no memory')\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: open(sys.argv[1], 'wb', 0).write(b'x')\n"
        "except OSError: print('no file')\n"
    )
    run = subprocess.run([sys.executable, "-c", script, tmp_path / "x"], capture_output=True, text=True, cwd=HOUSE)
    assert run.stdout.split("\n")[:2] == ["no memory", "no file"]


async def test_a_child_that_dies_or_hangs_is_replaced():
    children = Children(Reach(NETWORKS), 1)
    try:
        job = {"kind": "image", "form": "jpeg"}
        facts, _ = await children.do(job, jpeg(), 20)
        assert facts["ok"]
        [child] = children._all
        os.kill(child.process.pid, 9)
        assert await children.do(job, jpeg(), 20) == ({"ok": False, "reason": "garbage"}, b"")
        facts, _ = await children.do(job, jpeg(), 20)
        assert facts["ok"]
        [child] = children._all
        os.kill(child.process.pid, 19)  # stopped: it answers no more
        assert await children.do(job, jpeg(), 0.3) == ({"ok": False, "reason": "timeout"}, b"")
        facts, _ = await children.do(job, jpeg(), 20)
        assert facts["ok"]
        assert children.killed == 2
    finally:
        await children.close()


async def test_of_several_jobs_at_a_child_only_the_one_that_ends_it_fails():
    children = Children(Reach(NETWORKS), 1, depth=4)
    try:
        job = {"kind": "image", "form": "jpeg"}
        await children.do(job, jpeg(), 20)
        [child] = children._all
        os.kill(child.process.pid, 19)  # stopped: it answers no more
        first, *others = await asyncio.gather(
            children.do(job, jpeg(), 0.3), *(children.do(job, jpeg(), 20) for _ in range(7))
        )
        assert first == ({"ok": False, "reason": "timeout"}, b"")
        assert [facts["ok"] for facts, _ in others] == [True] * 7
        assert children.killed == 1
    finally:
        await children.close()


async def test_a_lost_packet_spoils_the_keyframe_instead_of_half_a_picture(street: Street, studio: Studio):
    nal = units("libx264")
    finder = KeyframeFinder("h264")
    first, second = (
        packets(rtp_packets("h264", nal)),
        packets(rtp_packets("h264", nal, first=100 + len(packets(rtp_packets("h264", nal))))),
    )
    assert [finder.push(packet) for packet in first[:9] + first[10:]] == [None] * (len(first) - 1)
    assert finder.push(second[0]) is None
    street.replies["/cam"] = rtsp_camera("h264", after_play=joined(first[:9] + first[10:] + second))
    [taken] = await take(studio, camera(street.url("/cam", "rtsp")))
    assert taken.picture is not None
    assert taken.verdict == ""


def test_a_still_keeps_its_shape_and_is_never_blown_up():
    wide, tall, small = jpeg(picture(1920, 1080)), jpeg(picture(480, 640)), jpeg(picture(160, 120))
    assert [(s.width, s.height) for s in map(from_image, (wide, tall, small))] == [
        (320, 180),
        (135, 180),
        (160, 120),
    ]


def test_half_a_video_or_half_a_picture_is_no_picture():
    with pytest.raises(UnreadableError):
        from_image(jpeg()[:2000])
    with pytest.raises(UnreadableError):
        from_video(clip()[:188])
    with pytest.raises(UnreadableError):
        from_keyframe(b"\0\0\0\1nonsense", "h264")


def test_bytes_that_name_a_file_or_a_host_open_neither():
    for text in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", b"ffconcat version 1.0\nfile /etc/hostname\n"):
        with pytest.raises(UnreadableError):
            from_video(text)


def order(watchable=lambda _: True, interval_s: float = 600) -> Stills:
    stills = Stills(interval_s, watchable)
    stills.add({1: 700, 2: 650, 3: 10, 4: 20}, now_s=1000)
    return stills


def test_on_screen_comes_first_then_what_changed_then_the_oldest():
    stills = order()
    stills.changed(3)
    stills.wish([4])
    assert [stills.next(1000 + n / 10) for n in range(5)] == [4, 3, 1, 2, None]


def test_a_camera_on_screen_is_taken_again_after_ten_seconds_not_before():
    stills = order()
    stills.wish([4])
    assert [stills.next(now_s) for now_s in (1000, 1000.1, 1000.2, 1009.9, 1010)] == [4, 1, 2, None, 4]


def test_a_camera_that_is_down_waits_until_it_returns():
    up = {2, 3, 4}
    stills = order(up.__contains__)
    assert [stills.next(1000), stills.next(1000)] == [2, None]
    up.add(1)
    stills.changed(1)
    assert stills.next(1001) == 1


def test_a_faulty_picture_is_looked_at_again_within_a_minute():
    stills = order()
    assert [stills.next(1000), stills.next(1000)] == [1, 2]
    stills.again(1, 1000)
    assert [stills.next(1059), stills.next(1060), stills.next(1061)] == [None, 1, None]
