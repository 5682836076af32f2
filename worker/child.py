"""
The child that touches what cameras send: `python -m worker.child`, jobs on stdin, stills on stdout.

It has little memory, a few seconds of processor time a job, no files to write and an environment without secrets;
its parent replaces it when a camera's bytes kill it.
"""

import json
import os
import resource
import signal
import sys
from ipaddress import ip_network
from typing import Any, BinaryIO

from worker.network import NotAllowedError, Reach
from worker.picture import find_fault, is_same
from worker.snapshot import Small, UnreadableError, from_image, from_keyframe, from_video, luma_of

MEMORY = 640 * 2**20
CPU_S = 8
OPEN_FILES = 64


def main() -> None:
    """Answer jobs until stdin ends."""
    jobs = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    settings = json.loads(sys.argv[1])
    reach = Reach(tuple(ip_network(text) for text in settings["networks"]))
    _limit()
    while (message := read_message(jobs)) is not None:
        job, body = message
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_S, resource.RLIM_INFINITY)
        )
        signal.alarm(int(job["timeout_s"]) + 2)  # by default it kills; a parent that died cannot
        write_message(answers, *_answer(job, body, reach))
        signal.alarm(0)


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


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def _answer(job: dict[str, Any], body: bytes, reach: Reach) -> tuple[dict[str, Any], bytes]:
    try:
        if job["kind"] == "find":
            from worker.links import has_stream

            return {"ok": has_stream(job["address"], reach, job["timeout_s"])}, b""
        return _still(job, body, reach)
    except UnreadableError:
        return {"ok": False, "reason": "garbage"}, b""
    except NotAllowedError:
        return {"ok": False, "reason": "not_allowed"}, b""
    except MemoryError:
        os._exit(1)  # what is left of the memory is not worth trusting
    except Exception as error:  # whatever a camera makes a library raise, it is one camera's affair
        reason = "no_stream" if type(error).__name__ == "NoStreamError" else "unreachable"
        return {"ok": False, "reason": "timeout" if "Timeout" in type(error).__name__ else reason}, b""


def _still(job: dict[str, Any], body: bytes, reach: Reach) -> tuple[dict[str, Any], bytes]:
    before = body[: job["before"]]
    kind, captured_at, mark = job["kind"], None, ""
    if kind in ("hls", "page"):
        from worker.links import last_piece

        piece = last_piece(job["address"], reach, job["timeout_s"], page=kind == "page")
        captured_at, mark = piece.captured_at, piece.mark
        small = from_video(piece.body)
    elif kind == "image":
        small = from_image(body[job["before"] :])
    elif kind == "video":
        small = from_video(body[job["before"] :])
    else:
        small = from_keyframe(body[job["before"] :], kind)
    facts = {
        "ok": True,
        "width": small.width,
        "height": small.height,
        "fault": find_fault(small.luma),
        "same": bool(before) and _same(small, before),
        "captured_at": captured_at.isoformat() if captured_at else None,
        "mark": mark,
    }
    return facts, small.jpeg


def _same(small: Small, before: bytes) -> bool:
    try:
        return is_same(small.luma, luma_of(before))
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    main()
