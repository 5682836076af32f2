"""From which side a camera looks at those in a lane: the stretches of it that it faces."""

from dataclasses import dataclass

import numpy as np

from data.posts.tables import Facing
from geo.crs import Floats, metres_per_degree
from geo.line.chainage import Line
from geo.line.gaps import Ints

WITHIN_DEG = 60.0  # between the sight and the direction of travel, or its reverse for those who come towards it


@dataclass(frozen=True, eq=False)
class Faced:
    """Stretches of a line that are faced: which interval each is of, and its chainages. [m]"""

    which: Ints
    from_m: Floats
    to_m: Floats


def faced(line: Line, lon: Floats, lat: Floats, from_m: Floats, to_m: Floats, facing: Facing) -> Faced:
    """
    Cut intervals of a lane to where its camera faces those who travel along it.

    Exact on each straight segment: where the angle is just 60° lies a fixed way before, or behind, the foot of the
    camera on it.

    Parameters
    ----------
    line
        The lane in the direction of travel; short, so that the plane at its first point serves for all of it.
    lon, lat, from_m, to_m
        One entry an interval: its camera, and the chainages it sees. [°], [m]
    """
    if facing is Facing.ANY:
        return Faced(np.arange(len(from_m)), from_m, to_m)
    scale = np.stack([float(one) for one in metres_per_degree(line.lonlat[0, 1])])
    vertex = (line.lonlat - line.lonlat[0]) * scale
    camera = (np.stack([lon, lat], axis=1) - line.lonlat[0]) * scale
    step = np.diff(vertex, axis=0)
    length = np.hypot(*step.T)
    along = step / length[:, None]
    offset = camera[:, None, :] - vertex[None, :-1, :]  # (intervals, segments, 2)
    foot = (offset * along).sum(axis=2)
    away = np.abs(offset[..., 0] * along[:, 1] - offset[..., 1] * along[:, 0])
    slack = away / np.tan(np.radians(WITHIN_DEG))
    begin, end = line.chainage_m[:-1], line.chainage_m[1:]
    edge = foot - slack if facing is Facing.ONCOMING else foot + slack
    edge = begin + np.clip(edge / length, 0, 1) * (end - begin)
    first = np.maximum(from_m[:, None], begin if facing is Facing.ONCOMING else edge)
    last = np.minimum(to_m[:, None], edge if facing is Facing.ONCOMING else end)
    which, segment = np.nonzero(last > first)
    return Faced(which, first[which, segment], last[which, segment])
