"""What the files are made of: a short stretch of the country with names that are hard to write."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from data.database import Database, next_number, open_database
from data.fleet import Fleet, Snapshot
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Kind, Status, WatchSpan
from tests.data.border_inventory import cameras_along_the_border

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
LONG = "กล้องวงจรปิดบ้านเขาน้ำอุ่น" * 12  # 312 letters and marks, 936 bytes


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Iterator[tuple[Database, Snapshot]]:
    """150 cameras at the border: some down, some with names that a spreadsheet runs or a .dbf cannot hold."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('known') / 'takhai.db'}")
    names = {
        0: "=1+1",
        1: LONG,
        2: 'จุดตรวจ <เขาดิน> & "ตลาด"\x07',
        3: "#REF!",
        4: "กล้อง 4 rtsp://admin:1234@10.1.2.3/ch1",
    }
    with database.write() as session:
        session.add(Agency(id=1, name_th="กองกำลังบูรพา"))
        session.flush()
        number = next_number(session, SEQ)
        next_number(session, INVENTORY)
        frame = cameras_along_the_border(150)
        for i, row in enumerate(frame.to_dict("records")):
            pose = {n: None if pd.isna(row[n]) else row[n] for n in ("bearing_deg", "hfov_deg", "tilt_deg")}
            session.add(
                Camera(
                    id=row["id"], code=row["code"], owner_id=1, name_th=names.get(i, f"กล้อง {i}"), lon=row["lon"],
                    lat=row["lat"], kind=Kind(row["kind"]), pixels_h=1920, updated_at=NOON - timedelta(days=3),
                    stream_sealed=b"sealed", **pose,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                CameraState(
                    camera_id=row["id"], status=Status(row["status"]), since=NOON - timedelta(hours=1), seq=number
                )
            )
        session.add(
            WatchSpan(worker="w", began_at=NOON - timedelta(hours=2), ended_at=NOON - timedelta(minutes=1))
        )
    yield database, Fleet(database).now()
    database.dispose()
