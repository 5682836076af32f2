"""Layers of the country: read from files, kept whole or not at all, given back as they were."""

import json

import geopandas as gpd
import pytest
from shapely import LineString, Point, Polygon, box

from data.ground.layers import bring, features, keep, layers, remove
from data.ground.reading import read_layer
from data.ground.tables import LayerKind
from data.intake.sources.record import SourceError
from data.models import INVENTORY, Counter

LINE = LineString([(102.5, 13.6), (102.52, 13.62), (102.55, 13.63)])
HOUSE = box(102.500, 13.600, 102.501, 13.601)


@pytest.fixture
def drawn(tmp_path):
    """Write shapes and what stands beside them as GeoJSON; a file a call."""

    def write(*rows, name="drawn.geojson"):
        told = [{"type": "Feature", "properties": one, "geometry": shape.__geo_interface__} for shape, one in rows]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": told}), encoding="utf-8")
        return path

    return write


def inventory_version(db):
    with db.read() as session:
        return session.get(Counter, INVENTORY).value


def test_a_layer_comes_back_as_it_was_brought(either_database, at, drawn):
    path = drawn(
        (Point(102.5, 13.6), {"number": 49}),
        (Point(102.6, 13.65), {"NAME": "หลักเขต 50", "height": None, "at": "2026-11-01"}),
    )
    before = inventory_version(either_database)
    assert bring(either_database, path, LayerKind.PILLAR, "pillars", by="สมชาย", at=at, credit="กรมแผนที่ทหาร") == 2
    [held] = layers(either_database)
    assert (held.name, held.kind, held.features, held.credit, held.source, held.level_px_m) == (
        "pillars", LayerKind.PILLAR, 2, "กรมแผนที่ทหาร", "drawn.geojson", None,
    )  # fmt: skip
    found = features(either_database, LayerKind.PILLAR)
    assert found["name"].tolist() == ["49", "หลักเขต 50"]
    assert found.geometry.tolist() == [Point(102.5, 13.6), Point(102.6, 13.65)]
    assert found["at"].isna().tolist() == [True, False]
    assert str(found["at"][1]) == "2026-10-31 17:00:00+00:00"  # midnight in Bangkok
    assert inventory_version(either_database) > before  # what rests on it is worked out anew


def test_a_layer_brought_anew_takes_the_place_of_the_old_one(database, at, drawn):
    for shape in (LINE, LineString(LINE.coords[:2])):
        bring(database, drawn((shape, {})), LayerKind.LINE, "sea", by="ก", at=at, level_px_m=40)
    assert features(database, LayerKind.LINE, "sea").geometry.tolist() == [LineString(LINE.coords[:2])]
    assert [held.level_px_m for held in layers(database)] == [40]
    with pytest.raises(ValueError, match="kind line already"):
        bring(database, drawn((HOUSE, {})), LayerKind.ZONE, "sea", by="ก", at=at)
    remove(database, "sea")
    assert not layers(database)
    assert features(database, LayerKind.LINE).empty
    with pytest.raises(ValueError, match="there are: none"):
        remove(database, "sea")


def test_a_geopackage_in_metres_is_read_as_degrees(tmp_path):
    path = tmp_path / "walls.gpkg"
    gpd.GeoDataFrame({"height_m": [6.5]}, geometry=[HOUSE], crs=4326).to_crs(32648).to_file(path, driver="GPKG")
    read = read_layer(path, LayerKind.BUILDING)
    assert read["height_m"].tolist() == [6.5]
    assert read.geometry[0].symmetric_difference(HOUSE).area < 1e-12


def test_an_area_of_several_parts_is_taken_apart(drawn):
    both = HOUSE.union(box(102.7, 13.7, 102.701, 13.701))
    read = read_layer(drawn((both, {"name": "ตลาด"})), LayerKind.BUILDING)
    assert read["name"].tolist() == ["ตลาด", "ตลาด"]
    assert read.geometry.geom_type.tolist() == ["Polygon", "Polygon"]


@pytest.mark.parametrize(
    ("kind", "shape", "told", "rule"),
    [
        (LayerKind.LINE, LineString([(102, 13), (103, 14), (103, 13), (102, 14)]), {}, "crosses itself"),
        (LayerKind.LINE, LineString([(102, 13), (102, 13)]), {}, "no length"),
        (LayerKind.LINE, HOUSE, {}, "is a Polygon, a line is a LineString"),
        (LayerKind.ZONE, Polygon([(102, 13), (103, 14), (102, 13)]), {}, "edge is wrong|no area"),
        (LayerKind.ZONE, Polygon([(102, 13), (103, 14), (103, 13), (102, 14)]), {}, "Self-intersection"),
        (LayerKind.BUILDING, HOUSE, {"height": "-3"}, "above 0"),
        (LayerKind.BUILDING, HOUSE, {"height": "สองชั้น"}, "no number"),
        (LayerKind.VILLAGE, Point(13.6, 102.5), {}, "longitude first"),
        (LayerKind.VILLAGE, Point(), {}, "no shape"),
        (LayerKind.INCIDENT, Point(102.5, 13.6), {"date": "เมื่อวาน"}, "write it as 2026-11-23"),
    ],
)
def test_what_cannot_be_is_refused_by_its_row_and_nothing_is_kept(database, at, drawn, kind, shape, told, rule):
    with pytest.raises(SourceError, match=rule) as refused:
        bring(database, drawn((shape, told)), kind, "x", by="ก", at=at)
    assert "row 1 of drawn.geojson" in str(refused.value)
    assert not layers(database)


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ({"name": "ชายแดน"}, "small letters"),
        ({"level_px_m": 0.0}, "got 0"),
        ({"by": " "}, "name is needed"),
        ({"kind": LayerKind.ROAD, "level_px_m": 20.0}, "not of a road"),
        ({"kind": LayerKind.ROAD, "light": "night"}, "not of a road"),
        ({"light": "dusk"}, "day or night, got 'dusk'"),
    ],
)
def test_what_is_said_of_a_layer_is_checked(database, at, drawn, how, rule):
    told = {"kind": LayerKind.LINE, "name": "x", "by": "ก", "at": at} | how
    with pytest.raises(ValueError, match=rule):
        bring(database, drawn((LINE, {})), **told)
    assert not layers(database)


def test_a_watched_line_is_one_line(database, at, drawn):
    read = read_layer(drawn((LINE, {}), (LINE, {})), LayerKind.LINE)
    with pytest.raises(ValueError, match="one line, got 2"):
        keep(database, read, LayerKind.LINE, "x", source="a", by="ก", at=at)


def test_a_geopackage_without_a_system_and_another_kind_of_file_are_refused(tmp_path):
    path = tmp_path / "walls.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame(geometry=[HOUSE]).to_file(path, driver="GPKG")
    with pytest.raises(SourceError, match="no coordinate system"):
        read_layer(path, LayerKind.BUILDING)
    with pytest.raises(SourceError, match="'shp'"):
        read_layer(tmp_path / "walls.shp", LayerKind.BUILDING)
