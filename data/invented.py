"""An invented inventory in the place of an empty or an invented one; never beside real cameras."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel, col, func, select

from data.database import Database, next_number
from data.models import INVENTORY, Agency, Camera
from data.progress import Tick
from data.sealing import seal

ADDRESSES = ("stream", "snapshot", "substream")
_CHUNK = 2_000
_KEEPERS = ("owner", "maintainer", "linker")
_WHOLE = ("pixels_h", "pixels_v", *(f"{keeper}_id" for keeper in _KEEPERS))


def refuse_beside_real(db: Database) -> None:
    """Raise ValueError if the database holds cameras that are not demo."""
    with db.read() as session:
        _refuse(session)


def replace_invented(
    db: Database, agencies: Mapping[str, str], cameras: pd.DataFrame, *, at: datetime, tick: Tick
) -> None:
    """
    Put an invented inventory where nothing or another invented one was, in one transaction.

    Parameters
    ----------
    agencies
        English names by Thai names.
    cameras
        Columns of `Camera` without ids and addresses; owner, maintainer, linker (Thai names, or None); stream,
        snapshot and substream (addresses, or None), which are sealed whatever they name. Every row is marked demo.

    Raises
    ------
    ValueError
        If the database holds cameras that are not demo.
    """
    with db.write() as session:
        _refuse(session)
        session.execute(delete(Camera))
        session.execute(delete(Agency).where(col(Agency.name_th).in_(agencies)))
        known = _add_agencies(session, agencies)
        for start in range(0, len(cameras), _CHUNK):
            tick(start, len(cameras), "writing cameras")
            _add_cameras(session, cameras.iloc[start : start + _CHUNK], known, at)
        next_number(session, INVENTORY)
    tick(len(cameras), len(cameras), "writing cameras")


def _refuse(session: Session) -> None:
    real = session.exec(select(func.count()).select_from(Camera).where(col(Camera.demo).is_(False))).one()
    if real:
        raise ValueError(
            f"the database holds {real:,} cameras that are not demo; a demo country only goes into a database "
            "of its own: set TAKHAI_VAR to an empty folder"
        )


def _add_agencies(session: Session, agencies: Mapping[str, str]) -> dict[str, int]:
    made = [Agency(name_th=name_th, name_en=name_en) for name_th, name_en in agencies.items()]
    session.add_all(made)
    session.flush()
    return {agency.name_th: agency.id for agency in made if agency.id is not None}


def _add_cameras(session: Session, cameras: pd.DataFrame, known: dict[str, int], at: datetime) -> None:
    rows = cameras.drop(columns=[*ADDRESSES, *_KEEPERS])
    for keeper in _KEEPERS:
        rows[f"{keeper}_id"] = [known.get(name) for name in cameras[keeper]]
    for name in ADDRESSES:
        rows[f"{name}_sealed"] = [seal(address) if isinstance(address, str) else None for address in cameras[name]]
    rows["source"], rows["demo"], rows["updated_at"] = "demo", True, at
    columns = {str(name): _plain(rows[name]) for name in rows}
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    session.execute(insert(SQLModel.metadata.tables["camera"]), records)


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Values as the database takes them: None where there is none, whole numbers where the table has them."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return [None if value is None else int(value) for value in values] if column.name in _WHOLE else values
