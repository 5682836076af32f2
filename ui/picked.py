"""What is picked on the map: a camera, a stretch of the border or a place, one at a time; the link names it."""

from dataclasses import dataclass

import streamlit as st

from data.finding.search import find_code
from ui import cache, state

DIGITS = 5  # of a place in the link: 1 m


@dataclass(frozen=True)
class Picked:
    """What the link names; all None where it names nothing there is."""

    camera: int | None = None  # its id: rows move when the inventory changes
    gap: tuple[float, float] | None = None  # from and to [m]
    point: tuple[float, float] | None = None  # lon, lat


def now() -> Picked:
    """Return what the link of the page names."""
    code = st.query_params.get(state.CAMERA, "")
    if code:
        return Picked(camera=_camera(code, st.query_params.get(state.OWNER, "")))
    gap = _pair(st.query_params.get(state.GAP, "").replace("-", ","))
    if gap and 0 <= gap[0] < gap[1] <= cache.border_line().length_m + 1:
        return Picked(gap=gap)
    point = _pair(st.query_params.get(state.POINT, ""))
    if point and abs(point[0]) <= 180 and abs(point[1]) <= 85:
        return Picked(point=point)
    return Picked()


def camera(row: int) -> None:
    """Pick a camera by its row; the link names its owner too where several use its code."""
    known = cache.snapshot()
    code = str(known.inventory["code"].iloc[row])
    nothing()
    st.query_params[state.CAMERA] = code
    if len(find_code(known.inventory, code)) > 1:
        st.query_params[state.OWNER] = str(known.inventory["owner_id"].iloc[row])


def gap(from_m: float, to_m: float) -> None:
    """Pick a stretch of the border."""
    nothing()
    st.query_params[state.GAP] = f"{from_m:.0f}-{to_m:.0f}"


def point(lon: float, lat: float) -> None:
    """Pick a place."""
    nothing()
    st.query_params[state.POINT] = f"{lon:.{DIGITS}f},{lat:.{DIGITS}f}"


def nothing() -> None:
    """Pick nothing."""
    for name in (state.CAMERA, state.OWNER, state.GAP, state.POINT):
        st.query_params.pop(name, None)


def _camera(code: str, owner: str) -> int | None:
    known = cache.snapshot().inventory
    rows = find_code(known, code).tolist()
    owned = [row for row in rows if str(known["owner_id"].iloc[row]) == owner]
    found = owned or rows
    return int(known["id"].iloc[found[0]]) if found else None


def _pair(text: str) -> tuple[float, float] | None:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (first, second) if abs(first) < 1e9 and abs(second) < 1e9 else None  # no NaN, nothing endless
