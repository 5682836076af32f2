"""Status and level -> colour and shape: one table, safe for colour-blind eyes, light and dark."""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
Tone = Literal["light", "dark", "neutral"]  # of the ground: neutral bears the cameras of either theme

STATUSES = ("up", "degraded", "down", "maintenance", "unknown")  # the order they are always shown in
STATUS_CODES = {"unknown": 0, "up": 1, "down": 2, "degraded": 3, "maintenance": 4}  # as in the tiles
WORST_FIRST = ("down", "degraded", "unknown", "maintenance", "up")


@dataclass(frozen=True)
class Palette:
    """Every colour of one theme, as #RRGGBB."""

    sea: str
    land: str
    line: str
    text: str
    soft: str
    card: str
    quiet: str  # the one blue-grey of charts and controls
    cluster: str  # disc of a cluster on the map
    on_cluster: str  # its figure
    casing: str
    up: str
    degraded: str
    down: str
    maintenance: str
    unknown: str
    planned: str
    gap_live: str
    gap_planned: str

    def status(self, name: str) -> str:
        """Colour of a status."""
        return str(getattr(self, name))


LIGHT = Palette(
    sea="#E8EDF0", land="#F7F6F2", line="#C9CFD3", text="#1B2329", soft="#66727B", card="#FFFFFF",
    quiet="#3D5A73", cluster="#5B7890", on_cluster="#FFFFFF",
    casing="#FFFFFF", up="#0072B2", degraded="#E69F00", down="#D55E00", maintenance="#CC79A7",
    unknown="#8A9299", planned="#4C9BD6", gap_live="#D55E00", gap_planned="#7A1F1F",
)  # fmt: skip
DARK = Palette(
    sea="#0E1318", land="#161C22", line="#2C353D", text="#E6EAED", soft="#8E9AA3", card="#1A2128",
    quiet="#8FB3CC", cluster="#3E5A70", on_cluster="#E6EAED",
    casing="#0E1318", up="#56B4E9", degraded="#F0B73E", down="#FF7A33", maintenance="#DFA0C4",
    unknown="#9AA4AC", planned="#7CC0F2", gap_live="#FF7A33", gap_planned="#C96A6A",
)  # fmt: skip


@dataclass(frozen=True)
class Greys:
    """
    What the ground is drawn in, as #RRGGBB; so quiet that every status stands out (tests/ui/test_basemap.py).

    Attributes
    ----------
    far
        Land of other countries.
    over
        Outlines over pictures.
    low, high
        What black and white of a picture become, 0-1.
    strength
        How much of a picture is seen; the rest is land.
    """

    sea: str
    land: str
    line: str
    far: str
    main: str
    street: str
    building: str
    over: str
    low: float
    high: float
    strength: float


GREYS: dict[Tone, Greys] = {
    "light": Greys(
        sea=LIGHT.sea, land=LIGHT.land, line=LIGHT.line, far="#EFF1F0", main="#D9DDDF", street="#E6E8E7",
        building="#ECECE9", over="#B6BDC2", low=0.79, high=1.0, strength=0.9,
    ),
    "dark": Greys(
        sea=DARK.sea, land=DARK.land, line=DARK.line, far="#12181D", main="#2B343C", street="#222A31",
        building="#1E262D", over="#434D55", low=0.05, high=0.32, strength=0.9,
    ),
    # Mid grey would be the colour of "unknown": as light as a neutral ground can be, it lies below that.
    "neutral": Greys(
        sea="#30363A", land="#3E4448", line="#4B5156", far="#373D41", main="#4B5256", street="#474D51",
        building="#454B4F", over="#4B5156", low=0.17, high=0.32, strength=0.9,
    ),
}  # fmt: skip


def palette(theme: Theme) -> Palette:
    """Colours of a theme."""
    return DARK if theme == "dark" else LIGHT


def rgba(colour: str, alpha: int = 255) -> list[int]:
    """#RRGGBB and an opacity 0-255 -> [r, g, b, a], as deck.gl takes it."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]
