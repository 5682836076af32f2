"""The 77 provinces: which one a point lies in, and which one a name means."""

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

FILE = Path(__file__).parent / "reference" / "provinces.geojson"
COAST_DEG = 0.05  # the outlines are approximate: a point this far off still belongs to the nearest (about 5 km)
_ALIASES = {
    "กทม": "10", "กรุงเทพ": "10", "กรุงเทพฯ": "10", "krungthep": "10", "krungthepmahanakhon": "10",
    "bangkokmetropolis": "10", "bkk": "10", "samutprakarn": "11", "อยุธยา": "14", "ayutthaya": "14",
    "ayudhya": "14", "แปดริ้ว": "24", "srakaeo": "27", "sakaew": "27", "srakaew": "27", "โคราช": "30",
    "korat": "30", "เมืองคอน": "80",
}  # fmt: skip


@dataclass(frozen=True)
class Provinces:
    """Codes, Thai names and outlines in one order; a position in that order stands for a province, -1 for none."""

    codes: npt.NDArray[np.object_]
    names_th: npt.NDArray[np.object_]
    names_en: tuple[str, ...]
    outlines: npt.NDArray[np.object_]

    def at(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the province of each point, WGS 84; a point just outside belongs to the nearest."""
        found = np.full(len(lon), -1)
        for place, outline in enumerate(self.outlines):  # each outline is prepared, so its box decides most points
            west, south, east, north = outline.bounds
            near = np.flatnonzero((found < 0) & (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
            found[near[shapely.contains_xy(outline, lon[near], lat[near])]] = place
        lost = np.flatnonzero((found < 0) & np.isfinite(lon) & np.isfinite(lat))
        if len(lost):
            points = shapely.points(lon[lost], lat[lost])
            inputs, nearest = self._tree.query_nearest(points, max_distance=COAST_DEG, all_matches=False)
            found[lost[inputs]] = nearest
        return found

    def named(self, name: str) -> int:
        """Return the province a Thai or English name or a code means, else -1."""
        return self._by_name.get(_fold(name), -1)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.outlines)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        places = {code: place for place, code in enumerate(self.codes)}
        known = {alias: places[code] for alias, code in _ALIASES.items()}
        for place, (code, thai, english) in enumerate(zip(self.codes, self.names_th, self.names_en, strict=True)):
            known |= {_fold(thai): place, _fold(english): place, code: place, f"th{code}": place}
        return known


@lru_cache(maxsize=1)
def provinces() -> Provinces:
    """Return the provinces of data/reference."""
    features = json.loads(FILE.read_text(encoding="utf-8"))["features"]
    outlines = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features])
    shapely.prepare(outlines)
    facts = [feature["properties"] for feature in features]
    return Provinces(
        np.array([fact["code"] for fact in facts], dtype=object),
        np.array([fact["name_th"] for fact in facts], dtype=object),
        tuple(fact["name_en"] for fact in facts),
        outlines,
    )


def _fold(name: str) -> str:
    plain = re.sub(r"^(?:จังหวัด|จ\.)|province$|^changwat", "", name.strip().lower())
    return "".join(sign for sign in plain if sign.isalnum() or "\u0e30" <= sign <= "\u0e4e")
