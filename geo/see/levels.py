"""
Density levels of IEC 62676-4, editions 2014 (DORI) and 2025, as one table.

Values after the pages of a vendor of design tools (JVSG), not after the paid standard itself.
"""

from enum import StrEnum


class Edition(StrEnum):
    """Edition of IEC 62676-4; printed on every export."""

    Y2025 = "2025"
    Y2014 = "2014"


LEVELS_PX_M: dict[Edition, dict[str, float]] = {
    Edition.Y2025: {
        "overview": 20,
        "outline": 40,
        "discern": 80,
        "perceive": 125,
        "characterise": 250,
        "validate": 500,
        "scrutinise": 1500,
    },
    Edition.Y2014: {"monitor": 12.5, "detect": 25, "observe": 62.5, "recognise": 125, "identify": 250},
}
BORDER_LEVEL_PX_M = 20.0
LANE_LEVEL_PX_M = 125.0


def level_name(level_px_m: float, edition: Edition) -> str | None:
    """Name of the highest level reached at a density [px/m]; None below the lowest."""
    reached = [name for name, floor in LEVELS_PX_M[edition].items() if level_px_m >= floor]
    return reached[-1] if reached else None
