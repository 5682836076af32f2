"""Flips, recounts and what is lost with whom, against union and difference by shapely on the same cameras."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import shapely

from data.geography import load_border
from data.lines.border import cover
from geo.line.chainage import Line
from geo.line.counting import Counter
from geo.see.coverage import CERTAIN, footprints
from tests.bench.beside import median_s
from tests.bench.coverage import cameras_along_the_border
from tests.bench.rows import Row, at_least, at_most, just

CAMERAS, FLIPS = 20_000, 3_000
WHAT = f"{CAMERAS:,} border cameras"


def measure() -> Iterator[Row]:
    """Flip cameras one by one, count anew, and ask what each alone holds."""
    line, cameras = load_border(), cameras_along_the_border(CAMERAS)
    began = perf_counter()
    covered = cover(line, cameras, 20)
    build_s = perf_counter() - began
    counter = Counter.of(line.length_m, covered.row, covered.from_m, covered.to_m, covered.certain, CAMERAS)
    rng = np.random.default_rng(5)
    works = rng.random(CAMERAS) < 0.9
    counter.set_all(works, works)
    prints = footprints(cameras, 20)
    certain = (prints["kind"] == CERTAIN).to_numpy(dtype=bool)
    row, shapes = prints["row"].to_numpy(), prints.geometry.to_numpy()

    def plainly() -> shapely.Geometry:
        return shapely.difference(line.geometry, shapely.union_all(shapes[certain & works[row]]))

    flips_s = []
    for camera in rng.choice(np.unique(covered.row), FLIPS):
        began = perf_counter()
        counter.flip(int(camera), works=not works[camera], may=True)
        counter.gaps()
        flips_s.append(perf_counter() - began)
        works[camera] = not works[camera]
    flip_s = float(np.median(flips_s))

    def anew() -> None:
        counter.set_all(works, works)
        counter.gaps()

    anew_s, plain_s = median_s(anew, 51), median_s(plainly, 3)
    yield just(f"{WHAT}: intervals, built once", build_s * 1000, "ms")
    yield just(f"{WHAT}: union and difference by shapely, polygons ready", plain_s * 1000, "ms")
    yield at_most(f"{WHAT}: one camera flips, and the new list of gaps", flip_s * 1000, "ms", 0.1)
    yield just(f"{WHAT}: the same, p95", float(np.percentile(flips_s, 95)) * 1000, "ms")
    yield at_least(f"{WHAT}: union and difference / flip", plain_s / flip_s, "times", 10_000)
    yield at_most(f"{WHAT}: counted anew, and the list of gaps", anew_s * 1000, "ms", 0.5)
    yield at_least(f"{WHAT}: union and difference / counted anew", plain_s / anew_s, "times", 1_000)
    yield at_most(
        f"{WHAT}: farthest end of a gap from shapely's", 1000 * apart_m(line, counter, plainly()), "mm", 1
    )
    each, agency = np.arange(CAMERAS), rng.integers(0, 300, CAMERAS)
    lost_s = median_s(lambda: counter.losses(each, CAMERAS), 11)
    yield at_most(f"{WHAT}: what is lost with each of them, all at once", lost_s, "s", 1)
    lost_s = median_s(lambda: counter.losses(agency, 300), 11)
    yield just(f"{WHAT}: what is lost with each of 300 agencies", lost_s * 1000, "ms")


def apart_m(line: Line, counter: Counter, left: shapely.Geometry) -> float:
    """How far gaps end from those a difference of geometries leaves, the worst of as many. [m]"""
    parts = shapely.get_parts(shapely.line_merge(left))
    ends = [[line.locate(*part.coords[end])[0] for end in (0, -1)] for part in parts]
    theirs = np.sort(np.sort(np.array(ends), axis=1), axis=0)
    theirs = theirs[np.diff(theirs, axis=1)[:, 0] > 1e-6]
    ours = counter.gaps()
    if len(ours) != len(theirs):
        raise AssertionError(f"{len(ours)} gaps by counting, {len(theirs)} by shapely")
    return float(np.abs(ours - theirs).max())
