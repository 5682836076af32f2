"""
Vector tile bytes (Mapbox Vector Tile 2.1) for many features at once, in numpy.

Numbers are written as varints of a fixed width, longer than they need to be: legal protobuf, and it makes every
feature of a batch the same number of bytes, so that a batch is one array.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
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
_MANY = 64  # from so many rows on a column of other whole numbers is written as one array, repeats and all


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
        self.values: list[bytes] = []  # fields of the layer, ready to be written
        self._count = 0
        places = [self._add(column) for column in columns.values()]
        width = 1 if self._count <= 1 << 7 else 2 if self._count <= 1 << 14 else 3
        tags = [part for key, place in enumerate(places) for part in self._pair(key, place, width)]
        self.tags: Bytes = np.concatenate(tags, axis=1) if tags else np.empty((0, 0), np.uint8)

    def _add(self, column: Column) -> Ints:
        """Put a column's values into the table; return where each row's value stands."""
        start, array = self._count, np.asarray(column)
        whole = array.dtype.kind in "ui" and array.size and array.min() >= 0
        if whole and array.max() < _SMALL:
            return self._put(_small_fields()[: int(array.max()) + 1]) + array.astype(np.int64)
        if whole and array.size >= _MANY:
            head = b"\x22" + bytes([1 + _ID_BYTES]) + b"\x28"  # a value of the layer, a whole number
            self.values.append(_joined(len(array), [head, _varints(array.astype(np.int64), _ID_BYTES)]).tobytes())
            self._count += len(array)
            return start + np.arange(len(array))
        distinct, where = np.unique(array, return_inverse=True)
        return self._put([_field(4, _value(value)) for value in distinct.tolist()]) + where.astype(np.int64)

    def _put(self, fields: list[bytes]) -> int:
        start = self._count
        self.values += fields
        self._count += len(fields)
        return start

    @staticmethod
    def _pair(key: int, place: Ints, width: int) -> tuple[Bytes, Bytes]:
        return np.full((len(place), 1), key, np.uint8), _varints(place, width)


@cache
def _small_fields() -> list[bytes]:
    """Small whole numbers as values of a layer: written for nearly every column of nearly every tile."""
    return [_field(4, _value(value)) for value in range(_SMALL)]


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
            *table.values,
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


def _varints(values: NDArray[np.integer], width: int) -> Bytes:
    """Every value as a varint of `width` bytes along a new last axis."""
    # all bytes of a value side by side in one machine word: half the time of one byte after the other
    word: type[np.unsignedinteger] = np.uint32 if width <= 4 else np.uint64
    given = np.ascontiguousarray(values).astype(word)
    out = np.zeros(given.shape, word)
    for at in range(width):
        more = 0x80 if at < width - 1 else 0
        out |= (given & word(0x7F << 7 * at)) << word(at) | word(more << 8 * at)
    return out.astype(np.dtype(word).newbyteorder("<")).view(np.uint8).reshape(*given.shape, -1)[..., :width]


def _zigzag(values: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    return values << 1 ^ values >> 8 * values.itemsize - 1


def _joined(count: int, parts: Iterable[bytes | Bytes]) -> Bytes:
    """Rows of bytes side by side; plain bytes stand in every row."""
    columns = [np.frombuffer(part, np.uint8)[None] if isinstance(part, bytes) else part for part in parts]
    out = np.empty((count, sum(column.shape[1] for column in columns)), np.uint8)
    at = 0
    for column in columns:
        out[:, at : at + column.shape[1]] = column
        at += column.shape[1]
    return out
