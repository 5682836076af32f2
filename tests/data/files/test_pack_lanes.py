"""Lanes in an evidence pack: those of the checkpoints at its line, counted again when it is checked."""

import json
import zipfile

import pytest

from data.files.gaps import GapView
from data.files.lanes import LaneView, listed_lanes
from data.files.pack import export_pack
from data.files.verify import verify
from data.geography import load_border
from geo.see.levels import Edition
from tests.data.files.test_pack import hashed_again, packed
from tests.data.posts.test_matrix import LANE, POST, camera, settle

AT_M = load_border().locate(*LANE.points[0])[0]


@pytest.fixture
def country(database, at):
    return database, settle(database, at, [camera(name_th="กล้อง")])


def unpacked(file):
    with zipfile.ZipFile(file) as files:
        return {name: files.read(name) for name in files.namelist()}


def test_a_pack_holds_the_lanes_of_its_stretch_and_is_found_whole(country, at, tmp_path):
    stretch = GapView(within=(AT_M - 2_000, AT_M + 2_000))
    export_pack(*country, tmp_path / "pack.zip", stretch, at=at)
    assert verify(tmp_path / "pack.zip").fault is None
    contents = unpacked(tmp_path / "pack.zip")
    rows = json.loads(contents["lanes.geojson"])["features"]
    mine, facts = listed_lanes(*country, LaneView((POST,)), edition=Edition.Y2025, at=at)
    assert [row["properties"]["state"] for row in rows] == mine["state"].tolist() == ["seen"]
    said = json.loads(contents["manifest.json"])
    assert said["lanes"] == {"rows": 1, **facts}
    assert said["rows"]["lanes"] == 1

    rows[0]["properties"]["state"] = "not_seen"
    changed = contents | {"lanes.geojson": json.dumps({"type": "FeatureCollection", "features": rows}).encode()}
    fault = verify(packed(hashed_again(changed), tmp_path / "changed.zip")).fault
    assert "lane IN of KH01 is said to be not_seen by day, and 100% of it is surely seen" in fault
    none = contents | {"lanes.geojson": json.dumps({"type": "FeatureCollection", "features": []}).encode()}
    fault = verify(packed(hashed_again(none), tmp_path / "none.zip")).fault
    assert fault.startswith("lanes.geojson: lanes seen by day: 0.000 in the data, 1.000 told")


def test_a_pack_of_a_stretch_without_checkpoints_holds_none(country, at, tmp_path):
    export_pack(*country, tmp_path / "pack.zip", GapView(within=(0.0, 5_000.0)), at=at)
    assert verify(tmp_path / "pack.zip").fault is None
    assert "lanes.geojson" not in unpacked(tmp_path / "pack.zip")
