"""Terrain models made up for tests, written as GeoTIFFs."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine

STEP_DEG = 1 / 3600  # one arc-second: 31 m from north to south


def write_model(path: Path, heights, west=102.4, north=13.8, step=STEP_DEG, crs="EPSG:4326", **more) -> Path:
    """Write heights (rows from north to south) as a GeoTIFF; `more` is of the file: nodata, unit, tags, blocks."""
    bands = np.atleast_3d(np.asarray(heights, more.pop("dtype", "float32"))).transpose(2, 0, 1)
    unit, tags = more.pop("unit", None), more.pop("tags", {})
    scale, offset = more.pop("scale", 1.0), more.pop("offset", 0.0)
    with rasterio.open(
        path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=len(bands),
        dtype=bands.dtype, crs=crs, transform=Affine(step, 0, west, 0, -step, north), **more,
    ) as model:  # fmt: skip
        model.write(bands)
        if unit:
            model.set_band_unit(1, unit)
        model.update_tags(**tags)
        model.scales, model.offsets = [scale] * len(bands), [offset] * len(bands)
    return path
