from datetime import UTC, datetime

from data.census import Census, census
from data.models import Agency, Camera


def test_an_empty_inventory_counts_nothing(database):
    assert census(database) == Census(0, 0)


def test_cameras_of_a_demo_are_counted_beside_all(database):
    with database.write() as session:
        session.add(Agency(id=1, name_th="ทดสอบ"))
        session.flush()
        session.add_all(
            Camera(code=f"C{n}", owner_id=1, lon=102.5, lat=13.7, demo=n < 2, updated_at=datetime.now(UTC))
            for n in range(5)
        )
    assert census(database) == Census(5, 2)
