from math import asinh, pi, radians, tan

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.mvt import EXTENT, point_layer
from geo.sector import sectors
from geo.tiles import CAMERA_ZOOM, MAX_ZOOM, MOST_VERTICES, Tiles, lay_out, tile_of, with_status

ARANYAPRATHET = (102.507, 13.692)
THAILAND = st.tuples(st.floats(97.4, 105.6), st.floats(5.7, 20.4))
NO_GROUND = gpd.GeoDataFrame({"row": [], "kind": []}, geometry=[], crs=4326)


def tiles(places, status=None, ground=None, kinds="fixed") -> Tiles:
    """Tiles of cameras 101, 102, ... at places, all up unless said."""
    lon, lat = np.array(places, float).reshape(-1, 2).T
    kinds = [kinds] * len(places) if isinstance(kinds, str) else kinds
    layout = lay_out(101 + np.arange(len(places)), lon, lat, kinds, NO_GROUND if ground is None else ground)
    return with_status(layout, np.array([1] * len(places) if status is None else status, np.uint8))


def ground(rows, kinds, polygons) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"row": rows, "kind": kinds}, geometry=list(polygons), crs=4326)


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
    assert camera["properties"] == {"st": 1, "poss": 1, "kind": "fixed"}
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


@settings(max_examples=40, deadline=None)
@given(
    place=THAILAND,
    bearing=st.floats(0, 359),
    hfov=st.sampled_from([12.0, 60.0, 110.0, 280.0, 360.0]),
    reach=st.floats(20, 2000),
    near=st.sampled_from([0.0, 0.3]),
    z=st.integers(13, MAX_ZOOM),
)
def test_ground_is_in_every_tile_it_reaches_and_keeps_its_shape(place, bearing, hfov, reach, near, z):
    [polygon] = sectors(*place, bearing, hfov, reach, near * reach)
    made = tiles([place], ground=ground([0], ["certain"], [polygon]))
    true = world(polygon)
    size = max(true.bounds[2] - true.bounds[0], true.bounds[3] - true.bounds[1])
    tolerance = 0.03 * size + 2 / EXTENT / 2**z
    middle = shapely.get_coordinates(true.representative_point())[
        0
    ]  # a near edge may push it out of the camera's tile
    x, y = np.floor(middle * 2**z).astype(int).tolist()
    for tile in around(z, x, y, reach=3):
        found = features(made.tile(*tile), "sectors")
        if box(*tile, margin=-tolerance).intersects(true):
            assert [feature["id"] for feature in found] == [101]
        if not box(*tile, margin=tolerance).intersects(true):
            assert found == []
    [feature] = features(made.tile(z, x, y), "sectors")
    drawn = shapely.geometry.shape(feature["geometry"])
    exact = shapely.transform(true, lambda at: (at * 2**z - [x, y]) * EXTENT)
    assert drawn.is_valid
    if exact.area > 2000:  # smaller, the rounding to units is what is seen
        assert drawn.symmetric_difference(exact).area < 0.08 * exact.area


def test_ground_that_crosses_a_seam_fits_together():
    z = 15
    x, y = slippy(*ARANYAPRATHET, z)
    [disc] = sectors(*ARANYAPRATHET, 0, 360, 1500)
    made = tiles([ARANYAPRATHET], ground=ground([0], ["possible"], [disc]))
    [here] = features(made.tile(z, x, y), "sectors")
    [beside] = features(made.tile(z, x + 1, y), "sectors")
    moved = np.array(beside["geometry"]["coordinates"][0]) + np.array([EXTENT, 0])
    assert np.abs(np.array(here["geometry"]["coordinates"][0]) - moved).max() <= 1


def test_outer_rings_run_clockwise_as_seen_and_holes_the_other_way():
    [ring] = sectors(*ARANYAPRATHET, 0, 360, 400, 100)
    made = tiles([ARANYAPRATHET], ground=ground([0], ["certain"], [ring]))
    [feature] = features(made.tile(14, *slippy(*ARANYAPRATHET, 14)), "sectors")
    outer, hole = (np.array(part[:-1]) for part in feature["geometry"]["coordinates"])
    signed = [np.sum(r[:, 0] * np.roll(r[:, 1], -1) - np.roll(r[:, 0], -1) * r[:, 1]) for r in (outer, hole)]
    assert signed[0] > 0 > signed[1]
    assert abs(signed[1]) == pytest.approx(signed[0] / 16, rel=0.1)  # a quarter of the radius
    assert max(len(outer), len(hole)) <= MOST_VERTICES


def test_ground_says_whose_it_is_how_sure_and_how_that_camera_is():
    places = [ARANYAPRATHET, (ARANYAPRATHET[0] + 0.001, ARANYAPRATHET[1])]
    shapes = sectors(*np.array(places).T, [0, 90], [60, 360], [200, 300])
    made = tiles(places, [2, 3], ground([0, 1], ["certain", "possible"], shapes), ["fixed", "ptz"])
    data = made.tile(13, *slippy(*ARANYAPRATHET, 13))
    for layer in ("sectors", "cams"):
        assert {f["id"]: f["properties"] for f in features(data, layer)} == {
            101: {"st": 2, "poss": 0, "kind": "fixed"},
            102: {"st": 3, "poss": 1, "kind": "ptz"},
        }


def test_ground_of_several_parts_keeps_every_part():
    lon, lat = ARANYAPRATHET
    parts = shapely.MultiPolygon([shapely.box(lon + d, lat, lon + d + 0.001, lat + 0.001) for d in (0, 0.002)])
    made = tiles([ARANYAPRATHET], ground=ground([0], ["possible"], [parts]))
    assert ids(made.tile(14, *slippy(lon, lat, 14)), "sectors") == [101, 101]


def test_ground_too_small_to_draw_is_left_out():
    [speck] = sectors(*ARANYAPRATHET, 0, 60, 0.3)
    made = tiles([ARANYAPRATHET], ground=ground([0], ["certain"], [speck]))
    data = made.tile(13, *slippy(*ARANYAPRATHET, 13))
    assert ids(data, "cams") == [101]
    assert features(data, "sectors") == []


def test_only_the_chosen_statuses_are_shown():
    places = [(102.50 + step / 1000, 13.69) for step in range(3)]
    discs = sectors(*np.array(places).T, 0, 360, 100)
    made = tiles(places, [1, 2, 0], ground([0, 1, 2], ["certain"] * 3, discs))
    data = made.tile(14, *slippy(*places[0], 14), frozenset({2, 0}))
    assert ids(data, "cams") == ids(data, "sectors") == [102, 103]
    [cluster] = features(made.tile(5, *slippy(*places[0], 5), frozenset({2})), "clusters")
    assert (cluster["properties"]["n"], cluster["properties"]["up"]) == (1, 0)
    assert made.tile(5, *slippy(*places[0], 5), frozenset({4})) == b""


@pytest.mark.parametrize("address", [(-1, 0, 0), (MAX_ZOOM + 1, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)])
def test_a_tile_that_does_not_exist_is_refused_by_name(address):
    with pytest.raises(ValueError, match="/".join(map(str, address))):
        tiles([ARANYAPRATHET]).tile(*address)


def test_a_country_without_cameras_has_empty_tiles():
    made = tiles([])
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
