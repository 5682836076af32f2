"""Layers of the invented country: on Thai ground, seeded, marked demo, and on the page of gaps."""

import pytest
import shapely

from data.fleet import Fleet
from data.geography import SA_KAEO
from data.ground.layers import features, layers
from data.ground.tables import LayerKind
from data.lines import border_now
from data.lines.nearness import KINDS, places
from demo.ground import plant
from demo.places import grounds
from geo.see.levels import BORDER_LEVEL_PX_M


def test_the_same_seed_invents_the_same_layers_and_another_takes_their_place(database, at):
    counts = plant(database, 7, at=at)
    first = features(database, LayerKind.INCIDENT)
    assert counts["incidents"] == len(first) == 90
    assert 0 < first["at"].isna().sum() < len(first), "some have no date"
    assert first["at"].dropna().max() < at
    assert plant(database, 7, at=at) == counts
    assert features(database, LayerKind.INCIDENT).equals(first)
    plant(database, 8, at=at)
    assert len(layers(database)) == 4
    assert not features(database, LayerKind.INCIDENT).equals(first)


@pytest.mark.parametrize("kind", [LayerKind.VILLAGE, LayerKind.ROAD, LayerKind.INCIDENT])
def test_they_lie_on_thai_ground(database, at, kind):
    plant(database, 7, at=at)
    shapes = features(database, kind).geometry.to_numpy()
    # a road that is cut at the line may end a hair beyond it
    assert shapely.dwithin(shapes, grounds()[SA_KAEO], 1e-9).all()
    assert not shapely.crosses(shapes, grounds()[SA_KAEO].buffer(1e-6)).any()


def test_gaps_of_the_demo_are_near_to_them_and_say_that_they_are_invented(database, at):
    plant(database, 7, at=at)
    brought = places(database)
    assert brought.demo
    assert brought.kinds == KINDS
    known = Fleet(database).now()
    found = brought.of(border_now.gaps(known, BORDER_LEVEL_PX_M, "day", "planned"), at)
    assert len(found) == 1, "without cameras the whole line is one gap"
    assert found[["road_m", "village_m", "water_m"]].max(axis=None) < 400
    assert found["incidents"][0] == 90
