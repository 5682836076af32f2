"""Statuses of a moment of the past are those of the history, camera by camera."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from data.fleet import Fleet
from data.lines import border_now
from data.lines.border import LIVE, stretches
from data.lines.moments import status_then
from data.models import Outage
from data.watch.history import history
from data.watch.tables import Spell, SpellKind
from geo.tile.tiles import STATUSES
from tests.data.lines import test_openings as place

db = place.db


def words(database, at: datetime) -> list[str]:
    return [STATUSES[code] for code in status_then(database, Fleet(database).now(), at, 20)]


def test_at_each_moment_cameras_are_what_their_history_says(db):
    with db.write() as session:
        session.add(Outage(camera_id=1, began_at=place.hour(1), ended_at=place.hour(4), reason="timeout"))
        session.add(Outage(camera_id=2, began_at=place.hour(2), reason="refused"))
        session.add(Spell(camera_id=3, kind=SpellKind.DEGRADED, began_at=place.hour(1), ended_at=place.hour(5)))
        session.add(
            Spell(camera_id=1, kind=SpellKind.MAINTENANCE, began_at=place.hour(3.5), ended_at=place.hour(6))
        )
    ends = place.NOON - timedelta(hours=2), place.END + timedelta(hours=2)
    pasts = {number: history(db, number, *ends) for number in (1, 2, 3)}
    for half in np.arange(-1.5, 11.5, 0.5):
        at = place.hour(float(half)) + timedelta(minutes=1)
        then = [
            past["state"][(past["began_at"] <= at) & (at < past["ended_at"])].iloc[0] for past in pasts.values()
        ]
        assert words(db, at) == then, at


def test_the_border_of_now_is_that_of_a_moment_ago(db):
    known = Fleet(db).now()
    then = status_then(db, known, place.hour(1), 20)
    bands = stretches(border_now.cover(known, 20), then, LIVE)
    assert bands["to_m"].iloc[-1] == pytest.approx(bands["to_m"].max())
    assert (
        bands.loc[bands["band"] == "certain", "to_m"] - bands.loc[bands["band"] == "certain", "from_m"]
    ).sum() > 100
