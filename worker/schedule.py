"""Who is looked at when: pure, in seconds of whatever clock the caller keeps."""

import hashlib

SECOND_LOOK_S = 7.5  # after an answer that contradicts what we believe: is it so, or was it one lost packet?
SECOND_SPREAD = 1 / 3  # 5 to 10 s
LONG_DEAD_S = 600.0  # each such stretch of being down makes the looks rarer by one interval
SLOWEST = 10  # intervals
SLOWEST_S = 600.0
JITTER = 0.05


def phase(camera_id: int) -> float:
    """Share of the interval, 0-1, at which a camera's turn is: always the same, spread evenly over cameras."""
    return int.from_bytes(hashlib.blake2b(str(camera_id).encode(), digest_size=4).digest()) / 2**32


def pace(interval_s: float, *, unsettled: bool = False, down_s: float | None = None) -> float:
    """
    Longest time until a camera's next look. [s]

    Parameters
    ----------
    interval_s
        Between looks at a camera that answers.
    unsettled
        Its last answer contradicts what we believe.
    down_s
        How long it has been down; None if it is not.
    """
    if unsettled:
        return min(interval_s, SECOND_LOOK_S * (1 + SECOND_SPREAD))
    if down_s is None:
        return interval_s
    slower = min(interval_s * min(SLOWEST, 1 + max(down_s, 0) / LONG_DEAD_S), SLOWEST_S)
    return max(interval_s, slower)


def first_look(camera_id: int, interval_s: float, now_s: float) -> float:
    """When a camera is looked at first after a start: its next turn, so that a restart makes no storm."""
    return now_s + (phase(camera_id) * interval_s - now_s) % interval_s


def next_look(
    camera_id: int,
    interval_s: float,
    now_s: float,
    *,
    unsettled: bool = False,
    down_s: float | None = None,
    chance: float = 0.5,
) -> float:
    """
    When to look again after a look at `now_s`; the rest as in `pace`.

    Parameters
    ----------
    chance
        0-1, drawn by the caller: moves the time, so that cameras never march in step. By up to 5 % either way in
        a camera's own turn; by a third for a second look; anywhere up to the longest for the long dead, so that
        those that died together are not asked together.
    """
    wait_s = pace(interval_s, unsettled=unsettled, down_s=down_s)
    if unsettled:
        return now_s + wait_s * (1 - SECOND_SPREAD + 2 * SECOND_SPREAD * chance) / (1 + SECOND_SPREAD)
    if wait_s > interval_s:
        return now_s + interval_s + chance * (wait_s - interval_s)
    # The next of the camera's own turns that is at least half a wait away: late looks do not shift the pattern.
    offset_s = phase(camera_id) * wait_s
    turns = (now_s + wait_s / 2 - offset_s) // wait_s + 1
    return float(offset_s + turns * wait_s + JITTER * wait_s * (2 * chance - 1))
