"""Engine and sessions; every difference between SQLite and PostgreSQL lives here and nowhere else."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import (
    dbapi2 as sqlite,
)  # its bundled SQLite is past the WAL-reset corruption bug (fixed 3.51.3)
from sqlalchemy import Connection, Engine, Select, create_engine, event, inspect
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel, col, select

from data import models
from data.ground import tables as ground_tables  # noqa: F401  # so that SQLModel knows them
from data.lines import tables as lines_tables  # noqa: F401
from data.posts import tables as posts_tables  # noqa: F401
from data.watch import tables  # noqa: F401

BUSY_TIMEOUT_MS = 15_000
POSTGRES_PORT = 5432  # unless the URL names another
IDS_AT_ONCE = 2_000  # SQLite takes 32,766 values a statement, and a union of spans names its ids eight times


@dataclass(frozen=True)
class Database:
    """One database behind two engines: readers never wait for the writer, writers take their lock at once."""

    reader: Engine
    writer: Engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Session for reading; nothing it does is kept."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Session that commits at the end of the block, or leaves everything as it was if the block raises."""
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def open_database(url: str) -> Database:
    """
    Return the database at an SQLAlchemy URL, its tables and columns made where they are missing.

    Parameters
    ----------
    url
        `sqlite:///path` or `postgresql://user:password@host/name`.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        database = Database(_sqlite(url, "BEGIN"), _sqlite(url, "BEGIN IMMEDIATE"))
    else:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2},
        )
        database = Database(engine, engine)
    with database.write() as session:
        SQLModel.metadata.create_all(session.connection())
        _grow(session.connection())
        for name in (models.SEQ, models.INVENTORY, models.SUMMED):
            if session.get(models.Counter, name) is None:
                session.add(models.Counter(name=name, value=0))
    return database


def server_of(url: str) -> tuple[str, int] | None:
    """Return host and port of the server a database is on; None if it is a file."""
    address = make_url(url)
    return (address.host, address.port or POSTGRES_PORT) if address.host else None


def _grow(connection: Connection) -> None:
    """Add the columns and indexes an older database lacks; a column that came later may always be empty."""
    known = inspect(connection)
    for table in SQLModel.metadata.sorted_tables:
        there = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(connection.dialect)
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}')
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def _sqlite(url: str, begin: str) -> Engine:
    # BEGIN IMMEDIATE for writers: a deferred one that reads first fails with "locked" under two processes.
    engine = create_engine(url, module=sqlite)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own events open transactions, not the driver
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def fetched(session: Session, query: Select[Any], at_once: int) -> Iterator[list[tuple[Any, ...]]]:
    """
    Rows of a query as the driver gives them, some at a time: a million pass without ever being held.

    Values are the driver's own: SQLite gives text for words and times, PostgreSQL gives aware times.

    Parameters
    ----------
    query
        Its bound values must be numbers.
    at_once
        Most rows in a list.
    """
    connection = session.connection()
    said = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    raw = connection.connection.dbapi_connection
    assert raw is not None
    # a named cursor leaves the rows with the PostgreSQL server; SQLite makes them as they are asked for
    cursor: Any = raw.cursor() if connection.dialect.name == "sqlite" else raw.cursor("fetched")
    with closing(cursor), _few_collections():
        cursor.execute(said)
        while rows := cursor.fetchmany(at_once):
            yield rows


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let rows come and go without a garbage collection every few hundred of them: half the time of a read."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def in_parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """Ids in their order, so many at a time that a statement may ask for all of a part."""
    those = list(ids)
    for start in range(0, len(those), IDS_AT_ONCE):
        yield those[start : start + IDS_AT_ONCE]


def next_number(session: Session, name: str) -> int:
    """
    Add one to a counter inside the caller's transaction and return it.

    The counter's row is locked until that transaction ends, so numbers become visible in their order and a
    reader that follows them by "greater than the last I saw" misses none.
    """
    counter = session.exec(select(models.Counter).where(models.Counter.name == name).with_for_update()).one()
    counter.value += 1
    session.add(counter)
    session.flush()
    return counter.value


def upsert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """
    Insert rows, or overwrite what they say of rows with the same primary key.

    `rows` all have the same names, of columns; the primary key's among them.
    """
    if not rows:
        return
    connection = session.connection()
    dialect = sqlite_dialect if connection.dialect.name == "sqlite" else postgresql_dialect
    insert = dialect.insert(table)
    keys = [column.name for column in inspect(table).primary_key]
    others = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    statement = insert.on_conflict_do_update(keys, set_=others) if others else insert.on_conflict_do_nothing()
    connection.execute(statement, rows)


def upsert_of_cameras(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Do what `upsert` does with rows that have a `camera_id`; those of cameras that are gone are passed over."""
    there: set[Any] = set()
    for part in in_parts(sorted({row["camera_id"] for row in rows})):
        there.update(session.exec(select(col(models.Camera.id)).where(col(models.Camera.id).in_(part))))
    upsert(session, table, [row for row in rows if row["camera_id"] in there])
