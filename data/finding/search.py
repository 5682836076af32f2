"""One box for everything: a text -> cameras, places, points."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.finding.found import Found
from data.finding.gazetteer import Place, find_places
from data.finding.points import said_point

TEXT_MOST = 200  # nobody types more; what is pasted by mistake costs nothing
_NAMES = ("name_th", "name_en")


def understand(text: str, more: Iterable[Place] = (), most: int = 10) -> list[Found]:
    """
    What a text may mean that is no camera, best first; nothing where it means nothing.

    Parameters
    ----------
    text
        A point (degrees in any usual writing, UTM, MGRS, a chainage of the Sa Kaeo line) or a part of a name.
    more
        Places beside those that ship: `data.finding.gazetteer.inventory_places`.
    """
    if len(text) > TEXT_MOST:
        return []
    return said_point(text) or find_places(text, more, most)


def find_cameras(table: pd.DataFrame, text: str, most: int = 20) -> NDArray[np.int64]:
    """
    Positions in a table of the cameras a text means: the code, codes that begin so, names that contain it.

    Parameters
    ----------
    table
        Columns code, name_th, name_en; quick where Arrow keeps them. Small and capital ASCII letters are the same.
    most
        How many positions at most.
    """
    said = text.strip()
    if not said or len(said) > TEXT_MOST or most <= 0:
        return np.zeros(0, np.int64)
    codes = _arrow(table["code"])
    begin = _rows(pc.starts_with(codes, said, ignore_case=_cased(said)))
    exact = _rows(pc.equal(pc.utf8_length(pc.take(codes, pa.array(begin))), len(said)))
    found = np.concatenate([begin[exact], np.delete(begin, exact)])
    for name in _NAMES:
        if len(found) < most:
            hits = _rows(pc.match_substring(_arrow(table[name]), said, ignore_case=_cased(said)))
            found = np.concatenate([found, np.setdiff1d(hits, found)])
    return found[:most]


def find_code(table: pd.DataFrame, code: str) -> NDArray[np.int64]:
    """Positions in a table of the cameras with exactly this code; agencies may share one."""
    return _rows(pc.equal(_arrow(table["code"]), code))


def _cased(text: str) -> bool:
    """Whether letters could be small or capital: Thai has none, and the search that minds is faster."""
    return text.lower() != text.upper()


def _arrow(column: "pd.Series[Any]") -> Any:
    return pa.array(column.array, pa.string(), from_pandas=True)


def _rows(mask: Any) -> NDArray[np.int64]:
    return np.asarray(pc.indices_nonzero(pc.fill_null(mask, False)), np.int64)
