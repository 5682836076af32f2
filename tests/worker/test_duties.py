"""What the worker does beside looking, as its loop calls it."""

from datetime import timedelta

from sqlmodel import select

from data.models import Camera, Outage, WatchSpan
from data.settings import Settings
from data.watch.tables import UptimeHour
from tests.conftest import stock
from worker.duty.duties import Retention, Rollups

HOUR = timedelta(hours=1)


def test_hours_are_summed_a_few_at_a_time(database, at):
    with database.write() as session:
        session.add(WatchSpan(worker="w", began_at=at - 10 * HOUR, ended_at=at))
    duty = Rollups(database)
    assert [duty.run_once(at) for _ in range(3)] == [6, 3, 0]  # the tenth ended less than ten minutes ago
    with database.read() as session:
        assert len(session.exec(select(UptimeHour).where(UptimeHour.grouping == "all")).all()) == 9


def test_what_is_kept_is_what_the_settings_say(database, at):
    stock(database, [Camera(id=1, code="C1", owner_id=1, lon=102.5, lat=13.6, updated_at=at)])
    with database.write() as session:
        for days in (5, 50):
            began = at - timedelta(days=days)
            session.add(Outage(camera_id=1, began_at=began, ended_at=began + HOUR))
    assert Retention(database, Settings(journal_keep_days=100)).run_once(at) == 0
    assert Retention(database, Settings(journal_keep_days=20)).run_once(at) == 1
