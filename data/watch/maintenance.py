"""Planned maintenance: windows in which cameras are not expected to answer, and whom they concern."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.database import Database


class Scope(StrEnum):
    """What a window is planned for; its key is the camera's id, else the name the inventory has for it."""

    CAMERA = "camera"
    SITE = "site"
    NETWORK = "network"
    CONTRACT = "contract"
    AGENCY = "agency"  # the owner, by its Thai name
    PROVINCE = "province"  # by its two-digit code


@dataclass(frozen=True, slots=True)
class Window:
    """A planned window [begins_at, ends_at); `cameras` is how many the inventory has in it now."""

    id: int
    scope: Scope
    key: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    by: str
    cancelled_at: datetime | None
    cameras: int


def plan(
    db: Database,
    scope: Scope,
    key: str,
    begins_at: datetime,
    ends_at: datetime,
    *,
    reason: str,
    by: str,
    at: datetime,
) -> int:
    """
    Plan a window and return its id.

    Raises
    ------
    ValueError
        If it ends before it begins or is over already, has no reason or no name, or concerns no camera.
    """
    raise NotImplementedError


def cancel(db: Database, window_id: int, *, by: str, at: datetime) -> None:
    """
    Call a window off: one that has begun ends now, one to come never begins.

    Raises
    ------
    ValueError
        If there is no such window, or it is over or called off.
    """
    raise NotImplementedError


def windows(db: Database, at: datetime, *, past: bool = False) -> list[Window]:
    """Windows that are open or to come at `at`, the next to begin first; with `past` all there ever were."""
    raise NotImplementedError


def excused(db: Database, at: datetime) -> dict[int, datetime]:
    """Cameras in a window open at `at`, and when the last of their windows ends: what the worker does not ask."""
    raise NotImplementedError
