"""What is kept of one camera over a while, as picture files and a list of them with their times and checksums."""

import csv
import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from data.files.export import parse_span
from data.filters import CameraFilter, keep
from data.fleet import Snapshot
from data.settings import Settings
from data.watch.archived import Archived, open_archived
from data.watch.holes import SAID, holes
from data.watch.service import BANGKOK
from data.watch.thumbnails import media_type

LIST = "pictures.csv"


def export_pictures(
    known: Snapshot, camera: str, begin: str, end: str, folder: Path, *, given: Settings, at: datetime
) -> dict[str, Any]:
    """
    Write the pictures kept of a camera, given by its code or id, and `pictures.csv` into a folder.

    Times are ISO 8601, without a zone Bangkok's. The list has file, captured_at, clock (stream: the camera's own,
    arrival: ours), width, height [px], bytes, sha256.

    Returns
    -------
    report
        How many, the first and the last of them, and `holes`: where nothing was kept, and why.

    Raises
    ------
    ValueError
        If nothing is kept at all, there is no such camera, or a time is none.
    OSError
        If the archive cannot be reached, or the folder holds a list already.
    """
    archived = open_archived(given)
    if archived is None:
        raise ValueError("no pictures are kept for longer: TAKHAI_ARCHIVE_PLACE says where they are to be")
    first, last = parse_span(begin, end)
    row = _row(known, camera)
    if (folder / LIST).exists():
        raise FileExistsError(f"{folder / LIST} is there already; take another folder")
    camera_id, code = int(known.ids[row]), str(known.inventory["code"].iloc[row])
    folder.mkdir(parents=True, exist_ok=True)
    captured, lines = _written(archived, camera_id, code, first, last, folder)
    flags = keep(known, CameraFilter.read(given.archive_filter))
    none = holes(
        captured, first, last, at, given=given, begins_at=min(archived.hours(), default=None),
        chosen=flags is None or bool(flags[row]),
    )  # fmt: skip
    return {
        "camera": code,
        "pictures": len(lines),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "first": lines[0]["captured_at"] if lines else None,
        "last": lines[-1]["captured_at"] if lines else None,
        "folder": str(folder),
        "holes": [
            {
                "from": hole.began_at.astimezone(BANGKOK).isoformat(timespec="seconds"),
                "to": hole.ended_at.astimezone(BANGKOK).isoformat(timespec="seconds"),
                "why": hole.why.value,
                "said": SAID[hole.why],
            }
            for hole in none
        ],
    }


def _written(
    archived: Archived, camera_id: int, code: str, first: datetime, last: datetime, folder: Path
) -> tuple[list[datetime], list[dict[str, Any]]]:
    """Write the pictures of a span and the list of them; return when each was taken, and the lines of the list."""
    captured: list[datetime] = []
    lines: list[dict[str, Any]] = []
    for entry in archived.between(camera_id, first, last):
        picture = archived.read(camera_id, entry.captured_at)
        if picture is None:  # let go while we read
            continue
        name = _name(code, entry.captured_at, media_type(picture.body))
        (folder / name).write_bytes(picture.body)
        captured.append(entry.captured_at)
        lines.append(
            {
                "file": name,
                "captured_at": entry.captured_at.astimezone(BANGKOK).isoformat(),
                "clock": str(picture.clock),
                "width": picture.width,
                "height": picture.height,
                "bytes": entry.size,
                "sha256": hashlib.sha256(picture.body).hexdigest(),
            }
        )
    if lines:
        with (folder / LIST).open("w", encoding="utf-8-sig", newline="") as file:  # Excel reads Thai by its mark
            writer = csv.DictWriter(file, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
    return captured, lines


def _row(known: Snapshot, camera: str) -> int:
    """Row of a camera given by its code, or by its id."""
    said = camera.strip()
    found = known.ids[(known.inventory["code"] == said).to_numpy()]
    if len(found) > 1:
        raise ValueError(
            f"{len(found)} cameras have the code {said!r}; give the id of one: {', '.join(map(str, found[:5]))}"
        )
    if not len(found) and said.isascii() and said.isdigit():
        found = known.ids[known.ids == int(said)]
    row = known.row_of(int(found[0])) if len(found) else None
    if row is None:
        raise ValueError(f"no camera has the code {said!r}; write it as the inventory does")
    return row


def _name(code: str, captured_at: datetime, kind: str) -> str:
    """Name of a picture's file, in Bangkok's time; codes come from other people's files."""
    local = captured_at.astimezone(BANGKOK)
    plain = re.sub(r"[^\w-]+", "_", code)[:60]
    end = "webp" if kind == "image/webp" else "jpg"
    return f"{plain}_{local:%Y-%m-%dT%H-%M-%S}.{local.microsecond // 1000:03d}.{end}"
