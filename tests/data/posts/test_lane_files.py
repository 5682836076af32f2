"""Lanes from files: GeoJSON and GeoPackage, in any coordinate system that is named, refused by row."""

import json

import geopandas as gpd
import pytest
from shapely import LineString, Point

from data.geography import load_checkpoints
from data.intake.sources.record import SourceError
from data.posts.lane_files import read_lanes
from data.posts.lanes import DrawnLane, lanes, save_lanes

LINE = ((102.548, 13.662), (102.549, 13.6625))


def geojson(tmp_path, *features, crs=None):
    path = tmp_path / "lanes.geojson"
    rows = [
        {"type": "Feature", "properties": told, "geometry": {"type": kind, "coordinates": points}}
        for kind, points, told in features
    ]
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows, **named}), encoding="utf-8")
    return path


def test_a_line_is_a_lane_in_the_direction_it_is_drawn(tmp_path):
    told = {
        "code": "IN-1", "name_th": "ขาเข้า", "use": "In", "level_px_m": 250, "width_m": "4", "facing": "oncoming",
        "light": "day",
    }  # fmt: skip
    path = geojson(tmp_path, ("LineString", LINE, told), ("MultiLineString", [LINE], {"use": "queue"}))
    assert read_lanes(path) == [
        DrawnLane("IN-1", LINE, "in", "ขาเข้า", "", 4.0, 250.0, "day", "oncoming"),
        DrawnLane("L2", LINE, "queue"),  # a usual one
    ]


@pytest.mark.parametrize("epsg", [4326, 32648, 32647])
def test_a_geopackage_in_metres_gives_the_same_lane(tmp_path, epsg, database, at):
    path = tmp_path / "lanes.gpkg"
    frame = gpd.GeoDataFrame({"code": ["A"], "use": ["truck"]}, geometry=[LineString(LINE)], crs=4326)
    frame.to_crs(epsg).to_file(path, driver="GPKG")
    [lane] = read_lanes(path)
    assert lane.points == tuple(pytest.approx(place, abs=2e-7) for place in LINE)
    load_checkpoints(database)
    assert save_lanes(database, "KH01", [lane], by="ก", at=at) == (1, 0)
    assert lanes(database)[0].drawn.use == "truck"


def test_a_geopackage_that_names_no_coordinate_system_is_refused(tmp_path):
    path = tmp_path / "lanes.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame({"use": ["in"]}, geometry=[LineString(LINE)]).to_file(path, driver="GPKG")
    with pytest.raises(SourceError, match=r"lanes.gpkg names no coordinate system \(CRS\).*; export it in WGS 84"):
        read_lanes(path)


def test_metres_in_a_geojson_that_names_no_system_are_refused_when_saved(tmp_path, database, at):
    load_checkpoints(database)
    path = geojson(tmp_path, ("LineString", [(234_000, 1_511_000), (234_100, 1_511_000)], {"use": "in"}))
    with pytest.raises(ValueError, match="no longitude and latitude; save it in WGS 84"):
        save_lanes(database, "KH01", read_lanes(path), by="ก", at=at)
    named = geojson(
        tmp_path, ("LineString", [(234_900, 1_511_600), (235_000, 1_511_600)], {"use": "in"}), crs="EPSG:32648"
    )
    assert save_lanes(database, "KH01", read_lanes(named), by="ก", at=at) == (1, 0)


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (("Point", LINE[0], {"use": "in"}), "row 2 of lanes.geojson is Point, a lane is one line"),
        (
            ("LineString", [], {"use": "in"}),
            "row 2 of lanes.geojson is LineString, a lane is one line of 2 points",
        ),
        (("LineString", [LINE[0]], {"use": "in"}), "row 2 of lanes.geojson is nothing that can be read"),
        (("MultiLineString", [LINE, LINE], {"use": "in"}), "is MultiLineString"),
        (("LineString", LINE, {}), "row 2 of lanes.geojson has no use, a lane is one of in, out, truck"),
        (("LineString", LINE, {"use": "in", "width_m": "wide"}), "has the width_m 'wide', which is no number"),
    ],
)
def test_a_row_that_is_no_lane_is_named(tmp_path, feature, said):
    path = geojson(tmp_path, ("LineString", LINE, {"use": "in"}), feature)
    with pytest.raises(SourceError) as refused:
        read_lanes(path)
    assert said in str(refused.value)


def test_points_of_a_geopackage_are_refused_by_row(tmp_path):
    path = tmp_path / "lanes.gpkg"
    gpd.GeoDataFrame({"use": ["in"]}, geometry=[Point(LINE[0])], crs=4326).to_file(path, driver="GPKG")
    with pytest.raises(SourceError, match="row 1 of lanes.gpkg is Point"):
        read_lanes(path)
