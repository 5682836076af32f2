"""Ground that is cut short, as vector tiles: what the tile holds is what the footprints say."""

import mapbox_vector_tile
import numpy as np
import pandas as pd
import shapely
from shapely import box

from geo.crs import metres_per_degree
from geo.see.coverage import footprints, poses
from geo.see.shade import MAYBE, SURE, Buildings, Standing, maybe_grounds, sure_grounds
from geo.tile.cuts import Cut
from geo.tile.grounds import Ground
from geo.tile.mvt import EXTENT
from geo.tile.tiles import lay_out, tile_of, with_status

LON, LAT = 102.507, 13.692
SCALE = np.array(metres_per_degree(LAT))
ZOOM = 16  # a unit of its tiles is 15 cm
COUNT = 12


def hidden_cameras():
    """Cameras in a row from west to east that look north, with walls before every second one."""
    east = 12.0 * np.arange(COUNT)
    frame = pd.DataFrame(
        {
            "id": 101 + np.arange(COUNT), "code": [f"C{i}" for i in range(COUNT)], "lon": LON + east / SCALE[0],
            "lat": LAT, "kind": "fixed", "bearing_deg": 0.0, "hfov_deg": 60.0, "pixels_h": 2560.0,
            "mount_height_m": np.where(np.arange(COUNT) % 4 == 0, 3.0, np.nan),
            **dict.fromkeys(
                (
                    "position_accuracy_m", "pixels_v", "tilt_deg", "focal_length_mm", "sensor_width_mm",
                    "ir_range_m",
                ),
                np.nan,
            ),
        }
    )  # fmt: skip
    walls = [box(x - 2, 20, x + 2, 22) for x in east[::2]] + [box(60, 50, 90, 60) - box(65, 53, 70, 57)]
    buildings = Buildings.of(shapely.transform(walls, lambda xy: xy / SCALE + [LON, LAT]), [5.0] * len(walls))
    columns = (frame["lon"], frame["lat"], frame["mount_height_m"], np.zeros(COUNT), np.full(COUNT, 300.0))
    standing = Standing(*(np.asarray(column, float) for column in columns))
    return frame, frame.assign(
        **{SURE: sure_grounds(standing, buildings), MAYBE: maybe_grounds(standing, buildings)}
    )


def drawn(cameras, z, x, y, only=None):
    layout = lay_out(cameras["id"].to_numpy(), cameras["lon"].to_numpy(), cameras["lat"].to_numpy())
    tiles = with_status(layout, np.where(np.arange(COUNT) % 3 == 0, 2, 1).astype(np.uint8))
    ground = Ground.of(layout, poses(cameras, 20.0), Cut.of(cameras, 20.0, "day"))
    data = ground.tile(tiles.status, z, x, y, only)
    decoded = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True}) if data else {}
    return decoded.get("sectors", {"features": []})["features"]


def in_units(polygon, z, x, y):
    def units(at):
        down = 0.5 - np.arcsinh(np.tan(np.radians(at[:, 1]))) / (2 * np.pi)
        return (np.column_stack([at[:, 0] / 360 + 0.5, down]) * 2**z - [x, y]) * EXTENT

    return shapely.transform(polygon, units)


def shapes(features, camera, possible):
    chosen = [f for f in features if f["id"] == camera and f["properties"]["poss"] == possible]
    return shapely.union_all([shapely.geometry.shape(f["geometry"]).buffer(0) for f in chosen])


def test_a_tile_holds_the_ground_as_the_footprints_have_it():
    _, cameras = hidden_cameras()
    x, y = tile_of(LON + 0.0005, LAT + 0.0002, ZOOM)
    features = drawn(cameras, ZOOM, x, y)
    prints = footprints(cameras, 20.0)
    assert {"certain", "possible"} == set(prints["kind"])
    for one in prints.itertuples():
        theirs = in_units(one.geometry, ZOOM, x, y)
        if not theirs.intersects(box(-1, -1, EXTENT + 1, EXTENT + 1)):
            continue
        ours = shapes(features, one.camera_id, int(one.kind == "possible"))
        assert ours.symmetric_difference(theirs).area < 0.02 * theirs.area, one.camera_code


def test_status_and_filter_hold_for_cut_ground_too():
    _, cameras = hidden_cameras()
    x, y = tile_of(LON + 0.0005, LAT + 0.0002, ZOOM)
    features = drawn(cameras, ZOOM, x, y)
    assert {f["id"]: f["properties"]["st"] for f in features if f["id"] in (101, 102)} == {101: 2, 102: 1}
    down = drawn(cameras, ZOOM, x, y, only=frozenset({2}))
    assert {f["id"] for f in down} == {f["id"] for f in features if f["properties"]["st"] == 2}


def test_cameras_with_nothing_hidden_are_drawn_as_ever():
    plain, cameras = hidden_cameras()
    x, y = tile_of(LON + 0.0005, LAT + 0.0002, ZOOM)
    free = drawn(cameras.assign(**{SURE: None, MAYBE: None}), ZOOM, x, y)
    assert free == drawn(plain, ZOOM, x, y)
    assert drawn(cameras, 13, 0, 0) == []
