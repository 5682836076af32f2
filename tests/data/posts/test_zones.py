"""Zones people draw: checked, one in use, never forgotten; and what is seen of every zone at its own level."""

from dataclasses import replace
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box
from sqlmodel import select

from data.checkpoints import zones
from data.database import next_number
from data.fleet import Fleet
from data.geography import checkpoints, load_checkpoints
from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Status
from data.posts.tables import CheckpointZone
from data.posts.watched import other_zones, post_zones
from data.posts.zones import DrawnZone, history, in_use, save_zone

POST, LON, LAT = "KH01", 102.5487, 13.6621
D = 0.0002  # of a degree, about 22 m


def square(x=LON, y=LAT, half=D):
    ends = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    return tuple((round(lon, 7), round(lat, 7)) for lon, lat in ends)


ZONE = DrawnZone(square(), 40.0)


def assumed(db):
    table = checkpoints(db)
    return zones(table).set_index("code").loc[POST]


def test_a_drawn_zone_takes_the_place_of_the_derived_one_and_is_retired_never_forgotten(either_database, at):
    load_checkpoints(either_database)
    assert assumed(either_database)["assumed"]
    save_zone(either_database, POST, ZONE, by=" สมชาย ", at=at)
    held = in_use(either_database, POST)
    assert (held.drawn, held.made_by, held.made_at, held.retired_at) == (ZONE, "สมชาย", at, None)
    found = assumed(either_database)
    assert not found["assumed"]
    assert found.geometry.equals(Polygon(square()))
    row = checkpoints(either_database).set_index("code").loc[POST]
    assert (row["zone_level_px_m"], row["zone_by"], row["zone_at"]) == (40.0, "สมชาย", at)
    later = at + timedelta(hours=1)
    save_zone(either_database, POST, replace(ZONE, level_px_m=80.0), by="ข", at=later, instead_of=held.id)
    save_zone(either_database, POST, None, by="ค", at=later, instead_of=in_use(either_database, POST).id)
    assert assumed(either_database)["assumed"]
    told = [(one.drawn.level_px_m, one.made_by, one.retired_by) for one in history(either_database, POST)]
    assert told == [(80.0, "ข", "ค"), (40.0, "สมชาย", "ข")]
    assert len(checkpoints(either_database)) == len(set(checkpoints(either_database)["code"]))


def test_two_who_draw_at_once_do_not_save_over_each_other(database, at):
    load_checkpoints(database)
    save_zone(database, POST, ZONE, by="ก", at=at)
    for instead_of in (None, 999):
        with pytest.raises(ValueError, match="ก saved it meanwhile"):
            save_zone(database, POST, replace(ZONE, level_px_m=1.0), by="ข", at=at, instead_of=instead_of)
    with pytest.raises(ValueError, match="somebody saved it meanwhile"):
        save_zone(database, "KH03", None, by="ข", at=at, instead_of=1)
    assert [one.made_by for one in history(database, POST)] == ["ก"]


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (DrawnZone(square()[:2]), "3 to 500 corners that differ, got 2"),
        (DrawnZone((*square()[:2], square()[0])), "corners that differ, got 2"),
        (DrawnZone(((LON, LAT), (LON, LAT + D), (LON, LAT + 2 * D))), "crosses itself|has no area"),
        (DrawnZone(square(half=1e-7)), "has no area, got 0.00 m²"),
        (DrawnZone(tuple(square()[i] for i in (0, 2, 1, 3))), "an edge that crosses itself"),
        (DrawnZone(square(LON + 0.03)), "from its checkpoint, a zone lies within 3,000 m"),
        (DrawnZone(square(LAT, LON - 90)), "longitude and latitude mixed up"),
        (DrawnZone(((LON, float("nan")), *square()[1:])), "no longitude and latitude"),
        (replace(ZONE, level_px_m=0.0), "level lies above 0"),
        (replace(ZONE, level_px_m=float("inf")), "level lies above 0"),
    ],
)
def test_a_zone_that_breaks_a_rule_is_refused_in_one_sentence(database, at, drawn, words):
    load_checkpoints(database)
    with pytest.raises(ValueError, match=words) as refused:
        save_zone(database, POST, drawn, by="ก", at=at)
    assert "\n" not in str(refused.value)
    assert history(database, POST) == []
    with database.read() as session:
        assert session.exec(select(CheckpointZone)).all() == []


@pytest.mark.parametrize(("post", "by", "words"), [("NOPE", "ก", "no checkpoint"), (POST, "  ", "give a name")])
def test_a_zone_needs_its_checkpoint_and_a_name(database, at, post, by, words):
    load_checkpoints(database)
    with pytest.raises(ValueError, match=words):
        save_zone(database, post, ZONE, by=by, at=at)


def all_round(at, lon, lat, status=Status.UP, **more):
    """A camera that sees 64 m all round at 20 px/m, and 16 m at 80; by night 20 m."""
    same = {"kind": "fisheye", "hfov_deg": 360.0, "pixels_h": round(64 * 20 * 2 * np.pi), "ir_range_m": 20.0}
    return {"lon": lon, "lat": lat, "position_accuracy_m": 0.0, "updated_at": at, **same, **more}, status


def country(db, at, *cameras):
    load_checkpoints(db)
    with db.write() as session:
        session.add(Agency(id=1, name_th="ก"))
        session.flush()
        number = next_number(session, SEQ)
        next_number(session, INVENTORY)
        for i, (told, status) in enumerate(cameras):
            one = Camera(code=f"C{i}", owner_id=1, **told)
            session.add(one)
            session.flush()
            session.add(CameraState(camera_id=one.id, status=status, since=at, seq=number))
    return Fleet(db).now()


def kept(db, at, name, *shapes, level=20.0, names=None):
    table = pd.DataFrame({"name": names or [""] * len(shapes), "height_m": np.nan, "at": pd.NaT})
    rows = gpd.GeoDataFrame(table, geometry=list(shapes), crs=4326)
    keep(db, rows, LayerKind.ZONE, name, source="x", by="ก", at=at, title="คลัง", level_px_m=level, credit="กรม")


def shares(row, when, light):
    return tuple(row[f"{when}_{light}_{kind}"] for kind in ("certain", "possible"))


def test_zones_of_layers_are_seen_at_their_own_level_day_and_night_planned_and_live(database, at):
    known = country(database, at, all_round(at, 102.0, 14.0), all_round(at, 102.1, 14.0, Status.UNKNOWN))
    small = [box(x - D, 14 - D, x + D, 14 + D) for x in (102.0, 102.1)]  # their corners are 31 m off
    kept(database, at, "depots", *small, names=["", "คลัง 2"])
    kept(database, at, "gate", small[0], level=80.0)
    found = other_zones(database, known)
    assert found["layer"].tolist() == ["depots", "depots", "gate"]
    assert found["name_th"].tolist() == ["คลัง", "คลัง 2", "คลัง"]
    assert found["level_px_m"].tolist() == [20, 20, 80]
    assert found["cameras"].tolist() == [1, 1, 1]
    assert (found["drawn_by"].iloc[0], found["credit"].iloc[0]) == ("ก", "กรม")
    first, second, third = (row for _, row in found.iterrows())
    assert shares(first, "live", "day") == pytest.approx((1, 0))
    assert shares(second, "live", "day") == pytest.approx((0, 1))  # nobody knows whether it works
    assert shares(second, "planned", "day") == pytest.approx((1, 0))
    area = third["area_m2"]
    assert shares(third, "live", "day")[0] == pytest.approx(np.pi * 16**2 / area, rel=5e-3)
    assert shares(first, "planned", "night")[0] == pytest.approx(np.pi * 20**2 / area, rel=5e-3)
    assert found["day_state"].tolist() == ["seen", "possible", "not_seen"]
    assert found["night_state"].tolist() == ["not_seen"] * 3
    remove(database, "gate")
    assert other_zones(database, known)["layer"].tolist() == ["depots", "depots"]
    kept(database, at, "gate", box(103.0, 14.0, 103.1, 14.1))  # the same number and name, another place
    assert shares(other_zones(database, known).iloc[2], "planned", "day") == (0, 0)


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([Status.UP], "seen"), ([Status.DOWN], "not_working"), ([Status.MAINTENANCE], "not_working"),
        ([Status.UNKNOWN], "possible"), ([Status.DEGRADED], "possible"), ([], "not_seen"),
        ([Status.DOWN, Status.UNKNOWN], "possible"), ([Status.DOWN, Status.UP], "seen"),
    ],
)  # fmt: skip
def test_a_zone_has_a_state_as_a_lane_has(database, at, statuses, state):
    known = country(database, at, *(all_round(at, 102.0, 14.0, status) for status in statuses))
    kept(database, at, "depot", box(102 - D, 14 - D, 102 + D, 14 + D))
    assert other_zones(database, known)["day_state"].tolist() == [state]


def test_without_zones_or_cameras_there_are_no_rows_and_nothing_is_seen(database, at):
    load_checkpoints(database)
    known = Fleet(database).now()
    assert other_zones(database, known).empty
    found = post_zones(database, known, 125.0)
    assert len(found) == len(checkpoints(database))
    assert found["live_day_certain"].eq(0).all()


def test_a_drawn_zone_of_a_checkpoint_is_seen_at_its_own_level_the_others_at_the_asked_one(database, at):
    known = country(database, at, all_round(at, LON, LAT))
    save_zone(database, POST, replace(ZONE, level_px_m=20.0), by="ก", at=at)
    found = post_zones(database, known, 125.0).set_index("code")
    row = found.loc[POST]
    assert (row["level_px_m"], row["assumed"], row["drawn_by"], row["cameras"]) == (20, False, "ก", 1)
    assert shares(row, "live", "day") == pytest.approx((1, 0))
    assert set(found["level_px_m"]) == {20.0, 125.0}
    assert found.loc["KH03", "assumed"]
