"""Files that leave the house: what they say, that they add up, and that a failure leaves nothing behind."""

import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.database import next_number
from data.files import export, formats
from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.geography import load_border
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Kind, Outage, Status, WatchSpan
from geo.crs import WGS84
from geo.see.levels import Edition

sys.path.append(str(Path(__file__).parent))
from border_inventory import cameras_along_the_border

ASKED = {"edition": Edition.Y2025, "light": "day", "when": "live"}
POSE = ("lon", "lat", "bearing_deg", "hfov_deg", "pixels_h", "tilt_deg", "mount_height_m", "ir_range_m")


@pytest.fixture
def border_database(database, at):
    """300 cameras along the border, all with a status, watched until a minute ago."""
    frame = cameras_along_the_border(300)
    with database.write() as session:
        owner = Agency(name_th="=กองกำลังบูรพา")  # a name a spreadsheet would run
        session.add(owner)
        session.flush()
        number = next_number(session, SEQ)
        next_number(session, INVENTORY)
        for row in frame.to_dict("records"):
            pose = {name: None if pd.isna(row[name]) else row[name] for name in POSE}
            pose["pixels_h"] = pose["pixels_h"] and int(pose["pixels_h"])
            session.add(
                Camera(
                    id=row["id"],
                    code=row["code"],
                    owner_id=owner.id,
                    kind=Kind(row["kind"]),
                    updated_at=at - timedelta(days=3),
                    **pose,
                )
            )
            session.flush()
            if row["id"] > 1:
                session.add(
                    CameraState(
                        camera_id=row["id"],
                        status=Status(row["status"]),
                        since=at - timedelta(hours=1),
                        seq=number,
                    )
                )
        session.add(WatchSpan(worker="w", began_at=at - timedelta(hours=2), ended_at=at - timedelta(minutes=1)))
    return database


def test_gap_rows_and_covered_stretches_add_up_to_the_border(border_database, tmp_path, at):
    for when in ("planned", "live"):
        file = tmp_path / f"{when}.geojson"
        said = export_gaps(border_database, Fleet(border_database).now(), file, GapView(when=when), at=at)
        assert said["certain_m"] + said["possible_m"] + said["open_m"] == pytest.approx(said["total_m"], abs=1e-6)
        assert said["total_m"] == pytest.approx(184_430.55, abs=0.01)
        gaps = gpd.read_file(file)
        by_band = gaps.groupby("band")["length_m"].sum()
        assert by_band["open"] == pytest.approx(said["open_m"], abs=0.01)
        assert by_band["possible"] == pytest.approx(said["possible_m"], abs=0.01)
        assert gaps.geometry.map(WGS84.geometry_length).sum() == pytest.approx(gaps["length_m"].sum(), abs=0.1)


def test_exported_polygons_leave_the_same_gaps_by_shapely(border_database, tmp_path, at):
    for when in ("planned", "live"):
        file = tmp_path / f"{when}.geojson"
        export.export_coverage(Fleet(border_database).now(), file, 20, **ASKED | {"when": when}, at=at)
        said = export_gaps(border_database, Fleet(border_database).now(), None, GapView(when=when), at=at)
        prints = gpd.read_file(file)
        assert prints.geometry.is_valid.all()
        line = load_border().geometry
        open_line = shapely.difference(line, shapely.union_all(prints.geometry))
        uncertain = shapely.difference(line, shapely.union_all(prints[prints["kind"] == "certain"].geometry))
        assert WGS84.geometry_length(open_line) == pytest.approx(said["open_m"], abs=0.1)
        assert WGS84.geometry_length(uncertain) == pytest.approx(said["open_m"] + said["possible_m"], abs=0.1)


def test_live_coverage_leaves_out_what_is_dark_and_doubts_what_is_unknown(border_database, tmp_path, at):
    file = tmp_path / "live.csv"
    export.export_coverage(Fleet(border_database).now(), file, 20, **ASKED, at=at)
    rows = pd.read_csv(file, encoding="utf-8-sig")
    assert set(rows["status"]) == {"up", "degraded", "unknown"}
    assert set(rows[rows["kind"] == "certain"]["status"]) == {"up"}
    assert rows.set_index("camera_code").loc["C0", "status"] == "unknown"  # no state row: nobody ever looked


def test_as_of_is_the_last_beat_for_live_and_the_inventory_for_planned(border_database, at):
    live = export_gaps(border_database, Fleet(border_database).now(), None, GapView(), at=at)
    planned = export_gaps(border_database, Fleet(border_database).now(), None, GapView(when="planned"), at=at)
    assert live["as_of"] == "2026-11-23T04:59:00+00:00"
    assert planned["as_of"] == "2026-11-20T05:00:00+00:00"
    assert live["written_at"] == planned["written_at"] == "2026-11-23T05:00:00+00:00"


def test_geojson_says_in_itself_and_in_each_row_what_it_rests_on(border_database, tmp_path, at):
    file = tmp_path / "gaps.geojson"
    said = export_gaps(border_database, Fleet(border_database).now(), file, GapView(), at=at)
    document = json.loads(file.read_text(encoding="utf-8"))
    facts = document["takhai"]
    assert facts["credits"] == "© OpenStreetMap contributors, ODbL 1.0"
    assert (facts["edition"], facts["level"], facts["cameras"], facts["demo"]) == ("2025", "overview", 300, False)
    assert sum(facts[f"cameras_{s.value}"] for s in Status) == 300
    assert {key: facts[key] for key in said if key in facts} == {key: said[key] for key in said if key in facts}
    row = document["features"][0]["properties"]
    assert {"from", "to", "band", "as_of", "credits", "cameras", "method", "nearest_camera"} <= row.keys()
    assert row["from"] == "0+000"


def test_geopackage_holds_the_rows_and_a_table_about_them(border_database, tmp_path, at):
    file = tmp_path / "coverage.gpkg"
    said = export.export_coverage(Fleet(border_database).now(), file, 20, **ASKED, at=at)
    rows = gpd.read_file(file, layer="coverage")
    assert len(rows) == said["rows"] > 0
    assert {"camera_code", "kind", "level_px_m", "edition", "range_m", "near_m", "status", "as_of"} <= set(
        rows.columns
    )
    with sqlite3.connect(file) as package:
        about = dict(package.execute("SELECT name, value FROM about"))
    assert about["level"] == "overview"
    assert about["cameras_certain"] == str(said["cameras_certain"])
    gaps = tmp_path / "gaps.gpkg"
    export_gaps(border_database, Fleet(border_database).now(), gaps, GapView(), at=at)
    assert gpd.read_file(gaps, layer="gaps")["since"].notna().any()


def test_csv_is_read_by_excel_and_runs_no_formula(border_database, tmp_path, at):
    file = tmp_path / "coverage.csv"
    export.export_coverage(Fleet(border_database).now(), file, 20, **ASKED, at=at)
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = pd.read_csv(file, encoding="utf-8-sig")
    assert (rows["owner"] == "'=กองกำลังบูรพา").all()
    assert rows["credits"].str.contains("ODbL").all()
    assert shapely.from_wkt(rows["wkt"].iloc[0]).geom_type == "Polygon"


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".csv"])
def test_an_empty_inventory_is_one_gap_and_no_coverage(database, tmp_path, at, ending):
    said = export_gaps(database, Fleet(database).now(), tmp_path / f"gaps{ending}", GapView(), at=at)
    assert (said["gaps"], said["as_of"]) == (1, None)
    assert said["open_m"] == pytest.approx(said["total_m"])
    said = export.export_coverage(Fleet(database).now(), tmp_path / f"coverage{ending}", 20, **ASKED, at=at)
    assert said["rows"] == 0
    assert (tmp_path / f"coverage{ending}").stat().st_size > 0


def test_a_failed_export_leaves_the_old_file_and_no_rest(border_database, tmp_path, at, monkeypatch):
    file = tmp_path / "gaps.geojson"
    file.write_text("old")

    def full(rows, about, path, layer):
        path.write_text("half")
        raise OSError("no space left on device")

    monkeypatch.setitem(formats.FORMATS, ".geojson", formats.Format(full, ""))
    with pytest.raises(OSError, match="no space"):
        export_gaps(border_database, Fleet(border_database).now(), file, GapView(), at=at)
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name != "var"] == ["gaps.geojson"]


@pytest.mark.parametrize(
    ("name", "words"), [("gaps.docx", ".docx"), ("gaps", "without ending"), ("nowhere/gaps.csv", "no folder")]
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(database, tmp_path, at, name, words):
    with pytest.raises(ValueError, match=words):
        export_gaps(database, Fleet(database).now(), tmp_path / name, GapView(), at=at)


@pytest.mark.parametrize(
    ("level", "changed", "words"),
    [(0, {}, "level"), (-3, {}, "level"), (20, {"light": "dusk"}, "dusk"), (20, {"when": "now"}, "now")],
)
def test_questions_without_meaning_are_refused(database, tmp_path, at, level, changed, words):
    known, file = Fleet(database).now(), tmp_path / "x.csv"
    with pytest.raises(ValueError, match=words):
        export.export_coverage(known, file, level, **ASKED | changed, at=at)
    with pytest.raises(ValueError, match=words):
        export_gaps(database, known, file, GapView(level, **ASKED | changed), at=at)


def test_outages_that_touch_the_span_are_written(border_database, tmp_path):
    noon = datetime(2026, 11, 20, 5, tzinfo=UTC)  # in Bangkok
    with border_database.write() as session:
        session.add(Outage(camera_id=1, began_at=noon, ended_at=noon + timedelta(hours=1), reason="timeout"))
        session.add(
            Outage(
                camera_id=2, began_at=noon - timedelta(days=9), ended_at=noon - timedelta(days=8), reason="black"
            )
        )
        session.add(Outage(camera_id=3, began_at=noon + timedelta(hours=2), reason="refused"))
    file = tmp_path / "outages.csv"
    said = export.export_outages(border_database, file, "2026-11-20T12:30", "2026-11-21", at=noon)
    assert (said["outages"], said["lasting"]) == (2, 1)
    rows = pd.read_csv(file, encoding="utf-8-sig")
    assert rows.columns.tolist() == ["camera_code", "began_at", "ended_at", "reason"]
    assert rows["camera_code"].tolist() == ["C0", "C2"]
    assert rows["began_at"].iloc[0] == "2026-11-20T05:00:00+00:00"
    assert pd.isna(rows["ended_at"].iloc[1])


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        ("2026-11-23", "2026-11-01", "--from must lie before"),
        ("soon", "2026-11-01", "'soon'"),
        ("2569-11-01", "2026-11-01", "write 2026"),
    ],
)
def test_spans_without_meaning_are_refused(database, at, begin, end, words):
    with pytest.raises(ValueError, match=words):
        export.export_outages(database, None, begin, end, at=at)
