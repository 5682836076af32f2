"""
Vector tile bytes (Mapbox Vector Tile 2.1) for many features at once, in numpy.

Numbers are written as varints of a fixed width, longer than they need to be: legal protobuf, and it makes every
feature of a batch the same number of bytes, so that a batch is one array.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Column = NDArray[Any] | Sequence[str]  # whole numbers, float64 or words

EXTENT = 4096  # units a tile's side
_POINT, _POLYGON = 1, 3
_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 15
_ID_BYTES = 5  # ids below 2^35
_POINT_BYTES = 2  # 0 <= x, y < EXTENT
_RING_BYTES = 3  # steps up to a million units: a polygon may overhang its tile by far
_SMALL = 64  # columns of whole numbers below this go into the value table as they are


def point_layer(name: str, x: Ints, y: Ints, columns: Mapping[str, Column], ids: Ints | None = None) -> bytes:
    """Layer of points in tile units, 0 <= x, y < EXTENT."""
    table = _Table(columns)
    place = np.empty((len(x), 1 + 2 * _POINT_BYTES), np.uint8)
    place[:, 0] = _command(_MOVE_TO, 1)[0]
    place[:, 1 : 1 + _POINT_BYTES] = _varints(_zigzag(x), _POINT_BYTES)
    place[:, 1 + _POINT_BYTES :] = _varints(_zigzag(y), _POINT_BYTES)
    return _layer(name, table, [_features(_POINT, table.tags, place, ids)])


def polygon_layer(
    name: str,
    batches: Iterable[tuple[Ints, tuple[int, ...], Ints]],
    columns: Mapping[str, Column],
    ids: Ints,
) -> bytes:
    """
    Layer of polygons in tile units; they may overhang the tile.

    Parameters
    ----------
    batches
        (rows, sizes, vertices): rows of `columns` and `ids` whose polygons have rings of `sizes` vertices each,
        the outer ring first and clockwise as seen, holes the other way round; vertices has the shape
        (rows, sum of sizes, 2) and no ring repeats its first vertex.
    """
    table = _Table(columns)
    parts = [
        _features(_POLYGON, table.tags[rows], _rings(sizes, vertices), ids[rows])
        for rows, sizes, vertices in batches
    ]
    return _layer(name, table, parts)


class _Table:
    """Keys and values of a layer, and each feature's tags into them."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.keys = list(columns)
        self.values: list[bytes] = []
        places = [self._add(column) for column in columns.values()]
        width = 1 if len(self.values) <= 1 << 7 else 2 if len(self.values) <= 1 << 14 else 3
        tags = [part for key, place in enumerate(places) for part in self._pair(key, place, width)]
        self.tags: Bytes = np.concatenate(tags, axis=1) if tags else np.empty((0, 0), np.uint8)

    def _add(self, column: Column) -> Ints:
        """Put a column's values into the table; return where each row's value stands."""
        start = len(self.values)
        array = np.asarray(column)
        if array.dtype.kind in "ui" and array.size and array.min() >= 0 and array.max() < _SMALL:
            self.values += [_value(number) for number in range(int(array.max()) + 1)]
            return array.astype(np.int64) + start
        distinct, where = np.unique(array, return_inverse=True)
        self.values += [_value(value) for value in distinct.tolist()]
        return where.astype(np.int64) + start

    @staticmethod
    def _pair(key: int, place: Ints, width: int) -> tuple[Bytes, Bytes]:
        return np.full((len(place), 1), key, np.uint8), _varints(place, width)


def _value(value: float | str) -> bytes:
    if isinstance(value, str):
        body = _field(1, value.encode())
    elif isinstance(value, float):
        body = b"\x19" + np.float64(value).astype("<f8").tobytes()
    else:
        body = (b"\x28" if value >= 0 else b"\x30") + _varint(value if value >= 0 else (-value << 1) - 1)
    return body


def _features(kind: int, tags: Bytes, geometry: Bytes, ids: Ints | None) -> bytes:
    count = len(geometry)
    head = b"" if ids is None else b"\x08"
    after = b"\x12" + _varint(tags.shape[1])
    before = b"\x18" + bytes([kind]) + b"\x22" + _varint(geometry.shape[1])
    width = len(head) + (_ID_BYTES if head else 0) + len(after) + tags.shape[1] + len(before) + geometry.shape[1]
    numbers = [] if ids is None else [_varints(ids, _ID_BYTES)]
    return _joined(count, [b"\x12" + _varint(width) + head, *numbers, after, tags, before, geometry]).tobytes()


def _rings(sizes: tuple[int, ...], vertices: Ints) -> Bytes:
    # steps from vertex to vertex; the cursor walks on from one ring's last vertex to the next one's first
    steps = _varints(_zigzag(np.diff(vertices, axis=1, prepend=0)), _RING_BYTES).reshape(*vertices.shape[:2], -1)
    at, parts = 0, list[bytes | Bytes]()
    for size in sizes:
        parts += [
            _command(_MOVE_TO, 1),
            steps[:, at],
            _command(_LINE_TO, size - 1),
            steps[:, at + 1 : at + size].reshape(len(steps), -1),
            bytes([_CLOSE]),
        ]
        at += size
    return _joined(len(steps), parts)


def _layer(name: str, table: _Table, features: Iterable[bytes]) -> bytes:
    body = b"".join(
        [
            b"\x78\x02",  # version 2
            _field(1, name.encode()),
            *features,
            *(_field(3, key.encode()) for key in table.keys),
            *(_field(4, value) for value in table.values),
            b"\x28" + _varint(EXTENT),
        ]
    )
    return _field(3, body)


def _field(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(body)) + body


def _command(command: int, count: int) -> bytes:
    return _varint(count << 3 | command)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _varints(values: Ints, width: int) -> Bytes:
    """Every value as a varint of `width` bytes along a new last axis."""
    out = np.empty((*values.shape, width), np.uint8)
    for at in range(width):  # a byte a step: half the time of one shift by an array
        out[..., at] = values >> 7 * at & 0x7F
    out[..., :-1] |= 0x80
    return out


def _zigzag(values: Ints) -> Ints:
    return values << 1 ^ values >> 63


def _joined(count: int, parts: Iterable[bytes | Bytes]) -> Bytes:
    """Rows of bytes side by side; plain bytes stand in every row."""
    columns = [np.frombuffer(part, np.uint8)[None] if isinstance(part, bytes) else part for part in parts]
    out = np.empty((count, sum(column.shape[1] for column in columns)), np.uint8)
    at = 0
    for column in columns:
        out[:, at : at + column.shape[1]] = column
        at += column.shape[1]
    return out
