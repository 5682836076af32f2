from datetime import UTC, datetime

from data.census import Census, census
from data.models import Camera
from tests.conftest import stock


def test_an_empty_inventory_counts_nothing(database):
    assert census(database) == Census(0, 0)


def test_cameras_of_a_demo_are_counted_beside_all(database):
    now = datetime.now(UTC)
    cameras = (Camera(code=f"C{n}", owner_id=1, lon=102.5, lat=13.7, demo=n < 2, updated_at=now) for n in range(5))
    stock(database, cameras)
    assert census(database) == Census(5, 2)
