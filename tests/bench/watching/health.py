"""Picture health: what judging one picture costs, all measures and comparisons included."""

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from PIL import Image

from demo.scenes import SCENES, Look, draw
from tests.bench.rows import Row, at_most, just
from worker.still.baselines import Base, learn
from worker.still.measures import measure as measured
from worker.still.picture import Memory, find_fault, judge

TIMES = 2_000
NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)


def measure() -> Iterator[Row]:
    """Judge the demo's pictures, healthy and not, one after the other."""
    lumas = [
        np.asarray(Image.fromarray(draw(scene, 2.0 * at, look, night=night)).convert("L").resize((320, 180)))
        for scene, look, night, at in itertools.product(range(len(SCENES)), Look, (False, True), range(2))
    ]
    base: Base | None = None
    for luma in lumas[:40]:
        base = learn(base, measured(luma))
    memory, spans = Memory(), []
    for number in range(TIMES):
        luma = lumas[number % len(lumas)]
        began = time.process_time()
        metrics = measured(luma)
        fault = find_fault(metrics, base)
        memory, _ = judge(memory, fault, metrics.prints, moving=True, at=NOON + timedelta(minutes=number))
        learn(base, metrics).pack()
        spans.append(1000 * (time.process_time() - began))
    yield at_most(f"picture health, a picture of 320 x 180, mean of {TIMES:,}", float(np.mean(spans)), "ms", 1)
    yield just("picture health, p95", float(np.percentile(spans, 95)), "ms")
