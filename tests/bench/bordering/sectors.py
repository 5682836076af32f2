"""A million sectors: beside geopandas camera by camera, beside filling the memory, beside pyproj's geodesics."""

from collections.abc import Callable, Iterator
from time import process_time

import numpy as np

from geo.crs import WGS84, Floats
from geo.see.sector import chord_counts, draw_arcs, sectors
from tests.bench.beside import buffered
from tests.bench.rows import Row, at_least, at_most, just

CAMERAS = 1_000_000
ONE_BY_ONE = 200  # of them; the slow way takes about a millisecond each
AT_5_KM = 2_000
TIMES = 5


def measure() -> Iterator[Row]:
    """Time a sector as a polygon and as coordinates, and how far off it is."""
    poses = _poses(CAMERAS)
    theirs, ours = [], []
    for _ in range(3):  # by turns: a clock that changes its pace changes it for both
        theirs.append(_took_s(lambda: [buffered(*camera) for camera in poses[:, :ONE_BY_ONE].T]) / ONE_BY_ONE)
        ours.append(_took_s(lambda: sectors(*poses)) / CAMERAS)
    yield just(f"a sector of {CAMERAS:,}, as a polygon", np.median(ours) * 1e6, "us")
    yield at_least(
        "a sector by geopandas, camera by camera / ours", np.median(theirs) / np.median(ours), "times", 500
    )
    yield at_most("coordinates of the sectors / filling their memory", _coordinates_to_fill(poses), "times", 3)
    yield at_most(f"farthest of {AT_5_KM:,} sectors' vertices from pyproj.Geod, 5 km", _off_m(), "m", 0.02)


def _poses(count: int) -> Floats:
    """lon, lat, bearing, hfov, range of cameras all over the country, shape (5, count)."""
    rng = np.random.default_rng(1)
    return np.stack([
        rng.uniform(98, 105, count), rng.uniform(6, 20, count), rng.uniform(0, 360, count),
        rng.choice([30.0, 60, 90, 110], count), rng.uniform(20, 400, count),
    ])  # fmt: skip


def _coordinates_to_fill(poses: Floats) -> float:
    """How often longer the arcs take than filling an equal array; memory is asked for in both."""
    lon, lat, bearing, hfov, reach = poses
    chords = chord_counts(hfov)
    arcs = []
    for count in np.unique(chords):
        rows = np.flatnonzero(chords == count)
        turn = hfov[rows] / count
        arcs.append((int(count), lon[rows], lat[rows], bearing[rows] - hfov[rows] / 2, turn, reach[rows]))

    def draw() -> None:
        for count, *pose in arcs:
            draw_arcs(*pose, np.empty((len(pose[0]), count + 1, 2)))

    def fill() -> None:
        for count, *pose in arcs:
            np.empty((len(pose[0]), count + 1, 2)).fill(1.0)

    both = np.array([(_took_s(draw), _took_s(fill)) for _ in range(TIMES)])
    return float(np.divide(*np.min(both, axis=0)))  # the least disturbed: neighbours empty the shared cache


def _off_m() -> float:
    lon, lat, bearing, hfov, _ = _poses(AT_5_KM)
    count = int(chord_counts(hfov).max())
    vertices = np.empty((AT_5_KM, count + 1, 2))
    reach = np.full(AT_5_KM, 5_000.0)
    draw_arcs(lon, lat, bearing - hfov / 2, hfov / count, reach, vertices)
    bearings = (bearing - hfov / 2)[:, None] + (hfov / count)[:, None] * np.arange(count + 1)
    same = np.zeros_like(bearings)
    x, y, _ = WGS84.fwd(same + lon[:, None], same + lat[:, None], bearings, same + 5_000)
    return float(WGS84.inv(x, y, vertices[..., 0], vertices[..., 1])[2].max())


def _took_s(work: Callable[[], object]) -> float:
    """Processor time: all of it runs in one thread, and what else the machine does is not part of it."""
    began = process_time()
    result = work()
    taken = process_time() - began
    del result  # giving memory back is not part of it
    return taken
