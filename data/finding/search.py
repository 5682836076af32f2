"""One box for everything: a text -> cameras, places, points."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.finding.found import Found
from data.finding.gazetteer import Place, find_places
from data.finding.points import said_point
from data.texts import which

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
        Columns code, name_th, name_en; quick where packed or kept by Arrow. Small and capital ASCII letters are
        the same.
    most
        How many positions at most.
    """
    said = text.strip()
    if not said or len(said) > TEXT_MOST or most <= 0:
        return np.zeros(0, np.int64)
    # asking for any case takes long, and Thai has none
    any_case = said.lower() != said.upper()
    begin = _rows(table["code"], lambda texts: pc.starts_with(texts, said, ignore_case=any_case))
    exact = (table["code"].iloc[begin].astype("str").str.len() == len(said)).to_numpy(bool)
    found = np.concatenate([begin[exact], begin[~exact]])
    for name in _NAMES:
        if len(found) < most:
            hits = _rows(table[name], lambda texts: pc.match_substring(texts, said, ignore_case=any_case))
            found = np.concatenate([found, np.setdiff1d(hits, found)])
    return found[:most]


def find_code(table: pd.DataFrame, code: str) -> NDArray[np.int64]:
    """Positions in a table of the cameras with exactly this code; agencies may share one."""
    return _rows(table["code"], lambda texts: pc.equal(texts, code))


def _rows(column: "pd.Series[Any]", test: Callable[[Any], Any]) -> NDArray[np.int64]:
    return np.flatnonzero(which(column, test))
