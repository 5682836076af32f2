"""Boundary pillars: on the chainage of a line they stand by, and gaps told by those around them."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from data.files.gaps import GapView, export_gaps
from data.fleet import Fleet
from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.lines import border_now
from data.lines.pillars import around, on_line
from data.lines.watched import sakaeo, watched_line
from geo.line.chainage import Line
from geo.see.levels import Edition
from tests.data.lines.drawn import LENGTH_M, ROAD, bring_road, layer, two_cameras

EAST_M = 108_210.0  # of a degree of longitude at 13.65°


def beside(at_m: float, off_m: float) -> Point:
    """A place east of the drawn line at a chainage."""
    return Point(102.3 + off_m / EAST_M, 13.6 + 0.1 * at_m / LENGTH_M)


# the third stands too far off, the fourth has no name
PILLARS = [beside(4_000, 499), beside(900, 100), beside(4_900, 505), beside(4_950, 0), beside(9_000, -300)]
NAMES = ["50", "49", "51", "", "52"]


def test_pillars_that_stand_by_a_line_and_have_a_name_are_on_its_chainage():
    found = on_line(Line.of(ROAD), layer(PILLARS, NAMES))
    assert found["name"].tolist() == ["49", "50", "52"]
    assert found["at_m"].tolist() == pytest.approx([900, 4_000, 9_000], abs=2)
    assert on_line(sakaeo().line, layer(PILLARS, NAMES)).empty, "twenty kilometres away"


def test_a_gap_is_told_by_the_last_pillar_before_it_and_the_first_behind_it(either_database, at, tmp_path):
    two_cameras(either_database, at)
    bring_road(either_database, at)
    bare = watched_line(either_database, "road")
    keep(either_database, layer(PILLARS, NAMES), LayerKind.PILLAR, "pillars", source="p.gpkg", by="ก", at=at)
    known, road = Fleet(either_database).now(), watched_line(either_database, "road")
    gaps = border_now.gaps(known, 20, "day", "live", road)
    # 0–1,000, 1,064–5,000, 5,000–5,064 and 5,064–11,064 m
    assert gaps["pillar_from"].tolist() == ["", "49", "50", "50"]
    assert gaps["pillar_to"].tolist() == ["50", "52", "52", ""]
    without = border_now.gaps(known, 20, "day", "live", bare)
    assert set(without["pillar_from"]) | set(without["pillar_to"]) == {""}, "told by other pillars, kept apart"
    view = GapView.read(either_database, "line=road", edition=Edition.Y2025)
    export_gaps(either_database, known, tmp_path / "gaps.geojson", view, at=at)
    rows = json.loads((tmp_path / "gaps.geojson").read_text(encoding="utf-8"))["features"]
    assert [row["properties"]["pillar_to"] for row in rows] == ["50", "52", "52", ""]
    remove(either_database, "pillars")
    assert watched_line(either_database, "road").pillars.empty


def test_pillars_of_the_border_are_told_without_naming_it(database, at):
    lon, lat = sakaeo().line.point_at(20_000)
    keep(database, layer([Point(lon, lat)], ["28"]), LayerKind.PILLAR, "p", source="p.gpkg", by="ก", at=at)
    view = GapView.read(database, "", edition=Edition.Y2025)
    assert view.line.pillars["name"].tolist() == ["28"]
    assert view.query() == "when=live&level=20&light=day"


@given(st.lists(st.floats(0, 1_000), max_size=8), st.floats(0, 1_000), st.floats(0.001, 1_000))
def test_no_other_pillar_stands_between_a_gap_and_those_it_is_told_by(places, from_m, length_m):
    pillars = pd.DataFrame({"at_m": sorted(places), "name": [str(i) for i in range(len(places))]})
    row = around(pillars, pd.DataFrame({"from_m": [from_m], "to_m": [from_m + length_m]})).iloc[0]
    at_m = np.array(sorted(places))
    before, after = at_m[at_m <= from_m], at_m[at_m >= from_m + length_m]
    assert row["pillar_from"] == (str(len(before) - 1) if len(before) else "")
    assert row["pillar_to"] == (str(len(places) - len(after)) if len(after) else "")
