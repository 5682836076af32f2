"""What a map asks for each second: changes, marks, counts; the stretches of border; names under the pointer."""

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import pytest

from data.database import Database
from data.filters import CameraFilter, counts, rows
from data.fleet import DOWN, UP, Fleet, Snapshot
from data.models import Camera, Status
from data.watch.journal import Change, record
from tests.conftest import stock
from tests.web.conftest import CAMERAS, NEVER_SEEN
from tests.web.conftest import DOWN as DOWN_ID
from web.live import news, stretches, tip


@dataclass
class Five:
    """Five cameras, all up; 1 and 2 hang on one mast."""

    db: Database
    fleet: Fleet
    at: datetime

    def turn(self, camera: int, status: Status) -> Snapshot:
        known = self.fleet.now()
        seq = int(known.changed[known.row_of(camera)])
        assert record(self.db, [Change(camera, status, self.at, "timeout", seq)])[camera].won
        return self.fleet.refresh()


@pytest.fixture
def five(database, at):
    cameras = (
        Camera(id=n, code=f"C{n}", name_th=f"กล้อง {n}", owner_id=1, lon=102.5 + (0 if n < 3 else n / 100),
               lat=13.7, updated_at=at)
        for n in range(1, 6)
    )  # fmt: skip
    stock(database, cameras)
    record(database, [Change(n, Status.UP, at, "ok", None) for n in range(1, 6)])
    return Five(database, Fleet(database), at)


@pytest.fixture
def visitor(served):
    return served.signed_in()


def ask(visitor, served, **query):
    return visitor.get(f"{served.url}/live?{urlencode(query)}")


def test_it_says_version_number_and_counts_unknown_beside_the_others(visitor, served):
    said = ask(visitor, served).json()
    assert said["counts"]["shown"] == CAMERAS
    assert said["counts"]["down"] >= 1
    assert said["counts"]["unknown"] >= 1
    assert sum(n for word, n in said["counts"].items() if word != "shown") == CAMERAS
    assert visitor.get(f"{served.url}/live").headers["cache-control"] == "no-store"


def test_a_change_is_told_to_whom_has_not_heard_of_it_and_to_nobody_twice(five):
    known = five.fleet.now()
    changed = five.turn(4, Status.DOWN)
    told = json.loads(news(changed, [("since", str(known.seq))]))
    assert [(row[0], row[3]) for row in told["changed"]] == [(4, DOWN)]
    again = json.loads(news(changed, [("since", str(told["seq"]))]))
    assert again["changed"] == []


def test_who_hangs_on_the_same_mast_is_told_as_well_the_worst_last(five):
    five.turn(1, Status.DOWN)
    last = five.turn(2, Status.UP)
    told = json.loads(news(last, [("since", str(last.seq - 1))]))["changed"]
    assert [(row[0], row[3]) for row in told] == [(2, UP), (1, DOWN)]


def test_a_filtered_map_hears_of_its_cameras_whatever_their_new_status(five):
    known = five.fleet.now()
    changed = five.turn(3, Status.DOWN)
    told = json.loads(news(changed, [("status", "up"), ("since", str(known.seq))]))
    assert [row[0] for row in told["changed"]] == [3]  # else it would stay on screen as up
    elsewhere = json.loads(news(changed, [("q", "no such name"), ("since", str(known.seq))]))
    assert elsewhere["changed"] == []
    assert elsewhere["counts"]["shown"] == 0


@pytest.mark.parametrize("chosen", [CameraFilter(), CameraFilter(statuses=("down",)), CameraFilter(text="กล้อง 1")])
def test_counts_are_those_of_the_rows_a_file_would_hold(five, chosen):
    known = five.turn(5, Status.DOWN)
    number = json.loads(news(known, parse_qsl(chosen.query())))["counts"]
    assert number["shown"] == len(rows(known, chosen)) == sum(counts(known, chosen).values())


@pytest.mark.parametrize(
    ("query", "word"),
    [("status=asleep", "asleep"), ("since=-1", "since"), ("since=%3Cb%3E", "since"), ("level=0", "level"),
     ("light=dusk", "dusk"), ("kind=kite", "kite")],
)  # fmt: skip
def test_a_question_that_cannot_be_is_answered_in_one_sentence(visitor, served, query, word):
    for path in ("/live", "/live/gaps.json", "/tiles/10/0/0.mvt"):
        if word == "since" and path != "/live":
            continue
        separator = "&when=live&" if "gaps" in path else ""
        reply = visitor.get(f"{served.url}{path}?{separator}{query}")
        assert reply.status_code == 404
        assert word in reply.text
        assert reply.text.count("\n") == 1
        assert reply.headers["content-type"].startswith("text/plain")


def test_stretches_lie_on_the_border_and_a_mark_makes_them_lasting(visitor, served):
    mark = ask(visitor, served).json()["gaps"]
    lasting = visitor.get(f"{served.url}/live/gaps.json?when=live&h={mark}")
    passing = visitor.get(f"{served.url}/live/gaps.json?when=live&h=another")
    assert "max-age=3600" in lasting.headers["cache-control"]
    assert passing.headers["cache-control"] == "no-store"
    planned = visitor.get(f"{served.url}/live/gaps.json?when=planned&h={mark.split('.')[0]}")
    assert "max-age=3600" in planned.headers["cache-control"]
    rows_ = planned.json()
    assert {row["b"] for row in rows_} <= {"open", "possible"}
    assert all(row["f"] < row["t"] and len(row["p"]) >= 2 for row in rows_)


def test_planned_stretches_do_not_change_with_status(five):
    before = stretches(five.fleet.now(), "planned", CameraFilter())
    assert stretches(five.turn(1, Status.DOWN), "planned", CameraFilter()) == before


def test_a_tip_has_name_and_status_and_no_address(visitor, served):
    said = visitor.get(f"{served.url}/live/tip/{DOWN_ID}").json()
    assert set(said) == {"code", "name_th", "name_en", "status", "since_s"}
    assert said["code"] == f"C{DOWN_ID}"
    assert visitor.get(f"{served.url}/live/tip/{NEVER_SEEN}").json()["since_s"] is None
    assert visitor.get(f"{served.url}/live/tip/999999").status_code == 404


def test_nobody_hears_anything_who_is_not_signed_in(served):
    for path in ("/live", "/live/gaps.json?when=live", "/live/tip/1"):
        assert served.anonymous().get(served.url + path).status_code == 401


def test_an_old_status_never_has_an_age_below_nothing(five, at):
    assert tip(five.fleet.now(), 0, at.replace(year=2000))["since_s"] == 0


def test_a_map_of_another_line_hears_of_its_gaps_and_where_it_runs(visitor, served):
    usual, whole = (ask(visitor, served, **query).json()["gaps"] for query in ({}, {"line": "cambodia"}))
    assert usual != whole
    gaps = visitor.get(f"{served.url}/live/gaps.json?when=planned&line=cambodia&h={whole.split('.')[0]}")
    assert "max-age=3600" in gaps.headers["cache-control"]
    assert sum(row["t"] - row["f"] for row in gaps.json()) > 800_000
    [course] = visitor.get(f"{served.url}/live/line.json?line=cambodia").json()
    assert course["p"][0] == [105.20647, 14.34334]
    for path in ("/live", "/live/line.json", "/live/gaps.json"):
        refused = visitor.get(f"{served.url}{path}?when=live&line=moon")
        assert (refused.status_code, refused.text) == (404, "line= takes sakaeo, cambodia, got 'moon'\n")
    assert served.anonymous().get(f"{served.url}/live/line.json").status_code == 401
