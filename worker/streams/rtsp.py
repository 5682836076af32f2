"""A small RTSP client (RFC 2326): enough to ask a camera what it has, and to have it send over TCP or UDP."""

import asyncio
import base64
import binascii
import re
import ssl
import time
from dataclasses import dataclass, field
from functools import cache

from worker.reach.credentials import authorization, is_stale
from worker.reach.names import Names
from worker.reach.network import Reach, Target
from worker.reach.wire import Line, ProtocolError, dial
from worker.streams.datagrams import Datagrams
from worker.streams.rtp import START, KeyframeFinder

MAX_BODY = 65_536
QUIET_S = 4.0  # between two packets of a playing camera, a picture a second at least
ALIVE_S = 15.0  # cameras end a session of which they hear nothing, most of them after a minute
MAX_STREAM = 16_000_000
_CODECS = {"H264": "h264", "H265": "hevc", "MP4V-ES": "mpeg4", "JPEG": "mjpeg"}
_STATIC = {"26": "JPEG"}  # payload types that need no name (RFC 3551)
_AGENT = "Takhai camera monitor"
_NOT_OF_TRANSPORT = (401, 403, 404, 453, 454, 503)  # refusals of SETUP that another transport would meet as well
_REASONS = {401: "unauthorised", 403: "unauthorised", 453: "busy", 503: "busy"}
_SERVER_PORTS = re.compile(r"server_port=(\d{1,5})-(\d{1,5})")


class SilentError(ProtocolError):
    """The camera plays by its word, but sends nothing."""


class DeclinedError(ProtocolError):
    """The camera answers as it should, and gives us nothing; `reason` is the key of the reason."""

    def __init__(self, reason: str, said: str) -> None:
        self.reason = reason
        super().__init__(said)


class TransportError(DeclinedError):
    """The camera does not send over TCP, or UDP, as it was asked to; it may over the other."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers by their small-letter names (each may come more than once), and a body."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def first(self, name: str) -> str:
        """First header of a name, or ""."""
        return self.headers.get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class Video:
    """The video a camera describes: what to set up, what to play, codec ("" for one we do not read), format."""

    control: str
    base: str
    codec: str
    fmtp: str

    @property
    def parameters(self) -> bytes:
        """What came with the description and belongs before a keyframe: of H.264 and H.265 as Annex B."""
        return _parameters(self.fmtp)


@dataclass
class Conversation:
    """One connection to one camera; the caller bounds the time and hangs up."""

    line: Line
    target: Target
    address: str
    reach: Reach
    _count: int = 0
    _challenges: list[str] = field(default_factory=list)
    _signed: int = 0  # answers to these challenges
    _session: str = ""
    _played: str = ""
    _channel: int = 0
    _datagrams: Datagrams | None = None
    _listening: asyncio.Task[None] | None = None
    _asked_s: float = 0.0

    async def ask(self, method: str, uri: str, headers: dict[str, str] | None = None) -> Reply:
        """Reply to a request, signed in if the camera asks for it and we can."""
        reply = await self._ask(method, uri, headers or {})
        for _ in range(2):
            asked = reply.headers.get("www-authenticate", [])
            if reply.status != 401 or self.target.user is None or (self._challenges and not is_stale(asked)):
                break
            self._challenges, self._signed = asked, 0
            reply = await self._ask(method, uri, headers or {})
        return reply

    async def _ask(self, method: str, uri: str, headers: dict[str, str]) -> Reply:
        self.line.write(self._request(method, uri, headers))
        while True:
            reply = await self._reply()
            if reply.first("cseq") in ("", str(self._count)):
                return reply

    def _request(self, method: str, uri: str, headers: dict[str, str]) -> bytes:
        self._count += 1
        self._asked_s = time.monotonic()
        text = f"{method} {uri} RTSP/1.0\r\nCSeq: {self._count}\r\nUser-Agent: {_AGENT}\r\n"
        if self._challenges:
            self._signed += 1
            sign_in = authorization(self._challenges, method, uri, self.target, count=self._signed)
            text += f"Authorization: {sign_in}\r\n" if sign_in else ""
        for name, value in headers.items():
            text += f"{name}: {value}\r\n"
        return f"{text}\r\n".encode()

    async def _reply(self) -> Reply:
        first = await self.line.exactly(1)
        while first == b"$":  # pictures may come between answers
            await self._frame()
            first = await self.line.exactly(1)
        return await self._parse(first + await self.line.head())

    async def _parse(self, head: bytes) -> Reply:
        begin, *lines = head.decode("utf-8", "replace").splitlines()
        words = begin.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("RTSP/") or not words[1].isdecimal():
            raise ProtocolError("the answer is not RTSP")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        length = headers.get("content-length", ["0"])[0]
        if not length.isdecimal() or len(length) > 9 or int(length) > MAX_BODY:
            raise ProtocolError(f"an answer may have {MAX_BODY} bytes, this one claims {length[:20]}")
        body = await self.line.exactly(int(length)) if length != "0" else b""
        return Reply(int(words[1]), headers, body)

    async def _frame(self) -> tuple[int, bytes]:
        head = await self.line.exactly(3)
        return head[0], await self.line.exactly(int.from_bytes(head[1:]))

    async def frame(self) -> tuple[int, bytes]:
        """Channel and bytes of the next packet; answers in between are passed over."""
        while True:
            first = await self.line.exactly(1)
            if first == b"$":
                return await self._frame()
            await self._parse(first + await self.line.head())

    async def describe(self) -> Reply:
        """What the camera has."""
        return await self.ask("DESCRIBE", self.target.url, {"Accept": "application/sdp"})

    async def find_video(self) -> "Video":
        """Video we can read; DeclinedError where the camera has none for us."""
        described = await self.describe()
        _check(described, "does not describe itself")
        video = find_video(described, self.target.url)
        if video is None:
            raise DeclinedError("no_stream", "the camera describes no video")
        if not video.codec:
            raise DeclinedError("codec", "the camera's video is of a kind we do not read")
        return video

    async def play(self, video: "Video", *, udp: bool = False) -> None:
        """Make the camera send over TCP or UDP; TransportError where it may over the other."""
        if udp:
            self._datagrams = Datagrams(self.address)
            wanted = "RTP/AVP;unicast;client_port={}-{}".format(*self._datagrams.ports)
        else:
            wanted = "RTP/AVP/TCP;unicast;interleaved=0-1"
        ready = await self.ask("SETUP", video.control, {"Transport": wanted})
        self._session, self._played = ready.first("session").partition(";")[0].strip(), video.base
        way = ready.first("transport").lower()
        mismatched = bool(way) and ("tcp" in way or "interleaved" in way) is udp
        if mismatched if ready.status == 200 else ready.status not in _NOT_OF_TRANSPORT:
            said = f"the camera does not send over {'UDP' if udp else 'TCP'} (status {ready.status})"
            raise TransportError("http_error", said)
        _check(ready, "does not let itself be set up")
        if not self._session:
            raise ProtocolError("the camera names no session")
        self._channel = _channel(way)
        if self._datagrams is not None:
            self._expect(self._datagrams, way)
        playing = await self.ask("PLAY", video.base, {"Session": self._session, "Range": "npt=0.000-"})
        _check(playing, "does not play")
        if self._datagrams is not None:
            self._listening = asyncio.create_task(self._listen(self._datagrams))

    def _expect(self, datagrams: Datagrams, way: str) -> None:
        """Be ready for datagrams: from the address we have dialled, whatever source the camera names."""
        named = _SERVER_PORTS.search(way)
        ports = (int(named[1]), int(named[2])) if named else (0, 0)
        if all(1024 <= port < 65_536 and self.reach.allows(self.address, port) for port in ports):
            datagrams.open_way(ports)
        datagrams.check_unused()

    async def _listen(self, datagrams: Datagrams) -> None:
        """Hear what the camera says while it sends datagrams; with the connection, they end."""
        try:
            while True:
                await self._reply()
        except (OSError, ProtocolError) as error:
            datagrams.end(error)

    async def packet(self) -> bytes:
        """
        Next packet of what the camera plays.

        Raises SilentError where none comes; TimeoutError where none ever came by datagrams: a firewall may hold
        them up, which says nothing of the camera.
        """
        if time.monotonic() - self._asked_s > ALIVE_S:
            self.line.write(self._request("OPTIONS", self._played, {"Session": self._session}))
        try:
            async with asyncio.timeout(QUIET_S):
                if self._datagrams is not None:
                    return await self._datagrams.packet()
                while True:
                    came_on, packet = await self.frame()
                    if came_on == self._channel:
                        return packet
        except TimeoutError:
            if self._datagrams is not None and not self._datagrams.heard:
                raise TimeoutError("no datagram comes through") from None
            raise SilentError(f"nothing came for {QUIET_S} s") from None

    async def hang_up(self) -> None:
        """End the session, if there is one, then the connection: recorders keep sessions nobody ended."""
        try:
            if self._listening is not None:
                self._listening.cancel()
                await asyncio.wait((self._listening,))
            if self._session:
                await self.line.farewell(self._request("TEARDOWN", self._played, {"Session": self._session}))
        finally:
            if self._datagrams is not None:
                self._datagrams.close()
            self.line.close()


async def open_conversation(target: Target, reach: Reach | Names) -> Conversation:
    """Connect to the first allowed address of a camera."""
    names = reach if isinstance(reach, Names) else Names(reach)
    address = await names.find(target.host, target.port)
    tls = _tls() if target.secure else None
    line = await dial(address, target.port, tls=tls, server_name=target.host)
    return Conversation(line, target, address, names.reach)


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # cameras sign their own certificates
    return context


def find_video(reply: Reply, url: str) -> Video | None:
    """Return the first video of a DESCRIBE reply, or None."""
    lines = reply.body.decode("utf-8", "replace").splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith("m=video")), None)
    if begin is None:
        return None
    end = next((i for i in range(begin + 1, len(lines)) if lines[i].startswith("m=")), len(lines))
    attributes = [line[2:].partition(":")[::2] for line in lines[begin:end] if line.startswith("a=")]
    named = dict(reversed(attributes))
    encoding = named.get("rtpmap", "").partition(" ")[2].partition("/")[0].upper()
    kinds = lines[begin].split()[3:]
    encoding = encoding or (_STATIC.get(kinds[0], "") if kinds else "")
    base = _base(reply, url)
    control = named.get("control", "*").strip()
    if control in ("", "*"):
        control = base
    elif not control.lower().startswith(("rtsp://", "rtsps://")):
        control = f"{base.rstrip('/')}/{control.lstrip('/')}"
    if not _is_plain(control):
        return None
    return Video(control, base, _CODECS.get(encoding, ""), named.get("fmtp", ""))


def _base(reply: Reply, url: str) -> str:
    """
    What a camera's own paths are relative to.

    Cameras behind a translated address name their inside host: that is what they expect to read back, over the
    connection we have; nothing is ever dialled from here. Some name only a path, or nonsense.
    """
    base = (reply.first("content-base") or reply.first("content-location")).strip()
    if base.lower().startswith(("rtsp://", "rtsps://")) and base.split("/", 3)[2] and _is_plain(base):
        return base
    if base.startswith("/") and _is_plain(base):
        return "/".join(url.split("/", 3)[:3]) + base
    return url


def _is_plain(uri: str) -> bool:
    return uri.isprintable() and " " not in uri


def _parameters(fmtp: str) -> bytes:
    fields = dict(part.strip().partition("=")[::2] for part in fmtp.partition(" ")[2].split(";"))
    units = b""
    for name in ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets"):
        for one in fields.get(name, "").split(","):
            try:
                unit = base64.b64decode(one, validate=True)
            except (binascii.Error, ValueError):
                continue
            units += START + unit if unit else b""
    try:
        return units or bytes.fromhex(fields.get("config", ""))  # MPEG-4
    except ValueError:
        return b""


async def first_keyframe(target: Target, reach: Reach | Names, *, udp: bool = False) -> tuple[str, bytes]:
    """
    Codec and bytes of the first keyframe a camera sends, over TCP or UDP.

    Raises TransportError where the other may do, ProtocolError where it has none for us, OSError where it cannot
    be reached; the caller bounds the time.
    """
    conversation = await open_conversation(target, reach)
    try:
        video = await conversation.find_video()
        await conversation.play(video, udp=udp)
        return video.codec, await _find(conversation, KeyframeFinder(video.codec, video.parameters))
    finally:
        await conversation.hang_up()


async def _find(conversation: Conversation, finder: KeyframeFinder) -> bytes:
    seen = 0
    while seen < MAX_STREAM:
        packet = await conversation.packet()
        seen += len(packet)
        if found := finder.push(packet):
            return found
    raise ProtocolError(f"no whole keyframe in {MAX_STREAM} bytes")


def _check(reply: Reply, what: str) -> None:
    if reply.status != 200:
        reason = _REASONS.get(reply.status, "http_error")
        raise DeclinedError(reason, f"the camera {what} (status {reply.status})")


def _channel(transport: str) -> int:
    number = transport.partition("interleaved=")[2].partition("-")[0].partition(";")[0]
    return int(number) if number.isdecimal() and int(number) < 256 else 0
