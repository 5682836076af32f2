"""Service hours: when a camera is meant to work, as days of the week and minutes of the day in Bangkok."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

BANGKOK = timezone(timedelta(hours=7))  # no summer time since 1920, so no time zone file is needed
DAY_MIN = 24 * 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SAID = re.compile(r"(?P<days>[a-z,-]+) (?P<from>\d\d?:\d\d)-(?P<to>\d\d?:\d\d)")


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """
    The same hours on some days of the week, Bangkok time.

    Attributes
    ----------
    days
        0 is Monday.
    from_min, to_min
        Minutes since midnight, 0 <= from_min < to_min <= 1440.
    """

    days: frozenset[int] = frozenset(range(7))
    from_min: int = 0
    to_min: int = DAY_MIN

    def __post_init__(self) -> None:
        if not self.days or not self.days <= set(range(7)):
            raise ValueError(f"service days are 0 (Monday) to 6, at least one of them, got {sorted(self.days)}")
        if not 0 <= self.from_min < self.to_min <= DAY_MIN:
            raise ValueError(
                f"service begins before it ends on one day, 0 to {DAY_MIN} minutes, "
                f"got {self.from_min} to {self.to_min}; give a night as two"
            )

    @classmethod
    def parse(cls, said: str) -> "ServiceHours":
        """
        Read "mon-fri 06:00-22:00" or "mon,wed 00:00-24:00".

        Raises
        ------
        ValueError
            If it says anything else.
        """
        found = _SAID.fullmatch(said.strip().lower())
        if found is None:
            raise ValueError(f"service hours read like 'mon-fri 06:00-22:00', got {said!r}")
        days: set[int] = set()
        for part in found["days"].split(","):
            first, _, last = part.partition("-")
            if first not in _DAYS or (last or first) not in _DAYS:
                raise ValueError(f"days of service are {', '.join(_DAYS)}, got {part!r}")
            length = (_DAYS.index(last or first) - _DAYS.index(first)) % 7
            days.update((_DAYS.index(first) + step) % 7 for step in range(length + 1))
        return cls(frozenset(days), _minutes(found["from"]), _minutes(found["to"]))

    def windows(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Spans [begin, end) of service inside a window, in order, in UTC as the window is."""
        midnight = begin.astimezone(BANGKOK).replace(hour=0, minute=0, second=0, microsecond=0)
        found: list[tuple[datetime, datetime]] = []
        while midnight < end:
            if midnight.weekday() in self.days:
                first = max(begin, (midnight + timedelta(minutes=self.from_min)).astimezone(begin.tzinfo))
                last = min(end, (midnight + timedelta(minutes=self.to_min)).astimezone(begin.tzinfo))
                if found and first == found[-1][1] and first < last:
                    found[-1] = (found[-1][0], last)  # round the clock is one span, not one a day
                elif first < last:
                    found.append((first, last))
            midnight += timedelta(days=1)
        return found


def _minutes(said: str) -> int:
    hours, _, minutes = said.partition(":")
    return 60 * int(hours) + int(minutes)
