"""What a camera list measures: angles, lengths and pixels, within the bounds of what there is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import cells as read
from data.intake.remarks import Remarks

Floats = npt.NDArray[np.float64]

LEFT_OUT = "correct it in the list; it counts as unknown here"
_PIXELS = (16, 20_000)
_WHOLE = ("pixels_h", "pixels_v")
_NUMBERS: dict[str, tuple[float, float, str]] = {
    "bearing_deg": (0, 359.999999, "a bearing lies from 0 to under 360 degrees, clockwise from north"),
    "bearing_accuracy_deg": (0, 180, "a bearing is at most 180 degrees off"),
    "hfov_deg": (0.1, 360, "a field of view lies over 0 and up to 360 degrees"),
    "tilt_deg": (-90, 90, "a tilt lies from -90 to 90 degrees, down is positive"),
    "mount_height_m": (0.1, 300, "a height lies over 0 and up to 300 m"),
    "pixels_h": (*_PIXELS, "a picture is 16 to 20,000 pixels wide"),
    "pixels_v": (*_PIXELS, "a picture is 16 to 20,000 pixels high"),
    "focal_length_mm": (0.1, 3_000, "a focal length is one number over 0 and up to 3,000 mm"),
    "sensor_width_mm": (0.1, 100, "a sensor's width lies over 0 and up to 100 mm"),
    "ir_range_m": (0, 20_000, "an infrared range lies from 0 to 20,000 m"),
    "position_accuracy_m": (0, 100_000, "an accuracy lies from 0 to 100,000 m"),
}


def measures(cells: pd.DataFrame, heading: Callable[[str], str], remarks: Remarks) -> dict[str, Any]:
    """Return the columns of numbers; what is out of bounds or no number counts as unknown and is remarked."""
    numbers: dict[str, Floats] = {}
    for name, (low, high, rule) in _NUMBERS.items():
        if name in cells:
            values = _numeric(cells[name], read.bearing if name == "bearing_deg" else read.number)
            wrong = cells[name].notna().to_numpy() & ~((values >= low) & (values <= high))
            remarks.repair(wrong, heading(name), cells[name], rule, LEFT_OUT)
            numbers[name] = np.where(wrong, np.nan, values)
    if "resolution" in cells:
        for name, values in _sizes(cells["resolution"], heading("resolution"), remarks).items():
            numbers[name] = np.where(np.isnan(numbers[name]), values, numbers[name]) if name in numbers else values
    if "count" in cells:
        several = _numeric(cells["count"], read.number) > 1
        rule = "the row stands for several cameras; it is taken as one, for nothing tells them apart"
        remarks.repair(several, heading("count"), cells["count"], rule, "give each its own row and code")
    return {
        name: pd.Series(values).round().astype("Int64") if name in _WHOLE else values
        for name, values in numbers.items()
    }


def _sizes(column: "pd.Series[str]", heading: str, remarks: Remarks) -> dict[str, Floats]:
    read_sizes = [size or (np.nan, np.nan) for size in read.each(column, read.resolution)]
    sizes = np.array(read_sizes, dtype=np.float64).reshape(-1, 2)
    wrong = column.notna().to_numpy() & ~((sizes >= _PIXELS[0]) & (sizes <= _PIXELS[1])).all(axis=1)
    remarks.repair(wrong, heading, column, "a resolution is width x height in pixels", "write it as 1920x1080")
    sizes[wrong] = np.nan
    return dict(zip(_WHOLE, sizes.T, strict=True))


def _numeric(column: "pd.Series[str]", meaning: Callable[[str], float | None]) -> Floats:
    values = read.numeric(column)
    rest = np.flatnonzero(column.notna().to_numpy() & ~np.isfinite(values))
    values[rest] = [np.nan if value is None else value for value in read.each(column.iloc[rest], meaning)]
    if meaning is read.bearing:
        values[values == 360] = 0
    return values
