"""The strip of a line on a page: kept true while it is looked at, and what a reader chose on it."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from data.geography import SAKAEO
from data.lines import border
from geo.see.levels import BORDER_LEVEL_PX_M
from ui import cache, lines, strip, strip_data
from ui.palette import Theme
from ui.words import language, t

LOOK_EVERY_S = 5.0

CSS = """
[class*=st-key-strip] [data-testid=stElementToolbar]{display:none}
#vg-tooltip-element{font-family:Sarabun,sans-serif!important}
#vg-tooltip-element :is(td.key,td.value){display:table-cell!important;height:auto!important;
 max-height:none!important}
#vg-tooltip-element td.key{overflow:visible!important;max-width:none!important}
.strip-key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--soft);margin:-8px 0 0}
.strip-key .key.lost{height:6px;background:var(--down);vertical-align:1px}
.strip-key .key.heat{background:linear-gradient(90deg,var(--quiet),transparent)}
.strip-key .key.unwatched{background:var(--unknown);opacity:.75}
"""


@dataclass(frozen=True)
class Choice:
    """What a reader chose on the strip: one cell by a click, or a dragged stretch. [m]"""

    from_m: float
    to_m: float
    dragged: bool


def show(
    theme: Theme,
    *,
    key: str,
    level_px_m: float = BORDER_LEVEL_PX_M,
    when: str = border.LIVE,
    scale: float = 1.0,
    on_choose: Callable[[Choice], None] | None = None,
    every: float | None = LOOK_EVERY_S,
    line: str = SAKAEO,
) -> None:
    """
    Draw the strip and keep it true; it looks every few seconds whether something changed.

    Parameters
    ----------
    key
        Names it on its page; begin it with "strip", by which the style sheet finds it.
    scale
        Of heights and letters: 1 on a desk, more on a wall.
    on_choose
        Called with what was clicked or dragged, each time anew; the whole page is run again after it.
    """
    said, name = language(), key_for(key, line)

    @st.fragment(run_every=every)
    def live() -> None:
        event = st.altair_chart(
            cache.strip_chart(theme, said, when=when, level_px_m=level_px_m, scale=scale, line=line),
            theme=None,
            key=name,
            width="stretch",
            on_select="rerun" if on_choose else "ignore",
            alt=alt_of(line),
        )
        if on_choose is not None:
            told(event, name, on_choose, line)

    live()
    st.html(f"<style>{CSS}</style>{key_of(when)}")


def key_for(key: str, line: str) -> str:
    """Return the name of a strip's widget: what was chosen on one line means nothing on another."""
    return key if line == SAKAEO else f"{key}-{line}"


def alt_of(line: str) -> str:
    """Return a strip in words."""
    return t("strip.alt", line=lines.named(line), km=f"{cache.border_line(line).length_m / 1000:.0f}")


def told(event: Any, key: str, on_choose: Callable[[Choice], None], line: str = SAKAEO) -> None:
    """Hand on what a strip's event says was chosen, each choice once, and run the whole page again after it."""
    choice = _choice(event, line)
    if choice != st.session_state.get(f"{key}.choice"):
        st.session_state[f"{key}.choice"] = choice
        if choice:
            on_choose(choice)
            st.rerun(scope="app")


def _choice(event: Any, name: str) -> Choice | None:
    line = cache.border_line(name)
    chosen = event.selection
    if dragged := chosen.get(strip.STRETCH, {}).get("a"):
        from_m, to_m = strip_data.stretch_m(dragged, line)
        return Choice(from_m, to_m, dragged=True) if to_m > from_m else None
    if clicked := chosen.get(strip.CELL):
        return Choice(*strip_data.cell_m(float(clicked[0]["a"]), line), dragged=False)
    return None


def key_of(when: str) -> str:
    """Return what the shades mean, as HTML."""
    bands = [("certain", "band.certain"), ("possible", "band.possible")]
    bands += [("lost", "strip.key_down")] if when == border.LIVE else []
    keys = [*bands, ("heat", "strip.key_heat"), ("unwatched", "strip.key_unwatched")]
    parts = "".join(f'<span><i class="key {css}"></i>{escape(t(word))}</span>' for css, word in keys)
    return f'<div class="strip-key">{parts}</div>'
