"""GeoJSON (RFC 7946), a row a line; what the file says of itself is a member of its own."""

import json
from pathlib import Path

import numpy as np
import shapely

from data.files.rows import DECIMALS, About, Rows, arrow, plain, wound

ABOUT = "takhai"  # the top-level member


def write(rows: Rows, about: About, path: Path, layer: str) -> int:
    """Write a FeatureCollection."""
    count = 0
    said = json.dumps({name: plain(value) for name, value in rows.facts.items()}, ensure_ascii=False)[1:-1]
    with path.open("w", encoding="utf-8") as file:
        head = json.dumps({"name": layer, ABOUT: {k: plain(v) for k, v in about.items()}}, ensure_ascii=False)
        file.write('{"type": "FeatureCollection", ' + head[1:-1] + ', "features": [')
        for part in rows:
            shapes = shapely.to_geojson(shapely.transform(wound(part), lambda lonlat: np.round(lonlat, DECIMALS)))
            columns = [arrow(part[name], times=False).to_pylist() for name in rows.names]
            for values, shape in zip(zip(*columns, strict=True), shapes, strict=True):
                own = json.dumps(dict(zip(rows.names, values, strict=True)), ensure_ascii=False, allow_nan=False)
                facts = f"{own[:-1]}, {said}}}" if said else own
                file.write(
                    f'{"," if count else ""}\n{{"type": "Feature", "properties": {facts}, "geometry": {shape}}}'
                )
                count += 1
        file.write("\n]}\n")
    return count
