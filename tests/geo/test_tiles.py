from math import asinh, pi, radians, tan

import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.see.coverage import footprints
from geo.see.poses import Poses
from geo.see.poses import poses as camera_poses
from geo.see.sector import sectors
from geo.tile.grounds import Ground
from geo.tile.mvt import EXTENT, point_layer
from geo.tile.tiles import CAMERA_ZOOM, MAX_ZOOM, SECTOR_ZOOM, Tiles, lay_out, tile_of, with_status

ARANYAPRATHET = (102.507, 13.692)
THAILAND = st.tuples(st.floats(97.4, 105.6), st.floats(5.7, 20.4))


def tiles(places, status=None) -> Tiles:
    """Tiles of cameras 101, 102, ... at places, all up unless said."""
    lon, lat = np.array(places, float).reshape(-1, 2).T
    layout = lay_out(101 + np.arange(len(places)), lon, lat)
    return with_status(layout, np.array([1] * len(places) if status is None else status, np.uint8))


def poses(count, bearing=0.0, hfov=360.0, reach=100.0, near=0.0, certain=True, forward=0.0) -> Poses:
    told = (1.0, bearing, forward, hfov, near, reach)
    columns = (np.broadcast_to(np.asarray(v, float), count) for v in told)
    seeing = np.broadcast_to(np.asarray(reach) > 0, count)
    return Poses(np.arange(count), np.broadcast_to(np.asarray(certain, bool), count), *columns).of(seeing)


class Drawn:
    """Ground of cameras at places, as tiles."""

    def __init__(self, places, status=None, **pose) -> None:
        self.tiles = tiles(places, status)
        self.ground = Ground.of(self.tiles.layout, poses(len(places), **pose))

    def tile(self, z, x, y, only=None) -> bytes:
        return self.ground.tile(self.tiles.status, z, x, y, only)


def decoded(data: bytes) -> dict:
    return mapbox_vector_tile.decode(data, default_options={"y_coord_down": True}) if data else {}


def features(data: bytes, layer: str) -> list[dict]:
    return decoded(data).get(layer, {"features": []})["features"]


def ids(data: bytes, layer: str) -> list[int]:
    return sorted(feature["id"] for feature in features(data, layer))


def slippy(lon: float, lat: float, z: int) -> tuple[int, int]:
    """The tile of a place by the textbook formula."""
    return int((lon + 180) / 360 * 2**z), int((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z)


def world(polygon):
    """A polygon in web Mercator, the world 0-1, y down."""
    return shapely.transform(
        polygon,
        lambda at: np.column_stack(
            [at[:, 0] / 360 + 0.5, 0.5 - np.arcsinh(np.tan(np.radians(at[:, 1]))) / (2 * np.pi)]
        ),
    )


def box(z, x, y, margin=0.0):
    side = 1 / 2**z
    return shapely.box(x * side - margin, y * side - margin, (x + 1) * side + margin, (y + 1) * side + margin)


def around(z, x, y, reach=1):
    return [(z, x + i, y + j) for i in range(-reach, reach + 1) for j in range(-reach, reach + 1)]


def test_a_camera_where_the_equator_meets_greenwich_lies_in_the_corner_of_its_tile():
    [camera] = features(tiles([(0.0, 0.0)]).tile(13, 4096, 4096), "cams")
    assert camera["id"] == 101
    assert camera["geometry"] == {"type": "Point", "coordinates": [0, 0]}
    assert camera["properties"] == {"st": 1}
    assert tiles([(0.0, 0.0)]).tile(13, 4095, 4096) == b""


def test_tile_units_are_a_4096th_of_the_tile_and_run_down():
    z, side_deg = 13, 360 / 2**13
    [camera] = features(tiles([(side_deg / 2, -side_deg / 4)]).tile(z, 4096, 4096), "cams")
    x, y = camera["geometry"]["coordinates"]
    assert x == EXTENT // 2
    assert y == pytest.approx(EXTENT // 4, abs=1)  # Mercator is true to scale on the equator


@settings(max_examples=40, deadline=None)
@given(places=st.lists(THAILAND, min_size=1, max_size=25), z=st.integers(CAMERA_ZOOM, MAX_ZOOM))
def test_every_camera_is_in_its_own_tile_and_in_no_other(places, z):
    made = tiles(places)
    expected: dict[tuple[int, int, int], list[int]] = {}
    for number, (lon, lat) in enumerate(places):
        expected.setdefault((z, *slippy(lon, lat, z)), []).append(101 + number)
    for tile in {near for own in expected for near in around(*own)}:
        assert ids(made.tile(*tile), "cams") == expected.get(tile, [])


@settings(max_examples=30, deadline=None)
@given(
    cameras=st.lists(st.tuples(THAILAND, st.integers(0, 4)), min_size=1, max_size=60),
    z=st.integers(0, CAMERA_ZOOM - 1),
)
def test_clusters_count_every_camera_once_and_name_the_worst_status(cameras, z):
    made = tiles([place for place, _ in cameras], [status for _, status in cameras])
    found = [
        feature["properties"]
        for tile in {(z, *slippy(*place, z)) for place, _ in cameras}
        for feature in features(made.tile(*tile), "clusters")
    ]
    names = ["unknown", "up", "down", "degraded", "maintenance"]
    for code, name in enumerate(names):
        assert sum(cluster[name] for cluster in found) == sum(status == code for _, status in cameras)
    for cluster in found:
        assert cluster["n"] == sum(cluster[name] for name in names)
        assert cluster["label"] == str(cluster["n"])
        worst = next(n for n in ("down", "degraded", "unknown", "maintenance", "up") if cluster[n])
        assert cluster["worst"] == names.index(worst)


def test_of_the_cameras_on_one_mast_the_worst_is_drawn_last():
    z = CAMERA_ZOOM
    data = tiles([ARANYAPRATHET] * 5, status=[2, 1, 3, 0, 4]).tile(z, *slippy(*ARANYAPRATHET, z))
    assert [feature["properties"]["st"] for feature in features(data, "cams")] == [1, 4, 0, 3, 2]


@pytest.mark.parametrize("z", [5, 8, 12])
def test_no_two_discs_of_a_tile_hide_each_other(z):
    rng = np.random.default_rng(7)
    lon, lat = ARANYAPRATHET
    places = [(lon + x, lat + y) for x, y in rng.normal(0, 40 / 2**z, (3000, 2))]
    address = slippy(lon, lat, z)
    discs = [f["properties"] | dict(zip("xy", f["geometry"]["coordinates"], strict=True))
             for f in features(tiles(places).tile(z, *address), "clusters")]  # fmt: skip
    assert len(discs) > 10
    for i, one in enumerate(discs):
        for other in discs[:i]:
            apart_px = np.hypot(one["x"] - other["x"], one["y"] - other["y"]) * 512 / EXTENT
            assert apart_px >= one["r"] + other["r"] - 1
    # where a disc says it stands is where it is drawn
    for one in discs:
        assert slippy(one["lon"], one["lat"], z + 12) == pytest.approx(
            (address[0] * EXTENT + one["x"], address[1] * EXTENT + one["y"]), abs=1 + 0.0001 / 360 * 2 ** (z + 12)
        )


def test_a_cluster_stands_in_the_middle_of_its_cameras():
    lon, lat = ARANYAPRATHET
    [cluster] = features(tiles([(lon, lat), (lon + 0.002, lat + 0.002)]).tile(8, *slippy(lon, lat, 8)), "clusters")
    assert cluster["properties"]["n"] == 2
    assert cluster["properties"]["lon"] == pytest.approx(lon + 0.001, abs=1e-4)
    assert cluster["properties"]["lat"] == pytest.approx(lat + 0.001, abs=1e-4)


@pytest.mark.parametrize(("count", "label"), [(999, "999"), (1_240, "1.2k"), (12_400, "12k")])
def test_large_clusters_have_short_labels(count, label):
    [cluster] = features(tiles([ARANYAPRATHET] * count).tile(0, 0, 0), "clusters")
    assert (cluster["properties"]["label"], cluster["properties"]["n"]) == (label, count)


def test_a_new_status_changes_the_tile_and_leaves_the_old_tiles_as_they_were():
    before = tiles([ARANYAPRATHET])
    after = with_status(before.layout, np.array([2], np.uint8))
    place = (14, *slippy(*ARANYAPRATHET, 14))
    assert features(before.tile(*place), "cams")[0]["properties"]["st"] == 1
    assert features(after.tile(*place), "cams")[0]["properties"]["st"] == 2


@settings(max_examples=60, deadline=None)
@given(
    place=THAILAND,
    bearing=st.floats(0, 359),
    hfov=st.sampled_from([12.0, 55.0, 60.0, 110.0, 179.0, 280.0, 360.0]),
    reach=st.floats(20, 6000),
    near=st.sampled_from([0.0, 0.3]),
    z=st.integers(SECTOR_ZOOM - 1, MAX_ZOOM),
)
def test_ground_is_in_every_tile_it_reaches_and_keeps_its_shape(place, bearing, hfov, reach, near, z):
    [polygon] = sectors(*place, bearing, hfov, reach, near * reach)
    made = Drawn([place], bearing=bearing, hfov=hfov, reach=reach, near=near * reach)
    true = world(polygon)
    middle = shapely.get_coordinates(true.representative_point())[0]
    x, y = np.floor(middle * 2**z).astype(int).tolist()
    [feature] = features(made.tile(z, x, y), "sectors")
    drawn = shapely.geometry.shape(feature["geometry"])
    exact = shapely.transform(true, lambda at: (at * 2**z - [x, y]) * EXTENT)
    size = max(exact.bounds[2] - exact.bounds[0], exact.bounds[3] - exact.bounds[1])
    tolerance = 0.02 * size + 2  # arcs are drawn with few vertices, and in whole units
    assert drawn.hausdorff_distance(exact) < tolerance
    # a whole unit of shift all along the outline is what rounding may cost
    assert drawn.buffer(0).symmetric_difference(exact).area < 0.03 * exact.area + 1.5 * exact.length
    for tile in around(z, x, y, reach=4):
        seen = features(made.tile(*tile), "sectors")
        if box(*tile, margin=-tolerance / EXTENT / 2**z).intersects(true):
            assert [feature["id"] for feature in seen] == [101]
        # what only its outline's box touches may be there too: a tile clips what it need not draw
        if not box(*tile, margin=tolerance / EXTENT / 2**z).intersects(shapely.box(*true.bounds)):
            assert seen == []


@pytest.mark.parametrize("reach", [149.0, 151.0, 599.0, 601.0, 2_399.0, 2_401.0, 9_999.0, 30_000.0])
def test_cameras_of_every_class_of_reach_are_found_from_afar(reach):
    made = Drawn([ARANYAPRATHET, ARANYAPRATHET], bearing=[90, 0], hfov=[30, 360], reach=[reach, 5.0])
    east = ARANYAPRATHET[0] + 0.97 * reach / 108_200, ARANYAPRATHET[1]
    for z in (15, 16):
        assert 101 in ids(made.tile(z, *slippy(*east, z)), "sectors")


def test_ground_that_crosses_a_seam_is_the_same_in_both_tiles():
    z = 15
    x, y = slippy(*ARANYAPRATHET, z)
    made = Drawn([ARANYAPRATHET], reach=1500)
    [here] = features(made.tile(z, x, y), "sectors")
    [beside] = features(made.tile(z, x + 1, y), "sectors")
    moved = np.array(beside["geometry"]["coordinates"][0]) + np.array([EXTENT, 0])
    assert (np.array(here["geometry"]["coordinates"][0]) == moved).all()


def test_outer_rings_run_clockwise_as_seen_and_holes_the_other_way():
    made = Drawn([ARANYAPRATHET], reach=400, near=100)
    [feature] = features(made.tile(15, *slippy(*ARANYAPRATHET, 15)), "sectors")
    outer, hole = (np.array(part[:-1]) for part in feature["geometry"]["coordinates"])
    signed = [np.sum(r[:, 0] * np.roll(r[:, 1], -1) - np.roll(r[:, 0], -1) * r[:, 1]) for r in (outer, hole)]
    assert signed[0] > 0 > signed[1]
    assert abs(signed[1]) == pytest.approx(signed[0] / 16, rel=0.1)  # a quarter of the radius


def test_ground_says_whose_it_is_how_sure_and_how_that_camera_is():
    places = [ARANYAPRATHET, (ARANYAPRATHET[0] + 0.001, ARANYAPRATHET[1])]
    made = Drawn(places, [2, 3], bearing=[0, 90], hfov=[60, 360], reach=[200, 300], certain=[True, False])
    data = made.tile(15, *slippy(*ARANYAPRATHET, 15))
    assert {f["id"]: f["properties"] for f in features(data, "sectors")} == {
        101: {"st": 2, "poss": 0},
        102: {"st": 3, "poss": 1},
    }


def test_ground_too_small_to_draw_and_cameras_that_see_nothing_are_left_out():
    made = Drawn([ARANYAPRATHET] * 3, hfov=60, reach=[0.1, 0.0, 50.0], near=[0.0, 0.0, 60.0])
    data = made.tile(15, *slippy(*ARANYAPRATHET, 15))
    assert features(data, "sectors") == []


def test_only_the_chosen_statuses_are_shown():
    places = [(102.50 + step / 1000, 13.69) for step in range(3)]
    made, drawn = tiles(places, [1, 2, 0]), Drawn(places, [1, 2, 0])
    at = (15, *slippy(*places[0], 15))
    assert ids(made.tile(*at, frozenset({2, 0})), "cams") == [102, 103]
    assert ids(drawn.tile(*at, frozenset({2, 0})), "sectors") == [102, 103]
    [cluster] = features(made.tile(5, *slippy(*places[0], 5), frozenset({2})), "clusters")
    assert (cluster["properties"]["n"], cluster["properties"]["up"]) == (1, 0)
    assert made.tile(5, *slippy(*places[0], 5), frozenset({4})) == b""


@settings(max_examples=25, deadline=None)
@given(
    cameras=st.lists(st.tuples(THAILAND, st.integers(0, 4), st.booleans()), min_size=1, max_size=40),
    z=st.integers(0, MAX_ZOOM),
)
def test_a_layout_of_some_cameras_makes_the_tiles_those_cameras_alone_would_make(cameras, z):
    places, status, kept = ([camera[i] for camera in cameras] for i in range(3))
    some = with_status(tiles(places).layout.only(np.array(kept)), np.array(status, np.uint8))
    chosen = [at for at, wanted in enumerate(kept) if wanted]
    alone = lay_out(101 + np.array(chosen, int), *np.array([places[at] for at in chosen]).reshape(-1, 2).T)
    expected = with_status(alone, np.array([status[at] for at in chosen], np.uint8))
    for place in places:
        address = (z, *slippy(*place, z))
        assert decoded(some.tile(*address)) == decoded(expected.tile(*address))


@pytest.mark.parametrize("address", [(-1, 0, 0), (MAX_ZOOM + 1, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)])
def test_a_tile_that_does_not_exist_is_refused_by_name(address):
    with pytest.raises(ValueError, match="/".join(map(str, address))):
        tiles([ARANYAPRATHET]).tile(*address)


def test_a_country_without_cameras_has_empty_tiles():
    made = tiles([])
    assert Drawn([]).tile(16, 0, 0) == b""
    assert [made.tile(z, 0, 0) for z in (0, 5, 12, 13, 16)] == [b""] * 5


def test_a_camera_far_outside_the_map_is_held_at_its_edge():
    assert ids(tiles([(180.0, 89.9)]).tile(13, 2**13 - 1, 0), "cams") == [101]
    assert tile_of(180.0, -89.9, 13) == (2**13 - 1, 2**13 - 1)


def test_layers_keep_words_and_numbers_of_any_kind():
    columns = {
        "word": ["ตาข่าย", "net", "net"],
        "big": np.array([0, 70_000, 2**40]),
        "signed": np.array([-3, 0, 5]),
        "real": np.array([0.25, -1.5, 1e9]),
    }
    data = point_layer("any", np.array([0, 1, 4095]), np.array([4095, 1, 0]), columns, np.array([1, 2**31, 2**34]))
    layer = decoded(data)["any"]
    assert (layer["extent"], layer["version"]) == (EXTENT, 2)
    assert [f["id"] for f in layer["features"]] == [1, 2**31, 2**34]
    assert [f["properties"] for f in layer["features"]] == [
        {
            name: (column[row] if isinstance(column, list) else column[row].item())
            for name, column in columns.items()
        }
        for row in range(3)
    ]


def test_more_different_values_than_one_byte_counts_are_told_apart():
    many = np.arange(20_000) * 1000
    layer = decoded(point_layer("any", many % EXTENT, many % EXTENT, {"value": many}))["any"]
    assert [f["properties"]["value"] for f in layer["features"]] == many.tolist()


def test_what_is_sure_and_what_may_be_seen_of_a_camera_are_drawn_where_footprints_have_them():
    table = pd.DataFrame(
        {
            "id": [7, 8], "code": ["A", "B"], "lon": [102.5, ARANYAPRATHET[0]], "lat": [13.6, ARANYAPRATHET[1]],
            "kind": "fixed", "bearing_deg": [0.0, 35.0], "hfov_deg": 70.0, "pixels_h": 3840.0, "pixels_v": 2160.0,
            "tilt_deg": np.nan, "mount_height_m": 6.0, "focal_length_mm": np.nan, "sensor_width_mm": np.nan,
            "ir_range_m": 30.0, "position_accuracy_m": [np.nan, 12.0], "bearing_accuracy_deg": [np.nan, 4.0],
        }
    )  # fmt: skip
    here = tiles(list(zip(table["lon"], table["lat"], strict=True)))
    z = 16
    x, y = slippy(*ARANYAPRATHET, z)
    drawn = features(Ground.of(here.layout, camera_poses(table, 20)).tile(here.status, z, x, y), "sectors")
    prints = footprints(table, 20)
    for feature, shape in zip(drawn, prints.geometry[prints["row"] == 1], strict=True):
        exact = shapely.transform(world(shape), lambda at: (at * 2**z - [x, y]) * EXTENT)
        found = shapely.geometry.shape(feature["geometry"]).buffer(0)
        assert found.symmetric_difference(exact).area < 0.02 * exact.area + 1.5 * exact.length
    assert [feature["properties"]["poss"] for feature in drawn] == [0, 1]
