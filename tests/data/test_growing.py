"""A database an older release made opens with today's tables and columns."""

from sqlalchemy import inspect, text
from sqlmodel import select

from data.database import open_database
from data.models import Agency, Camera
from data.watch.tables import Alarm
from tests.conftest import NOW


def test_an_older_database_gains_what_it_lacks_and_loses_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    old = open_database(url)
    with old.write() as session:
        session.add(Agency(id=1, name_th="ก"))
        session.add(Camera(id=1, code="A", owner_id=1, lon=102.5, lat=13.7, updated_at=NOW))
    with old.write() as session:
        session.execute(text("ALTER TABLE camera DROP COLUMN contract"))
        session.execute(text("DROP TABLE alarm"))
    old.dispose()
    new = open_database(url)
    assert "contract" in {column["name"] for column in inspect(new.reader).get_columns("camera")}
    with new.read() as session:
        camera = session.exec(select(Camera)).one()
        assert (camera.code, camera.contract) == ("A", None)
        assert session.exec(select(Alarm)).all() == []
    new.dispose()
