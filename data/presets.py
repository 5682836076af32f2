"""Presets of PTZ cameras: where each looks, and for how long, on its tour."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd
from sqlmodel import Session, col, delete, select

from data.corrections import LIMITS
from data.database import Database, next_number
from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import SourceError
from data.models import INVENTORY, Camera, CameraPreset, Kind
from geo.see.poses import Preset

PRESETS = "presets"  # the column of the inventory
COLUMNS = ("camera", "name", "bearing_deg", "hfov_deg", "tilt_deg", "dwell_s")
MOST, NAME_MOST, DWELL_MOST_S = 64, 80, 86_400.0
_LIMITS = {name: LIMITS[name] for name in ("bearing_deg", "hfov_deg", "tilt_deg")} | {
    "dwell_s": (1.0, DWELL_MOST_S)
}


@dataclass(frozen=True)
class Stop:
    """A preset as somebody writes it; its share of the tour follows from how long the others last."""

    bearing_deg: float
    hfov_deg: float
    tilt_deg: float | None = None
    dwell_s: float = 60.0
    name: str = ""


def stops(db: Database, camera_id: int) -> list[Stop]:
    """Return the tour of a camera, in its order."""
    query = select(CameraPreset).where(CameraPreset.camera_id == camera_id).order_by(col(CameraPreset.id))
    with db.read() as session:
        return [
            Stop(row.bearing_deg, row.hfov_deg, row.tilt_deg, row.dwell_s, row.name) for row in session.exec(query)
        ]


def with_presets(db: Database, cameras: pd.DataFrame) -> pd.DataFrame:
    """Return cameras with a column `presets` (tuples of `geo.see.poses.Preset`, or None), if any has one."""
    with db.read() as session:
        rows = session.exec(select(CameraPreset).order_by(col(CameraPreset.id))).all()
    if not rows:
        return cameras
    tours: dict[int, list[CameraPreset]] = defaultdict(list)
    for row in rows:
        tours[row.camera_id].append(row)
    column = np.full(len(cameras), None, object)
    for place in np.flatnonzero(cameras["id"].isin(list(tours)).to_numpy()):
        tour = tours[int(cameras["id"].iloc[place])]
        whole_s = sum(stop.dwell_s for stop in tour)
        column[place] = tuple(
            Preset(stop.bearing_deg, stop.hfov_deg, stop.tilt_deg, stop.dwell_s / whole_s) for stop in tour
        )
    return cameras.assign(**{PRESETS: column})


def set_presets(db: Database, tours: Mapping[int, Sequence[Stop]], at: datetime) -> None:
    """
    Make these the tours of some cameras, by their ids; an empty one takes a camera's presets away.

    Raises
    ------
    ValueError
        If a camera is gone or no PTZ, or a stop breaks a rule; then nothing is written.
    """
    with db.write() as session:
        for camera_id, tour in tours.items():
            camera = session.get(Camera, camera_id)
            if camera is None:
                raise ValueError(f"there is no camera {camera_id} any more; look for it in the inventory again")
            _write(session, camera, tour, at)
        next_number(session, INVENTORY)


def bring(db: Database, path: Path, at: datetime) -> dict[str, int]:
    """
    Read tours from a CSV of `COLUMNS`, a row a stop, and return how many cameras and stops it held.

    Cameras are named by their code, or by their id where several have it; each gets the stops of its rows.

    Raises
    ------
    SourceError, ValueError
        If the file or a row breaks a rule, or names no camera; then nothing is written.
    """
    tours = _read(path)
    with db.write() as session:
        for said, tour in tours.items():
            _write(session, _named(session, said), tour, at)
        next_number(session, INVENTORY)
    return {"cameras": len(tours), "presets": sum(map(len, tours.values()))}


def _write(session: Session, camera: Camera, tour: Sequence[Stop], at: datetime) -> None:
    if camera.kind != Kind.PTZ:
        raise ValueError(f"{camera.code} is a {camera.kind} camera, presets are of a ptz; correct its kind first")
    if len(tour) > MOST:
        raise ValueError(f"{camera.code} would have {len(tour)} presets, at most {MOST}; leave some out")
    for number, stop in enumerate(tour, 1):
        _check(stop, f"preset {number} of {camera.code}")
    session.exec(delete(CameraPreset).where(col(CameraPreset.camera_id) == camera.id))
    session.add_all(
        CameraPreset(
            camera_id=camera.id or 0, name=stop.name.strip(), bearing_deg=stop.bearing_deg % 360,
            hfov_deg=stop.hfov_deg, tilt_deg=stop.tilt_deg, dwell_s=stop.dwell_s,
        )
        for stop in tour
    )  # fmt: skip
    camera.updated_at = at
    session.add(camera)


def _check(stop: Stop, called: str) -> None:
    for name, (low, high) in _LIMITS.items():
        value = getattr(stop, name)
        if value is None and name == "tilt_deg":
            continue
        if value is None or not isfinite(value) or not low <= value <= high:
            raise ValueError(f"{called}: {name} lies between {low:g} and {high:g}, got {value}; correct it")
    if len(stop.name) > NAME_MOST:
        raise ValueError(f"{called} has a name of {len(stop.name)} letters; shorten it to {NAME_MOST}")


def _named(session: Session, said: str) -> Camera:
    found = session.exec(select(Camera).where(Camera.code == said)).all()
    if not found and said.isdecimal() and (one := session.get(Camera, int(said))):
        return one
    if len(found) != 1:
        how_many = "no camera" if not found else f"{len(found)} cameras"
        raise ValueError(f"{how_many} of the inventory has the code {said!r}; write its id instead")
    return found[0]


def _read(path: Path) -> dict[str, list[Stop]]:
    encoding, _ = encoding_of(path)
    tours: dict[str, list[Stop]] = defaultdict(list)
    with path.open(encoding=encoding, newline="") as file:
        table = csv.DictReader(file)
        missing = {"camera", "bearing_deg", "hfov_deg"} - set(table.fieldnames or ())
        if missing:
            raise SourceError(
                f"{path.name} has no column {sorted(missing)[0]}; its columns are {', '.join(COLUMNS)}"
            )
        for number, told in enumerate(table, 2):
            row = f"row {number} of {path.name}"
            if not (told["camera"] or "").strip():
                raise SourceError(f"{row} names no camera; write its code")
            tours[told["camera"].strip()].append(_stop(told, row))
    if not tours:
        raise SourceError(f"{path.name} has no rows; write one a preset")
    return tours


def _stop(told: Mapping[str, str | None], row: str) -> Stop:
    def number(name: str, usual: float | None) -> float | None:
        text = (told.get(name) or "").strip()
        try:
            return float(text) if text else usual
        except ValueError:
            raise SourceError(f"{row} has the {name} {text[:40]!r}, which is no number; write 12.5") from None

    bearing, hfov = number("bearing_deg", None), number("hfov_deg", None)
    if bearing is None or hfov is None:
        raise SourceError(f"{row} has no bearing_deg or no hfov_deg; a preset needs both")
    dwell = number("dwell_s", Stop.dwell_s)
    assert dwell is not None
    return Stop(bearing, hfov, number("tilt_deg", None), dwell, (told.get("name") or "").strip())
