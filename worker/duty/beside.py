"""What is done beside looking, each in a thread and on its own time, so that looking keeps its pace."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from data.database import Database
from data.settings import Settings
from worker.duty.archiving import Archiving
from worker.duty.duties import Alarms, Incidents, Retention, Rollups


class Duty(Protocol):
    """Something done again and again."""

    def run_once(self, at: datetime) -> object:
        """Do what is due at a time; blocks."""


def duties(db: Database, settings: Settings) -> list[tuple[float, Duty]]:
    """Every duty, and how often it is done. [s]"""
    return [
        (10.0, Incidents(db)),
        (10.0, Alarms(db)),
        (60.0, Rollups(db)),
        (600.0, Retention(db, settings)),
        *([(settings.archive_every_s, Archiving(db, settings))] if settings.archive_place else []),
    ]


def in_thread(duty: Duty, now: Callable[[], datetime]) -> Callable[[], Awaitable[None]]:
    """Do a duty in a thread."""

    async def run_once() -> None:
        await asyncio.to_thread(duty.run_once, now())

    run_once.__name__ = type(duty).__name__.lower()  # for the line that says it failed
    return run_once
