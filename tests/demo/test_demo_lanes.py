"""Lanes of the invented country: on Thai ground, marked demo, and never beside lanes of people."""

from dataclasses import replace

from data.fleet import Fleet
from data.geography import load_border, load_checkpoints
from data.lines.side import right_of_m
from data.posts.lanes import lanes, save_lanes
from data.posts.matrix import matrix
from data.progress import quiet
from demo.inventory import fill
from demo.lanes import POST, plant


def test_lanes_lie_on_thai_ground_and_are_marked_demo(database, at):
    load_checkpoints(database)
    drawn = plant(database, at=at)
    found = lanes(database)
    assert drawn == len(found) == 8
    assert all(lane.demo and lane.checkpoint == POST for lane in found)
    border = load_border()
    assert all(right_of_m(border, *place) > 0 for lane in found for place in lane.drawn.points)


def test_lanes_people_drew_stay_alone(database, at):
    load_checkpoints(database)
    plant(database, at=at)
    mine = replace(lanes(database)[0].drawn, code="OURS")
    save_lanes(database, POST, [mine], by="ก", at=at)
    assert plant(database, at=at) == 0
    assert [lane.drawn.code for lane in lanes(database)] == ["OURS"]


def test_a_first_look_shows_lanes_that_may_be_seen_and_lanes_nobody_sees(database, at):
    report = fill(database, cameras=2_000, seed=7, port=8601, at=at, tick=quiet)
    assert report["lanes"] == 8
    assert {"possible", "not_seen"} == set(
        matrix(Fleet(database).now(), lanes(database))["state"]
    )  # none looked at
