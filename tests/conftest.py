"""What every test may ask for: an empty database of either kind, and the time it is."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Agency, Camera
from data.settings import settings

hypothesis.settings.register_profile("takhai", deadline=None)  # machines are shared: a slow example is no fault
hypothesis.settings.load_profile("takhai")
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # noon in Bangkok


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: run two at a time, none of them is left to run alone at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for every test's database, key and stills; the machine's own settings do not count."""
    for name in [name for name in os.environ if name.startswith("TAKHAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TAKHAI_VAR", str(tmp_path / "var"))
    settings.cache_clear()
    yield tmp_path / "var"
    settings.cache_clear()


@pytest.fixture
def at() -> datetime:
    """The time it is."""
    return NOW


@pytest.fixture
def database(var: Path) -> Iterator[Database]:
    """An empty SQLite database, the one the settings name."""
    opened = open_database(settings().url)
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    opened = open_database(request.getfixturevalue("postgres_url"))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A folder the server may reach whoever runs it: pytest's own are closed to others, however deep they nest."""
    with tempfile.TemporaryDirectory(prefix="takhai-postgres-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server(postgres_folder: Path) -> Iterator[int]:
    """A PostgreSQL server on a free loopback port, ended with the tests."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): tests on it are skipped")
    folder, before = postgres_folder, []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        before = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

    def call(program: str, *arguments: str) -> None:
        subprocess.run(  # output to a file: the server would keep a pipe open
            [*before, str(programs / program), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip

    call("initdb", "-D", str(data), "-A", "trust", "-U", "takhai", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    call("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield port
    call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture
def postgres_url(postgres_server: int, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    import psycopg

    name = f"t{abs(hash(request.node.nodeid))}"
    with psycopg.connect(
        f"host=127.0.0.1 port={postgres_server} user=takhai dbname=postgres", autocommit=True
    ) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://takhai@127.0.0.1:{postgres_server}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def stock(db: Database, cameras: Iterable[Camera], agencies: tuple[str, ...] = ("เทศบาลทดสอบ",)) -> None:
    """Put cameras into the inventory, and the agencies they belong to, numbered from 1."""
    with db.write() as session:
        next_number(session, INVENTORY)
        session.add_all(Agency(id=number, name_th=name) for number, name in enumerate(agencies, 1))
        session.flush()
        session.add_all(cameras)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_programs() -> Path | None:
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = shutil.which("initdb") or (homes[0] if homes else None)
    return Path(found).parent if found else None
