"""Bands of uncertain boundary: no camera is put into one, whatever side of the line it lies on."""

import pytest
from shapely import Polygon, box

from data.fleet import Fleet
from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.lines.gaining import Pose, check_side, gain, in_band
from data.lines.watched import sakaeo, watched_line
from tests.data.lines.drawn import layer
from tests.pages.small_country import settle

TOWN = 102.506, 13.691  # in Aranyaprathet, three kilometres on our side
BAND = box(102.50, 13.68, 102.51, 13.70)


def bring_band(db, at, *shapes):
    keep(db, layer(list(shapes)), LayerKind.BAND, "band", source="band.gpkg", by="ก", at=at)


def test_a_camera_in_a_band_is_refused_and_beside_it_is_not(either_database, at):
    settle(either_database, at)
    check_side(watched_line(either_database, "sakaeo"), *TOWN)
    bring_band(either_database, at, BAND)
    line = watched_line(either_database, "sakaeo")
    said = (
        r"13\.69100, 102\.50600 lies in a band where the boundary is uncertain; a camera stands on the Thai side"
    )
    with pytest.raises(ValueError, match=said):
        gain(Fleet(either_database).now(), Pose(*TOWN, 90.0), 20.0, "live", line)
    check_side(line, 102.49, 13.69)
    with pytest.raises(ValueError, match="beyond the line"):
        check_side(line, 102.563, 13.656)
    remove(either_database, "band")
    assert watched_line(either_database, "sakaeo").uncertain is None


def test_a_hole_in_a_band_is_not_in_it_and_its_edge_is(database, at):
    ring = Polygon(BAND.exterior.coords, [list(box(102.504, 13.689, 102.508, 13.693).exterior.coords)])
    bring_band(database, at, ring, box(102.6, 13.8, 102.61, 13.81))
    line = watched_line(database, "cambodia")
    assert not in_band(line, *TOWN)
    assert in_band(line, 102.502, 13.691)
    assert in_band(line, 102.50, 13.69), "on its edge"
    assert in_band(line, 102.605, 13.805), "in the other one"


def test_bands_change_nothing_of_what_is_counted_along_a_line(database, at):
    before = watched_line(database, "sakaeo")
    assert (before.uncertain_mark, before) == ("", sakaeo())
    bring_band(database, at, BAND)
    after = watched_line(database, "sakaeo")
    assert after.uncertain_mark
    assert (after.key, after.told_by) == (before.key, before.told_by)
