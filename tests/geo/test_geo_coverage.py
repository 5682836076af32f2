"""What is certain, what is only possible, by day and by night."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.crs import WGS84
from geo.see.coverage import footprints, kinds, reach_m, share
from geo.see.levels import LEVELS_PX_M, Edition, level_name
from geo.see.optics import thermal_range_m
from geo.see.poses import Preset

# Hung so low that its picture begins at its foot.
KNOWN = {
    "kind": "fixed", "bearing_deg": 90.0, "hfov_deg": 90.0, "pixels_h": 2560.0, "pixels_v": 1440.0,
    "tilt_deg": 0.0, "mount_height_m": 1e-6, "focal_length_mm": np.nan, "sensor_width_mm": np.nan,
    "ir_range_m": 30.0,
    "position_accuracy_m": np.nan,
}  # fmt: skip


def cameras(*changed):
    table = pd.DataFrame(
        [{"id": 7 + i, "code": f"C{i}", "lon": 102.5, "lat": 13.7} | KNOWN | one for i, one in enumerate(changed)]
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)


def only(changed, level=20, light="day"):
    return footprints(cameras(changed), level, light).iloc[0]


def turn_deg(footprint):
    """Angle a footprint spans as seen from its camera, from its area. [°]"""
    area = abs(WGS84.geometry_area_perimeter(footprint.geometry)[0])
    return np.degrees(2 * area / (footprint["range_m"] ** 2 - footprint["near_m"] ** 2))


def test_a_known_camera_is_certain_and_reaches_64_m():
    found = only({})
    assert (found["kind"], found["range_m"]) == ("certain", pytest.approx(64))
    assert found["near_m"] == pytest.approx(0, abs=1e-5)
    assert (found["camera_id"], found["camera_code"], found["row"]) == (7, "C0", 0)
    assert turn_deg(found) == pytest.approx(90, rel=1e-3)


@pytest.mark.parametrize(
    ("changed", "kind", "range_m", "turn"),
    [
        ({"tilt_deg": np.nan, "mount_height_m": np.nan}, "certain", 64, 90),
        ({"position_accuracy_m": 30.0}, "possible", 64 + 30 + 30 / np.sin(np.pi / 4), 90),  # nothing is sure
        ({"bearing_deg": np.nan}, "possible", 64, 360),
        ({"hfov_deg": np.nan, "focal_length_mm": 2.56, "sensor_width_mm": 5.12}, "certain", 64, 90),
        ({"hfov_deg": np.nan}, "possible", 2560 / (40 * np.tan(np.radians(40))), 80),  # the class's 80 degrees
        ({"pixels_h": np.nan}, "possible", 48, 90),  # the class's 1920 px
        ({"kind": "ptz"}, "possible", 64, 360),
        ({"kind": "fisheye", "hfov_deg": 180.0, "bearing_deg": np.nan}, "certain", 40.7437, 360),
        ({"kind": "fisheye", "hfov_deg": 360.0}, "certain", 20.3718, 360),
        ({"kind": "dome", "hfov_deg": 180.0}, "certain", 40.7437, 180),  # on a wall, facing its bearing
        ({"kind": "dome", "hfov_deg": 90.0, "bearing_deg": np.nan}, "possible", 64, 360),
        ({"kind": "dome"}, "certain", 64, 90),
        ({"kind": "dome", "hfov_deg": np.nan, "bearing_deg": np.nan}, "possible", 2560 / np.pi / 20, 360),
        ({"kind": "thermal", "pixels_h": 640.0}, "certain", 16, 90),
    ],
)
def test_certainty_and_shape(changed, kind, range_m, turn):
    found = only(changed)
    assert found["kind"] == kind
    assert found["range_m"] == pytest.approx(range_m, abs=1e-3)
    assert turn_deg(found) == pytest.approx(turn, rel=1e-3)


@pytest.mark.parametrize(
    ("changed", "kind", "range_m"),
    [
        ({"ir_range_m": 30.0}, "certain", 30),
        ({"ir_range_m": 200.0}, "certain", 64),
        ({"ir_range_m": np.nan}, "possible", 30),  # the class's light
        ({"kind": "thermal", "ir_range_m": 0.0}, "certain", 64),
        ({"kind": "thermal", "ir_range_m": np.nan}, "certain", 64),
    ],
)
def test_by_night_the_light_is_the_limit(changed, kind, range_m):
    found = only(changed, light="night")
    assert (found["kind"], found["range_m"], found["light"]) == (kind, pytest.approx(range_m), "night")


def test_without_infrared_there_is_nothing_by_night():
    assert len(footprints(cameras({"ir_range_m": 0.0}), 20, "night")) == 0


def test_height_and_tilt_make_a_near_edge():
    # 6 m up, 10 degrees down, 2560 x 1440 at 90 degrees: vfov 58.72, so the picture begins 39.36 degrees down
    found = only({"mount_height_m": 6.0, "tilt_deg": 10.0})
    assert found["near_m"] == pytest.approx(6 / np.tan(np.radians(39.3577)), rel=1e-4)
    assert found["range_m"] == pytest.approx(np.sqrt(64**2 - 6**2))
    assert found["kind"] == "certain"
    assert turn_deg(found) == pytest.approx(90, rel=1e-3)


def test_before_a_pole_of_unknown_height_nothing_is_certain():
    # a picture 58.72 degrees high whose top is the horizon begins 58.72 degrees down, of a pole of 6 m at 3.65 m
    near_m = 6 / np.tan(np.radians(58.7155))
    for unknown in ({"tilt_deg": np.nan, "mount_height_m": np.nan}, {"tilt_deg": np.nan, "mount_height_m": 6.0}):
        sure, may = (one for _, one in footprints(cameras(unknown), 20).iterrows())
        assert (sure["kind"], may["kind"]) == ("certain", "possible")
        assert (sure["near_m"], may["near_m"]) == (pytest.approx(near_m, rel=1e-4), 0)
        assert sure["range_m"] == pytest.approx(may["range_m"])


def test_a_bearing_five_degrees_off_cuts_and_widens_a_sector_by_five_degrees_a_side():
    sure, may = (one for _, one in footprints(cameras({"bearing_accuracy_deg": 5.0}), 20).iterrows())
    assert (turn_deg(sure), turn_deg(may)) == (pytest.approx(80, rel=1e-3), pytest.approx(100, rel=1e-3))
    assert sure["range_m"] == may["range_m"] == pytest.approx(64)


def test_a_position_four_metres_off_cuts_four_metres_from_every_edge():
    sure, may = (one for _, one in footprints(cameras({"position_accuracy_m": 4.0}), 20).iterrows())
    moved_m = 4 / np.sin(np.radians(45))  # so far from the tip two edges meet that lie 4 m inside
    assert sure["range_m"] == pytest.approx(64 - 4 - moved_m)
    assert may["range_m"] == pytest.approx(64 + 4 + moved_m)
    tip_lon, _, _ = WGS84.fwd(102.5, 13.7, 90, moved_m)
    assert sure.geometry.bounds[0] == pytest.approx(tip_lon, abs=1e-8)


@given(
    kind=st.sampled_from(["fixed", "dome", "fisheye", "thermal"]),
    bearing=st.floats(0, 359),
    hfov=st.floats(5, 170),
    tilt=st.floats(0, 40),
    height=st.floats(2, 15),
    off_m=st.floats(0, 12),
    off_deg=st.floats(0, 10),
    drawn=st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 360)),
)
def test_what_is_certain_and_possible_bracket_the_truth(kind, bearing, hfov, tilt, height, off_m, off_deg, drawn):
    told = {"kind": kind, "bearing_deg": bearing, "hfov_deg": hfov, "tilt_deg": tilt, "mount_height_m": height}
    doubted = footprints(cameras(told | {"position_accuracy_m": off_m, "bearing_accuracy_deg": off_deg}), 20)
    turned, share, towards = drawn
    lon, lat, _ = WGS84.fwd(102.5, 13.7, towards, share * off_m)
    truth = footprints(cameras(told | {"bearing_deg": bearing + turned * off_deg, "lon": lon, "lat": lat}), 20)
    true = truth[truth["kind"] == "certain"].geometry.union_all()
    hair = 2e-6  # degrees: chords of arcs lie up to 0.05 % of the range inside them
    for kind_, shape in zip(doubted["kind"], doubted.geometry, strict=True):
        if kind_ == "certain":
            assert true.buffer(hair).covers(shape)
        else:
            assert shape.buffer(hair).covers(true)


def test_a_thermal_camera_may_detect_as_far_as_johnson_says():
    # f 50 mm, pixels of 12 um, 0.5 m across a person: 1,042, 260 and 163 m
    half = np.degrees(np.arctan(640 * 12e-6 / 2 / 50e-3))
    thermal = {"kind": "thermal", "pixels_h": 640.0, "pixels_v": 512.0, "hfov_deg": 2 * half}
    for level, told_m in ((20, 1041.67), (80, 260.42), (250, 162.76)):
        found = footprints(cameras(thermal), level, "night").set_index("kind")["range_m"]
        assert found["possible"] == pytest.approx(told_m, abs=0.01)
        assert found["certain"] == pytest.approx(50e-3 / 12e-6 / level, abs=0.01)
    maker = footprints(cameras(thermal | {"thermal_criteria": "maker"}), 20).set_index("kind")["range_m"]
    assert maker["possible"] == pytest.approx(1388.89, abs=0.01)  # 1.5 pixels
    with pytest.raises(ValueError, match="'vendor'"):
        thermal_range_m(640, 10, 20, "vendor")


def test_a_ptz_is_sure_only_of_a_preset_it_never_leaves():
    ptz = {"kind": "ptz", "hfov_deg": 60.0, "tilt_deg": np.nan}
    parked = footprints(cameras(ptz | {"presets": (Preset(0.0, 90.0, 20.0, 1.0),)}), 20)
    assert parked["kind"].tolist() == ["certain", "possible"]  # its circle is possible all the same
    assert (parked["range_m"][0], parked["share"][0]) == (pytest.approx(64), 1.0)
    assert np.isnan(parked["share"][1])
    two = (Preset(0.0, 90.0, 20.0, 0.75), Preset(180.0, 10.0, 2.0, 0.25))
    toured = footprints(cameras(ptz | {"presets": two}, {}), 20)
    assert toured["kind"].tolist() == ["possible"] * 3 + ["certain"]
    assert toured["row"].tolist() == [0, 0, 0, 1]
    assert sorted(toured["share"][:3].dropna()) == [0.25, 0.75]
    assert toured["range_m"][:3].max() == pytest.approx(
        2560 / (40 * np.tan(np.radians(5)))
    )  # through the narrow lens


def test_a_steep_camera_ends_where_its_picture_ends():
    # 60 degrees down: the picture is from 89.36 to 30.64 degrees down, its end long before 64 m
    found = only({"mount_height_m": 6.0, "tilt_deg": 60.0})
    assert found["near_m"] == pytest.approx(0.067, abs=1e-3)
    assert found["range_m"] == pytest.approx(6 / np.tan(np.radians(30.6423)), rel=1e-4)


def test_a_camera_too_high_for_the_level_sees_nothing_and_has_no_row():
    both = cameras({"mount_height_m": 80.0}, {})
    found = footprints(both, 20)
    assert found["row"].tolist() == [1]
    assert found["camera_code"].tolist() == ["C1"]
    assert kinds(both, 20)[0].tolist() == [1]
    assert reach_m(both, 20).tolist() == [0, pytest.approx(64)]


@pytest.mark.parametrize(("level", "light", "words"), [(0, "day", "level"), (20, "dusk", "day or night")])
def test_questions_without_meaning_are_refused(level, light, words):
    with pytest.raises(ValueError, match=words):
        footprints(cameras({}), level, light)


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'drone'"):
        footprints(cameras({"kind": "drone"}), 20)


@given(
    level=st.floats(1, 500),
    kind=st.sampled_from(["fixed", "ptz", "dome", "fisheye", "thermal"]),
    infrared=st.one_of(st.just(np.nan), st.floats(0, 300)),
)
def test_night_never_shows_more_than_day_nor_a_finer_level_more_than_a_coarser(level, kind, infrared):
    camera = cameras({"kind": kind, "ir_range_m": infrared})
    assert reach_m(camera, level, "night") <= reach_m(camera, level) + 1e-9
    assert reach_m(camera, 2 * level) <= reach_m(camera, level)


def test_share_of_a_zone():
    zone = box(0, 0, 100, 100)
    assert share(zone, np.array([box(0, 0, 50, 100), box(25, 0, 75, 100), box(500, 0, 600, 9)])) == pytest.approx(
        0.75
    )
    assert share(zone, np.array([], dtype=object)) == 0
    with pytest.raises(ValueError, match="needs an area"):
        share(Point(0, 0), np.array([zone]))


def test_levels_have_the_names_of_their_edition():
    assert level_name(20, Edition.Y2025) == "overview"
    assert level_name(250, Edition.Y2025) == "characterise"
    assert level_name(250, Edition.Y2014) == "identify"
    assert level_name(62.5, Edition.Y2014) == "observe"
    assert level_name(19.9, Edition.Y2025) is None
    for levels in LEVELS_PX_M.values():
        assert list(levels.values()) == sorted(levels.values())
