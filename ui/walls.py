"""What stands beside the map on a wall: clock, sentence, three figures, and what is down with its picture."""

from datetime import UTC, timedelta
from html import escape

import numpy as np
import pydeck as pdk
import streamlit as st
from numpy.typing import NDArray

from data.fleet import DEGRADED, DOWN, Snapshot
from data.geography import SA_KAEO
from ui import cache, findings, frame, glyphs, layers, state
from ui.palette import Theme
from ui.words import band, clock, day, pick, t

LISTED = 5
MARKED_MOST = 400
LOOK_EVERY_S = 2.0
DESK_SCALE, WALL_SCALE = 1.0, 1.25


def strip_scale() -> float:
    """Return how much larger the strip is than on a desk; `?scale=` in the link for screens far away."""
    try:
        return min(4.0, max(DESK_SCALE, float(st.query_params.get(state.SCALE, WALL_SCALE))))
    except ValueError:
        return WALL_SCALE


def head() -> str:
    """Return the clock's line."""
    mark = f'<span class="demo">{escape(t("app.demo"))}</span>' if cache.demo() else ""
    return f'<div class="wall-clock">{mark}{frame.clock()}</div>'


def body(found: findings.BorderNow) -> str:
    """Return sentence, figures and list."""
    known = cache.snapshot()
    rows = in_area(known)
    down = rows[known.status[rows] == DOWN]
    unknown = int((known.status[rows] == 0).sum())
    seen = "–" if found.old else band(found.certain_m, found.possible_m)
    night = "–" if found.old else band(found.night_certain_m, found.night_possible_m)
    figures = (
        _figure(seen, t("unit.km"), t("wall.seen"))
        + _figure(night, t("unit.km"), t("wall.night"))
        + _figure("–" if found.old else f"{len(down):,}", t("unit.camera"),
                  f"{t('wall.down')} · {t('wall.down_note', unknown=f'{unknown:,}')}")
    )  # fmt: skip
    return (
        f'<p class="wall-finding panel">{findings.sentence(found, "wall")}</p>'
        f'<div class="wall-figures panel">{figures}</div><div class="wall-list panel">{_list(known, down)}</div>'
    )


def in_area(known: Snapshot) -> NDArray[np.intp]:
    """Rows of the cameras of the province the wall watches."""
    return np.flatnonzero((known.inventory["province_code"] == SA_KAEO).to_numpy())


def troubled(theme: Theme) -> pdk.Layer:
    """Return the cameras that are down or degraded as single glyphs: the clusters far out do not tell which."""
    known = cache.snapshot()
    here = in_area(known)
    # down ones last, so that they lie on top
    rows = [*here[known.status[here] == DEGRADED], *here[known.status[here] == DOWN]][-MARKED_MOST:]
    points = [
        {"lon": round(float(known.lon[row]), 5), "lat": round(float(known.lat[row]), 5),
         "status": str(cache.STATUS_NAMES[known.status[row]])}
        for row in rows
    ]  # fmt: skip
    return layers.marks(theme, points)


def _list(known: Snapshot, down: NDArray[np.intp]) -> str:
    if not len(down):
        return f'<p class="soft">{escape(t("wall.none_down"))}</p>'
    opened = _opened_m()
    codes = dict(zip(down.tolist(), known.inventory["code"].iloc[down], strict=True))
    # those that open a gap first, then the newest
    order = sorted(down, key=lambda row: (codes[row] not in opened, -known.since[row].astype("int64")))
    rows = "".join(_row(known, int(row), opened, first=i == 0) for i, row in enumerate(order[:LISTED]))
    more = len(down) - LISTED
    rest = f'<p class="soft">{escape(t("wall.more", count=f"{more:,}"))}</p>' if more > 0 else ""
    return f"<h2>{escape(t('wall.new'))}</h2>{rows}{rest}"


def _opened_m() -> dict[str, float]:
    """Length of the gaps each down camera opens, by its code."""
    found: dict[str, float] = {}
    gaps = cache.gaps()
    for codes, length in zip(gaps["opened_by"], gaps["length_m"], strict=True):
        for code in str(codes or "").split(", "):
            if code:
                found[code] = found.get(code, 0.0) + float(length)
    return found


def _row(known: Snapshot, row: int, opened: dict[str, float], *, first: bool) -> str:
    camera = known.camera(row)
    code, since = str(camera["code"]), known.since[row]
    name = pick(camera["name_th"], camera["name_en"]) or code
    why = [code, t(f"reason.{camera['reason'] or 'never'}")]
    if code in opened:
        why.append(t("wall.opens"))
    at = since.astype("datetime64[s]").item().replace(tzinfo=UTC)
    when = clock(at) if cache.now() - at < timedelta(hours=20) else day(at)
    # The worker is told that this camera is on screen; the picture is asked for anew once a minute.
    still = f"/stills/{int(known.ids[row])}.jpg?wish=1&amp;m={cache.now():%H%M}"
    return (
        f'<div class="wall-row{" first" if first else ""}"><img src="{still}" alt="{escape(t("wall.no_still"))}">'
        f'<div style="min-width:0"><div class="name">{glyphs.html("down")} {escape(name)}</div>'
        f"<small>{escape(' · '.join(why))}</small></div><time>{escape(when)}</time></div>"
    )


def _figure(value: str, unit: str, label: str) -> str:
    return (
        f'<div><div class="value">{escape(value)}<span class="unit">{escape(unit)}</span></div>'
        f'<div class="label">{escape(label)}</div></div>'
    )
