"""The whole demo country: its border the fast way and the slow way."""

import geopandas as gpd
import pytest
import shapely

from data.files import export
from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.geography import load_border
from geo.crs import WGS84
from geo.see.levels import Edition

pytestmark = pytest.mark.slow


def test_the_demo_border_agrees_with_union_and_difference_by_shapely(database, tmp_path, at):
    from demo.inventory import fill

    fill(database, cameras=20_000, seed=7, port=8601, at=at, tick=lambda done, total, what: None)
    asked = {"edition": Edition.Y2025, "light": "day", "when": "planned", "at": at}
    export.export_coverage(Fleet(database).now(), tmp_path / "coverage.geojson", 20, **asked)
    said = export_gaps(database, Fleet(database).now(), tmp_path / "gaps.geojson", GapView(when="planned"), at=at)
    prints, gaps = gpd.read_file(tmp_path / "coverage.geojson"), gpd.read_file(tmp_path / "gaps.geojson")
    line = load_border().geometry
    near = prints[prints.intersects(shapely.box(*line.bounds))]
    certain = shapely.union_all(near[near["kind"] == "certain"].geometry)
    left = WGS84.geometry_length(shapely.difference(line, certain))
    dark = WGS84.geometry_length(shapely.difference(line, shapely.union_all(near.geometry)))
    assert gaps["length_m"].sum() == pytest.approx(left, abs=0.3)
    assert gaps[gaps["band"] == "open"]["length_m"].sum() == pytest.approx(dark, abs=0.3)
    assert gaps["length_m"].sum() + said["certain_m"] == pytest.approx(184_430.5, abs=0.1)
    assert said["demo"]
