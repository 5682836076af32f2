"""Lanes lost with cameras: by hand, then against working every lane out again without them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.database import next_number
from data.fleet import Fleet
from data.models import INVENTORY, Camera, Status
from data.posts.lanes import lanes, save_lanes
from data.posts.losing import Stack, changes, hung, off, stack, worst
from data.posts.matrix import LANE_SHARE, LaneCover
from tests.data.posts.test_matrix import LANE, POST, PTZ, camera, settle

NIGHT_TOO = {"ir_range_m": 200.0}


def lost(db, known, *rows, when="live"):
    table = off(known, lanes(db), np.array(rows, np.int64), when)
    return [tuple(row) for row in table[["code", "light", "was", "now"]].itertuples(index=False)]


@pytest.mark.parametrize(
    ("cameras", "told"),
    [
        ([camera()], [("IN", "day", "seen", "not_seen")]),
        ([camera(), camera()], []),  # the other sees all of it
        ([camera(), camera(**PTZ)], [("IN", "day", "seen", "possible")]),
        ([camera(), camera(status=Status.UNKNOWN)], [("IN", "day", "seen", "possible")]),
        ([camera(), camera(status=Status.DOWN)], [("IN", "day", "seen", "not_seen")]),
        ([camera(status=Status.DOWN)], []),  # it has nothing to lose
        ([camera(status=Status.UNKNOWN)], [("IN", "day", "possible", "not_seen")]),
        ([camera(status=Status.UNKNOWN), camera()], []),
        ([camera(**PTZ), camera(**PTZ)], [("IN", "day", "possible", "possible")]),  # either may look elsewhere
        ([camera(north_m=94.5), camera(north_m=101, pixels_h=910)], [("IN", "day", "seen", "not_seen")]),
    ],
)
def test_what_becomes_of_a_lane_without_the_first_camera(database, at, cameras, told):
    assert lost(database, settle(database, at, cameras), 0) == told


def test_as_planned_a_camera_that_is_down_costs_its_lane(database, at):
    known = settle(database, at, [camera(status=Status.DOWN)])
    assert lost(database, known, 0, when="planned") == [("IN", "day", "seen", "not_seen")]


def test_day_and_night_are_apart(database, at):
    lane = replace(LANE, light="both")
    known = settle(database, at, [camera(**NIGHT_TOO), camera()], lane)
    assert lost(database, known, 0) == [("IN", "night", "seen", "not_seen")]  # the other has 20 m of infrared
    assert [len(stack(known, lanes(database), light).lanes) for light in ("day", "night")] == [1, 1]


def test_a_pole_costs_what_its_cameras_hold_together(database, at):
    known = settle(database, at, [camera(), camera(), camera(**PTZ)])
    name(database, {"site": "P-1", "network": "N"}, 0, 1)
    known = Fleet(database).now()
    held = lanes(database)
    hangs = hung(database, known, held)
    alone = worst(known, held, "camera", hangs, "live")
    # neither costs a lane by itself; the third only might see it, while others surely do
    assert alone.empty
    [pole] = worst(known, held, "site", hangs, "live").to_dict("records")
    assert {name: pole[name] for name in ("key", "cameras", "posts", "day_lost", "day_blind", "day_most")} == {
        "key": "P-1", "cameras": 2, "posts": 1, "day_lost": 1, "day_blind": 0, "day_most": 1,
    }  # fmt: skip
    assert (pole["night_lost"], pole["night_most"]) == (0, 0)  # this lane asks for the day only
    assert worst(known, held, "network", hangs, "live")["key"].tolist() == ["N"]
    assert worst(known, held, "contract", hangs, "live").empty
    [agency] = worst(known, held, "agency", hangs, "live").to_dict("records")
    assert (agency["key"], agency["day_lost"], agency["day_blind"]) == ("ก", 1, 1)


def name(db, told, *cameras):
    with db.write() as session:
        for number in cameras:
            one = session.get(Camera, number + 1)
            for field, value in told.items():
                setattr(one, field, value)
        next_number(session, INVENTORY)


def test_the_worst_come_first_and_a_lane_drawn_anew_counts_as_it_is(database, at):
    far = replace(LANE, code="OUT", facing="any", points=tuple((x + 0.001, y) for x, y in LANE.points))
    known = settle(database, at, [camera(), camera(lon=LANE.points[0][0] + 0.001)])
    save_lanes(database, POST, [LANE, far, replace(far, code="TOO")], by="ก", at=at)
    held = lanes(database)
    table = worst(known, held, "camera", hung(database, known, held), "live")
    assert table["key"].tolist() == [1, 0]
    assert table["day_lost"].tolist() == [2, 1]
    save_lanes(database, POST, [LANE], by="ก", at=at)
    held = lanes(database)
    assert worst(known, held, "camera", hung(database, known, held), "live")["key"].tolist() == [0]


def test_without_lanes_or_cameras_nothing_is_lost(database, at):
    known = settle(database, at, [])
    held = lanes(database)
    assert off(known, held, np.zeros(0, np.int64), "live").empty
    assert worst(known, held, "camera", hung(database, known, held), "live").empty
    assert off(known, [], np.array([0]), "live").empty
    assert worst(known, [], "agency", hung(database, known, []), "live").empty


CAMERAS, CELLS = 5, 6


@st.composite
def worlds(draw):
    """A few lanes of whole metres, who sees which cell of them, who works, and who hangs on what."""
    covers = []
    for _ in range(draw(st.integers(1, 3))):
        cells = draw(st.integers(1, CELLS))
        grid = st.lists(
            st.lists(st.booleans(), min_size=CAMERAS, max_size=CAMERAS), min_size=cells, max_size=cells
        )
        sure, more = (np.array(draw(grid), bool) for _ in range(2))
        cell_m = np.array(draw(st.lists(st.integers(1, 50), min_size=cells, max_size=cells)), float)
        covers.append(LaneCover(np.arange(CAMERAS), cell_m, sure, sure | more))
    flags = st.lists(st.booleans(), min_size=CAMERAS, max_size=CAMERAS)
    works, may = (np.array(draw(flags), bool) for _ in range(2))
    group = np.array(draw(st.lists(st.integers(-1, 2), min_size=CAMERAS, max_size=CAMERAS)), np.int64)
    return covers, works, works | may, group


def stacked(covers):
    cells = np.cumsum([0, *(len(one.cell_m) for one in covers)])
    entries = [(lane, *pair) for lane, one in enumerate(covers) for pair in zip(*np.nonzero(one.any), strict=True)]
    camera = np.array([camera for _, _, camera in entries], np.int64)
    return Stack(
        tuple(covers),  # only how many there are is asked for
        np.repeat(np.arange(len(covers)), np.diff(cells)),
        np.concatenate([one.cell_m for one in covers]),
        np.arange(CAMERAS),
        camera,
        np.array([cells[lane] + cell for lane, cell, _ in entries], np.int64),
        np.array([covers[lane].sure[cell, camera] for lane, cell, camera in entries], bool),
    )


def way(cover, works, may):
    enough = LANE_SHARE * cover.cell_m.sum() - 1e-9
    if cover.lengths_m(cover.sure, works[:, None])[0] >= enough:
        return 0
    return 1 if cover.lengths_m(cover.any, may[:, None])[0] >= enough else 2


@settings(deadline=None, max_examples=200)
@given(world=worlds())
def test_all_groups_at_once_are_what_each_by_itself_is(world):
    covers, works, may, group = world
    found = changes(stacked(covers), works, may, group).set_index(["group", "lane"])
    for number in range(3):
        stays = group != number
        for lane, cover in enumerate(covers):
            was, now = way(cover, works, may), way(cover, works & stays, may & stays)
            if (number, lane) not in found.index:
                assert was == now
                continue
            row = found.loc[(number, lane)]
            assert (row["was"], row["now"]) == (was, now)
            assert row["most"] or was == now  # what surely gets worse is among what may


@settings(deadline=None, max_examples=200)
@given(world=worlds(), truth=st.randoms(use_true_random=False))
def test_what_really_is_lost_lies_between_the_blind_and_the_most(world, truth):
    """A true world: each uncertain camera works or not, each possible cell is seen or not."""
    covers, works, may, group = world
    found = changes(stacked(covers), works, may, group).set_index(["group", "lane"])
    really = works | (may & np.array([truth.random() < 0.5 for _ in range(CAMERAS)]))
    for lane, cover in enumerate(covers):
        seen = cover.sure | (cover.any & np.array([[truth.random() < 0.5] * CAMERAS for _ in cover.cell_m]))
        for number in range(3):
            if (number, lane) not in found.index:
                continue
            row, enough = found.loc[(number, lane)], LANE_SHARE * cover.cell_m.sum() - 1e-9
            before, after = (
                cover.lengths_m(seen, on[:, None])[0] >= enough for on in (really, really & (group != number))
            )
            if row["was"] == 0 and row["now"] == 2:
                assert before
                assert not after
            if before and not after:
                assert row["most"]
