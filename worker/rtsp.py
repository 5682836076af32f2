"""A small RTSP client over TCP (RFC 2326): enough to ask a camera what it has, and for one keyframe."""

import asyncio
import base64
import binascii
import ssl
from dataclasses import dataclass, field

from worker.credentials import authorization
from worker.network import Reach, Target, resolve
from worker.rtp import START, KeyframeFinder

MAX_BODY = 65_536
QUIET_S = 4.0  # between two packets of a playing camera, a picture a second at least
MAX_STREAM = 16_000_000
_CODECS = {"H264": "h264", "H265": "hevc"}


class ProtocolError(ValueError):
    """The other side does not speak RTSP, or not as it should."""


class SilentError(ProtocolError):
    """The camera plays by its word, but sends nothing."""


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
    """The video a camera describes: what to set up, its codec if we can read it, its parameters as Annex B."""

    control: str
    codec: str | None
    parameters: bytes


@dataclass
class Conversation:
    """One connection to one camera; the caller bounds the time and closes it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    target: Target
    _count: int = 0
    _challenges: list[str] = field(default_factory=list)

    async def ask(self, method: str, uri: str, headers: dict[str, str] | None = None) -> Reply:
        """Reply to a request, signed in if the camera asks for it and we can."""
        reply = await self._ask(method, uri, headers or {})
        if reply.status == 401 and not self._challenges and self.target.user is not None:
            self._challenges = reply.headers.get("www-authenticate", [])
            reply = await self._ask(method, uri, headers or {})
        return reply

    async def _ask(self, method: str, uri: str, headers: dict[str, str]) -> Reply:
        self._count += 1
        lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {self._count}", "User-Agent: Takhai camera monitor"]
        sign_in = authorization(self._challenges, method, uri, self.target)
        lines += [f"Authorization: {sign_in}"] if sign_in else []
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        while True:
            reply = await self._reply()
            if reply.first("cseq") in ("", str(self._count)):
                return reply

    async def _reply(self) -> Reply:
        first = await self.reader.readexactly(1)
        while first == b"$":  # pictures may come between answers
            await self._frame()
            first = await self.reader.readexactly(1)
        head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace").split("\r\n")
        words = head[0].split(" ", 2)
        if len(words) < 2 or not words[0].startswith("RTSP/") or not words[1].isdecimal():
            raise ProtocolError("the answer is not RTSP")
        headers: dict[str, list[str]] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        length = headers.get("content-length", ["0"])[0]
        if not length.isdecimal() or int(length) > MAX_BODY:
            raise ProtocolError(f"an answer may have {MAX_BODY} bytes, this one claims {length[:20]}")
        return Reply(int(words[1]), headers, await self.reader.readexactly(int(length)))

    async def _frame(self) -> tuple[int, bytes]:
        head = await self.reader.readexactly(3)
        return head[0], await self.reader.readexactly(int.from_bytes(head[1:]))

    async def frame(self) -> tuple[int, bytes]:
        """Channel and bytes of the next packet; answers in between are passed over."""
        while True:
            first = await self.reader.readexactly(1)
            if first == b"$":
                return await self._frame()
            await self.reader.readuntil(b"\r\n\r\n")

    def close(self) -> None:
        """End the connection at once."""
        self.writer.transport.abort()


async def open_conversation(target: Target, reach: Reach) -> Conversation:
    """Connect to the first allowed address of a camera."""
    [address, *_] = await resolve(target.host, target.port, reach)
    tls = _tls() if target.secure else None
    reader, writer = await asyncio.open_connection(
        address, target.port, ssl=tls, server_hostname=target.host if tls else None, limit=MAX_BODY
    )
    return Conversation(reader, writer, target)


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
    base = (reply.first("content-base") or reply.first("content-location") or url).strip()
    control = named.get("control", "*").strip()
    if control in ("", "*"):
        control = base
    elif not control.lower().startswith(("rtsp://", "rtsps://")):
        control = f"{base.rstrip('/')}/{control}"
    if any(c.isspace() or not c.isprintable() for c in control):
        return None
    return Video(control, _CODECS.get(encoding), _parameters(named.get("fmtp", "")))


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
    return units


async def first_keyframe(target: Target, reach: Reach) -> tuple[str, bytes]:
    """
    Codec and bytes (Annex B) of the first keyframe a camera sends.

    Raises ProtocolError where it has none for us, OSError where it cannot be reached; the caller bounds the time.
    """
    conversation = await open_conversation(target, reach)
    try:
        described = await conversation.ask("DESCRIBE", target.url, {"Accept": "application/sdp"})
        video = find_video(described, target.url) if described.status == 200 else None
        if video is None or video.codec is None:
            raise ProtocolError(f"no video we can read (status {described.status})")
        wanted = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        ready = await conversation.ask("SETUP", video.control, wanted)
        session = ready.first("session").partition(";")[0]
        if ready.status != 200 or not session:
            raise ProtocolError(f"the camera does not send over TCP (status {ready.status})")
        playing = await conversation.ask("PLAY", target.url, {"Session": session, "Range": "npt=0.000-"})
        if playing.status != 200:
            raise ProtocolError(f"the camera does not play (status {playing.status})")
        frame = await _find(
            conversation, _channel(ready.first("transport")), KeyframeFinder(video.codec, video.parameters)
        )
        conversation.writer.write(
            f"TEARDOWN {target.url} RTSP/1.0\r\nCSeq: 99\r\nSession: {session}\r\n\r\n".encode()
        )
        return video.codec, frame
    finally:
        conversation.close()


async def _find(conversation: Conversation, channel: int, finder: KeyframeFinder) -> bytes:
    seen = 0
    while seen < MAX_STREAM:
        try:
            async with asyncio.timeout(QUIET_S):
                came_on, packet = await conversation.frame()
        except TimeoutError:
            raise SilentError(f"nothing came for {QUIET_S} s") from None
        seen += len(packet)
        if came_on == channel and (found := finder.push(packet)):
            return found
    raise ProtocolError(f"no whole keyframe in {MAX_STREAM} bytes")


def _channel(transport: str) -> int:
    number = transport.partition("interleaved=")[2].partition("-")[0].partition(";")[0]
    return int(number) if number.isdecimal() and int(number) < 256 else 0
