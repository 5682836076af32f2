"""
The child that touches what cameras send: `python -m worker.still.child`, jobs on stdin, stills on stdout.

It has little memory, a few seconds of processor time a job, no files to write and an environment without secrets;
its parent replaces it when a camera's bytes kill it. Some children decode and need no network, others
resolve pages and wait for it: the jobs make the difference.
"""

import json
import os
import resource
import signal
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from worker.reach.network import NotAllowedError, Reach
from worker.still.held import Held
from worker.still.measures import measure
from worker.still.messages import read_message, write_message
from worker.still.snapshot import Small, UnreadableError, from_image, from_keyframe, from_video

MEMORY = 640 * 2**20
CPU_S = 8
OPEN_FILES = 64
NICE = 5  # where the processor is short, pictures wait and not looks: a late look may prove nothing
_PAGE = resource.getpagesize()


def main() -> None:
    """Answer jobs until stdin ends."""
    jobs = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    settings = json.loads(sys.argv[1])
    denied = frozenset((str(host), int(port)) for host, port in settings["denied"])
    reach = Reach(tuple(ip_network(text) for text in settings["networks"]), denied)
    held = Held()
    used_s = 0.0
    _limit()
    while (message := read_message(jobs)) is not None:
        job, body = message
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_S, resource.RLIM_INFINITY))
        signal.alarm(int(job["timeout_s"]) + 2)  # by default it kills; a parent that died cannot
        head, rest = _answer(job, body, reach, held)
        before_s, used_s = used_s, time.process_time()
        write_message(answers, head | {"cpu_s": round(used_s - before_s, 5), "memory": _memory()}, rest)
        signal.alarm(0)


def _limit() -> None:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def _memory() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE


def _answer(job: dict[str, Any], body: bytes, reach: Reach, held: Held) -> tuple[dict[str, Any], bytes]:
    try:
        if job["kind"] in ("find", "piece"):
            return _resolved(job, reach)
        return _still(_small(job, body, held))
    except UnreadableError:
        return {"ok": False, "reason": "garbage"}, b""
    except NotAllowedError:
        return {"ok": False, "reason": "not_allowed"}, b""
    except MemoryError:
        os._exit(1)  # what is left of the memory is not worth trusting
    except Exception as error:  # whatever a camera makes a library raise, it is one camera's affair
        reason = "no_stream" if type(error).__name__ == "NoStreamError" else "unreachable"
        return {"ok": False, "reason": "timeout" if "Timeout" in type(error).__name__ else reason}, b""


def _resolved(job: dict[str, Any], reach: Reach) -> tuple[dict[str, Any], bytes]:
    """What needs streamlink: where the stream behind a page is, or the last piece of one only its reader opens."""
    from worker.streams.links import find_stream, last_piece  # a third of a second that a decoder never needs

    if job["kind"] == "find":
        found = find_stream(job["address"], reach, job["timeout_s"])
        return {"ok": True, "url": found.url, "headers": found.headers}, b""
    return {"ok": True}, last_piece(job["address"], job["headers"], reach, job["timeout_s"])


def _small(job: dict[str, Any], body: bytes, held: Held) -> Small:
    kind, form = job["kind"], job["form"]
    if kind == "image":
        return from_image(body, form)
    if kind == "video":
        return from_video(body, form, whole=job["whole"])
    if kind == "next":
        return held.next(job, body)
    return from_keyframe(body, kind, form)


def _still(small: Small) -> tuple[dict[str, Any], bytes]:
    metrics = measure(small.luma, small.colour)
    return {"ok": True, "width": small.width, "height": small.height}, metrics.pack() + small.body


if __name__ == "__main__":
    main()
