"""
Texts of a column, packed: the names of a million cameras take a fifth of the memory, and are searched as fast.

A frame holds them like any other column; what is taken out of it, one row or many, is ordinary text ("str"). Only
all rows in their order stay packed: pandas takes that for the column itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray, ExtensionDtype

BLOCK = 4_000  # texts packed together: any one of them is there again in a third of a millisecond
_CODEC = pa.Codec("lz4_raw")  # unpacks nearly as fast as memory is read
Flags = NDArray[np.bool_]


def which(column: "pd.Series[Any]", test: Callable[[Any], Any], among: Flags | None = None) -> Flags:
    """
    Which texts of a column, packed or not, pass a test; a gap never does.

    Parameters
    ----------
    test
        Arrow array of texts -> Arrow array of flags.
    among
        A flag a text: which are asked about at all. Others may be said not to pass: it saves unpacking them.
    """
    held = column.array
    if isinstance(held, PackedTexts):
        return held.which(test, among)
    return _flags(test(pa.array(held, pa.string(), from_pandas=True)))


class PackedType(ExtensionDtype):
    """The dtype of a column of packed texts."""

    name = "packed text"
    type = str
    na_value = np.nan

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the class of such a column's array."""
        return PackedTexts


class PackedTexts(ExtensionArray):
    """Texts and gaps (NaN) in compressed blocks; they never change, and `take` gives an ordinary "str" array."""

    def __init__(self, blocks: Iterable["_Block"]) -> None:
        self._blocks = tuple(blocks)
        # place of the first text of each, and the number of texts
        self._edges = np.cumsum([0, *(block.length for block in self._blocks)], dtype=np.int64)

    @classmethod
    def of(cls, parts: Iterable[Any]) -> "PackedTexts":
        """Pack Arrow arrays of texts, each a block; about `BLOCK` texts long is best."""
        return cls(map(_Block.of, parts))

    @classmethod
    def joined(cls, parts: Iterable["PackedTexts"]) -> "PackedTexts":
        """Return the texts of several, one after the other, as they are packed."""
        return cls(block for part in parts for block in part._blocks)

    def which(self, test: Callable[[Any], Any], among: Flags | None = None) -> Flags:
        """As the function of that name; block after block, so that never all are unpacked."""
        passed = np.zeros(len(self), bool)
        for block, (begin, end) in zip(self._blocks, pairwise(self._edges), strict=True):
            if among is None or among[begin:end].any():
                passed[begin:end] = _flags(test(block.texts()))
        return passed

    def reordered(self, order: NDArray[np.intp]) -> "PackedTexts":
        """The texts at some places, packed again."""
        starts = range(0, len(order), BLOCK)
        return PackedTexts.of(pa.array(self.take(order[at : at + BLOCK]), pa.string()) for at in starts)

    def take(self, indexer: Any, *, allow_fill: bool = False, **_: Any) -> Any:
        """Return some of the texts as a "str" array; only the blocks they lie in are unpacked."""
        places = np.asarray(indexer, np.int64)
        gap = (places < 0) & allow_fill  # else a negative place counts from the end
        places = np.where((places < 0) & ~gap, places + len(self), places)
        order = np.argsort(places, kind="stable")  # gaps come first
        rising = places[order]
        runs = zip(self._blocks, self._edges[:-1], pairwise(np.searchsorted(rising, self._edges)), strict=True)
        taken = [
            block.texts().take(pa.array(rising[first:last] - begin))
            for block, begin, (first, last) in runs
            if last > first
        ]
        back = np.empty(len(places), np.int64)
        back[order] = np.arange(len(places)) - gap.sum()
        texts = pa.chunked_array(taken, pa.string()).combine_chunks()  # a text of many chunks is slow to find
        return pd.array(texts.take(pa.array(back, mask=gap)), dtype="str")

    # What follows is what pandas asks of the array of any column.

    @property
    def dtype(self) -> PackedType:
        """Packed text."""
        return PackedType()

    @property
    def nbytes(self) -> int:
        """Bytes the blocks take."""
        return sum(len(packed) for block in self._blocks for packed in block.buffers if packed)

    def __len__(self) -> int:
        return int(self._edges[-1])

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, int | np.integer):
            return self.take([item])[0]
        if isinstance(item, slice) and item == slice(None):
            return self
        return self.take(np.arange(len(self))[item])

    def __setitem__(self, item: Any, value: Any) -> None:
        raise TypeError('packed texts never change; .astype("str") gives a column that can')

    def __iter__(self) -> Iterator[Any]:
        return iter(self._text())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self._text(), dtype)

    def __arrow_array__(self, type: Any = None) -> Any:  # noqa: A002  (Arrow's own name)
        return pa.array(self._text(), type)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, str):
            return self.which(lambda texts: pc.equal(texts, other))
        return self._text() == other

    def isna(self) -> Flags:
        """Where there is no text."""
        return ~self.which(pc.is_valid)

    def fillna(self, value: Any, *_: Any, **__: Any) -> Any:
        """Return a "str" array with a text in each gap: one for all, or those of another column."""
        return self._text().fillna(value._text() if isinstance(value, PackedTexts) else value)

    def copy(self) -> "PackedTexts":
        """Return itself: nobody can change it."""
        return self

    def view(self, *_: Any) -> "PackedTexts":
        """Return itself: nobody can change it."""
        return self

    def _text(self) -> Any:
        return pd.array(pa.chunked_array((block.texts() for block in self._blocks), pa.string()), dtype="str")

    @classmethod
    def _from_sequence(cls, scalars: Any, **_: Any) -> "PackedTexts":
        texts = pa.array(scalars, pa.string(), from_pandas=True)
        return cls.of(texts[at : at + BLOCK] for at in range(0, len(texts), BLOCK))

    @classmethod
    def _concat_same_type(cls, to_concat: Iterable["PackedTexts"]) -> "PackedTexts":
        return cls.joined(to_concat)


@dataclass(frozen=True)
class _Block:
    """An Arrow array of texts: its buffers (which are gaps, offsets, letters) packed, and their sizes unpacked."""

    length: int
    buffers: tuple[bytes | None, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, texts: Any) -> "_Block":
        buffers = pa.concat_arrays([texts, texts[:0]]).buffers()  # a part of an array begins at its own first text
        packed = tuple(None if one is None else _CODEC.compress(one, asbytes=True) for one in buffers)
        return cls(len(texts), packed, tuple(0 if one is None else one.size for one in buffers))

    def texts(self) -> Any:
        both = zip(self.buffers, self.sizes, strict=True)
        buffers = [None if one is None else _CODEC.decompress(one, size) for one, size in both]
        return pa.Array.from_buffers(pa.string(), self.length, buffers)


def _flags(passed: Any) -> Flags:
    return np.asarray(pc.fill_null(passed, False).to_numpy(zero_copy_only=False), bool)
