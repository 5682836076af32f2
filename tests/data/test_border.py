"""The border's bands and gaps: worked out by hand, against shapely the slow way, and by properties."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from data.geography import load_border
from data.lines.border import by_cell, counts, cover, gap_table, redundancy, stretches, sums
from geo.crs import WGS84
from geo.line.chainage import Line
from geo.see.coverage import footprints

sys.path.append(str(Path(__file__).parent))
from border_inventory import STATUSES, cameras_along_the_border, frame

# a line along the parallel of 13.7 N; metres along it are metres east
STRAIGHT = Line.of(LineString([(102.5 + i / 1000, 13.7) for i in range(101)]))


def camera_at(at_m, **columns):
    lon, lat = STRAIGHT.point_at(at_m)
    hung = {"mount_height_m": 1e-6, "tilt_deg": 0.0}  # so low that its picture begins at its foot
    return {"lon": lon, "lat": lat, "bearing_deg": 90.0, "hfov_deg": 90.0, "pixels_h": 2560.0, **hung, **columns}


def inventory(*rows):
    return frame(**{name: [row[name] for row in rows] for name in rows[0]})


def length_m(geometry):
    return WGS84.geometry_length(geometry)


def slow_gaps_m(line, polygons):
    """Metres of the line outside the polygons, by shapely's union and difference in degrees."""
    return length_m(shapely.difference(line.geometry, shapely.union_all(polygons)))


def test_camera_on_the_line_covers_its_range_ahead_of_it():
    covered = cover(STRAIGHT, inventory(camera_at(1000)), 20)
    # 2560 px over 90 degrees reach 64 m; the middle of the arc has a vertex, so the cut is at 64 m exactly
    assert covered.from_m == pytest.approx([1000], abs=0.01)
    assert covered.to_m == pytest.approx([1064], abs=0.02)
    assert covered.certain.all()


def test_bands_by_status_worked_out_by_hand():
    cameras = inventory(camera_at(1000), camera_at(2000), camera_at(3000), camera_at(4000), camera_at(5000))
    covered = cover(STRAIGHT, cameras, 20)
    live = sums(stretches(covered, ["up", "degraded", "down", "maintenance", "unknown"], "live"))
    assert live["certain_m"] == pytest.approx(64, abs=0.05)
    assert live["possible_m"] == pytest.approx(128, abs=0.1)
    assert live["total_m"] == pytest.approx(STRAIGHT.length_m, abs=1e-6)
    planned = sums(stretches(covered, ["down"] * 5, "planned"))
    assert planned["certain_m"] == pytest.approx(5 * 64, abs=0.2)
    assert planned["possible_m"] == 0


def test_unknown_bearing_and_ptz_are_possible_only():
    cameras = inventory(camera_at(1000, kind="fixed", bearing_deg=np.nan), camera_at(3000, kind="ptz"))
    covered = cover(STRAIGHT, cameras, 20)
    assert not covered.certain.any()
    assert sums(stretches(covered, ["up", "up"], "live"))["possible_m"] == pytest.approx(2 * 128, abs=0.2)


def test_codes_and_words_of_status_mean_the_same():
    cameras = cameras_along_the_border(100)
    covered = cover(load_border(), cameras, 20)
    codes = np.array([STATUSES.tolist().index(word) for word in cameras["status"]], np.int8)
    pd.testing.assert_frame_equal(stretches(covered, cameras["status"], "live"), stretches(covered, codes, "live"))


def test_a_gap_says_where_it_is_and_who_opened_it():
    since = pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-03"], utc=True)
    cameras = inventory(camera_at(1000), camera_at(1060), camera_at(1120))
    covered = cover(STRAIGHT, cameras, 20)
    gaps = gap_table(covered, cameras, ["up", "down", "up"], since=since)
    gap = gaps[gaps["opened_by"] != ""].iloc[0]
    assert (gap["from"], gap["to"], gap["band"], gap["opened_by"]) == ("1+064", "1+120", "open", "C1")
    assert gap["length_m"] == pytest.approx(56, abs=0.1)
    assert gap["since"] == since[1]
    assert (gap["nearest_camera"], gap["nearest_status"]) == ("C2", "up")  # it stands where the gap ends
    assert gap["camera_m"] == pytest.approx(0, abs=0.01)
    assert gap["when"] == "live"
    assert len(gaps) == 3
    planned = gap_table(covered, cameras, ["up", "down", "up"], "planned")
    assert len(planned) == 2
    assert (planned["opened_by"] == "").all()
    assert planned["since"].isna().all()


def test_gaps_on_the_real_line_name_subdistrict_and_crossing():
    line = load_border()
    at, _ = line.locate(102.5487, 13.6621)  # Ban Khlong Luek, the crossing at Aranyaprathet
    lon, lat = line.point_at(at)
    cameras = frame(lon=[lon], lat=[lat], bearing_deg=[0.0], hfov_deg=[360.0], pixels_h=[2560.0], kind=["fisheye"])
    gaps = gap_table(cover(line, cameras, 20), cameras)
    assert gaps["subdistrict_en"].tolist() == ["Ta Phraya", "Phan Suek"]  # around 42.8 and 135.1 km
    assert gaps["district_th"].tolist() == ["ตาพระยา", "อรัญประเทศ"]
    assert gaps["length_m"].sum() == pytest.approx(184_430.5 - 2 * 2560 / (2 * np.pi * 20), abs=3)
    assert gaps["crossing_m"].max() < 150
    assert gaps.geometry.map(length_m).tolist() == pytest.approx(gaps["length_m"].tolist(), abs=0.01)


def test_stretches_shorter_than_a_metre_are_no_gaps_but_stay_in_the_sums():
    cameras = inventory(camera_at(1000), camera_at(1064.5))
    covered = cover(STRAIGHT, cameras, 20)
    parts = stretches(covered, cameras["status"], "live")
    assert len(gap_table(covered, cameras)) == 2
    assert (parts["band"] == "open").sum() == 3
    assert sums(parts)["total_m"] == pytest.approx(STRAIGHT.length_m, abs=1e-6)


def test_no_camera_leaves_one_gap_as_long_as_the_border():
    line = load_border()
    cameras = cameras_along_the_border(3).iloc[:0]
    gaps = gap_table(cover(line, cameras, 20), cameras)
    assert gaps["length_m"].tolist() == pytest.approx([184_430.5], abs=0.1)
    assert gaps["nearest_camera"].isna().all()


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize("level", [5, 20, 80])
def test_lengths_agree_with_union_and_difference_by_shapely(light, level):
    line, cameras = load_border(), cameras_along_the_border(400)
    found = sums(stretches(cover(line, cameras, level, light), cameras["status"], "planned"))
    prints = footprints(cameras, level, light)
    certain = prints[prints["kind"] == "certain"].geometry
    # a cut inside a segment of 6.8 km is up to 3 cm off, as it is placed by its share of the degrees
    assert found["open_m"] == pytest.approx(slow_gaps_m(line, prints.geometry), abs=0.1)
    assert found["open_m"] + found["possible_m"] == pytest.approx(slow_gaps_m(line, certain), abs=0.1)
    assert found["total_m"] == pytest.approx(line.length_m, abs=1e-6)
    assert 0 < found["certain_m"] < line.length_m


def test_redundancy_and_cells_add_up_to_the_bands():
    line, cameras = load_border(), cameras_along_the_border(400)
    covered = cover(line, cameras, 20)
    band = sums(stretches(covered, cameras["status"], "live"))
    often = redundancy(covered, cameras["status"], "live")
    length = often["to_m"] - often["from_m"]
    assert length.sum() == pytest.approx(line.length_m)
    assert length[often["certain"] > 0].sum() == pytest.approx(band["certain_m"])
    cells = by_cell(covered, cameras["status"], "live")
    assert len(cells) == 185
    for name in ("certain_m", "possible_m", "open_m"):
        assert cells[name].sum() == pytest.approx(band[name])
    seen, _ = counts(covered, cameras["status"], "live")
    assert (cells["cameras"] * (cells["to_m"] - cells["from_m"])).sum() == pytest.approx(
        (np.diff(covered.cells.edges_m) * seen).sum()
    )


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 120), level=st.sampled_from([3, 20, 125]))
def test_bands_are_ordered_and_planned_gaps_lie_inside_live_gaps(seed, count, level):
    cameras = cameras_along_the_border(count, seed)
    covered = cover(load_border(), cameras, level)
    planned = stretches(covered, cameras["status"], "planned")
    live = stretches(covered, cameras["status"], "live")
    for parts in (planned, live):
        assert parts["from_m"].tolist() == [0.0, *parts["to_m"].tolist()[:-1]]
        assert (parts["to_m"] > parts["from_m"]).all()
        assert (parts["band"] != parts["band"].shift()).all()
    open_then = outside(planned, ["open"])
    assert open_then.difference(outside(live, ["open"]).buffer(1e-9)).length == 0
    uncovered = outside(planned, ["open", "possible"])
    assert uncovered.difference(outside(live, ["open", "possible"]).buffer(1e-9)).length == 0


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 80))
def test_another_camera_never_lengthens_a_gap(seed, count):
    cameras = cameras_along_the_border(count, seed)
    fewer = sums(stretches(cover(load_border(), cameras.iloc[:-1], 20), cameras["status"].iloc[:-1], "live"))
    more = sums(stretches(cover(load_border(), cameras, 20), cameras["status"], "live"))
    assert more["open_m"] <= fewer["open_m"] + 1e-6
    assert more["certain_m"] >= fewer["certain_m"] - 1e-6


def outside(parts, bands):
    """The stretches of some bands as one geometry on a ruler."""
    chosen = parts[parts["band"].isin(bands)]
    return shapely.union_all(
        [LineString([(a, 0), (b, 0)]) for a, b in zip(chosen["from_m"], chosen["to_m"], strict=True)]
    )


@pytest.mark.parametrize(
    ("light", "when", "level"), [("dusk", "live", 20), ("day", "yesterday", 20), ("day", "live", 0)]
)
def test_words_and_levels_without_meaning_are_refused(light, when, level):
    cameras = cameras_along_the_border(3)
    with pytest.raises(ValueError, match="must be"):
        stretches(cover(load_border(), cameras, level, light), cameras["status"], when)


def test_a_status_nobody_knows_is_refused():
    cameras = cameras_along_the_border(3)
    with pytest.raises(ValueError, match="'broken'"):
        stretches(cover(load_border(), cameras, 20), ["up", "broken", "up"], "live")
