"""The lines that are watched: the Sa Kaeo border, the whole Thai-Cambodian one, and those people bring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import blake2s

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from data.database import Database
from data.fleet import Snapshot
from data.geography import CAMBODIA, CREDITS, SAKAEO, load_border, load_cambodian_border
from data.ground.layers import Held, features, layers
from data.ground.tables import LayerKind
from data.lines import pillars
from data.lines.side import RIGHT, thai_side
from geo.line.chainage import Line
from geo.see.levels import BORDER_LEVEL_PX_M
from geo.see.poses import DAY

NOTE = "reference line (OpenStreetMap), not a legal boundary"
_KEY_BYTES = 8


@dataclass(frozen=True, eq=False)
class WatchedLine:
    """
    A line whose gaps are counted; the same place has the same chainage for as long as it is not drawn anew.

    Attributes
    ----------
    name
        As links and commands spell it.
    title_th, title_en
        As people read it.
    note, credit
        What it is and whose, as every export says it.
    thai_side
        On which side of it Thailand lies as it runs, RIGHT or LEFT; None: on both, or it cannot be told.
    level_px_m, light
        Wanted of it, unless a link asks for others.
    pillars
        Boundary pillars on it, as `data.lines.pillars.on_line` gives them.
    uncertain
        Where the boundary may run, the bands people brought as one area: no camera is put there. None: none was.
    """

    name: str
    title_th: str
    title_en: str
    line: Line
    note: str
    credit: str
    thai_side: str | None = None
    level_px_m: float = BORDER_LEVEL_PX_M
    light: str = DAY
    pillars: pd.DataFrame = field(default_factory=lambda: pillars.NONE)
    uncertain: BaseGeometry | None = None

    @cached_property
    def key(self) -> str:
        """Another one whenever the line runs differently: what is worked out of it is kept under this."""
        return f"{self.name} {self.digest}"

    @cached_property
    def digest(self) -> str:
        """Of its course."""
        return blake2s(self.line.lonlat.tobytes(), digest_size=_KEY_BYTES).hexdigest()

    @cached_property
    def told_by(self) -> str:
        """Another one whenever its stretches are told by other pillars."""
        return blake2s(self.pillars.to_json().encode(), digest_size=_KEY_BYTES).hexdigest()

    @cached_property
    def uncertain_mark(self) -> str:
        """Another one whenever the bands are; "" where there are none."""
        if self.uncertain is None:
            return ""
        return blake2s(shapely.to_wkb(self.uncertain), digest_size=_KEY_BYTES).hexdigest()


@lru_cache(maxsize=1)
def sakaeo() -> WatchedLine:
    """Return the line that is meant where none is named."""
    return WatchedLine(SAKAEO, "ชายแดนสระแก้ว", "Sa Kaeo border", load_border(), NOTE, CREDITS, RIGHT)


@lru_cache(maxsize=1)
def cambodia() -> WatchedLine:
    """Return the whole line that Thailand and Cambodia share."""
    note = f"{NOTE}; its southern end lies at sea"
    return WatchedLine(
        CAMBODIA, "ชายแดนไทย-กัมพูชา", "Thai-Cambodian border", load_cambodian_border(), note, CREDITS, RIGHT
    )


def watched_lines(db: Database) -> list[WatchedLine]:
    """Return every line that is watched: those that ship, the usual one first, then those people brought."""
    brought = [_brought(db, held) for held in layers(db, [LayerKind.LINE])]
    return _furnished(db, [sakaeo(), cambodia(), *brought])


def watched_line(db: Database, name: str) -> WatchedLine:
    """Return a line by its name; ValueError, a sentence, if there is none."""
    shipped = {line.name: line for line in (sakaeo(), cambodia())}
    if name in shipped:
        return _furnished(db, [shipped[name]])[0]
    brought = {held.name: held for held in layers(db, [LayerKind.LINE])}
    if name not in brought:
        raise no_line(name, [*shipped, *brought])
    return _furnished(db, [_brought(db, brought[name])])[0]


def no_line(name: str, there_are: Iterable[str]) -> ValueError:
    """Return what is said of a line that is none."""
    return ValueError(f"line= takes {', '.join(there_are)}, got {name[:40]!r}")


def lines_of(db: Database, known: Snapshot) -> Mapping[str, WatchedLine]:
    """Return the lines there are by name, kept while nobody brings another; for what asks many times a second."""

    def make() -> dict[str, WatchedLine]:
        return {line.name: line for line in watched_lines(db)}

    # a layer that was brought leaves the cameras, and what is kept of them, as they were
    found: Mapping[str, WatchedLine] = known.kept.get(("watched lines", known.inventory_version), make)
    return found


def _furnished(db: Database, lines: list[WatchedLine]) -> list[WatchedLine]:
    """Put on lines what people brought beside them: pillars and bands."""
    stones, bands = features(db, LayerKind.PILLAR), features(db, LayerKind.BAND)
    if not len(stones) and not len(bands):
        return lines
    area = shapely.union_all(bands.geometry.to_numpy()) if len(bands) else None
    return [replace(line, pillars=pillars.on_line(line.line, stones), uncertain=area) for line in lines]


def _brought(db: Database, held: Held) -> WatchedLine:
    line = Line.of(features(db, LayerKind.LINE, held.name).geometry.iloc[0])
    note = f"line as brought from {held.source}, not a legal boundary"
    level_px_m = held.level_px_m or BORDER_LEVEL_PX_M
    return WatchedLine(
        held.name, held.title, held.title, line, note, held.credit, thai_side(line), level_px_m, held.light or DAY
    )
