"""
The whole style sheet, sent once a page; colours come from the palette as custom properties.

Only `.st-key-*` and `data-testid` are named: Streamlit's generated class names change with every release.
"""

from pathlib import Path

import streamlit as st

from ui.palette import STATUSES, Theme, palette

BAR_PX = 48


def theme() -> Theme:
    """Return the theme the browser shows now."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chosen(word: str) -> Theme:
    """Return the theme a link asks for; anything but "light" is dark."""
    return "light" if word == "light" else "dark"


def send(*sheets: str, shown: Theme | None = None) -> None:
    """Send the style sheet of the page: the common part and the given ones; `shown` unless the browser decides."""
    drawn = shown or theme()
    st.html(f"<style>{tokens(drawn)}{COMMON}{''.join(sheets)}</style>")


def fill(key: str) -> str:
    """Return the rules that make the map `key` fill the nearest positioned box around it."""
    box = f".st-key-{key}"
    return (
        f"{box}{{position:absolute!important;inset:0;height:100%!important;width:100%!important;gap:0}}"
        f"{box} div:has(.map-box){{height:100%!important;width:100%!important}}"
    )


def tokens(shown: Theme, glyphs: str = "") -> str:
    """Return the colours of a theme as custom properties; `glyphs`: its atlas, if not on this server."""
    colours = palette(shown)
    names = (
        *["sea", "land", "line", "text", "soft", "card", "quiet", "cluster", "casing", "gap_live", "gap_planned"],
        *STATUSES,
    )
    values = "".join(f"--{name.replace('_', '-')}:{getattr(colours, name)};" for name in names)
    atlas = glyphs or f"/assets/glyphs-{shown}.png"
    return (
        f":root{{{values}--glyphs:url({atlas});--bar-only:{BAR_PX}px;--bar:var(--bar-only);color-scheme:{shown}}}"
    )


def sheet(name: str) -> str:
    """Return one of the sheets in ui/css."""
    return (Path(__file__).parent / "css" / f"{name}.css").read_text(encoding="utf-8")


COMMON = sheet("common") + sheet("livemap")
MAP = sheet("map")
OVERVIEW = sheet("overview")
WALL = sheet("wall")
GALLERY = sheet("gallery")
CAMERA = sheet("camera")
ALARMS = sheet("alarms")
MAINTENANCE = sheet("maintenance")
WHATIF = sheet("whatif")
