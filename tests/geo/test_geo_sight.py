"""Which cameras see a point, and that it is what their footprints say."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geo.crs import WGS84
from geo.see.coverage import footprints
from geo.see.poses import Preset
from geo.see.sight import seen_from

LON, LAT = 102.5, 13.7
KNOWN = {
    "lon": LON, "lat": LAT, "kind": "fixed", "bearing_deg": 90.0, "hfov_deg": 90.0, "pixels_h": 2560.0,
    "pixels_v": 1440.0, "tilt_deg": 0.0, "mount_height_m": 1e-6, "focal_length_mm": np.nan,
    "sensor_width_mm": np.nan, "ir_range_m": 30.0, "position_accuracy_m": np.nan,
}  # fmt: skip


def cameras(*changed):
    return pd.DataFrame([{"id": i, "code": f"C{i}"} | KNOWN | one for i, one in enumerate(changed)])


def compact(table):
    """As the inventory holds it: categories, Arrow's texts, single precision."""
    words = {"kind": "category", "code": "string[pyarrow]"}
    singles = {name: np.float32 for name in KNOWN if name not in ("lon", "lat", "kind")}
    return table.astype(words | singles)


def away(bearing_deg, distance_m):
    lon, lat, _ = WGS84.fwd(LON, LAT, bearing_deg, distance_m)
    return lon, lat


def sees(changed, bearing_deg, distance_m, **how):
    return len(seen_from(cameras(changed), *away(bearing_deg, distance_m), **how)) == 1


def test_what_is_known_of_a_point_is_worked_out_by_hand():
    found = seen_from(cameras({}), *away(100, 50))
    assert found["row"].tolist() == [0]
    assert found["distance_m"][0] == pytest.approx(50, abs=1e-6)
    assert found["bearing_deg"][0] == pytest.approx(100, abs=1e-6)
    assert found["density_px_m"][0] == pytest.approx(2560 / 2 / 50)  # tan 45° is 1
    assert found["certain"][0]


def test_the_slant_counts_not_the_ground():
    found = seen_from(cameras({"mount_height_m": 30.0, "tilt_deg": 37.0}), *away(90, 40))
    assert found["density_px_m"][0] == pytest.approx(2560 / 2 / 50)


@pytest.mark.parametrize(
    ("changed", "bearing_deg", "distance_m", "seen"),
    [
        ({}, 134, 50, True),
        ({}, 136, 50, False),
        ({}, 90, 102, True),
        ({}, 90, 103, False),  # 2560 / 2 / 12.5 = 102.4 m
        ({"bearing_deg": np.nan}, 270, 50, True),
        ({"kind": "ptz"}, 270, 50, True),
        ({"kind": "dome", "hfov_deg": 180.0, "bearing_deg": np.nan}, 270, 50, True),
        ({"bearing_deg": 350.0}, 30, 50, True),
        ({"bearing_deg": 350.0}, 36, 50, False),
        ({"mount_height_m": 10.0, "tilt_deg": 45.0}, 90, 2, False),  # 29.4° of picture up and down:
        ({"mount_height_m": 10.0, "tilt_deg": 45.0}, 90, 3, True),  # from 10 / tan(74.4°) = 2.8 m
        ({"mount_height_m": 10.0, "tilt_deg": 45.0}, 90, 35, True),  # to 10 / tan(15.6°) = 35.7 m
        ({"mount_height_m": 10.0, "tilt_deg": 45.0}, 90, 37, False),
    ],
)
def test_a_point_is_seen_or_not(changed, bearing_deg, distance_m, seen):
    assert sees(changed, bearing_deg, distance_m) is seen


def test_by_night_the_light_ends_it():
    assert sees({}, 90, 29, light="night")
    assert not sees({}, 90, 31, light="night")
    assert sees({"kind": "thermal"}, 90, 31, light="night")


@pytest.mark.parametrize("changed", [{"bearing_deg": np.nan}, {"position_accuracy_m": 80.0}, {"kind": "ptz"}])
def test_a_guess_is_not_certain(changed):
    assert seen_from(cameras(changed), *away(90, 20))["certain"].tolist() == [False]


def test_the_camera_that_shows_most_comes_first():
    west = away(270, 20)
    table = cameras({"lon": west[0], "lat": west[1]}, {"hfov_deg": 60.0}, {"bearing_deg": 270.0})
    found = seen_from(table, *away(90, 30))
    assert found["row"].tolist() == [1, 0]
    assert found["density_px_m"].is_monotonic_decreasing


def test_the_inventory_as_it_is_held_gives_the_same():
    table = cameras({}, {"kind": "ptz"}, {"bearing_deg": np.nan, "hfov_deg": np.nan, "pixels_h": np.nan})
    table.index = [5, 5, 9]
    plain, held = seen_from(table, *away(90, 20)), seen_from(compact(table), *away(90, 20))
    assert held["row"].tolist() == plain["row"].tolist() == [0, 1, 2]
    assert held["density_px_m"].to_numpy() == pytest.approx(plain["density_px_m"].to_numpy(), rel=1e-6)


def test_on_the_camera_itself_the_density_is_a_number():
    found = seen_from(cameras({}, {"kind": "ptz"}), LON, LAT)
    assert len(found) == 2
    assert np.isfinite(found["density_px_m"]).all()


def test_nobody_sees_it_where_there_are_no_cameras():
    assert seen_from(cameras({}).iloc[:0], LON, LAT).empty
    assert seen_from(cameras({}), 100.5, 13.7).empty
    assert list(seen_from(cameras({}), 100.5, 13.7)) == [
        "row", "distance_m", "bearing_deg", "density_px_m", "certain",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lon", "lat", "how", "word"),
    [
        (13.7, 102.5, {}, "mixed up"),
        (LON, float("nan"), {}, "must lie"),
        (LON, LAT, {"light": "dusk"}, "dusk"),
        (LON, LAT, {"least_px_m": 0.0}, "above 0"),
    ],
)
def test_nonsense_is_refused_by_name(lon, lat, how, word):
    with pytest.raises(ValueError, match=word):
        seen_from(cameras({}), lon, lat, **how)


unknown = st.just(np.nan)
poses = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["fixed", "ptz", "dome", "fisheye", "thermal"]),
        "bearing_deg": st.floats(0, 359.9) | unknown,
        "hfov_deg": st.floats(5, 179) | st.just(180.0) | st.just(360.0) | unknown,
        "pixels_h": st.sampled_from([640.0, 1920.0, 3840.0]) | unknown,
        "tilt_deg": st.floats(0, 80) | unknown,
        "mount_height_m": st.floats(2, 30) | unknown,
        "focal_length_mm": st.floats(2.8, 30) | unknown,
        "sensor_width_mm": st.just(5.0) | unknown,
        "ir_range_m": st.floats(0, 200) | unknown,
        "position_accuracy_m": st.sampled_from([5.0, 80.0]) | unknown,
        "bearing_accuracy_deg": st.sampled_from([2.0, 15.0]) | unknown,
        "thermal_criteria": st.sampled_from(["johnson", "maker"]),
        "presets": st.none()
        | st.tuples(
            st.builds(Preset, st.floats(0, 359), st.floats(3, 90), st.none() | st.floats(0, 60), st.just(1.0))
        )
        | st.tuples(*[st.builds(Preset, st.floats(0, 359), st.floats(3, 90), st.none(), st.just(0.5))] * 2),
    }
)


@given(
    pose=poses,
    bearing_deg=st.floats(0, 360),
    share=st.floats(0.01, 1.2),
    level=st.sampled_from([12.5, 20.0, 62.5, 125.0, 250.0]),
    light=st.sampled_from(["day", "night"]),
)
def test_a_point_is_seen_at_a_level_as_its_footprint_holds_it(pose, bearing_deg, share, level, light):
    table = cameras(pose)
    ground = footprints(table, level, light)
    reach_m = float(ground["range_m"].max()) if len(ground) else 50.0
    point = away(bearing_deg, share * reach_m)
    shapes, slack_deg = ground.geometry.to_numpy(), 0.005 * reach_m / 110_000
    if (shapely.distance(shapely.boundary(shapes), Point(point)) <= slack_deg).any():
        return  # on the edge both answers are right
    holds = shapely.contains_xy(shapes, *point)
    found = seen_from(table, *point, light, least_px_m=level)
    assert len(found) == bool(holds.any())
    if len(found):
        assert found["certain"][0] == (ground["kind"].to_numpy()[holds] == "certain").any()
    if pose["kind"] not in ("thermal", "ptz") and not pose["position_accuracy_m"] > 0:
        listed = bool((seen_from(table, *point, light)["density_px_m"] >= level).any())
        assert listed is bool(holds.any())


@given(seed=st.integers(0, 2**32 - 1), east_m=st.floats(-300, 300), north_m=st.floats(-300, 300))
def test_nobody_who_sees_it_falls_through_the_sieve(seed, east_m, north_m):
    draw = np.random.default_rng(seed)
    table = cameras(*[{}] * 40).assign(
        lon=LON + draw.normal(0, 0.003, 40), lat=LAT + draw.normal(0, 0.003, 40),
        bearing_deg=draw.uniform(0, 360, 40), hfov_deg=draw.choice([2.0, 40.0, 90.0, np.nan], 40),
        kind=draw.choice(["fixed", "ptz", "dome", "thermal"], 40), focal_length_mm=draw.choice([50.0, np.nan], 40),
        sensor_width_mm=5.0,
    )  # fmt: skip
    point = LON + east_m / 108_000, LAT + north_m / 110_600
    ground = footprints(table, 12.5)
    inside = shapely.contains_xy(ground.geometry.to_numpy(), *point)
    clear = shapely.distance(shapely.boundary(ground.geometry.to_numpy()), Point(point)) > 5e-8 * ground["range_m"]
    found = seen_from(table, *point)["row"].to_numpy()
    surely, never = set(ground["row"][inside & clear]), set(ground["row"])
    assert surely <= set(found)
    assert not (never - set(ground["row"][inside | ~clear])) & set(found)
