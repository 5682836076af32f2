"""Messages between the worker and its children: two lengths, a head in JSON, a body."""

import json
from typing import Any, BinaryIO


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Head and body of the next message; None at the end."""
    sizes = stream.read(8)
    if len(sizes) < 8:
        return None
    head = stream.read(int.from_bytes(sizes[:4]))
    return json.loads(head), stream.read(int.from_bytes(sizes[4:]))


def write_message(stream: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    """Send one message whole."""
    stream.write(pack_message(head, body))
    stream.flush()


def pack_message(head: dict[str, Any], body: bytes) -> bytes:
    """Two lengths, a head in JSON, a body."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(4) + len(body).to_bytes(4) + text + body
