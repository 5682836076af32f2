"""Lanes of a checkpoint: saved all at once under a name, replaced but never forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from data.geography import load_checkpoints
from data.posts.lanes import DrawnLane, lanes, save_lanes
from data.posts.tables import CheckpointLane

POST = "KH01"
LON, LAT = 102.5487, 13.6621
IN = DrawnLane("IN-1", ((LON, LAT), (102.5477, LAT)), "in", "ขาเข้า 1", "Inbound 1", level_px_m=80)


def near(metres_east: float, code: str = "X") -> DrawnLane:
    lon = LON + metres_east / 108_200
    return replace(IN, code=code, points=((LON, LAT), (lon, LAT)))


@pytest.fixture
def posts(database):
    load_checkpoints(database)
    return database


def test_lanes_come_back_as_they_were_drawn_with_who_drew_them(either_database, at):
    load_checkpoints(either_database)
    assert save_lanes(either_database, POST, [IN], by=" สมชาย ", at=at) == (1, 0)
    [kept] = lanes(either_database, POST)
    assert kept.drawn == IN
    assert (kept.checkpoint, kept.made_at, kept.made_by, kept.demo) == (POST, at, "สมชาย", False)


def test_saving_again_writes_only_what_changed_and_retires_what_is_left_out(either_database, at):
    load_checkpoints(either_database)
    later = at + timedelta(days=1)
    out, truck = replace(IN, code="OUT-1", use="out"), replace(IN, code="T", use="truck")
    save_lanes(either_database, POST, [IN, out, truck], by="ก", at=at)
    assert save_lanes(either_database, POST, [IN, replace(out, level_px_m=250)], by="ข", at=later) == (1, 2)
    assert {lane.drawn.code: lane.made_by for lane in lanes(either_database)} == {"IN-1": "ก", "OUT-1": "ข"}
    with either_database.read() as session:
        rows = session.exec(select(CheckpointLane).order_by(CheckpointLane.id)).all()
    assert [(row.code, row.level_px_m, row.retired_at, row.retired_by) for row in rows] == [
        ("IN-1", 80, None, None), ("OUT-1", 80, later, "ข"), ("T", 80, later, "ข"), ("OUT-1", 250, None, None),
    ]  # fmt: skip


def test_a_lane_may_reach_three_kilometres_from_its_checkpoint(posts, at):
    assert save_lanes(posts, POST, [near(2_900)], by="ก", at=at) == (1, 0)


@pytest.mark.parametrize(
    ("lane", "said"),
    [
        (replace(IN, points=((LON, LAT),)), "2 to 500 points that differ, got 1; draw it from"),
        (replace(IN, points=((LON, LAT), (LON, LAT))), "points that differ, got 1"),
        (near(3_400), "reaches 3,"),
        (replace(IN, points=((LAT, LON), (LAT, LON - 0.001))), "no longitude and latitude; save it in WGS 84"),
        (replace(IN, points=((261_000.0, 1_511_000.0), (261_100.0, 1_511_000.0))), "WGS 84 (EPSG:4326)"),
        (
            replace(IN, points=((LON, LAT), (LON + 0.001, LAT + 0.001), (LON + 0.001, LAT), (LON, LAT + 0.001))),
            "crosses itself, got LINESTRING",
        ),
        (replace(IN, level_px_m=0), "level lies above 0 and up to 2000 px/m, got 0; 125 tells faces and plates"),
        (replace(IN, width_m=0), "width lies above 0 and up to 60 m, got 0; measure it across"),
        (replace(IN, width_m=float("nan")), "width lies above 0 and up to 60 m, got nan"),
        (replace(IN, use="tunnel"), "use is one of in, out, truck, pedestrian, queue, bypass, got 'tunnel'"),
        (replace(IN, facing="north"), "facing is one of oncoming, leaving, any, got 'north'"),
        (replace(IN, light="dusk"), "light is one of day, night, both, got 'dusk'"),
        (replace(IN, code=" "), "has the code ' '; give it one of 1 to 24"),
        (replace(IN, name_en="x" * 81), "has a name of 81 letters; shorten it to 80"),
    ],
)  # fmt: skip
def test_a_lane_that_breaks_a_rule_is_named_and_nothing_is_written(posts, at, lane, said):
    with pytest.raises(ValueError) as refused:
        save_lanes(posts, POST, [replace(IN, code="GOOD"), lane], by="ก", at=at)
    assert said in str(refused.value)
    assert POST in str(refused.value)
    assert lanes(posts) == []


def test_two_lanes_of_one_code_are_refused(posts, at):
    with pytest.raises(ValueError, match="would have 2 lanes IN-1; give each a code of its own"):
        save_lanes(posts, POST, [IN, replace(IN, use="out")], by="ก", at=at)


def test_nobody_saves_without_a_name(posts, at):
    with pytest.raises(ValueError, match="give a name of 1 to 80 letters"):
        save_lanes(posts, POST, [IN], by="  ", at=at)
    assert lanes(posts) == []


def test_a_checkpoint_nobody_knows_is_refused(database, at):
    with pytest.raises(ValueError, match="no checkpoint has the code 'ZZ'"):
        save_lanes(database, "ZZ", [IN], by="ก", at=at)


def test_nothing_is_saved_over_what_somebody_else_saved_meanwhile(posts, at):
    save_lanes(posts, POST, [IN], by="ก", at=at)
    mine = [lane.id for lane in lanes(posts, POST)]
    save_lanes(posts, POST, [IN, replace(IN, code="B")], by="ข", at=at)
    with pytest.raises(ValueError, match="one at a time, and ข saved B meanwhile; begin again"):
        save_lanes(posts, POST, [replace(IN, level_px_m=250)], by="ก", at=at, instead_of=mine)
    assert [lane.drawn.level_px_m for lane in lanes(posts, POST)] == [80, 80]
