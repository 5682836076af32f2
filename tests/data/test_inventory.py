"""The inventory as a frame: types, names, what changed, and nothing that must stay sealed."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete

from data.database import next_number
from data.inventory import ALL, HELD, details, followed, load_cameras, plain, status_codes
from data.models import INVENTORY, Agency, Camera, Kind, Status


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
                focal_length_mm=4.8, verified_on=date(2026, 5, 4), updated_at=at,
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
    return either_database


def test_a_frame_has_a_row_a_camera_in_the_order_of_their_ids(two_cameras, at):
    cameras = load_cameras(two_cameras, columns=ALL)
    assert cameras["id"].tolist() == [1, 2]
    assert cameras.index.tolist() == [0, 1]
    assert cameras[["lon", "lat"]].to_numpy().tolist() == [[100.5, 13.75], [102.5, 13.66]]
    assert cameras["kind"].tolist() == ["ptz", "fixed"]
    assert cameras["linked"].tolist() == ["unknown", "unknown"]
    assert cameras["owner"].tolist() == ["กทม.", "กทม."]
    assert cameras["updated_at"].tolist() == [at, at + timedelta(days=1)]
    assert cameras["name_th"].isna().all()


def test_one_camera_is_plain_values_as_they_were_written_down(two_cameras):
    camera = plain(load_cameras(two_cameras), 0)
    assert (camera["code"], camera["name_th"], camera["bearing_deg"]) == ("A1", None, None)
    assert camera["focal_length_mm"] == 4.8  # of single precision in memory, and told as it was
    assert camera["has_stream"] is True
    assert details(two_cameras, 1)["linker"] == "ดีอี"
    assert details(two_cameras, 1)["verified_on"] == pd.Timestamp(2026, 5, 4)
    assert details(two_cameras, 2)["linker"] is None
    assert details(two_cameras, 99) == {}


def test_addresses_do_not_leave_by_this_way(two_cameras):
    cameras = load_cameras(two_cameras, columns=ALL)
    assert cameras["has_stream"].tolist() == [True, False]
    assert cameras["has_snapshot"].tolist() == [True, False]
    assert not [name for name in cameras.columns if "address" in name or "sealed" in name or name == "fingerprint"]


def test_types_do_not_depend_on_the_rows_nor_on_the_database(two_cameras, database):
    cameras, none = load_cameras(two_cameras, columns=ALL), load_cameras(two_cameras, [], ALL)
    assert none.empty
    kinds = [str(kind) for kind in cameras.dtypes]
    assert [str(kind) for kind in none.dtypes] == kinds
    assert np.isnan(cameras["bearing_deg"].iloc[0])
    assert cameras["pixels_h"].dtype == np.float32


def test_what_changed_is_read_anew_and_the_rest_is_kept(two_cameras, at):
    before = load_cameras(two_cameras)
    assert followed(before, two_cameras)[0] is before
    with two_cameras.write() as session:
        camera = session.get(Camera, 2)
        camera.bearing_deg, camera.updated_at = 90, at + timedelta(days=2)
    after, changed = followed(before, two_cameras)
    assert changed.tolist() == [1]
    assert after["bearing_deg"].tolist()[1] == 90
    assert before["bearing_deg"].tolist()[1] == 0
    pd.testing.assert_frame_equal(after, load_cameras(two_cameras), check_categorical=False)


def test_cameras_that_came_and_went_are_found(two_cameras, at):
    with two_cameras.write() as session:
        session.add_all(
            Camera(code=f"B{n}", owner_id=1, lon=100, lat=14, district=f"อำเภอ {n}", updated_at=at)
            for n in range(9)
        )
    before = load_cameras(two_cameras)
    with two_cameras.write() as session:
        session.execute(delete(Camera).where(Camera.id == 1))
        session.add(Camera(code="C", owner_id=2, lon=101, lat=15, district="ใหม่", kind=Kind.DOME, updated_at=at))
    after, changed = followed(before, two_cameras)
    assert changed is None
    fresh = load_cameras(two_cameras)
    assert after["id"].tolist() == fresh["id"].tolist() == [*range(2, 12), 12]
    assert [str(kind) for kind in after.dtypes] == [str(kind) for kind in fresh.dtypes]  # as small as it was
    for name in HELD:
        assert after[name].astype(object).fillna("-").tolist() == fresh[name].astype(object).fillna("-").tolist()


def test_status_codes():
    assert status_codes(["unknown", "up", "down", "degraded", "maintenance"]).tolist() == [0, 1, 2, 3, 4]
    assert status_codes(np.array([3, 1])).tolist() == [3, 1]
    assert status_codes(Status.UP) == 1
    assert status_codes(pd.Series(["up"] * 3)).tolist() == [1, 1, 1]
