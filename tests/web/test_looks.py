"""Seeing a camera now: asked once, told what became of it; of what cannot be seen the reason is said."""

import time

import pytest

from data.watch import screen
from data.watch.tables import LookNow
from tests.web.conftest import CAMERAS


@pytest.fixture(scope="module")
def visitor(served):
    with served.signed_in() as session:
        yield session


def test_a_look_is_left_on_the_workers_desk(served, visitor):
    answer = visitor.post(f"{served.url}/looks/9")
    assert answer.status_code == 202
    said = answer.json()
    assert said["until"] - said["asked"] == pytest.approx(60)
    assert abs(said["now"] - time.time()) < 60
    look = screen.look(served.db, 9)
    assert look.until_at.timestamp() == pytest.approx(said["until"])
    assert visitor.get(f"{served.url}/looks/9").json()["reason"] == ""


def test_why_it_cannot_be_seen_is_told_until_it_is_asked_anew(served, visitor):
    visitor.post(f"{served.url}/looks/8?seconds=5")
    with served.db.write() as session:
        session.get(LookNow, 8).reason = "unauthorised"
    assert visitor.get(f"{served.url}/looks/8").json()["reason"] == "unauthorised"
    visitor.post(f"{served.url}/looks/8")
    assert visitor.get(f"{served.url}/looks/8").json()["reason"] == ""


@pytest.mark.parametrize("seconds", ["0", "-1", "61", "x", "nan"])
def test_nobody_looks_longer_than_a_minute_at_a_time(served, visitor, seconds):
    answer = visitor.post(f"{served.url}/looks/7?seconds={seconds}")
    assert (answer.status_code, "at most 60" in answer.text) == (400, True)
    assert screen.look(served.db, 7) is None


def test_of_no_camera_there_is_no_look(served, visitor):
    assert visitor.post(f"{served.url}/looks/{CAMERAS + 1}").status_code == 404
    assert visitor.get(f"{served.url}/looks/{CAMERAS + 1}").status_code == 404
    assert visitor.get(f"{served.url}/looks/6").status_code == 404


def test_other_sites_cannot_make_a_browser_ask(served, visitor):
    answer = visitor.post(f"{served.url}/looks/5", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert screen.look(served.db, 5) is None


def test_strangers_cannot_ask(served):
    with served.anonymous() as stranger:
        assert stranger.post(f"{served.url}/looks/5").status_code == 401
