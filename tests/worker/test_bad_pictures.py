"""What hostile or broken cameras send: each has its reason, nothing leaks, and the next camera has its picture."""

import tomllib
from functools import cache

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from data.settings import HOUSE
from tests.worker.street import START, Street, clip, http, jpeg, playlist, rtsp_camera, units
from tests.worker.street import rtp as rtp_packets
from tests.worker.studio import Studio, camera, take
from worker.streams import stream
from worker.streams.stream import Enough

KEY = b"nobody sees this"


@cache
def words() -> dict[str, str]:
    return tomllib.loads((HOUSE / "ui" / "words" / "th.toml").read_text(encoding="utf-8"))["reason"]


async def reasons(street: Street, studio: Studio, *addresses: str) -> list[str]:
    """Why each address has no picture, after which a good camera still has one."""
    street.replies["/still.jpg"] = http(jpeg())
    taken = await take(studio, *map(camera, addresses), camera(None, street.url("/still.jpg")))
    assert taken[-1].picture is not None
    assert [one.picture for one in taken[:-1]] == [None] * len(addresses)
    found = [one.reason for one in taken[:-1]]
    assert set(found) <= words().keys(), "a reason without words"
    return found


def hls(*lines: str) -> bytes:
    text = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:7", *lines, ""]
    return http("\n".join(text).encode(), "application/vnd.apple.mpegurl")


async def test_a_picture_in_a_stream_that_never_ends_is_cut(street: Street, studio: Studio):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n--f\r\n\r\n"
    street.replies["/endless"] = head + b"\xff\xd8\xff" + b"\x11" * 30_000_000
    assert await reasons(street, studio, street.url("/endless")) == ["incomplete"]


def test_an_answer_that_grows_is_read_once_and_not_anew_with_every_piece(monkeypatch):
    looked = 0

    class Counting:
        def search(self, body: bytearray, begin: int) -> None:
            nonlocal looked
            looked += len(body) - begin

    monkeypatch.setattr(stream, "_END", Counting())
    enough, body = Enough(), bytearray(b"--f\r\n\r\n\xff\xd8\xff")
    while not enough(body):
        body += b"\x11" * 1_000
    assert len(body) >= stream.PART_CAP
    assert looked < 2 * len(body)


@pytest.mark.parametrize("path", ["/direct", "/playlist", "/hop", "/master"])
async def test_no_answer_leads_to_our_own_database_though_its_network_is_listed(street: Street, studio, path):
    with Street() as own:
        own.replies["/x"] = http(clip(), "video/mp2t")
        inside = own.url("/x")
        studio.denied = frozenset({("127.0.0.1", own.port)})
        street.replies |= {
            "/playlist": playlist(7, segment=inside),
            "/master": hls("#EXT-X-STREAM-INF:BANDWIDTH=1", inside),
            "/hop": http(b"", "text/plain", "302 Found", f"Location: {inside}"),
        }
        address = inside if path == "/direct" else street.url(path)
        assert await reasons(street, studio, address) == ["not_allowed"]
        assert own.requests == []


def locked(body: bytes) -> bytes:
    """A segment that whoever has the key can see."""
    body += bytes([16 - len(body) % 16]) * (16 - len(body) % 16)
    lock = Cipher(algorithms.AES(KEY), modes.CBC((7).to_bytes(16))).encryptor()
    return lock.update(body) + lock.finalize()


@pytest.mark.parametrize(
    ("tag", "wanted", "segment"),
    [
        ("#EXT-X-MAP:URI=", clip("libx265", frames=1), b"\x47" * 188),
        ("#EXT-X-KEY:METHOD=AES-128,URI=", KEY, locked(clip())),
    ],
    ids=["head", "key"],
)
async def test_a_playlist_s_head_or_key_in_a_file_or_at_another_host_is_not_fetched(
    street: Street, studio: Studio, tmp_path, tag, wanted, segment
):
    file = tmp_path / "secret"
    file.write_bytes(wanted)  # with it there would be a picture
    with Street() as other:
        other.replies["/x"] = http(wanted, "application/octet-stream")
        outside = f"http://127.0.0.2:{other.port}/x"
        named = {"/file": f"file://{file}", "/other": outside, "/own": street.url("/x")}
        for path, address in named.items():
            street.replies[path] = hls(f'{tag}"{address}"', "#EXTINF:2,", "seg.ts")
        street.replies |= {
            "/seg.ts": http(segment, "video/mp2t"),
            "/x": http(wanted, "application/octet-stream"),
        }
        await reasons(street, studio, street.url("/file"), street.url("/other"))
        assert other.requests == []
    [taken] = await take(studio, camera(street.url("/own")))
    assert taken.picture is not None


async def test_a_page_that_names_a_file_of_ours_opens_none(street: Street, studio: Studio):
    pages = ("hls://file:///etc/passwd", "file:///etc/passwd", "httpstream://file:///etc/passwd")
    for number, address in enumerate(pages):
        page = f'<html><video src="{address}"></video><iframe src="{address}"></iframe></html>'
        street.replies[f"/{number}"] = http(page.encode(), "text/html")
    found = await reasons(street, studio, *(street.url(f"/{number}") for number in range(3)))
    assert set(found) <= {"no_stream", "not_allowed", "unreachable"}


@pytest.mark.parametrize("address", ["hls://file:///etc/passwd", "file:///etc/passwd", "hls://http://127.0.0.2/x"])
async def test_an_address_that_names_a_file_or_another_host_is_not_followed(street: Street, studio, address):
    [reason] = await reasons(street, studio, address)
    assert reason != "ok"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_half_a_keyframe_never_shows_as_a_picture_with_grey_in_it(street: Street, studio: Studio, codec):
    encoder = {"h264": "libx264", "hevc": "libx265"}[codec]
    nal = units(encoder)
    half = rtp_packets(codec, nal)[: sum(map(len, nal)) // 2]
    street.replies["/rtsp"] = rtsp_camera(codec, after_play=half)
    street.replies["/ts"] = http(clip(encoder)[: len(clip(encoder, frames=1)) // 2 // 188 * 188], "video/mp2t")
    whole = START.join([b"", *nal])
    job = {"kind": codec, "form": "jpeg"}
    found = await reasons(street, studio, street.url("/ts"), street.url("/rtsp", "rtsp"))
    assert found[0] in ("garbage", "incomplete")
    async with studio:
        facts, _ = await studio.decoders.do(job, whole, 10)
        assert facts["ok"]
        facts, _ = await studio.decoders.do(job, nal[0], 10)
        assert facts["reason"] == "garbage"


async def test_a_camera_s_password_is_in_no_reason(street: Street, studio: Studio):
    street.replies["/x"] = http(b"", "text/plain", "401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')
    addresses = [street.url("/x", scheme, "u:hunter2@") for scheme in ("http", "rtsp")]
    assert not [reason for reason in await reasons(street, studio, *addresses) if "hunter2" in reason]
