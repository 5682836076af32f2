"""States of a lane, now and over time: one lane of 100 m and cameras put so that the answer is known."""

from dataclasses import replace
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from data.database import next_number
from data.fleet import Fleet
from data.geography import load_checkpoints
from data.ground.layers import keep
from data.ground.tables import LayerKind
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Outage, Status, WatchSpan
from data.posts.lanes import DrawnLane, lanes, save_lanes
from data.posts.matrix import matrix, matrix_over
from data.posts.openings import set_opening
from data.watch.tables import Spell, SpellKind
from geo.crs import metres_per_degree

POST, LON, LAT = "KH01", 102.5487, 13.6621
A_LON, A_LAT = (float(one) for one in metres_per_degree(LAT))
HOUR = timedelta(hours=1)


def place(east_m, north_m):
    return LON + east_m / A_LON, LAT + north_m / A_LAT


LANE = DrawnLane("IN", (place(0, 0), place(0, 100)), "in", light="day", facing="oncoming")  # travelling north


def camera(north_m=120.0, status=Status.UP, **changes):
    """A camera over the lane that looks south and reaches 150 m at 125 px/m: it sees all of the lane coming."""
    lon, lat = place(0, north_m)
    told = {"lon": lon, "lat": lat, "bearing_deg": 180.0, "hfov_deg": 40.0, "pixels_h": 13_650, "kind": "fixed"}
    hung = {"mount_height_m": 1e-6, "tilt_deg": 0.0}  # so low that its picture begins at its foot
    return {"position_accuracy_m": 0.0, "ir_range_m": 20.0, **hung, **told, **changes}, status


def test_a_lane_behind_a_building_is_only_possibly_seen(database, at):
    seen = settle(database, at, [camera()])
    assert matrix(seen, lanes(database))["state"].tolist() == ["seen"]
    west, south = place(-8, 105)
    east, north = place(8, 110)
    house = gpd.GeoDataFrame(
        {"name": "", "height_m": np.nan, "at": pd.NaT},
        index=[0],
        geometry=[box(west, south, east, north)],
        crs=4326,
    )
    keep(database, house, LayerKind.BUILDING, "hall", source="f", by="ก", at=at)
    assert matrix(Fleet(database).now(), lanes(database))["state"].tolist() == ["possible"]


PTZ = {"kind": "ptz", "bearing_deg": None}


def settle(db, at, cameras, lane=LANE):
    load_checkpoints(db)
    save_lanes(db, POST, [lane], by="ก", at=at)
    with db.write() as session:
        session.add(Agency(id=1, name_th="ก"))
        session.flush()
        number = next_number(session, SEQ)
        next_number(session, INVENTORY)
        for i, (told, status) in enumerate(cameras):
            one = Camera(code=f"C{i}", owner_id=1, updated_at=at, **told)
            session.add(one)
            session.flush()
            if status is not Status.UNKNOWN:
                session.add(CameraState(camera_id=one.id, status=status, since=at - HOUR, seq=number))
    return Fleet(db).now()


def now(db, at, cameras, lane=LANE):
    return matrix(settle(db, at, cameras, lane), lanes(db)).iloc[0]


@pytest.mark.parametrize(
    ("cameras", "state"),
    [
        ([], "not_seen"),
        ([camera()], "seen"),
        ([camera(status=Status.DOWN)], "not_working"),
        ([camera(status=Status.MAINTENANCE)], "not_working"),
        ([camera(status=Status.DEGRADED)], "possible"),
        ([camera(status=Status.UNKNOWN)], "possible"),  # nobody knows: not "not working"
        ([camera(bearing_deg=None)], "possible"),
        ([camera(**PTZ)], "possible"),
        ([camera(status=Status.DOWN, **PTZ)], "not_seen"),  # it never surely saw the lane
        ([camera(status=Status.DOWN), camera(status=Status.UNKNOWN)], "possible"),
        ([camera(status=Status.DOWN), camera()], "seen"),
        ([camera(status=Status.DOWN), camera(**PTZ)], "not_working"),
        ([camera(north_m=-20, bearing_deg=0)], "not_seen"),  # it sees all of the lane, from behind
        ([camera(north_m=94.5)], "not_seen"),
        ([camera(north_m=95.5)], "seen"),
        ([camera(north_m=94.5), camera(north_m=101, pixels_h=910)], "seen"),  # the other sees the last 10 m
    ],
)
def test_state_now(database, at, cameras, state):
    assert now(database, at, cameras)["state"] == state


def test_shares_of_the_length_are_a_band(database, at):
    row = now(database, at, [camera(north_m=60), camera(north_m=80, status=Status.UNKNOWN)])
    assert (row["certain"], row["possible"]) == pytest.approx((0.6, 0.2), abs=1e-3)
    assert (row["cameras"], row["light"], row["checkpoint"], row["code"]) == (2, "day", POST, "IN")


def test_a_lane_may_ask_for_either_side(database, at):
    behind = camera(north_m=-20, bearing_deg=0)
    assert now(database, at, [behind], replace(LANE, facing="any"))["state"] == "seen"


def test_the_worst_camera_is_named_with_since_when(database, at):
    known = settle(database, at, [camera(status=Status.UNKNOWN), camera(status=Status.DOWN), camera()])
    row = matrix(known, lanes(database)).iloc[0]
    assert (row["state"], row["worst_row"], row["worst_status"]) == ("seen", 1, "down")
    assert row["worst_since"] == at - HOUR


def test_night_is_apart_and_only_where_it_is_asked_for(database, at):
    known = settle(database, at, [camera()], replace(LANE, light="both"))
    found = matrix(known, lanes(database))
    assert dict(zip(found["light"], found["state"], strict=True)) == {
        "day": "seen",
        "night": "not_seen",
    }  # 20 m of IR


def test_a_lane_drawn_anew_is_worked_out_anew(database, at):
    known = settle(database, at, [camera()])
    assert matrix(known, lanes(database)).iloc[0]["state"] == "seen"
    save_lanes(database, POST, [replace(LANE, facing="leaving")], by="ก", at=at)
    assert matrix(known, lanes(database)).iloc[0]["state"] == "not_seen"


def watched(db, at, known, *, outage=(4, 2), degraded=(8, 7)):
    """A worker looked for the last ten hours, and at C0; spans in hours before now."""
    with db.write() as session:
        camera_id = int(known.ids[0])
        session.add(WatchSpan(worker="w", began_at=at - 10 * HOUR, ended_at=at))
        session.add(WatchSpan(camera_id=camera_id, began_at=at - 10 * HOUR))
        for spans, table, more in ((outage, Outage, {}), (degraded, Spell, {"kind": SpellKind.DEGRADED})):
            first, last = spans
            session.add(table(camera_id=camera_id, began_at=at - first * HOUR, ended_at=at - last * HOUR, **more))


STATES = ("seen", "not_working", "possible", "unknown", "not_seen", "closed")


def hours(table):
    return {name: table[f"{name}_s"].sum() / 3600 for name in STATES}


def test_over_a_period_every_hour_is_in_one_state(either_database, at):
    known = settle(either_database, at, [camera(ir_range_m=200)], replace(LANE, light="both"))
    watched(either_database, at, known)
    found = matrix_over(either_database, known, lanes(either_database), at - 24 * HOUR, at)
    assert list(found["light"]) == ["day", "night"]
    assert hours(found) == {
        "seen": pytest.approx(10 - 2 - 1), "not_working": pytest.approx(2), "possible": pytest.approx(1),
        "unknown": pytest.approx(14), "not_seen": 0, "closed": 0,
    }  # fmt: skip
    by_day, by_night = (sum(hours(found[found["light"] == light]).values()) for light in ("day", "night"))
    assert by_day + by_night == pytest.approx(24)
    assert 11 < by_day < 12  # late November


def test_closed_hours_are_apart_and_undated_ones_told(database, at):
    known = settle(database, at, [camera()])
    watched(database, at, known)
    said = {"note": "", "source": "คำสั่ง", "by": "ก", "at": at}
    set_opening(database, POST, "open", at - 5 * HOUR, **said)
    set_opening(database, POST, "closed", at - 3 * HOUR, **said)
    row = matrix_over(database, known, lanes(database), at - 5 * HOUR, at)  # noon in Bangkok: five hours of day
    assert hours(row) == {
        "seen": pytest.approx(1), "not_working": pytest.approx(1), "possible": 0, "unknown": 0, "not_seen": 0,
        "closed": pytest.approx(3),
    }  # fmt: skip
    assert row["undated_s"].sum() == 0
    before = matrix_over(database, known, lanes(database), at - 5.25 * HOUR, at).iloc[0]
    assert before["undated_s"] == pytest.approx(0.25 * 3600)


def test_nobody_looked_so_nothing_is_known(database, at):
    known = settle(database, at, [camera()])
    row = matrix_over(database, known, lanes(database), at - HOUR, at)
    assert hours(row)["unknown"] == pytest.approx(1)


def test_a_lane_no_camera_looks_at_is_not_seen_at_any_time(database, at):
    known = settle(database, at, [])
    assert hours(matrix_over(database, known, lanes(database), at - HOUR, at))["not_seen"] == pytest.approx(1)


def test_a_checkpoint_without_lanes_has_no_rows(database, at):
    load_checkpoints(database)
    known = Fleet(database).now()
    assert matrix(known, []).empty
    assert matrix_over(database, known, [], at - HOUR, at).empty
