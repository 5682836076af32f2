"""Where no picture of a camera was kept, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from data.settings import Settings
from data.watch.archive import DAILY_AFTER, HOURLY_AFTER

LATE = 2.0  # a picture is missed once it is so many times as late as usual
APART = {HOURLY_AFTER: timedelta(hours=2), DAILY_AFTER: timedelta(days=2)}  # at most, of two that were thinned to


class Why(StrEnum):
    """Why nothing was kept over a while."""

    LET_GO = "let_go"  # older than pictures are kept
    NOT_YET = "not_yet"  # before the oldest that is kept of any camera
    HOURLY = "hourly"  # one an hour is left
    DAILY = "daily"  # one a day is left
    NOT_CHOSEN = "not_chosen"  # the camera is not among those whose pictures are kept
    NONE_CAME = "none_came"


SAID = {
    Why.LET_GO: "older than pictures are kept",
    Why.NOT_YET: "before the oldest picture kept of any camera",
    Why.HOURLY: "older than a day: one an hour is kept",
    Why.DAILY: "older than a week: one a day is kept",
    Why.NOT_CHOSEN: "the camera is not among those whose pictures are kept",
    Why.NONE_CAME: "no new picture was taken",
}


@dataclass(frozen=True)
class Hole:
    """A span without a picture."""

    began_at: datetime
    ended_at: datetime
    why: Why


def holes(
    captured: Sequence[datetime],
    begin: datetime,
    end: datetime,
    at: datetime,
    *,
    given: Settings,
    begins_at: datetime | None,
    chosen: bool,
) -> list[Hole]:
    """
    Return the spans in [begin, end) in which nothing was kept of a camera, the oldest first; thinned ones as one.

    Parameters
    ----------
    captured
        When what is kept was captured, the oldest first.
    at
        The time it is; what is yet to come is no hole.
    begins_at
        The oldest hour kept of any camera; None if there is none.
    chosen
        Whether pictures of the camera are kept now.
    """
    usual = usually(given)
    let_go_at = at - timedelta(days=given.archive_keep_days)
    found: list[Hole] = []
    for after, before in pairwise([begin, *captured, min(end, at)]):
        if before - after <= usual:
            continue
        cuts = (one for one in (let_go_at, begins_at) if one is not None and after < one < before)
        for first, last in pairwise(sorted({after, before, *cuts})):
            why = _why(first, last, at, let_go_at, begins_at, chosen=chosen)
            on = found and found[-1].why is why and found[-1].ended_at == first
            if on and (first != after or why in (Why.HOURLY, Why.DAILY)):
                found[-1] = replace(found[-1], ended_at=last)
            elif last - first > usual:
                found.append(Hole(first, last, why))
    return found


def usually(given: Settings) -> timedelta:
    """How far apart two pictures are at most, when none is missing."""
    return timedelta(seconds=LATE * max(given.archive_every_s, given.still_interval_s))


def _why(
    first: datetime, last: datetime, at: datetime, let_go_at: datetime, begins_at: datetime | None, *, chosen: bool
) -> Why:
    if last <= let_go_at:
        return Why.LET_GO
    if begins_at is None or last <= begins_at:
        return Why.NOT_YET
    for age, why in ((HOURLY_AFTER, Why.HOURLY), (DAILY_AFTER, Why.DAILY)):
        if at - first > age and last - first <= APART[age]:
            return why
    return Why.NONE_CAME if chosen else Why.NOT_CHOSEN
