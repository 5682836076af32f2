"""Who is looked at when: pure, in seconds of whatever clock the caller keeps."""

import hashlib

SECOND_LOOK_S = 10.0  # after a miss: is it gone, or was it one lost packet?
LONG_DEAD_S = 600.0  # each such stretch of being down makes the looks rarer by one interval
SLOWEST = 5  # intervals
SLOWEST_S = 600.0
JITTER = 0.05


def phase(camera_id: int) -> float:
    """Share of the interval, 0-1, at which a camera's turn is: always the same, spread evenly over cameras."""
    return int.from_bytes(hashlib.blake2b(str(camera_id).encode(), digest_size=4).digest()) / 2**32


def pace(interval_s: float, misses: int, down_s: float | None) -> float:
    """
    Seconds until a camera's next look.

    Parameters
    ----------
    interval_s
        Between looks at a camera that answers.
    misses
        In a row, while it is not down.
    down_s
        How long it has been down; None if it is not.
    """
    if down_s is None:
        return interval_s if misses == 0 else min(interval_s, SECOND_LOOK_S)
    slower = min(interval_s * min(SLOWEST, 1 + max(down_s, 0) / LONG_DEAD_S), SLOWEST_S)
    return max(interval_s, slower)


def first_look(camera_id: int, interval_s: float, now_s: float) -> float:
    """When a camera is looked at first after a start: at its phase, so that a restart makes no storm."""
    return now_s + phase(camera_id) * interval_s


def next_look(
    camera_id: int,
    interval_s: float,
    now_s: float,
    *,
    misses: int = 0,
    down_s: float | None = None,
    chance: float = 0.5,
) -> float:
    """
    When to look again after a look at `now_s`.

    Parameters
    ----------
    chance
        0-1, drawn by the caller: moves the time by up to 5 % either way, so that cameras never march in step.
    """
    wait_s = pace(interval_s, misses, down_s)
    if wait_s < interval_s:
        return now_s + wait_s * (1 + JITTER * (2 * chance - 1))
    # The next of the camera's own turns that is at least half a wait away: late looks do not shift the pattern.
    offset_s = phase(camera_id) * wait_s
    turns = (now_s + wait_s / 2 - offset_s) // wait_s + 1
    return float(offset_s + turns * wait_s + JITTER * wait_s * (2 * chance - 1))
