"""The inventory as a frame: types, names and status, and nothing that must stay sealed."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data.database import next_number
from data.inventory import count_by_status, inventory_number, inventory_time, load_cameras, status_codes
from data.models import INVENTORY, Agency, Camera, CameraState, Kind, Status


@pytest.fixture
def two_cameras(either_database, at):
    with either_database.write() as session:
        owner, linker = Agency(name_th="กทม."), Agency(name_th="ดีอี")
        session.add_all([owner, linker])
        session.flush()
        session.add(
            Camera(
                code="A1", owner_id=owner.id, linker_id=linker.id, lon=100.5, lat=13.75, kind=Kind.PTZ,
                stream_sealed=b"secret", snapshot_address="https://example.org/a.jpg", fingerprint=b"f",
                updated_at=at,
            )
        )  # fmt: skip
        session.add(
            Camera(
                code="A2",
                owner_id=owner.id,
                lon=102.5,
                lat=13.66,
                bearing_deg=0,
                updated_at=at + timedelta(days=1),
            )
        )
        session.flush()
        next_number(session, INVENTORY)
        session.add(CameraState(camera_id=2, status=Status.DOWN, since=at, reason="timeout", seq=1))
    return either_database


def test_a_frame_has_a_row_a_camera_in_the_order_of_their_ids(two_cameras):
    cameras = load_cameras(two_cameras)
    assert cameras["id"].tolist() == [1, 2]
    assert cameras.index.tolist() == [0, 1]
    assert cameras.crs.to_epsg() == 4326
    assert cameras.geometry.iloc[0].coords[0] == (100.5, 13.75)
    assert cameras["kind"].tolist() == ["ptz", "fixed"]
    assert cameras["linked"].tolist() == ["unknown", "unknown"]
    assert cameras["owner"].tolist() == ["กทม.", "กทม."]
    assert cameras["linker"].tolist() == ["ดีอี", None]
    assert cameras["name_th"].tolist() == [None, None]


def test_status_is_unknown_where_nothing_was_ever_seen(two_cameras, at):
    cameras = load_cameras(two_cameras)
    assert cameras["status"].tolist() == ["unknown", "down"]
    assert cameras["reason"].tolist() == ["", "timeout"]
    assert pd.isna(cameras["since"].iloc[0])
    assert cameras["since"].iloc[1] == at
    assert count_by_status(cameras) == {"up": 0, "degraded": 0, "down": 1, "maintenance": 0, "unknown": 1}


def test_addresses_do_not_leave_by_this_way(two_cameras):
    cameras = load_cameras(two_cameras)
    assert cameras["has_stream"].tolist() == [True, False]
    assert cameras["has_snapshot"].tolist() == [True, False]
    assert not [name for name in cameras.columns if "address" in name or "sealed" in name or name == "fingerprint"]


def test_unknown_numbers_are_nan_and_types_do_not_depend_on_the_rows(two_cameras, database):
    cameras, none = load_cameras(two_cameras), load_cameras(database) if two_cameras is not database else None
    assert np.isnan(cameras["bearing_deg"].iloc[0])
    assert cameras["pixels_h"].dtype == np.float64
    assert str(cameras["since"].dtype) == "datetime64[us, UTC]"
    if none is not None:
        assert none.dtypes.astype(str).tolist() == cameras.dtypes.astype(str).tolist()


def test_version_and_time_of_the_inventory(two_cameras, at):
    assert inventory_number(two_cameras) == 1
    assert inventory_time(two_cameras) == at + timedelta(days=1)


def test_an_empty_inventory_has_no_time(database):
    assert inventory_time(database) is None
    assert len(load_cameras(database)) == 0


def test_status_codes():
    assert status_codes(["unknown", "up", "down", "degraded", "maintenance"]).tolist() == [0, 1, 2, 3, 4]
    assert status_codes(np.array([3, 1])).tolist() == [3, 1]
    assert status_codes(Status.UP) == 1
    assert status_codes(pd.Series(["up"] * 3)).tolist() == [1, 1, 1]
