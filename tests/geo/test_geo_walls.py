"""What walls hide: areas worked out by hand, shapely's shadows beside the sweep, and what must always hold."""

from math import atan, pi, radians, tan

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from geo.crs import metres_per_degree
from geo.see.sector import sectors
from geo.see.walls import Walls, visible

LON, LAT = 102.51, 13.66
SCALE = np.array(metres_per_degree(LAT))


def placed(footprints):
    """Shapes drawn in metres around the camera, in degrees."""
    return shapely.transform(np.atleast_1d(np.asarray(footprints, object)), lambda xy: xy / SCALE + [LON, LAT])


def metres(polygons):
    return shapely.transform(polygons, lambda xy: (xy - [LON, LAT]) * SCALE)


def seen(footprints, bearing=0.0, hfov=90.0, reach=100.0, near=0.0):
    """What one camera sees, in metres around it, and whether that is only possible."""
    (polygon,), (only_possible,) = visible(
        [LON], [LAT], bearing, hfov, reach, near, Walls.of(placed(footprints) if len(footprints) else [])
    )
    return metres(polygon), bool(only_possible)


def bare(bearing=0.0, hfov=90.0, reach=100.0, near=0.0):
    return metres(sectors([LON], [LAT], bearing, hfov, reach, near)[0])


def test_one_wall_across_a_sector_hides_what_is_behind_it():
    # 20 m wide, 50 m ahead: it takes the pie between -atan(10/50) and atan(10/50), less the triangle before it
    polygon, only_possible = seen([box(-10, 50, 10, 60)])
    hidden = 100**2 * atan(10 / 50) - 50 * 10
    assert bare().area - polygon.area == pytest.approx(hidden, rel=2e-3)  # of chords, not of the arc
    assert not only_possible
    assert polygon.covers(Point(0, 49.9))
    assert not polygon.intersects(Point(0, 50.1))
    assert polygon.covers(Point(10.5, 51))


def test_a_wall_before_all_of_the_sector_leaves_a_triangle():
    polygon, _ = seen([box(-100, 40, 100, 50)], hfov=60)
    assert polygon.area == pytest.approx(40**2 * tan(radians(30)), rel=1e-5)
    assert len(polygon.exterior.coords) == 4


def test_from_a_courtyard_one_sees_the_courtyard():
    court = box(-50, -50, 50, 50) - box(-10, -10, 10, 10)
    polygon, only_possible = seen([court], hfov=360)
    assert polygon.area == pytest.approx(400, rel=1e-8)
    assert not only_possible


def test_a_gate_shows_a_strip_of_the_world():
    court = box(-50, -50, 50, 50) - box(-10, -10, 10, 10) - box(-1, 10, 1, 60)
    polygon, _ = seen([court], hfov=360, reach=200)
    # all of the passage, 2 m wide and 40 m long, and beyond it the pie that its far end 50 m away leaves
    assert polygon.area == pytest.approx(400 + 2 * 40 + 200**2 * atan(1 / 50) - 50, rel=1e-3)
    assert polygon.covers(Point(0, 199))


@pytest.mark.parametrize("footprint", [box(-10, -60, 10, -50), box(-10, 101, 10, 120), box(71, 60, 90, 70)])
def test_walls_behind_beyond_and_beside_hide_nothing(footprint):
    polygon, _ = seen([footprint])
    assert polygon.equals_exact(bare(), 1e-6)


@pytest.mark.parametrize("place", [Point(0, 0), Point(0, 5), Point(-5, -5)])
def test_in_or_on_a_building_it_is_left_out_and_the_shape_only_possible(place):
    house = shapely.transform(box(-5, -5, 5, 5), lambda xy: xy - [place.x, place.y])
    polygon, only_possible = seen([house, box(-10, 50, 10, 60)])
    assert only_possible
    assert polygon.area == pytest.approx(seen([box(-10, 50, 10, 60)])[0].area, rel=1e-9)


def test_one_camera_on_a_roof_does_not_make_the_others_possible():
    walls = Walls.of(placed([box(-5, -5, 5, 5)]))
    polygons, only_possible = visible([LON, LON], [LAT, LAT - 30 / SCALE[1]], 0, 60, 100, 0, walls)
    assert only_possible.tolist() == [True, False]
    assert metres(polygons[0]).equals_exact(bare(hfov=60), 1e-6)
    assert not metres(polygons[1]).intersects(Point(0, 0))


def test_a_wall_nearer_than_the_near_edge_hides_all_the_same():
    polygon, _ = seen([box(-2, 10, 2, 12)], near=20)
    hidden = (100**2 - 20**2) * atan(2 / 10)
    assert bare(near=20).area - polygon.area == pytest.approx(hidden, rel=2e-3)
    assert isinstance(polygon, MultiPolygon)


def test_a_wall_before_the_near_edge_may_leave_nothing():
    assert seen([box(-50, 10, 50, 12)], near=20)[0].is_empty


def test_a_disc_with_a_blind_middle_keeps_its_hole():
    polygon, _ = seen([box(-10, 50, 10, 60)], hfov=360, near=20)
    assert bare(hfov=360, near=20).area - polygon.area == pytest.approx(100**2 * atan(0.2) - 500, rel=2e-3)
    assert len(polygon.interiors) == 1


def test_overlapping_footprints_are_one_building():
    apart, together = [box(-10, 40, 5, 60), box(-5, 40, 10, 50)], [box(-10, 40, 5, 60) | box(-5, 40, 10, 50)]
    walls = Walls.of(placed(apart))
    assert len(walls.buildings) == 1
    assert seen(apart)[0].area == pytest.approx(seen(together)[0].area, rel=1e-12)


def test_without_walls_there_is_the_sector_itself():
    polygons, only_possible = visible([LON], [LAT], 10, [60], 100, 5, Walls.of([]))
    assert shapely.equals_exact(polygons, sectors([LON], [LAT], 10, 60, 100, 5)).all()
    assert not only_possible.any()
    assert len(visible([], [], [], [], [], [], Walls.of(placed([box(1, 1, 2, 2)])))[0]) == 0


def city(rng, houses, reach):
    """Houses, some with courtyards, many overlapping, in metres around a camera among them."""
    size, turn = rng.uniform(3, 12, (houses, 2)), rng.uniform(0, pi, houses)
    place = reach * np.sqrt(rng.uniform(0, 1.2, houses)) * np.exp(2j * pi * rng.uniform(0, 1, houses))
    corners = (np.array([-1, 1, 1, -1]) * size[:, :1] + 1j * np.array([-1, -1, 1, 1]) * size[:, 1:]) * np.exp(
        1j * turn[:, None]
    )
    courts = rng.uniform(0, 1, houses) < 0.2
    corners[courts] *= 2
    outer = corners + place[:, None]
    inner = corners * 0.7 + place[:, None]
    return [
        Polygon(ring(one), [ring(two)] if court else None)
        for one, two, court in zip(outer, inner, courts, strict=True)
    ]


def ring(corners):
    return list(zip(corners.real, corners.imag, strict=True))


def by_shadows(sector, buildings):
    """What shapely leaves of a sector: every wall's shadow, joined and taken away."""
    buildings = buildings[~shapely.intersects(buildings, Point(0, 0))]
    rings = shapely.get_rings(buildings)
    walls = [np.stack([xy[:-1], xy[1:]], axis=1) for xy in map(shapely.get_coordinates, rings)]
    if not walls:
        return sector
    start, end = np.concatenate(walls).transpose(1, 0, 2)
    start_far, end_far = (5_000 * p / np.linalg.norm(p, axis=1, keepdims=True) for p in (start, end))
    middle = start_far + end_far
    middle *= 50_000 / np.linalg.norm(middle, axis=1, keepdims=True)
    shadows = shapely.polygons(np.stack([start, end, end_far, middle, start_far], axis=1))
    return sector - shapely.union_all(shapely.make_valid(shadows))


def test_two_hundred_cities_are_as_shapely_shades_them():
    rng = np.random.default_rng(5)
    count = 200
    bearing, hfov = rng.uniform(0, 360, count), rng.choice([30.0, 90, 110, 200, 300, 360], count)
    near = rng.choice([0.0, 15], count)
    for i in range(count):
        walls = Walls.of(placed(city(rng, rng.integers(1, 60), 100)))
        polygons, only_possible = visible([LON], [LAT], bearing[i], hfov[i], 100, near[i], walls)
        sector, buildings, ours = (
            bare(bearing[i], hfov[i], 100, near[i]),
            metres(walls.buildings),
            metres(polygons[0]),
        )
        theirs = by_shadows(sector, buildings)
        assert only_possible[0] == shapely.intersects(buildings, Point(0, 0)).any()
        assert ours.is_valid
        # with a near edge the sector's sides are off the lines from the camera by up to 10 um
        share = 1e-5 if near[i] else 1e-8
        assert shapely.symmetric_difference(ours, theirs).area < share * (theirs.area + 1), (i, hfov[i], near[i])


def test_many_cameras_at_once_are_as_each_alone():
    rng = np.random.default_rng(6)
    count = 250
    walls = Walls.of(placed(city(rng, 300, 400)))
    lon, lat = LON + rng.uniform(-300, 300, count) / SCALE[0], LAT + rng.uniform(-300, 300, count) / SCALE[1]
    pose = rng.uniform(0, 360, count), rng.choice([40.0, 80, 360], count), rng.uniform(30, 90, count)
    near = rng.choice([0.0, 10], count)
    together, flags = visible(lon, lat, *pose, near, walls)
    for i in range(count):
        alone, flag = visible(lon[i], lat[i], *(column[i] for column in pose), near[i], walls)
        assert shapely.equals_exact(alone[0], together[i], 1e-12)
        assert flag[0] == flags[i]


def test_cameras_a_hair_off_a_wall_still_get_a_valid_shape():
    rng = np.random.default_rng(7)
    count = 1_500
    walls = Walls.of(placed(city(rng, 500, 400)))
    start, end = np.split(walls.ends[rng.integers(0, len(walls.ends), count)], 2, axis=1)
    outwards = (end - start)[:, ::-1] * [1, -1] / np.linalg.norm(end - start, axis=1, keepdims=True)
    place = (start + end) / 2 + outwards * 10 ** rng.uniform(
        -12, -5, (count, 1)
    )  # from less than a micrometre to 1 m
    pose = (*place.T, rng.uniform(0, 360, count), rng.choice([0.5, 90, 180, 359.5, 360], count), 200.0, 0.0)
    polygons, _ = visible(*pose, walls)
    drawn = sectors(*pose)
    assert shapely.is_valid(polygons).all()
    assert (shapely.area(shapely.difference(polygons, drawn)) < 1e-8 * shapely.area(drawn)).all()


HOUSES = st.lists(
    st.tuples(st.floats(-80, 80), st.floats(-80, 80), st.floats(1, 30), st.floats(1, 30)), min_size=1, max_size=8
)


@given(houses=HOUSES, more=HOUSES, hfov=st.sampled_from([5.0, 60, 170, 270, 360]), near=st.sampled_from([0.0, 10]))
def test_more_walls_never_show_more_and_all_is_valid_and_inside_the_sector(houses, more, hfov, near):
    few, all_of_them = ([box(x, y, x + w, y + h) for x, y, w, h in some] for some in (houses, houses + more))
    sector = bare(30, hfov, 100, near)
    (with_few, _), (with_all, inside) = (seen(some, 30, hfov, 100, near) for some in (few, all_of_them))
    assume(not inside)  # then buildings are left out
    assert with_few.is_valid
    assert with_all.is_valid
    assert (with_few - sector.buffer(1e-4)).is_empty
    assert (with_all - with_few).area < 1e-6


def test_outlines_that_cross_themselves_are_mended_and_counted():
    bow = Polygon([(-10, 50), (10, 60), (10, 50), (-10, 60)])
    walls = Walls.of(placed([bow, box(20, 20, 30, 30)]))
    assert walls.mended == 1
    assert len(walls.buildings) == 3
    polygon, _ = seen([bow])
    assert not polygon.intersects(Point(9, 70))


@pytest.mark.parametrize(
    ("footprint", "words"),
    [
        (Point(LON, LAT), "footprint 1: must be a polygon, got Point"),
        (None, "footprint 1: must be a polygon, got NoneType"),
        (Polygon(), "footprint 1: must not be empty"),
        (box(230_000, 1_500_000, 230_010, 1_500_010), "footprint 1: lon, lat must lie in .* metres, not degrees"),
    ],
)
def test_footprints_that_are_none_are_refused(footprint, words):
    with pytest.raises(ValueError, match=words):
        Walls.of([*placed([box(0, 0, 1, 1)]), footprint])


def test_poses_out_of_range_are_refused():
    with pytest.raises(ValueError, match="row 0: hfov_deg"):
        visible([LON], [LAT], 0, 0, 100, 0, Walls.of([]))
