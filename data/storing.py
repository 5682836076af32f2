"""Good rows of a camera list -> the camera table: which are new, which changed, and the writing itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, select

from data.agencies import agency_ids
from data.cells import plain
from data.cleaning import AGENCIES
from data.models import Agency, Camera, Kind, Linked
from data.progress import Tick
from data.sealing import split_address
from data.sources.record import SourceError

NEW, UNCHANGED = -1, 0  # any other number is the id of the camera to change
_ADDRESSES = ("stream", "snapshot")
_AT_ONCE = 10_000
_CAMERAS = Camera.__table__  # type: ignore[attr-defined]
_UNSAID = {"kind": Kind.FIXED, "linked": Linked.UNKNOWN}  # of new cameras, in columns the list does not have

Found = npt.NDArray[np.int64]
Splits = dict[str, list[tuple[str | None, bytes | None]]]


@dataclass
class Batch:
    """Good rows, a keyed digest of each, and their addresses apart once they are needed."""

    frame: pd.DataFrame
    digests: list[bytes]
    splits: Splits


def batch_of(frame: pd.DataFrame, key: bytes) -> Batch:
    """Return rows with a digest of all they say; the columns count too, so a new column is news."""
    names = sorted(frame.columns)
    said = ",".join(names)
    rows = zip(*(plain(frame[name]) for name in names), strict=True)
    digests = [hashlib.blake2b(f"{said}{row!r}".encode(), key=key, digest_size=16).digest() for row in rows]
    return Batch(frame, digests, {})


def compare(session: Session, batches: list[Batch]) -> list[Found]:
    """Return what each row is to the inventory: NEW, UNCHANGED or the id of the camera it changes."""
    agencies = dict(session.exec(select(Agency.name_th, Agency.id)).all())
    known: dict[str, dict[str, tuple[int, bytes | None]]] = {}
    found = []
    for batch in batches:
        for owner in batch.frame["owner"].unique():
            if owner not in known:
                known[owner] = _cameras_of(session, agencies.get(owner))
        keys = zip(plain(batch.frame["owner"]), plain(batch.frame["code"]), batch.digests, strict=True)
        found.append(
            np.array([_found(known[owner].get(code), digest) for owner, code, digest in keys], dtype=np.int64)
        )
    return found


def seal(batches: list[Batch], found: list[Found]) -> None:
    """Take apart the addresses of rows that will be written; not in the transaction, for sealing takes long."""
    for batch, ids in zip(batches, found, strict=True):
        for name in _ADDRESSES:
            if name in batch.frame:
                addresses = zip(plain(batch.frame.pop(name)), ids, strict=True)
                batch.splits[name] = [
                    (None, None) if id_ == UNCHANGED else split_address(address) for address, id_ in addresses
                ]


def store(
    session: Session, batches: list[Batch], expected: list[Found], *, source: str, at: datetime, tick: Tick
) -> int:
    """
    Write new and changed cameras; return how many.

    Raises
    ------
    SourceError
        If somebody else changed the inventory since `expected` was compared, in a way that matters here.
    """
    found = compare(session, batches)
    if any((now != then).any() for now, then in zip(found, expected, strict=True)):
        raise SourceError("somebody else changed these cameras at the same moment; import the list again")
    names = {
        name
        for batch in batches
        for column in AGENCIES
        if column in batch.frame
        for name in batch.frame[column].dropna()
    }
    agencies = agency_ids(session, names) if any((ids != UNCHANGED).any() for ids in found) else {}
    total, done = sum(int((ids != UNCHANGED).sum()) for ids in found), 0
    for batch, ids in zip(batches, found, strict=True):
        for rows, values in _records(batch, np.flatnonzero(ids != UNCHANGED), agencies, source, at):
            new = [value for value, id_ in zip(values, ids[rows], strict=True) if id_ == NEW]
            old = [{**value, "b_id": int(id_)} for value, id_ in zip(values, ids[rows], strict=True) if id_ != NEW]
            if new:
                unsaid = {name: value for name, value in _UNSAID.items() if name not in new[0]}
                session.connection().execute(insert(_CAMERAS).values(), [{**value, **unsaid} for value in new])
            if old:
                columns: dict[str, Any] = {name: bindparam(name) for name in old[0] if name != "b_id"}
                change = update(_CAMERAS).where(_CAMERAS.c.id == bindparam("b_id")).values(columns)
                session.connection().execute(change, old)
            done += len(rows)
            tick(done, total, "writing")
    return total


def tally(found: list[Found]) -> dict[str, int]:
    """Return how many rows were added, changed, unchanged."""
    ids = np.concatenate([*found, np.zeros(0, dtype=np.int64)])
    added, unchanged = int((ids == NEW).sum()), int((ids == UNCHANGED).sum())
    return {"added": added, "changed": len(ids) - added - unchanged, "unchanged": unchanged}


def _cameras_of(session: Session, owner_id: int | None) -> dict[str, tuple[int, bytes | None]]:
    if owner_id is None:
        return {}
    rows = session.execute(
        select(_CAMERAS.c.code, _CAMERAS.c.id, _CAMERAS.c.fingerprint).where(_CAMERAS.c.owner_id == owner_id)
    )
    return {code: (id_, digest) for code, id_, digest in rows}


def _found(camera: tuple[int, bytes | None] | None, digest: bytes) -> int:
    if camera is None:
        return NEW
    return UNCHANGED if camera[1] == digest else camera[0]


def _records(
    batch: Batch, rows: npt.NDArray[np.int64], agencies: dict[str, int], source: str, at: datetime
) -> Iterator[tuple[npt.NDArray[np.int64], list[dict[str, Any]]]]:
    """Yield rows of the table in handy numbers."""
    always = {"source": source, "demo": False, "updated_at": at}
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        part = batch.frame.iloc[some]
        columns: dict[str, list[Any]] = {name: plain(part[name]) for name in part.columns if name not in AGENCIES}
        for name in AGENCIES:
            if name in part:
                columns[f"{name}_id"] = [agencies.get(agency) for agency in plain(part[name])]
        for name, splits in batch.splits.items():
            columns[f"{name}_address"] = [splits[row][0] for row in some]
            columns[f"{name}_sealed"] = [splits[row][1] for row in some]
        columns["fingerprint"] = [batch.digests[row] for row in some]
        names = tuple(columns)
        yield (
            some,
            [
                {**dict(zip(names, values, strict=True)), **always}
                for values in zip(*columns.values(), strict=True)
            ],
        )
