"""Tours of PTZ cameras: kept, read from a file, and part of what is covered."""

from datetime import timedelta

import pytest

from data.fleet import Fleet
from data.intake.sources.record import SourceError
from data.models import Camera, Kind
from data.presets import Stop, bring, set_presets, stops
from geo.see.coverage import footprints
from geo.see.poses import Preset
from tests.conftest import stock

MINUTE = timedelta(minutes=1)
TOUR = [Stop(0.0, 40.0, 5.0, 90.0, "ถนน"), Stop(90.0, 10.0, None, 30.0)]


@pytest.fixture
def cameras(either_database, at):
    same = {"owner_id": 1, "lon": 102.5, "lat": 13.7, "updated_at": at, "pixels_h": 1920}
    stock(
        either_database,
        [Camera(id=1, code="P1", kind=Kind.PTZ, **same), Camera(id=2, code="F1", **same)],
    )
    return either_database


def test_a_tour_is_kept_in_its_order_and_shares_its_time(cameras, at):
    fleet = Fleet(cameras)
    assert "presets" not in fleet.now().inventory
    before = fleet.now().inventory_version
    set_presets(cameras, {1: TOUR}, at + MINUTE)
    assert stops(cameras, 1) == TOUR
    known = fleet.refresh()
    assert known.inventory_version > before
    assert known.inventory["presets"].tolist() == [
        (Preset(0.0, 40.0, 5.0, 0.75), Preset(90.0, 10.0, None, 0.25)),
        None,
    ]
    prints = footprints(known.inventory, 20)
    assert sorted(prints["share"][prints["row"] == 0].dropna()) == [0.25, 0.75]
    set_presets(cameras, {1: []}, at + 2 * MINUTE)
    assert stops(cameras, 1) == []
    assert "presets" not in fleet.refresh().inventory


def test_a_camera_says_its_tour_nowhere_among_its_plain_facts(cameras, at):
    set_presets(cameras, {1: TOUR}, at)
    assert "presets" not in Fleet(cameras).now().camera(0)


def test_tours_come_from_a_file_all_or_none(cameras, at, tmp_path):
    path = tmp_path / "presets.csv"
    path.write_text(
        "camera,name,bearing_deg,hfov_deg,tilt_deg,dwell_s\nP1,ถนน,0,40,5,90\nP1,,90,10,,30\n", "utf-8-sig"
    )
    assert bring(cameras, path, at) == {"cameras": 1, "presets": 2}
    assert stops(cameras, 1) == TOUR
    path.write_text("camera,bearing_deg,hfov_deg\nP1,10,20\nF1,10,20\n", "utf-8")
    with pytest.raises(ValueError, match="F1 is a fixed camera"):
        bring(cameras, path, at)
    assert stops(cameras, 1) == TOUR


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("camera,bearing_deg\nP1,10\n", "no column hfov_deg"),
        ("camera,bearing_deg,hfov_deg\n", "no rows"),
        ("camera,bearing_deg,hfov_deg\n,1,2\n", "row 2 of presets.csv names no camera"),
        ("camera,bearing_deg,hfov_deg\nP1,north,2\n", "'north', which is no number"),
        ("camera,bearing_deg,hfov_deg\nP1,,2\n", "needs both"),
        ("camera,bearing_deg,hfov_deg\nP1,361,2\n", "bearing_deg lies between 0 and 360, got 361"),
        ("camera,bearing_deg,hfov_deg,dwell_s\nP1,1,2,0\n", "dwell_s lies between 1"),
        ("camera,bearing_deg,hfov_deg\nP9,1,2\n", "no camera of the inventory has the code 'P9'"),
    ],
)
def test_what_cannot_be_is_refused_by_its_row_and_nothing_is_written(cameras, at, tmp_path, text, rule):
    path = tmp_path / "presets.csv"
    path.write_text(text, "utf-8")
    with pytest.raises((SourceError, ValueError), match=rule):
        bring(cameras, path, at)
    assert stops(cameras, 1) == []
