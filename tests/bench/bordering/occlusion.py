"""Walls: the sweep beside the loop one would write with shapely, on the same cameras in the same dense towns."""

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Floats, metres_per_degree
from geo.see.sector import sectors
from geo.see.shade import Buildings, Standing, maybe_grounds, sure_grounds
from geo.see.walls import Walls, visible
from tests.bench.rows import Row, at_least, at_most, just

CAMERAS = 100
BUILDINGS = 500
IN_THE_LOOP = 20  # of the cameras; the slow way takes tens of milliseconds each
REACH_M = 200.0
LAT = 13.7
SCALE = np.array(metres_per_degree(LAT))
TIMES = 5


def measure() -> Iterator[Row]:
    """Time a camera with 500 buildings in its range, and how far from the loop's area it is."""
    rng = np.random.default_rng(3)
    origin = np.stack([100 + 0.01 * np.arange(CAMERAS), np.full(CAMERAS, LAT)], axis=1)  # a kilometre apart
    towns = np.stack([_town(rng) for _ in range(CAMERAS)])
    began = process_time()
    walls = Walls.of(shapely.polygons(towns / SCALE + origin[:, None, None]).ravel())
    built = process_time() - began
    yield just("both grounds of a camera among as many, once an inventory", _grounds_ms(origin, towns), "ms")
    pose = (*origin.T, rng.uniform(0, 360, CAMERAS), rng.choice([30.0, 60, 90, 110], CAMERAS), REACH_M, 0.0)
    drawn = sectors(*pose)
    ours, loop = [], []
    for _ in range(TIMES):  # by turns: a clock that changes its pace changes it for both
        seconds, (polygons, _) = _timed(lambda: visible(*pose, walls))
        ours.append(seconds / CAMERAS)
        few = [_timed(lambda i=i: _looped(drawn[i], origin[i], walls)) for i in range(IN_THE_LOOP)]
        loop.append(np.mean([seconds for seconds, _ in few]))
    areas = np.array([other.area for _, other in few])
    off = np.max(np.abs(shapely.area(polygons[:IN_THE_LOOP]) * SCALE.prod() - areas) / areas)
    yield just(f"walls of {CAMERAS * BUILDINGS:,} buildings, joined once", built * 1000, "ms")
    yield at_most(f"ground seen among {BUILDINGS} buildings in range, a camera", np.median(ours) * 1000, "ms", 2.5)
    yield at_least("loop of shapely differences / ours", np.median(loop) / np.median(ours), "times", 20)
    yield at_most("area beside the loop's, the worst", off * 1e9, "of 10^9", 1_000)


def _town(rng: np.random.Generator) -> Floats:
    """Corners of houses all round a camera, none over it, in metres; shape (houses, 4, 2)."""
    away = np.sqrt(rng.uniform(16**2, REACH_M**2, BUILDINGS))
    around, turned = rng.uniform(0, 2 * np.pi, (2, BUILDINGS))
    half = rng.uniform(5, 14, (BUILDINGS, 1, 2)) / 2
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    cosine, sine = np.cos(turned)[:, None], np.sin(turned)[:, None]
    x, y = corners[..., 0], corners[..., 1]
    rotated = np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1)
    return rotated + (away * np.array([np.cos(around), np.sin(around)])).T[:, None]


def _grounds_ms(origin: Floats, towns: Floats) -> float:
    """What is surely and what may be in sight all round a camera, as the inventory carries it."""
    houses = Buildings.of(
        shapely.polygons(towns / SCALE + origin[:, None, None]).ravel(), np.full(CAMERAS * BUILDINGS, 7.0)
    )
    columns = (*origin.T, np.full(CAMERAS, 5.0), np.full(CAMERAS, 3.0), np.full(CAMERAS, REACH_M))
    seconds, _ = _timed(lambda: [made(Standing(*columns), houses) for made in (sure_grounds, maybe_grounds)])
    return seconds / CAMERAS * 1000


def _looped(sector: shapely.Polygon, origin: Floats, walls: Walls) -> shapely.Geometry:
    """What is left of a sector after the shadow of one wall after the other, in metres around the camera."""
    polygon = shapely.transform(sector, lambda xy: (xy - origin) * SCALE)
    near = walls.tree.query(sector)
    picked = np.concatenate([np.arange(walls.first[one], walls.first[one + 1]) for one in near])
    start, end = (walls.ends[picked, :2] - origin) * SCALE, (walls.ends[picked, 2:] - origin) * SCALE
    crossed = shapely.intersects(polygon, shapely.linestrings(np.stack([start, end], axis=1)))
    for shadow in _shadows(start[crossed], end[crossed]):
        polygon = polygon.difference(shadow)
    return polygon


def _shadows(start: Floats, end: Floats) -> NDArray[np.object_]:
    start_far, end_far = (3 * REACH_M * p / np.linalg.norm(p, axis=1, keepdims=True) for p in (start, end))
    return np.asarray(shapely.polygons(np.stack([start, end, end_far, start_far], axis=1)))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time: all of it runs in one thread, and what else the machine does is not part of it."""
    began = process_time()
    result = work()
    return process_time() - began, result
