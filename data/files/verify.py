"""
Whether an evidence pack is whole and adds up: it may come from anywhere, so nothing in it is taken on trust.

In this order: it is a plain zip of a decent size, every file is there and as its hash says, its gaps add up to the
totals, and the coverage in it leaves just these gaps. The first fault is the one named.
"""

import csv
import hashlib
import io
import json
import re
import stat
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import shapely

from data.files.gaps import FINEST_M, WHOLE
from data.files.lanes import SHOWN as LANE_STATES
from data.files.pack import HASHES, KIND, TOTALS, sha256
from data.posts.matrix import LANE_SHARE, SEEN
from geo.crs import WGS84
from geo.see.coverage import LIGHTS

MOST_FILES = 32
MOST_BYTES = 1 << 29  # of the zip, and of what is in it together: they are read into memory one by one
MOST_RATIO = 200  # deflate reaches about 1,000 on zeros; a list of gaps about 12
SMALL_BYTES = 1 << 16  # below this any ratio will do
NEAR_SHARE = 1e-6  # of a lane: nearer to the limit its state is taken as told
NEAR_M = 0.1  # a cut inside a long segment is placed by its share of degrees
_END = struct.Struct("<4s4H2LH")  # how a zip ends: signature, disks, files, bytes of their list, place, comment
_LOCATOR_BYTES = 20  # of the longer form that only zips of more than 4 GB need
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_NEEDED = ("gaps.geojson", "gaps.csv", "coverage.geojson", "line.geojson", TOTALS)


@dataclass(frozen=True)
class Verdict:
    """
    What became of checking a pack.

    Attributes
    ----------
    fault
        The first thing that is wrong, in a sentence; None: nothing.
    """

    sha256: str
    fault: str | None = None
    files: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class _FaultError(Exception):
    """What is wrong with a pack."""


def verify(path: Path) -> Verdict:
    """
    Check a pack; a bad pack is a verdict, not an exception.

    Raises
    ------
    OSError
        If there is no such file, or it may not be read.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        return Verdict("", f"{path.name}: {size:,} bytes are more than the {MOST_BYTES:,} a pack may have")
    digest = sha256(path)
    try:
        _check_end(path)
        with ZipFile(path) as archive:
            contents = _contents(archive)
        _check_hashes(contents)
        facts = _check_sums(contents)
    except _FaultError as fault:
        return Verdict(digest, str(fault))
    except (BadZipFile, EOFError, NotImplementedError) as error:
        return Verdict(digest, f"{path.name}: not a zip that can be read ({error})")
    return Verdict(digest, None, len(contents), facts)


def _check_end(path: Path) -> None:
    """A short list of files ends the zip, and nothing follows: a list of millions would fill the memory."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _LOCATOR_BYTES - _END.size, 0))
        tail = file.read()
    if len(tail) < _END.size or not tail.endswith(b"\0\0") or tail[-_END.size :][:4] != b"PK\5\6":
        raise _FaultError(f"{path.name}: not a zip, cut short, or something was put behind its end")
    count, list_bytes = _END.unpack(tail[-_END.size :])[4:6]
    if tail.startswith(b"PK\6\7") or count > MOST_FILES or list_bytes > SMALL_BYTES:
        raise _FaultError(f"{path.name}: lists more than the {MOST_FILES} files a pack may hold")


def _contents(archive: ZipFile) -> dict[str, bytes]:
    """The files of a zip, once it is plain enough to be unpacked."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        raise _FaultError(f"unpacked it would take {total:,} bytes, more than the {MOST_BYTES:,} a pack may")
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        if entry.filename.lower() in seen:
            raise _FaultError(f"{entry.filename}: is in it twice")
        seen.add(entry.filename.lower())
    return {entry.filename: _read(archive, entry) for entry in entries}


def _check_entry(entry: ZipInfo) -> None:
    name = entry.filename
    if not _NAME.fullmatch(name):
        raise _FaultError(f"{name[:80]!r}: a file of a pack has a plain name, without folders, '..' or drives")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.is_dir():
        raise _FaultError(f"{name}: is a link or a folder, not a file")
    if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _FaultError(f"{name}: is locked by a password or packed in an unusual way")
    if entry.file_size > max(SMALL_BYTES, MOST_RATIO * entry.compress_size):
        raise _FaultError(f"{name}: {entry.compress_size:,} bytes would become {entry.file_size:,}; not unpacked")


def _read(archive: ZipFile, entry: ZipInfo) -> bytes:
    try:
        with archive.open(entry) as content:
            return content.read(entry.file_size + 1)  # never more than it was let in for
    except (BadZipFile, EOFError, zlib.error) as error:
        raise _FaultError(f"{entry.filename}: is damaged ({error})") from None


def _check_hashes(contents: dict[str, bytes]) -> None:
    """Every file is as MANIFEST.sha256 says, none is missing and none was added."""
    if HASHES not in contents:
        raise _FaultError(f"{HASHES}: is missing, so nothing in it can be checked")
    lines = contents[HASHES].decode("ascii", "replace").splitlines()
    told = {}
    for number, line in enumerate(lines, start=1):
        found = _HASH_LINE.fullmatch(line)
        if not found or found[2] in told:
            raise _FaultError(f"{HASHES}: line {number} is not one SHA-256 and the name of one file")
        told[found[2]] = found[1]
    for name in sorted({*told, *_NEEDED}):
        if name not in contents:
            raise _FaultError(f"{name}: is missing")
        if name in told and hashlib.sha256(contents[name]).hexdigest() != told[name]:
            raise _FaultError(f"{name}: is not what it was when the pack was made (its SHA-256 differs)")
    for name in sorted(contents.keys() - told.keys() - {HASHES}):
        raise _FaultError(f"{name}: was added, {HASHES} does not know it")


def _check_sums(contents: dict[str, bytes]) -> dict[str, Any]:
    """The gaps add up to the totals, and follow from the coverage; return the facts of the pack."""
    try:
        said, gaps, coverage, line = (
            json.loads(contents[name]) for name in (TOTALS, "gaps.geojson", "coverage.geojson", "line.geojson")
        )
        facts = _facts(said)
        _check_gaps(gaps["features"], facts)
        _check_csv(contents["gaps.csv"], facts)
        _check_line(_shapes(line), _shapes(coverage), coverage["features"], facts)
        if "lanes" in said:
            _check_lanes(json.loads(contents["lanes.geojson"])["features"], said["lanes"])
        for name, count in said["rows"].items():
            rows = len(json.loads(contents[f"{name}.geojson"])["features"])
            _compare(f"{name}.geojson", "rows", rows, count, 0)
    except _FaultError:
        raise
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        shapely.GEOSException,
    ) as bad:
        raise _FaultError(f"the data cannot be read as those of a pack ({type(bad).__name__}: {bad})") from None
    return facts


def _facts(said: dict[str, Any]) -> dict[str, Any]:
    if said["kind"] != KIND:
        raise _FaultError(f"{TOTALS}: is of another kind, {str(said['kind'])[:40]!r}; this reads {KIND!r}")
    return dict(said["facts"])


def _check_gaps(features: list[Any], facts: dict[str, Any]) -> None:
    file, last_m = "gaps.geojson", 0.0
    sums = {"open": 0.0, "possible": 0.0}
    for feature in features:
        row, shape = feature["properties"], shapely.geometry.shape(feature["geometry"])
        name, length = f"{file}: the gap {row['from']}–{row['to']}", float(row["length_m"])
        if row["from_m"] < last_m - FINEST_M or row["to_m"] <= row["from_m"]:
            raise _FaultError(f"{name} overlaps the one before it, or does not run forward")
        _compare(name, "its length [m]", length, row["to_m"] - row["from_m"], FINEST_M)
        _compare(name, "its length on the ground [m]", WGS84.geometry_length(shape), length, NEAR_M)
        sums[row["band"]] += length
        last_m = row["to_m"]
    _compare(file, "gaps", len(features), facts["gaps_listed"], 0)
    cut = facts["least_score"] or facts.get("near_to")  # which packs of older releases do not know
    for band, length in sums.items():
        _compare(file, f"metres {band}", length, facts[f"listed_{band}_m"], FINEST_M)
        if facts["stretch"] == WHOLE and not cut and facts["listed_from_m"] <= FINEST_M:
            _compare(file, f"metres {band} of the line", length, facts[f"{band}_m"], NEAR_M)
    parts = sum(facts[f"{band}_m"] for band in ("certain", "possible", "open"))
    _compare(TOTALS, "the three bands together [m]", parts, facts["total_m"], FINEST_M)


def _check_lanes(features: list[Any], told: dict[str, Any]) -> None:
    """Lanes counted again by their state, which their own share bears out; older packs hold none."""
    counts: dict[str, int] = {}
    for feature in features:
        row = feature["properties"]
        name = f"{row['light']}_{row['state']}"
        counts[name] = counts.get(name, 0) + 1
        beyond = row["certain"] - LANE_SHARE
        if abs(beyond) > NEAR_SHARE and (row["state"] == SEEN) is not (beyond > 0):
            raise _FaultError(
                f"lanes.geojson: lane {row['code']} of {row['checkpoint']} is said to be {row['state']} by "
                f"{row['light']}, and {row['certain']:.0%} of it is surely seen"
            )
    for light in LIGHTS:
        for state in LANE_STATES:
            name = f"{light}_{state}"
            _compare("lanes.geojson", f"lanes {state} by {light}", counts.pop(name, 0), told[name], 0)
    if counts:
        raise _FaultError(f"lanes.geojson: has lanes in a state there is not, {', '.join(sorted(counts))[:80]}")


def _check_csv(content: bytes, facts: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    _compare("gaps.csv", "gaps", len(rows), facts["gaps_listed"], 0)
    for band in ("open", "possible"):
        length = sum(float(row["length_m"]) for row in rows if row["band"] == band)
        _compare("gaps.csv", f"metres {band}", length, facts[f"listed_{band}_m"], FINEST_M)


def _check_line(line: list[Any], ground: list[Any], features: list[Any], facts: dict[str, Any]) -> None:
    """What the coverage leaves of the line is what the totals say: worked out another way than they were."""
    whole = shapely.union_all(line)
    _compare("line.geojson", "its length [m]", WGS84.geometry_length(whole), facts["total_m"], NEAR_M)
    near = [bool(shapely.intersects(whole, shape)) for shape in ground]
    seen = [shape for shape, is_near in zip(ground, near, strict=True) if is_near]
    certain = [
        shape
        for shape, feature, is_near in zip(ground, features, near, strict=True)
        if is_near and feature["properties"]["kind"] == "certain"
    ]
    dark, unsure = (
        WGS84.geometry_length(shapely.difference(whole, shapely.union_all(shapes))) for shapes in (seen, certain)
    )
    _compare("coverage.geojson", "metres of the line it leaves open", dark, facts["open_m"], 1)
    uncertain = facts["open_m"] + facts["possible_m"]
    _compare("coverage.geojson", "metres of the line it leaves uncertain", unsure, uncertain, 1)


def _shapes(document: dict[str, Any]) -> list[Any]:
    return [shapely.geometry.shape(feature["geometry"]) for feature in document["features"]]


def _compare(what: str, of: str, found: float, told: float, within: float) -> None:
    if not abs(found - told) <= within:
        raise _FaultError(f"{what}: {of}: {found:,.3f} in the data, {told:,.3f} told")
