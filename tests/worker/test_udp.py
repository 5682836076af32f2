"""Cameras that send by datagrams: whose packets count, in what order, and what is left behind."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from data.database import Database
from data.models import Still
from data.watch.desk import look_now
from demo.cameras import street as demo_street
from tests.worker.street import Street, now, rtp, rtsp_camera, units
from tests.worker.studio import Studio, camera, take
from tests.worker.test_looks import refusal
from tests.worker.test_loop import fill, table, until, worker
from tests.worker.test_probe import HERE
from tests.worker.test_stills import joined, packets
from worker.reach.network import Reach, parse
from worker.reach.wire import ProtocolError
from worker.streams.rtp import InOrder, KeyframeFinder
from worker.streams.rtsp import SilentError, TransportError, find_video, first_keyframe, open_conversation

NAL = units("libx264")
KEY = packets(rtp("h264", NAL))
NEXT = packets(rtp("h264", NAL, first=100 + len(KEY)))


def with_source(sent: list[bytes], source: bytes) -> list[bytes]:
    return [packet[:8] + source + packet[12:] for packet in sent]


made: list["Sender"] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Every camera's sockets, at the end of its test."""
    yield
    while made:
        sender = made.pop()
        sender.ours.close()
        sender.other.close()


class Sender:
    """A camera that takes SETUP for datagrams only, and sends what it is given once it is told to play."""

    def __init__(self, sends: list[bytes] = KEY, *, fails: str = "", sends_from: str = "127.0.0.1") -> None:
        self.sends, self.fails = sends, fails
        self.open: set[str] = set()
        self.client: tuple[int, int] = (0, 0)
        self.transports: list[str] = []
        self.alive = 0
        self.tcp = self.lasting = False
        self.early: list[bytes] = []
        self.ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ours.bind(("127.0.0.1", 0))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind((sends_from, 0))
        made.append(self)

    def __call__(self, method: str, headers: dict[str, str]) -> bytes | None:
        head = f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n"
        if method == self.fails:
            return f"RTSP/1.0 455 No\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()
        if method == "SETUP":
            return self._set_up(head, headers)
        if method == "PLAY":
            if self.tcp:
                return f"{head}\r\n".encode() + joined(self.sends)
            for packet in self.sends:
                self.other.sendto(packet, ("127.0.0.1", self.client[0]))
            if self.lasting:
                threading.Thread(target=self._go_on, daemon=True).start()
        if method == "TEARDOWN":
            self.open.discard(headers["session"])
        if method == "OPTIONS" and headers.get("session") == "12":
            self.alive += 1
        plain = rtsp_camera(after_play=b"")
        assert callable(plain)
        answer = plain(method, headers)
        assert isinstance(answer, bytes)
        return answer

    def _set_up(self, head: str, headers: dict[str, str]) -> bytes:
        self.transports.append(headers["transport"])
        named = re.search(r"client_port=(\d+)-(\d+)", headers["transport"])
        if self.tcp is bool(named):
            return f"RTSP/1.0 461 Unsupported Transport\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()
        self.open.add("12")
        if named is None:
            return f"{head}Session: 12\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n".encode()
        self.client = int(named[1]), int(named[2])
        for packet in self.early:
            self.ours.sendto(packet, ("127.0.0.1", self.client[0]))
        port = self.ours.getsockname()[1]
        way = f"RTP/AVP;unicast;client_port={named[1]}-{named[2]};server_port={port}-{port};source=127.0.0.3"
        return f"{head}Session: 12;timeout=60\r\nTransport: {way}\r\n\r\n".encode()

    def _go_on(self) -> None:
        number = 100 + len(self.sends)
        while self.open and number < 60_000:
            sent = packets(rtp("h264", NAL, first=number))
            number += len(sent)
            for packet in sent:
                self.other.sendto(packet, ("127.0.0.1", self.client[0]))
            threading.Event().wait(0.2)

    def ports_are_free(self) -> bool:
        """Whether the ports we had named can be had again."""
        for port in self.client:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                try:
                    one.bind(("127.0.0.1", port))
                except OSError:
                    return False
        return True

    async def is_left(self) -> bool:
        for _ in range(100):
            if not self.open:
                break
            await asyncio.sleep(0.02)
        return not self.open and self.ports_are_free()


async def found(street: Street, sender: Sender, reach: Reach = HERE) -> bytes:
    street.replies["/cam"] = sender
    codec, body = await first_keyframe(parse(street.url("/cam", "rtsp")), reach, udp=True)
    assert codec == "h264"
    return body


def keyframe() -> bytes:
    finder = KeyframeFinder("h264")
    [body] = [body for packet in KEY if (body := finder.push(packet))]
    return body


async def test_a_camera_that_refuses_tcp_has_its_picture_and_is_not_asked_for_tcp_again(
    street: Street, studio: Studio
):
    street.replies["/cam"] = sender = Sender()
    one = camera(street.url("/cam", "rtsp"))
    taken = await take(studio, one, one)
    assert [t.picture is not None for t in taken] == [True, True]
    ways = ["TCP" in transport for transport in sender.transports]
    assert ways == [True, False, False]
    assert await sender.is_left()


async def test_a_simulated_camera_for_udp_only_has_its_picture(database: Database):
    async with demo_street() as s:
        s.order("SKW-AR-0123", "udp_only")
        one = camera(s.address("SKW-AR-0123", "rtsp/sub"))
        async with Studio(database) as photographer:
            taken = [await photographer.take(one) for _ in range(2)]
            assert photographer.fallbacks[one.id] == "udp"
        assert [t.picture is not None for t in taken] == [True, True]
        assert taken[0].verdict == ""
        assert (s.asked["SETUP"], s.asked["PLAY"], s.asked["TEARDOWN"]) == (3, 2, 2)


async def test_a_camera_known_for_udp_that_sends_over_tcp_by_now_has_its_picture(street: Street, studio: Studio):
    street.replies["/cam"] = sender = Sender()
    one = camera(street.url("/cam", "rtsp"))
    async with studio as photographer:
        await photographer.take(one)
        sender.tcp = True
        assert (await photographer.take(one)).picture is not None
        assert one.id not in photographer.fallbacks


async def test_a_camera_that_answers_tcp_with_another_transport_is_taken_at_its_word(
    street: Street, studio: Studio
):
    class Stubborn(Sender):
        def _set_up(self, head: str, headers: dict[str, str]) -> bytes:
            if "TCP" not in headers["transport"]:
                return super()._set_up(head, headers)
            self.open.add("12")
            return f"{head}Session: 12\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n".encode()

    street.replies["/cam"] = sender = Stubborn()
    [taken] = await take(studio, camera(street.url("/cam", "rtsp")))
    assert taken.picture is not None
    assert await sender.is_left()
    assert [method for method, *_ in street.requests].count("TEARDOWN") == 2


async def test_a_refusal_that_is_not_about_the_transport_is_asked_no_second_time(street: Street):
    class Full(Sender):
        def _set_up(self, head: str, headers: dict[str, str]) -> bytes:
            return f"RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: {headers['cseq']}\r\n\r\n".encode()

    with pytest.raises(ProtocolError, match="453") as refused:
        await found(street, Full())
    assert not isinstance(refused.value, TransportError)


async def test_only_packets_from_the_address_we_dialled_count(street: Street, monkeypatch):
    monkeypatch.setattr("worker.streams.rtsp.QUIET_S", 0.3)
    stranger = Sender(sends_from="127.0.0.2")
    with pytest.raises(TimeoutError, match="no datagram"):
        await found(street, stranger)
    assert await stranger.is_left()


async def test_packets_that_overtook_each_other_are_put_in_order_and_doubles_left_out(street: Street):
    assert len(KEY) > 8
    mixed = [KEY[0], *(packet for pair in zip(KEY[2::2], KEY[1::2], strict=False) for packet in pair)]
    mixed += [packet for packet in KEY if packet not in mixed]
    assert mixed != KEY
    assert await found(street, Sender([*mixed[:5], *mixed[3:]])) == keyframe()


async def test_a_lost_packet_spoils_its_picture_and_the_next_one_is_taken(street: Street):
    fresh = with_source(NEXT, KEY[0][8:12])
    assert await found(street, Sender([*KEY[:4], *KEY[5:], *fresh])) == keyframe()
    finder = KeyframeFinder("h264")
    late = [body for packet in KEY[:4] + KEY[5:] if (body := finder.push(packet))]
    assert late == []


def test_order_survives_the_end_of_the_numbers_a_loss_and_a_camera_that_counts_anew():
    def packet(number: int) -> bytes:
        return b"\x80\x60" + (number & 0xFFFF).to_bytes(2) + bytes(8)

    def out(numbers: list[int]) -> list[int]:
        order = InOrder()
        return [int.from_bytes(p[2:4]) for n in numbers for p in order.push(packet(n))]

    assert out([65_534, 0, 65_535, 1]) == [65_534, 65_535, 0, 1]
    lost = out([1, *range(3, 40)])
    assert lost == [1, *range(3, 40)]
    for start in (100, 49_000):
        anew = out([50_000, *range(start, start + 60)])
        assert all(after == before + 1 for before, after in pairwise(anew[1:]))
        assert anew[-1] == start + 59


def test_a_keyframe_without_its_beginning_is_none():
    """Two slices, of which the first was lost before the first packet came."""
    finder = KeyframeFinder("h264", b"\0\0\0\1\x67abc")
    head = b"\x80\xe0" + (7).to_bytes(2) + bytes(8)
    assert finder.push(head + b"\x65\x40second slice") is None
    head = b"\x80\x60" + (8).to_bytes(2) + b"\0\0\0\1" + bytes(4)
    assert finder.push(head + b"\x65\x88first slice") is None
    head = b"\x80\xe0" + (9).to_bytes(2) + b"\0\0\0\1" + bytes(4)
    assert (finder.push(head + b"\x65\x40second slice") or b"").endswith(b"\x65\x40second slice")


async def test_a_second_stream_to_the_same_port_gives_no_picture(street: Street):
    """Such as that of another camera of the recorder, whose session ended unheard."""
    other = with_source(KEY[:2], b"else")
    sender = Sender([*other, *KEY])
    with pytest.raises(ProtocolError, match="two streams"):
        await found(street, sender)
    assert await sender.is_left()
    sender.early = other
    with pytest.raises(ProtocolError, match="earlier session"):
        await found(street, sender)
    assert await sender.is_left()


@pytest.mark.parametrize(
    ("fails", "sends", "patience_s", "error"),
    [
        ("SETUP", KEY, 9, TransportError),
        ("PLAY", KEY, 9, ProtocolError),
        ("", [], 9, TimeoutError),
        ("", KEY[:3], 9, SilentError),
        ("", [], 0.2, TimeoutError),  # given up
    ],
)
async def test_nothing_is_left_behind_however_it_ends(
    street: Street, monkeypatch, fails: str, sends: list[bytes], patience_s: float, error: type[Exception]
):
    monkeypatch.setattr("worker.streams.rtsp.QUIET_S", 0.5)
    sender = Sender(sends, fails=fails)
    with pytest.raises(error):
        async with asyncio.timeout(patience_s):
            await found(street, sender)
    assert await sender.is_left()


async def test_with_the_connection_the_datagrams_end(street: Street):
    sender = Sender(KEY[:3])

    def cut(method: str, headers: dict[str, str]) -> bytes | None:
        answer = sender(method, headers) or b""
        return b"$\0\0\0" + answer if method == "PLAY" else answer  # after which the street hangs up

    street.replies["/cam"] = cut
    with pytest.raises(ConnectionError):
        await first_keyframe(parse(street.url("/cam", "rtsp")), HERE, udp=True)
    assert sender.ports_are_free()


async def test_our_firewall_is_told_of_the_camera_s_ports_unless_they_are_our_own(street: Street):
    sender = Sender()
    port = sender.ours.getsockname()[1]
    sender.ours.settimeout(5)
    await found(street, sender)
    word, place = sender.ours.recvfrom(100)
    assert (len(word), word[0] >> 6, place[1]) == (12, 2, sender.client[0])
    sender.ours.recvfrom(100)
    sender.ours.settimeout(0.2)
    await found(street, sender, Reach(HERE.networks, frozenset({("127.0.0.1", port)})))
    with pytest.raises(TimeoutError):
        sender.ours.recvfrom(100)


async def test_datagrams_nobody_can_send_the_rest_of_say_nothing_of_the_camera(street: Street, studio: Studio):
    """Held up by a firewall, they are no fault of its picture; a stream that stops is."""
    for path, sends in (("/held-up", []), ("/stops", KEY[:3])):
        street.replies[path] = Sender(sends)
    held_up, stops = await take(studio, *(camera(street.url(p, "rtsp")) for p in ("/held-up", "/stops")))
    assert (held_up.reason, held_up.verdict) == ("timeout", None)
    assert stops.reason == "stalled"


@pytest.mark.parametrize("known", [True, False])
def test_a_camera_looked_at_shows_picture_after_picture_by_datagrams(
    street: Street, database: Database, var: Path, known: bool
):
    street.replies["/cam"] = sender = Sender()
    sender.lasting, sender.tcp = True, not known
    ids = fill(database, {"a": (street.url("/cam", "rtsp"), None)})
    with worker(var, still_interval_s=600):
        until(lambda: bool(table(database, Still)))
        begun, sender.tcp = len(sender.transports), False
        end = look_now(database, ids["a"], now(), 6)
        seen = set()

        def watch() -> bool:
            seen.update(still.captured_at for still in table(database, Still))
            return now() > end

        until(watch)
        assert refusal(database, ids["a"]) == ""
        assert len(seen) >= 3
        assert len(sender.transports) - begun == (1 if known else 2)  # one session for all of them
        until(lambda: not sender.open)


async def test_a_session_that_lasts_is_kept_alive(street: Street, monkeypatch):
    monkeypatch.setattr("worker.streams.rtsp.ALIVE_S", 0.3)
    street.replies["/cam"] = sender = Sender()
    sender.lasting = True
    conversation = await open_conversation(parse(street.url("/cam", "rtsp")), HERE)
    described = await conversation.describe()
    video = find_video(described, street.url("/cam", "rtsp"))
    assert video is not None
    await conversation.play(video, udp=True)
    async with asyncio.timeout(20):
        while sender.alive < 2:
            await conversation.packet()
    await conversation.hang_up()
    assert await sender.is_left()
