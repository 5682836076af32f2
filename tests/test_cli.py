"""The terminal's front door, used as the README says."""

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

from data.settings import HOUSE
from tests.data.posts.test_matrix import camera, settle

BMA = HOUSE.parent / "shared" / "data" / "real" / "bma_cctv_2567.xlsx"
BORDER_KM = 184.4


def takhai(*arguments: str | Path, ok: bool = True) -> str:
    """Run a command in a process of its own; return what it prints (what it complains, when it must fail)."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *map(str, arguments)], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is ok, done.stderr
    return done.stdout if ok else done.stderr


def report(*arguments: str | Path) -> dict:
    return json.loads(takhai(*arguments, "--json"))


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Path:
    """The folder of a demo country of 20,000 cameras."""
    folder = tmp_path_factory.mktemp("country")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAKHAI_VAR", str(folder))
        report("demo", "--cameras", "20000", "--seed", "7")
    return folder


def test_a_real_list_imports_whole_and_a_second_time_changes_nothing(tmp_path):
    if not BMA.exists():
        pytest.skip("the real list lies in ../shared, which is not beside this project")
    takhai("init")
    first = report("import", BMA)
    assert first["read"] == 719
    assert first["read"] == first["added"] + first["changed"] + first["unchanged"] + first["rejected"]
    lines = tmp_path / "report.csv"
    second = report("import", BMA, "--report", lines)
    assert (second["added"], second["changed"]) == (0, 0)
    assert second["unchanged"] == first["added"]
    assert "latitude" in lines.read_text(encoding="utf-8-sig").lower()


def test_gaps_and_coverage_add_up_to_the_border(country, monkeypatch, tmp_path):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    file = tmp_path / "gaps.geojson"
    sums = report("gaps", "--when", "planned", "--level", "20", "-o", file)
    assert sums["total_m"] == pytest.approx(BORDER_KM * 1000, abs=50)
    assert sums["certain_m"] + sums["possible_m"] + sums["open_m"] == pytest.approx(sums["total_m"], abs=1)
    gaps = gpd.read_file(file)
    by_band = gaps.groupby("band")["length_m"].sum()
    assert by_band["open"] == pytest.approx(sums["open_m"], abs=1)
    assert by_band["possible"] == pytest.approx(sums["possible_m"], abs=1)
    assert json.loads(file.read_text())["takhai"]["edition"] == "2025"
    part = report(
        "gaps", "--when", "planned", "--filter", "from_m=20000&to_m=30000", "-o", tmp_path / "part.shp.zip"
    )
    assert part["total_m"] == sums["total_m"]
    assert len(gpd.read_file(tmp_path / "part.shp.zip")) == part["gaps_listed"] < sums["gaps_listed"]


def test_lanes_and_zones_are_written_as_the_page_lists_them(database, at, tmp_path):
    settle(database, at, [camera()])
    said = report("lanes", "-o", tmp_path / "lanes.gpkg", "--filter", "post=KH01&state=seen&days=1")
    assert (said["rows"], said["lanes_listed"], said["day_seen"]) == (1, 1, 1)
    assert gpd.read_file(tmp_path / "lanes.gpkg", layer="lanes")["state"].tolist() == ["seen"]
    zones = report("zones", "-o", tmp_path / "zones.gpkg", "--level", "40")
    rows = gpd.read_file(tmp_path / "zones.gpkg", layer="zones")
    assert zones["rows"] == len(rows) > 50
    assert set(rows["level_px_m"]) == {40.0}
    assert "state= takes seen" in takhai("lanes", "-o", tmp_path / "x.csv", "--filter", "state=dark", ok=False)


def test_a_filter_is_written_as_in_a_link_and_named_in_the_file(country, monkeypatch, tmp_path):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    query = "province=สระแก้ว&kind=ptz&kind=dome&light=night"
    said = report("cameras", "-o", tmp_path / "cameras.geojson", "--filter", query)
    features = json.loads((tmp_path / "cameras.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == said["rows"] == said["cameras"] > 0
    assert {feature["properties"]["kind"] for feature in features} <= {"ptz", "dome"}
    ground = report("coverage", "-o", tmp_path / "coverage.csv", "--filter", query)
    assert (ground["cameras"], ground["light"]) == (said["cameras"], "night")
    assert report("coverage", "-o", tmp_path / "c.csv", "--filter", query, "--light", "day")["light"] == "day"
    assert report("cameras", "-o", tmp_path / "none.csv", "--filter", "province=Atlantis")["rows"] == 0


def test_a_pack_is_written_and_checked_and_a_bad_one_named(country, monkeypatch, tmp_path):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    pack = tmp_path / "pack.zip"
    said = report("evidence", pack, "--when", "planned")
    checked = report("verify", pack)
    assert (checked["fault"], checked["sha256"]) == (None, said["sha256"])
    assert checked["open_m"] == said["open_m"] > 0
    raw = bytearray(pack.read_bytes())
    raw[len(raw) // 2] ^= 1
    pack.write_bytes(raw)
    complaint = takhai("verify", pack, ok=False)
    assert "is damaged" in complaint
    assert "Traceback" not in complaint


def test_nobody_looked_yet_so_nothing_is_claimed(country, monkeypatch):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    status = report("status")
    assert status["total"] == 20_000
    live = report("gaps", "--when", "live", "--level", "20")
    planned = report("gaps", "--when", "planned", "--level", "20")
    assert live["certain_m"] == 0
    assert live["open_m"] == pytest.approx(planned["open_m"], abs=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "no-such-file.csv"), "no-such-file.csv"),
        (("gaps", "--level", "-3"), "level"),
        (("gaps", "--light", "dusk"), "dusk"),
        (("cameras", "-o", "c.csv", "--filter", "status=foo"), "status= takes unknown, up, down"),
        (("coverage", "-o", "c.csv", "--level", "-1"), "level= takes pixels per metre above 0, got '-1"),
        (("gaps", "-o", "gaps.docx"), ".docx"),
        (("outages", "--from", "2026-11-23", "--to", "2026-11-01"), "from"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(arguments, words):
    said = takhai(*arguments, ok=False)
    assert words in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 2


def test_maintenance_is_planned_listed_and_called_off(country, monkeypatch):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    window = ("--from", "2399-01-01", "--to", "2399-01-01T06:00")
    refused = takhai("maintenance", "plan", "colour", "27", *window, "--reason", "x", "--by", "y", ok=False)
    assert "camera, site, network, contract, agency, province, not for 'colour'" in refused
    number = report("maintenance", "plan", "province", "27", *window, "--reason", "ย้ายเสา", "--by", "สมชาย")
    said = takhai("maintenance", "list")
    assert "2398-12-31 17:00Z to 2398-12-31 23:00Z  province 27" in said
    assert "ย้ายเสา (สมชาย)" in said
    takhai("maintenance", "cancel", str(number["maintenance"]), "--by", "สมชาย")
    assert takhai("maintenance", "list") == ""
    [kept] = report("maintenance", "list", "--past")["windows"]
    assert kept["cancelled_at"] is not None


def test_a_layer_is_brought_listed_and_taken_away(tmp_path):
    drawn = tmp_path / "line.geojson"
    gpd.GeoSeries.from_wkt(["LINESTRING (102.5 13.6, 102.6 13.7)"], crs=4326).to_file(drawn, driver="GeoJSON")
    brought = report("ground", "bring", "line", drawn, "--name", "canal", "--by", "สมชาย", "--level", "40")
    assert brought == {"layer": "canal", "kind": "line", "features": 1}
    assert "canal" in takhai("ground", "list")
    assert report("ground", "list")["layers"][0]["level_px_m"] == 40
    assert "one of line, zone" in takhai("ground", "bring", "wall", drawn, "--name", "a", "--by", "ก", ok=False)
    assert report("ground", "remove", "canal") == {"removed": "canal"}
    assert report("ground", "list") == {"layers": []}


def test_another_line_is_named_by_its_name(country, monkeypatch, tmp_path):
    monkeypatch.setenv("TAKHAI_VAR", str(country))
    said = report("gaps", "--line", "cambodia", "--when", "planned", "-o", tmp_path / "gaps.csv")
    assert (said["line"], round(said["total_m"])) == ("cambodia", 856_986)
    assert said["certain_m"] >= report("gaps", "--when", "planned")["certain_m"] > 0, "Sa Kaeo is a part of it"
    assert "line= takes sakaeo, cambodia, got 'moon'" in takhai(
        "evidence", tmp_path / "p.zip", "--line", "moon", ok=False
    )
