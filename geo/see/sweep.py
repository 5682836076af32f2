"""
Walls around cameras -> the outline of what each still sees: one sweep by angle over the walls of all cameras.

All of it is in metres east and north of each camera, x and y, and in turns: angles clockwise from the left end
of a camera's rim [rad]. Each camera's turns are shifted by a lane of its own, so one sorted axis holds them all.
Where a wall begins, ends or crosses the rim the axis is cut; in a wedge between two cuts nothing begins or ends,
so the wall nearest at its middle is nearest throughout, and the outline in it is a straight piece of that wall.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.crs import Floats

Ints = NDArray[np.int64]
_ROUND = 2 * np.pi
_LANE = 8.0  # above a full turn, and a power of two: adding a lane rounds only once
_SAME_TURN = 1e-10  # cuts closer than this are one: 20 nm at 200 m
_SAME_M = 1e-6  # a step shorter than this is rounding; degrees have no finer grain than 2e-9 m


@dataclass(frozen=True)
class Edges:
    """Straight pieces cameras may look at, an entry a camera and piece."""

    camera: Ints
    start: Floats  # shape (n, 2)  [m]
    end: Floats  # to the right of the start, as the camera sees it  [m]

    def __getitem__(self, chosen: Ints) -> "Edges":
        return Edges(self.camera[chosen], self.start[chosen], self.end[chosen])


@dataclass(frozen=True)
class _Spans:
    """Which turns an edge spans, in its camera's lane; an edge across the rim's left end has two spans."""

    edge: Ints
    left: Floats
    right: Floats


@dataclass(frozen=True)
class _Rims:
    """Outer ends of sectors that have equally many chords."""

    vertices: Floats  # shape (cameras, vertices, 2), from left to right  [m]
    left_rad: Floats  # bearing of the first vertex, an entry a camera
    turns: Floats  # of the vertices, in their camera's lane; shape (cameras, vertices)

    @property
    def chords(self) -> Edges:
        """Chord k of camera c is entry c * vertices + k; the last of each camera is none."""
        count = self.vertices.shape[1]
        ahead = np.roll(self.vertices, -1, axis=1)
        camera = np.repeat(np.arange(len(self.vertices)), count)
        return Edges(camera, self.vertices.reshape(-1, 2), ahead.reshape(-1, 2))

    def chord_at(self, turns: Floats) -> Ints:
        """Entry of the chord each turn lies in."""
        return np.asarray(np.searchsorted(self.turns.ravel(), turns, side="right") - 1, np.int64)


def sweep(rims_m: Floats, full: bool, walls: Edges) -> tuple[Ints, Floats]:
    """
    Outlines of what cameras see up to their rims or the nearest wall, from left to right.

    Parameters
    ----------
    rims_m
        Outer ends of the sectors as vertices from left to right, shape (cameras, vertices, 2). [m]
    full
        Whether the rims go all round; their last vertex is the first one then.
    walls
        Which must not cross each other, nor pass through a camera. Whatever does not face its camera (whose start
        is not to the left of its end) hides nothing.

    Returns
    -------
    camera, vertices
        Camera of each vertex, ascending, and the vertices, shape (n, 2), without the camera itself. [m]
    """
    rims = _rims(rims_m, full)
    walls = _in_reach(walls, rims_m)
    spans = _spans(walls, rims)
    cuts = _cuts(rims, spans, _crossings(rims, walls, spans))
    together = np.flatnonzero(_lane(cuts[1:]) == _lane(cuts[:-1]))
    left, right = cuts[together], cuts[together + 1]
    chord = rims.chord_at((left + right) / 2)
    rim = rims.chords[chord]
    wall = _nearest(rims, walls, spans, rim, (left + right) / 2)
    shown = _shown(walls, wall, rim)
    sides = [_directions(rims, rim.camera, turns) for turns in (left, right)]
    # rounding at the end of a wall seen along its length must not put the outline behind the rim or the camera
    near, far = (np.clip(_distance(shown, side), 0.0, _distance(rim, side)) for side in sides)
    piece = np.where(wall >= 0, wall, len(walls.camera) + chord)
    return _outline(rims, full, piece, np.stack([left, right], 1), np.stack([near, far], 1))


def ranges(first: Ints, count: Ints) -> Ints:
    """The numbers first, first + 1, ... of each row, `count` of them, one row after the other."""
    begin = np.cumsum(count) - count
    return np.asarray(np.arange(int(count.sum())) + np.repeat(first - begin, count), np.int64)


def _rims(vertices: Floats, full: bool) -> _Rims:
    bearing = np.arctan2(vertices[..., 0], vertices[..., 1])
    turns = np.mod(bearing - bearing[:, :1], _ROUND)
    if full:
        turns[:, -1] = _ROUND
    return _Rims(vertices, bearing[:, 0], turns + _LANE * np.arange(len(vertices))[:, None])


def _in_reach(walls: Edges, rims_m: Floats) -> Edges:
    """Walls that face their camera and come nearer than its rim."""
    walls = walls[np.flatnonzero(_cross(walls.start, walls.end) < 0)]
    along = walls.end - walls.start
    length_2 = np.maximum(_dot(along, along), np.finfo(np.float64).tiny)
    foot = walls.start + along * np.clip(-_dot(walls.start, along) / length_2, 0, 1)[:, None]
    reach_2 = np.max(np.sum(rims_m**2, axis=2), axis=1)
    return walls[np.flatnonzero(_dot(foot, foot) < reach_2[walls.camera])]


def _spans(walls: Edges, rims: _Rims) -> _Spans:
    first = rims.left_rad[walls.camera]
    left, right = (np.mod(np.arctan2(ends[:, 0], ends[:, 1]) - first, _ROUND) for ends in (walls.start, walls.end))
    right = np.where(right < left, right + _ROUND, right)
    # a wall spans less than half a turn; one seen along its length may round to a little less than none: a whole
    edge = np.flatnonzero(right - left < 1.5 * np.pi)
    again = edge[right[edge] > _ROUND]
    left = np.concatenate([left[edge], left[again] - _ROUND])
    right = np.concatenate([right[edge], right[again] - _ROUND])
    edge = np.concatenate([edge, again])
    lane = _LANE * walls.camera[edge]
    width = rims.turns[:, -1] - rims.turns[:, 0]
    left, right = np.maximum(left, 0.0), np.minimum(right, width[walls.camera[edge]])
    seen = right > left
    return _Spans(edge[seen], (left + lane)[seen], (right + lane)[seen])


def _crossings(rims: _Rims, walls: Edges, spans: _Spans) -> Floats:
    """Turns at which walls cross the rim."""
    middles = (rims.vertices[:, 1:] + rims.vertices[:, :-1]) / 2
    inner_2 = 0.999 * np.min(np.sum(middles**2, axis=2), axis=1)
    ends_2 = np.maximum(_dot(walls.start, walls.start), _dot(walls.end, walls.end))[spans.edge]
    far = np.flatnonzero(ends_2 > inner_2[walls.camera[spans.edge]])
    first = rims.chord_at(spans.left[far])
    count = rims.chord_at(np.nextafter(spans.right[far], 0)) - first + 1
    span, chord = np.repeat(far, count), ranges(first, count)
    wall, rim = walls[spans.edge[span]], rims.chords[chord]
    along, chord_along = wall.end - wall.start, rim.end - rim.start
    with np.errstate(divide="ignore", invalid="ignore"):  # a wall parallel to the chord does not cross it
        share = _cross(rim.start - wall.start, chord_along) / _cross(along, chord_along)
    crossing = np.flatnonzero((share > 0) & (share < 1))
    point = wall.start[crossing] + along[crossing] * share[crossing, None]
    camera = wall.camera[crossing]
    turn = np.mod(np.arctan2(point[:, 0], point[:, 1]) - rims.left_rad[camera], _ROUND) + _LANE * camera
    span, chord = span[crossing], chord[crossing]
    turns = rims.turns.ravel()
    begin, end = np.maximum(spans.left[span], turns[chord]), np.minimum(spans.right[span], turns[chord + 1])
    return np.asarray(turn[(turn > begin) & (turn < end)], np.float64)


def _cuts(rims: _Rims, spans: _Spans, crossings: Floats) -> Floats:
    cuts = np.unique(np.concatenate([rims.turns.ravel(), spans.left, spans.right, crossings]))
    return np.asarray(cuts[np.concatenate([[True], np.diff(cuts) > _SAME_TURN])], np.float64)


def _nearest(rims: _Rims, walls: Edges, spans: _Spans, rim: Edges, middle: Floats) -> Ints:
    """Entry of the wall each wedge ends at; -1 where it ends at the rim."""
    first = np.searchsorted(middle, spans.left)
    count = np.searchsorted(middle, spans.right) - first
    wedge, wall = ranges(first, count), np.repeat(spans.edge, count)
    directions = _directions(rims, rim.camera, middle)
    # column by column: by far the most entries of all are here, a wall and wedge each
    east, north = (np.ascontiguousarray(column) for column in directions.T)
    along_east, along_north = (np.ascontiguousarray(column) for column in (walls.end - walls.start).T)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = _cross(walls.start, walls.end)[wall]
        distance /= east[wedge] * along_north[wall] - north[wedge] * along_east[wall]
    distance[~(distance > 0)] = np.inf  # seen along its length, and rounded to elsewhere
    at_rim = _distance(rim, directions)
    least = at_rim.copy()
    np.minimum.at(least, wedge, distance)
    winning = np.flatnonzero((distance == least[wedge]) & (distance < at_rim[wedge]))
    nearest = np.full(len(middle), -1)
    nearest[wedge[winning]] = wall[winning]
    return nearest


def _shown(walls: Edges, wall: Ints, rim: Edges) -> Edges:
    """Edge each wedge ends at: its wall, or its chord of the rim where there is none."""
    has = np.flatnonzero(wall >= 0)
    start, end = rim.start.copy(), rim.end.copy()
    start[has], end[has] = walls.start[wall[has]], walls.end[wall[has]]
    return Edges(rim.camera, start, end)


def _distance(edges: Edges, directions: Floats) -> Floats:
    """How far from its camera each edge is in a direction; infinite where it is not there. [m]"""
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = _cross(edges.start, edges.end) / _cross(directions, edges.end - edges.start)
    return np.where(distance > 0, distance, np.inf)


def _directions(rims: _Rims, camera: Ints, turns: Floats) -> Floats:
    bearing = turns - _LANE * camera + rims.left_rad[camera]
    return np.stack([np.sin(bearing), np.cos(bearing)], axis=1)


def _outline(rims: _Rims, full: bool, piece: Ints, turns: Floats, distance: Floats) -> tuple[Ints, Floats]:
    """Vertices of wedges' outer ends, each place once: `turns` and `distance` are of their left and right."""
    camera = _lane(turns[:, 0])
    onwards = piece[1:] == piece[:-1]  # the same straight piece goes on
    joined = (camera[1:] == camera[:-1]) & (np.abs(distance[1:, 0] - distance[:-1, 1]) < _SAME_M)
    kept = np.ones((len(piece), 2), dtype=bool)
    kept[1:, 0] = ~(onwards | joined)
    kept[:-1, 1] = ~onwards
    if full:
        last = np.flatnonzero(np.diff(camera, append=-1))
        first = np.flatnonzero(np.diff(camera, prepend=-1))
        kept[last, 1] &= np.abs(distance[last, 1] - distance[first, 0]) >= _SAME_M
    camera = np.repeat(camera, 2)[kept.ravel()]
    return camera, _directions(rims, camera, turns[kept]) * distance[kept][:, None]


def _lane(turns: Floats) -> Ints:
    return np.floor(turns / _LANE).astype(np.int64)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], np.float64)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1], np.float64)
