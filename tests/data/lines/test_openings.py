"""What opened and closed gaps: two cameras over one place, and why they fell."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data.database import next_number
from data.fleet import Fleet
from data.geography import load_border
from data.lines.border import cover
from data.lines.openings import UNWATCHED, openings
from data.models import INVENTORY, Agency, Camera, Outage, WatchSpan
from data.watch.tables import Incident, IncidentCamera, Spell, SpellKind

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)
END = NOON + timedelta(hours=10)


def hour(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.fixture
def db(either_database):
    """Two fisheyes at one place of the border, and a third far away; all watched all the time."""
    line = load_border()
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="ทต.อรัญประเทศ"))
        session.flush()
        for number, at_m in ((1, 5000.0), (2, 5000.0), (3, 90_000.0)):
            lon, lat = line.point_at(at_m)
            session.add(
                Camera(
                    id=number, code=f"C{number}", owner_id=1, lon=lon, lat=lat, updated_at=NOON, kind="fisheye",
                    bearing_deg=0, hfov_deg=360, pixels_h=4000, pixels_v=4000, mount_height_m=4, tilt_deg=90,
                )
            )  # fmt: skip
        session.flush()
        session.add(WatchSpan(worker="w", began_at=NOON, ended_at=END))
        session.add_all(WatchSpan(camera_id=number, began_at=NOON) for number in (1, 2))
        session.add(WatchSpan(camera_id=3, began_at=NOON, ended_at=hour(7)))
        next_number(session, INVENTORY)
    return either_database


def told(db) -> list[tuple[float, bool, str, str, str]]:
    found = openings(db, Fleet(db).now(), 20, NOON, END)
    hours = (found["at"] - NOON) / timedelta(hours=1)
    return list(zip(hours, found["opened"], found["camera_code"], found["reason"], found["key"], strict=True))[
        ::-1
    ]


def test_a_gap_opens_with_the_last_camera_that_saw_it_and_closes_with_the_first_back(db):
    with db.write() as session:
        session.add(Outage(camera_id=1, began_at=hour(1), ended_at=hour(4), reason="timeout"))
        session.add(Outage(camera_id=2, began_at=hour(2), ended_at=hour(3), reason="refused"))
        session.add(Spell(camera_id=2, kind=SpellKind.DEGRADED, began_at=hour(5), reason="black"))
        session.add(Spell(camera_id=1, kind=SpellKind.MAINTENANCE, began_at=hour(6), ended_at=hour(6.5)))
        session.add(Incident(id=4, kind="site", key="SW-1", began_at=hour(2), ended_at=hour(3)))
        session.flush()
        session.add(IncidentCamera(incident_id=4, camera_id=2))
    assert told(db) == [
        (2, True, "C2", "refused", "SW-1"),
        (3, False, "C2", "refused", ""),
        (6, True, "C1", "maintenance", ""),
        (6.5, False, "C1", "maintenance", ""),
        (7, True, "C3", UNWATCHED, ""),
    ]


def test_lengths_add_up_to_what_the_border_lost(db):
    with db.write() as session:
        for number in (1, 2):
            session.add(Outage(camera_id=number, began_at=hour(number), reason="timeout"))
    known = Fleet(db).now()
    covered = cover(load_border(), known.inventory, 20)
    mine = covered.row == 1
    found = openings(db, known, 20, NOON, END).iloc[-1]
    assert found["length_m"] == pytest.approx((covered.to_m - covered.from_m)[mine].sum())
    assert (found["from_m"], found["to_m"]) == (covered.from_m[mine].min(), covered.to_m[mine].max())
    assert found["to_m"] - found["from_m"] > 50
    assert np.isclose(found["from_m"] + found["to_m"], 10_000, atol=20)


def test_what_closes_had_been_open_for_what_was_so_before_the_window(db):
    with db.write() as session:
        session.add(Outage(camera_id=1, began_at=NOON, ended_at=hour(4), reason="timeout"))
        session.add(Outage(camera_id=2, began_at=NOON, ended_at=hour(6), reason="refused"))
    found = openings(db, Fleet(db).now(), 20, hour(2), hour(6.5))
    assert found[["camera_code", "opened", "reason"]].to_numpy().tolist() == [["C1", False, "timeout"]]


def test_one_that_fell_while_another_saw_may_be_the_first_back(db):
    with db.write() as session:
        session.add(Outage(camera_id=1, began_at=hour(1), ended_at=hour(3), reason="timeout"))
        session.add(Outage(camera_id=2, began_at=hour(2), ended_at=hour(4), reason="refused"))
    assert told(db)[:2] == [(2, True, "C2", "refused", ""), (3, False, "C1", "timeout", "")]


def test_before_anybody_looked_nothing_opened(db):
    assert openings(db, Fleet(db).now(), 20, NOON - timedelta(days=3), NOON).empty
