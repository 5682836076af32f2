"""RTSP cameras of older kinds, MPEG-4 and JPEG over RTP; and what no camera can make us do with any kind."""

import asyncio
import io
import socket
from functools import cache

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from tests.worker.street import Reply, Street, picture, rtsp_camera
from tests.worker.studio import Studio, camera, take
from tests.worker.test_bad_pictures import words
from tests.worker.test_stills import joined
from worker.still.held import Held
from worker.still.picture import HITS
from worker.streams import mjpeg
from worker.streams.rtp import KeyframeFinder

MPEG4 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\na=control:track1\r\n"
JPEG = "m=video 0 RTP/AVP 26\r\na=control:track1\r\n"


@cache
def packets(encoder: str) -> tuple[bytes, ...]:
    """RTP of some pictures as FFmpeg packs them."""
    found: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        with av.open(f"rtp://127.0.0.1:{ours.getsockname()[1]}", "w", format="rtp") as out:
            stream = out.add_stream(encoder, rate=5)
            stream.width, stream.height = 640, 360
            stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
            stream.options = {"huffman": "default"} if encoder == "mjpeg" else {}
            stream.codec_context.thread_count = 1  # several cut a JPEG by marks that its packets do not tell of
            for number in range(4):
                frame = av.VideoFrame.from_ndarray(picture(seed=7), "rgb24")
                frame.pts = number
                out.mux(stream.encode(frame))
                try:
                    while True:
                        found.append(ours.recv(65_535))
                except BlockingIOError:
                    pass
            out.mux(stream.encode(None))
    return tuple(found)


def described(media: str, sent: bytes) -> Reply:
    """A camera of that description which sends this once it plays."""
    plain = rtsp_camera(after_play=sent)
    assert callable(plain)

    def answer(method: str, headers: dict[str, str]) -> object:
        if method == "DESCRIBE":
            sdp = f"v=0\r\n{media}"
            head = f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\nContent-Type: application/sdp\r\n"
            return f"{head}Content-Length: {len(sdp)}\r\n\r\n{sdp}".encode()
        return plain(method, headers)

    return answer  # type: ignore[return-value]


def is_of_the_scene(body: bytes) -> bool:
    """Whether a still shows what was sent."""
    still = Image.open(io.BytesIO(body)).convert("L")
    scene = Image.fromarray(picture(seed=7)).convert("L").resize(still.size, Image.Resampling.BOX)
    return ImageStat.Stat(ImageChops.difference(still, scene)).mean[0] < 8


@pytest.mark.parametrize(("media", "encoder"), [(MPEG4, "mpeg4"), (JPEG, "mjpeg")])
async def test_a_camera_of_an_older_kind_has_its_picture(street: Street, studio: Studio, media: str, encoder: str):
    street.replies["/cam"] = described(media, joined(list(packets(encoder))))
    [taken] = await take(studio, camera(street.url("/cam", "rtsp")))
    assert taken.picture is not None
    assert is_of_the_scene(taken.picture.body)


@pytest.mark.parametrize(("kind", "sampling"), [(0, 1), (1, 2)])
@pytest.mark.parametrize("quality", [10, 50, 85, 255])
def test_a_jpeg_is_put_together_as_it_was_before_it_was_sent(kind: int, sampling: int, quality: int):
    out = io.BytesIO()
    Image.fromarray(picture()).save(out, "JPEG", quality=min(quality, 90), subsampling=sampling)
    body = out.getvalue()
    start = body.index(b"\xff\xda")
    scan = body[start + 14 : -2]
    tables = b"".join(part[3:67] for part in body.split(b"\xff\xdb")[1:]) if quality == 255 else b""
    given = b"\0\0" + len(tables).to_bytes(2) + tables if tables else b""
    cuts = range(0, len(scan), 500)
    payloads = [
        b"\0" + at.to_bytes(3) + bytes([kind, quality, 80, 45]) + (b"" if at else given) + scan[at : at + 500]
        for at in cuts
    ]
    joined_again = mjpeg.join(payloads)
    assert joined_again is not None
    before, after = (Image.open(io.BytesIO(one)).convert("RGB") for one in (body, joined_again))
    assert ImageChops.difference(before, after).getbbox() is None
    assert mjpeg.join(payloads[1:]) is None
    assert mjpeg.join(payloads[:3] + payloads[4:]) is None


def test_a_jpeg_that_restarts_is_put_together_with_its_interval():
    out = io.BytesIO()
    Image.fromarray(picture()).save(out, "JPEG", quality=80, subsampling=2, restart_marker_rows=1)
    body = out.getvalue()
    scan = body[body.index(b"\xff\xda") + 14 : -2]
    joined_again = mjpeg.join([bytes([0, 0, 0, 0, 0x41, 80, 80, 45]) + (40).to_bytes(2) + b"\xff\xff" + scan])
    assert joined_again is not None
    before, after = (Image.open(io.BytesIO(one)).convert("RGB") for one in (body, joined_again))
    assert ImageChops.difference(before, after).getbbox() is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0\0\0\0\1\x50",  # cut
        bytes([0, 0, 0, 0, 9, 80, 80, 45]) + b"scan",  # of a type nobody knows
        bytes([0, 0, 0, 0, 1, 0, 80, 45]) + b"scan",  # of a quality nobody knows
        bytes([0, 0, 0, 0, 1, 80, 0, 0]) + b"scan",  # larger than can be told
        bytes([0, 0, 0, 0, 1, 255, 80, 45, 0, 0, 0, 0]) + b"scan",  # with tables sent long ago
        bytes([0, 0, 0, 0, 1, 255, 80, 45, 0, 1, 0, 128]) + bytes(128) + b"scan",  # with tables of two bytes
        bytes([0, 0, 0, 0, 1, 255, 80, 45, 0, 0, 255, 255]) + b"scan",
        bytes([0, 0, 0, 0, 0x41, 80, 80, 45]),
        bytes([0, 0, 0, 0, 1, 80, 80, 45]),
    ],
)
def test_what_is_no_jpeg_is_none(payload: bytes):
    assert mjpeg.join([payload]) is None


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_pictures_of_an_older_kind_follow_each_other_where_somebody_looks(codec: str):
    finder, held, fresh = KeyframeFinder(codec, every=True), Held(), True
    seen = 0
    for packet in packets(codec):
        if found := finder.push(packet):
            still = held.next({"codec": codec, "fresh": fresh, "form": "jpeg", "sizes": [len(found)]}, found)
            assert is_of_the_scene(still.body)
            fresh, seen = False, seen + 1
    assert seen >= 3


@pytest.mark.parametrize("asked", ["DESCRIBE", "SETUP", "PLAY"])
@pytest.mark.parametrize("status", [301, 302, 305])
async def test_an_rtsp_camera_that_sends_us_elsewhere_is_not_followed(
    street: Street, studio: Studio, asked: str, status: int
):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.1)
        there = f"rtsp://127.0.0.1:{elsewhere.getsockname()[1]}/x"
        for path, media in (("/h264", ""), ("/other", "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n")):
            whole = described(media, b"") if media else rtsp_camera()
            assert callable(whole)

            def answer(method: str, headers: dict[str, str], whole=whole) -> object:
                if method in (asked, "OPTIONS"):
                    head = f"RTSP/1.0 {status} Moved\r\nCSeq: {headers['cseq']}\r\nLocation: {there}\r\n"
                    return f"{head}Content-Length: 0\r\n\r\n".encode()
                return whole(method, headers)

            street.replies[path] = answer  # type: ignore[assignment]
        taken = await take(studio, *(camera(street.url(path, "rtsp")) for path in ("/h264", "/other")))
        assert [one.picture for one in taken] == [None, None]
        with pytest.raises(TimeoutError):
            elsewhere.accept()


async def test_a_camera_that_never_answers_hangs_no_child(street: Street, studio: Studio, monkeypatch):
    monkeypatch.setattr("worker.still.photographer.FETCH_S", 0.5)

    async def never(*_: object) -> None:
        await asyncio.sleep(60)

    street.replies["/mute"] = lambda *_: never()
    street.replies["/cam"] = rtsp_camera()
    mute, good = await take(studio, *(camera(street.url(path, "rtsp")) for path in ("/mute", "/cam")))
    assert mute.reason == "timeout"
    assert good.picture is not None


def test_a_lost_packet_spoils_a_picture_of_an_older_kind_as_well():
    for encoder in ("mpeg4", "mjpeg"):
        sent = list(packets(encoder))
        assert KeyframeFinder(encoder).push(sent[0]) is None
        finder = KeyframeFinder(encoder)
        end = next(at for at, packet in enumerate(sent) if packet[1] & 0x80)
        assert end > 3
        assert [finder.push(packet) for packet in sent[: end + 1] if packet is not sent[2]] == [None] * end
        finder = KeyframeFinder(encoder)  # without its beginning
        assert [finder.push(packet) for packet in sent[1 : end + 1]] == [None] * end


def answering(method: str, status: int) -> Reply:
    """A camera that says no to one kind of request."""
    whole = rtsp_camera()
    assert callable(whole)

    def answer(asked: str, headers: dict[str, str]) -> object:
        said = f"RTSP/1.0 {status} No\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()
        return said if asked == method else whole(asked, headers)

    return answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("cam", "reason"),
    [
        (described("m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", b""), "codec"),
        (described("m=audio 0 RTP/AVP 0\r\n", b""), "no_stream"),
        (answering("DESCRIBE", 401), "unauthorised"),
        (answering("DESCRIBE", 404), "http_error"),
        (answering("SETUP", 453), "busy"),
        (answering("SETUP", 461), "http_error"),
        (answering("PLAY", 455), "http_error"),
    ],
)
async def test_what_a_camera_does_not_give_is_no_fault_of_its_picture(
    street: Street, studio: Studio, cam: Reply, reason: str
):
    street.replies["/cam"] = cam
    one = camera(street.url("/cam", "rtsp"))
    taken = await take(studio, *[one] * (HITS + 1))
    assert {(t.picture, t.verdict, t.reason) for t in taken} == {(None, None, reason)}
    assert reason in words()
